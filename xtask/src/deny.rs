//! Dependencies: their licences, banned crates, and where they come from (`deny.toml`).
//!
//! All three can be told from the lock file and the crates' own sources. Security advisories cannot: they need
//! a database from the network, and their answer changes from day to day without any change here. A check that
//! must hold for a commit cannot depend on that, so they are a chore of their own (`cargo xtask advisories`).

use crate::project::{Project, is_installed, run};
use crate::report::Outcome;

/// What a reader can do about a skipped check.
pub(crate) const HOW_TO_INSTALL: &str = "cargo-deny is not installed: `cargo install cargo-deny --locked`";

/// Are all dependencies allowed?
pub(crate) fn check(project: &Project) -> Outcome {
    if !is_installed(project.cargo(&["deny", "--version"])) {
        return Outcome::skipped(HOW_TO_INSTALL);
    }
    run(project.cargo(&[
        "deny",
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))
}
