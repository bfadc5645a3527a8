//! Does the process that was given a number still have it? Windows gives the number of a process that has ended to another
//! one, on a busy machine within seconds.

use std::collections::BTreeMap;

use kilroy_model::{LogCoverage, LogState, Timestamp};

use super::clocks::Moment;
use super::{Clues, SessionIndex};
use crate::Observation;
use crate::program::file_name;

/// So long a process is taken to run where its end would not be logged, and nothing else says that it is the same.
const UNSEEN_END_MILLIS: u64 = 3_600_000;

/// So long where its log has a hole: what starts something at once is not gone within the minute.
const OVER_A_HOLE_MILLIS: u64 = 60_000;

/// Where starts of processes are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Starts {
    Security,
    Sysmon,
}

impl Starts {
    pub(super) fn named(log: &str) -> Option<Self> {
        [("Security", Self::Security), ("Microsoft-Windows-Sysmon/Operational", Self::Sysmon)]
            .into_iter()
            .find_map(|(known, starts)| log.eq_ignore_ascii_case(known).then_some(starts))
    }

    /// The event that tells of the end of a process.
    const fn end(self) -> u32 {
        match self {
            Self::Security => 4689,
            Self::Sysmon => 5,
        }
    }
}

/// What such a log can say of processes that are not seen to end.
#[derive(Debug, Clone)]
pub(super) struct StartLog {
    last: Timestamp,
    ends: bool,
    filtered: bool,
    /// Times of which it tells nothing.
    gaps: Vec<(Timestamp, Timestamp)>,
    /// There are more of them than are listed.
    more_gaps: bool,
}

impl StartLog {
    pub(super) fn of(log: &LogCoverage) -> Option<(Starts, Self)> {
        let starts = Starts::named(&log.log)?;
        let gaps = log.gaps.iter().map(|gap| (gap.from, gap.to)).collect();
        let ends = log.event_ids.contains(&starts.end());
        let more_gaps = log.gaps_total > log.gaps.len() as u64;
        Some((
            starts,
            Self { last: log.last?, ends, filtered: log.state == LogState::Filtered, gaps, more_gaps },
        ))
    }

    fn is_whole(&self, from: Timestamp, to: Timestamp) -> bool {
        to <= self.last && !self.more_gaps && !self.gaps.iter().any(|gap| gap.0 < to && from < gap.1)
    }
}

/// The logs of a case in which processes start, by host.
pub(super) type StartLogs = BTreeMap<(u32, Starts), StartLog>;

/// The start of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Birth {
    time: Timestamp,
    moment: Option<Moment>,
    log: Option<Starts>,
    /// Name of its program, in small letters.
    name: Option<String>,
}

/// Whether a process still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StillRuns {
    /// No: or another one that has its number by now would be as likely.
    No,
    /// Nothing speaks against it.
    Perhaps,
    /// Its end would have been logged.
    Surely,
}

impl SessionIndex {
    /// The start of a process, to be asked about later.
    pub fn birth(&self, started: &Observation) -> Birth {
        Birth {
            time: started.time,
            moment: self.moment(&Clues::of(started)),
            log: Starts::named(&started.log),
            name: started.process.image.as_deref().map(name),
        }
    }

    /// Does a process still run when something happens, if no record of its end is known? `named` is the program that the later
    /// record gives for it.
    pub fn runs(&self, birth: &Birth, later: &Observation, named: Option<&str>) -> StillRuns {
        let clues = Clues::of(later);
        let moments = birth.moment.zip(self.moment(&clues));
        let same_name = named.map(name).zip(birth.name.as_ref()).map(|(named, own)| named == *own);
        if moments.is_some_and(|(then, now)| !then.is_in_boot_of(&now)) || same_name == Some(false) {
            return StillRuns::No;
        }
        let log = self.host(&clues).zip(birth.log).and_then(|key| self.start_logs.get(&key));
        let whole = log.filter(|log| log.is_whole(birth.time, later.time));
        let within = |millis| birth.time.within_millis(later.time, millis);
        match (whole, log) {
            (Some(log), _) if log.ends => StillRuns::Surely,
            (Some(_), _) if same_name == Some(true) || within(UNSEEN_END_MILLIS) => StillRuns::Perhaps,
            // Holes of an export by event ID are no holes in what it was made for.
            (None, Some(log)) if log.filtered && within(UNSEEN_END_MILLIS) => StillRuns::Perhaps,
            (None, _) if within(OVER_A_HOLE_MILLIS) => StillRuns::Perhaps,
            _ => StillRuns::No,
        }
    }
}

fn name(path: &str) -> String {
    file_name(path).to_lowercase()
}
