//! `kilroy summary`: what matters in a case, on one page.

use anyhow::Result;
use kilroy_case::Case;

use super::analyze::{next, shown};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{ReportFlags, ReportFormat, SummaryArgs};
use crate::filter::Internal;
use crate::output::Printer;
use crate::settings::Look;
use crate::summary::{Document, Facts, markdown, page, steps};
use crate::words::text;

pub(crate) fn run(args: &SummaryArgs) -> Result<Outcome> {
    let internal = Internal::new(&args.internal.internal)?;
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let facts = Facts::of(&case, &shown(&args.case), &internal)?;
    let mut printer = Printer::stdout(Look::of(args.report.lang));
    print(&mut printer, &facts, args.report)?;
    printer.finish()?;
    Ok(Outcome::Done)
}

/// Prints the page as it is asked for.
pub(super) fn print(printer: &mut Printer, facts: &Facts, flags: ReportFlags) -> Result<()> {
    let look = Look::of(flags.lang);
    match flags.format {
        ReportFormat::Table => {
            printer.lines(&page(facts, look))?;
            let heading = text("Next", "다음").get(look.language);
            printer.lines(&steps(heading, &next(&facts.case, look.language), look))
        }
        ReportFormat::Md => {
            let title = text("Summary of the case", "케이스 요약").get(look.language);
            printer.lines(&markdown(facts, &format!("{title} {}", facts.case), look.language))
        }
        ReportFormat::Json => printer.json(&Document::of(facts, look.language)),
    }
}
