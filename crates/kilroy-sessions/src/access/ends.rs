//! How sessions end: logoffs and disconnects by logon ID, and ends whose begin nobody saw.

use kilroy_model::{Action, EndKind, How, Kind, LinkRule, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::desktop::{bridge, window_station_kind};
use crate::access::draft::{Draft, DraftId, End, Shared};
use crate::access::lone_ends::lone_ends;
use crate::access::owners::Owners;
use crate::access::plain::kind_of_type;
use crate::host::{RowId, account_kind, same_user};
use crate::logons::LogonKey;
use crate::mix::Map;

/// A logoff writes 4647, 4634, 4779, 23, 24 and 40 within a second or two.
pub(super) const SAME_MOMENT_MILLIS: i64 = 3000;

/// Ends of Security and LSM for one session lie this close together.
pub(super) const SAME_END_MILLIS: i64 = 10_000;

/// Logs of one host may disagree by a tick.
const TICK_MILLIS: i64 = 50;

/// A lone end of Security belongs to a desktop's end this close to it.
pub(super) const LONE_END_MILLIS: i64 = 5000;

/// The network logon of NLA closes with the session; one that closes right after the logon says nothing of it.
const NLA_CLOSES_MILLIS: i64 = 2000;

/// Reasons (40) that are no logoff: replaced by another connection, disconnected by the user.
const REASONS_OF_LEAVING: [u32; 2] = [5, 11];

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
    left_again(b);
    nla_logoffs(b);
    taken_up_again(b);
}

/// A 4779 of a desktop that was left before: somebody had taken it up again, and no record of that is there.
fn left_again(b: &mut Builder<'_>) {
    let host = b.host;
    let owners = Owners::new(b);
    let mut last: Map<LogonKey, (RowId, DraftId)> = Map::default();
    for &row in host.of(Action::SessionDisconnected) {
        let Some(key) = b.logons.key_of(row).filter(|_| b.is_free(row)) else { continue };
        if let Some(&(before, id)) = last.get(&key)
            && host.millis(before, row) <= SAME_END_MILLIS
        {
            b.give_by_luid(id, row, Role::Disconnect, before);
            continue;
        }
        let ends = || owners.of(key).iter().filter_map(|&id| b.drafts[id].end);
        let unseen = || owners.of(key).iter().all(|&id| b.drafts[id].how == How::Unknown);
        let left = ends().any(|e| {
            let after = host.millis(e.row, row);
            after > SAME_END_MILLIS || (after < -SAME_END_MILLIS && unseen())
        });
        // An end close to it is the same one, if that session had begun by then.
        let is_told = owners.of(key).iter().any(|&id| {
            let end = b.drafts[id].end.filter(|_| begun_by(b, id, row));
            end.is_some_and(|e| host.millis(e.row, row).abs() <= SAME_END_MILLIS)
        });
        if !left || is_told {
            continue;
        }
        let mut draft = Draft::new(host.boot(row), window_station_kind(host.ev(row)), How::Unknown, row);
        draft.background = account_kind(host.ev(row)).is_background();
        draft.make_own(key);
        draft.end = Some(End { row, kind: EndKind::Disconnect });
        let id = b.start(draft, Role::Disconnect);
        last.insert(key, (row, id));
    }
    // And who logs off at that moment has logged off.
    for action in [Action::Logoff, Action::LogoffInitiated] {
        for &row in host.of(action) {
            let Some(&(left, id)) = b.logons.key_of(row).and_then(|key| last.get(&key)) else { continue };
            if b.is_free(row) && host.millis(left, row).abs() <= SAME_MOMENT_MILLIS {
                b.give_by_luid(id, row, Role::Logoff, left);
                b.drafts[id].end = Some(End { row, kind: EndKind::Logoff });
            }
        }
    }
}

