//! Records that say that somebody is away, or back; and which presence each of them tells of.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use kilroy_model::{AccessSession, Kind, Luid, SessionOutcome, Timestamp};

use super::presence::Way;
use super::spans::{Spans, Stretch};
use super::stay::Stay;
use super::zone::second;

/// Records of one moment may be written in either order, and up to a second apart.
const MOMENT: i64 = 2;

/// A machine that falls asleep goes on logging for a moment.
const FALLING_ASLEEP: i64 = 60;

/// A record that matters for usage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// When.
    pub time: Timestamp,
    /// What it says.
    pub kind: MarkKind,
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// The desktop was locked (4800).
    Locked(Whose),
    /// The desktop was unlocked (4801).
    Unlocked(Whose),
    /// The screen saver started (4802).
    SaverStarted(Whose),
    /// The screen saver was dismissed (4803).
    SaverStopped(Whose),
    /// The machine goes to sleep (Kernel-Power 42, 506).
    Sleeps,
    /// The machine woke up (Kernel-Power 107, 507).
    Wakes,
    /// The machine slept from one time to another (Power-Troubleshooter 1).
    Slept {
        /// From when.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
}

/// Whose desktop a mark tells of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Whose {
    /// Account name.
    pub user: Option<String>,
    /// Logon ID.
    pub luid: Option<Luid>,
    /// Terminal session ID.
    pub session_id: Option<u32>,
}

impl Mark {
    /// What an unlocking says that Security logs as a logon of its own (type 7): nobody but its user was there at that
    /// moment. Most machines write no other record of it. Its own logon ID is not that of the desktop.
    pub fn of(session: &AccessSession) -> Option<Self> {
        let unlocks = session.kind == Kind::Unlock
            && session.outcome == SessionOutcome::Success
            && !session.background
            && session.user.is_some();
        let whose = Whose { user: session.user.clone(), luid: None, session_id: session.session_id };
        Some(Self { time: session.start.filter(|_| unlocks)?, kind: MarkKind::Unlocked(whose) })
    }
}

impl MarkKind {
    fn whose(&self) -> Option<&Whose> {
        match self {
            Self::Locked(whose)
            | Self::Unlocked(whose)
            | Self::SaverStarted(whose)
            | Self::SaverStopped(whose) => Some(whose),
            Self::Sleeps | Self::Wakes | Self::Slept { .. } => None,
        }
    }
}

/// Stays of one host, to be found by what a mark names.
struct Index<'s> {
    stays: &'s [Stay],
    by_luid: BTreeMap<Luid, Vec<usize>>,
    by_user: BTreeMap<Option<String>, Vec<usize>>,
    by_session: BTreeMap<u32, Vec<usize>>,
}

impl<'s> Index<'s> {
    /// `stays` in the order in which they began.
    fn new(stays: &'s [Stay]) -> Self {
        let mut index =
            Self { stays, by_luid: BTreeMap::new(), by_user: BTreeMap::new(), by_session: BTreeMap::new() };
        for (n, stay) in stays.iter().enumerate().filter(|(_, stay)| stay.way != Way::Shell) {
            for luid in &stay.luids {
                index.by_luid.entry(*luid).or_default().push(n);
            }
            index.by_user.entry(stay.user.clone()).or_default().push(n);
            if let Some(id) = stay.session_id {
                index.by_session.entry(id).or_default().push(n);
            }
        }
        index
    }

    /// The stay that a mark tells of: the one of its logon ID, else of its terminal session, else of its user. Each time
    /// the one that began last of those that can still have gone on: a short one beside a desktop that stays ends nothing.
    fn of(&self, whose: &Whose, at: i64) -> Option<usize> {
        let user = whose.user.as_ref().map(|user| user.to_lowercase());
        let same_user = |stay: &Stay| user.is_none() || stay.user.is_none() || stay.user == user;
        let last = |list: Option<&Vec<usize>>, fits: &dyn Fn(&Stay) -> bool| {
            let list = list?;
            let begun = list.partition_point(|n| self.stays[*n].possible.start <= at + MOMENT);
            let goes_on = |stay: &Stay| at <= stay.possible.end + MOMENT;
            list[..begun].iter().rev().copied().find(|n| fits(&self.stays[*n]) && goes_on(&self.stays[*n]))
        };
        let luid = whose.luid.filter(|luid| !luid.is_fixed());
        if let Some(known) = luid.and_then(|luid| self.by_luid.get(&luid))
            && known.iter().any(|n| same_user(&self.stays[*n]))
        {
            // Its desktop is known: where nobody is connected to it, another one of the user is not meant.
            return last(Some(known), &same_user);
        }
        let by_session = last(whose.session_id.and_then(|id| self.by_session.get(&id)), &same_user);
        let no_other = |stay: &Stay| match (stay.session_id, whose.session_id) {
            (Some(own), Some(named)) => own == named,
            _ => true,
        };
        by_session.or_else(|| last(self.by_user.get(&user), &no_other))
    }
}

