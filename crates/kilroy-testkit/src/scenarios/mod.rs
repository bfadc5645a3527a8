//! Stories, one function per shape, each with its true answer.
//!
//! The answers are written by hand from `docs` on how events become sessions, never by running the engine. A story writes
//! down in a comment how it reads a rule that can be read in two ways.

mod accounts;
mod boots;
mod desktops;
mod ends;
mod failures;
mod names;
mod plain;
mod rdp;
mod reconnects;
mod secure_shell;

use crate::answers::Scenario;

/// All stories, in the order of their files.
pub fn all() -> Vec<Scenario> {
    let groups: [fn() -> Vec<Scenario>; 9] = [
        rdp::all,
        reconnects::all,
        desktops::all,
        ends::all,
        failures::all,
        plain::all,
        secure_shell::all,
        boots::all,
        names::all,
    ];
    groups.into_iter().flat_map(|group| group()).collect()
}
