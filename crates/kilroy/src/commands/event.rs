//! `kilroy event`: one event in full.

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_case::query::{Column, Filter, Order};

use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{DocumentFormat, EventArgs, Format};
use crate::events::{EventRow, FullEvent, events, full, xml_again};
use crate::output::Printer;
use crate::settings::{Look, threads};

/// Enough to say that there are several.
const MANY: usize = 3;

pub(crate) fn run(args: &EventArgs) -> Result<Outcome> {
    let look = Look::of(args.output.lang);
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let row = named(&case, &args.uid)?;
    let xml = if args.xml { Some(xml_again(&case, &row, &args.evidence)?) } else { None };
    let mut printer = Printer::stdout(look);
    match args.output.format {
        DocumentFormat::Table => {
            printer.lines(&full(&case, &row, xml.as_deref(), look)?)?;
        }
        DocumentFormat::Json => printer.json(&FullEvent { row: &row, xml })?,
        DocumentFormat::Jsonl => printer.rows(&[FullEvent { row: &row, xml }], Format::Jsonl)?,
    }
    printer.finish()?;
    Ok(Outcome::Done)
}

/// The event of this uid; the first digits do if no other begins with them.
fn named(case: &Case, typed: &str) -> Result<EventRow> {
    let digits = typed.trim().to_lowercase();
    if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!(
            "{typed:?} is no uid: give the hexadecimal digits that `kilroy events` shows in its first column"
        );
    }
    let star = if digits.len() < 32 { "*" } else { "" };
    let filter = Filter::parse(&format!("event_uid:{digits}{star}"))?;
    let columns: Vec<Column> = Column::all().collect();
    let Some(by) = Column::named("time") else { bail!("events have no time") };
    let scan = case.scan(&filter, threads(None)?.get())?;
    let page = scan.page(&columns, Order { by, descending: false }, 0, MANY)?;
    let mut rows = events(&page.events, &columns, true);
    match (rows.pop(), rows.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => bail!("no event has a uid that begins with {typed}; see `kilroy events`"),
        (Some(_), false) => {
            bail!("{} events have a uid that begins with {typed}: give more digits", page.total)
        }
    }
}
