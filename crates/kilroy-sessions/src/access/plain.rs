//! Logons that make no desktop: network, batch, service, new credentials, unlock; and what comes with any logon.

use std::collections::BTreeMap;

use kilroy_model::{Action, How, Kind, LinkRule, Luid, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId};
use crate::host::{RowId, account_kind, same_place, same_user};
use crate::logons::LogonGroup;

/// 4648 and 4776 are written right before the logon they belong to.
const BEFORE_LOGON_MILLIS: i64 = 2000;

/// …and rarely a moment after it.
const AFTER_LOGON_MILLIS: i64 = 1000;

/// Every logon that is left is a session of its own; of background accounts one per logon ID and boot.
pub(crate) fn remaining(b: &mut Builder<'_>, groups: Vec<LogonGroup>) {
    let mut background: BTreeMap<(usize, Luid), DraftId> = BTreeMap::new();
    for group in groups {
        let first = group.first();
        if !b.is_free(first) {
            continue;
        }
        let ev = b.host.ev(first);
        let boot = b.host.boot(first);
        let is_background = account_kind(ev).is_background() || matches!(ev.logon_type, Some(0 | 5));
        if is_background && let Some(&id) = ev.luid.and_then(|l| background.get(&(boot, l))) {
            for &row in &group.rows {
                b.give_by_luid(id, row, Role::Logon, b.drafts[id].seed);
            }
            continue;
        }
        let mut draft = Draft::new(boot, kind_of_type(ev.logon_type), How::Logon, first);
        draft.begin = Some(first);
        draft.background = is_background;
        let id = b.start(draft, Role::Logon);
        crate::access::desktop::give_group(b, id, &group, first, true);
        if is_background {
            background.extend(group.luids(b.host).map(|l| ((boot, l), id)));
        }
    }
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
    let mut used = vec![false; b.host.rows.len()];
    for action in [Action::ExplicitCredentials, Action::CredentialsValidated] {
        nearest_logon(b, action, &mut used);
    }
    tickets(b);
}

fn by_logon_id(b: &mut Builder<'_>) {
    let host = b.host;
    for &row in host.of(Action::PrivilegesAssigned) {
        let Some(records) = host.ev(row).luid.and_then(|l| b.logons.get(host.boot(row), l)) else { continue };
        // A fixed logon ID has many logons; the privileges belong to the nearest.
        let logon = records.logons.iter().copied().min_by_key(|&l| (host.millis(l, row).unsigned_abs(), l));
        if let Some(logon) = logon
            && let Some(id) = b.owner[logon]
        {
            b.give_by_luid(id, row, Role::Privileges, logon);
        }
    }
}

fn nearest_logon(b: &mut Builder<'_>, action: Action, used: &mut [bool]) {
    let host = b.host;
    let mut pairs = Vec::new();
    for &row in host.of(action) {
        let ev = host.ev(row);
        if crate::access::failures::is_failed_check(ev) || account_kind(ev).is_background() {
            continue;
        }
        let Some(user) = ev.user.as_deref() else { continue };
        let from = host.at(row).plus_millis(-AFTER_LOGON_MILLIS);
        let to = host.at(row).plus_millis(BEFORE_LOGON_MILLIS);
        for &logon in host.of_user_between(Action::Logon, user, host.boot(row), from, to) {
            let other = host.ev(logon);
            // 4648 names where the credentials were given; only a local target is this logon.
            if same_user(ev, other) && same_place(ev, other) && b.owner[logon].is_some() && is_here(b, row) {
                pairs.push((host.millis(row, logon).unsigned_abs(), row, logon));
            }
        }
    }
    pairs.sort_unstable();
    for (_, row, logon) in pairs {
        if used[logon] || !b.is_free(row) {
            continue;
        }
        if let Some(id) = b.owner[logon] {
            let role = if action == Action::ExplicitCredentials {
                Role::ExplicitCredentials
            } else {
                Role::Authentication
            };
            used[logon] |= b.give_near(id, row, role, logon) && action == Action::ExplicitCredentials;
        }
    }
}

