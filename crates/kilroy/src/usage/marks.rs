//! The records that matter for usage and that no session holds: locks, screen savers, sleep, and words on time zones.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use anyhow::{Result, bail};
use arrow_array::RecordBatch;
use kilroy_case::Case;
use kilroy_case::query::{Check, Column, Expr, Filter, Key, Pattern, Value};
use kilroy_model::{Luid, Timestamp, host_key};
use kilroy_sessions::usage::{Mark, MarkKind, Whose, ZoneRecord, ZoneWord};

/// Which records, by provider: numbers alone mean something else in other logs.
const WANTED: &[(&str, &[u64])] = &[
    ("Microsoft-Windows-Security-Auditing", &[4800, 4801, 4802, 4803]),
    ("Microsoft-Windows-Kernel-Power", &[42, 107, 506, 507]),
    ("Microsoft-Windows-Power-Troubleshooter", &[1]),
    ("EventLog", &[6008, 6013]),
    ("Microsoft-Windows-Kernel-General", &[24]),
    ("Microsoft-Windows-RemoteDesktopServices-RdpCoreTS", &[104]),
];

/// Those among them that say something about the time zone of their host.
const ZONES: &[(&str, &[u64])] = &[
    ("EventLog", &[6008, 6013]),
    ("Microsoft-Windows-Kernel-General", &[24]),
    ("Microsoft-Windows-RemoteDesktopServices-RdpCoreTS", &[104]),
];

const COLUMNS: [&str; 9] =
    ["time", "host", "event_id", "user", "logon_id", "terminal_session", "old_value", "new_value", "fields"];

/// What was found about the host of one name.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) marks: Vec<Mark>,
    pub(super) zones: Vec<ZoneRecord>,
}

/// Marks and words on zones of the hosts that are asked for, by their names in small letters.
pub(super) fn marks(case: &Case, hosts: Option<&Expr>, threads: usize) -> Result<BTreeMap<String, Found>> {
    found(case, WANTED, hosts, threads)
}

/// Words on zones of all hosts, by their names in small letters.
pub(super) fn zone_records(case: &Case, threads: usize) -> Result<BTreeMap<String, Vec<ZoneRecord>>> {
    let found = found(case, ZONES, None, threads)?;
    Ok(found.into_iter().map(|(host, found)| (host, found.zones)).collect())
}

