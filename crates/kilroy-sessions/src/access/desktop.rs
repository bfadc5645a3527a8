//! Access sessions that stand on a desktop: connections of the local session manager, reconnects by 4778, and the
//! interactive logons that belong to them.

use kilroy_model::{Action, EndKind, How, Kind, LinkRule, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::draft::{DesktopRef, Draft, DraftId, End, Shared};
use crate::access::fold::fold;
use crate::access::owners::Owners;
use crate::desktops::{DesktopConnection, role_of};
use crate::host::{Host, RowId, account_kind, address, same_cloud_user, same_place, same_user};
use crate::logons::{LogonGroup, LogonGroups, LogonKey};
use crate::mix::Map;
use crate::record::Ev;

/// 4778 and LSM 25 are written within these.
const BRIDGE_MILLIS: i64 = 5000;

/// From the interactive logon to LSM 21: profile and shell take their time.
const LOGON_TO_DESKTOP_MILLIS: i64 = 30_000;

/// A logon record may come a moment after the desktop's own.
const LOGON_AFTER_DESKTOP_MILLIS: i64 = 2000;

/// The throw-away logon of a reconnect (types 10 and 7) may follow it.
const THROW_AWAY_AFTER_MILLIS: i64 = 10_000;

/// Logon types that can make or take up a remote desktop.
const REMOTE_TYPES: [u8; 3] = [10, 12, 7];

/// Logon types of the console.
const LOCAL_TYPES: [u8; 4] = [2, 11, 7, 13];

/// One access session per connection that the local session manager shows.
pub(crate) fn connections(b: &mut Builder<'_>) {
    let desktops = b.desktops;
    for (d, desktop) in desktops.iter().enumerate() {
        for (c, connection) in desktop.connections.iter().enumerate() {
            let Some(&first) = connection.rows.first() else { continue };
            let seed = connection.begin.or(connection.end).unwrap_or(first);
            let mut draft = Draft::new(desktop.boot, kind_of(b.host, connection), connection.how, seed);
            draft.begin = connection.begin;
            let more = draft.more();
            more.desktop = Some(DesktopRef { desktop: d, connection: c });
            more.session_id = Some(desktop.session_id);
            more.activity = connection.begin.and_then(|r| b.host.ev(r).activity_id());
            more.reason = connection.reason;
            draft.background = account_kind(b.host.ev(seed)).is_background();
            draft.end = connection.end.zip(connection.end_kind).map(|(row, kind)| End { row, kind });
            if connection.end_kind == Some(EndKind::Superseded) {
                draft.superseded = true;
                // Of a next connection without a begin its disconnect is a bound, too.
                let next = desktop.connections.get(c + 1);
                draft.more().superseded_by =
                    next.map_or(desktop.superseded_by, |next| next.first_sign(b.host));
            }
            let id = b.start(draft, role_of(b.host.ev(seed)));
            for &row in &connection.rows {
                let ev = b.host.ev(row);
                let own = ev.terminal_session() == Some(desktop.session_id);
                let (rule, shared) = if own {
                    (LinkRule::TerminalSession, Shared::Desktop)
                } else {
                    (LinkRule::ActivityId, Shared::Activity)
                };
                // What a throw-away session logs is part of looking for the desktop, not of leaving it.
                let role = if own { role_of(ev) } else { Role::Arbitration };
                b.give(id, row, role, rule, seed, shared);
            }
        }
    }
}

/// Remote or local, as the connection's own records say.
fn kind_of(host: &Host<'_>, connection: &DesktopConnection) -> Kind {
    let rows = connection.begin.into_iter().chain(connection.rows.iter().copied());
    for row in rows {
        let ev = host.ev(row);
        if ev.local() {
            return Kind::InteractiveLocal;
        }
        if ev.ip().is_some() {
            return Kind::InteractiveRemote;
        }
    }
    Kind::InteractiveUnknown
}

/// 4778: ties the logon ID to the connection that LSM 25 shows at that moment, or is the reconnect itself.
pub(crate) fn reconnects(b: &mut Builder<'_>) {
    let host = b.host;
    let begun: Vec<(DraftId, RowId)> = b
        .drafts
        .iter()
        .enumerate()
        .filter(|(_, d)| d.how == How::Reconnect)
        .filter_map(|(id, d)| Some((id, d.begin?)))
        .collect();
    let mut pairs = Vec::new();
    for &(id, begin) in &begun {
        for &row in host.between(Action::SessionReconnected, begin, -BRIDGE_MILLIS, BRIDGE_MILLIS) {
            if same_user(host.ev(row), host.ev(begin)) {
                pairs.push((host.millis(row, begin).unsigned_abs(), row, id));
            }
        }
    }
    b.give_nearest(
        pairs,
        |b, id, _| !b.has(id, Action::SessionReconnected),
        |b, id, row| {
            let via = b.reference(id);
            bridge(b, id, row, Role::Reconnect, via);
        },
    );
    for &row in host.of(Action::SessionReconnected) {
        if !b.is_free(row) {
            continue;
        }
        let ev = host.ev(row);
        let mut draft = Draft::new(host.boot(row), window_station_kind(ev), How::Reconnect, row);
        draft.begin = Some(row);
        draft.background = account_kind(ev).is_background();
        let id = b.start(draft, Role::Reconnect);
        b.make_own(id, row);
    }
}

/// Gives 4778 or 4779 to a session: from then on its logon ID is known.
pub(crate) fn bridge(b: &mut Builder<'_>, id: DraftId, row: RowId, role: Role, via: RowId) {
    if b.give(id, row, role, LinkRule::ReconnectBridge, via, Shared::Station) {
        b.make_own(id, row);
    }
}

/// Remote or local, as 4778 and 4779 say.
pub(crate) fn window_station_kind(ev: Ev<'_>) -> Kind {
    let named = |prefix: &str| {
        ev.session_name()
            .is_some_and(|n| n.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)))
    };
    if ev.local() || named("console") {
        Kind::InteractiveLocal
    } else if ev.ip().is_some() || named("rdp") || named("ica") {
        Kind::InteractiveRemote
    } else {
        Kind::InteractiveUnknown
    }
}