/// A presence that Security shows taken up again (4778, or the type 7 of a reconnect), and whose own end is not in the log: superseded.
fn taken_up_again(b: &mut Builder<'_>) {
    let host = b.host;
    let owners = Owners::new(b);
    for next in 0..b.drafts.len() {
        let draft = &b.drafts[next];
        if draft.how != How::Reconnect {
            continue;
        }
        let station = b.rows(next).find(|&r| host.ev(r).action == Action::SessionReconnected);
        let Some(row) = station.or(draft.begin.filter(|&r| host.ev(r).action == Action::Logon)) else {
            continue;
        };
        let own: Vec<LogonKey> = draft.own().collect();
        for key in own {
            let mut before = owners
                .of(key)
                .iter()
                .copied()
                .filter(|&id| id != next && b.drafts[id].begin.is_some_and(|begin| begin < row));
            let Some(old) = before.next_back().map(|id| &mut b.drafts[id]) else { continue };
            let desktop = matches!(
                old.kind,
                Kind::InteractiveLocal | Kind::InteractiveRemote | Kind::InteractiveUnknown
            );
            if desktop && old.end.is_none() && !old.superseded && old.outcome == SessionOutcome::Success {
                old.superseded = true;
                old.more().superseded_by = Some(row);
            }
        }
    }
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
            let half = b.logons.lost_half(b.host, logon).filter(|half| !b.drafts[id].owns(*half));
            for &row in half.map(|half| b.logons.records(half).logoffs).into_iter().flatten() {
                b.give(id, row, role, LinkRule::LinkedToken, logon, Shared::LinkedLuid);
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
                let unknown = !had_begun(b, holders, row) && !has_logon(b, row);
                // A reconnect runs under the logon that made its desktop; 4779 and 4647 name that.
                let of_desktop = action != Action::Logoff
                    && holders.iter().any(|&h| b.drafts[h].desktop().map(|d| d.desktop) == desktop);
                let desktop_logon = matches!(ev.logon_type(), None | Some(2 | 7 | 10 | 11 | 12));
                let of_another = action == Action::Logoff && is_of_taker(b, end, row);
                let fits = b.is_free(row) && (unknown || of_desktop) && desktop_logon && !of_another;
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
                if b.drafts[id].kind == Kind::InteractiveUnknown {
                    b.drafts[id].kind = window_station_kind(b.host.ev(row));
                }
            } else {
                b.give_near(id, row, Role::Logoff, via);
                b.make_own(id, row);
                let logon_type = b.host.ev(row).logon_type();
                if b.drafts[id].kind == Kind::InteractiveUnknown && logon_type.is_some() {
                    b.drafts[id].kind = kind_of_type(logon_type);
                }
            }
        },
    );
}

/// Is this the closing of the passing logon of whoever takes the desktop over at that moment? Then a 4779 names the
/// desktop's own logon ID, which is another one, or somebody is connected right afterwards.
pub(super) fn is_of_taker(b: &Builder<'_>, end: RowId, closing: RowId) -> bool {
    let host = b.host;
    let ev = host.ev(closing);
    let near = |action, before, after| host.between(action, end, before, after).iter().copied();
    let mut left = near(Action::SessionDisconnected, -SAME_MOMENT_MILLIS, SAME_MOMENT_MILLIS)
        .filter(|&r| r != end || window_station_kind(host.ev(r)) != kind_of_type(ev.logon_type()));
    let mut taken = [Action::SessionReconnected, Action::TerminalReconnected]
        .into_iter()
        .flat_map(|action| near(action, 0, SAME_MOMENT_MILLIS));
    left.any(|r| same_user(host.ev(r), ev) && host.ev(r).luid() != ev.luid())
        || taken.any(|r| same_user(host.ev(r), ev))
}

/// Was the logon of this record's ID seen in its boot?
pub(super) fn has_logon(b: &Builder<'_>, row: RowId) -> bool {
    b.logons.of_row(row).is_some_and(|r| !r.logons.is_empty())
}

