//! Nights and week-ends: what was said about them, the zones of hosts, and rows.

use std::collections::HashMap;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_catalog::Language;
use kilroy_findings::views::{Name, Off, OffHours, OffRow, began};
use kilroy_model::{AccessSession, Timestamp};
use kilroy_sessions::usage::{HostZone, ZoneBasis};
use serde::{Serialize, Serializer};

use super::{Asked, Behind, Part};
use crate::args::OffHoursFlags;
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::rows::{HostNames, number};
use crate::settings::threads;
use crate::usage::{HostZones, Zones};
use crate::words::text;

/// The clocks of a case, and the hours at which nobody works.
pub(crate) struct Clocks {
    pub(crate) hours: OffHours,
    zones: HostZones,
    flags: Vec<String>,
}

impl Clocks {
    /// Reads what records say about the zones of hosts.
    pub(crate) fn of(case: &Case, flags: &OffHoursFlags) -> Result<Self> {
        let hours = hours(flags)?;
        let zones = Zones::of(flags.timezone.as_deref(), &flags.host_timezone)?.of_hosts_there(case)?;
        let zones = HostZones::of(case, &zones, threads(None)?.get())?;
        Ok(Self { hours, zones, flags: typed(flags) })
    }

    /// Seconds ahead of UTC on a host at a time.
    pub(crate) fn offset(&self, host: &str, time: Timestamp) -> i32 {
        offset(self.zones.of_host(host), time)
    }

    /// Whether a session began at an hour at which nobody works.
    pub(crate) fn is_off(&self, session: &AccessSession) -> bool {
        let off = |time| -> Option<Off> { self.hours.of(time, self.offset(&session.computer, time)) };
        began(session.attempt, session.start).and_then(off).is_some()
    }

    pub(crate) fn zone(&self, host: &str) -> &HostZone {
        self.zones.of_host(host)
    }

    /// The flags that ask `kilroy sessions` for the same hours.
    pub(crate) fn flags(&self) -> Vec<String> {
        self.flags.clone()
    }
}

/// Remembers the zones of hosts by number: millions of sessions ask.
#[derive(Default)]
pub(crate) struct Offsets<'c>(HashMap<Name, &'c HostZone>);

impl<'c> Offsets<'c> {
    pub(crate) fn of(&mut self, clocks: &'c Clocks, host: Name, name: &str, time: Timestamp) -> i32 {
        offset(self.0.entry(host).or_insert_with(|| clocks.zone(name)), time)
    }
}

fn offset(zone: &HostZone, time: Timestamp) -> i32 {
    zone.at(time).offset(time.ticks().div_euclid(10_000_000))
}

/// `--night` and `--weekend`.
fn hours(flags: &OffHoursFlags) -> Result<OffHours> {
    let mut hours = OffHours::default();
    if let Some(text) = &flags.night {
        hours.night = match night(text) {
            Some(night) => night,
            None => bail!("--night {text:?}: give two times of day like 22:00-06:00, or none"),
        };
    }
    if let Some(text) = &flags.weekend {
        hours.weekend = match weekend(text) {
            Some(days) => days,
            None => bail!("--weekend {text:?}: give days like sat,sun or fri,sat, or none"),
        };
    }
    Ok(hours)
}

/// `22:00-06:00`, `20-6`, `none`.
fn night(text: &str) -> Option<(u32, u32)> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Some((0, 0));
    }
    let (from, until) = text.split_once('-')?;
    let (from, until) = (minute(from)?, minute(until)?);
    // A night of no length is said in words.
    (from != until).then_some((from, until))
}

fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// `sat,sun`, `none`: days counted from Monday.
fn weekend(text: &str) -> Option<Vec<u8>> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    if text.trim().eq_ignore_ascii_case("none") {
        return Some(Vec::new());
    }
    let day = |day: &str| {
        let at = DAYS.iter().position(|known| known.eq_ignore_ascii_case(day.trim()))?;
        u8::try_from(at).ok()
    };
    text.split(',').map(day).collect()
}

fn typed(flags: &OffHoursFlags) -> Vec<String> {
    let mut typed = vec!["--off-hours".to_owned()];
    let mut add = |flag: &str, value: &str| typed.extend([format!("--{flag}"), value.to_owned()]);
    for (flag, value) in [("night", &flags.night), ("weekend", &flags.weekend), ("timezone", &flags.timezone)]
    {
        if let Some(value) = value {
            add(flag, value);
        }
    }
    for zone in &flags.host_timezone {
        add("host-timezone", zone);
    }
    typed
}

