//! `kilroy flow`: a session's steps in words.

mod page;
mod says;
mod words;

use std::collections::BTreeMap;

use kilroy_catalog::Language;
use kilroy_model::{AccessSession, EventUid, Source, Timestamp};
use kilroy_sessions::flow::{Absent, Flow, Step};
use serde::Serialize;

use crate::events::EventRow;
use crate::output::ticks_as_seconds;
use crate::words::Named;

pub(crate) use page::page;

/// A session and its steps.
#[derive(Debug, Serialize)]
pub(crate) struct Story<'a> {
    session_uid: String,
    computer: &'a str,
    user: Option<&'a str>,
    domain: Option<&'a str>,
    kind: &'static str,
    how: &'static str,
    outcome: &'static str,
    ip: Option<&'a str>,
    client: Option<&'a str>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    end_kind: &'static str,
    end_not_after: Option<Timestamp>,
    pub(crate) steps: Vec<StepRow<'a>>,
    #[serde(skip)]
    session: &'a AccessSession,
}

/// One step.
#[derive(Debug, Serialize)]
pub(crate) struct StepRow<'a> {
    /// Null: no record shows it.
    step: Option<usize>,
    kind: &'static str,
    title: &'static str,
    /// What it means, in one sentence.
    meaning: Option<String>,
    time: Option<Timestamp>,
    /// Seconds.
    since_previous: Option<f64>,
    records: Vec<RecordRow<'a>>,
    absent: Vec<AbsentRow<'a>>,
    /// The same in ticks, as a table shows it.
    #[serde(skip)]
    since: Option<u64>,
}

/// One record of a step.
#[derive(Debug, Serialize)]
struct RecordRow<'a> {
    time: Timestamp,
    log: &'a str,
    event_id: u32,
    record_id: u64,
    event_uid: EventUid,
    role: &'static str,
    title: Option<&'static str>,
    /// What it says, piece by piece.
    says: Vec<String>,
}

/// Something that should be there and is not.
#[derive(Debug, Serialize)]
struct AbsentRow<'a> {
    /// Null: no record in particular, but the begin or the end.
    log: Option<&'a str>,
    event_id: Option<u32>,
    title: Option<&'static str>,
    why: &'static str,
    why_text: String,
}

/// A record or something absent as a line of CSV.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    step: Option<usize>,
    kind: &'static str,
    step_title: &'static str,
    time: Option<Timestamp>,
    since_previous: Option<f64>,
    log: Option<&'a str>,
    event_id: Option<u32>,
    record_id: Option<u64>,
    event_uid: Option<EventUid>,
    role: Option<&'static str>,
    title: Option<&'static str>,
    meaning: Option<&'a str>,
    says: Option<String>,
    absent: Option<&'static str>,
    absent_text: Option<&'a str>,
}

impl<'a> Story<'a> {
    /// The columns of CSV.
    pub(crate) const KEYS: &'static [&'static str] = &[
        "step",
        "kind",
        "step_title",
        "time",
        "since_previous",
        "log",
        "event_id",
        "record_id",
        "event_uid",
        "role",
        "title",
        "meaning",
        "says",
        "absent",
        "absent_text",
    ];

    pub(crate) fn new(
        session: &'a AccessSession,
        flow: &Flow<'a>,
        records: &BTreeMap<EventUid, EventRow>,
        language: Language,
    ) -> Self {
        let step = |step: &Step<'a>| step_row(session, step, records, language);
        Self {
            session_uid: session.session_uid.to_string(),
            computer: &session.computer,
            user: session.user.as_deref(),
            domain: session.domain.as_deref(),
            kind: session.kind.name(),
            how: session.how.name(),
            outcome: session.outcome.name(),
            ip: session.ip.as_deref(),
            client: session.client.as_deref(),
            start: session.start,
            end: session.end,
            end_kind: session.end_kind.name(),
            end_not_after: session.end_not_after,
            steps: flow.steps.iter().map(step).collect(),
            session,
        }
    }

    /// A line for each record and for each that is absent.
    pub(crate) fn lines(&self) -> Vec<Line<'_>> {
        self.steps.iter().flat_map(StepRow::lines).collect()
    }
}

