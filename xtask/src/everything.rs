//! `cargo xtask test`: all that must hold before a change goes in.

use crate::project::Project;
use crate::report::{Outcome, Report};
use crate::{book, deny, docs, format, lint, others, shared, suite};

/// Runs every check, whatever came out of the ones before.
pub(crate) fn run(project: &Project, report: &mut Report) {
    report.step("format", || format::check(project));
    report.step("shared data", || shared::check(project));
    report.step("licences", || deny::check(project));
    report.step("book", || book::check(project));

    let built = report.step("build", || suite::build(project));
    let mut if_built = |name, check: fn(&Project) -> Outcome| {
        report.step(name, || {
            if built { check(project) } else { Outcome::skipped("the workspace does not build") }
        });
    };
    if_built("lints", lint::check);
    if_built("documentation", docs::check);
    if_built("others", others::check);
    // Last, so that the closing lines of the tests stand right above the summary.
    if_built("tests", suite::run);
}
