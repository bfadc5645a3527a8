//! What each log of each host really covers.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Timestamp, WhyMissing, host_key};

/// Every record of every log, reduced to what tells how far a log reaches: IDs and times.
#[derive(Debug, Default)]
pub struct Coverage {
    logs: BTreeMap<String, BTreeMap<String, LogExtent>>,
}

/// One log of one host.
#[derive(Debug, Default, Clone)]
struct LogExtent {
    records: Vec<(u64, Timestamp)>,
    event_ids: BTreeSet<u32>,
}

impl Coverage {
    /// Nothing covered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one record of any kind; the same record may be noted again.
    pub fn add(&mut self, host: &str, channel: &str, event_id: u32, record_id: u64, time: Timestamp) {
        let host = host_key(host);
        let logs = match self.logs.get_mut(&host) {
            Some(logs) => logs,
            None => self.logs.entry(host).or_default(),
        };
        let channel = channel.to_lowercase();
        let log = match logs.get_mut(&channel) {
            Some(log) => log,
            None => logs.entry(channel).or_default(),
        };
        log.records.push((record_id, time));
        log.event_ids.insert(event_id);
    }

    /// Sorts what was noted. Call once, after the last `add`.
    pub fn seal(&mut self) {
        for log in self.logs.values_mut().flat_map(BTreeMap::values_mut) {
            log.records.sort_unstable();
            log.records.dedup();
            log.records.shrink_to_fit();
        }
    }

