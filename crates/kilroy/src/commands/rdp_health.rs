//! `kilroy rdp-health`: why does Remote Desktop keep dropping?

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_case::query::{HostPattern, Place};

use super::{What, nothing};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{Format, RdpHealthArgs};
use crate::coverage::About;
use crate::filter::Span;
use crate::notice;
use crate::output::Printer;
use crate::rdp_health::{Document, Row, Wanted, page, read};
use crate::settings::Output;

pub(crate) fn run(args: &RdpHealthArgs) -> Result<Outcome> {
    let output = Output::of(args.output);
    let wanted = Wanted { host: host(args.host.as_deref())?, span: Span::of(&args.span)? };
    let place = place(args.ip.as_deref())?;
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let mut report = read(&case, &wanted)?;
    if let Some(place) = place {
        report = report.of_clients(&|ip| ip.is_some_and(|ip| place.matches(&ip.to_string())));
    }
    let mut printer = Printer::stdout(output.look);
    match output.format {
        Format::Table => printer.lines(&page(&report, output.look))?,
        Format::Json => printer.json(&Document::of(&report, output.look.language))?,
        Format::Jsonl => printer.rows(&Row::all(&report, output.look.language), Format::Jsonl)?,
        Format::Csv => printer.csv(Row::KEYS, &Row::all(&report, output.look.language))?,
    }
    printer.finish()?;
    if report.hosts.is_empty() {
        let about = About::sessions_on(wanted.host.as_ref());
        notice::say(&nothing(&case, What::RemoteDesktop, &about, output.look.language)?);
    }
    Ok(Outcome::Done)
}

fn host(typed: Option<&str>) -> Result<Option<HostPattern>> {
    let Some(typed) = typed else { return Ok(None) };
    match HostPattern::new(typed) {
        Some(pattern) => Ok(Some(pattern)),
        None => bail!("--host is empty: give a name like srv01, srv01.corp.example or srv*"),
    }
}

fn place(typed: Option<&str>) -> Result<Option<Place>> {
    let Some(typed) = typed else { return Ok(None) };
    match Place::new(typed) {
        Some(place) => Ok(Some(place)),
        None => bail!("--ip {typed:?}: give an address or a network like 203.0.113.0/24"),
    }
}
