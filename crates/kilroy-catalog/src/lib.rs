//! What every event means and which of its fields plays which role.
//!
//! The knowledge itself is data, in `catalog/` at the top of the repository: one entry per event, one per code, in
//! English and Korean, each with its source. The build checks it and packs it into static tables, so that nothing is
//! parsed or allocated at run time and no wrong entry gets as far as an investigator.

mod code;
mod event;
mod field_role;
mod tables;
mod text;

// What the build script runs, here for its tests.
#[cfg(test)]
#[path = "../pack/mod.rs"]
mod pack;

pub use code::{Code, disconnect_reason, error, kerberos_status, logon_type, status, transport_reason};
pub use event::{Criticality, EventEntry, event, events};
pub use field_role::FieldRole;
pub use text::{Language, Text};
