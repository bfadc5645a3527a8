//! The records of one host, and the presences that are being put together from them. No cleverness: every question is a walk
//! over all records.

use std::collections::BTreeSet;
use std::net::IpAddr;

use kilroy_model::{AccountKind, Action, EndKind, Guid, How, Kind, Luid, Reason, SessionOutcome, Timestamp};
use kilroy_sessions::SessionEvent;

use super::boots::{Placed, Run};
use super::hosts::Noted;

/// Same user and source within this margin.
pub(crate) const WINDOW: u64 = 10_000;
/// NLA network logon to interactive logon.
pub(crate) const NLA: u64 = 30_000;
/// "In any order within a second or two."
pub(crate) const MOMENT: u64 = 3_000;
/// An end of Security and one of LSM, of one session.
pub(crate) const SAME_END: u64 = 10_000;
/// Logon of the desktop to its 21.
pub(crate) const LOGON_TO_DESKTOP: u64 = 30_000;
/// The last 40 within 5 s of an end is its reason.
pub(crate) const REASON: u64 = 5_000;

/// A logon with its UAC twin.
#[derive(Debug, Clone)]
#[allow(clippy::struct_field_names, reason = "the log calls it so")]
pub(crate) struct Logon {
    pub(crate) boot: usize,
    pub(crate) logon_type: u8,
    pub(crate) records: Vec<usize>,
    pub(crate) luids: Vec<Luid>,
}

/// A desktop: one terminal session from its logon on, or what Security shows of one.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) boot: usize,
    pub(crate) sid: Option<u32>,
    /// Logon IDs of the desktop, the twin's too.
    pub(crate) luids: Vec<Luid>,
    pub(crate) from: Timestamp,
    /// When another desktop takes the same terminal session.
    pub(crate) until: Option<Timestamp>,
}

/// A presence in the making.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) boot: usize,
    pub(crate) anchor: usize,
    pub(crate) kind: Kind,
    pub(crate) how: How,
    pub(crate) outcome: SessionOutcome,
    pub(crate) background: bool,
    pub(crate) records: BTreeSet<usize>,
    pub(crate) perhaps: BTreeSet<usize>,
    /// Logon IDs of which a 4634 is a logoff.
    pub(crate) own: Vec<Luid>,
    /// Logon IDs of NLA.
    pub(crate) nla: Vec<Luid>,
    pub(crate) sid: Option<u32>,
    pub(crate) desk: Option<usize>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) end_kind: EndKind,
    pub(crate) end_not_after: Option<Timestamp>,
    pub(crate) reason: Option<Reason>,
    /// It is known only from a 24 that names another place than the connection before.
    pub(crate) elsewhere: bool,
}

impl Draft {
    pub(crate) fn new(boot: usize, anchor: usize, kind: Kind, how: How) -> Self {
        Self {
            boot,
            anchor,
            kind,
            how,
            outcome: SessionOutcome::Success,
            background: false,
            records: BTreeSet::from([anchor]),
            perhaps: BTreeSet::new(),
            own: vec![],
            nla: vec![],
            sid: None,
            desk: None,
            start: None,
            end: None,
            end_kind: EndKind::Open,
            end_not_after: None,
            reason: None,
            elsewhere: false,
        }
    }
}

pub(crate) struct Story {
    pub(crate) all: Vec<Placed>,
    pub(crate) runs: Vec<Run>,
    pub(crate) noted: Vec<Noted>,
    /// Records that a presence has taken.
    pub(crate) taken: Vec<bool>,
    pub(crate) logons: Vec<Logon>,
    pub(crate) desks: Vec<Desk>,
    pub(crate) drafts: Vec<Draft>,
}

impl Story {
    pub(crate) fn event(&self, n: usize) -> &SessionEvent {
        &self.all[n].event
    }

    pub(crate) fn time(&self, n: usize) -> Timestamp {
        self.all[n].event.time
    }

    pub(crate) fn boot(&self, n: usize) -> usize {
        self.all[n].boot
    }

    /// Records of these actions in a boot, in their order.
    pub(crate) fn of(&self, boot: usize, actions: &[Action]) -> Vec<usize> {
        (0..self.all.len())
            .filter(|n| self.all[*n].boot == boot && actions.contains(&self.all[*n].event.action))
            .collect()
    }

    /// The same, as far as no presence has taken them.
    pub(crate) fn free(&self, boot: usize, actions: &[Action]) -> Vec<usize> {
        self.of(boot, actions).into_iter().filter(|n| !self.taken[*n]).collect()
    }

    /// Adds a record to a presence.
    pub(crate) fn take(&mut self, draft: &mut Draft, n: usize) {
        draft.records.insert(n);
        self.taken[n] = true;
    }

    pub(crate) fn logon_free(&self, logon: &Logon) -> bool {
        logon.records.iter().all(|n| !self.taken[*n])
    }

    pub(crate) fn take_logon(&mut self, draft: &mut Draft, logon: &Logon) {
        for n in logon.records.clone() {
            self.take(draft, n);
        }
    }
}

/// Machine, system and window-manager accounts, and types 0 and 5.
pub(crate) fn is_background(e: &SessionEvent) -> bool {
    let kind = AccountKind::of(e.user.as_deref(), e.domain.as_deref(), e.sid.as_deref());
    kind.is_background() || matches!(e.logon_type, Some(0 | 5))
}

/// One account: the name, and the domain as far as both say one (by its first label: `CORP` and `corp.example`).
pub(crate) fn same_user(a: &SessionEvent, b: &SessionEvent) -> bool {
    let (Some(x), Some(y)) = (&a.user, &b.user) else { return false };
    let label = |d: &str| d.split('.').next().unwrap_or_default().to_lowercase();
    let domains = match (&a.domain, &b.domain) {
        (Some(x), Some(y)) => label(x) == label(y),
        _ => true,
    };
    x.to_lowercase() == y.to_lowercase() && domains
}

/// No two different addresses.
pub(crate) fn ip_agrees(a: Option<IpAddr>, b: Option<IpAddr>) -> bool {
    a.is_none() || b.is_none() || a == b
}

/// One connection's activity.
pub(crate) fn activity(e: &SessionEvent) -> Option<Guid> {
    e.activity_id.filter(|a| a.is_connection_activity())
}

/// Is `a` at most so many milliseconds before `b`, or at the same time?
pub(crate) fn before(a: Timestamp, b: Timestamp, millis: u64) -> bool {
    a <= b && a.within_millis(b, millis)
}

pub(crate) fn usable(luid: Option<Luid>) -> Option<Luid> {
    luid.filter(|l| l.0 != 0 && !l.is_fixed())
}
