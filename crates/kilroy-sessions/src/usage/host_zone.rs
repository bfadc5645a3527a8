//! Where a host's days begin: its time zone, as its logs tell it.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use kilroy_model::Timestamp;

use super::spans::Stretch;
use super::windows_zones::iana;
use super::zone::{Zone, local, second};

/// What one record says about the zone of its host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ZoneRecord {
    /// When.
    pub time: Timestamp,
    /// What.
    pub says: ZoneWord,
}

/// What a record can say about a zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZoneWord {
    /// EventLog 6013: minutes behind UTC and name of the zone's *standard* time. It says so in summer, too.
    Standard {
        /// Minutes behind UTC.
        minutes_west: i32,
        /// Name, in the language of the system.
        name: String,
    },
    /// Minutes behind UTC right now, daylight saving included: Kernel-General 24, the two times of EventLog 6008.
    Now {
        /// Minutes behind UTC.
        minutes_west: i32,
    },
    /// RdpCoreTS 104: what a *client* says about its own zone.
    Client {
        /// Minutes ahead of UTC.
        minutes_east: i32,
    },
}

/// How a zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZoneBasis {
    /// The user said so.
    Given,
    /// A record names it (EventLog 6013).
    Named,
    /// Records give the offset of standard time, and no name that is known: daylight saving is not known.
    StandardOffset,
    /// Records give the offset that was in force when they were written.
    Offset,
    /// Only clients that connected said anything, and all the same.
    Client,
    /// Nothing says it: UTC is used.
    Unknown,
}

impl ZoneBasis {
    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Named => "log-name",
            Self::StandardOffset => "log-standard-offset",
            Self::Offset => "log-offset",
            Self::Client => "rdp-client",
            Self::Unknown => "unknown",
        }
    }
}

/// The zone of a host, which may change over time: machines are set up in one zone and used in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostZone {
    /// The zone from each second on; the first one holds before, too. Never empty.
    from: Vec<(i64, Zone)>,
    /// How it is known.
    basis: ZoneBasis,
}

/// One day of a calendar: the stretches of time that it is made of, each with its seconds ahead of UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) pieces: Vec<(Stretch, i32)>,
}

/// Standard time is some months away at most: no zone has summer all year.
const MONTH: i64 = 30 * 86_400;

/// A record about a change of the clock may be written a little before or after it.
const AROUND_A_CHANGE: i64 = 3600;

impl HostZone {
    /// This zone, because the user says so.
    pub fn given(zone: Zone) -> Self {
        Self { from: vec![(i64::MIN, zone)], basis: ZoneBasis::Given }
    }

    /// What the records of a host say, in any order.
    pub fn of_records(mut records: Vec<ZoneRecord>) -> Self {
        records.sort_unstable();
        records.dedup();
        let clients = || {
            let clients = Self::of_changes(&records, ZoneBasis::Client, |says| match says {
                ZoneWord::Client { minutes_east } => Zone::fixed(*minutes_east),
                _ => None,
            });
            // Clients of several zones say nothing about the host.
            clients.filter(|clients| clients.from.len() == 1)
        };
        by_names(&records)
            .or_else(|| Self::of_changes(&records, ZoneBasis::Offset, now))
            .or_else(clients)
            .unwrap_or_else(|| Self { basis: ZoneBasis::Unknown, ..Self::given(Zone::UTC) })
    }

    /// Each zone from the first record on that says it; none if no record says any.
    fn of_changes(
        records: &[ZoneRecord],
        basis: ZoneBasis,
        zone: impl Fn(&ZoneWord) -> Option<Zone>,
    ) -> Option<Self> {
        let mut from: Vec<(i64, Zone)> = Vec::new();
        for record in records {
            let Some(zone) = zone(&record.says) else { continue };
            if from.last().is_none_or(|(_, last)| *last != zone) {
                from.push((second(record.time), zone));
            }
        }
        (!from.is_empty()).then_some(Self { from, basis })
    }

    /// How it is known.
    pub fn basis(&self) -> ZoneBasis {
        self.basis
    }

    /// The zone at a moment.
    pub fn at(&self, time: Timestamp) -> Zone {
        self.in_force(second(time)).clone()
    }

