//! One host's records in their order, and the questions everybody asks of them.

use std::collections::HashMap;
use std::net::IpAddr;

use kilroy_model::{AccountKind, Action, Guid, LinkRule, Luid, Role, Source, Timestamp, WhyMissing};

use crate::boots::{BootSpan, Row};
use crate::coverage::HostCoverage;
use crate::row::SessionEvent;

/// Index of a record in [`Host::rows`].
pub(crate) type RowId = usize;

/// One host: its records by boot, time and record ID, its boots, and what its logs cover.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) rows: Vec<Row>,
    pub(crate) boots: Vec<BootSpan>,
    pub(crate) coverage: HostCoverage,
    by_action: HashMap<Action, Vec<RowId>>,
    /// Logons and failures by user name in small letters: on a controller a window of time holds thousands of them.
    by_user: HashMap<(Action, String), Vec<RowId>>,
    by_activity: HashMap<(usize, Guid), Vec<RowId>>,
    /// First process start of each logon ID that names its terminal session, by boot and logon ID.
    desktop_of_luid: HashMap<(usize, Luid), RowId>,
    /// RCM of Windows Server 2008 and earlier writes 1149 for failures, too.
    pub(crate) old_rcm: bool,
}

impl Host {
    pub(crate) fn new(rows: Vec<Row>, boots: Vec<BootSpan>, coverage: HostCoverage) -> Self {
        let mut by_action: HashMap<Action, Vec<RowId>> = HashMap::new();
        let mut by_user: HashMap<(Action, String), Vec<RowId>> = HashMap::new();
        let mut by_activity: HashMap<(usize, Guid), Vec<RowId>> = HashMap::new();
        let mut desktop_of_luid = HashMap::new();
        let mut old_rcm = false;
        for (id, row) in rows.iter().enumerate() {
            by_action.entry(row.ev.action).or_default().push(id);
            if let Some(user) = &row.ev.user
                && matches!(row.ev.action, Action::Logon | Action::LogonFailed)
            {
                by_user.entry((row.ev.action, user.to_lowercase())).or_default().push(id);
            }
            if let Some(activity) = connection_activity(&row.ev) {
                by_activity.entry((row.boot, activity)).or_default().push(id);
            }
            if row.ev.ties_logon_to_desktop()
                && let Some(luid) = row.ev.luid
            {
                desktop_of_luid.entry((row.boot, luid)).or_insert(id);
            }
            old_rcm |= row.ev.action == Action::SystemVersion
                && row.ev.new_value.as_deref().is_some_and(|v| v.starts_with("5.") || v.starts_with("6.00"));
        }
        Self { rows, boots, coverage, by_action, by_user, by_activity, desktop_of_luid, old_rcm }
    }

    pub(crate) fn ev(&self, id: RowId) -> &SessionEvent {
        &self.rows[id].ev
    }

    pub(crate) fn at(&self, id: RowId) -> Timestamp {
        self.rows[id].at
    }

    pub(crate) fn boot(&self, id: RowId) -> usize {
        self.rows[id].boot
    }

    /// Records of one action, in order.
    pub(crate) fn of(&self, action: Action) -> &[RowId] {
        self.by_action.get(&action).map_or(&[], Vec::as_slice)
    }

    /// Records of one action in one boot between two times (inclusive), in order.
    pub(crate) fn between(&self, action: Action, boot: usize, from: Timestamp, to: Timestamp) -> &[RowId] {
        self.window(self.of(action), boot, from, to)
    }

    /// Logons (4624) or failures (4625) of one user in one boot between two times (inclusive), in order.
    pub(crate) fn of_user_between(
        &self,
        action: Action,
        user: &str,
        boot: usize,
        from: Timestamp,
        to: Timestamp,
    ) -> &[RowId] {
        let all = self.by_user.get(&(action, user.to_lowercase())).map_or(&[][..], Vec::as_slice);
        self.window(all, boot, from, to)
    }

