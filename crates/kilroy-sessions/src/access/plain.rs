//! Logons that make no desktop: network, batch, service, new credentials, unlock; and what comes with any logon.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use kilroy_model::{Action, Guid, How, Kind, LinkRule, Role, SessionOutcome, may_be_one_host};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, Shared};
use crate::access::owners::Owners;
use crate::host::{RowId, account_kind, same_place, same_user};
use crate::logons::{LogonGroups, LogonKey};
use crate::mix::Map;
use crate::record::Ev;

/// 4648 and 4776 are written right before the logon they belong to.
pub(crate) const BEFORE_LOGON_MILLIS: i64 = 2000;

/// …and rarely a moment after it.
pub(crate) const AFTER_LOGON_MILLIS: i64 = 1000;

/// Every logon that is left is a session of its own; of background accounts one per logon ID and boot.
pub(crate) fn remaining(b: &mut Builder<'_>, groups: &LogonGroups) {
    let mut background: Map<LogonKey, DraftId> = Map::default();
    for group in groups.iter() {
        let first = group.first();
        if !b.is_free(first) {
            continue;
        }
        let ev = b.host.ev(first);
        let is_background = is_background_logon(ev);
        if is_background && let Some(&id) = b.logons.key_of(first).and_then(|key| background.get(&key)) {
            for row in group.rows() {
                b.give_by_luid(id, row, Role::Logon, b.drafts[id].seed);
            }
            continue;
        }
        let mut draft = Draft::new(ev.boot, kind_of_type(ev.logon_type()), How::Logon, first);
        draft.begin = Some(first);
        draft.background = is_background;
        let id = b.start(draft, Role::Logon);
        crate::access::desktop::give_group(b, id, group, first, true);
        if is_background {
            background.extend(group.rows().filter_map(|row| b.logons.key_of(row)).map(|key| (key, id)));
        }
    }
}

/// Is this the logon of an account that is no person's?
pub(crate) fn is_background_logon(ev: Ev<'_>) -> bool {
    // Server 2003 writes an anonymous network logon without a name.
    let nameless = ev.logon_type() == Some(3) && ev.user_id().is_none() && ev.sid_id().is_none();
    account_kind(ev).is_background() || matches!(ev.logon_type(), Some(0 | 5)) || nameless
}

/// The kind of presence that a Windows logon type is.
pub(crate) fn kind_of_type(logon_type: Option<u8>) -> Kind {
    match logon_type {
        Some(2 | 11) => Kind::InteractiveLocal,
        Some(3) => Kind::Network,
        Some(4) => Kind::Batch,
        Some(0 | 5) => Kind::Service,
        Some(7 | 13) => Kind::Unlock,
        Some(8) => Kind::NetworkCleartext,
        Some(9) => Kind::NewCredentials,
        Some(10 | 12) => Kind::InteractiveRemote,
        _ => Kind::InteractiveUnknown,
    }
}

/// What comes with a logon: privileges (4672), explicit credentials (4648), the NTLM check (4776), the Kerberos ticket
/// (4769), locks and unlocks.
pub(crate) fn companions(b: &mut Builder<'_>) {
    by_logon_id(b);
    for action in [Action::ExplicitCredentials, Action::CredentialsValidated] {
        nearest_logon(b, action);
    }
    tickets(b);
}

fn by_logon_id(b: &mut Builder<'_>) {
    let host = b.host;
    for &row in host.of(Action::PrivilegesAssigned) {
        let Some(records) = b.logons.of_row(row) else { continue };
        // A fixed logon ID has many logons; the privileges belong to the nearest.
        let logon = host.outwards(records.logons, row).next().map(|(_, logon)| logon);
        if let Some(logon) = logon
            && let Some(id) = b.owner(logon)
        {
            b.give_by_luid(id, row, Role::Privileges, logon);
        }
    }
}

/// Gives each record to the nearest logon of its user and place: pairs by distance, then record order. A logon has one 4648,
/// and a 4776 may come beside it.
fn nearest_logon(b: &mut Builder<'_>, action: Action) {
    let host = b.host;
    let mut used = vec![false; host.rows.len()];
    // 4648 names where the credentials were given; only a local target is this logon.
    let is_candidate = |b: &Builder<'_>, row: RowId| {
        let ev = host.ev(row);
        !crate::access::failures::is_failed_check(ev) && !account_kind(ev).is_background() && is_here(b, row)
    };
    // The nearest logon of a record that is not used yet and not before what was looked at already.
    let next = |b: &Builder<'_>, used: &[bool], row: RowId, after: Option<(u64, RowId)>| {
        let ev = host.ev(row);
        let around = host.logons_of_user(ev.name_id(), row, -AFTER_LOGON_MILLIS, BEFORE_LOGON_MILLIS);
        let found = host.outwards(around, row).find(|&(away, logon)| {
            let other = host.ev(logon);
            after.is_none_or(|after| (away, logon) > after)
                && !used[logon.index()]
                && same_user(ev, other)
                && same_place(ev, other)
                && b.owner(logon).is_some()
        });
        found.map(|(away, logon)| Reverse((away, row, logon)))
    };
    let rows = host.of(action).iter().filter(|&&row| is_candidate(b, row));
    let mut pairs: BinaryHeap<_> = rows.filter_map(|&row| next(b, &used, row, None)).collect();
    while let Some(Reverse((away, row, logon))) = pairs.pop() {
        if !b.is_free(row) {
            continue;
        }
        if used[logon.index()] {
            pairs.extend(next(b, &used, row, Some((away, logon))));
            continue;
        }
        if let Some(id) = b.owner(logon) {
            let role = if action == Action::ExplicitCredentials {
                Role::ExplicitCredentials
            } else {
                Role::Authentication
            };
            used[logon.index()] |= b.give_near(id, row, role, logon) && action == Action::ExplicitCredentials;
        }
    }
}