    /// The names of its zones, the first one first.
    pub(crate) fn names(&self) -> Vec<String> {
        self.from.iter().map(|(_, zone)| zone.to_string()).collect()
    }

    pub(crate) fn in_force(&self, second: i64) -> &Zone {
        let next = self.from.partition_point(|(from, _)| *from <= second);
        // Before the first record that says something, it is taken to have been so before.
        &self.from[next.saturating_sub(1)].1
    }

    fn next_zone(&self, second: i64) -> Option<i64> {
        // The first one holds from the beginning.
        self.from.iter().skip(1).map(|(from, _)| *from).find(|from| *from > second)
    }

    /// The calendar day at a moment.
    pub(crate) fn date(&self, second: i64) -> Date {
        local(second, self.in_force(second).offset(second)).date()
    }

    /// The days from one day to another, in time; open ends reach to the ends of time.
    pub(crate) fn window(&self, dates: &Range<Option<Date>>) -> Stretch {
        let from = dates.start.map_or(i64::MIN, |date| self.begin(date));
        // The last day is one of them.
        let last = dates.end.and_then(|date| date.tomorrow().ok());
        from..last.map_or(i64::MAX, |date| self.begin(date))
    }

    /// The first moment of a day.
    fn begin(&self, date: Date) -> i64 {
        let noon =
            date.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second());
        // Zones reach from 12 hours behind UTC to 14 ahead.
        let days = self.days(&(noon - 2 * 86_400..noon + 2 * 86_400));
        let day = days.iter().find(|day| day.date >= date);
        day.and_then(|day| day.pieces.first()).map_or(noon, |(piece, _)| piece.start)
    }

    /// Every day that a stretch of time touches, in the order of dates; only what lies in the stretch.
    pub(crate) fn days(&self, all: &Stretch) -> Vec<Day> {
        let mut days: BTreeMap<Date, Vec<(Stretch, i32)>> = BTreeMap::new();
        let mut at = all.start;
        while at < all.end {
            let zone = self.in_force(at);
            let offset = zone.offset(at);
            let date = local(at, offset).date();
            let midnight = date.tomorrow().ok().map(|next| unlocal(next.at(0, 0, 0, 0), offset));
            let ends = [midnight, zone.next_change(at), self.next_zone(at), Some(all.end)];
            let end = ends.into_iter().flatten().filter(|end| *end > at).min().unwrap_or(all.end);
            let pieces = days.entry(date).or_default();
            match pieces.last_mut() {
                Some((last, known)) if *known == offset && last.end == at => last.end = end,
                _ => pieces.push((at..end, offset)),
            }
            at = end;
        }
        days.into_iter().map(|(date, pieces)| Day { date, pieces }).collect()
    }
}

/// The zones that 6013 names, as far as the offsets in force do not contradict them.
fn by_names(records: &[ZoneRecord]) -> Option<HostZone> {
    let said = |record: &ZoneRecord| match &record.says {
        ZoneWord::Standard { minutes_west, name } => standard(*minutes_west, name, second(record.time)),
        _ => None,
    };
    let standards: Vec<(i64, Zone)> =
        records.iter().filter_map(|record| Some((second(record.time), said(record)?))).collect();
    let (_, first) = standards.first()?;
    let mut from: Vec<(i64, Zone)> = Vec::new();
    for record in records {
        let at = second(record.time);
        let zone = match (said(record), now(&record.says)) {
            (Some(zone), _) => zone,
            (None, Some(offset)) => {
                let next = standards.get(standards.partition_point(|(time, _)| *time <= at));
                let known = from.last().map_or(first, |(_, zone)| zone);
                match next {
                    _ if agree(known, &offset, at) => continue,
                    // The zone was changed, and the next 6013 names the new one.
                    Some((_, zone)) if agree(zone, &offset, at) => zone.clone(),
                    // Set up in another zone, which no 6013 names.
                    _ if from.is_empty() => offset,
                    // Daylight saving time is switched off, say: names are no help then.
                    _ => return None,
                }
            }
            (None, None) => continue,
        };
        if from.last().is_none_or(|(_, last)| *last != zone) {
            from.push((at, zone));
        }
    }
    let named = standards.iter().all(|(_, zone)| zone.is_named());
    Some(HostZone { from, basis: if named { ZoneBasis::Named } else { ZoneBasis::StandardOffset } })
}