    fn window<'a>(&self, all: &'a [RowId], boot: usize, from: Timestamp, to: Timestamp) -> &'a [RowId] {
        let key = |id: &RowId| (self.rows[*id].boot, self.rows[*id].at);
        let a = all.partition_point(|id| key(id) < (boot, from));
        let b = all.partition_point(|id| key(id) <= (boot, to));
        all.get(a..b).unwrap_or(&[])
    }

    /// Does a log cover this moment, without a hole?
    pub(crate) fn covers(&self, log: &str, time: Timestamp) -> bool {
        // The reason does not depend on the event here: any that is not there either way.
        matches!(
            self.coverage.why_missing(log, u32::MAX, time),
            WhyMissing::AuditingOff | WhyMissing::Unexplained
        )
    }

    /// The process start (Sysmon 1) that ties a logon ID to its terminal session.
    pub(crate) fn desktop_tie(&self, boot: usize, luid: Luid) -> Option<RowId> {
        self.desktop_of_luid.get(&(boot, luid)).copied()
    }

    /// Records of one connection, in order.
    pub(crate) fn of_activity(&self, boot: usize, activity: Guid) -> &[RowId] {
        self.by_activity.get(&(boot, activity)).map_or(&[], Vec::as_slice)
    }

    /// The record as a source of a session.
    pub(crate) fn source(&self, id: RowId, role: Role, link: LinkRule) -> Source {
        let ev = self.ev(id);
        Source {
            event_uid: ev.uid,
            log: ev.log.to_string(),
            event_id: ev.event_id,
            record_id: ev.record_id,
            time: ev.time,
            role,
            link,
        }
    }

    /// Milliseconds from one record to another; negative if the second is earlier.
    pub(crate) fn millis(&self, from: RowId, to: RowId) -> i64 {
        (self.at(to).ticks() - self.at(from).ticks()) / 10_000
    }
}

/// The activity that names one connection (`F420…`). All console sessions share one, UDP transports and Windows 7 have
/// others that join nothing, and in Security it names something else.
pub(crate) fn connection_activity(ev: &SessionEvent) -> Option<Guid> {
    ev.activity_id.filter(|a| a.is_connection_activity())
}

/// The source address of a record, if it is one: unspecified addresses are none.
pub(crate) fn address(ev: &SessionEvent) -> Option<IpAddr> {
    ev.ip.filter(|ip| !ip.is_unspecified())
}

/// Could these be the same account? Names compare without case; SIDs decide where both are known.
pub(crate) fn same_user(a: &SessionEvent, b: &SessionEvent) -> bool {
    match (&a.user, &b.user) {
        (Some(x), Some(y)) => {
            same_name(x, y)
                && match (&a.sid, &b.sid) {
                    (Some(s), Some(t)) => s == t,
                    _ => true,
                }
        }
        _ => false,
    }
}

/// Could a logon and a desktop be of one account whose name the two logs spell differently? Windows knows Entra ID and
/// Microsoft accounts by an address in Security and by a short name in the session manager.
pub(crate) fn same_cloud_user(a: &SessionEvent, b: &SessionEvent) -> bool {
    let cloud = |ev: &SessionEvent| {
        ev.domain
            .as_deref()
            .is_some_and(|d| ["AzureAD", "MicrosoftAccount"].iter().any(|c| d.eq_ignore_ascii_case(c)))
    };
    (cloud(a) || cloud(b)) && account_kind(a) == AccountKind::User && account_kind(b) == AccountKind::User
}

/// Account names compare without case, in every script.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// Could these come from the same place? Unknown goes with everything.
pub(crate) fn same_place(a: &SessionEvent, b: &SessionEvent) -> bool {
    match (address(a), address(b)) {
        (Some(x), Some(y)) => x == y,
        _ => true,
    }
}

/// What kind of account a record is about.
pub(crate) fn account_kind(ev: &SessionEvent) -> AccountKind {
    AccountKind::of(ev.user.as_deref(), ev.domain.as_deref(), ev.sid.as_deref())
}
