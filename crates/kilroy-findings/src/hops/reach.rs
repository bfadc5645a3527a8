//! How far the logs of each host reach: why a record is not there.

use std::collections::BTreeMap;

use kilroy_model::{GapWhy, LogBegin, LogCoverage, LogState, Timestamp, WhyMissing};

use crate::hosts::HostId;

/// How far one log reaches.
#[derive(Debug, Clone)]
struct Reach {
    first: Timestamp,
    last: Timestamp,
    cleared_before: bool,
    gaps: Vec<(Timestamp, Timestamp, GapWhy)>,
}

/// How far all logs reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Logs(BTreeMap<HostId, BTreeMap<String, Reach>>);

impl Logs {
    /// Takes note of a log.
    pub(super) fn add(&mut self, log: &LogCoverage, host: HostId) {
        let (Some(first), Some(last)) = (log.first, log.last) else { return };
        if log.state == LogState::Absent {
            return;
        }
        // With a clock that was set back the first record may be later than the last one.
        let reach = Reach {
            first: first.min(last),
            last: last.max(first),
            cleared_before: log.begins == Some(LogBegin::Cleared),
            gaps: log.gaps.iter().map(|gap| (gap.from, gap.to, gap.why)).collect(),
        };
        self.0.entry(host).or_default().insert(log.log.clone(), reach);
    }

    /// Why a log of a host has no record of a time; [`WhyMissing::Unexplained`] if it covers the time.
    pub(super) fn why(&self, host: HostId, log: &str, at: Timestamp) -> WhyMissing {
        let Some(reach) = self.0.get(&host).and_then(|logs| logs.get(log)) else {
            return WhyMissing::NoSuchLog;
        };
        if at < reach.first {
            return if reach.cleared_before { WhyMissing::Cleared } else { WhyMissing::BeforeLog };
        }
        if at > reach.last {
            return WhyMissing::AfterLog;
        }
        let gap =
            reach.gaps.iter().find(|(from, to, why)| *why != GapWhy::Restart && *from <= at && at <= *to);
        match gap {
            Some((_, _, GapWhy::Cleared)) => WhyMissing::Cleared,
            Some(_) => WhyMissing::Hole,
            None => WhyMissing::Unexplained,
        }
    }
}
