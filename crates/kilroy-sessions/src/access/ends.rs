//! How sessions end: logoffs and disconnects by logon ID, and ends whose begin nobody saw.

use kilroy_model::{Action, EndKind, How, Kind, LinkRule, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::desktop::{bridge, window_station_kind};
use crate::access::draft::{Draft, DraftId, End};
use crate::access::owners::Owners;
use crate::access::plain::kind_of_type;
use crate::host::{RowId, account_kind, same_user};
use crate::logons::LogonKey;
use crate::mix::Map;

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
    found.extend(lone_ends(b));
    found.sort_unstable();
    for of_session in found.chunk_by(|a, b| a.0 == b.0) {
        let rows: Vec<RowId> = of_session.iter().map(|(_, row)| *row).collect();
        settle(b, of_session[0].0, &rows);
    }
    nla_logoffs(b);
}

/// 4634 of NLA halves and of a reconnect's throw-away logons: they end themselves, not the session.
fn closings_of_passing_logons(b: &mut Builder<'_>) {
    for id in 0..b.drafts.len() {
        let passing: Vec<(RowId, LogonKey, Role)> = b
            .parts(id)
            .filter(|p| b.host.ev(p.row).action == Action::Logon)
            .filter_map(|p| Some((p.row, b.logons.key_of(p.row)?, p.role)))
            .filter(|(_, key, _)| !b.drafts[id].owns(*key) && b.logons.luid(*key).0 != 0)
            .collect();
        for (logon, key, role) in passing {
            let records = b.logons.records(key);
            let role = if role == Role::Nla { Role::Nla } else { Role::Logoff };
            for &row in records.logoffs.iter().chain(records.initiated) {
                b.give_by_luid(id, row, role, logon);
            }
        }
    }
}

