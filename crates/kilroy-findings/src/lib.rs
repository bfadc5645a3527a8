//! What sessions and events tell together: who did what, and from where.
//!
//! Sessions say who was on a host. Here they meet what else the logs have: [`Observation`]s, of which most carry a logon
//! ID or a terminal session, and so belong to a session.
//!
//! Pure, as the session engine is: no I/O, no clock, no randomness, and the same input in any order gives the same answer.

pub mod activity;
pub mod bursts;
pub mod detectors;
mod draft;
pub mod hops;
mod hosts;
mod observation;
pub mod paths;
mod powershell;
mod program;
mod runs;
mod scene;
pub mod summary;
pub mod views;

pub use observation::{LoggedBy, Observation, ObservedProcess, Person, Place};
pub use program::file_name;
pub use scene::{Actor, Scene, Stay};
