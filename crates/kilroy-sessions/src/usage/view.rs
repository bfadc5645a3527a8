//! One group of presences: a user on a host, a user on all hosts, a host with all its users.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::Date;
use kilroy_model::Timestamp;

use super::host_zone::{Day, ZoneBasis};
use super::report::{Group, Usage, UsageRow, count};
use super::sets::{Gathered, Sets, Times};
use super::spans::{Spans, Stretch};
use super::stay::{HostStays, Stay};
use super::zone::Zone;

/// One group with its sets of time.
pub(crate) struct View<'u> {
    usage: &'u Usage,
    user: Option<String>,
    stays: &'u Group<'u>,
    pub(crate) sets: Sets,
    /// By host: the days on which somebody can have been there.
    days: BTreeMap<usize, Days>,
    tells_desktops: bool,
}

/// Days of one host, each whole, and beside each the stays that took part in it.
#[derive(Default)]
struct Days {
    days: Vec<Day>,
    parts: Vec<Vec<Part>>,
}

/// A stay that is proven to touch a day, and from when to when. One of no length has its day, too.
#[derive(Clone, Copy)]
struct Part {
    stay: usize,
    first: i64,
    last: i64,
}

impl<'u> View<'u> {
    pub(crate) fn new(usage: &'u Usage, stays: &'u Group<'u>, user: Option<String>) -> Self {
        let mut gathered = Gathered::default();
        let mut by_host: BTreeMap<usize, Vec<(usize, &Stay)>> = BTreeMap::new();
        for (n, (host, stay)) in stays.iter().enumerate() {
            let (of, window) = usage.host(*host);
            gathered.add(of, stay, window);
            by_host.entry(*host).or_default().push((n, stay));
        }
        let mut tells_desktops = false;
        let mut days = BTreeMap::new();
        for (n, stays) in by_host {
            let (host, window) = usage.host(n);
            let users: BTreeSet<_> = stays.iter().map(|(_, stay)| &stay.user).collect();
            let some = Days::of(host, &stays, window);
            let pieces = some.days.iter().flat_map(|day| day.pieces.iter().map(|(piece, _)| piece.clone()));
            let shown: Spans = pieces.collect();
            for gaps in users.into_iter().filter_map(|user| host.disconnected.get(user)) {
                // A desktop that nobody uses for weeks is of no interest on days without anybody.
                gathered.disconnected.extend(gaps.and(&shown).iter().cloned());
                tells_desktops = true;
            }
            days.insert(n, some);
        }
        Self { usage, user, stays, sets: gathered.sets(), days, tells_desktops }
    }

    pub(crate) fn days(&self, host: usize) -> &[Day] {
        self.days.get(&host).map(|of| of.days.as_slice()).unwrap_or_default()
    }

    /// What some days of a host amount to, by their places.
    pub(crate) fn row(&self, host: usize, places: Range<usize>) -> UsageRow {
        let (of, _) = self.usage.host(host);
        let Days { days, parts } = &self.days[&host];
        let (days, parts) = (&days[places.clone()], &parts[places]);
        let mut times = Times::default();
        let mut ends = Ends::default();
        for (piece, _) in days.iter().flat_map(|day| &day.pieces) {
            times += self.sets.times(piece);
            if let Some((first, last)) = self.sets.ends(piece) {
                ends.take(first, last);
            }
        }
        let mut took_part: BTreeSet<usize> = BTreeSet::new();
        for part in parts.iter().flatten() {
            took_part.insert(part.stay);
            ends.take(part.first, part.last);
        }
        let at = |second: i64| {
            let time = Timestamp::from_ticks(second.saturating_mul(10_000_000));
            (time, of.zone.in_force(second).offset(second))
        };
        let begin = days.first().and_then(|day| day.pieces.first()).map_or(0, |(piece, _)| piece.start);
        UsageRow {
            user: self.name(),
            computer: Some(of.computer.clone()),
            dates: days.first().zip(days.last()).map(|(first, last)| (first.date, last.date)),
            zone: Some((of.zone.in_force(begin).clone(), of.zone.basis())),
            days: count(parts.iter().filter(|parts| !parts.is_empty()).count()),
            sessions: count(took_part.len()),
            open: count(took_part.iter().filter(|n| !self.stays[**n].1.ended).count()),
            times,
            tells_locks: of.tells_locks,
            tells_sleep: of.tells_sleep,
            tells_desktops: self.tells_desktops,
            ends: ends.0.map(|(first, last)| [at(first), at(last)]),
            cells: Vec::new(),
        }
    }

