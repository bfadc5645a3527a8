//! The code's format: `rustfmt.toml` decides, nobody argues.

use crate::project::{Project, run};
use crate::report::Outcome;

/// Formats all code.
pub(crate) fn apply(project: &Project) -> Outcome {
    run(project.cargo(&["fmt", "--all"]))
}

/// Is all code formatted?
pub(crate) fn check(project: &Project) -> Outcome {
    match run(project.cargo(&["fmt", "--all", "--check"])) {
        Outcome::Failed(_) => Outcome::failed("run `cargo xtask fmt`"),
        fine => fine,
    }
}
