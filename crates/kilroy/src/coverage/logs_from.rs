//! Since when the logs tell of each host.

use std::collections::BTreeMap;

use anyhow::Result;
use kilroy_case::{Case, CaseError};
use kilroy_model::Timestamp;

use super::reach::SESSION_LOGS;

/// By host: the first record of the logs that sessions are made of; of a host that has none of them, the first record of all.
/// Nothing where the case does not tell.
pub(crate) fn logs_from(case: &Case) -> Result<BTreeMap<String, Timestamp>> {
    let mut all: BTreeMap<String, [Option<Timestamp>; 2]> = BTreeMap::new();
    let read = case.each_log_reach(&mut |log| {
        let of_sessions = SESSION_LOGS.contains(&log.log.to_lowercase().as_str());
        let Some(first) = log.first else { return };
        for name in std::iter::once(&log.computer).chain(&log.names) {
            let known = &mut all.entry(name.clone()).or_default()[usize::from(!of_sessions)];
            *known = Some(known.map_or(first, |known| known.min(first)));
        }
    });
    match read {
        Err(CaseError::NotAnalysed { .. }) => return Ok(BTreeMap::new()),
        read => read?,
    }
    Ok(all.into_iter().filter_map(|(host, [sessions, any])| Some((host, sessions.or(any)?))).collect())
}
