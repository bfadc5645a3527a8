//! Hosts: who was there, and which time their logs cover.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use kilroy_model::{LogCoverage, LogState, Timestamp};

use super::missing::{Lack, of_log};
use crate::views::{Cells, Names, Tally};

/// One host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSummary {
    /// Its name.
    pub name: String,
    /// Sessions and attempts of people.
    pub tally: Tally,
    /// Records that the case holds of it.
    pub records: u64,
    /// The first record of any log.
    pub first: Option<Timestamp>,
    /// The last record of any log.
    pub last: Option<Timestamp>,
    /// What its logs lack, the most telling first.
    pub lacks: Vec<(String, Lack)>,
}

/// All hosts that have logs or sessions.
pub(super) fn hosts(cells: &Cells, names: &Names, logs: &[LogCoverage]) -> Vec<HostSummary> {
    let mut hosts: BTreeMap<&str, HostSummary> = BTreeMap::new();
    let new = |name: &str| HostSummary {
        name: name.to_owned(),
        tally: Tally::default(),
        records: 0,
        first: None,
        last: None,
        lacks: Vec::new(),
    };
    let mut shown: BTreeMap<&str, &str> = BTreeMap::new();
    for log in logs {
        shown.extend(log.names.iter().map(|name| (name.as_str(), log.computer.as_str())));
        let host = hosts.entry(&log.computer).or_insert_with(|| new(&log.computer));
        host.records += log.records;
        host.last = host.last.max(log.last);
        host.first = match (host.first, log.first) {
            (Some(known), Some(first)) => Some(known.min(first)),
            (known, first) => known.or(first),
        };
        if log.state != LogState::Absent {
            host.lacks.extend(of_log(log).map(|lack| (log.log.clone(), lack)));
        }
    }
    for (name, tally) in cells.by_host(names) {
        // Rows show the name that their records show; a renamed host is one.
        let name = shown.get(name).copied().unwrap_or(name);
        hosts.entry(name).or_insert_with(|| new(name)).tally.merge(&tally);
    }
    let mut hosts: Vec<HostSummary> = hosts.into_values().collect();
    for host in &mut hosts {
        host.lacks.sort_by_key(|(log, lack)| (lack.weight(), log.clone()));
    }
    hosts.sort_by_key(|host| {
        (Reverse((host.tally.visits(), host.tally.failures, host.records)), host.name.clone())
    });
    hosts
}