/// A user on a host who was there when nobody works, as a row.
#[derive(Debug, Clone)]
pub(crate) struct OffHoursRow {
    row: OffRow,
    host: String,
    zone: String,
    basis: ZoneBasis,
    filter: Behind,
}

impl OffHoursRow {
    pub(crate) fn of(rows: Vec<OffRow>, clocks: &Clocks, asked: &Asked) -> Vec<Self> {
        let names = HostNames::of(rows.iter().map(|row| row.host.as_str()));
        let listing = |row: OffRow| {
            let zone = clocks.zone(&row.host);
            let at = row.off().first.unwrap_or(Timestamp::from_ticks(0));
            Self {
                host: names.short(&row.host).to_owned(),
                zone: zone.at(at).to_string(),
                basis: zone.basis(),
                filter: asked.part(Part { host: Some(&row.host), ..Part::user(row.user.as_deref()) }),
                row,
            }
        };
        rows.into_iter().map(listing).collect()
    }

    /// Is the time zone of the host not known?
    pub(crate) fn has_no_zone(&self) -> bool {
        self.basis == ZoneBasis::Unknown
    }
}

#[derive(Serialize)]
struct Keys<'a> {
    user: Option<&'a str>,
    host: &'a str,
    timezone: &'a str,
    timezone_from: &'static str,
    all: u64,
    begin_unknown: u64,
    off: u64,
    night: u64,
    weekend: u64,
    sessions: u64,
    failures: u64,
    denied: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    filter: &'a Behind,
}

impl Serialize for OffHoursRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let off = self.row.off();
        Keys {
            user: self.row.user.as_deref(),
            host: &self.row.host,
            timezone: &self.zone,
            timezone_from: self.basis.name(),
            all: self.row.all,
            begin_unknown: self.row.unknown,
            off: off.all(),
            night: self.row.night.all(),
            weekend: self.row.weekend.all(),
            sessions: off.sessions,
            failures: off.failures,
            denied: off.denied,
            first: off.first,
            last: off.last,
            filter: &self.filter,
        }
        .serialize(serializer)
    }
}

impl Listing for OffHoursRow {
    const KEYS: &'static [&'static str] = &[
        "user",
        "host",
        "timezone",
        "timezone_from",
        "all",
        "begin_unknown",
        "off",
        "night",
        "weekend",
        "sessions",
        "failures",
        "denied",
        "first",
        "last",
        "filter",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("USER", "사용자").least(10),
            title("HOST", "호스트").least(8),
            title("NIGHT", "야간").right(),
            title("WEEK-END", "주말").right(),
            title("OF", "전체").right(),
            title("SESSIONS", "세션").right().spare(3),
            title("FAILURES", "실패").right().spare(2),
            title("DENIED", "거부").right().spare(4),
            title("FIRST (UTC)", "처음(UTC)"),
            title("LAST (UTC)", "마지막(UTC)").spare(5),
            title("TIME ZONE", "표준 시간대").spare(1),
            title("FILTER", "필터").spare(6),
        ]
    }

    fn cells(&self, _language: Language) -> Vec<Cell> {
        let off = self.row.off();
        let unsure = if self.has_no_zone() { "?" } else { "" };
        vec![
            Cell::new(self.row.user.as_deref().unwrap_or("?")),
            Cell::new(&self.host),
            Cell::new(number(self.row.night.all())),
            Cell::new(number(self.row.weekend.all())),
            Cell::new(number(self.row.all)),
            Cell::new(number(off.sessions)),
            Cell::new(number(off.failures)).tone(Tone::Bad),
            Cell::new(number(off.denied)).tone(Tone::Bad),
            off.first.map(seconds).into(),
            off.last.map(seconds).into(),
            Cell::new(format!("{}{unsure}", self.zone)),
            Cell::new(self.filter.typed()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_as_people_type_them() {
        for (text, want) in [
            ("22:00-06:00", Some((1320, 360))),
            ("20-6", Some((1200, 360))),
            (" 0:30 - 5 ", Some((30, 300))),
            ("none", Some((0, 0))),
            ("22:00", None),
            ("25-6", None),
            ("6-6", None),
            ("a-b", None),
        ] {
            assert_eq!(night(text), want, "{text}");
        }
        assert_eq!(weekend("Sat, sun"), Some(vec![5, 6]));
        assert_eq!(weekend("none"), Some(vec![]));
        assert_eq!(weekend("saturday"), None);
    }
}
