//! Users by source, as rows: of `kilroy sources` by source, of `kilroy matrix` by user.

use kilroy_catalog::Language;
use kilroy_findings::views::{FromWhere, Mark, Place, Range};
use kilroy_model::{Scope, Timestamp};
use serde::{Serialize, Serializer};

use super::{Asked, Behind, Part};
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::rows::{HostNames, number, some};
use crate::words::{Named, text};

/// One user from one source, to be listed by source.
#[derive(Debug, Clone)]
pub(crate) struct SourceRow(Row);

/// The same, to be listed by user.
#[derive(Debug, Clone)]
pub(crate) struct MatrixRow(Row);

#[derive(Debug, Clone)]
struct Row {
    seen: FromWhere,
    /// As tables name them.
    hosts: Vec<String>,
    filter: Behind,
}

fn rows(rows: Vec<FromWhere>, asked: &Asked) -> impl Iterator<Item = Row> {
    let names = HostNames::of(rows.iter().flat_map(|row| row.hosts.iter().map(String::as_str)));
    rows.into_iter().map(move |row| {
        let filter = asked.part(Part::user(row.user.as_deref()).at(&row.place));
        Row { hosts: names.all_short(&row.hosts), seen: row, filter }
    })
}

impl SourceRow {
    pub(crate) fn of(found: Vec<FromWhere>, asked: &Asked) -> Vec<Self> {
        rows(found, asked).map(Self).collect()
    }
}

impl MatrixRow {
    pub(crate) fn of(found: Vec<FromWhere>, asked: &Asked) -> Vec<Self> {
        rows(found, asked).map(Self).collect()
    }
}

impl Row {
    fn ip(&self) -> Option<&str> {
        match &self.seen.place {
            Place::Source(origin) => origin.ip.as_deref(),
            Place::Range(..) => None,
        }
    }

    fn addresses(&self) -> Option<usize> {
        match &self.seen.place {
            Place::Source(_) => None,
            Place::Range(_, _, addresses) => Some(*addresses),
        }
    }

    /// What a table calls the source.
    fn place(&self) -> Cell {
        let scope = self.seen.place.scope();
        let name = match &self.seen.place {
            Place::Source(origin) => origin.name().unwrap_or("?").to_owned(),
            Place::Range(range, ..) => range.to_string(),
        };
        Cell::new(name).tone(if scope == Scope::External { Tone::Notable } else { Tone::Plain })
    }

    fn user(&self) -> Cell {
        Cell::new(self.seen.user.as_deref().unwrap_or("?"))
    }

    fn counts(&self) -> [Cell; 3] {
        let tally = &self.seen.tally;
        [
            Cell::new(number(tally.sessions)),
            Cell::new(number(tally.failures)).tone(Tone::Bad),
            Cell::new(number(tally.denied)).tone(Tone::Bad),
        ]
    }

    fn times(&self) -> [Cell; 2] {
        [self.seen.tally.first.map(seconds).into(), self.seen.tally.last.map(seconds).into()]
    }

    fn marks(&self, language: Language) -> Cell {
        let words: Vec<&str> = self.seen.marks.iter().map(|mark| mark.in_words(language)).collect();
        Cell::new(words.join(", ")).tone(Tone::Notable)
    }

    fn land(&self) -> Cell {
        let land = &self.seen.land;
        let network = land.asn.map(|asn| format!("AS{asn}"));
        let parts = [land.country.clone(), network, land.organization.clone()];
        Cell::new(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }

    fn scope(&self, language: Language) -> Cell {
        Cell::new(match self.seen.place.scope() {
            Scope::Local => text("local", "로컬").get(language),
            scope => scope.in_words(language),
        })
    }
}

#[derive(Serialize)]
struct SourceKeys<'a> {
    ip: Option<&'a str>,
    scope: Scope,
    user: Option<&'a str>,
    clients: &'a [String],
    sessions: u64,
    failures: u64,
    denied: u64,
    hosts: &'a [String],
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    range: Option<Range>,
    country: Option<&'a str>,
    asn: Option<u32>,
    organization: Option<&'a str>,
    marks: &'a [Mark],
    filter: &'a Behind,
}

impl Serialize for SourceRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { seen: row, filter, .. } = &self.0;
        SourceKeys {
            ip: self.0.ip(),
            scope: row.place.scope(),
            user: row.user.as_deref(),
            clients: &row.clients,
            sessions: row.tally.sessions,
            failures: row.tally.failures,
            denied: row.tally.denied,
            hosts: &row.hosts,
            first: row.tally.first,
            last: row.tally.last,
            range: row.range,
            country: row.land.country.as_deref(),
            asn: row.land.asn,
            organization: row.land.organization.as_deref(),
            marks: &row.marks,
            filter,
        }
        .serialize(serializer)
    }
}

