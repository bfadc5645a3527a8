//! Known security holes in dependencies. Needs the advisory database from the network: see `deny.rs` for why
//! this is no part of `cargo xtask test`.

use crate::deny::HOW_TO_INSTALL;
use crate::project::{Project, is_installed, run};
use crate::report::Outcome;

/// Is any dependency the subject of a published advisory?
pub(crate) fn check(project: &Project) -> Outcome {
    if !is_installed(project.cargo(&["deny", "--version"])) {
        return Outcome::skipped(HOW_TO_INSTALL);
    }
    run(project.cargo(&["deny", "--locked", "check", "advisories"]))
}
