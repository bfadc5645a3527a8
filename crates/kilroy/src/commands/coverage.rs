//! `kilroy coverage`: how far the logs reach.

use anyhow::Result;
use kilroy_case::Case;

use super::nothing::no_such_log;
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{CoverageArgs, Format};
use crate::coverage::{LogChoice, page};
use crate::notice;
use crate::output::Printer;
use crate::settings::Output;

pub(crate) fn run(args: &CoverageArgs) -> Result<Outcome> {
    let choice = LogChoice::of(args.host.as_deref(), args.log.as_deref())?;
    let output = Output::of(args.output);
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let (mut rows, mut all) = (Vec::new(), 0);
    case.each_log_coverage(&mut |row| {
        all += 1;
        if choice.takes(&row) {
            rows.push(row);
        }
    })?;
    let mut printer = Printer::stdout(output.look);
    match output.format {
        Format::Table => printer.lines(&page(&rows, &args.case.display().to_string(), output.look))?,
        _ => printer.listing(&rows, output)?,
    }
    printer.finish()?;
    if rows.is_empty() {
        notice::say(&no_such_log(&case, all, output.look.language)?);
    }
    Ok(Outcome::Done)
}