/// 4779 at the moment of a desktop's disconnect, where the desktop's logon ID is not known yet.
fn disconnects_of_desktops(b: &mut Builder<'_>) {
    let host = b.host;
    let ended: Vec<(DraftId, RowId)> = b
        .drafts
        .iter()
        .enumerate()
        .filter(|(_, d)| d.desktop().is_some() && d.owns_none())
        .filter_map(|(id, d)| Some((id, d.end?.row)))
        .collect();
    if ended.is_empty() {
        return;
    }
    let owners = Owners::new(b);
    let mut pairs = Vec::new();
    for (id, end) in ended {
        let desktop = b.drafts[id].desktop().map(|d| d.desktop);
        for action in [Action::SessionDisconnected, Action::LogoffInitiated, Action::Logoff] {
            for &row in host.between(action, end, -LONE_END_MILLIS, LONE_END_MILLIS) {
                let ev = host.ev(row);
                let holders = b.logons.key_of(row).map_or(&[][..], |key| owners.of(key));
                let unknown = holders.is_empty() && !has_logon(b, row);
                // A reconnect runs under the logon that made its desktop; 4779 and 4647 name that.
                let of_desktop = action != Action::Logoff
                    && holders.iter().any(|&h| b.drafts[h].desktop().map(|d| d.desktop) == desktop);
                let desktop_logon = matches!(ev.logon_type(), None | Some(2 | 7 | 10 | 11 | 12));
                let fits = b.is_free(row) && (unknown || of_desktop) && desktop_logon;
                if fits && b.rows(id).any(|r| same_user(host.ev(r), ev)) {
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
                b.make_own(id, row);
            }
        },
    );
}

/// Was the logon of this record's ID seen in its boot?
fn has_logon(b: &Builder<'_>, row: RowId) -> bool {
    b.logons.of_row(row).is_some_and(|r| !r.logons.is_empty())
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

/// Ends whose logon ID belongs to a session: the last one that had begun. In the order of sessions, then of records.
fn by_owner(b: &Builder<'_>) -> Vec<(DraftId, RowId)> {
    let host = b.host;
    let owners = Owners::new(b);
    let mut found: Vec<(DraftId, RowId)> = Vec::new();
    for (id, draft) in b.drafts.iter().enumerate() {
        let is_own =
            |&r: &RowId| is_end(host.ev(r).action) && b.logons.key_of(r).is_some_and(|key| draft.owns(key));
        found.extend(b.rows(id).filter(is_own).map(|row| (id, row)));
    }
    let mut endings = Endings::default();
    for row in end_rows(b) {
        if !b.is_free(row) {
            continue;
        }
        let Some(key) = b.logons.key_of(row) else { continue };
        let ids = owners.of(key);
        // One desktop, one presence after the other: the one that ends at this moment, else the last that had begun.
        let begun = ids.partition_point(|&id| {
            b.drafts[id].begin.is_none_or(|begin| host.millis(begin, row) >= -TICK_MILLIS)
        });
        let last = ids[..begun].last().or(ids.first()).copied();
        let Some(id) = endings.at(b, key, ids, row).or(last) else { continue };
        found.push((id, row));
    }
    found
}

/// The ends of the sessions of one logon ID, to look up which of them ends at a moment.
#[derive(Default)]
struct Endings {
    by_end: Map<LogonKey, Vec<(RowId, DraftId)>>,
}

impl Endings {
    /// A few are looked through; many are sorted once.
    const FEW: usize = 8;

    fn at(&mut self, b: &Builder<'_>, key: LogonKey, ids: &[DraftId], row: RowId) -> Option<DraftId> {
        let away = |end: RowId| b.host.millis(end, row).unsigned_abs();
        let ends = |id: &DraftId| Some((b.drafts[*id].end?.row, *id));
        let near = |&(end, _): &(RowId, DraftId)| away(end) <= SAME_MOMENT_MILLIS.unsigned_abs();
        let nearest = |list: &mut dyn Iterator<Item = (RowId, DraftId)>| {
            list.map(|(end, id)| (away(end), id)).min().map(|(_, id)| id)
        };
        if ids.len() <= Self::FEW {
            return nearest(&mut ids.iter().filter_map(ends).filter(near));
        }
        let list = self.by_end.entry(key).or_insert_with(|| {
            let mut list: Vec<_> = ids.iter().filter_map(ends).collect();
            list.sort_unstable();
            list
        });
        let at = list.partition_point(|(end, _)| *end < row);
        let ahead = list[..at].iter().rev().take_while(|e| near(e));
        let behind = list[at..].iter().take_while(|e| near(e));
        nearest(&mut ahead.chain(behind).copied())
    }
}

/// Decides a session's end from the ends of its logon ID, and gives it the records of that moment.
fn settle(b: &mut Builder<'_>, id: DraftId, rows: &[RowId]) {
    let host = b.host;
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
    let named = named.and_then(|r| host.ev(r).luid()).filter(|_| b.drafts[id].how == How::Reconnect);
    for &row in rows {
        if named.is_some_and(|l| host.ev(row).action == Action::Logoff && host.ev(row).luid() != Some(l)) {
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
            let via = b.names_luid(id, host.ev(row).luid()).unwrap_or(via);
            b.give_by_luid(id, row, Role::Logoff, via);
        }
    }
}

/// Ends whose logon ID no session has: rows of their own, how unknown. 4634 of two halves that close together are one.
fn lone_ends(b: &mut Builder<'_>) -> Vec<(DraftId, RowId)> {
    let host = b.host;
    let mut new: Map<LogonKey, DraftId> = Map::default();
    let mut found = Vec::new();
    let owners = Owners::new(b);
    for row in end_rows(b) {
        let ev = host.ev(row);
        let Some(key) = b.logons.key_of(row) else { continue };
        // What belongs to a session that had ended by then is no row: its desktop was logged off later.
        if !b.is_free(row) || !owners.of(key).is_empty() || has_logon(b, row) {
            continue;
        }
        let known =
            new.get(&key).copied().or_else(|| other_half(b, row, &new)).or_else(|| nla_of_lone(b, row));
        if let Some(id) = known {
            if b.drafts[id].desktop().is_none() {
                if b.drafts[id].kind == Kind::InteractiveUnknown && ev.logon_type().is_some() {
                    b.drafts[id].kind = kind_of_type(ev.logon_type());
                }
                new.insert(key, id);
                b.drafts[id].make_own(key);
                found.push((id, row));
            }
            continue;
        }
        if is_twin_of_known(b, row) {
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

/// Is this the logoff of the other half of a logon whose session is known, at the moment when that logs off? It is part of
/// that presence, and no presence of its own.
fn is_twin_of_known(b: &Builder<'_>, row: RowId) -> bool {
    let host = b.host;
    let ev = host.ev(row);
    if ev.action != Action::Logoff || !matches!(ev.logon_type(), Some(2 | 10 | 11)) {
        return false;
    }
    [Action::LogoffInitiated, Action::Logoff, Action::TerminalLogoff]
        .iter()
        .flat_map(|a| host.between(*a, row, -SAME_MOMENT_MILLIS, SAME_MOMENT_MILLIS).iter().copied())
        .any(|r| r != row && !b.is_free(r) && same_user(host.ev(r), ev))
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
            d.how == How::Unknown
                && d.is_remote()
                && d.desktop().is_some()
                && b.rows(id).any(|r| same_user(host.ev(r), ev))
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
        let Some(&half) = draft.nla().last() else { continue };
        let Some(begin) = draft.begin else { continue };
        let closing = b.logons.of_row(half).and_then(|r| r.logoffs.last().copied());
        // Where LSM shows the desktop and goes on, it would show the disconnect as well.
        let lsm = draft.desktop().and(draft.begin).map(|r| host.ev(r).log());
        let shown_open = |row: RowId| lsm.is_some_and(|log| host.covers(log, host.ev(row).time));
        if let Some(row) = closing.filter(|&r| !shown_open(r))
            && (host.millis(begin, row) > NLA_CLOSES_MILLIS
                || draft.how == How::AuthOnly && host.millis(begin, row) >= 0)
        {
            b.drafts[id].end = Some(End { row, kind: EndKind::NlaLogoff });
            b.change(id, row, Role::Nla, LinkRule::Luid);
        }
    }
}
