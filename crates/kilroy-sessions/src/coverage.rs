//! What each log of each host really covers.

mod epochs;
mod layout;
mod marks;
mod rows;
mod stops;
mod watch;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Timestamp, WhyMissing, host_key};

use crate::extent::Extent;
use crate::reach::{LogReach, Reach};

pub(crate) use marks::Mark;
pub(crate) use rows::rows;
pub(crate) use stops::stops;
pub(crate) use watch::{Noted, Watch};

/// Every record of every log, reduced to what tells how far a log reaches: IDs and times. 4 bytes a record where a log is
/// noted in the order of its times, 24 for a moment where it is not.
#[derive(Debug, Default)]
pub struct Coverage {
    by_host: BTreeMap<String, BTreeMap<String, LogId>>,
    logs: Vec<LogExtent>,
    /// The log that was noted last, as spelled: records of one log come one after the other.
    recent: Option<(String, String, LogId)>,
}

/// One log of one host, to note its records by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogId(usize);

/// One log of one host.
#[derive(Debug, Default, Clone)]
struct LogExtent {
    /// The channel's name; of several spellings the first one.
    name: String,
    records: Extent,
    reach: Option<LogReach>,
    event_ids: BTreeSet<u32>,
}

impl LogExtent {
    fn add(&mut self, event_id: u32, record_id: u64, time: Timestamp) {
        let record = LogReach::of(record_id, time);
        self.reach = Some(self.reach.map_or(record, |known| known.with(record)));
        self.event_ids.insert(event_id);
        self.records.add(time, record_id);
    }
}

impl Coverage {
    /// Nothing covered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one record of any kind; the same record may be noted again.
    pub fn add(&mut self, host: &str, channel: &str, event_id: u32, record_id: u64, time: Timestamp) {
        let log = match &self.recent {
            Some((h, c, log)) if h == host && c == channel => *log,
            _ => {
                let log = self.log(host, channel);
                self.recent = Some((host.to_owned(), channel.to_owned(), log));
                log
            }
        };
        self.note(log, event_id, record_id, time);
    }

    /// The log of a host, for [`note`](Self::note).
    pub fn log(&mut self, host: &str, channel: &str) -> LogId {
        let logs = &mut self.logs;
        let of_host = self.by_host.entry(host_key(host)).or_default();
        let log = *of_host.entry(channel.to_lowercase()).or_insert_with(|| {
            logs.push(LogExtent { name: channel.to_owned(), ..LogExtent::default() });
            LogId(logs.len() - 1)
        });
        let name = &mut logs[log.0].name;
        if channel < name.as_str() {
            channel.clone_into(name);
        }
        log
    }

    /// Notes one record of a log.
    pub fn note(&mut self, log: LogId, event_id: u32, record_id: u64, time: Timestamp) {
        if let Some(log) = self.logs.get_mut(log.0) {
            log.add(event_id, record_id, time);
        }
    }

    /// Sorts what was noted. Call once, after the last `add`: numbers of logs are good for nothing afterwards.
    pub fn seal(&mut self) {
        self.recent = None;
        // By host and channel, so that the order in which logs were met leaves no trace.
        let mut met = std::mem::take(&mut self.logs);
        for log in self.by_host.values_mut().flat_map(BTreeMap::values_mut) {
            let mut extent = std::mem::take(&mut met[log.0]);
            extent.records.seal();
            *log = LogId(self.logs.len());
            self.logs.push(extent);
        }
    }

    /// How far each log reaches.
    pub fn reach(&self) -> Reach {
        let mut reach = Reach::default();
        for (host, logs) in &self.by_host {
            for (channel, log) in logs {
                if let Some(log) = self.logs[log.0].reach {
                    reach.add(host, channel, log);
                }
            }
        }
        reach
    }

    /// The logs of one host that goes by several names.
    pub(crate) fn of_names(&self, names: &BTreeSet<String>) -> HostCoverage<'_> {
        let mut logs: BTreeMap<&str, Cow<'_, LogExtent>> = BTreeMap::new();
        let computer = self.computer(names).to_owned();
        for (channel, log) in names.iter().filter_map(|n| self.by_host.get(n)).flatten() {
            let log = &self.logs[log.0];
            match logs.get_mut(channel.as_str()) {
                None => {
                    logs.insert(channel, Cow::Borrowed(log));
                }
                // Only a host with several names has one log twice.
                Some(merged) => {
                    let merged = merged.to_mut();
                    merged.records.merge(&log.records);
                    merged.event_ids.extend(&log.event_ids);
                    if log.name < merged.name {
                        merged.name.clone_from(&log.name);
                    }
                }
            }
        }
        HostCoverage { computer, names: names.iter().cloned().collect(), logs, cleared: BTreeMap::new() }
    }

    /// The latest record of any log under this name.
    fn last_seen(&self, host: &str) -> Option<Timestamp> {
        self.by_host.get(host)?.values().filter_map(|log| self.logs[log.0].records.last()).max()
    }

    /// The name that a host is shown by: not a bare one if there is its full form; of others the one seen last.
    fn computer<'n>(&self, names: &'n BTreeSet<String>) -> &'n str {
        let is_short = |name: &str| {
            let prefix = format!("{name}.");
            names.iter().any(|other| other.starts_with(&prefix))
        };
        let full = names.iter().filter(|name| !is_short(name));
        full.max_by_key(|name| (self.last_seen(name), *name)).map_or("", String::as_str)
    }
}

