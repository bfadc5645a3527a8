//! Users as rows.

use kilroy_catalog::Language;
use kilroy_findings::views::{Mark, Outlier, Range, Tally, UserView};
use kilroy_model::{Scope, Timestamp};
use serde::{Serialize, Serializer};

use super::{Asked, Behind, Part};
use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::rows::{HostNames, number, some};
use crate::words::text;

/// A user as a row.
#[derive(Debug, Clone)]
pub(crate) struct UserRow {
    view: UserView,
    /// As tables name them.
    hosts: Vec<String>,
    outliers: Vec<OutlierKeys>,
    filter: Behind,
}

impl UserRow {
    pub(crate) fn of(views: Vec<UserView>, asked: &Asked) -> Vec<Self> {
        let names = HostNames::of(views.iter().flat_map(|view| view.hosts.iter().map(String::as_str)));
        let hosts: Vec<Vec<String>> = views.iter().map(|view| names.all_short(&view.hosts)).collect();
        let row = |(view, hosts): (UserView, Vec<String>)| {
            let outliers = view.outliers.iter().map(|o| OutlierKeys::of(o, &view, asked)).collect();
            Self { filter: asked.part(Part::user(view.user.as_deref())), outliers, hosts, view }
        };
        views.into_iter().zip(hosts).map(row).collect()
    }
}

/// A range of addresses that is not usual for a user, in JSON.
#[derive(Debug, Clone, Serialize)]
struct OutlierKeys {
    range: Range,
    scope: Scope,
    marks: Vec<Mark>,
    #[serde(flatten)]
    tally: Tally,
    filter: Behind,
}

impl OutlierKeys {
    fn of(outlier: &Outlier, view: &UserView, asked: &Asked) -> Self {
        let Outlier { range, scope, marks, tally } = outlier;
        let part = Part { range: Some((*range, *scope)), ..Part::user(view.user.as_deref()) };
        Self { range: *range, scope: *scope, marks: marks.clone(), tally: *tally, filter: asked.part(part) }
    }
}

#[derive(Serialize)]
struct Keys<'a> {
    user: Option<&'a str>,
    domains: &'a [String],
    sessions: u64,
    failures: u64,
    denied: u64,
    hosts: &'a [String],
    sources: Vec<&'a str>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    outliers: &'a [OutlierKeys],
    filter: &'a Behind,
}

impl Serialize for UserRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let UserView { user, domains, tally, hosts, .. } = &self.view;
        Keys {
            user: user.as_deref(),
            domains,
            sessions: tally.sessions,
            failures: tally.failures,
            denied: tally.denied,
            hosts,
            sources: sources(&self.view),
            first: tally.first,
            last: tally.last,
            outliers: &self.outliers,
            filter: &self.filter,
        }
        .serialize(serializer)
    }
}

/// Addresses and names of machines, each once, in the order of their letters.
fn sources(view: &UserView) -> Vec<&str> {
    let mut names: Vec<&str> = view.sources.iter().filter_map(|source| source.origin.name()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl Listing for UserRow {
    const KEYS: &'static [&'static str] = &[
        "user", "domains", "sessions", "failures", "denied", "hosts", "sources", "first", "last", "outliers",
        "filter",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("USER", "사용자").least(13),
            title("SESSIONS", "세션").right(),
            title("FAILURES", "실패").right(),
            title("DENIED", "거부").right(),
            title("FIRST (UTC)", "처음(UTC)").spare(4),
            title("LAST (UTC)", "마지막(UTC)"),
            title("UNUSUAL FROM", "이례적 원본").least(15).spare(1),
            title("HOSTS", "호스트").least(12).spare(2),
            title("SOURCES", "원본").least(15).spare(5),
            title("DOMAINS", "도메인").least(6).spare(6),
            title("FILTER", "필터").spare(7),
        ]
    }

    fn cells(&self, _language: Language) -> Vec<Cell> {
        let UserView { user, domains, tally, .. } = &self.view;
        let outliers: Vec<String> = self.outliers.iter().map(|o| o.range.to_string()).collect();
        let sources: Vec<String> = sources(&self.view).into_iter().map(str::to_owned).collect();
        vec![
            Cell::new(user.as_deref().unwrap_or("?")),
            Cell::new(number(tally.sessions)),
            Cell::new(number(tally.failures)).tone(Tone::Bad),
            Cell::new(number(tally.denied)).tone(Tone::Bad),
            tally.first.map(seconds).into(),
            tally.last.map(seconds).into(),
            Cell::new(some(&outliers)).tone(Tone::Notable),
            Cell::new(some(&self.hosts)),
            Cell::new(some(&sources)),
            Cell::new(some(domains)),
            Cell::new(self.filter.typed()),
        ]
    }
}