    /// Per log: host name, channel, first and last record ID with their times.
    pub(crate) fn ends(&self) -> impl Iterator<Item = LogEnds<'_>> {
        self.logs.iter().flat_map(|(host, logs)| {
            logs.iter().filter_map(move |(channel, log)| {
                Some(LogEnds { host, channel, first: *log.records.first()?, last: *log.records.last()? })
            })
        })
    }

    /// The latest record of any log under this name.
    pub(crate) fn last_seen(&self, host: &str) -> Option<Timestamp> {
        self.logs.get(host)?.values().flat_map(|log| log.records.iter().map(|(_, time)| *time)).max()
    }

    /// Names of all hosts.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.logs.keys().map(String::as_str)
    }

    /// The logs of one host that goes by several names.
    pub(crate) fn of_names(&self, names: &BTreeSet<String>) -> HostCoverage {
        let mut logs: BTreeMap<String, LogExtent> = BTreeMap::new();
        for (channel, log) in names.iter().filter_map(|n| self.logs.get(n)).flatten() {
            let merged = logs.entry(channel.clone()).or_default();
            merged.records.extend_from_slice(&log.records);
            merged.event_ids.extend(&log.event_ids);
        }
        for log in logs.values_mut() {
            log.records.sort_unstable();
        }
        let by_time = logs
            .iter()
            .map(|(channel, log)| {
                let mut records: Vec<(Timestamp, u64)> =
                    log.records.iter().map(|&(id, time)| (time, id)).collect();
                records.sort_unstable();
                (channel.clone(), records)
            })
            .collect();
        HostCoverage { logs, by_time, cleared: BTreeMap::new() }
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

/// What the logs of one host cover.
#[derive(Debug, Default)]
pub(crate) struct HostCoverage {
    logs: BTreeMap<String, LogExtent>,
    by_time: BTreeMap<String, Vec<(Timestamp, u64)>>,
    /// Times at which each log was cleared.
    cleared: BTreeMap<String, Vec<Timestamp>>,
}

/// Records this close to a moment still tell whether IDs are missing there.
const HOLE_MARGIN_MILLIS: u64 = 5000;

impl HostCoverage {
    /// Notes that a log was cleared.
    pub(crate) fn note_clear(&mut self, channel: &str, time: Timestamp) {
        self.cleared.entry(channel.to_lowercase()).or_default().push(time);
    }

    /// Why a record of this event at this time is not there.
    pub(crate) fn why_missing(&self, channel: &str, event_id: u32, time: Timestamp) -> WhyMissing {
        let channel = channel.to_lowercase();
        let (Some(log), Some(records)) = (self.logs.get(&channel), self.by_time.get(&channel)) else {
            return WhyMissing::NoSuchLog;
        };
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return WhyMissing::NoSuchLog;
        };
        if time < first.0 {
            let cleared = self.cleared.get(&channel).is_some_and(|c| c.iter().any(|t| *t >= time));
            return if cleared { WhyMissing::Cleared } else { WhyMissing::BeforeLog };
        }
        if time > last.0 {
            return WhyMissing::AfterLog;
        }
        if self.hole_around(&channel, time) {
            let cleared = self.cleared.get(&channel).is_some_and(|c| c.iter().any(|t| *t >= time));
            return if cleared { WhyMissing::Cleared } else { WhyMissing::Hole };
        }
        if log.event_ids.contains(&event_id) { WhyMissing::Unexplained } else { WhyMissing::AuditingOff }
    }

    /// Are record IDs missing around this time?
    pub(crate) fn hole_around(&self, channel: &str, time: Timestamp) -> bool {
        let Some(records) = self.by_time.get(&channel.to_lowercase()) else { return true };
        let at = records.partition_point(|(t, _)| *t < time);
        // The IDs near this moment, with one neighbour on each side, must be without a gap.
        let mut from = at.saturating_sub(1);
        while from > 0 && records[from - 1].0.within_millis(time, HOLE_MARGIN_MILLIS) {
            from -= 1;
        }
        let mut to = at;
        while to < records.len() && records[to].0.within_millis(time, HOLE_MARGIN_MILLIS) {
            to += 1;
        }
        let to = (to + 1).min(records.len());
        let mut ids: Vec<u64> = records[from..to].iter().map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.windows(2).any(|pair| pair[1] - pair[0] > 1)
    }

    /// Was this log cleared after `time`, and were records lost by it?
    pub(crate) fn cleared_with_loss_after(&self, channel: &str, time: Timestamp) -> bool {
        let channel = channel.to_lowercase();
        let Some(clears) = self.cleared.get(&channel) else { return false };
        clears.iter().any(|clear| {
            *clear >= time && {
                // Records of that log right up to the clear: nothing was lost that matters here.
                let records = self.by_time.get(&channel).map_or(&[][..], Vec::as_slice);
                let at = records.partition_point(|(t, _)| t < clear);
                match (at.checked_sub(1).and_then(|i| records.get(i)), records.get(at)) {
                    (Some((before, a)), Some((_, b))) => *before < time || b.abs_diff(*a) > 1,
                    _ => true,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ticks(seconds * 10_000_000)
    }

    fn host() -> HostCoverage {
        let mut c = Coverage::new();
        for (id, t) in [(10, 100), (11, 110), (12, 120), (20, 300), (21, 310)] {
            c.add("H", "Security", 4624, id, at(t));
        }
        c.seal();
        c.of_names(&BTreeSet::from(["h".to_owned()]))
    }

    #[test]
    fn reasons_for_a_missing_record() {
        let mut host = host();
        assert_eq!(host.why_missing("System", 1, at(100)), WhyMissing::NoSuchLog);
        assert_eq!(host.why_missing("Security", 4634, at(50)), WhyMissing::BeforeLog);
        assert_eq!(host.why_missing("Security", 4634, at(400)), WhyMissing::AfterLog);
        assert_eq!(host.why_missing("Security", 4634, at(200)), WhyMissing::Hole);
        assert_eq!(host.why_missing("security", 4634, at(111)), WhyMissing::AuditingOff);
        assert_eq!(host.why_missing("security", 4624, at(111)), WhyMissing::Unexplained);
        host.note_clear("Security", at(290));
        assert_eq!(host.why_missing("Security", 4634, at(50)), WhyMissing::Cleared);
        assert_eq!(host.why_missing("Security", 4634, at(200)), WhyMissing::Cleared);
    }

    #[test]
    fn a_clear_right_after_the_last_record_loses_nothing() {
        let mut host = host();
        host.note_clear("Security", at(310));
        assert!(!host.cleared_with_loss_after("Security", at(305 - 5)));
        host.note_clear("Security", at(299));
        assert!(host.cleared_with_loss_after("Security", at(115)));
    }
}