/// Gives the marks to their stays: what is locked, when the screen saver ran, and how long a stay is proven to have gone on.
/// `stays` in the order in which they began, `marks` in the order of time.
pub(crate) fn give(stays: &mut [Stay], marks: &[Mark]) {
    let index = Index::new(stays);
    let mut given: BTreeMap<usize, Vec<&Mark>> = BTreeMap::new();
    for mark in marks {
        if let Some(n) = mark.kind.whose().and_then(|whose| index.of(whose, second(mark.time))) {
            given.entry(n).or_default().push(mark);
        }
    }
    for (n, marks) in given {
        take(&mut stays[n], &marks);
    }
}

fn take(stay: &mut Stay, marks: &[&Mark]) {
    let (mut locked, mut saver) = (Toggle::default(), Toggle::default());
    for mark in marks {
        let at = second(mark.time);
        stay.shown(at);
        match mark.kind {
            MarkKind::Locked(_) => locked.on(at),
            MarkKind::Unlocked(_) => {
                locked.off(at);
                saver.off(at);
            }
            MarkKind::SaverStarted(_) => saver.on(at),
            MarkKind::SaverStopped(_) => saver.off(at),
            MarkKind::Sleeps | MarkKind::Wakes | MarkKind::Slept { .. } => {}
        }
    }
    // A lock that nothing undoes ends with the presence: whoever connects anew, unlocks.
    stay.locked = locked.until(stay.possible.end).and(&stay.whole());
    stay.saver = saver.until(stay.possible.end).and(&stay.whole());
}

/// Something that is on or off.
#[derive(Debug, Default)]
struct Toggle {
    since: Option<i64>,
    past: Vec<Stretch>,
}

impl Toggle {
    fn on(&mut self, at: i64) {
        self.since.get_or_insert(at);
    }

    fn off(&mut self, at: i64) {
        self.past.extend(self.since.take().map(|since| since..at));
    }

    fn until(mut self, end: i64) -> Spans {
        self.off(end);
        Spans::of(self.past)
    }
}

/// When a host was asleep. `marks` in the order of time; `boots` are starts of Windows, `awake` other moments at which the
/// machine was running, `last` the end of its logs.
pub(crate) fn asleep(marks: &[Mark], boots: &BTreeSet<i64>, awake: &BTreeSet<i64>, last: i64) -> Spans {
    let mut slept: Vec<Range<i64>> = Vec::new();
    let mut power: Vec<(i64, bool)> = boots.iter().map(|boot| (*boot, false)).collect();
    for mark in marks {
        let at = second(mark.time);
        match &mark.kind {
            MarkKind::Sleeps => power.push((at, true)),
            MarkKind::Wakes => power.push((at, false)),
            MarkKind::Slept { from, to } => {
                slept.push(second(*from)..second(*to));
                power.push((second(*to), false));
            }
            _ => {}
        }
    }
    power.sort_unstable();
    let others: BTreeSet<i64> =
        marks.iter().filter(|m| m.kind.whose().is_some()).map(|m| second(m.time)).collect();
    for (n, (from, sleeps)) in power.iter().enumerate() {
        if !sleeps {
            continue;
        }
        let next = power.get(n + 1);
        // Where no record tells of the waking, any record tells that it was over by then.
        let awake_again = || {
            let after = from.saturating_add(FALLING_ASLEEP)..;
            [awake.range(after.clone()).next(), others.range(after).next()]
                .into_iter()
                .flatten()
                .min()
                .copied()
        };
        let end = match next {
            Some((at, false)) if !boots.contains(at) => *at,
            Some((at, _)) => awake_again().map_or(*at, |seen| seen.min(*at)),
            None => awake_again().unwrap_or(last),
        };
        slept.push(*from..end);
    }
    Spans::of(slept)
}
