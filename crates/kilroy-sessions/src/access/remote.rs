//! What comes before a remote desktop: the connection (131, 261), Network Level Authentication (type 3 logons) and the
//! authentication (1149).

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{AccountKind, Action, How, Kind, LinkRule, Luid, Role, SessionOutcome, Timestamp};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId};
use crate::host::{RowId, account_kind, address, connection_activity, same_place, same_user};
use crate::logons::LogonGroup;
use crate::logs::LSM;

/// From the network logon (NLA) and its authentication to the interactive logon.
const NLA_MILLIS: i64 = 30_000;

/// An authentication without an address, right before the user's 1149.
const NLA_WITHOUT_ADDRESS_MILLIS: i64 = 2000;

/// From the first packet to the authentication.
const CONNECTION_MILLIS: i64 = 10_000;

/// Records of one connection this long before the desktop are still its begin.
const LONGEST_BEGIN_MILLIS: i64 = 5 * 60_000;

/// Later records of the connection (UDP transports) come with the desktop.
const TRANSPORTS_MILLIS: i64 = 30_000;

/// Logs of one host may disagree by a tick.
const TICK_MILLIS: i64 = 50;

/// Logons of type 10 and 12, and type 7 from a remote address with network logons before it: remote desktops that neither
/// LSM nor 4778 shows. Types 2 and 11 likewise, at the console.
pub(crate) fn desktops_of_security(b: &mut Builder<'_>, groups: &mut Vec<LogonGroup>) {
    let host = b.host;
    let mut rest = Vec::new();
    for group in groups.drain(..) {
        let first = group.first();
        let ev = host.ev(first);
        if account_kind(ev).is_background() {
            rest.push(group);
            continue;
        }
        let (kind, how) = match ev.logon_type {
            Some(10 | 12) => (Kind::InteractiveRemote, How::Logon),
            Some(2 | 11) => (Kind::InteractiveLocal, How::Logon),
            Some(7)
                if is_remote(b, first)
                    && !b.host.covers(LSM, ev.time)
                    && !network_logons_before(b, first).is_empty() =>
            {
                (Kind::InteractiveRemote, How::Reconnect)
            }
            _ => {
                rest.push(group);
                continue;
            }
        };
        let mut draft = Draft::new(host.boot(first), kind, how, first);
        draft.begin = Some(first);
        let id = b.start(draft, Role::Logon);
        // The logon of a reconnect is closed within seconds; the desktop runs under the logon that made it.
        crate::access::desktop::give_group(b, id, &group, first, how == How::Logon);
        if how == How::Reconnect {
            b.drafts[id].own_luids = luids_of_last_desktop(b, id);
        }
    }
    *groups = rest;
}

/// Logon IDs of the desktop that a reconnect without 4778 takes up: the user's last one of this boot.
fn luids_of_last_desktop(b: &Builder<'_>, id: DraftId) -> BTreeSet<Luid> {
    let host = b.host;
    let begin = b.reference(id);
    b.drafts[..id]
        .iter()
        .filter(|d| d.boot == b.drafts[id].boot && !d.own_luids.is_empty())
        .filter(|d| matches!(d.kind, Kind::InteractiveRemote | Kind::InteractiveLocal))
        .filter_map(|d| {
            d.begin.filter(|&r| r < begin && same_user(host.ev(r), host.ev(begin))).map(|r| (r, d))
        })
        .max_by_key(|(row, _)| *row)
        .map(|(_, d)| d.own_luids.clone())
        .unwrap_or_default()
}

fn is_remote(b: &Builder<'_>, row: RowId) -> bool {
    address(b.host.ev(row)).is_some_and(|ip| !ip.is_loopback())
}

/// Free type 3 logons of the same user and address up to 30 s before a record.
fn network_logons_before(b: &Builder<'_>, row: RowId) -> Vec<RowId> {
    let host = b.host;
    let ev = host.ev(row);
    let from = host.at(row).plus_millis(-NLA_MILLIS);
    host.between(Action::Logon, host.boot(row), from, host.at(row))
        .iter()
        .copied()
        .filter(|&n| {
            let other = host.ev(n);
            b.is_free(n)
                && other.logon_type == Some(3)
                && same_user(other, ev)
                && address(other).is_some()
                && address(other) == address(ev)
        })
        .collect()
}

/// Gives each remote session what came before it.
pub(crate) fn beginnings(b: &mut Builder<'_>) {
    authentications(b);
    for id in remote_drafts(b) {
        connection_records(b, id);
    }
    network_logons(b);
    for id in remote_drafts(b) {
        connection_by_time(b, id);
    }
}

/// Remote sessions whose begin is known, in order of it.
fn remote_drafts(b: &Builder<'_>) -> Vec<DraftId> {
    let mut ids: Vec<DraftId> = (0..b.drafts.len())
        .filter(|&id| {
            let d = &b.drafts[id];
            d.is_remote() && d.begin.is_some() && d.outcome != SessionOutcome::Failure
        })
        .collect();
    ids.sort_by_key(|&id| (b.drafts[id].begin, id));
    ids
}

