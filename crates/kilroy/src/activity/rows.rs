//! Events and processes of a session as rows.

use kilroy_catalog::Language;
use kilroy_findings::activity::{Branch, Share};
use kilroy_model::{AccessSession, EventUid, Guid, Timestamp};
use serde::Serialize;

use super::Part;
use super::says::{details, title};

/// The session, in short.
#[derive(Debug, Serialize)]
pub(crate) struct SessionRow<'a> {
    session_uid: String,
    computer: &'a str,
    user: Option<&'a str>,
    domain: Option<&'a str>,
    kind: &'static str,
    how: &'static str,
    ip: Option<&'a str>,
    client: Option<&'a str>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    end_kind: &'static str,
    end_not_after: Option<Timestamp>,
}

impl<'a> SessionRow<'a> {
    pub(crate) fn of(session: &'a AccessSession) -> Self {
        Self {
            session_uid: session.session_uid.to_string(),
            computer: &session.computer,
            user: session.user.as_deref(),
            domain: session.domain.as_deref(),
            kind: session.kind.name(),
            how: session.how.name(),
            ip: session.ip.as_deref(),
            client: session.client.as_deref(),
            start: session.start,
            end: session.end,
            end_kind: session.end_kind.name(),
            end_not_after: session.end_not_after,
        }
    }
}

/// An event of the session.
#[derive(Debug, Serialize)]
pub(crate) struct EventLine {
    pub(crate) time: Timestamp,
    pub(crate) sure: &'static str,
    pub(crate) by: &'static str,
    pub(crate) when: &'static str,
    pub(crate) title: String,
    pub(crate) details: String,
    pub(crate) log: String,
    pub(crate) event_id: u32,
    pub(crate) record_id: u64,
    pub(crate) event_uid: EventUid,
    action: Option<&'static str>,
    user: Option<String>,
    domain: Option<String>,
    process_guid: Option<Guid>,
    pid: Option<u64>,
    image: Option<String>,
    command_line: Option<String>,
    object_kind: Option<String>,
    object: Option<String>,
    src_ip: Option<String>,
    dst_ip: Option<String>,
    dst_port: Option<u16>,
    dst_host: Option<String>,
    #[serde(skip)]
    pub(crate) share: Share,
}

impl EventLine {
    /// The columns of CSV.
    pub(crate) const KEYS: &'static [&'static str] = &[
        "time",
        "sure",
        "by",
        "when",
        "title",
        "details",
        "log",
        "event_id",
        "record_id",
        "event_uid",
        "action",
        "user",
        "domain",
        "process_guid",
        "pid",
        "image",
        "command_line",
        "object_kind",
        "object",
        "src_ip",
        "dst_ip",
        "dst_port",
        "dst_host",
    ];

    pub(crate) fn of(part: Part, language: Language) -> Self {
        let Part { event, share } = part;
        let acted = if event.subject.user.is_some() { &event.subject } else { &event.account };
        Self {
            time: event.time,
            sure: share.sure.name(),
            by: share.by.name(),
            when: share.when.name(),
            title: title(&event, language),
            details: details(&event, language),
            event_id: event.event_id,
            record_id: event.record_id,
            event_uid: event.uid,
            action: event.action.map(kilroy_model::Action::name),
            user: acted.user.clone(),
            domain: acted.domain.clone(),
            process_guid: event.process.guid,
            pid: event.process.pid,
            image: event.process.image,
            command_line: event.process.command_line,
            object_kind: event.object_kind,
            object: event.object,
            src_ip: event.source.ip.map(|ip| ip.to_string()),
            dst_ip: event.target.ip.map(|ip| ip.to_string()),
            dst_port: event.target.port,
            dst_host: event.target.host,
            log: event.log,
            share,
        }
    }
}

/// A process in its place in the tree.
#[derive(Debug, Serialize)]
pub(crate) struct ProcessRow<'a> {
    depth: usize,
    started: Timestamp,
    ended: Option<Timestamp>,
    sure: &'static str,
    by: &'static str,
    pid: Option<u64>,
    process_guid: Option<Guid>,
    image: Option<&'a str>,
    command_line: Option<&'a str>,
    user: Option<&'a str>,
    parent_image: Option<&'a str>,
    event_uid: EventUid,
    /// The record of its parent's start, where that one is a process of the session.
    parent_event_uid: Option<EventUid>,
}

impl<'a> ProcessRow<'a> {
    pub(crate) fn of(branch: &Branch<'a>) -> Self {
        let process = branch.process;
        Self {
            depth: branch.depth,
            started: process.started,
            ended: process.ended,
            sure: process.share.sure.name(),
            by: process.share.by.name(),
            pid: process.pid,
            process_guid: process.guid,
            image: process.image.as_deref(),
            command_line: process.command_line.as_deref(),
            user: process.user.as_deref(),
            parent_image: process.parent_image.as_deref(),
            event_uid: process.record,
            parent_event_uid: branch.parent.map(|parent| parent.record),
        }
    }
}