fn is_end(action: Action) -> bool {
    matches!(action, Action::SessionDisconnected | Action::LogoffInitiated | Action::Logoff)
}

/// All ends in order.
pub(super) fn end_rows(b: &Builder<'_>) -> Vec<RowId> {
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
        let begun = ids.partition_point(|&id| begun_by(b, id, row));
        let last = ids[..begun].last().copied().or_else(|| a_moment_before(b, ids, row));
        let Some(id) = endings.at(b, key, ids, row).or(last) else { continue };
        found.push((id, row));
    }
    found
}

/// The session whose logon is logged a moment after its own end. What is older ends something that nobody saw begin.
pub(super) fn a_moment_before(b: &Builder<'_>, ids: &[DraftId], row: RowId) -> Option<DraftId> {
    let first = ids.first().copied()?;
    let draft = &b.drafts[first];
    let begin = draft.begin?;
    let near = b.host.millis(row, begin) <= SAME_MOMENT_MILLIS;
    (near && draft.how == How::Logon).then_some(first)
}

/// Had this session begun when the record was logged? A 4779 right before the 4778 is the connection's that it takes over.
fn begun_by(b: &Builder<'_>, id: DraftId, row: RowId) -> bool {
    let taken_over =
        b.host.ev(row).action == Action::SessionDisconnected && b.drafts[id].how == How::Reconnect;
    let tick = if taken_over { 0 } else { TICK_MILLIS };
    b.drafts[id].begin.is_none_or(|begin| b.host.millis(begin, row) >= -tick)
}

/// Had a session of this logon ID begun when this record was logged?
pub(super) fn had_begun(b: &Builder<'_>, ids: &[DraftId], row: RowId) -> bool {
    ids.iter().any(|&id| begun_by(b, id, row))
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
    // Whoever was disconnected or replaced did not log off: what closes at that moment is the other one's passing logon.
    let left =
        draft.reason().and_then(|r| host.ev(r).reason()).is_some_and(|r| REASONS_OF_LEAVING.contains(&r));
    // A reason alone (40) or the daemon's line is a weaker word than the logon's own end.
    let weak = from_log.is_some_and(|e| match host.ev(e.row).action {
        Action::TerminalReason | Action::SshMessage => true,
        // A logoff logs a disconnect as well; its own 23 may be lost.
        Action::TerminalDisconnected => {
            !left && logoff.is_some_and(|l| host.millis(e.row, l).abs() <= SAME_MOMENT_MILLIS)
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
    // Who was disconnected by then is not there when the desktop ends.
    let earlier = disconnect.zip(b.drafts[id].end).filter(|(d, e)| host.millis(*d, e.row) > LONE_END_MILLIS);
    if let Some((row, _)) = earlier
        && b.drafts[id].begin.is_some()
        && b.drafts[id].outcome == SessionOutcome::Success
    {
        b.drafts[id].end = Some(End { row, kind: EndKind::Disconnect });
        let near = |reason: &RowId| host.millis(*reason, row).abs() <= LONE_END_MILLIS;
        let reason = b.drafts[id].reason().filter(near);
        b.drafts[id].more().reason = reason;
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
        } else if let Some(named) = b.names_luid(id, host.ev(row).luid()) {
            b.give_by_luid(id, row, Role::Logoff, named);
        } else if let Some(logon) = links_luid(b, id, row) {
            b.give(id, row, Role::Logoff, LinkRule::LinkedToken, logon, Shared::LinkedLuid);
        } else {
            b.give_by_luid(id, row, Role::Logoff, via);
        }
    }
}

/// The logon of a session that names the logon ID of a record as its other half.
fn links_luid(b: &Builder<'_>, id: DraftId, row: RowId) -> Option<RowId> {
    let luid = b.host.ev(row).luid()?;
    b.rows(id).find(|&r| b.host.ev(r).linked_luid() == Some(luid))
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