/// When the interactive logon was: the earliest of the session's logon records and its begin.
fn logon_time(b: &Builder<'_>, id: DraftId) -> Timestamp {
    let draft = &b.drafts[id];
    let begin = b.host.at(b.reference(id));
    draft
        .with_role(Role::Logon)
        .filter(|&r| b.host.ev(r).action == Action::Logon)
        .map(|r| b.host.at(r))
        .fold(begin, Timestamp::min)
}

/// Remote sessions by boot and time of the interactive logon, to look up what a record comes before.
fn by_logon_time(b: &Builder<'_>) -> BTreeMap<(usize, Timestamp), Vec<DraftId>> {
    let mut map: BTreeMap<(usize, Timestamp), Vec<DraftId>> = BTreeMap::new();
    for id in remote_drafts(b) {
        map.entry((b.drafts[id].boot, logon_time(b, id))).or_default().push(id);
    }
    map
}

/// 1149: by the connection's activity, else the nearest logon of its user and address after it.
fn authentications(b: &mut Builder<'_>) {
    let host = b.host;
    let sessions = by_logon_time(b);
    let mut pairs = Vec::new();
    for &row in host.of(Action::RdpAuthenticated) {
        let ev = host.ev(row);
        let activity = connection_activity(ev);
        let (boot, at) = (host.boot(row), host.at(row));
        let span = (boot, at.plus_millis(-NLA_WITHOUT_ADDRESS_MILLIS))
            ..=(boot, at.plus_millis(LONGEST_BEGIN_MILLIS));
        for ((_, time), ids) in sessions.range(span) {
            for &id in ids {
                let head = host.ev(b.reference(id));
                let distance = time.distance(at) / 10_000;
                let known = b.drafts[id].activity;
                if activity.is_some() && known == activity {
                    pairs.push((distance, row, id));
                    continue;
                }
                let other_connection = activity.is_some() && known.is_some();
                let near = distance <= NLA_MILLIS.unsigned_abs();
                let user = ev.user.is_none() || same_user(ev, head);
                if near && user && !other_connection && same_place(ev, head) {
                    // What shares the activity comes first.
                    pairs.push((distance + LONGEST_BEGIN_MILLIS.unsigned_abs(), row, id));
                }
            }
        }
    }
    b.give_nearest(
        pairs,
        |b, id, row| {
            let activity = connection_activity(b.host.ev(row));
            let same_connection = activity.is_some() && b.drafts[id].activity == activity;
            same_connection || !b.drafts[id].rows().any(|r| b.host.ev(r).action == Action::RdpAuthenticated)
        },
        |b, id, row| {
            let via = b.reference(id);
            let activity = connection_activity(b.host.ev(row));
            if activity.is_some() && b.drafts[id].activity == activity {
                let value = activity.map(|a| a.to_string()).unwrap_or_default();
                b.give(id, row, Role::Authentication, LinkRule::ActivityId, via, value);
            } else {
                b.give_near(id, row, Role::Authentication, via);
            }
            let draft = &mut b.drafts[id];
            draft.activity = draft.activity.or(activity);
        },
    );
}

/// Everything else that shares the connection's activity.
fn connection_records(b: &mut Builder<'_>, id: DraftId) {
    let host = b.host;
    let Some(activity) = b.drafts[id].activity else { return };
    let reference = b.reference(id);
    let from = host.at(reference).plus_millis(-LONGEST_BEGIN_MILLIS);
    let to = host.at(reference).plus_millis(TRANSPORTS_MILLIS);
    for &row in host.of_activity(host.boot(reference), activity) {
        let role = match host.ev(row).action {
            Action::RdpConnectionAccepted | Action::RdpListenerConnection | Action::RdpSessionAssigned => {
                Role::Connection
            }
            Action::ArbitrationBegun | Action::ArbitrationEnded => Role::Arbitration,
            _ => continue,
        };
        if host.at(row) >= from && host.at(row) <= to {
            b.give(id, row, role, LinkRule::ActivityId, reference, activity.to_string());
        }
    }
}

