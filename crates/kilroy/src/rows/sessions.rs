//! Access sessions as rows.

use kilroy_catalog::Language;
use kilroy_model::{AccessSession, EndKind, Grade, Kind, Scope, SessionOutcome, SessionUid, Timestamp};
use kilroy_sessions::{first_known, reason_text};
use serde::{Serialize, Serializer};

use super::HostNames;
use super::fold::{Run, fold};
use super::grouping::Spellings;
use crate::output::{Cell, Column, Listing, Tone, count, seconds, until};
use crate::words::{Named, text};

/// One access session as a row, or a run of failures; as JSON it is the session itself.
#[derive(Debug, Clone)]
pub(crate) struct SessionListing<'a> {
    session: &'a AccessSession,
    /// The failures that follow it in one run.
    more: Vec<&'a AccessSession>,
    host: &'a str,
}

/// One row for each session.
pub(crate) fn each(sessions: &[AccessSession]) -> Vec<SessionListing<'_>> {
    rows(sessions, sessions.iter().map(|session| vec![session]).collect())
}

/// One row for each session, but one only for each run of failures.
pub(crate) fn folded(sessions: &[AccessSession]) -> Vec<SessionListing<'_>> {
    rows(sessions, fold(sessions))
}

fn rows<'a>(sessions: &'a [AccessSession], runs: Vec<Run<'a>>) -> Vec<SessionListing<'a>> {
    let names = HostNames::of(sessions.iter().map(|s| s.computer.as_str()));
    let row = |run: Run<'a>| {
        let mut run = run.into_iter();
        let session = run.next()?;
        Some(SessionListing { session, more: run.collect(), host: names.short(&session.computer) })
    };
    runs.into_iter().filter_map(row).collect()
}

impl Serialize for SessionListing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.session.serialize(serializer)
    }
}

impl Listing for SessionListing<'_> {
    const KEYS: &'static [&'static str] = &[
        "session_uid",
        "computer",
        "user",
        "domain",
        "sid",
        "kind",
        "how",
        "outcome",
        "background",
        "ip",
        "port",
        "client",
        "resource",
        "scope",
        "attempt",
        "start",
        "end",
        "end_kind",
        "end_not_after",
        "reason",
        "reason_text",
        "status",
        "status_text",
        "logon_ids",
        "linked_logon_ids",
        "session_id",
        "line",
        "activity_id",
        "authentication",
        "prior_failures",
        "grade",
        "sources",
        "missing",
        "links",
        "turned_down",
        "proofs",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("SESSION", "세션"),
            title("START (UTC)", "시작(UTC)"),
            title("END", "끝").spare(3),
            title("RESULT", "결과").least(10),
            title("USER", "사용자").least(10),
            title("FROM", "원본").least(15),
            title("KIND", "종류").spare(1),
            title("HOST", "호스트").least(8).spare(2),
            title("HOW", "방식").spare(4),
            title("REASON", "이유").least(16).spare(5),
            title("PROOF", "증명").spare(6),
            title("CLIENT", "클라이언트").least(8).spare(7),
            title("DOMAIN", "도메인").least(6).spare(8),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let row = self.session;
        let how = if row.outcome == SessionOutcome::Success { row.how.in_words(language) } else { "" };
        vec![
            Cell::new(short_uid(row.session_uid)),
            begin(row),
            self.end(),
            Cell::new(self.result(language)).tone(outcome_tone(row)),
            Cell::new(self.users()),
            Cell::from(row.ip.as_ref().or(row.client.as_ref())).tone(scope_tone(row)),
            Cell::new(row.kind.in_words(language)),
            Cell::new(self.host),
            Cell::new(how),
            reason(row, language).into(),
            Cell::new(row.grade.in_words(language)).tone(grade_tone(row.grade)),
            row.client.as_ref().filter(|_| row.ip.is_some()).into(),
            row.domain.as_ref().into(),
        ]
    }
}

impl SessionListing<'_> {
    fn end(&self) -> Cell {
        let row = self.session;
        let begin = row.start.or_else(|| first_known(row));
        match self.more.last() {
            Some(last) => last.start.map(|time| until(begin, time)).into(),
            None => ended(begin, row.end, row.end_not_after, row.end_kind),
        }
    }

    /// `logoff`, `failed`, `24 failed`.
    fn result(&self, language: Language) -> String {
        let words = self.session.end_kind.in_words(language);
        match self.more.len() {
            0 => words.to_owned(),
            more => match language {
                Language::English => format!("{} {words}", count(more as u64 + 1)),
                Language::Korean => format!("{words} {}회", count(more as u64 + 1)),
            },
        }
    }

    /// The user; of a run one of them and how many more were tried.
    fn users(&self) -> String {
        let mut names = Spellings::default();
        for row in std::iter::once(&self.session).chain(&self.more) {
            names.add(row.user.as_deref().unwrap_or("?"));
        }
        match names.names().as_slice() {
            [first, rest @ ..] if !rest.is_empty() => format!("{first} +{}", rest.len()),
            names => names.join(""),
        }
    }
}

/// The beginning of a uid: enough for `kilroy why` in all but the largest cases, which says so if it is not.
pub(crate) fn short_uid(uid: SessionUid) -> String {
    uid.to_string().chars().take(8).collect()
}

/// `CORP\alice`, `alice`, `?`.
pub(crate) fn who(row: &AccessSession) -> String {
    account(row.user.as_deref(), row.domain.as_deref())
}

/// An account as people write it.
pub(crate) fn account(user: Option<&str>, domain: Option<&str>) -> String {
    match (domain, user) {
        (Some(domain), Some(user)) => format!("{domain}\\{user}"),
        (None, Some(user)) => user.to_owned(),
        (_, None) => "?".to_owned(),
    }
}

/// When it began. Without a begin: the first record, marked.
fn begin(row: &AccessSession) -> Cell {
    match (row.start.or(row.attempt), first_known(row)) {
        (Some(time), _) => Cell::new(seconds(time)),
        (None, Some(time)) => Cell::new(format!("<{}", seconds(time))).tone(Tone::Faint),
        (None, None) => Cell::default(),
    }
}

/// When it ended: `10:12:33`; with `<` where only a bound is known.
pub(crate) fn ended(
    begin: Option<Timestamp>,
    end: Option<Timestamp>,
    not_after: Option<Timestamp>,
    kind: EndKind,
) -> Cell {
    match (end, not_after) {
        // A failure takes no time.
        _ if matches!(kind, EndKind::Failed | EndKind::Denied) => Cell::default(),
        (Some(time), _) => Cell::new(until(begin, time)),
        (None, Some(time)) => Cell::new(format!("<{}", until(begin, time))).tone(Tone::Faint),
        (None, None) => Cell::default(),
    }
}

fn reason(row: &AccessSession, language: Language) -> Option<String> {
    row.reason.as_ref().and_then(|reason| reason_text(reason, language))
}

fn outcome_tone(row: &AccessSession) -> Tone {
    match row.outcome {
        SessionOutcome::Success => Tone::Plain,
        SessionOutcome::Failure | SessionOutcome::Denied => Tone::Bad,
    }
}

fn scope_tone(row: &AccessSession) -> Tone {
    match row.scope {
        Scope::External => Tone::Notable,
        Scope::Loopback if row.kind == Kind::InteractiveRemote => Tone::Notable,
        _ => Tone::Plain,
    }
}

fn grade_tone(grade: Grade) -> Tone {
    if grade == Grade::Complete { Tone::Good } else { Tone::Plain }
}
