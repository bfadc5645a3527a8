//! How right the sessions are, on worlds whose truth is known. The measuring program is an example of the testkit, for it
//! needs the engine, and the other chores need nothing.

use crate::project::{Project, run};
use crate::report::Outcome;

/// Builds and runs it with these arguments.
pub(crate) fn measure(project: &Project, arguments: &[String]) -> Outcome {
    let mut command =
        project.cargo(&["run", "--quiet", "--package", "kilroy-testkit", "--example", "accuracy", "--"]);
    command.args(arguments);
    run(command)
}
