//! One host's records in their order, and the questions everybody asks of them.

use std::net::IpAddr;
use std::ops::{Deref, Range};

pub(crate) use kilroy_model::same_name;
use kilroy_model::{AccountKind, Action, LinkRule, Luid, Role, Source, Timestamp, WhyMissing};

use crate::boots::range_of;
use crate::facts::Facts;
use crate::index::Index;
use crate::mix::Map;
use crate::near::Outwards;
use crate::record::{Ev, Row};
use crate::words::Id;

pub(crate) use crate::record::RowId;

/// One host: its records by boot, time and record ID, and what is known of it as a whole.
#[derive(Debug)]
pub(crate) struct Host<'a> {
    facts: &'a Facts<'a>,
    pub(crate) rows: &'a [Row],
    /// Their times to order and compare by, apart from them: searches go over nothing else.
    at: &'a [Timestamp],
    /// Where the records of each boot end.
    boot_ends: Vec<usize>,
    by_action: Vec<Vec<RowId>>,
    /// Logons and failures by user name in small letters: on a controller a window of time holds thousands of them.
    logons_by_user: Index<Id>,
    failures_by_user: Index<Id>,
    /// What the listener says of connections, by address: a flood of them comes from one place.
    refused_by_place: Index<Option<Id>>,
    accepted_by_place: Index<Option<Id>>,
    by_activity: Index<Id>,
    /// First process start of each logon ID that names its terminal session, by boot and logon ID.
    desktop_of_luid: Map<(u32, u64), RowId>,
}

impl<'a> Deref for Host<'a> {
    type Target = Facts<'a>;

    fn deref(&self) -> &Facts<'a> {
        self.facts
    }
}

