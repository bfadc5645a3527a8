//! From the session tables and the events of a case to what follows from both: hops and findings.
//!
//! Sessions stream by once, then events: what is in memory is an index of the sessions, what may be a hop, and what was found.

use std::sync::Arc;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::Filter;
use kilroy_findings::activity::{IndexBuilder, SessionIndex};
use kilroy_findings::detectors::Search;
use kilroy_findings::hops::{EVENTS, Finder};
use kilroy_model::AccessSession;

use crate::timings::{Kind, Timings};

/// Finds hops and lets the detectors look, in the sessions of one case and the events of another, or the same; and writes what
/// was found beside the sessions.
pub(crate) fn write(from: &Case, into: &Case, threads: usize, timings: &Timings) -> Result<()> {
    let mut watch = timings.thread(Kind::Following);
    let mut finder = Finder::new(host_names(from, into)?);
    let mut search = Search::default();
    let index = Arc::new(all_sessions(into, &mut finder, &mut search)?);
    let mut look = search.look(Arc::clone(&index));
    let ids: Vec<String> = look.event_ids().iter().map(u32::to_string).collect();
    let asked = EVENTS.iter().copied().map(str::to_owned).chain([format!("event_id:{}", ids.join(","))]);
    let asked = asked.map(|filter| Filter::parse(&filter)).collect::<Result<Vec<_>, _>>()?;
    from.observations_by_host(&Filter::any_of(asked), threads, &mut |event| {
        finder.observe(&event);
        look.event(&event);
    })?;
    let findings = look.finish();
    let found = finder.finish(&index);
    watch.turn(Kind::Tables);
    into.write_hops(&found.hops)?;
    into.write_host_addresses(&found.addresses)?;
    Ok(into.write_findings(&findings)?)
}

/// Every name that records and sessions have for the hosts.
fn host_names(from: &Case, into: &Case) -> Result<Vec<String>> {
    let mut names = Vec::new();
    into.each_log_reach(&mut |log| names.extend(log.names.into_iter().chain([log.computer])))?;
    names.extend(from.hosts()?.into_iter().map(|host| host.host));
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Shows all sessions to both, and makes the index of them.
fn all_sessions(case: &Case, finder: &mut Finder, search: &mut Search) -> Result<SessionIndex> {
    let mut index = IndexBuilder::default();
    case.each_log_coverage(&mut |log| {
        finder.log(&log);
        index.log(&log);
    })?;
    case.boots()?.iter().for_each(|boot| index.boot(boot));
    case.each_logon_session(&mut |logon| index.logon(&logon))?;
    case.each_access_session(&mut |session| {
        finder.session(&session);
        search.session(&session);
        // Without its records: they are many, and each has a key that leads to its session.
        index.session(&AccessSession { sources: Vec::new(), ..session });
    })?;
    Ok(index.build())
}
