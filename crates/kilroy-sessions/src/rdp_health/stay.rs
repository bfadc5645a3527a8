//! What is seen of a session.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{AccessSession, EndKind, EventUid, How, Reason, Role, Timestamp};

use super::record::Proof;

/// One stay of one user by Remote Desktop.
#[derive(Debug)]
pub(super) struct Stay {
    pub(super) host: Arc<str>,
    pub(super) user: Option<Arc<str>>,
    pub(super) ip: Option<IpAddr>,
    /// A desktop was seen, not only the authentication.
    pub(super) has_desktop: bool,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) end_kind: EndKind,
    /// Reason of LSM 40.
    pub(super) reason: Option<u32>,
    pub(super) session_id: Option<u32>,
    pub(super) activity: Option<kilroy_model::Guid>,
    pub(super) connections: Vec<EventUid>,
    /// Its first record of a logon, reconnect or failure.
    pub(super) begin: Option<Proof>,
    /// The record of the end: that with the reason, if there is one.
    pub(super) finish: Option<Proof>,
    first: Option<Proof>,
}

impl Stay {
    pub(super) fn of(session: &AccessSession) -> Self {
        let mut proofs: Vec<(Role, Proof)> =
            session.sources.iter().map(|source| (source.role, Proof::of(source))).collect();
        proofs.sort_by_key(|(_, proof)| *proof);
        let of =
            |roles: &[Role]| proofs.iter().find(|(role, _)| roles.contains(role)).map(|(_, proof)| *proof);
        let ends = || proofs.iter().rev().filter(|(role, _)| matches!(role, Role::Disconnect | Role::Logoff));
        let reason = match session.reason {
            Some(Reason::Number(reason)) => Some(reason),
            _ => None,
        };
        let with_reason = ends().find(|(_, proof)| proof.event_id == 40 && reason.is_some());
        Self {
            host: Arc::from(session.computer.as_str()),
            user: session.user.as_deref().map(Arc::from),
            ip: session.ip.as_deref().and_then(|ip| ip.parse().ok()),
            has_desktop: session.how != How::AuthOnly,
            start: session.start,
            end: session.end,
            end_kind: session.end_kind,
            reason,
            session_id: session.session_id,
            activity: session.activity_id.filter(|a| a.is_connection_activity()),
            connections: connections(session).collect(),
            begin: of(&[Role::Reconnect])
                .or_else(|| of(&[Role::Failure, Role::Denied]))
                .or_else(|| of(&[Role::Logon])),
            finish: with_reason.or_else(|| ends().next()).map(|(_, proof)| *proof),
            first: proofs.first().map(|(_, proof)| *proof),
        }
    }

    /// The record that tells of it.
    pub(super) fn telling(&self) -> Proof {
        let none = Proof { time: Timestamp::from_ticks(0), uid: EventUid(0), log: "", event_id: 0 };
        self.begin.or(self.first).unwrap_or(none)
    }

    /// The user's name for comparing.
    pub(super) fn name(&self) -> String {
        self.user.as_deref().unwrap_or_default().to_lowercase()
    }

    /// By host, user and time.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let key = |stay: &Self| (Arc::clone(&stay.host), stay.name(), stay.start, stay.end, stay.telling());
        key(self).cmp(&key(other))
    }

    /// How long it was, in ticks of 100 ns.
    pub(super) fn length(&self) -> Option<u64> {
        let (start, end) = self.start.zip(self.end)?;
        (end >= start).then(|| start.distance(end))
    }

    /// Did it end with a disconnect?
    pub(super) fn was_disconnected(&self) -> bool {
        matches!(self.end_kind, EndKind::Disconnect | EndKind::NlaLogoff)
    }
}

/// The records of connections among those of a session.
pub(super) fn connections(session: &AccessSession) -> impl Iterator<Item = EventUid> + '_ {
    let of_connection = |role| matches!(role, Role::Connection | Role::Failure);
    session.sources.iter().filter(move |source| of_connection(source.role)).map(|source| source.event_uid)
}
