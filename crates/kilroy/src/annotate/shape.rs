//! Where in a row its time, host and user are.

use anyhow::{Result, bail};
use kilroy_model::host_key;

use super::added::{Added, NAMES, put};
use super::cells::cells;
use super::columns::{Says, names, plain};
use super::json::Values;
use super::people::{People, Place};
use super::records::ending;
use super::tally::Tally;
use super::times::{Clock, Read};
use crate::decode::Content;
use crate::output::cut;

/// Columns that were named on the command line.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) time: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) host: Option<String>,
}

impl Chosen {
    /// No column can be named of what has none.
    fn nothing(&self, what: &str) -> Result<()> {
        let flags =
            [("--time-column", &self.time), ("--user-column", &self.user), ("--host-column", &self.host)];
        match flags.iter().find(|(_, name)| name.is_some()) {
            Some((flag, _)) => bail!("{flag}: this is {what}, whose columns have no names and fixed places"),
            None => Ok(()),
        }
    }
}

/// The separator that Excel has a file say in its first line: `sep=;`.
pub(crate) fn separator(first: &[u8]) -> Option<u8> {
    match ending(first).0 {
        [s, e, p, b'=', separator] if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" => Some(*separator),
        _ => None,
    }
}

/// What a file is.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Cells below names.
    Table(Columns),
    /// An object of JSON in each line.
    Json(Chosen),
    /// A body file of the Sleuth Kit: four times in each line.
    Body,
    /// Harlan Carvey's five columns without names: time, source, host, user, description.
    Tln,
}

/// Places of columns.
#[derive(Debug)]
pub(crate) struct Columns {
    delimiter: u8,
    count: usize,
    time: usize,
    /// The time of day, where the date stands in a column of its own.
    time_of_day: Option<usize>,
    zone: Option<usize>,
    host: Option<usize>,
    user: Option<usize>,
    domain: Option<usize>,
    sid: Option<usize>,
    luid: Option<usize>,
    terminal_session: Option<usize>,
}

/// Columns of a body file, and where its times begin.
const BODY: usize = 11;
const BODY_TIMES: usize = 7;
/// Access, change of content, change of the entry, birth: as they stand in a body file.
const BODY_LETTERS: [char; 4] = ['a', 'm', 'c', 'b'];

impl Shape {
    /// Of the first row of a file.
    ///
    /// `separator`: what the file itself says to stand between cells.
    pub(crate) fn of(first: &[u8], separator: Option<u8>, chosen: Chosen) -> Result<Self> {
        let (row, _) = ending(first);
        let text = String::from_utf8_lossy(row);
        if text.trim_start().starts_with('{') {
            return Ok(Self::Json(chosen));
        }
        if text.trim_start().starts_with('[') {
            bail!(
                "this is one document of JSON: give JSON Lines, an object in each line (jq -c '.[]' makes them)"
            );
        }
        let piped: Vec<_> = cells(row, b'|');
        let number = |n: usize| piped.get(n).is_some_and(|cell| cell.trim().parse::<f64>().is_ok());
        if piped.len() == BODY && (BODY_TIMES..BODY).all(number) {
            return chosen.nothing("a body file").map(|()| Self::Body);
        }
        if piped.len() == 5 && number(0) {
            return chosen.nothing("a TLN file").map(|()| Self::Tln);
        }
        let delimiter = separator.unwrap_or_else(|| delimiter(row));
        Columns::of(&cells(row, delimiter), delimiter, &chosen).map(Self::Table)
    }

