//! From the sessions and events of a case to its table of hops.

use anyhow::{Context, Result};
use kilroy_case::Case;
use kilroy_case::query::Filter;
use kilroy_findings::hops::{EVENTS, Finder};

/// Finds the hops in the sessions of one case and the events of another, or the same, and writes them beside the sessions.
pub(crate) fn write(events: &Case, sessions: &Case, threads: usize) -> Result<()> {
    let found = || -> Result<()> {
        let mut names = Vec::new();
        sessions.each_log_reach(&mut |log| names.extend(log.names.into_iter().chain([log.computer])))?;
        names.extend(events.hosts()?.into_iter().map(|host| host.host));
        names.sort_unstable();
        names.dedup();
        let mut finder = Finder::new(names);
        sessions.each_log_coverage(&mut |log| finder.log(&log))?;
        for boot in sessions.boots()? {
            finder.boot(&boot);
        }
        sessions.each_logon_session(&mut |logon| finder.logon(&logon))?;
        sessions.each_access_session(&mut |session| finder.session(session))?;
        for filter in EVENTS {
            events
                .observations_by_host(&Filter::parse(filter)?, threads, &mut |seen| finder.observe(&seen))?;
        }
        let found = finder.finish();
        sessions.write_hops(&found.hops)?;
        sessions.write_host_addresses(&found.addresses)?;
        Ok(())
    };
    found().context("the table of hops could not be written")
}