    /// What all days of all hosts amount to.
    pub(crate) fn whole(&self) -> UsageRow {
        let of_host = |(host, of): (&usize, &Days)| self.row(*host, 0..of.days.len());
        let rows: Vec<UsageRow> = self.days.iter().map(of_host).collect();
        let with_parts = self.days.values().flat_map(|of| of.days.iter().zip(&of.parts));
        let dates: BTreeSet<Date> =
            with_parts.filter(|(_, parts)| !parts.is_empty()).map(|(day, _)| day.date).collect();
        let zones: Vec<&(Zone, ZoneBasis)> = rows.iter().filter_map(|row| row.zone.as_ref()).collect();
        let zone = zones.first().filter(|first| zones.iter().all(|zone| zone == *first));
        let end = |n: usize| rows.iter().filter_map(move |row| row.ends.map(|ends| ends[n]));
        let span = || rows.iter().filter_map(|row| row.dates);
        UsageRow {
            user: self.name(),
            computer: None,
            dates: span().map(|d| d.0).min().zip(span().map(|d| d.1).max()),
            zone: zone.map(|zone| (*zone).clone()),
            days: count(dates.len()),
            sessions: rows.iter().map(|row| row.sessions).sum(),
            open: rows.iter().map(|row| row.open).sum(),
            times: self.sets.times(&(i64::MIN..i64::MAX)),
            tells_locks: rows.iter().all(|row| row.tells_locks),
            tells_sleep: rows.iter().all(|row| row.tells_sleep),
            tells_desktops: self.tells_desktops,
            ends: end(0).min().zip(end(1).max()).map(|(first, last)| [first, last]),
            cells: Vec::new(),
        }
    }

    fn name(&self) -> Option<String> {
        let user = self.user.as_ref()?;
        Some(self.usage.name(user).unwrap_or(user).clone())
    }
}

/// The first and the last moment.
#[derive(Default)]
struct Ends(Option<(i64, i64)>);

impl Ends {
    fn take(&mut self, first: i64, last: i64) {
        self.0 = Some(self.0.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
    }
}

impl Days {
    fn of(host: &HostStays, stays: &[(usize, &Stay)], window: &Stretch) -> Self {
        let days = days_of(host, stays, window);
        let pieces =
            days.iter().enumerate().flat_map(|(n, day)| day.pieces.iter().map(move |(piece, _)| (piece, n)));
        let mut pieces: Vec<(&Stretch, usize)> = pieces.collect();
        pieces.sort_unstable_by_key(|(piece, _)| piece.start);
        let mut parts = vec![Vec::new(); days.len()];
        for (stay, of) in stays {
            let proven = &of.proven;
            let from = pieces.partition_point(|(piece, _)| piece.end <= proven.start);
            let until = proven.end.max(proven.start.saturating_add(1));
            for (piece, day) in pieces[from..].iter().take_while(|(piece, _)| piece.start < until) {
                let (first, last) = (proven.start.max(piece.start), proven.end.min(piece.end));
                parts[*day].push(Part { stay: *stay, first, last });
            }
        }
        Self { days, parts }
    }
}

/// The days of a host on which somebody can have been there, each whole as far as it is asked for.
fn days_of(host: &HostStays, stays: &[(usize, &Stay)], window: &Stretch) -> Vec<Day> {
    let zone = &host.zone;
    let touched = |(_, stay): &(usize, &Stay)| {
        let (first, last) = (stay.possible.start.max(window.start), stay.possible.end.min(window.end));
        // The end is not included; a presence of no length has a day as well.
        (zone.date(first), zone.date(last.saturating_sub(1).max(first)))
    };
    let mut dates: Vec<(Date, Date)> = stays.iter().map(touched).collect();
    dates.sort_unstable();
    let mut joined: Vec<(Date, Date)> = Vec::new();
    for (first, last) in dates {
        match joined.last_mut().filter(|run| first <= run.1.tomorrow().unwrap_or(run.1)) {
            Some(run) => run.1 = run.1.max(last),
            None => joined.push((first, last)),
        }
    }
    let whole = |(first, last): (Date, Date)| {
        let days = zone.window(&(Some(first)..Some(last)));
        zone.days(&(days.start.max(window.start)..days.end.min(window.end)))
    };
    joined.into_iter().flat_map(whole).collect()
}