/// Were the explicit credentials (4648) given for this machine itself? Else the record is the source side of a hop.
fn is_here(b: &Builder<'_>, row: RowId) -> bool {
    let ev = b.host.ev(row);
    ev.action != Action::ExplicitCredentials
        || ev.dst_host().is_none_or(|target| {
            target.eq_ignore_ascii_case("localhost") || may_be_one_host(target, ev.host())
        })
}

/// 4769 on a controller that is itself the target: the same logon GUID.
fn tickets(b: &mut Builder<'_>) {
    let host = b.host;
    let guids = |action: Action| {
        let mut list: Vec<(u64, RowId)> = host
            .of(action)
            .iter()
            .filter_map(|&row| Some((half(host.ev(row).logon_guid().filter(|g| !g.is_nil())?), row)))
            .collect();
        list.sort_unstable();
        list
    };
    let tickets = guids(Action::KerberosServiceTicket);
    if tickets.is_empty() {
        return;
    }
    let logons = guids(Action::Logon);
    let mut found: Vec<(RowId, RowId)> = Vec::new();
    let mut at = 0;
    for alike in tickets.chunk_by(|a, b| a.0 == b.0) {
        let half = alike[0].0;
        at += logons[at..].partition_point(|(h, _)| *h < half);
        let same: Vec<RowId> =
            logons[at..].iter().take_while(|(h, _)| *h == half).map(|(_, row)| *row).collect();
        let mut first: BTreeMap<(u32, Option<Guid>), RowId> = BTreeMap::new();
        for logon in same {
            first.entry((host.boot(logon), host.ev(logon).logon_guid())).or_insert(logon);
        }
        for &(_, row) in alike {
            found.extend(first.get(&(host.boot(row), host.ev(row).logon_guid())).map(|&logon| (row, logon)));
        }
    }
    found.sort_unstable();
    for (row, logon) in found {
        if let Some(id) = b.owner(logon) {
            b.give(id, row, Role::Authentication, LinkRule::LogonGuid, logon, Shared::Guid);
        }
    }
}

/// Half the size to sort by; whole GUIDs are compared afterwards.
fn half(guid: Guid) -> u64 {
    u64::try_from((guid.0 >> 64 ^ guid.0) & u128::from(u64::MAX)).unwrap_or(0)
}

/// Locks and unlocks of a session's logon ID between its begin and its end.
pub(crate) fn locks(b: &mut Builder<'_>) {
    let host = b.host;
    let owners = Owners::new(b);
    // The first record of a session that names a logon ID: a session of weeks has thousands of locks.
    let mut first: Map<(DraftId, u64), RowId> = Map::default();
    for (action, role) in
        [(Action::WorkstationLocked, Role::Lock), (Action::WorkstationUnlocked, Role::Unlock)]
    {
        for &row in host.of(action) {
            let Some(luid) = host.ev(row).luid() else { continue };
            let ids = b.logons.key_of(row).map_or(&[][..], |key| owners.of(key));
            // Sessions are in the order of their begin: those that had begun come first.
            let begun =
                ids.partition_point(|&id| b.drafts[id].begin.is_none_or(|r| host.at(r) <= host.at(row)));
            let holder = ids[..begun]
                .iter()
                .copied()
                .rev()
                .find(|&id| b.drafts[id].end.is_none_or(|e| host.at(row) <= host.at(e.row)));
            if let Some(id) = holder {
                let known = first.get(&(id, luid.0)).copied().or_else(|| b.names_luid(id, Some(luid)));
                let given = b.give_by_luid(id, row, role, known.unwrap_or_else(|| b.reference(id)));
                let now = if given { Some(known.map_or(row, |known| known.min(row))) } else { known };
                first.extend(now.map(|now| ((id, luid.0), now)));
            }
        }
    }
}

/// A process start (Sysmon 1) that names logon ID and terminal session ties the two exactly.
pub(crate) fn desktop_ties(b: &mut Builder<'_>) {
    let host = b.host;
    for id in 0..b.drafts.len() {
        let draft = &b.drafts[id];
        let interactive = matches!(draft.kind, Kind::InteractiveLocal | Kind::InteractiveRemote);
        if !interactive || draft.how != How::Logon || draft.outcome != SessionOutcome::Success {
            continue;
        }
        let boot = draft.boot;
        let tie = draft.own().filter_map(|key| host.desktop_tie(boot, b.logons.luid(key))).min();
        let Some(row) = tie else { continue };
        let session = host.ev(row).terminal_session();
        if draft.session_id().is_some() && draft.session_id() != session {
            continue;
        }
        let via = b.reference(id);
        if b.give(id, row, Role::Shell, LinkRule::ReconnectBridge, via, Shared::LuidAndDesktop) {
            b.drafts[id].more().session_id = session;
        }
    }
}
