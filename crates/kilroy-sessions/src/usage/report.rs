//! Rows of usage: per user, host and day, and what they add up to.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use kilroy_model::Timestamp;

use super::host_zone::ZoneBasis;
use super::picture::{Cell, cells};
use super::sets::Times;
use super::spans::Stretch;
use super::stay::{HostFacts, HostStays, Stay};
use super::view::View;
use super::zone::Zone;

/// One row of usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// Account name in its most common spelling; none if no record names it, or if the row is about all users of a host.
    pub user: Option<String>,
    /// Host; none if the row is about all hosts of a user.
    pub computer: Option<String>,
    /// First and last day, in the host's zone; none if the row has no presence at all.
    pub dates: Option<(Date, Date)>,
    /// Zone of the host; none if the row is about hosts of several zones.
    pub zone: Option<(Zone, ZoneBasis)>,
    /// Days with proven presence.
    pub days: u32,
    /// Sessions that took part.
    pub sessions: u32,
    /// Those of them of which no record tells the end.
    pub open: u32,
    /// How long.
    pub times: Times,
    /// Do the logs tell of locks and screen savers? If not, times at a locked screen are among the hands-on time.
    pub tells_locks: bool,
    /// Do the logs tell of sleep?
    pub tells_sleep: bool,
    /// Do the logs tell of desktops?
    pub tells_desktops: bool,
    /// The first and the last moment of proven presence, each with its seconds ahead of UTC.
    pub ends: Option<[(Timestamp, i32); 2]>,
    /// The day as a picture, if it was asked for.
    pub cells: Vec<Cell>,
}

/// Everybody's usage, ready to be put into rows.
#[derive(Debug)]
pub struct Usage {
    hosts: Vec<HostStays>,
    /// For each host, what of its time is asked for.
    windows: Vec<Stretch>,
    /// Spelling of each user.
    names: BTreeMap<String, String>,
}

/// Stays of one group, each with the number of its host.
pub(super) type Group<'u> = Vec<(usize, &'u Stay)>;

impl Usage {
    /// From what is known of each host, as far as it lies in these days of the host's zone.
    pub fn new(hosts: Vec<HostFacts>, dates: &Range<Option<Date>>) -> Self {
        let mut hosts: Vec<HostStays> = hosts.into_iter().map(HostStays::new).collect();
        hosts.sort_by(|a, b| a.computer.cmp(&b.computer));
        let windows = hosts.iter().map(|host| host.zone.window(dates)).collect();
        let names = spellings(hosts.iter().flat_map(|host| &host.stays));
        Self { hosts, windows, names }
    }

    /// One row per user, host and day; days on which nothing is proven share a row. `cells`: so many cells a picture has.
    pub fn days(&self, cells: usize) -> Vec<UsageRow> {
        let mut rows = Vec::new();
        for ((user, host), stays) in self.by_user_and_host() {
            let view = View::new(self, &stays, user.clone());
            let mut before: Option<UsageRow> = None;
            for (n, day) in view.days(host).iter().enumerate() {
                let mut row = view.row(host, n..n + 1);
                if row.sessions == 0 {
                    row.cells = Vec::new();
                    if let Some(run) = before.as_mut().filter(|run| goes_on(run, day.date)) {
                        run.times += row.times;
                        run.dates = run.dates.map(|(first, _)| (first, day.date));
                        continue;
                    }
                } else {
                    row.cells = self::cells(&view.sets, day, cells);
                }
                rows.extend(before.replace(row));
            }
            rows.extend(before);
        }
        rows
    }

    /// One row per user, host and week, from Monday on.
    pub fn weeks(&self) -> Vec<UsageRow> {
        let mut rows = Vec::new();
        for ((user, host), stays) in self.by_user_and_host() {
            let view = View::new(self, &stays, user.clone());
            let mut from = 0;
            for week in view.days(host).chunk_by(|a, b| monday(a.date) == monday(b.date)) {
                rows.push(view.row(host, from..from + week.len()));
                from += week.len();
            }
        }
        rows
    }

    /// One row per user and host.
    pub fn totals(&self) -> Vec<UsageRow> {
        let groups = self.by_user_and_host();
        let row = |((user, host), stays): (&(Option<String>, usize), &Group<'_>)| {
            let view = View::new(self, stays, user.clone());
            view.row(*host, 0..view.days(*host).len())
        };
        groups.iter().map(row).collect()
    }

    /// One row per user: at whatever host, each second counts once.
    pub fn users(&self) -> Vec<UsageRow> {
        let mut groups: BTreeMap<Option<String>, Group<'_>> = BTreeMap::new();
        for ((user, _), stays) in self.by_user_and_host() {
            groups.entry(user).or_default().extend(stays);
        }
        groups.into_iter().map(|(user, stays)| View::new(self, &stays, user).whole()).collect()
    }

    /// One row per host: whoever used it.
    pub fn hosts(&self) -> Vec<UsageRow> {
        let mut groups: BTreeMap<usize, Group<'_>> = BTreeMap::new();
        for ((_, host), stays) in self.by_user_and_host() {
            groups.entry(host).or_default().extend(stays);
        }
        groups
            .into_iter()
            .map(|(host, stays)| {
                let row = View::new(self, &stays, None).whole();
                UsageRow { user: None, computer: Some(self.hosts[host].computer.clone()), ..row }
            })
            .collect()
    }

    /// How the zone of each host is known, by its name.
    pub fn zones(&self) -> impl Iterator<Item = (&str, Vec<String>, ZoneBasis)> {
        self.hosts.iter().map(|host| (host.computer.as_str(), host.zone.names(), host.zone.basis()))
    }

    pub(super) fn host(&self, host: usize) -> (&HostStays, &Stretch) {
        (&self.hosts[host], &self.windows[host])
    }

    /// How the name of a user is spelled.
    pub(super) fn name(&self, user: &str) -> Option<&String> {
        self.names.get(user)
    }

    fn by_user_and_host(&self) -> BTreeMap<(Option<String>, usize), Group<'_>> {
        let mut groups: BTreeMap<(Option<String>, usize), Group<'_>> = BTreeMap::new();
        for (n, host) in self.hosts.iter().enumerate() {
            let window = &self.windows[n];
            // A presence of no length has its moment.
            let asked = |stay: &&Stay| {
                let possible = &stay.possible;
                possible.start < window.end && possible.end.max(possible.start + 1) > window.start
            };
            for stay in host.stays.iter().filter(asked) {
                groups.entry((stay.user.clone(), n)).or_default().push((n, stay));
            }
        }
        groups
    }
}

/// Is this row one of days on which nothing is proven, up to the day before this one?
fn goes_on(run: &UsageRow, date: Date) -> bool {
    run.sessions == 0 && run.dates.is_some_and(|(_, last)| last.tomorrow().ok() == Some(date))
}

/// Of spellings that differ in case only, the most common one; of equally common ones the first in the alphabet.
fn spellings<'s>(stays: impl Iterator<Item = &'s Stay>) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for stay in stays {
        if let (Some(user), Some(name)) = (&stay.user, &stay.name) {
            *counts.entry((user, name)).or_default() += 1;
        }
    }
    let mut best: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for ((user, name), count) in counts {
        let known = best.entry(user).or_insert((count, name));
        if count > known.0 {
            *known = (count, name);
        }
    }
    best.into_iter().map(|(user, (_, name))| (user.to_owned(), name.to_owned())).collect()
}

/// The Monday of a day's week.
fn monday(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(jiff::Span::new().days(back)).unwrap_or(date)
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