/// The offset that was in force, if that is what a record says.
fn now(says: &ZoneWord) -> Option<Zone> {
    match says {
        ZoneWord::Now { minutes_west } => Zone::fixed(minutes_west.checked_neg()?),
        _ => None,
    }
}

/// Does a zone have this offset around this time?
fn agree(zone: &Zone, offset: &Zone, at: i64) -> bool {
    [-AROUND_A_CHANGE, 0, AROUND_A_CHANGE]
        .iter()
        .any(|by| zone.offset(at.saturating_add(*by)) == offset.offset(0))
}

/// The zone of a 6013: by its name, if that fits the offset beside it; else the offset alone.
fn standard(minutes_west: i32, name: &str, at: i64) -> Option<Zone> {
    let by_name = iana(name).and_then(|name| Zone::named(name).ok()).filter(|zone| {
        (-6..=6)
            .any(|months| zone.offset(at.saturating_add(months * MONTH)) == minutes_west.saturating_mul(-60))
    });
    by_name.or_else(|| Zone::fixed(minutes_west.checked_neg()?))
}

fn unlocal(clock: DateTime, offset: i32) -> i64 {
    let utc = clock.to_zoned(TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second());
    utc - i64::from(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn uptime(time: &str, minutes_west: i32, name: &str) -> ZoneRecord {
        ZoneRecord { time: at(time), says: ZoneWord::Standard { minutes_west, name: name.to_owned() } }
    }

    fn now(time: &str, minutes_west: i32) -> ZoneRecord {
        ZoneRecord { time: at(time), says: ZoneWord::Now { minutes_west } }
    }

    fn client(time: &str, minutes_east: i32) -> ZoneRecord {
        ZoneRecord { time: at(time), says: ZoneWord::Client { minutes_east } }
    }

    fn zone(records: Vec<ZoneRecord>) -> (String, &'static str) {
        let zone = HostZone::of_records(records);
        (zone.at(at("2024-06-01T00:00:00Z")).to_string(), zone.basis().name())
    }

    fn lengths(zone: &str, from: &str, to: &str) -> Vec<String> {
        let zone = HostZone::given(Zone::named(zone).unwrap());
        let days = zone.days(&(second(at(from))..second(at(to))));
        let length = |day: &Day| day.pieces.iter().map(|(piece, _)| piece.end - piece.start).sum::<i64>();
        days.iter().map(|day| format!("{} {}", day.date, length(day) / 60)).collect()
    }

    #[test]
    fn what_records_say() {
        // 6013 gives standard time, in summer as well: real records of October say 300 where clocks said 240.
        let new_york = uptime("2024-06-03T12:00:00Z", 300, "Eastern Standard Time");
        assert_eq!(zone(vec![new_york.clone()]), ("America/New_York".to_owned(), "log-name"));
        assert_eq!(zone(vec![new_york.clone(), now("2024-06-03T12:00:00Z", 240)]).0, "America/New_York");
        // Where the clock did not go forward in summer, the name is no help.
        let fixed = zone(vec![new_york.clone(), now("2024-06-03T12:00:00Z", 300)]);
        assert_eq!(fixed, ("-05:00".to_owned(), "log-offset"));
        assert_eq!(zone(vec![uptime("2024-01-03T12:00:00Z", -540, "대한민국 표준시")]).0, "Asia/Seoul");
        // A name that is not known, and one that does not fit its offset.
        let unknown = zone(vec![uptime("2024-01-03T12:00:00Z", -60, "Hora estándar romance")]);
        assert_eq!(unknown, ("+01:00".to_owned(), "log-standard-offset"));
        assert_eq!(zone(vec![uptime("2024-01-03T12:00:00Z", -330, "Korea Standard Time")]).0, "+05:30");
        // What no clock shows says nothing.
        assert_eq!(
            zone(vec![now("2024-01-03T12:00:00Z", i32::MIN), now("2024-01-03T12:00:00Z", 9999)]).1,
            "unknown"
        );
        // Clients count where nothing else does, and only if they agree.
        assert_eq!(zone(vec![client("2024-01-03T12:00:00Z", 540)]), ("+09:00".to_owned(), "rdp-client"));
        assert_eq!(zone(vec![client("2024-01-03T12:00:00Z", 540), new_york]).1, "log-name");
        let two = vec![client("2024-01-03T12:00:00Z", 540), client("2024-01-04T12:00:00Z", 60)];
        assert_eq!(zone(two), ("UTC".to_owned(), "unknown"));
        assert_eq!(zone(vec![]), ("UTC".to_owned(), "unknown"));
    }

    #[test]
    fn a_machine_that_moves() {
        let zone = HostZone::of_records(vec![
            uptime("2024-05-02T12:00:00Z", -540, "Korea Standard Time"),
            uptime("2024-05-01T12:00:00Z", 480, "Pacific Standard Time"),
            uptime("2024-05-03T12:00:00Z", -540, "Korea Standard Time"),
        ]);
        assert_eq!(zone.at(at("2024-04-01T00:00:00Z")).to_string(), "America/Los_Angeles");
        assert_eq!(zone.at(at("2024-05-02T11:59:59Z")).to_string(), "America/Los_Angeles");
        assert_eq!(zone.at(at("2024-05-02T12:00:00Z")).to_string(), "Asia/Seoul");
        // The bias in force tells of the change before 6013 does; one from before the first is another zone's.
        let zone = HostZone::of_records(vec![
            now("2024-04-30T12:00:00Z", -60),
            uptime("2024-05-01T12:00:00Z", 480, "Pacific Standard Time"),
            now("2024-05-01T12:00:01Z", 420),
            now("2024-05-01T20:00:00Z", -540),
            uptime("2024-05-02T12:00:00Z", -540, "Korea Standard Time"),
        ]);
        let at_hour = |time: &str| zone.at(at(time)).to_string();
        assert_eq!(zone.basis(), ZoneBasis::Named);
        assert_eq!(
            ["2024-04-29T00:00:00Z", "2024-05-01T19:00:00Z", "2024-05-01T20:00:00Z"].map(at_hour),
            ["+01:00", "America/Los_Angeles", "Asia/Seoul"]
        );
        // No second is lost or counted twice where the calendar jumps.
        let all = second(at("2024-05-01T00:00:00Z"))..second(at("2024-05-05T00:00:00Z"));
        let days = zone.days(&all);
        let pieces: Vec<Stretch> =
            days.iter().flat_map(|d| d.pieces.iter().map(|(p, _)| p.clone())).collect();
        assert_eq!(pieces.iter().map(|p| p.end - p.start).sum::<i64>(), 4 * 86_400);
    }

    #[test]
    fn days_with_23_and_25_hours() {
        assert_eq!(
            lengths("Europe/Berlin", "2024-03-30T23:00:00Z", "2024-04-01T22:00:00Z"),
            ["2024-03-31 1380", "2024-04-01 1440"]
        );
        assert_eq!(
            lengths("Europe/Berlin", "2024-10-26T22:00:00Z", "2024-10-28T23:00:00Z"),
            ["2024-10-27 1500", "2024-10-28 1440"]
        );
        // Korea had daylight saving in 1988: from 8 May to 9 October.
        assert_eq!(
            lengths("Asia/Seoul", "1988-05-07T15:00:00Z", "1988-05-09T14:00:00Z"),
            ["1988-05-08 1380", "1988-05-09 1440"]
        );
        assert_eq!(
            lengths("Asia/Seoul", "2024-03-30T15:00:00Z", "2024-04-01T15:00:00Z"),
            ["2024-03-31 1440", "2024-04-01 1440"]
        );
        // Clocks that jump over midnight: the day begins at one.
        assert_eq!(
            lengths("Africa/Cairo", "2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z"),
            ["2024-04-26 1380"]
        );
    }

    #[test]
    fn dates_as_windows_of_time() {
        let zone = HostZone::given(Zone::named("Europe/Berlin").unwrap());
        let day: Date = "2024-10-27".parse().unwrap();
        let window = zone.window(&(Some(day)..Some(day)));
        assert_eq!(window, second(at("2024-10-26T22:00:00Z"))..second(at("2024-10-27T23:00:00Z")));
        assert_eq!(zone.window(&(None..None)), i64::MIN..i64::MAX);
    }
}