    /// Has the file a first row with the names of its columns?
    pub(crate) const fn has_names(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    /// What its rows are.
    pub(crate) const fn content(&self) -> Content {
        if matches!(self, Self::Json(_)) { Content::Json } else { Content::Text }
    }

    /// What stands between cells that may have quotes.
    pub(crate) const fn quoted_by(&self) -> Option<u8> {
        match self {
            Self::Table(columns) => Some(columns.delimiter),
            _ => None,
        }
    }

    /// Does each row say its host?
    pub(crate) const fn says_host(&self) -> bool {
        match self {
            Self::Table(columns) => columns.host.is_some(),
            Self::Json(_) | Self::Tln => true,
            Self::Body => false,
        }
    }

    /// The row of names, with ours behind them.
    pub(crate) fn head(&self, row: &[u8]) -> Vec<u8> {
        let Self::Table(columns) = self else { return row.to_vec() };
        let (body, end) = ending(row);
        let there: Vec<_> = cells(body, columns.delimiter);
        let mut out = body.to_vec();
        for name in own_names(|name| there.iter().any(|cell| cell.trim() == name)) {
            out.push(columns.delimiter);
            put(&name, columns.delimiter, &mut out);
        }
        out.extend_from_slice(end);
        out
    }

    /// A row, with what is known of its session behind it. `host`: the one that all rows are of.
    pub(crate) fn row(&self, row: &[u8], line: u64, asking: &Asking<'_>, tally: &mut Tally) -> Vec<u8> {
        let (body, end) = ending(row);
        if body.iter().all(u8::is_ascii_whitespace) {
            return row.to_vec();
        }
        let mut out = Vec::with_capacity(row.len() + 160);
        match self {
            Self::Table(columns) => columns.row(body, line, asking, tally, &mut out),
            Self::Json(chosen) => json(chosen, body, line, asking, tally, &mut out),
            Self::Body => body_row(body, line, asking, tally, &mut out),
            Self::Tln => tln(body, line, asking, tally, &mut out),
        }
        out.extend_from_slice(end);
        out
    }
}

/// What rows are asked against.
pub(crate) struct Asking<'a> {
    pub(crate) people: &'a People,
    pub(crate) clock: &'a Clock,
    /// The host that all rows are of.
    pub(crate) host: Option<String>,
}

impl Asking<'_> {
    /// The answer for what a row says.
    fn answer(
        &self,
        (time, zone): (Read, Option<&str>),
        shown: &str,
        mut place: Place,
        line: u64,
        tally: &mut Tally,
    ) -> Added {
        if self.host.is_some() {
            place.host.clone_from(&self.host);
        }
        let added = match time {
            Read::At(time) => {
                let added = Added::of(&self.people.of_row(time, &place), self.people);
                if added.sure.is_none()
                    && let Some(stranger) = place.host.as_deref().filter(|host| !self.people.knows(host))
                {
                    tally.stranger(stranger);
                }
                added
            }
            Read::Nothing => {
                tally.without_time();
                Added::nothing()
            }
            Read::Wrong => {
                tally.bad_time(line, shown, self.clock);
                Added::nothing()
            }
            Read::ZoneUnknown => {
                tally.strange_zone(zone.unwrap_or_default());
                Added::nothing()
            }
        };
        tally.row(&added);
        added
    }
}

impl Columns {
    fn of(names_there: &[impl AsRef<str>], delimiter: u8, chosen: &Chosen) -> Result<Self> {
        let plains: Vec<String> = names_there.iter().map(|name| plain(name.as_ref())).collect();
        let says =
            |says: Says| names(says).iter().find_map(|wanted| plains.iter().position(|name| name == wanted));
        let named = |flag: &str, asked: Option<&str>| -> Result<Option<usize>> {
            let Some(asked) = asked else { return Ok(None) };
            let place =
                names_there.iter().position(|name| name.as_ref().trim().eq_ignore_ascii_case(asked.trim()));
            match place {
                Some(place) => Ok(Some(place)),
                None => bail!("{flag} {asked}: there is no such column; columns are {}", list(names_there)),
            }
        };
        let position = |wanted: &str| plains.iter().position(|name| name == wanted);
        let asked = named("--time-column", chosen.time.as_deref())?;
        // Plaso's old CSV has the date and the time of day in two columns.
        let apart = position("date")
            .zip(position("time"))
            .filter(|_| asked.is_none() && position("datetime").is_none());
        let Some(time) = asked.or(apart.map(|(date, _)| date)).or_else(|| says(Says::Time)) else {
            bail!(
                "no column is known to be the time: name it with --time-column; columns are {}",
                list(names_there)
            );
        };
        Ok(Self {
            delimiter,
            count: names_there.len(),
            time,
            time_of_day: apart.map(|(_, time)| time),
            zone: says(Says::TimeZone),
            host: named("--host-column", chosen.host.as_deref())?.or_else(|| says(Says::Host)),
            user: named("--user-column", chosen.user.as_deref())?.or_else(|| says(Says::User)),
            domain: says(Says::Domain),
            sid: says(Says::Sid),
            luid: says(Says::LogonId),
            terminal_session: says(Says::TerminalSession),
        })
    }

