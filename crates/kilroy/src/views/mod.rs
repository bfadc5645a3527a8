//! Views: users, sources, what is unusual, first sights, rare pairs, nights and week-ends.
//!
//! `counted` reads the sessions of a case and counts them once, `kilroy_findings::views` makes views of the counts. The other
//! files make rows of these, to be listed; `behind` gives each row the flags that show the sessions behind it, and `geoip`
//! says where addresses are.

mod behind;
mod counted;
mod geoip;
mod off_hours;
mod sides;
mod sightings;
mod sources;
mod users;
mod words;

pub(crate) use behind::{Asked, Behind, Part, Whom};
pub(crate) use counted::{Counted, counted, each_chosen};
pub(crate) use geoip::GeoIp;
pub(crate) use off_hours::{Clocks, OffHoursRow, Offsets};
pub(crate) use sides::SidesRow;
pub(crate) use sightings::{FirstSeenRow, LogsFrom, RareRow, what};
pub(crate) use sources::{MatrixRow, SourceRow};
pub(crate) use users::UserRow;
pub(crate) use words::{first_day, no_zone};
