//! What the oracle says of one presence: the fields of SESSIONS.md that the page defines fully, and nothing else.

use std::collections::BTreeSet;

use kilroy_model::{AccessSession, EndKind, EventUid, How, Kind, Luid, Reason, SessionOutcome, Timestamp};

/// One row of `kilroy sessions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) computer: String,
    pub(crate) user: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) how: How,
    pub(crate) outcome: SessionOutcome,
    pub(crate) background: bool,
    pub(crate) ip: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) client: Option<String>,
    pub(crate) attempt: Option<Timestamp>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) end_kind: EndKind,
    pub(crate) end_not_after: Option<Timestamp>,
    pub(crate) reason: Option<Reason>,
    pub(crate) logon_ids: BTreeSet<Luid>,
    pub(crate) session_id: Option<u32>,
    /// It may be said of the row, where none of its sources names it.
    pub(crate) may_session_id: Option<u32>,
    pub(crate) prior_failures: u32,
    /// The records that it stands on.
    pub(crate) sources: BTreeSet<EventUid>,
    /// Records that may stand with it: the page does not say.
    pub(crate) perhaps: BTreeSet<EventUid>,
}

impl Row {
    /// The same fields of a row of the engine.
    pub(crate) fn of(session: &AccessSession) -> Self {
        Self {
            computer: session.computer.clone(),
            user: session.user.clone(),
            domain: session.domain.clone(),
            kind: session.kind,
            how: session.how,
            outcome: session.outcome,
            background: session.background,
            ip: session.ip.clone(),
            port: session.port,
            client: session.client.clone(),
            attempt: session.attempt,
            start: session.start,
            end: session.end,
            end_kind: session.end_kind,
            end_not_after: session.end_not_after,
            reason: session.reason.clone(),
            logon_ids: session.logon_ids.iter().copied().collect(),
            session_id: session.session_id,
            may_session_id: None,
            prior_failures: session.prior_failures,
            sources: session.sources.iter().map(|s| s.event_uid).collect(),
            perhaps: BTreeSet::new(),
        }
    }
}