/// 4825: a session of its own, refused; the short logon with its logon ID is part of it.
pub(crate) fn denials(b: &mut Builder<'_>, groups: &mut LogonGroups) {
    for &row in b.host.of(Action::LogonDenied) {
        let ev = b.host.ev(row);
        let mut draft = Draft::new(b.host.boot(row), Kind::InteractiveRemote, How::Logon, row);
        draft.outcome = SessionOutcome::Denied;
        draft.begin = Some(row);
        draft.background = account_kind(ev).is_background();
        let id = b.start(draft, Role::Denied);
        b.make_own(id, row);
        let Some(key) = b.logons.key_of(row) else { continue };
        let of_luid = b.logons.records(key).logons.iter().filter_map(|&logon| groups.with(logon)).min();
        // Of two halves the one that the 4825 names may be lost.
        let other_half = || {
            let before = b.host.between(Action::Logon, row, -THROW_AWAY_AFTER_MILLIS, 0);
            let linked = |&&r: &&RowId| ev.luid().is_some() && b.host.ev(r).linked_luid() == ev.luid();
            before.iter().rfind(linked).and_then(|&r| groups.with(r))
        };
        if let Some(at) = of_luid.or_else(other_half) {
            give_group(b, id, groups.take(at), row, true);
        }
    }
}

