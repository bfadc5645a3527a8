//! How fast logs are read. The measuring program is one of its own (`src/benchmark/`), built with optimisation: it needs
//! the reader and what it is compared with, and the other chores need nothing.

use crate::project::{Project, run};
use crate::report::Outcome;

/// Builds and runs it with these arguments.
pub(crate) fn measure(project: &Project, arguments: &[String]) -> Outcome {
    let mut command = project.cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "xtask",
        "--features",
        "benchmark",
        "--bin",
        "benchmark",
        "--",
    ]);
    command.args(arguments);
    run(command)
}
