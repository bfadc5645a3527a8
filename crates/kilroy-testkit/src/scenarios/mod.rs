//! Stories, one function per shape, each with its true answer.
//!
//! The answers are written by hand from `docs` on how events become sessions, never by running the engine. A story writes
//! down in a comment how it reads a rule that can be read in two ways.

mod accounts;
mod boots;
pub(crate) mod desktops;
mod ends;
mod failures;
mod gateway;
mod legacy;
mod names;
pub(crate) mod plain;
pub(crate) mod rdp;
pub(crate) mod reconnects;
mod secure_shell;

use crate::answers::Scenario;

/// All stories, in the order of their files.
pub fn all() -> Vec<Scenario> {
    let groups: [fn() -> Vec<Scenario>; 11] = [
        rdp::all,
        reconnects::all,
        desktops::all,
        ends::all,
        failures::all,
        plain::all,
        secure_shell::all,
        boots::all,
        names::all,
        gateway::all,
        legacy::all,
    ];
    groups.into_iter().flat_map(|group| group()).collect()
}
