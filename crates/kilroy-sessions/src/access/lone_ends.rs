//! Ends of which no begin is known: a 4634, 4647 or 4779 that is no session's is one of its own.

use kilroy_model::{Action, How, Kind, Role, Timestamp};

use crate::access::builder::Builder;
use crate::access::desktop::window_station_kind;
use crate::access::draft::{Draft, DraftId};
use crate::access::ends::{
    LONE_END_MILLIS, SAME_END_MILLIS, SAME_MOMENT_MILLIS, a_moment_before, end_rows, had_begun, has_logon,
    is_of_taker,
};
use crate::access::owners::Owners;
use crate::access::plain::kind_of_type;
use crate::host::{RowId, account_kind, same_user};
use crate::logons::LogonKey;
use crate::logs::SECURITY;
use crate::mix::Map;

/// From a reconnect to the closing of its short logon.
const PASSING_MILLIS: i64 = 10_000;

/// The network logon of NLA comes this long before the desktop, as a rule.
const NLA_BEFORE_MILLIS: i64 = 5000;

/// Ends whose logon ID no session has: rows of their own, how unknown. 4634 of two halves that close together are one.
pub(super) fn lone_ends(b: &mut Builder<'_>) -> Vec<(DraftId, RowId)> {
    let host = b.host;
    let mut new: Map<LogonKey, DraftId> = Map::default();
    let mut found = Vec::new();
    let owners = Owners::new(b);
    for row in end_rows(b) {
        let ev = host.ev(row);
        let Some(key) = b.logons.key_of(row) else { continue };
        // What belongs to a session that had ended by then is no row: its desktop was logged off later.
        let ids = owners.of(key);
        let before_all = !had_begun(b, ids, row) && a_moment_before(b, ids, row).is_none();
        if !b.is_free(row) || (!ids.is_empty() && !before_all) || has_logon(b, row) {
            continue;
        }
        let known =
            new.get(&key).copied().or_else(|| other_half(b, row, &new)).or_else(|| nla_of_lone(b, row));
        if let Some(id) = known {
            if b.drafts[id].desktop().is_none() {
                let near = host.millis(b.drafts[id].seed, row).abs() <= SAME_END_MILLIS;
                if near && b.drafts[id].kind == Kind::InteractiveUnknown {
                    if ev.action == Action::SessionDisconnected {
                        b.drafts[id].kind = window_station_kind(ev);
                    } else if ev.logon_type().is_some() {
                        b.drafts[id].kind = kind_of_type(ev.logon_type());
                    }
                }
                new.insert(key, id);
                b.drafts[id].make_own(key);
                found.push((id, row));
            }
            continue;
        }
        if closes_passing_logon(b, row)
            || is_twin_of_known(b, &owners, row)
            || closes_desktop_left_before(b, row)
        {
            continue;
        }
        let kind = match ev.action {
            Action::SessionDisconnected => window_station_kind(ev),
            Action::Logoff => kind_of_type(ev.logon_type()),
            _ => Kind::InteractiveUnknown,
        };
        let mut draft = Draft::new(host.boot(row), kind, How::Unknown, row);
        draft.background = account_kind(ev).is_background() || matches!(ev.logon_type(), Some(0 | 5));
        draft.make_own(key);
        let role = if ev.action == Action::SessionDisconnected { Role::Disconnect } else { Role::Logoff };
        let id = b.start(draft, role);
        new.insert(key, id);
        found.push((id, row));
    }
    found
}

/// Is this the closing of the short logon of a reconnect, whose own record is not in the log? Then it goes to the reconnect
/// right before it. Where the user logs off at that moment it is no such thing.
fn closes_passing_logon(b: &mut Builder<'_>, row: RowId) -> bool {
    let host = b.host;
    let ev = host.ev(row);
    if ev.action != Action::Logoff || !matches!(ev.logon_type(), Some(7 | 10 | 12)) {
        return false;
    }
    let near = |action, before, after| {
        let rows = host.between(action, row, before, after).iter().copied();
        rows.filter(move |&r| r != row && same_user(host.ev(r), ev))
    };
    let logs_off = near(Action::TerminalLogoff, -SAME_MOMENT_MILLIS, SAME_MOMENT_MILLIS)
        .chain(near(Action::LogoffInitiated, -SAME_MOMENT_MILLIS, SAME_MOMENT_MILLIS))
        .next()
        .is_some();
    let back = near(Action::SessionReconnected, -PASSING_MILLIS, 0)
        .chain(near(Action::TerminalReconnected, -PASSING_MILLIS, 0))
        .filter(|&r| host.ev(r).luid() != ev.luid())
        .max();
    match back.and_then(|r| Some((r, b.owner(r)?))).filter(|_| !logs_off) {
        Some((via, id)) => b.give_near(id, row, Role::Logoff, via),
        None => false,
    }
}

