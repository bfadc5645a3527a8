//! How right hops are, on fleets whose truth is known. The measuring program is an example of the program's own crate: it
//! starts the program that was built beside it.

use crate::project::{Project, run};
use crate::report::Outcome;

/// Builds the program and what measures it, and runs that with these arguments.
pub(crate) fn measure(project: &Project, arguments: &[String]) -> Outcome {
    match run(project.cargo(&["build", "--quiet", "--release", "--package", "kilroy"])) {
        Outcome::Passed(_) => {}
        other => return other,
    }
    let mut command =
        project.cargo(&["run", "--quiet", "--release", "--package", "kilroy", "--example", "hops", "--"]);
    command.args(arguments);
    run(command)
}