    fn row(&self, body: &[u8], line: u64, asking: &Asking<'_>, tally: &mut Tally, out: &mut Vec<u8>) {
        let cells = cells(body, self.delimiter);
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).map(|cell| cell.trim());
        let text = |place: Option<usize>| cell(place).and_then(present);
        let shown = cell(Some(self.time)).unwrap_or("a row without that column");
        let read = |text: &str| asking.clock.read_with_zone(text, cell(self.zone));
        let time = match (cell(Some(self.time)), cell(self.time_of_day)) {
            // More cells than names: it cannot be told which is which.
            _ if cells.len() > self.count => Read::Wrong,
            (Some(date), Some(clock)) if !date.contains(':') => match read(date) {
                Read::Nothing => Read::Nothing,
                _ => read(&format!("{date} {clock}")),
            },
            (Some(text), _) => read(text),
            (None, _) => Read::Wrong,
        };
        let place = Place {
            host: text(self.host).as_deref().map(host_key),
            user: text(self.user),
            domain: text(self.domain),
            sid: text(self.sid).filter(|sid| sid.starts_with("S-1-")),
            luid: text(self.luid).and_then(|luid| luid.parse().ok()),
            terminal_session: text(self.terminal_session).and_then(|id| id.parse().ok()),
        };
        let added = asking.answer((time, cell(self.zone)), shown, place, line, tally);
        out.extend_from_slice(body);
        // Ours stand below their names, even in a row that is too short.
        out.extend(std::iter::repeat_n(self.delimiter, self.count.saturating_sub(cells.len())));
        added.as_cells(self.delimiter, out);
    }
}