impl Listing for SourceRow {
    const KEYS: &'static [&'static str] = &[
        "ip",
        "scope",
        "user",
        "clients",
        "sessions",
        "failures",
        "denied",
        "hosts",
        "first",
        "last",
        "range",
        "country",
        "asn",
        "organization",
        "marks",
        "filter",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("SOURCE", "원본").least(15),
            title("USER", "사용자").least(13),
            title("SESSIONS", "세션").right(),
            title("FAILURES", "실패").right(),
            title("DENIED", "거부").right(),
            title("FIRST (UTC)", "처음(UTC)").spare(5),
            title("LAST (UTC)", "마지막(UTC)").spare(4),
            title("UNUSUAL", "이례적").least(10).spare(2),
            title("HOSTS", "호스트").least(8).spare(1),
            title("SCOPE", "범위").spare(3),
            title("WHERE", "위치").least(8).spare(6),
            title("CLIENT", "클라이언트").least(6).spare(7),
            title("FILTER", "필터").spare(8),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let row = &self.0;
        let [sessions, failures, denied] = row.counts();
        let [first, last] = row.times();
        vec![
            row.place(),
            row.user(),
            sessions,
            failures,
            denied,
            first,
            last,
            row.marks(language),
            Cell::new(some(&row.hosts)),
            row.scope(language),
            row.land(),
            Cell::new(some(&row.seen.clients)),
            Cell::new(row.filter.typed()),
        ]
    }
}

#[derive(Serialize)]
struct MatrixKeys<'a> {
    user: Option<&'a str>,
    ip: Option<&'a str>,
    client: Option<&'a str>,
    scope: Scope,
    range: Option<Range>,
    addresses: Option<usize>,
    country: Option<&'a str>,
    asn: Option<u32>,
    organization: Option<&'a str>,
    sessions: u64,
    failures: u64,
    denied: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    hosts: &'a [String],
    marks: &'a [Mark],
    filter: &'a Behind,
}

impl Serialize for MatrixRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { seen: row, filter, .. } = &self.0;
        MatrixKeys {
            user: row.user.as_deref(),
            ip: self.0.ip(),
            client: match &row.place {
                Place::Source(origin) => origin.client.as_deref(),
                Place::Range(..) => None,
            },
            scope: row.place.scope(),
            range: row.range,
            addresses: self.0.addresses(),
            country: row.land.country.as_deref(),
            asn: row.land.asn,
            organization: row.land.organization.as_deref(),
            sessions: row.tally.sessions,
            failures: row.tally.failures,
            denied: row.tally.denied,
            first: row.tally.first,
            last: row.tally.last,
            hosts: &row.hosts,
            marks: &row.marks,
            filter,
        }
        .serialize(serializer)
    }
}

impl Listing for MatrixRow {
    const KEYS: &'static [&'static str] = &[
        "user",
        "ip",
        "client",
        "scope",
        "range",
        "addresses",
        "country",
        "asn",
        "organization",
        "sessions",
        "failures",
        "denied",
        "first",
        "last",
        "hosts",
        "marks",
        "filter",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("USER", "사용자").least(13),
            title("SOURCE", "원본").least(15),
            title("ADDRESSES", "주소").right().spare(5),
            title("SESSIONS", "세션").right(),
            title("FAILURES", "실패").right(),
            title("DENIED", "거부").right(),
            title("FIRST (UTC)", "처음(UTC)"),
            title("LAST (UTC)", "마지막(UTC)").spare(3),
            title("UNUSUAL", "이례적").least(10).spare(1),
            title("SCOPE", "범위").spare(2),
            title("HOSTS", "호스트").least(8).spare(4),
            title("WHERE", "위치").least(8).spare(6),
            title("FILTER", "필터").spare(7),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let row = &self.0;
        let [sessions, failures, denied] = row.counts();
        let [first, last] = row.times();
        vec![
            row.user(),
            row.place(),
            row.addresses().map(|addresses| number(addresses as u64)).into(),
            sessions,
            failures,
            denied,
            first,
            last,
            row.marks(language),
            row.scope(language),
            Cell::new(some(&row.hosts)),
            row.land(),
            Cell::new(row.filter.typed()),
        ]
    }
}
