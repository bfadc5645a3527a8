//! When something that belongs to a session can have been logged, and in which order it happened.

use kilroy_model::{SessionUid, Timestamp};

use super::clocks::Moment;
use super::index::EARLY_MILLIS;
use super::stay::{FOREVER, Stay};
use super::{Clues, SessionIndex};

/// Programs that are still at it after a logoff end within minutes.
const LATE_MILLIS: i64 = 10 * 60_000;

/// A clock that was set more often than this tells no order.
const MOST: usize = 16;

/// A part of a session's boot within which time goes on as logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    boot: u32,
    from: Timestamp,
    /// Not part of it.
    until: Timestamp,
}

impl SessionIndex {
    /// From when to when, as logged, something can be that belongs to a session: after a disconnect its programs run on until
    /// the machine starts anew, after a logoff some take a while to end.
    pub fn logged(&self, session: SessionUid) -> Option<(Timestamp, Timestamp)> {
        let stay = self.session(session)?;
        let end = self.clocks.end(stay.host, stay.boot);
        let to = match stay.to {
            _ if stay.left_running() => end.unwrap_or(FOREVER),
            FOREVER => FOREVER,
            to => to.plus_millis(LATE_MILLIS),
        };
        Some(self.clocks.shown(stay.boot, stay.from.plus_millis(-EARLY_MILLIS), to))
    }

    /// The turns of a session's boot, in their order: more than one only if its clock was set back.
    pub fn turns(&self, session: SessionUid) -> Vec<Turn> {
        let Some(stay) = self.session(session) else { return Vec::new() };
        let cuts = self.clocks.cuts(stay.boot);
        let cuts = if cuts.len() < MOST { cuts } else { Vec::new() };
        let begins = [Timestamp::from_ticks(i64::MIN)].into_iter().chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([FOREVER]);
        begins.zip(ends).map(|(from, until)| Turn { boot: stay.boot, from, until }).collect()
    }

    /// Is what the clues tell of in this turn? What may be in several is in the last of them.
    pub fn is_in(&self, turn: &Turn, clues: &Clues<'_>) -> bool {
        let in_boot = |moment: &Moment| moment.boot == turn.boot;
        self.moments(clues).into_iter().rfind(in_boot).is_some_and(|m| turn.from <= m.at && m.at < turn.until)
    }

    /// When it was, by the clock as it was at the end of its boot; of several moments that it may have been the last.
    pub fn moment(&self, clues: &Clues<'_>) -> Option<Moment> {
        self.moments(clues).pop()
    }

    /// What the clock can have shown from the begin of its boot to a moment, or within so long before it.
    pub fn shown_before(&self, moment: Moment, within: Option<i64>) -> (Timestamp, Timestamp) {
        let first = Timestamp::from_ticks(i64::MIN);
        let from = within.map_or(first, |millis| moment.at.plus_millis(-millis));
        self.clocks.shown(moment.boot, from, moment.at)
    }

    fn moments(&self, clues: &Clues<'_>) -> Vec<Moment> {
        let host = self.host(clues);
        host.map(|host| self.clocks.moments(host, clues.place, clues.time)).unwrap_or_default()
    }

    fn session(&self, session: SessionUid) -> Option<&Stay> {
        self.stays.get(self.number(session)? as usize)
    }
}

impl Moment {
    /// Are both in one boot of one host?
    pub fn is_in_boot_of(&self, other: &Self) -> bool {
        self.boot == other.boot
    }

    /// Was the other one, of the same boot, no further away than this?
    pub fn is_within(&self, other: &Self, millis: i64) -> bool {
        self.at.within_millis(other.at, millis.unsigned_abs())
    }
}
