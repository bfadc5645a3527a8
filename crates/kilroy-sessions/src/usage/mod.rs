//! Usage time: for how long somebody really was at a machine.
//!
//! The way through, in reading order: `presence` is what counts of a session; `host_zone` says where a host's days begin;
//! `marks` says who is away and which machine sleeps; `stay` puts presences on the line of time, with what is proven and what
//! is possible; `sets` adds them up, each second once; `view` is one group of them, `report` makes rows of it, `picture` pictures.
//!
//! Everything is reckoned in whole seconds. Presence is interactive presence: at the machine, by Remote Desktop, in a shell.
//! It is made of three parts that never overlap, `hands_on`, `locked` and `asleep`. Disconnected time is no presence.
//!
//! No end is invented. Where no record tells the end of a session, presence is *proven* to its last own record and *possible* to
//! the bound of its end, or to the end of the logs: two numbers.

mod host_zone;
mod marks;
mod picture;
mod presence;
mod report;
mod sets;
mod spans;
mod stay;
#[cfg(test)]
mod tests;
mod view;
mod windows_zones;
mod zone;

pub use host_zone::{HostZone, ZoneBasis, ZoneRecord, ZoneWord};
pub use marks::{Mark, MarkKind, Whose};
pub use picture::Cell;
pub use presence::{Desktop, Presence, Way};
pub use report::{Usage, UsageRow};
pub use sets::Times;
pub use stay::HostFacts;
pub use zone::{UnknownZone, Zone, offset_text};
