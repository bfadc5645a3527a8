//! An origin as JSON.

use kilroy_catalog::Language;
use kilroy_model::{EventUid, Guid, Timestamp};
use serde::Serialize;

use super::Origin;
use crate::activity::{SessionRow, details, title};

/// Who is behind an event.
#[derive(Debug, Serialize)]
pub(crate) struct OriginRow<'a> {
    event: StepRow<'a>,
    chain: Vec<StepRow<'a>>,
    sure: &'static str,
    by: Option<&'static str>,
    when: Option<&'static str>,
    session: Option<SessionRow<'a>>,
    /// Other sessions that fit as well.
    others: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StepRow<'a> {
    /// `event`, `process`, `parent`, `service`.
    step: &'static str,
    /// Does it lead to the session?
    leads: bool,
    time: Timestamp,
    host: &'a str,
    title: String,
    details: String,
    log: &'a str,
    event_id: u32,
    record_id: u64,
    event_uid: EventUid,
    process_guid: Option<Guid>,
    pid: Option<u64>,
    image: Option<&'a str>,
    command_line: Option<&'a str>,
}

impl<'a> OriginRow<'a> {
    pub(crate) fn of(origin: &'a Origin, language: Language) -> Self {
        let known = origin.belonging.session.is_some();
        let step = |event: &'a kilroy_findings::Observation, step, leads| StepRow {
            step,
            leads,
            time: event.time,
            host: &event.host,
            title: title(event, language),
            details: details(event, language),
            log: &event.log,
            event_id: event.event_id,
            record_id: event.record_id,
            event_uid: event.uid,
            process_guid: event.process.guid,
            pid: event.process.pid,
            image: event.process.image.as_deref(),
            command_line: event.process.command_line.as_deref(),
        };
        let chain = origin.chain.iter().enumerate();
        Self {
            event: step(&origin.event, "event", known && origin.through.is_none()),
            chain: chain
                .map(|(n, link)| step(&link.event, link.kind.name(), origin.through == Some(n)))
                .collect(),
            sure: origin.belonging.sure.name(),
            by: origin.belonging.by.map(kilroy_findings::activity::By::name),
            when: known.then(|| origin.belonging.when.name()),
            session: origin.session.as_ref().map(SessionRow::of),
            others: origin.belonging.others.iter().map(ToString::to_string).collect(),
        }
    }
}