/// Gives the interactive logons that belong to a connection to it: the logon that made the desktop, and the throw-away
/// ones of a reconnect.
pub(crate) fn logons_of_desktops(b: &mut Builder<'_>, groups: &mut LogonGroups) {
    let host = b.host;
    let mut begun: Vec<(u32, kilroy_model::Timestamp, DraftId)> = b
        .drafts
        .iter()
        .enumerate()
        .filter(|(_, d)| d.outcome == SessionOutcome::Success)
        .filter_map(|(id, d)| d.begin.map(|r| (host.boot(r), host.at(r), id)))
        .collect();
    begun.sort_unstable();
    let mut pairs = Vec::new();
    for group in groups.iter() {
        let first = group.first();
        if !host.ev(first).logon_type().is_some_and(|t| LOCAL_TYPES.contains(&t) || REMOTE_TYPES.contains(&t))
        {
            continue;
        }
        let (boot, at) = (host.boot(first), host.at(first));
        let from = at.plus_millis(-THROW_AWAY_AFTER_MILLIS);
        let to = at.plus_millis(LOGON_TO_DESKTOP_MILLIS);
        let lo = begun.partition_point(|(b, t, _)| (*b, *t) < (boot, from));
        // Whoever has a desktop (4778, 4779) is no throw-away logon.
        let has_desktop = group.rows().filter_map(|r| b.logons.of_row(r)).any(|records| {
            let station = |r: &RowId| {
                matches!(host.ev(*r).action, Action::SessionReconnected | Action::SessionDisconnected)
            };
            records.others.iter().any(station)
        });
        // The throw-away logon of a reconnect has an ID of its own: that of the desktop is the logon that made it.
        let makes = |id: DraftId| {
            let mut keys =
                group.rows().filter_map(|r| b.logons.key_of(r)).chain(b.logons.lost_half(host, first));
            keys.any(|key| b.drafts[id].owns(key))
        };
        for &(_, _, id) in begun[lo..].iter().take_while(|(b, t, _)| (*b, *t) <= (boot, to)) {
            if b.drafts[id].how == How::Reconnect && (has_desktop || makes(id)) {
                continue;
            }
            if let Some(distance) = belongs(b, id, first) {
                pairs.push((distance, first, id));
            }
        }
    }
    b.give_nearest(
        pairs,
        |b, id, _| b.drafts[id].how != How::Logon || b.drafts[id].owns_none(),
        |b, id, row| {
            let makes_desktop = b.drafts[id].how == How::Logon;
            let via = b.reference(id);
            if let Some(at) = groups.with(row) {
                give_group(b, id, groups.get(at), via, makes_desktop);
            }
        },
    );
    groups.retain(|first| b.is_free(first));
}

/// What somebody does who came back runs under the logon that made the desktop: its logon IDs are those of every later
/// connection, too.
pub(crate) fn logon_ids_of_later_connections(b: &mut Builder<'_>) {
    let mut of_desktop: Map<usize, Vec<LogonKey>> = Map::default();
    let drafts: Vec<(DraftId, usize)> =
        (0..b.drafts.len()).filter_map(|id| Some((id, b.drafts[id].desktop()?.desktop))).collect();
    for (id, desktop) in drafts {
        if b.drafts[id].how == How::Logon {
            of_desktop.insert(desktop, b.drafts[id].own().collect());
        } else if b.drafts[id].owns_none() {
            for key in of_desktop.get(&desktop).into_iter().flatten() {
                b.drafts[id].make_own(*key);
            }
        }
    }
}

/// 4778 without its 25: the logon ID says which desktop was taken up again. Whatever the session manager logs of that
/// desktop from then on is of the new presence, and the old one ended before.
pub(crate) fn reconnects_of_known_desktops(b: &mut Builder<'_>) {
    let host = b.host;
    let owners = Owners::new(b);
    let lone: Vec<DraftId> = (0..b.drafts.len())
        .filter(|&id| b.drafts[id].how == How::Reconnect && b.drafts[id].desktop().is_none())
        .collect();
    for id in lone {
        let Some(begin) = b.drafts[id].begin else { continue };
        let Some(key) = b.logons.key_of(begin) else { continue };
        let last = owners.of(key).iter().copied().rev().find(|&other| {
            let draft = &b.drafts[other];
            draft.desktop().is_some() && draft.begin.is_some_and(|r| r < begin)
        });
        let Some(last) = last else { continue };
        let old = &b.drafts[last];
        let later = |row: RowId| host.millis(begin, row) > BRIDGE_MILLIS;
        if !old.end.is_some_and(|e| later(e.row))
            && let Some(unseen) = left_next(b, last, begin)
        {
            if b.drafts[last].superseded {
                b.drafts[last].more().superseded_by = Some(begin);
            }
            fold(b, unseen, id);
            continue;
        }
        let over = if old.superseded { old.superseded_by() } else { old.end.map(|e| e.row) };
        if !over.is_some_and(later) {
            continue;
        }
        let old = &mut b.drafts[last];
        let (end, reason, session) = (old.end.take(), old.reason(), old.session_id());
        let (superseded, superseded_by) = (old.superseded, old.superseded_by());
        old.superseded = true;
        old.more().superseded_by = Some(begin);
        old.more().reason = None;
        let new = b.drafts[id].more();
        new.reason = reason;
        new.session_id = session;
        new.superseded_by = superseded_by;
        b.drafts[id].superseded = superseded;
        b.drafts[id].end = end;
        b.hand_over(last, id, begin);
    }
}

