//! An origin as JSON.

use kilroy_catalog::Language;
use kilroy_model::{EventUid, Guid, Hop, Timestamp};
use serde::Serialize;

use super::Origin;
use super::told::Named;
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
    /// Who the record itself says did it.
    named: Option<NamedRow<'a>>,
    /// Findings that the event, or a step of the chain, is a record of.
    findings: Vec<String>,
    /// Other sessions that fit as well.
    others: Vec<String>,
    /// How the user came to that session from other hosts, the last hop first.
    way: Vec<HopRow<'a>>,
    /// The session that the way began in.
    first: Option<SessionRow<'a>>,
}

#[derive(Debug, Serialize)]
struct NamedRow<'a> {
    user: Option<&'a str>,
    domain: Option<&'a str>,
    sid: Option<&'a str>,
    logon_id: Option<String>,
    ip: Option<String>,
    port: Option<u16>,
    /// The record that has the address, if it is another one of the same logon.
    address_from: Option<EventUid>,
}

impl<'a> NamedRow<'a> {
    fn of(named: &'a Named) -> Self {
        Self {
            user: named.user.as_deref(),
            domain: named.domain.as_deref(),
            sid: named.sid.as_deref(),
            logon_id: named.logon_id.map(|luid| luid.to_string()),
            ip: named.ip.map(|ip| ip.to_string()),
            port: named.port,
            address_from: named.address_from,
        }
    }
}

#[derive(Debug, Serialize)]
struct HopRow<'a> {
    hop_uid: String,
    time: Timestamp,
    method: &'static str,
    certainty: &'static str,
    source_host: Option<&'a str>,
    source_candidates: &'a [String],
    source_session: Option<String>,
    source_user: Option<&'a str>,
    target_host: &'a str,
    target_session: Option<String>,
    user: Option<&'a str>,
}

impl<'a> HopRow<'a> {
    fn of(hop: &'a Hop) -> Self {
        Self {
            hop_uid: hop.hop_uid.to_string(),
            time: hop.time,
            method: hop.method.name(),
            certainty: hop.certainty.name(),
            source_host: hop.source_host.as_deref(),
            source_candidates: &hop.source_candidates,
            source_session: hop.source_session.map(|uid| uid.to_string()),
            source_user: hop.source_user.as_deref(),
            target_host: &hop.target_host,
            target_session: hop.target_session.map(|uid| uid.to_string()),
            user: hop.user.as_deref(),
        }
    }
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
            named: origin.named.as_ref().map(NamedRow::of),
            findings: origin.findings.iter().map(|told| told.finding.to_string()).collect(),
            others: origin.belonging.others.iter().map(ToString::to_string).collect(),
            way: origin.way.iter().map(HopRow::of).collect(),
            first: origin.first.as_ref().map(SessionRow::of),
        }
    }
}
