//! Usage as rows.

use kilroy_catalog::Language;
use kilroy_model::Timestamp;
use kilroy_sessions::usage::{UsageRow, Zone, offset_text};
use serde::{Serialize, Serializer};

use crate::output::{Cell, Column, Listing, Tone};
use crate::rows::{HostNames, number};
use crate::words::text;

/// One row of usage, to be listed.
#[derive(Debug, Clone)]
pub(crate) struct UsageListing {
    pub(crate) row: UsageRow,
    /// Host as a table shows it.
    pub(crate) host: String,
    /// Is it about one user, named or not?
    pub(crate) of_user: bool,
}

impl UsageListing {
    pub(crate) fn of(rows: Vec<UsageRow>, of_user: bool) -> Vec<Self> {
        let names = HostNames::of(rows.iter().filter_map(|row| row.computer.as_deref()));
        let listing = |row: UsageRow| {
            let host = row.computer.as_deref().map_or("", |host| names.short(host)).to_owned();
            Self { row, host, of_user }
        };
        rows.into_iter().map(listing).collect()
    }
}

/// The keys of a row in JSON, in their order.
#[derive(Serialize)]
struct Keys<'a> {
    user: Option<&'a str>,
    computer: Option<&'a str>,
    date: Option<String>,
    date_to: Option<String>,
    timezone: Option<String>,
    timezone_from: Option<&'static str>,
    days: u32,
    sessions: u32,
    open_sessions: u32,
    hands_on_seconds: u64,
    hands_on_at_most_seconds: u64,
    presence_seconds: u64,
    presence_at_most_seconds: u64,
    console_seconds: u64,
    remote_seconds: u64,
    shell_seconds: u64,
    locked_seconds: Option<u64>,
    asleep_seconds: Option<u64>,
    screen_saver_seconds: Option<u64>,
    disconnected_seconds: Option<u64>,
    first_in: Option<Timestamp>,
    last_out: Option<Timestamp>,
    first_in_local: Option<String>,
    last_out_local: Option<String>,
}

impl Serialize for UsageListing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let UsageRow { times, ends, zone, dates, .. } = &self.row;
        let end = |n: usize| ends.map(|ends| ends[n]);
        Keys {
            user: self.row.user.as_deref(),
            computer: self.row.computer.as_deref(),
            date: dates.map(|(first, _)| first.to_string()),
            date_to: dates.map(|(_, last)| last.to_string()),
            timezone: zone.as_ref().map(|(zone, _)| zone.to_string()),
            timezone_from: zone.as_ref().map(|(_, basis)| basis.name()),
            days: self.row.days,
            sessions: self.row.sessions,
            open_sessions: self.row.open,
            hands_on_seconds: times.hands_on,
            hands_on_at_most_seconds: times.hands_on_at_most,
            presence_seconds: times.present,
            presence_at_most_seconds: times.present_at_most,
            console_seconds: times.console,
            remote_seconds: times.remote,
            shell_seconds: times.shell,
            // What the logs do not tell is not nothing.
            locked_seconds: self.row.tells_locks.then_some(times.locked),
            asleep_seconds: self.row.tells_sleep.then_some(times.asleep),
            screen_saver_seconds: self.row.tells_locks.then_some(times.screen_saver),
            disconnected_seconds: self.row.tells_desktops.then_some(times.disconnected),
            first_in: end(0).map(|(time, _)| time),
            last_out: end(1).map(|(time, _)| time),
            first_in_local: end(0).map(local),
            last_out_local: end(1).map(local),
        }
        .serialize(serializer)
    }
}

/// RFC 3339 with the offset: `2024-05-14T09:00:01+02:00`.
fn local((time, offset): (Timestamp, i32)) -> String {
    format!("{}{}", clock(time, offset).replacen(' ', "T", 1), offset_text(offset))
}

/// What the clock on the wall shows: `2024-05-14 09:00:01`.
pub(super) fn clock(time: Timestamp, offset: i32) -> String {
    crate::output::seconds(time.plus_millis(i64::from(offset) * 1000))
}

/// Hours and minutes: `7:45`; nothing is an empty text.
pub(super) fn hours(seconds: u64) -> String {
    match seconds {
        0 => String::new(),
        _ => format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60),
    }
}

impl Listing for UsageListing {
    const KEYS: &'static [&'static str] = &[
        "user",
        "computer",
        "date",
        "date_to",
        "timezone",
        "timezone_from",
        "days",
        "sessions",
        "open_sessions",
        "hands_on_seconds",
        "hands_on_at_most_seconds",
        "presence_seconds",
        "presence_at_most_seconds",
        "console_seconds",
        "remote_seconds",
        "shell_seconds",
        "locked_seconds",
        "asleep_seconds",
        "screen_saver_seconds",
        "disconnected_seconds",
        "first_in",
        "last_out",
        "first_in_local",
        "last_out_local",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("USER", "사용자").least(10),
            title("HOST", "호스트").least(8),
            title("FIRST DAY", "첫날"),
            title("LAST DAY", "마지막 날").spare(2),
            title("DAYS", "일수").right(),
            title("HANDS-ON", "실사용").right(),
            title("AT MOST", "최대").right(),
            title("LOCKED", "잠금").right().spare(1),
            title("ASLEEP", "절전").right().spare(4),
            title("SCREEN SAVER", "화면 보호기").right().spare(7),
            title("DISCONNECTED", "연결 끊김").right().spare(6),
            title("CONSOLE", "콘솔").right().spare(9),
            title("REMOTE", "원격").right().spare(8),
            title("SHELL", "셸").right().spare(10),
            title("SESSIONS", "세션").right().spare(3),
            title("TIME ZONE", "표준 시간대").spare(5),
        ]
    }

    fn cells(&self, _language: Language) -> Vec<Cell> {
        let UsageRow { times, zone, dates, .. } = &self.row;
        let at_most = if times.hands_on_at_most == times.hands_on { 0 } else { times.hands_on_at_most };
        let proven = if times.hands_on == 0 { "0:00".to_owned() } else { hours(times.hands_on) };
        let time = |seconds: u64| Cell::new(hours(seconds));
        let told = |tells: bool, seconds: u64| time(if tells { seconds } else { 0 });
        vec![
            Cell::from(self.of_user.then(|| self.row.user.as_deref().unwrap_or("?"))),
            Cell::new(&self.host),
            dates.map(|(first, _)| first.to_string()).into(),
            dates.filter(|(first, last)| first != last).map(|(_, last)| last.to_string()).into(),
            Cell::new(number(u64::from(self.row.days))),
            Cell::new(proven),
            time(at_most).tone(Tone::Notable),
            told(self.row.tells_locks, times.locked),
            told(self.row.tells_sleep, times.asleep),
            told(self.row.tells_locks, times.screen_saver),
            told(self.row.tells_desktops, times.disconnected),
            time(times.console),
            time(times.remote),
            time(times.shell),
            Cell::new(number(u64::from(self.row.sessions))),
            zone.as_ref().map(|(zone, _): &(Zone, _)| zone.to_string()).into(),
        ]
    }
}
