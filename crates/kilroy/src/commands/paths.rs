//! `kilroy paths`: how somebody got from one place to a machine.

use std::collections::BTreeSet;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_findings::paths::{Leg, Path, Paths, Told};
use kilroy_model::{AccessSession, Hop, HopUid};

use super::{What, limited, nothing};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{Format, PathsArgs};
use crate::coverage::About;
use crate::filter::Span;
use crate::notice;
use crate::output::Printer;
use crate::paths::{Asked, PathRow, entry, page};
use crate::settings::Output;

pub(crate) fn run(args: &PathsArgs) -> Result<Outcome> {
    let output = Output::of(args.output);
    let span = Span::of(&args.span)?;
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let asked = Asked::of(&args.from, &args.to)?;
    let (mut paths, is_user) = gathered(&case, &span, &asked)?;
    let (from, to) = asked.found(&case, &paths, is_user)?;
    let mut found = paths.find(&from, &to);
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

/// Every leg of a case within a span of time; and whether what was asked for is the name of a user, at whatever time.
fn gathered(case: &Case, span: &Span, asked: &Asked) -> Result<(Paths, bool)> {
    let mut paths = Paths::default();
    let mut is_user = false;
    let mut reached = BTreeSet::new();
    case.each_hop_in_brief(&mut |hop| {
        is_user |= asked.is_user(hop.user.as_deref(), hop.domain.as_deref())
            || asked.is_user(hop.source_user.as_deref(), hop.source_domain.as_deref());
        if span.touches(Some(hop.time), hop.end.or(Some(hop.time))) {
            let leads = paths.hop(&hop);
            reached.extend(hop.target_session.filter(|_| leads));
        }
    })?;
    case.each_access_session_in_brief(&mut |session: AccessSession| {
        is_user |= asked.is_user(session.user.as_deref(), session.domain.as_deref());
        if !reached.contains(&session.session_uid)
            && span.touches(session.attempt.or(session.start), session.end)
            && let Some(entry) = entry(&session)
        {
            paths.entry(entry);
        }
    })?;
    Ok((paths, is_user))
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
