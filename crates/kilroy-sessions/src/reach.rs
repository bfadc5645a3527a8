//! Where each log begins and ends: enough to tell which names are one host.

use std::collections::BTreeMap;

use kilroy_model::{Timestamp, host_key};

/// The first and the last records of one log under one name of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogReach {
    /// Lowest record ID, and its time.
    pub first: (u64, Timestamp),
    /// Highest record ID, and its time.
    pub last: (u64, Timestamp),
    /// Latest time of any record.
    pub latest: Timestamp,
}

impl LogReach {
    /// Of one record.
    pub fn of(record_id: u64, time: Timestamp) -> Self {
        Self { first: (record_id, time), last: (record_id, time), latest: time }
    }

    /// With what another one reaches.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            latest: self.latest.max(other.latest),
        }
    }
}

/// All logs of all hosts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reach {
    /// By host name and channel, both in small letters.
    logs: BTreeMap<String, BTreeMap<String, LogReach>>,
}

impl Reach {
    /// Notes a log of a host, or more of it.
    pub fn add(&mut self, host: &str, channel: &str, reach: LogReach) {
        let logs = self.logs.entry(host_key(host)).or_default();
        logs.entry(channel.to_lowercase()).and_modify(|known| *known = known.with(reach)).or_insert(reach);
    }

    /// Notes all logs of another one.
    pub fn absorb(&mut self, other: Self) {
        for (host, logs) in other.logs {
            for (channel, log) in logs {
                self.add(&host, &channel, log);
            }
        }
    }

    /// Each log's ends.
    pub(crate) fn ends(&self) -> impl Iterator<Item = LogEnds<'_>> {
        self.logs.iter().flat_map(|(host, logs)| {
            logs.iter().map(move |(channel, reach)| LogEnds {
                host,
                channel,
                first: reach.first,
                last: reach.last,
            })
        })
    }

    /// The latest record of any log under this name.
    pub(crate) fn last_seen(&self, host: &str) -> Option<Timestamp> {
        self.logs.get(host)?.values().map(|log| log.latest).max()
    }

    /// Names of all hosts.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.logs.keys().map(String::as_str)
    }
}

/// Where one log of one name begins and ends, by record ID.
#[derive(Debug)]
pub(crate) struct LogEnds<'a> {
    pub(crate) host: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) first: (u64, Timestamp),
    pub(crate) last: (u64, Timestamp),
}