/// What the logs of one host cover.
#[derive(Debug, Default)]
pub(crate) struct HostCoverage<'a> {
    computer: String,
    names: Vec<String>,
    logs: BTreeMap<&'a str, Cow<'a, LogExtent>>,
    /// Times at which each log was cleared.
    cleared: BTreeMap<String, Vec<Timestamp>>,
}

/// Records this close to a moment still tell whether IDs are missing there.
const HOLE_MARGIN_MILLIS: u64 = 5000;

impl HostCoverage<'_> {
    /// Notes that a log was cleared.
    pub(crate) fn note_clear(&mut self, channel: &str, time: Timestamp) {
        self.cleared.entry(channel.to_lowercase()).or_default().push(time);
    }

    /// Was any log cleared?
    pub(crate) fn is_any_cleared(&self) -> bool {
        !self.cleared.is_empty()
    }

    /// Why a record of this event at this time is not there.
    pub(crate) fn why_missing(&self, channel: &str, event_id: u32, time: Timestamp) -> WhyMissing {
        let channel = channel.to_lowercase();
        let Some(log) = self.logs.get(channel.as_str()) else { return WhyMissing::NoSuchLog };
        let (Some(first), Some(last)) = (log.records.first(), log.records.last()) else {
            return WhyMissing::NoSuchLog;
        };
        let cleared = || self.cleared.get(&channel).is_some_and(|c| c.iter().any(|t| *t >= time));
        if time < first {
            return if cleared() { WhyMissing::Cleared } else { WhyMissing::BeforeLog };
        }
        if time > last {
            return WhyMissing::AfterLog;
        }
        if hole_around(&log.records, time) {
            return if cleared() { WhyMissing::Cleared } else { WhyMissing::Hole };
        }
        if log.event_ids.contains(&event_id) { WhyMissing::Unexplained } else { WhyMissing::AuditingOff }
    }

    /// Was this log cleared after `time`, and were records lost by it?
    pub(crate) fn cleared_with_loss_after(&self, channel: &str, time: Timestamp) -> bool {
        let channel = channel.to_lowercase();
        let Some(clears) = self.cleared.get(&channel) else { return false };
        let log = self.logs.get(channel.as_str());
        clears.iter().any(|clear| {
            *clear >= time && {
                // Records of that log right up to the clear: nothing was lost that matters here.
                match log.and_then(|log| log.records.around(*clear)) {
                    Some(((before, a), (_, b))) => before < time || b.abs_diff(a) > 1,
                    None => true,
                }
            }
        })
    }
}

/// Are record IDs missing around this time?
fn hole_around(records: &Extent, time: Timestamp) -> bool {
    // The IDs near this moment, with one neighbour on each side, must be without a gap.
    let near = |t: Timestamp| t.within_millis(time, HOLE_MARGIN_MILLIS);
    let from = records.partition_point(|t| t < time && !near(t)).saturating_sub(1);
    let to = records.partition_point(|t| t < time || near(t)) + 1;
    records.has_gap(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ticks(seconds * 10_000_000)
    }

    fn coverage() -> Coverage {
        let mut c = Coverage::new();
        for (id, t) in [(10, 100), (11, 110), (12, 120), (20, 300), (21, 310)] {
            c.add("H", "Security", 4624, id, at(t));
        }
        c.seal();
        c
    }

    fn names() -> BTreeSet<String> {
        BTreeSet::from(["h".to_owned()])
    }

    #[test]
    fn reasons_for_a_missing_record() {
        let coverage = coverage();
        let mut host = coverage.of_names(&names());
        assert_eq!(host.why_missing("System", 1, at(100)), WhyMissing::NoSuchLog);
        assert_eq!(host.why_missing("Security", 4634, at(50)), WhyMissing::BeforeLog);
        assert_eq!(host.why_missing("Security", 4634, at(400)), WhyMissing::AfterLog);
        assert_eq!(host.why_missing("Security", 4634, at(200)), WhyMissing::Hole);
        assert_eq!(host.why_missing("security", 4634, at(111)), WhyMissing::AuditingOff);
        assert_eq!(host.why_missing("security", 4624, at(111)), WhyMissing::Unexplained);
        // The records right before 300 are gone: what is looked for may be among them.
        assert_eq!(host.why_missing("security", 4624, at(303)), WhyMissing::Hole);
        assert_eq!(host.why_missing("security", 4624, at(310)), WhyMissing::Unexplained);
        host.note_clear("Security", at(290));
        assert_eq!(host.why_missing("Security", 4634, at(50)), WhyMissing::Cleared);
        assert_eq!(host.why_missing("Security", 4634, at(200)), WhyMissing::Cleared);
    }

    #[test]
    fn a_clear_right_after_the_last_record_loses_nothing() {
        let coverage = coverage();
        let mut host = coverage.of_names(&names());
        host.note_clear("Security", at(310));
        assert!(!host.cleared_with_loss_after("Security", at(305 - 5)));
        host.note_clear("Security", at(299));
        assert!(host.cleared_with_loss_after("Security", at(115)));
    }
}
