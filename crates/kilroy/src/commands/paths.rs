//! `kilroy paths`: how somebody got from one place to a machine.

use std::collections::BTreeSet;
use std::net::IpAddr;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_findings::paths::{Leg, Origin, Path, Paths, Station, Told, same_host};
use kilroy_model::{AccessSession, Hop, HopUid};

use super::{What, limited, nothing};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{Format, PathsArgs};
use crate::coverage::About;
use crate::filter::Span;
use crate::notice;
use crate::output::Printer;
use crate::paths::{PathRow, entry, page};
use crate::settings::Output;

pub(crate) fn run(args: &PathsArgs) -> Result<Outcome> {
    let output = Output::of(args.output);
    let span = Span::of(&args.span)?;
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let mut paths = gathered(&case, &span)?;
    let from = origin(&args.from, &paths);
    let mut found = paths.find(&from, &args.to);
    let all = found.len();
    found.truncate(args.limit);
    let hops = hops_of(&case, paths.legs(), &found)?;
    let rows: Vec<PathRow<'_>> = found.iter().map(|path| PathRow::new(path, &paths, &hops)).collect();
    let mut printer = Printer::stdout(output.look);
    match output.format {
        Format::Table => printer.lines(&page(&rows, output.look))?,
        Format::Json | Format::Jsonl => printer.rows(&rows, output.format)?,
        Format::Csv => printer.csv(PathRow::KEYS, &PathRow::steps(&rows))?,
    }
    printer.finish()?;
    if found.is_empty() {
        notice::say(&nothing(&case, What::Paths, &About::nothing(), output.look.language)?);
    }
    if all > found.len() {
        let (shown, what) = (found.len() as u64, What::Paths.plural());
        notice::hint(&limited(shown, all as u64, what, "--limit", output.look.language));
    }
    Ok(Outcome::Done)
}

/// Every leg of a case within a span of time.
fn gathered(case: &Case, span: &Span) -> Result<Paths> {
    let mut paths = Paths::default();
    let mut reached = BTreeSet::new();
    case.each_hop_in_brief(&mut |hop| {
        if span.touches(Some(hop.time), hop.end.or(Some(hop.time))) {
            let leads = paths.hop(&hop);
            reached.extend(hop.target_session.filter(|_| leads));
        }
    })?;
    case.each_access_session_in_brief(&mut |session: AccessSession| {
        if !reached.contains(&session.session_uid)
            && span.touches(session.attempt.or(session.start), session.end)
            && let Some(entry) = entry(&session)
        {
            paths.entry(entry);
        }
    })?;
    Ok(paths)
}

/// What was meant by `--from`: an address, a host that somebody went from or to, else a user.
fn origin(text: &str, paths: &Paths) -> Origin {
    let text = text.trim();
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Origin::Address(ip);
    }
    let host = paths.legs().iter().any(|leg| {
        same_host(&leg.to, text) || matches!(&leg.from, Station::Host(host) if same_host(host, text))
    });
    if host { Origin::Host(text.to_owned()) } else { Origin::User(text.to_owned()) }
}

/// The hops of some ways, with their proofs.
fn hops_of(case: &Case, legs: &[Leg], found: &[Path]) -> Result<Vec<Hop>> {
    let told = found.iter().flat_map(|path| &path.legs).filter_map(|at| match legs.get(*at)?.told {
        Told::Hop(uid) => Some(uid),
        Told::Entry { .. } => None,
    });
    let wanted: BTreeSet<HopUid> = told.collect();
    let mut hops = Vec::new();
    if !wanted.is_empty() {
        case.each_hop(&mut |hop| {
            if wanted.contains(&hop.hop_uid) {
                hops.push(hop);
            }
        })?;
    }
    Ok(hops)
}
