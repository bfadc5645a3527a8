//! What the index keeps of a session.

use kilroy_model::{AccessSession, EndKind, How, Kind, SessionOutcome, SessionUid, Timestamp};

/// A network logon whose end nobody logged is not there for ever: Windows closes idle connections after 15 minutes
/// (`AutoDisconnect` of the server service).
const UNENDED_NETWORK_MILLIS: i64 = 15 * 60_000;

/// After any time that a log can have.
pub(super) const FOREVER: Timestamp = Timestamp::from_ticks(i64::MAX);

/// A session: when somebody was there, and who.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stay {
    pub(super) uid: SessionUid,
    pub(super) host: u32,
    /// Which boot of its host.
    pub(super) boot: u32,
    pub(super) user: Option<u32>,
    pub(super) domain: Option<u32>,
    pub(super) sid: Option<u32>,
    pub(super) kind: Kind,
    pub(super) how: How,
    pub(super) end_kind: EndKind,
    pub(super) background: bool,
    /// First sign of it.
    pub(super) from: Timestamp,
    /// The latest that it can have lasted.
    pub(super) to: Timestamp,
    /// The latest that its user is taken to have been there if nothing but the time says so.
    pub(super) there_to: Timestamp,
    pub(super) terminal_session: Option<u32>,
}

/// From the first sign of a session to the latest that it can have lasted; none if it has no time at all, or nobody got in.
pub(super) fn extent(session: &AccessSession) -> Option<(Timestamp, Timestamp)> {
    if session.outcome != SessionOutcome::Success {
        return None;
    }
    let end = session.end.or(session.end_not_after);
    let first_record = || session.sources.iter().map(|source| source.time).min();
    let from = session.attempt.or(session.start).or_else(first_record).or(end)?;
    Some((from, end.unwrap_or(FOREVER).max(from)))
}

/// How long its user is taken to have been there.
pub(super) fn there_to(session: &AccessSession, from: Timestamp, to: Timestamp) -> Timestamp {
    let lasts = match session.kind {
        Kind::InteractiveLocal
        | Kind::InteractiveRemote
        | Kind::InteractiveUnknown
        | Kind::Ssh
        | Kind::Tty
        | Kind::Gateway => session.how != How::AuthOnly,
        _ => false,
    };
    if lasts || session.end.is_some() {
        return to;
    }
    to.min(session.start.unwrap_or(from).plus_millis(UNENDED_NETWORK_MILLIS)).max(from)
}

impl Stay {
    /// Did its desktop live on when it ended?
    pub(super) const fn left_running(&self) -> bool {
        matches!(self.end_kind, EndKind::Disconnect | EndKind::NlaLogoff | EndKind::Superseded)
    }
}
