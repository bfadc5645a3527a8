//! `kilroy origin`: who was behind something that happened, and from where.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::HostPattern;

use super::nothing::{What, nothing};
use super::places::case_and;
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{DocumentFormat, Format, OriginArgs};
use crate::coverage::About;
use crate::notice;
use crate::origin::{OriginRow, event_named, origin, page};
use crate::output::Printer;
use crate::settings::Look;

pub(crate) fn run(args: &OriginArgs) -> Result<Outcome> {
    let (case, named) = case_and(&args.case, &args.event);
    let case = Case::open(&case)?;
    warn_if_stale(&case)?;
    let look = Look::of(args.output.lang);
    let event = event_named(&case, &named, args.host.as_deref())?;
    let found = origin(&case, event)?;
    let mut printer = Printer::stdout(look);
    match args.output.format {
        DocumentFormat::Table => printer.lines(&page(&found, look))?,
        DocumentFormat::Json => printer.json(&OriginRow::of(&found, look.language))?,
        DocumentFormat::Jsonl => printer.rows(&[OriginRow::of(&found, look.language)], Format::Jsonl)?,
    }
    printer.finish()?;
    if found.session.is_none() {
        let host = HostPattern::new(&found.event.host);
        notice::say(&nothing(&case, What::Origin, &About::everything_on(host), look.language)?);
    }
    Ok(Outcome::Done)
}