fn json(chosen: &Chosen, body: &[u8], line: u64, asking: &Asking<'_>, tally: &mut Tally, out: &mut Vec<u8>) {
    let closing = body.iter().rposition(|byte| *byte == b'}');
    let (Some(values), Some(closing)) = (Values::of(body), closing) else {
        tally.bad(line, &String::from_utf8_lossy(body));
        tally.row(&Added::nothing());
        out.extend_from_slice(body);
        return;
    };
    let value = |asked: Option<&str>, says| match asked {
        Some(name) => values.named(name),
        None => values.says(says),
    };
    let text = |value: Option<&str>| value.and_then(present);
    let time = value(chosen.time.as_deref(), Says::Time);
    let zone = values.says(Says::TimeZone);
    let read = time.map_or(Read::Wrong, |text| asking.clock.read_with_zone(text, zone));
    let place = Place {
        host: text(value(chosen.host.as_deref(), Says::Host)).map(|host| host_key(&host)),
        user: text(value(chosen.user.as_deref(), Says::User)),
        domain: text(values.says(Says::Domain)),
        sid: text(values.says(Says::Sid)).filter(|sid| sid.starts_with("S-1-")),
        luid: text(values.says(Says::LogonId)).and_then(|luid| luid.parse().ok()),
        terminal_session: text(values.says(Says::TerminalSession)).and_then(|id| id.parse().ok()),
    };
    let added = asking.answer((read, zone), time.unwrap_or("no time in it"), place, line, tally);
    let (before, after) = body.split_at(closing);
    let filled = before.iter().rev().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{');
    out.extend_from_slice(before);
    added.as_json(&own_names(|name| values.has(name)), filled, out);
    out.extend_from_slice(after);
}

/// A line of a body file has four times: each is asked for, and those with one answer stand together.
fn body_row(body: &[u8], line: u64, asking: &Asking<'_>, tally: &mut Tally, out: &mut Vec<u8>) {
    out.extend_from_slice(body);
    let cells = cells(body, b'|');
    let times = cells.len().checked_sub(BODY - BODY_TIMES).map(|from| &cells[from..]);
    let mut answers: Vec<(String, Added)> = Vec::new();
    let mut any = false;
    for (letter, text) in BODY_LETTERS.iter().zip(times.unwrap_or_default()) {
        match asking.clock.read(text) {
            Read::At(time) => {
                any = true;
                let place = Place { host: asking.host.clone(), ..Place::default() };
                let added = Added::of(&asking.people.of_row(time, &place), asking.people);
                match answers.iter_mut().find(|(_, known)| *known == added) {
                    Some((letters, _)) => letters.push(*letter),
                    None => answers.push((letter.to_string(), added)),
                }
            }
            Read::Nothing => {}
            Read::Wrong | Read::ZoneUnknown => {
                tally.bad_time(line, text, asking.clock);
                any = true;
                break;
            }
        }
    }
    if times.is_none() || cells.len() < BODY {
        tally.bad(line, &String::from_utf8_lossy(body));
    } else if !any {
        tally.without_time();
    }
    let added = Added::several(&answers);
    tally.row(&added);
    added.as_cells(b'|', out);
}

fn tln(body: &[u8], line: u64, asking: &Asking<'_>, tally: &mut Tally, out: &mut Vec<u8>) {
    let cells = cells(body, b'|');
    let cell = |n: usize| cells.get(n).and_then(|cell| present(cell));
    let place = Place { host: cell(2).map(|host| host_key(&host)), user: cell(3), ..Place::default() };
    let time = cells.first().map_or(Read::Wrong, |text| asking.clock.read(text));
    let added = asking.answer((time, None), cells.first().map_or("", |text| text), place, line, tally);
    out.extend_from_slice(body);
    added.as_cells(b'|', out);
}

/// Our names; where the file has one of its own that is the same, with a word in front.
fn own_names(there: impl Fn(&str) -> bool) -> Vec<String> {
    let clash = NAMES.iter().any(|name| there(name));
    NAMES.iter().map(|name| if clash { format!("kilroy_{name}") } else { (*name).to_owned() }).collect()
}

/// What stands between the cells of a row: what is there most often.
fn delimiter(row: &[u8]) -> u8 {
    let often = |delimiter: u8| cells(row, delimiter).len();
    [b',', b'\t', b';', b'|'].into_iter().rev().max_by_key(|delimiter| often(*delimiter)).unwrap_or(b',')
}

fn present(text: &str) -> Option<String> {
    let text = text.trim();
    // `-\-` is nobody of no domain, as Windows writes it.
    let nothing = text.split('\\').all(|part| matches!(part.trim(), "" | "-"));
    (!nothing && !text.eq_ignore_ascii_case("n/a")).then(|| text.to_owned())
}

/// Names of columns that a message lists, and letters of each.
const LISTED: usize = 20;
const LETTERS: usize = 40;

fn list(names: &[impl AsRef<str>]) -> String {
    let some = names.iter().take(LISTED).map(|name| cut(name.as_ref().trim(), LETTERS));
    let some = some.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nothing() {
        for text in ["", " ", "-", "-\\-", "\\", "N/A"] {
            assert_eq!(present(text), None, "{text}");
        }
        assert_eq!(present("-\\alice").as_deref(), Some("-\\alice"));
    }

    #[test]
    fn messages_stay_short() {
        let names: Vec<String> = (0..500).map(|n| format!("{n}{}", "x".repeat(500))).collect();
        assert!(list(&names).chars().count() < 1_000 && list(&names).ends_with(" and 480 more"));
    }
}