impl<'a> Host<'a> {
    /// Of all records, or of some: those that can have to do with each other.
    pub(crate) fn new(facts: &'a Facts<'a>, rows: &'a [Row], at: &'a [Timestamp]) -> Self {
        let mut counts = vec![0; Action::ALL.len()];
        for row in rows {
            counts[row.action as usize] += 1;
        }
        let mut by_action: Vec<Vec<RowId>> = counts.into_iter().map(Vec::with_capacity).collect();
        let mut desktop_of_luid = Map::default();
        let mut activities = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let id = RowId::at(index);
            by_action[row.action as usize].push(id);
            activities.extend(row.activity_id().map(|activity| (activity, id)));
            if row.action == Action::ProcessStarted
                && let Some(luid) = row.luid()
            {
                desktop_of_luid.entry((row.boot, luid.0)).or_insert(id);
            }
        }
        let of = |action: Action| by_action[action as usize].iter().copied();
        let ev = |id: RowId| Ev { row: &rows[id.index()], words: facts.words };
        let by_user =
            |action: Action| Index::new(of(action).filter_map(|id| Some((ev(id).name_id()?, id))).collect());
        let by_place = |action: Action| Index::new(of(action).map(|id| (place(ev(id)), id)).collect());
        Self {
            logons_by_user: by_user(Action::Logon),
            failures_by_user: by_user(Action::LogonFailed),
            refused_by_place: by_place(Action::RdpAuthenticationFailed),
            accepted_by_place: by_place(Action::RdpConnectionAccepted),
            by_activity: Index::new(activities),
            boot_ends: (0..facts.boots.len()).map(|boot| range_of(rows, boot).end).collect(),
            facts,
            rows,
            at,
            by_action,
            desktop_of_luid,
        }
    }

    /// Of records that are asked for by their numbers only, and may be in any order.
    pub(crate) fn unordered(facts: &'a Facts<'a>, rows: &'a [Row], at: &'a [Timestamp]) -> Self {
        Self {
            facts,
            rows,
            at,
            boot_ends: Vec::new(),
            by_action: vec![Vec::new(); Action::ALL.len()],
            logons_by_user: Index::default(),
            failures_by_user: Index::default(),
            refused_by_place: Index::default(),
            accepted_by_place: Index::default(),
            by_activity: Index::default(),
            desktop_of_luid: Map::default(),
        }
    }

    pub(crate) fn ev(&self, id: RowId) -> Ev<'a> {
        Ev { row: &self.rows[id.index()], words: self.words }
    }

    pub(crate) fn at(&self, id: RowId) -> Timestamp {
        self.at[id.index()]
    }

    pub(crate) fn boot(&self, id: RowId) -> u32 {
        self.rows[id.index()].boot
    }

    /// Records of one action, in order.
    pub(crate) fn of(&self, action: Action) -> &[RowId] {
        &self.by_action[action as usize]
    }

    /// Records of one action around another record, in order: from `before` milliseconds ahead of it (not above 0) to
    /// `after` milliseconds behind it (not below 0), both inclusive, in its boot.
    pub(crate) fn between(&self, action: Action, near: RowId, before: i64, after: i64) -> &[RowId] {
        self.window(self.of(action), near, before, after)
    }

    /// Logons (4624) of one user around another record.
    pub(crate) fn logons_of_user(&self, user: Option<Id>, near: RowId, before: i64, after: i64) -> &[RowId] {
        user.map_or(&[], |user| self.window(self.logons_by_user.of(user), near, before, after))
    }

    /// Failures (4625) of one user around another record.
    pub(crate) fn failures_of_user(
        &self,
        user: Option<Id>,
        near: RowId,
        before: i64,
        after: i64,
    ) -> &[RowId] {
        user.map_or(&[], |user| self.window(self.failures_by_user.of(user), near, before, after))
    }

    /// Refusals (140) from an address around another record.
    pub(crate) fn refused_from(&self, place: Option<Id>, near: RowId, before: i64, after: i64) -> &[RowId] {
        self.window(self.refused_by_place.of(place), near, before, after)
    }

    /// Connections (131) from an address around another record.
    pub(crate) fn accepted_from(&self, place: Option<Id>, near: RowId, before: i64, after: i64) -> &[RowId] {
        self.window(self.accepted_by_place.of(place), near, before, after)
    }

    fn window<'b>(&self, all: &'b [RowId], near: RowId, before: i64, after: i64) -> &'b [RowId] {
        if all.is_empty() {
            return all;
        }
        let span = self.around(near, before, after);
        let from = all.partition_point(|id| id.index() < span.start);
        let to = from + all[from..].partition_point(|id| id.index() < span.end);
        &all[from..to]
    }

    /// The records around one, searched from it outwards: what is asked for lies near.
    fn around(&self, near: RowId, before: i64, after: i64) -> Range<usize> {
        let (middle, at) = (near.index(), self.at(near));
        let boot = self.boot(near) as usize;
        let first = boot.checked_sub(1).map_or(0, |before| self.boot_ends[before]);
        let times = &self.at[first..self.boot_ends[boot]];
        let middle = middle - first;
        let (from, to) = (at.plus_millis(before), at.plus_millis(after));
        let mut step = 1;
        while step <= middle && times[middle - step] >= from {
            step *= 2;
        }
        let low = middle.saturating_sub(step);
        let start = low + times[low..=middle].partition_point(|t| *t < from);
        let mut step = 1;
        while middle + step < times.len() && times[middle + step] <= to {
            step *= 2;
        }
        let high = (middle + step).min(times.len());
        let end = middle + times[middle..high].partition_point(|t| *t <= to);
        first + start..first + end
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
    pub(crate) fn desktop_tie(&self, boot: u32, luid: Luid) -> Option<RowId> {
        self.desktop_of_luid.get(&(boot, luid.0)).copied()
    }

    /// Records of one connection, in order.
    pub(crate) fn of_activity(&self, boot: u32, activity: Id) -> &[RowId] {
        let all = self.by_activity.of(activity);
        let from = all.partition_point(|&id| self.boot(id) < boot);
        let to = all.partition_point(|&id| self.boot(id) <= boot);
        &all[from..to]
    }

    /// The record as a source of a session.
    pub(crate) fn source(&self, id: RowId, role: Role, link: LinkRule) -> Source {
        let ev = self.ev(id);
        Source {
            event_uid: ev.uid(),
            log: ev.shared_log(),
            event_id: ev.event_id(),
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

    /// Of records of one boot, in order, by distance from another, nearest first; of equally near ones the first.
    pub(crate) fn outwards<'b>(&'b self, list: &'b [RowId], from: RowId) -> Outwards<'b> {
        Outwards::new(self, list, from)
    }
}

/// Number of a record's source address, if it is one: unspecified addresses are none.
pub(crate) fn place(ev: Ev<'_>) -> Option<Id> {
    ev.ip_id().filter(|&id| !ev.words.get_address(id).is_unspecified())
}

/// The source address of a record, if it is one: unspecified addresses are none.
pub(crate) fn address(ev: Ev<'_>) -> Option<IpAddr> {
    ev.ip().filter(|ip| !ip.is_unspecified())
}

/// Could these be the same account? Names compare without case; SIDs decide where both are known.
pub(crate) fn same_user(a: Ev<'_>, b: Ev<'_>) -> bool {
    let (Some(x), Some(y)) = (a.name_id(), b.name_id()) else { return false };
    x == y
        && match (a.sid_id(), b.sid_id()) {
            (Some(s), Some(t)) => s == t,
            _ => true,
        }
}

/// Could a logon and a desktop be of one account whose name the two logs spell differently? Windows knows Entra ID and
/// Microsoft accounts by an address in Security and by a short name in the session manager.
pub(crate) fn same_cloud_user(a: Ev<'_>, b: Ev<'_>) -> bool {
    let cloud = |ev: Ev<'_>| {
        ev.domain().is_some_and(|d| ["AzureAD", "MicrosoftAccount"].iter().any(|c| d.eq_ignore_ascii_case(c)))
    };
    (cloud(a) || cloud(b)) && account_kind(a) == AccountKind::User && account_kind(b) == AccountKind::User
}

/// Could these come from the same place? Unknown goes with everything.
pub(crate) fn same_place(a: Ev<'_>, b: Ev<'_>) -> bool {
    match (place(a), place(b)) {
        (Some(x), Some(y)) => x == y,
        _ => true,
    }
}

/// What kind of account a record is about.
pub(crate) fn account_kind(ev: Ev<'_>) -> AccountKind {
    ev.account_kind()
}
