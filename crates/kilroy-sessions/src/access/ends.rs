//! How sessions end: logoffs and disconnects by logon ID, and ends whose begin nobody saw.

use std::collections::BTreeMap;

use kilroy_model::{Action, EndKind, How, Kind, LinkRule, Luid, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::desktop::{bridge, window_station_kind};
use crate::access::draft::{Draft, DraftId, End};
use crate::access::plain::{kind_of_type, owners_by_luid};
use crate::host::{RowId, account_kind, same_user};

/// A logoff writes 4647, 4634, 4779, 23, 24 and 40 within a second or two.
const SAME_MOMENT_MILLIS: i64 = 3000;

/// Ends of Security and LSM for one session lie this close together.
const SAME_END_MILLIS: i64 = 10_000;

/// Logs of one host may disagree by a tick.
const TICK_MILLIS: i64 = 50;

/// A lone end of Security belongs to a desktop's end this close to it.
const LONE_END_MILLIS: i64 = 5000;

/// The network logon of NLA closes with the session; one that closes right after the logon says nothing of it.
const NLA_CLOSES_MILLIS: i64 = 2000;

/// Gives every 4779, 4647 and 4634 to its session, and makes sessions of the rest.
pub(crate) fn ends(b: &mut Builder<'_>) {
    closings_of_passing_logons(b);
    disconnects_of_desktops(b);
    let mut found = by_owner(b);
    let lone = lone_ends(b);
    for (row, id) in lone {
        found.entry(id).or_default().push(row);
    }
    for (id, rows) in found {
        settle(b, id, &rows);
    }
    nla_logoffs(b);
}

/// 4634 of NLA halves and of a reconnect's throw-away logons: they end themselves, not the session.
fn closings_of_passing_logons(b: &mut Builder<'_>) {
    for id in 0..b.drafts.len() {
        let draft = &b.drafts[id];
        let passing: Vec<(RowId, Luid, Role)> = draft
            .parts
            .iter()
            .filter(|p| b.host.ev(p.row).action == Action::Logon)
            .filter_map(|p| Some((p.row, b.host.ev(p.row).luid?, p.role)))
            .filter(|(_, luid, _)| !draft.own_luids.contains(luid))
            .collect();
        for (logon, luid, role) in passing {
            let closings =
                b.logons.get(b.drafts[id].boot, luid).map(|r| [&r.logoffs[..], &r.initiated[..]].concat());
            let role = if role == Role::Nla { Role::Nla } else { Role::Logoff };
            for row in closings.unwrap_or_default() {
                b.give_by_luid(id, row, role, logon);
            }
        }
    }
}

/// 4779 at the moment of a desktop's disconnect, where the desktop's logon ID is not known yet.
fn disconnects_of_desktops(b: &mut Builder<'_>) {
    let host = b.host;
    let owners = owners_by_luid(b);
    let mut pairs = Vec::new();
    let ended: Vec<(DraftId, RowId)> = b
        .drafts
        .iter()
        .enumerate()
        .filter(|(_, d)| d.desktop.is_some() && d.own_luids.is_empty())
        .filter_map(|(id, d)| Some((id, d.end?.row)))
        .collect();
    for (id, end) in ended {
        let from = host.at(end).plus_millis(-LONE_END_MILLIS);
        let to = host.at(end).plus_millis(LONE_END_MILLIS);
        for action in [Action::SessionDisconnected, Action::LogoffInitiated, Action::Logoff] {
            for &row in host.between(action, host.boot(end), from, to) {
                let ev = host.ev(row);
                let holders = ev.luid.and_then(|l| owners.get(&(host.boot(row), l)));
                let unknown = holders.is_none() && !has_logon(b, row);
                // A reconnect runs under the logon that made its desktop; 4779 and 4647 name that.
                let desktop = b.drafts[id].desktop.map(|d| d.desktop);
                let of_desktop = action != Action::Logoff
                    && holders.is_some_and(|ids| {
                        ids.iter().any(|&h| b.drafts[h].desktop.map(|d| d.desktop) == desktop)
                    });
                let desktop_logon = matches!(ev.logon_type, None | Some(2 | 7 | 10 | 11 | 12));
                let user = b.drafts[id].rows().any(|r| same_user(host.ev(r), ev));
                if b.is_free(row) && (unknown || of_desktop) && desktop_logon && user {
                    pairs.push((host.millis(end, row).unsigned_abs(), row, id));
                }
            }
        }
    }
    b.give_nearest(
        pairs,
        |_, _, _| true,
        |b, id, row| {
            let via = b.drafts[id].end.map_or(b.drafts[id].seed, |e| e.row);
            if b.host.ev(row).action == Action::SessionDisconnected {
                bridge(b, id, row, Role::Disconnect, via);
            } else {
                b.give_near(id, row, Role::Logoff, via);
                b.drafts[id].own_luids.extend(b.host.ev(row).luid);
            }
        },
    );
}

/// Was the logon of this record's ID seen in its boot?
fn has_logon(b: &Builder<'_>, row: RowId) -> bool {
    let luid = b.host.ev(row).luid;
    luid.and_then(|l| b.logons.get(b.host.boot(row), l)).is_some_and(|r| !r.logons.is_empty())
}

fn is_end(action: Action) -> bool {
    matches!(action, Action::SessionDisconnected | Action::LogoffInitiated | Action::Logoff)
}

/// All ends in order.
fn end_rows(b: &Builder<'_>) -> Vec<RowId> {
    let mut rows: Vec<RowId> = [Action::SessionDisconnected, Action::LogoffInitiated, Action::Logoff]
        .iter()
        .flat_map(|a| b.host.of(*a).iter().copied())
        .collect();
    rows.sort_unstable();
    rows
}

/// Ends whose logon ID belongs to a session: the last one that had begun.
fn by_owner(b: &mut Builder<'_>) -> BTreeMap<DraftId, Vec<RowId>> {
    let host = b.host;
    let owners = owners_by_luid(b);
    let mut found: BTreeMap<DraftId, Vec<RowId>> = BTreeMap::new();
    for (id, draft) in b.drafts.iter().enumerate() {
        let own: Vec<RowId> =
            draft.rows().filter(|&r| is_end(host.ev(r).action) && is_own(draft, host.ev(r).luid)).collect();
        if !own.is_empty() {
            found.insert(id, own);
        }
    }
    for row in end_rows(b) {
        if !b.is_free(row) {
            continue;
        }
        let Some(ids) = host.ev(row).luid.and_then(|l| owners.get(&(host.boot(row), l))) else { continue };
        // One desktop, one presence after the other: the one that ends at this moment, else the last that had begun.
        let from_end = |id: DraftId| b.drafts[id].end.map(|e| host.millis(e.row, row).unsigned_abs());
        let ending = ids
            .iter()
            .copied()
            .filter_map(|id| Some((from_end(id)?, id)))
            .filter(|(away, _)| *away <= SAME_MOMENT_MILLIS.unsigned_abs())
            .min();
        let begun =
            |id: &&DraftId| b.drafts[**id].begin.is_none_or(|begin| host.millis(begin, row) >= -TICK_MILLIS);
        let last = || ids.iter().rev().find(begun).or(ids.first()).copied();
        let Some(id) = ending.map(|(_, id)| id).or_else(last) else { continue };
        found.entry(id).or_default().push(row);
    }
    found
}

fn is_own(draft: &Draft, luid: Option<Luid>) -> bool {
    luid.is_some_and(|l| draft.own_luids.contains(&l))
}

/// Decides a session's end from the ends of its logon ID, and gives it the records of that moment.
fn settle(b: &mut Builder<'_>, id: DraftId, rows: &[RowId]) {
    let host = b.host;
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    let of = |action: Action| rows.iter().copied().filter(move |&r| host.ev(r).action == action);
    let disconnect = of(Action::SessionDisconnected).next();
    let logoff = of(Action::LogoffInitiated).next().or_else(|| of(Action::Logoff).next_back());
    let draft = &b.drafts[id];
    let from_log = draft.end;
    // A reason alone (40) or the daemon's line is a weaker word than the logon's own end.
    let weak = from_log.is_some_and(|e| match host.ev(e.row).action {
        Action::TerminalReason | Action::SshMessage => true,
        // A logoff logs a disconnect as well; its own 23 may be lost.
        Action::TerminalDisconnected => {
            logoff.is_some_and(|l| host.millis(e.row, l).abs() <= SAME_MOMENT_MILLIS)
        }
        _ => false,
    });
    if from_log.is_none() || weak {
        let end = match (disconnect, logoff) {
            (Some(d), Some(l)) if host.millis(d, l) > SAME_MOMENT_MILLIS => {
                Some(End { row: d, kind: EndKind::Disconnect })
            }
            (_, Some(row)) => Some(End { row, kind: EndKind::Logoff }),
            (Some(row), None) => Some(End { row, kind: EndKind::Disconnect }),
            (None, None) => None,
        };
        let end = end.filter(|e| from_log.is_none_or(|f| host.millis(f.row, e.row).abs() <= LONE_END_MILLIS));
        if draft.outcome == SessionOutcome::Success && end.is_some() {
            b.drafts[id].end = end;
        }
    }
    let end = b.drafts[id].end;
    let via = b.drafts[id].begin.unwrap_or(b.drafts[id].seed);
    // A reconnect runs under one logon; where 4647 names it, the other half of a UAC pair is not this session's.
    let named = rows.iter().copied().find(|&r| host.ev(r).action == Action::LogoffInitiated);
    let named = named.and_then(|r| host.ev(r).luid).filter(|_| b.drafts[id].how == How::Reconnect);
    for row in rows {
        if named.is_some_and(|l| host.ev(row).action == Action::Logoff && host.ev(row).luid != Some(l)) {
            continue;
        }
        let close = end.is_none_or(|e| host.millis(e.row, row).abs() <= SAME_END_MILLIS);
        let both_halves = end.is_some_and(|e| host.ev(e.row).action == Action::Logoff)
            && host.ev(row).action == Action::Logoff;
        if !close && !both_halves {
            // The desktop lived on and was logged off later, when nobody was connected.
            continue;
        }
        if host.ev(row).action == Action::SessionDisconnected {
            bridge(b, id, row, Role::Disconnect, end.filter(|e| e.row != row).map_or(via, |e| e.row));
        } else {
            let via = b.names_luid(id, host.ev(row).luid).unwrap_or(via);
            b.give_by_luid(id, row, Role::Logoff, via);
        }
    }
}

/// Ends whose logon ID no session has: rows of their own, how unknown. 4634 of two halves that close together are one.
fn lone_ends(b: &mut Builder<'_>) -> Vec<(RowId, DraftId)> {
    let host = b.host;
    let mut new: BTreeMap<(usize, Luid), DraftId> = BTreeMap::new();
    let mut found = Vec::new();
    let owners = owners_by_luid(b);
    for row in end_rows(b) {
        let ev = host.ev(row);
        let Some(luid) = ev.luid else { continue };
        let key = (host.boot(row), luid);
        // What belongs to a session that had ended by then is no row: its desktop was logged off later.
        if !b.is_free(row) || owners.contains_key(&key) || has_logon(b, row) {
            continue;
        }
        let known =
            new.get(&key).copied().or_else(|| other_half(b, row, &new)).or_else(|| nla_of_lone(b, row));
        if let Some(id) = known {
            if b.drafts[id].desktop.is_none() {
                if b.drafts[id].kind == Kind::InteractiveUnknown && ev.logon_type.is_some() {
                    b.drafts[id].kind = kind_of_type(ev.logon_type);
                }
                new.insert(key, id);
                b.drafts[id].own_luids.insert(luid);
                found.push((row, id));
            }
            continue;
        }
        if is_twin_of_known(b, row) {
            continue;
        }
        let kind = match ev.action {
            Action::SessionDisconnected => window_station_kind(ev),
            Action::Logoff => kind_of_type(ev.logon_type),
            _ => Kind::InteractiveUnknown,
        };
        let mut draft = Draft::new(host.boot(row), kind, How::Unknown, row);
        draft.background = account_kind(ev).is_background() || matches!(ev.logon_type, Some(0 | 5));
        draft.own_luids.insert(luid);
        let role = if ev.action == Action::SessionDisconnected { Role::Disconnect } else { Role::Logoff };
        let id = b.start(draft, role);
        new.insert(key, id);
        found.push((row, id));
    }
    found
}

/// Is this the logoff of the other half of a logon whose session is known, at the moment when that logs off? It is part of
/// that presence, and no presence of its own.
fn is_twin_of_known(b: &Builder<'_>, row: RowId) -> bool {
    let host = b.host;
    let ev = host.ev(row);
    if ev.action != Action::Logoff || !matches!(ev.logon_type, Some(2 | 10 | 11)) {
        return false;
    }
    let from = host.at(row).plus_millis(-SAME_MOMENT_MILLIS);
    let to = host.at(row).plus_millis(SAME_MOMENT_MILLIS);
    [Action::LogoffInitiated, Action::Logoff, Action::TerminalLogoff]
        .iter()
        .flat_map(|a| host.between(*a, host.boot(row), from, to).iter().copied())
        .any(|r| r != row && !b.is_free(r) && same_user(host.ev(r), ev))
}

/// The lone end of a UAC twin: same user, same interactive type, same moment.
fn other_half(b: &Builder<'_>, row: RowId, new: &BTreeMap<(usize, Luid), DraftId>) -> Option<DraftId> {
    let host = b.host;
    let ev = host.ev(row);
    let interactive = matches!(ev.logon_type, Some(2 | 10 | 11)) || ev.action != Action::Logoff;
    if !interactive {
        return None;
    }
    let from = host.at(row).plus_millis(-SAME_MOMENT_MILLIS);
    [Action::LogoffInitiated, Action::Logoff, Action::SessionDisconnected]
        .iter()
        .flat_map(|a| host.between(*a, host.boot(row), from, host.at(row)).iter().copied())
        .filter(|&r| r != row && same_user(host.ev(r), ev) && host.ev(r).luid != ev.luid)
        .filter(|&r| matches!(host.ev(r).logon_type, None | Some(2 | 10 | 11)))
        .find_map(|r| host.ev(r).luid.and_then(|l| new.get(&(host.boot(r), l)).copied()))
}

/// A lone 4634 type 3 of the user of a remote session that ended at that moment is its NLA half's.
fn nla_of_lone(b: &mut Builder<'_>, row: RowId) -> Option<DraftId> {
    let host = b.host;
    let ev = host.ev(row);
    if ev.action != Action::Logoff || ev.logon_type != Some(3) {
        return None;
    }
    let from = host.at(row).plus_millis(-LONE_END_MILLIS);
    let id = [Action::TerminalDisconnected, Action::TerminalLogoff]
        .iter()
        .flat_map(|a| host.between(*a, host.boot(row), from, host.at(row)).iter().copied())
        .filter_map(|end| b.owner[end])
        .find(|&id| {
            let d = &b.drafts[id];
            d.how == How::Unknown
                && d.is_remote()
                && d.desktop.is_some()
                && d.rows().any(|r| same_user(host.ev(r), ev))
        })?;
    let via = b.drafts[id].end.map_or(b.drafts[id].seed, |e| e.row);
    b.give_near(id, row, Role::Nla, via);
    Some(id)
}

/// Where nothing better is logged, the last NLA half's own logoff is the disconnect.
fn nla_logoffs(b: &mut Builder<'_>) {
    let host = b.host;
    for id in 0..b.drafts.len() {
        let draft = &b.drafts[id];
        if draft.end.is_some() || !draft.is_remote() || draft.outcome != SessionOutcome::Success {
            continue;
        }
        let Some(&half) = draft.nla.last() else { continue };
        let Some(begin) = draft.begin else { continue };
        let Some(luid) = host.ev(half).luid else { continue };
        let closing = b.logons.get(draft.boot, luid).and_then(|r| r.logoffs.last().copied());
        // Where LSM shows the desktop and goes on, it would show the disconnect as well.
        let lsm = draft.desktop.and(draft.begin).map(|r| host.ev(r).log.clone());
        let shown_open = |row: RowId| lsm.as_deref().is_some_and(|log| host.covers(log, host.ev(row).time));
        if let Some(row) = closing.filter(|&r| !shown_open(r))
            && (host.millis(begin, row) > NLA_CLOSES_MILLIS
                || draft.how == How::AuthOnly && host.millis(begin, row) >= 0)
        {
            b.drafts[id].end = Some(End { row, kind: EndKind::NlaLogoff });
            if let Some(part) = b.drafts[id].parts.iter_mut().find(|p| p.row == row) {
                part.role = Role::Nla;
                part.rule = LinkRule::Luid;
            }
        }
    }
}