fn found(
    case: &Case,
    wanted: &[(&str, &[u64])],
    hosts: Option<&Expr>,
    threads: usize,
) -> Result<BTreeMap<String, Found>> {
    let columns = COLUMNS.iter().map(|name| column(name)).collect::<Result<Vec<_>>>()?;
    let ids: Vec<(u64, u64)> = wanted.iter().flat_map(|(_, ids)| ids.iter().map(|id| (*id, *id))).collect();
    let of_provider = |(provider, ids): &(&str, &[u64])| -> Result<Expr> {
        let ids = ids.iter().map(|id| (*id, *id)).collect();
        Ok(Expr::All(vec![
            Expr::Test(column("provider")?, Check::Text(vec![Pattern::new(provider)])),
            Expr::Test(column("event_id")?, Check::Numbers(ids)),
        ]))
    };
    // The numbers first: they tell of whole groups of rows that none is wanted.
    let mut filter = Filter::default()
        .and(Expr::Test(column("event_id")?, Check::Numbers(ids)))
        .and(Expr::Any(wanted.iter().map(of_provider).collect::<Result<_>>()?));
    if let Some(hosts) = hosts {
        filter = filter.and(hosts.clone());
    }
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    case.scan(&filter, threads)?.in_order(&columns, &mut |batch| {
        for row in 0..batch.num_rows() {
            let row = Row { batch: &batch, row };
            let (Some(host), Some(time)) = (row.text("host"), row.time()) else { continue };
            let of_host = found.entry(host_key(&host)).or_default();
            of_host.marks.extend(row.mark().map(|kind| Mark { time, kind }));
            of_host.zones.extend(row.zone(time));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Hosts that have records in the System log.
pub(super) fn with_system_log(case: &Case, hosts: Option<&Expr>, threads: usize) -> Result<BTreeSet<String>> {
    let channel = Expr::Test(column("channel")?, Check::Text(vec![Pattern::new("System")]));
    let filter =
        hosts.iter().fold(Filter::default().and(channel), |filter, hosts| filter.and((*hosts).clone()));
    let groups = case.scan(&filter, threads)?.group(&[Key::Column(column("host")?)])?;
    let name = |(values, _): (Vec<Option<Value>>, u64)| match values.into_iter().next() {
        Some(Some(Value::Text(host))) => Some(host_key(&host)),
        _ => None,
    };
    Ok(groups.into_iter().filter_map(name).collect())
}

fn column(name: &str) -> Result<Column> {
    match Column::named(name) {
        Some(column) => Ok(column),
        None => bail!("events have no column {name}"),
    }
}

/// One row of a batch.
struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl Row<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        Value::at(self.batch.column_by_name(name)?, self.row)
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn time(&self) -> Option<Timestamp> {
        match self.value("time")? {
            Value::Time(time) => Some(time),
            _ => None,
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        let Value::Fields(fields) = self.value("fields")? else { return None };
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).and_then(|(_, value)| value)
    }

    fn whose(&self) -> Whose {
        Whose {
            user: self.text("user"),
            luid: self.text("logon_id").and_then(|luid| luid.parse::<Luid>().ok()),
            session_id: self.number("terminal_session").and_then(|id| u32::try_from(id).ok()),
        }
    }

    fn mark(&self) -> Option<MarkKind> {
        Some(match self.number("event_id")? {
            4800 => MarkKind::Locked(self.whose()),
            4801 => MarkKind::Unlocked(self.whose()),
            4802 => MarkKind::SaverStarted(self.whose()),
            4803 => MarkKind::SaverStopped(self.whose()),
            42 | 506 => MarkKind::Sleeps,
            107 | 507 => MarkKind::Wakes,
            1 => {
                let time = |name: &str| self.text(name)?.parse().ok();
                MarkKind::Slept { from: time("old_value")?, to: time("new_value")? }
            }
            _ => return None,
        })
    }

    fn zone(&self, time: Timestamp) -> Option<ZoneRecord> {
        let says = match self.number("event_id")? {
            6013 => standard_time(&self.field("Data[7]")?)?,
            24 => ZoneWord::Now { minutes_west: self.field("CurrentBias")?.trim().parse().ok()? },
            6008 => {
                let (minutes_west, time) = two_clocks(&self.text("old_value")?)?;
                return Some(ZoneRecord { time, says: ZoneWord::Now { minutes_west } });
            }
            104 => ZoneWord::Client { minutes_east: hours(&self.text("new_value")?)? },
            _ => return None,
        };
        Some(ZoneRecord { time, says })
    }
}

/// `300 Eastern Standard Time`.
fn standard_time(text: &str) -> Option<ZoneWord> {
    let (minutes, name) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    Some(ZoneWord::Standard { minutes_west: minutes.parse().ok()?, name: name.trim().to_owned() })
}

/// `9`, `-5`, `5.5`: hours ahead of UTC, in minutes.
fn hours(text: &str) -> Option<i32> {
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (hours, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let hours: i32 = hours.parse().ok().filter(|hours| (0..=14).contains(hours))?;
    let tenths: i32 = part.get(..1)?.parse().ok()?;
    // A quarter of an hour is the finest there is.
    let minutes = hours * 60
        + match tenths {
            0 => 0,
            2 => 15,
            5 => 30,
            7 => 45,
            _ => return None,
        };
    Some(if negative { -minutes } else { minutes })
}

/// Of 6008: two SYSTEMTIMEs in hexadecimal digits, local and UTC. Minutes behind UTC, and the moment itself.
fn two_clocks(hex: &str) -> Option<(i32, Timestamp)> {
    let byte = |at: usize| u16::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok();
    let word = |at: usize| Some(byte(at * 2)? | byte(at * 2 + 1)? << 8);
    let clock = |from: usize| -> Option<jiff::Timestamp> {
        let of = |n: usize| i8::try_from(word(from + n)?).ok();
        let year = i16::try_from(word(from)?).ok().filter(|year| *year > 1970)?;
        // The third word is the day of the week.
        let civil = jiff::civil::DateTime::new(year, of(1)?, of(3)?, of(4)?, of(5)?, of(6)?, 0).ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    let (local, utc) = (clock(0)?, clock(8)?);
    let west = utc.as_second() - local.as_second();
    let minutes = i32::try_from(west / 60).ok()?;
    let fits = west % 900 == 0 && minutes.abs() <= 14 * 60;
    fits.then(|| (minutes, Timestamp::from_ticks(utc.as_second() * 10_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_on_zones() {
        let standard = |text: &str| match standard_time(text) {
            Some(ZoneWord::Standard { minutes_west, name }) => Some((minutes_west, name)),
            _ => None,
        };
        assert_eq!(standard("300 Eastern Standard Time"), Some((300, "Eastern Standard Time".to_owned())));
        assert_eq!(standard("-540 대한민국 표준시"), Some((-540, "대한민국 표준시".to_owned())));
        assert_eq!(standard("0 Coordinated Universal Time").map(|s| s.0), Some(0));
        assert_eq!(standard("Windows"), None);
        let minutes = ["9", "-5", "5.5", "-3.5", "5.75", "0", "25", "x", ""].map(hours);
        assert_eq!(
            minutes,
            [Some(540), Some(-300), Some(330), Some(-210), Some(345), Some(0), None, None, None]
        );
    }

    #[test]
    fn the_two_clocks_of_an_unexpected_shutdown() {
        let hex = |words: [u16; 8]| words.map(|w| format!("{:02X}{:02X}", w & 0xff, w >> 8)).concat();
        let local = hex([2024, 5, 2, 14, 11, 30, 15, 0]);
        let utc = hex([2024, 5, 2, 14, 9, 30, 15, 0]);
        let (minutes, time) = two_clocks(&format!("{local}{utc}3C000000")).expect("two clocks");
        assert_eq!((minutes, time.to_string().as_str()), (-120, "2024-05-14T09:30:15.0000000Z"));
        // What is no time of day, or no zone, says nothing.
        assert_eq!(two_clocks(&local), None);
        assert_eq!(two_clocks(&format!("{local}{}", hex([2024, 5, 2, 14, 9, 31, 15, 0]))), None);
        assert_eq!(two_clocks(&format!("{local}{}", hex([2024, 13, 2, 14, 9, 31, 15, 0]))), None);
    }
}
