//! API documentation of all crates.

use std::env;

use crate::project::{Project, run};
use crate::report::Outcome;

/// Builds the documentation; a broken link or a missing text is an error.
pub(crate) fn check(project: &Project) -> Outcome {
    let mut command = project.cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    let given = env::var("RUSTDOCFLAGS").unwrap_or_default();
    command.env("RUSTDOCFLAGS", format!("{given} -D warnings").trim_start());
    run(command)
}
