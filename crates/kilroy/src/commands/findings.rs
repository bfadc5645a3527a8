//! `kilroy findings`: what the detectors found.

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_findings::detectors;
use kilroy_model::Weight;

use super::nothing::limited;
use super::{What, nothing};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{FindingsArgs, Format};
use crate::coverage::About;
use crate::filter::FindingFilter;
use crate::findings::{Row, page};
use crate::notice;
use crate::output::Printer;
use crate::settings::Output;

pub(crate) fn run(args: &FindingsArgs) -> Result<Outcome> {
    let filter = filter(args)?;
    let output = Output::of(args.output);
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let mut rows: Vec<Row> = Row::all(&case, output.look.language)?;
    let owners = filter.owners(&case, rows.iter().map(Row::finding))?;
    rows.retain(|row| row.is_dismissed() == args.dismissed && filter.takes(row.finding(), &owners));
    let all = rows.len();
    rows.truncate(args.page.limit.unwrap_or(usize::MAX));
    let mut printer = Printer::stdout(output.look);
    match output.format {
        Format::Table => printer.lines(&page(&rows, output.look))?,
        Format::Json | Format::Jsonl => printer.rows(&rows, output.format)?,
        Format::Csv => printer.csv(Row::KEYS, &rows)?,
    }
    printer.finish()?;
    if all > rows.len() {
        let (shown, all, language) = (rows.len() as u64, all as u64, output.look.language);
        notice::hint(&limited(shown, all, What::Findings.plural(), "--limit", language));
    }
    if all == 0 {
        let about = About::sessions(&args.actor);
        notice::say(&nothing(&case, What::Findings, &about, output.look.language)?);
    }
    Ok(Outcome::Done)
}

fn filter(args: &FindingsArgs) -> Result<FindingFilter> {
    let names = detectors::names();
    for name in &args.detector {
        if !names.contains(&name.trim()) {
            bail!("--detector {name:?}: no such detector; there are {}", names.join(", "));
        }
    }
    let least = match &args.min_weight {
        None => Weight::Info,
        Some(typed) => match Weight::ALL.iter().find(|w| w.name().eq_ignore_ascii_case(typed.trim())) {
            Some(weight) => *weight,
            None => bail!("--min-weight {typed:?}: no such weight; there are info, low, medium, high"),
        },
    };
    let detectors = args.detector.iter().map(|name| name.trim().to_owned()).collect();
    FindingFilter::of(&args.actor, &args.span, detectors, least)
}