impl StepRow<'_> {
    fn lines(&self) -> Vec<Line<'_>> {
        let blank = || Line {
            step: self.step,
            kind: self.kind,
            step_title: self.title,
            time: None,
            since_previous: None,
            log: None,
            event_id: None,
            record_id: None,
            event_uid: None,
            role: None,
            title: None,
            meaning: None,
            says: None,
            absent: None,
            absent_text: None,
        };
        let record = |(n, record): (usize, &RecordRow<'_>)| {
            let line = blank();
            // What is said of the step stands with its first record.
            let first = n == 0;
            let says = record.says.join(", ");
            Line {
                time: Some(record.time),
                since_previous: self.since_previous.filter(|_| first),
                log: self.records.get(n).map(|record| record.log),
                event_id: Some(record.event_id),
                record_id: Some(record.record_id),
                event_uid: Some(record.event_uid),
                role: Some(record.role),
                title: record.title,
                meaning: self.meaning.as_deref().filter(|_| first),
                says: Some(says).filter(|says| !says.is_empty()),
                ..line
            }
        };
        let mut lines: Vec<Line<'_>> = self.records.iter().enumerate().map(record).collect();
        lines.extend(self.absent.iter().map(|absent| Line {
            log: absent.log,
            event_id: absent.event_id,
            title: absent.title,
            absent: Some(absent.why),
            absent_text: Some(&absent.why_text),
            ..blank()
        }));
        lines
    }
}

fn step_row<'a>(
    session: &AccessSession,
    step: &Step<'a>,
    records: &BTreeMap<EventUid, EventRow>,
    language: Language,
) -> StepRow<'a> {
    let meaning = match words::meaning(step.kind, session, step.lead()) {
        Some(text) => Some(text.get(language).to_owned()),
        None => step.lead().and_then(|lead| says::meaning(lead, records.get(&lead.event_uid), language)),
    };
    StepRow {
        step: step.number,
        kind: step.kind.name(),
        title: words::title(step.kind, session).get(language),
        meaning,
        time: step.time(),
        since_previous: step.since.map(ticks_as_seconds),
        records: step.records.iter().map(|record| record_row(record, records, language)).collect(),
        absent: step.absent.iter().map(|absent| absent_row(session, *absent, language)).collect(),
        since: step.since,
    }
}

fn record_row<'a>(
    source: &'a Source,
    records: &BTreeMap<EventUid, EventRow>,
    language: Language,
) -> RecordRow<'a> {
    let row = records.get(&source.event_uid);
    RecordRow {
        time: source.time,
        log: &source.log,
        event_id: source.event_id,
        record_id: source.record_id,
        event_uid: source.event_uid,
        role: source.role.name(),
        title: says::title(source, row, language),
        says: row.map(|row| says::says(row, language)).unwrap_or_default(),
    }
}

fn absent_row<'a>(session: &AccessSession, absent: Absent<'a>, language: Language) -> AbsentRow<'a> {
    match absent {
        Absent::Record(missing) => AbsentRow {
            log: Some(&missing.log),
            event_id: Some(missing.event_id),
            title: crate::receipt::event_title(&missing.log, missing.event_id, None, language),
            why: missing.why.name(),
            why_text: missing.why.in_words(language).to_owned(),
        },
        Absent::Begin => AbsentRow {
            log: None,
            event_id: None,
            title: None,
            why: "begin-not-seen",
            why_text: words::NO_BEGIN.get(language).to_owned(),
        },
        Absent::End(kind) => AbsentRow {
            log: None,
            event_id: None,
            title: None,
            why: kind.name(),
            why_text: words::no_end(kind, session, language),
        },
    }
}