/// Type 3 logons of Network Level Authentication: all of that user and address up to 30 s before, and one without an
/// address right before the user's 1149.
fn network_logons(b: &mut Builder<'_>) {
    let host = b.host;
    let sessions = by_logon_time(b);
    let mut pairs = Vec::new();
    for &row in host.of(Action::Logon) {
        let ev = host.ev(row);
        if ev.logon_type != Some(3) || !b.is_free(row) || account_kind(ev) != AccountKind::User {
            continue;
        }
        let (boot, at) = (host.boot(row), host.at(row));
        let span = (boot, at.plus_millis(-TICK_MILLIS))..=(boot, at.plus_millis(LONGEST_BEGIN_MILLIS));
        for ((_, time), ids) in sessions.range(span) {
            for &id in ids {
                let distance = time.distance(at) / 10_000;
                if belongs_before(b, id, row, distance) {
                    pairs.push((distance, row, id));
                }
            }
        }
    }
    b.give_nearest(
        pairs,
        |_, _, _| true,
        |b, id, row| {
            let via = b.reference(id);
            b.give_near(id, row, Role::Nla, via);
            b.drafts[id].nla.push(row);
        },
    );
    for draft in &mut b.drafts {
        draft.nla.sort_unstable();
    }
}

fn belongs_before(b: &Builder<'_>, id: DraftId, logon: RowId, distance: u64) -> bool {
    let host = b.host;
    let ev = host.ev(logon);
    let draft = &b.drafts[id];
    let authenticated =
        draft.with_role(Role::Authentication).find(|&r| host.ev(r).action == Action::RdpAuthenticated);
    let head = host.ev(b.reference(id));
    let user = same_user(ev, head) || authenticated.is_some_and(|r| same_user(ev, host.ev(r)));
    if !user {
        return false;
    }
    if let Some(ip) = address(ev) {
        let places = draft.rows().filter_map(|r| address(host.ev(r)));
        // Legal notices and second factors can lie between the authentication and the desktop.
        let before_authentication =
            authenticated.is_some_and(|r| (-TICK_MILLIS..=NLA_MILLIS).contains(&host.millis(logon, r)));
        let near = distance <= NLA_MILLIS.unsigned_abs() || before_authentication;
        return near && places.into_iter().any(|p| p == ip);
    }
    authenticated
        .is_some_and(|r| (-TICK_MILLIS..=NLA_WITHOUT_ADDRESS_MILLIS).contains(&host.millis(logon, r)))
}

/// 261 has no address, and on Windows 7 no activity: the nearest one before the authentication. 131 by its address.
fn connection_by_time(b: &mut Builder<'_>, id: DraftId) {
    let host = b.host;
    let draft = &b.drafts[id];
    let boot = draft.boot;
    let first = draft
        .with_role(Role::Authentication)
        .chain(draft.nla.iter().copied())
        .min()
        .unwrap_or_else(|| b.reference(id));
    let place = draft.rows().find_map(|r| address(host.ev(r)));
    let has = |action: Action| draft.rows().any(|r| host.ev(r).action == action);
    let to = host.at(first).plus_millis(TICK_MILLIS);
    let from = host.at(first).plus_millis(-CONNECTION_MILLIS);
    let mut found = Vec::new();
    if !has(Action::RdpListenerConnection) {
        let near = host.between(Action::RdpListenerConnection, boot, from, to).iter().rev().copied();
        found.extend(near.filter(|&r| b.is_free(r) && other_connection(b, id, r).is_none()).take(1));
    }
    if !has(Action::RdpConnectionAccepted) && place.is_some() {
        let near = host.between(Action::RdpConnectionAccepted, boot, from, to).iter().rev().copied();
        let mut near = near.filter(|&r| {
            b.is_free(r) && address(host.ev(r)) == place && other_connection(b, id, r).is_none()
        });
        found.extend(near.next());
    }
    for row in found {
        b.give_near(id, row, Role::Connection, first);
    }
}

/// The other connection that a record plainly belongs to, by its activity.
fn other_connection(b: &Builder<'_>, id: DraftId, row: RowId) -> Option<()> {
    let activity = connection_activity(b.host.ev(row))?;
    if let Some(own) = b.drafts[id].activity {
        return (own != activity).then_some(());
    }
    let failed_or_owned = |&r: &RowId| {
        b.owner[r].is_some_and(|o| o != id) || b.host.ev(r).action == Action::RdpAuthenticationFailed
    };
    b.host.of_activity(b.host.boot(row), activity).iter().any(failed_or_owned).then_some(())
}

/// A 1149 without a session: the user was authenticated, and that is all.
pub(crate) fn authentications_only(b: &mut Builder<'_>) {
    let host = b.host;
    let mut new = Vec::new();
    for &row in host.of(Action::RdpAuthenticated) {
        // On old servers 1149 is written for failures, too: an attempt, and not even that is certain.
        if !b.is_free(row) || host.old_rcm {
            continue;
        }
        let ev = host.ev(row);
        let mut draft = Draft::new(host.boot(row), Kind::InteractiveRemote, How::AuthOnly, row);
        draft.begin = Some(row);
        draft.activity = connection_activity(ev);
        draft.background = ev.user.is_some() && account_kind(ev).is_background();
        new.push(b.start(draft, Role::Authentication));
    }
    for &id in &new {
        connection_records(b, id);
    }
    network_logons(b);
    for &id in &new {
        connection_by_time(b, id);
    }
}
