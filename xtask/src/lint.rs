//! Lints: the set in the root `Cargo.toml`, each of them an error here.

use crate::project::{Project, run};
use crate::report::Outcome;

/// Clippy over all code, tests and examples included.
pub(crate) fn check(project: &Project) -> Outcome {
    run(project.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}
