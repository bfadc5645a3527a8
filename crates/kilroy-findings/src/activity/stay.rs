//! What the index keeps of a session.

use kilroy_model::{AccessSession, EndKind, How, Kind, SessionOutcome, SessionUid, Timestamp};

use super::clocks::Clocks;
use super::names::Number;

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
    pub(super) user: Option<Number>,
    pub(super) domain: Option<Number>,
    pub(super) sid: Option<Number>,
    /// Source address, and the port.
    pub(super) ip: Option<Number>,
    pub(super) port: Option<u16>,
    pub(super) kind: Kind,
    pub(super) how: How,
    pub(super) end_kind: EndKind,
    pub(super) background: bool,
    /// First sign of it, by the clock at the end of the boot, as all times here.
    pub(super) from: Timestamp,
    /// The latest that it can have lasted.
    pub(super) to: Timestamp,
    /// The latest that its user is taken to have been there if nothing but the time says so.
    pub(super) there_to: Timestamp,
    pub(super) terminal_session: Option<u32>,
}

/// When a session was, as logged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// First sign of it.
    pub(super) from: Timestamp,
    /// When its user was in.
    start: Timestamp,
    /// Its end, or the latest that it can have ended.
    to: Option<Timestamp>,
    /// It ended with its boot at the latest.
    with_the_boot: bool,
    /// Is its user taken to have been there until then?
    lasts: bool,
}

/// When a session was; none if it has no time at all, or nobody got in.
pub(super) fn extent(session: &AccessSession) -> Option<Extent> {
    if session.outcome != SessionOutcome::Success {
        return None;
    }
    let with_the_boot = matches!(session.end_kind, EndKind::Boot | EndKind::Shutdown | EndKind::Crash);
    let to = session.end.or(session.end_not_after);
    let first_record = || session.sources.iter().map(|source| source.time).min();
    let from = session.attempt.or(session.start).or_else(first_record).or(to)?;
    Some(Extent {
        from,
        start: session.start.unwrap_or(from),
        to,
        with_the_boot: with_the_boot && session.end.is_none(),
        lasts: lasts(session),
    })
}

/// Is its user taken to have been there as long as nothing ends it?
fn lasts(session: &AccessSession) -> bool {
    let lasts = match session.kind {
        Kind::InteractiveLocal
        | Kind::InteractiveRemote
        | Kind::InteractiveUnknown
        | Kind::Ssh
        | Kind::Tty
        | Kind::Gateway => session.how != How::AuthOnly,
        _ => false,
    };
    lasts || session.end.is_some()
}

impl Stay {
    /// Places it in time by its host's clock, once its boot is known.
    pub(super) fn place(&mut self, extent: Extent, clocks: &Clocks) {
        let bound = clocks.bound(self.host, self.boot);
        let at = |time| clocks.in_boot(self.boot, time);
        self.from = at(extent.from).0;
        // Nobody stays over a boot, whatever the log leaves open.
        let end = clocks.end(self.host, self.boot).filter(|_| extent.with_the_boot);
        let to = end.or_else(|| extent.to.map(|to| at(to).1));
        self.to = to.map_or(bound, |to| to.min(bound)).max(self.from);
        let idle = at(extent.start).0.plus_millis(UNENDED_NETWORK_MILLIS);
        self.there_to = if extent.lasts { self.to } else { self.to.min(idle).max(self.from) };
    }

    /// Did its desktop live on when it ended?
    pub(super) const fn left_running(&self) -> bool {
        matches!(self.end_kind, EndKind::Disconnect | EndKind::NlaLogoff | EndKind::Superseded)
    }
}