/// Is this the logoff of the other half of a logon whose session is known, at the moment when that logs off? It is part of
/// that presence, and no presence of its own.
fn is_twin_of_known(b: &Builder<'_>, owners: &Owners, row: RowId) -> bool {
    let host = b.host;
    let ev = host.ev(row);
    if ev.action != Action::Logoff || !matches!(ev.logon_type(), Some(2 | 10 | 11)) {
        return false;
    }
    [Action::LogoffInitiated, Action::Logoff, Action::TerminalLogoff]
        .iter()
        .flat_map(|a| host.between(*a, row, -SAME_MOMENT_MILLIS, SAME_MOMENT_MILLIS).iter().copied())
        .any(|r| {
            let desktop = matches!(host.ev(r).logon_type(), None | Some(2 | 10 | 11));
            let known = || {
                // A 23 that ended no presence: neither does what Security says of it.
                host.ev(r).action == Action::TerminalLogoff
                    || !b.is_free(r)
                    || b.logons.key_of(r).is_some_and(|key| !owners.of(key).is_empty())
            };
            r != row && desktop && same_user(host.ev(r), ev) && known()
        })
}

/// Is this the logoff of a desktop that its user had left before (23 at this moment)? The presence ended when he left; what
/// is closed now is the desktop.
fn closes_desktop_left_before(b: &Builder<'_>, row: RowId) -> bool {
    let host = b.host;
    let ev = host.ev(row);
    let of_desktop = match ev.action {
        Action::Logoff => matches!(ev.logon_type(), None | Some(2 | 10 | 11 | 12)),
        Action::LogoffInitiated => true,
        _ => false,
    };
    // A 23 that ends a presence is part of it; one that is free ends a desktop alone.
    of_desktop
        && host
            .between(Action::TerminalLogoff, row, -LONE_END_MILLIS, LONE_END_MILLIS)
            .iter()
            .any(|&r| b.is_free(r) && same_user(host.ev(r), ev))
}

/// The lone end of a UAC twin: same user, same interactive type, same moment.
fn other_half(b: &Builder<'_>, row: RowId, new: &Map<LogonKey, DraftId>) -> Option<DraftId> {
    let host = b.host;
    let ev = host.ev(row);
    let interactive = matches!(ev.logon_type(), Some(2 | 10 | 11)) || ev.action != Action::Logoff;
    if !interactive {
        return None;
    }
    [Action::LogoffInitiated, Action::Logoff, Action::SessionDisconnected]
        .iter()
        .flat_map(|a| host.between(*a, row, -SAME_MOMENT_MILLIS, 0).iter().copied())
        .filter(|&r| r != row && same_user(host.ev(r), ev) && host.ev(r).luid() != ev.luid())
        .filter(|&r| matches!(host.ev(r).logon_type(), None | Some(2 | 10 | 11)))
        .filter(|&r| host.ev(r).action != Action::SessionDisconnected || !is_of_taker(b, r, row))
        .find_map(|r| b.logons.key_of(r).and_then(|key| new.get(&key).copied()))
}

/// A lone 4634 type 3 of the user of a remote session that ended at that moment is its NLA half's.
fn nla_of_lone(b: &mut Builder<'_>, row: RowId) -> Option<DraftId> {
    let host = b.host;
    let ev = host.ev(row);
    if ev.action != Action::Logoff || ev.logon_type() != Some(3) {
        return None;
    }
    let id = [Action::TerminalDisconnected, Action::TerminalLogoff]
        .iter()
        .flat_map(|a| host.between(*a, row, -LONE_END_MILLIS, 0).iter().copied())
        .filter_map(|end| b.owner(end))
        .find(|&id| {
            let d = &b.drafts[id];
            // Where Security covers the begin, it would show the network logon some seconds before as well.
            let covers = |t: Timestamp| {
                host.covers(SECURITY, t) && host.covers(SECURITY, t.plus_millis(-NLA_BEFORE_MILLIS))
            };
            let begin = d.begin.map(|r| host.ev(r).time);
            let half_not_seen = begin.is_none_or(|t| d.nla().is_empty() && !covers(t));
            half_not_seen
                && d.is_remote()
                && d.desktop().is_some()
                && b.rows(id).any(|r| same_user(host.ev(r), ev))
        })?;
    let via = b.drafts[id].end.map_or(b.drafts[id].seed, |e| e.row);
    b.give_near(id, row, Role::Nla, via);
    Some(id)
}