/// The connection after another one to the same desktop, if it has no begin of its own and ends after this record.
fn left_next(b: &Builder<'_>, last: DraftId, begin: RowId) -> Option<DraftId> {
    let before = b.drafts[last].desktop()?;
    // The connections of a desktop are drafted one after the other.
    let next = last + 1;
    let draft = b.drafts.get(next)?;
    let follows =
        draft.desktop().is_some_and(|d| d.desktop == before.desktop && d.connection == before.connection + 1);
    (follows && draft.begin.is_none() && draft.end.is_some_and(|e| e.row > begin)).then_some(next)
}

/// How far a logon is from a connection's begin, if it can belong to it.
fn belongs(b: &Builder<'_>, id: DraftId, logon: RowId) -> Option<u64> {
    let host = b.host;
    let draft = &b.drafts[id];
    let begin = draft.begin?;
    let (ev, head) = (host.ev(logon), host.ev(begin));
    let ahead = host.millis(logon, begin);
    // Sysmon may know exactly which desktop the logon runs on.
    let tied =
        ev.luid().and_then(|l| host.desktop_tie(draft.boot, l)).and_then(|r| host.ev(r).terminal_session());
    if draft.how == How::Logon && tied.is_some() && draft.session_id().is_some() && tied != draft.session_id()
    {
        return None;
    }
    let cloud = ahead.abs() <= THROW_AWAY_AFTER_MILLIS && same_cloud_user(ev, head);
    if !same_user(ev, head) && !cloud {
        return None;
    }
    let after =
        if draft.how == How::Reconnect { THROW_AWAY_AFTER_MILLIS } else { LOGON_AFTER_DESKTOP_MILLIS };
    if ahead > LOGON_TO_DESKTOP_MILLIS || ahead < -after {
        return None;
    }
    let logon_type = ev.logon_type()?;
    let fits = match draft.kind {
        Kind::InteractiveLocal => LOCAL_TYPES.contains(&logon_type),
        Kind::InteractiveRemote => REMOTE_TYPES.contains(&logon_type),
        _ => LOCAL_TYPES.contains(&logon_type) || REMOTE_TYPES.contains(&logon_type),
    };
    // runas and services that log a user on make no desktop.
    let by_winlogon = ev
        .logon_process()
        .is_none_or(|p| !["seclogo", "advapi"].iter().any(|other| p.trim().eq_ignore_ascii_case(other)));
    if !fits || !by_winlogon {
        return None;
    }
    // A desktop is made by a real logon; an unlock takes one up again.
    if draft.how == How::Logon && matches!(logon_type, 7 | 13) {
        return None;
    }
    let loopback = address(ev).is_some_and(|ip| ip.is_loopback());
    let elsewhere = draft.is_remote() && !same_place(ev, head) && !(loopback && head.ip().is_none());
    // Addresses behind NAT differ between logs: they cost distance, but do not rule out.
    let penalty = if elsewhere { 60_000 } else { 0 };
    if elsewhere && ahead.abs() > THROW_AWAY_AFTER_MILLIS {
        return None;
    }
    Some(ahead.unsigned_abs() + penalty)
}

/// Gives a logon, both halves of it, to a session.
pub(crate) fn give_group(
    b: &mut Builder<'_>,
    id: DraftId,
    group: LogonGroup,
    via: RowId,
    makes_desktop: bool,
) {
    let first = group.first();
    let host = b.host;
    if host.ev(first).luid().is_some_and(|l| host.ev(via).luid() == Some(l)) {
        b.give_by_luid(id, first, Role::Logon, via);
    } else if via != first {
        b.give_near(id, first, Role::Logon, via);
    }
    if let Some(twin) = group.twin() {
        b.give(id, twin, Role::Logon, LinkRule::LinkedToken, first, Shared::LinkedLuid);
    }
    if makes_desktop {
        group.rows().for_each(|row| b.make_own(id, row));
        if let Some(half) = b.logons.lost_half(host, first) {
            b.drafts[id].make_own(half);
        }
    }
}
