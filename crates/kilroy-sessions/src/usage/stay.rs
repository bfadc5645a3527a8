//! One presence with what is known of its limits, and of the time that its user was away.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use kilroy_model::{Luid, Timestamp};

use super::host_zone::HostZone;
use super::marks::{self, Mark};
use super::presence::{Desktop, Presence, Way};
use super::spans::{Spans, Stretch};
use super::zone::second;

/// Everything that usage is reckoned from, of one host.
#[derive(Debug, Clone)]
pub struct HostFacts {
    /// Host, as it is shown.
    pub computer: String,
    /// Its presences, in any order.
    pub presences: Vec<Presence>,
    /// Its desktops, in any order.
    pub desktops: Vec<Desktop>,
    /// Its marks, in any order.
    pub marks: Vec<Mark>,
    /// Starts of Windows.
    pub boots: Vec<Timestamp>,
    /// First and last record of its logs.
    pub logs: Option<(Timestamp, Timestamp)>,
    /// Its time zone.
    pub zone: HostZone,
    /// Do its logs hold any record of locks or screen savers? Windows writes them only where it is told to.
    pub tells_locks: bool,
    /// Do its logs hold records of the System log, which tells of sleep?
    pub tells_sleep: bool,
}

/// A presence, put on the host's line of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stay {
    /// In small letters.
    pub(crate) user: Option<String>,
    /// As logged.
    pub(crate) name: Option<String>,
    pub(crate) way: Way,
    /// The time that records prove.
    pub(crate) proven: Stretch,
    /// The time that it can have been, at most.
    pub(crate) possible: Stretch,
    /// Is its end known?
    pub(crate) ended: bool,
    pub(crate) locked: Spans,
    pub(crate) saver: Spans,
    pub(crate) luids: Vec<Luid>,
    pub(crate) session_id: Option<u32>,
}

impl Stay {
    /// The limits of a presence. Where its end is not known, it is proven to its last record, and can have gone on to the
    /// bound of its end or to the end of the logs; where its begin is not known, it can have begun with the boot or the log.
    fn new(presence: Presence, boots: &BTreeSet<i64>, logs: &Range<i64>) -> Self {
        let (first, last) = presence.shown;
        let proven = presence.start.unwrap_or(first)..last;
        let begin = presence.start.unwrap_or_else(|| {
            let boot = boots.range(..=first).next_back().copied();
            boot.unwrap_or(i64::MIN).max(logs.start).min(first)
        });
        let end = presence.end.or(presence.end_not_after).unwrap_or(logs.end).max(proven.end);
        Self {
            user: presence.user_key(),
            name: presence.user,
            way: presence.way,
            possible: begin..end,
            proven,
            ended: presence.end.is_some(),
            locked: Spans::default(),
            saver: Spans::default(),
            luids: presence.luids,
            session_id: presence.session_id,
        }
    }

    /// A record shows it at a moment.
    pub(crate) fn shown(&mut self, at: i64) {
        let inside = self.possible.start <= at && at <= self.possible.end;
        if inside {
            self.proven = self.proven.start.min(at)..self.proven.end.max(at);
        }
    }

    /// All of the time that it can have been.
    pub(crate) fn whole(&self) -> Spans {
        Spans::of([self.possible.clone()])
    }
}

/// One host, ready to be asked.
#[derive(Debug)]
pub(crate) struct HostStays {
    pub(crate) computer: String,
    /// In the order in which they began.
    pub(crate) stays: Vec<Stay>,
    /// By user: when a desktop was there and nobody connected to it.
    pub(crate) disconnected: BTreeMap<Option<String>, Spans>,
    pub(crate) asleep: Spans,
    pub(crate) zone: HostZone,
    pub(crate) tells_locks: bool,
    pub(crate) tells_sleep: bool,
}

impl HostStays {
    pub(crate) fn new(facts: HostFacts) -> Self {
        let HostFacts {
            computer,
            presences,
            desktops,
            mut marks,
            boots,
            logs,
            zone,
            tells_locks,
            tells_sleep,
        } = facts;
        let boots: BTreeSet<i64> = boots.into_iter().map(second).collect();
        let ends = presences.iter().flat_map(|p| [p.shown.0, p.shown.1]);
        let awake: BTreeSet<i64> = ends.collect();
        let first = logs.map(|(first, _)| second(first)).into_iter().chain(awake.first().copied()).min();
        let last = logs.map(|(_, last)| second(last)).into_iter().chain(awake.last().copied()).max();
        let logs = first.unwrap_or(0)..last.unwrap_or(0);
        marks.sort_unstable();
        let asleep = marks::asleep(&marks, &boots, &awake, logs.end);
        let mut stays: Vec<Stay> = presences.into_iter().map(|p| Stay::new(p, &boots, &logs)).collect();
        stays.sort_by(|a, b| {
            let key = |s: &Stay| {
                (s.possible.start, s.possible.end, s.proven.start, s.proven.end, s.way, s.session_id)
            };
            key(a).cmp(&key(b)).then_with(|| (&a.name, &a.luids).cmp(&(&b.name, &b.luids)))
        });
        marks::give(&mut stays, &marks);
        let mut gaps: BTreeMap<Option<String>, Vec<Stretch>> = BTreeMap::new();
        for desktop in desktops {
            gaps.entry(desktop.user_key()).or_default().extend(desktop.disconnected);
        }
        let disconnected = gaps.into_iter().map(|(user, gaps)| (user, Spans::of(gaps))).collect();
        Self { computer, stays, disconnected, asleep, zone, tells_locks, tells_sleep }
    }
}
