//! Nights and week-ends.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use kilroy_model::{Kind, Timestamp};

use super::names::Spellings;
use super::{Name, Names, Tally, Visit};

/// Night, where nothing else is said: before most people come, and after most have gone.
pub const NIGHT: (u32, u32) = (22 * 60, 6 * 60);
/// Days of the week-end, where nothing else is said, counted from Monday: Saturday and Sunday.
pub const WEEKEND: [u8; 2] = [5, 6];

/// Kinds of sessions that need somebody at a keyboard; a return to a locked desktop does as well. Machines reach shares at any
/// hour.
pub const HANDS_ON: &[Kind] = &[
    Kind::InteractiveLocal,
    Kind::InteractiveRemote,
    Kind::InteractiveUnknown,
    Kind::Unlock,
    Kind::Ssh,
    Kind::Tty,
    Kind::Gateway,
];

const DAY: i64 = 86_400;

/// Which hours are not those of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffHours {
    /// From and until which minute of the day it is night; it may lie around midnight. Equal: never.
    pub night: (u32, u32),
    /// Days that are off, counted from Monday.
    pub weekend: Vec<u8>,
}

impl Default for OffHours {
    fn default() -> Self {
        Self { night: NIGHT, weekend: WEEKEND.to_vec() }
    }
}

/// Why an hour is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Off {
    /// It is night, on a day of work.
    Night,
    /// The day is off.
    Weekend,
}

impl OffHours {
    /// Whether a moment is off on a clock that is so many seconds ahead of UTC.
    pub fn of(&self, time: Timestamp, offset: i32) -> Option<Off> {
        let local = time.ticks().div_euclid(10_000_000).saturating_add(i64::from(offset));
        // 1970 began on a Thursday.
        let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7);
        if self.weekend.iter().any(|day| i64::from(*day) == weekday) {
            return Some(Off::Weekend);
        }
        let minute = local.rem_euclid(DAY) / 60;
        let (from, until) = (i64::from(self.night.0), i64::from(self.night.1));
        let night =
            if from <= until { (from..until).contains(&minute) } else { minute >= from || minute < until };
        night.then_some(Off::Night)
    }
}

/// The time at which a session began, if a record tells: the end of one whose begin nobody saw is no logon.
pub fn began(attempt: Option<Timestamp>, start: Option<Timestamp>) -> Option<Timestamp> {
    attempt.or(start)
}

#[derive(Debug, Default)]
struct Group {
    all: u64,
    unknown: u64,
    night: Tally,
    weekend: Tally,
}

/// Sessions counted by user, host, and whether they began when nobody works.
#[derive(Debug, Default)]
pub struct OffCounts {
    groups: HashMap<(Option<Name>, Name), Group>,
    spellings: Spellings,
}

/// A user on a host who was there when nobody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffRow {
    /// None: no record names the user.
    pub user: Option<String>,
    /// Host.
    pub host: String,
    /// Sessions and attempts at any hour whose begin is known.
    pub all: u64,
    /// Those of which no record tells when they began.
    pub unknown: u64,
    /// Those that began at night.
    pub night: Tally,
    /// Those that began on days off.
    pub weekend: Tally,
}

impl OffRow {
    /// Night and week-end together.
    pub fn off(&self) -> Tally {
        let mut both = self.night;
        both.merge(&self.weekend);
        both
    }
}

impl OffCounts {
    /// Counts a session. `offset`: seconds ahead of UTC on its host at a time.
    pub fn add(
        &mut self,
        names: &Names,
        visit: &Visit,
        hours: &OffHours,
        offset: impl FnOnce(Timestamp) -> i32,
    ) {
        let group = self.groups.entry((visit.user.map(|user| names.folded(user)), visit.host)).or_default();
        if let Some(user) = visit.user {
            self.spellings.add(user);
        }
        let Some(time) = began(visit.attempt, visit.start) else {
            group.unknown += 1;
            return;
        };
        group.all += 1;
        match hours.of(time, offset(time)) {
            Some(Off::Night) => group.night.add(visit),
            Some(Off::Weekend) => group.weekend.add(visit),
            None => {}
        }
    }

    /// The hosts that sessions are on, by name.
    pub fn hosts<'n>(&self, names: &'n Names) -> BTreeSet<&'n str> {
        self.groups.keys().map(|(_, host)| names.text(*host)).collect()
    }

    /// Who was there when nobody works, those who were most often first.
    pub fn rows(&self, names: &Names) -> Vec<OffRow> {
        let best = self.spellings.best(names);
        let spelled = |user: Name| best.get(&user).copied().unwrap_or_else(|| names.text(user)).to_owned();
        let row = |(&(user, host), group): (&(Option<Name>, Name), &Group)| OffRow {
            user: user.map(spelled),
            host: names.text(host).to_owned(),
            all: group.all,
            unknown: group.unknown,
            night: group.night,
            weekend: group.weekend,
        };
        let mut rows: Vec<OffRow> = self.groups.iter().map(row).filter(|row| row.off().all() > 0).collect();
        rows.sort_by_cached_key(|row| {
            (
                std::cmp::Reverse(row.off().all()),
                row.user.as_ref().map(|u| u.to_lowercase()),
                row.host.clone(),
            )
        });
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(text: &str, offset: i32) -> Option<Off> {
        OffHours::default().of(text.parse().unwrap(), offset)
    }

    #[test]
    fn nights_and_days_off_by_the_clock_of_the_host() {
        // 2024-05-14 is a Tuesday, 2024-05-18 a Saturday.
        assert_eq!(off("2024-05-14T12:00:00Z", 0), None);
        assert_eq!(off("2024-05-14T22:00:00Z", 0), Some(Off::Night));
        assert_eq!(off("2024-05-14T21:59:59Z", 0), None);
        assert_eq!(off("2024-05-14T05:59:59Z", 0), Some(Off::Night));
        assert_eq!(off("2024-05-14T06:00:00Z", 0), None);
        assert_eq!(off("2024-05-18T12:00:00Z", 0), Some(Off::Weekend));
        assert_eq!(off("2024-05-19T23:00:00Z", 0), Some(Off::Weekend));
        // Noon in London is the night in Seoul, and Friday evening there is Saturday.
        assert_eq!(off("2024-05-14T13:30:00Z", 9 * 3600), Some(Off::Night));
        assert_eq!(off("2024-05-17T16:00:00Z", 9 * 3600), Some(Off::Weekend));
        assert_eq!(off("1969-12-31T12:00:00Z", 0), None);
    }

    #[test]
    fn a_night_that_does_not_go_past_midnight_and_none() {
        let hours = OffHours { night: (60, 120), weekend: vec![] };
        assert_eq!(hours.of("2024-05-18T01:30:00Z".parse().unwrap(), 0), Some(Off::Night));
        assert_eq!(hours.of("2024-05-18T02:00:00Z".parse().unwrap(), 0), None);
        let never = OffHours { night: (0, 0), weekend: vec![] };
        assert_eq!(never.of("2024-05-18T00:00:00Z".parse().unwrap(), 0), None);
    }
}