/// Were the explicit credentials (4648) given for this machine itself? Else the record is the source side of a hop.
fn is_here(b: &Builder<'_>, row: RowId) -> bool {
    let ev = b.host.ev(row);
    ev.action != Action::ExplicitCredentials
        || ev.dst_host.as_deref().is_none_or(|target| {
            let bare = |n: &str| n.split('.').next().unwrap_or("").to_lowercase();
            target.eq_ignore_ascii_case("localhost") || bare(target) == bare(&ev.host)
        })
}

/// 4769 on a controller that is itself the target: the same logon GUID.
fn tickets(b: &mut Builder<'_>) {
    let host = b.host;
    let mut by_guid = BTreeMap::new();
    for &logon in host.of(Action::Logon) {
        if let Some(guid) = host.ev(logon).logon_guid.filter(|g| !g.is_nil()) {
            by_guid.entry((host.boot(logon), guid)).or_insert(logon);
        }
    }
    for &row in host.of(Action::KerberosServiceTicket) {
        let Some(guid) = host.ev(row).logon_guid else { continue };
        if let Some(&logon) = by_guid.get(&(host.boot(row), guid))
            && let Some(id) = b.owner[logon]
        {
            b.give(id, row, Role::Authentication, LinkRule::LogonGuid, logon, guid.to_string());
        }
    }
}

/// Locks and unlocks of a session's logon ID between its begin and its end.
pub(crate) fn locks(b: &mut Builder<'_>) {
    let host = b.host;
    let owners = owners_by_luid(b);
    for (action, role) in
        [(Action::WorkstationLocked, Role::Lock), (Action::WorkstationUnlocked, Role::Unlock)]
    {
        for &row in host.of(action) {
            let Some(ids) = host.ev(row).luid.and_then(|l| owners.get(&(host.boot(row), l))) else {
                continue;
            };
            let holder = ids.iter().copied().rev().find(|&id| {
                let draft = &b.drafts[id];
                draft.begin.is_none_or(|r| host.at(r) <= host.at(row))
                    && draft.end.is_none_or(|e| host.at(row) <= host.at(e.row))
            });
            if let Some(id) = holder {
                let via = b.names_luid(id, host.ev(row).luid).unwrap_or_else(|| b.reference(id));
                b.give_by_luid(id, row, role, via);
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
        let tie = draft.own_luids.iter().filter_map(|&l| host.desktop_tie(boot, l)).min();
        let Some(row) = tie else { continue };
        let session = host.ev(row).terminal_session;
        if draft.session_id.is_some() && draft.session_id != session {
            continue;
        }
        let via = b.reference(id);
        let value = format!(
            "{}, session {}",
            host.ev(row).luid.map(|l| l.to_string()).unwrap_or_default(),
            session.unwrap_or_default()
        );
        if b.give(id, row, Role::Shell, LinkRule::ReconnectBridge, via, value) {
            b.drafts[id].session_id = session;
        }
    }
}

/// Sessions by the logon IDs whose logoff ends them, in order of their begin.
pub(crate) fn owners_by_luid(b: &Builder<'_>) -> BTreeMap<(usize, Luid), Vec<DraftId>> {
    let mut owners: BTreeMap<(usize, Luid), Vec<DraftId>> = BTreeMap::new();
    for (id, draft) in b.drafts.iter().enumerate() {
        for &luid in &draft.own_luids {
            owners.entry((draft.boot, luid)).or_default().push(id);
        }
    }
    let begin = |id: &DraftId| -> (bool, RowId, DraftId) {
        let d = &b.drafts[*id];
        (d.begin.is_some(), d.begin.unwrap_or(d.seed), *id)
    };
    for ids in owners.values_mut() {
        ids.sort_by_key(begin);
    }
    owners
}
