//! What comes before a remote desktop: the connection (131, 261), Network Level Authentication (type 3 logons) and the
//! authentication (1149).

use std::collections::BTreeMap;

use kilroy_model::{AccountKind, Action, How, Kind, LinkRule, Role, SessionOutcome, Timestamp};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, Shared};
use crate::access::failures::failure;
use crate::host::{RowId, account_kind, address, place, same_place, same_user};
use crate::logons::LogonGroups;
use crate::logs::LSM;
use crate::mix::Map;
use crate::words::Id;

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
pub(crate) fn desktops_of_security(b: &mut Builder<'_>, groups: &mut LogonGroups) {
    let host = b.host;
    let mut known = Desktops::of(b);
    for group in groups.iter() {
        let first = group.first();
        let ev = host.ev(first);
        let (kind, how) = match ev.logon_type() {
            Some(10 | 12) => (Kind::InteractiveRemote, How::Logon),
            Some(2 | 11) => (Kind::InteractiveLocal, How::Logon),
            Some(7)
                if is_remote(b, first)
                    && !host.covers(LSM, ev.time)
                    && has_network_logon_before(b, first) =>
            {
                (Kind::InteractiveRemote, How::Reconnect)
            }
            _ => continue,
        };
        if account_kind(ev).is_background() {
            continue;
        }
        let mut draft = Draft::new(host.boot(first), kind, how, first);
        draft.begin = Some(first);
        let id = b.start(draft, Role::Logon);
        // The logon of a reconnect is closed within seconds; the desktop runs under the logon that made it.
        crate::access::desktop::give_group(b, id, group, first, how == How::Logon);
        if how == How::Reconnect
            && let Some(last) = known.last_before(b, first)
        {
            let own: Vec<_> = b.drafts[last].own().collect();
            for key in own {
                b.drafts[id].make_own(key);
            }
        }
        known.add(b, id);
    }
    groups.retain(|first| b.is_free(first));
}

/// Desktops that somebody was logged on to, by user.
#[derive(Default)]
struct Desktops {
    by_user: Map<Id, BTreeMap<RowId, DraftId>>,
}

impl Desktops {
    fn of(b: &Builder<'_>) -> Self {
        let mut new = Self::default();
        for id in 0..b.drafts.len() {
            new.add(b, id);
        }
        new
    }

    fn add(&mut self, b: &Builder<'_>, id: DraftId) {
        let draft = &b.drafts[id];
        if !draft.owns_none()
            && matches!(draft.kind, Kind::InteractiveRemote | Kind::InteractiveLocal)
            && let Some(begin) = draft.begin
            && let Some(name) = b.host.ev(begin).name_id()
        {
            self.by_user.entry(name).or_default().insert(begin, id);
        }
    }

    /// The desktop that a reconnect without 4778 takes up: the user's last one of this boot.
    fn last_before(&self, b: &Builder<'_>, row: RowId) -> Option<DraftId> {
        let ev = b.host.ev(row);
        let of_user = self.by_user.get(&ev.name_id()?)?;
        let of_boot = of_user.range(..row).rev().take_while(|(r, _)| b.host.boot(**r) == ev.boot);
        of_boot.into_iter().find(|(r, _)| same_user(b.host.ev(**r), ev)).map(|(_, id)| *id)
    }
}

fn is_remote(b: &Builder<'_>, row: RowId) -> bool {
    address(b.host.ev(row)).is_some_and(|ip| !ip.is_loopback())
}

/// Is there a free type 3 logon of the same user and address up to 30 s before a record?
fn has_network_logon_before(b: &Builder<'_>, row: RowId) -> bool {
    let host = b.host;
    let ev = host.ev(row);
    host.logons_of_user(ev.name_id(), row, -NLA_MILLIS, 0).iter().any(|&n| {
        let other = host.ev(n);
        b.is_free(n)
            && other.logon_type() == Some(3)
            && same_user(other, ev)
            && place(other).is_some()
            && place(other) == place(ev)
    })
}

/// Gives each remote session what came before it.
pub(crate) fn beginnings(b: &mut Builder<'_>) {
    authentications(b);
    refusals_after_authentication(b);
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
            let arrived = || d.outcome != SessionOutcome::Failure || b.has(id, Action::RdpAuthenticated);
            d.is_remote() && d.begin.is_some() && arrived()
        })
        .collect();
    ids.sort_by_key(|&id| (b.drafts[id].begin, id));
    ids
}

/// When the interactive logon was: the earliest of the session's logon records and its begin.
fn logon_time(b: &Builder<'_>, id: DraftId) -> Timestamp {
    let begin = b.host.at(b.reference(id));
    b.with_role(id, Role::Logon)
        .filter(|&r| b.host.ev(r).action == Action::Logon)
        .map(|r| b.host.at(r))
        .fold(begin, Timestamp::min)
}

/// Remote sessions by a key, each key's by boot and time of the interactive logon, to look up what a record comes before.
struct Awaiting<K> {
    sessions: Vec<(K, u32, Timestamp, DraftId)>,
}

impl<K: Copy + Ord> Awaiting<K> {
    fn new(b: &Builder<'_>, keys: impl Fn(DraftId) -> Vec<K>) -> Self {
        let mut sessions: Vec<(K, u32, Timestamp, DraftId)> = Vec::new();
        for id in remote_drafts(b) {
            let time = logon_time(b, id);
            sessions.extend(keys(id).into_iter().map(|key| (key, b.drafts[id].boot, time, id)));
        }
        // The order among equals makes no difference: what is found is sorted again.
        sessions.sort_unstable();
        sessions.dedup();
        Self { sessions }
    }

    /// Sessions whose logon comes after this record, or a moment before it.
    fn after(&self, b: &Builder<'_>, key: K, row: RowId, margin: i64) -> &[(K, u32, Timestamp, DraftId)] {
        let (boot, at) = (b.host.boot(row), b.host.at(row));
        let (from, to) = (at.plus_millis(-margin), at.plus_millis(LONGEST_BEGIN_MILLIS));
        let low = self.sessions.partition_point(|(k, b, t, _)| (*k, *b, *t) < (key, boot, from));
        let len = self.sessions[low..].partition_point(|(k, b, t, _)| (*k, *b, *t) <= (key, boot, to));
        &self.sessions[low..low + len]
    }
}

/// 1149: by the connection's activity, else the nearest logon of its user and address after it.
fn authentications(b: &mut Builder<'_>) {
    let host = b.host;
    let sessions = Awaiting::new(b, |_| vec![()]);
    let mut pairs = Vec::new();
    for &row in host.of(Action::RdpAuthenticated) {
        let ev = host.ev(row);
        let activity = ev.activity_id();
        for &((), _, time, id) in sessions.after(b, (), row, NLA_WITHOUT_ADDRESS_MILLIS) {
            let head = host.ev(b.reference(id));
            let distance = time.distance(host.at(row)) / 10_000;
            let known = b.drafts[id].activity();
            if activity.is_some() && known == activity {
                pairs.push((distance, row, id));
                continue;
            }
            let other_connection = activity.is_some() && known.is_some();
            let near = distance <= NLA_MILLIS.unsigned_abs();
            let user = ev.user_id().is_none() || same_user(ev, head);
            if near && user && !other_connection && same_place(ev, head) {
                // What shares the activity comes first.
                pairs.push((distance + LONGEST_BEGIN_MILLIS.unsigned_abs(), row, id));
            }
        }
    }
    b.give_nearest(
        pairs,
        |b, id, row| {
            let activity = b.host.ev(row).activity_id();
            let same_connection = activity.is_some() && b.drafts[id].activity() == activity;
            same_connection || !b.has(id, Action::RdpAuthenticated)
        },
        |b, id, row| {
            let via = b.reference(id);
            let activity = b.host.ev(row).activity_id();
            if activity.is_some() && b.drafts[id].activity() == activity {
                b.give(id, row, Role::Authentication, LinkRule::ActivityId, via, Shared::Activity);
            } else {
                b.give_near(id, row, Role::Authentication, via);
            }
            let known = b.drafts[id].activity();
            b.drafts[id].more().activity = known.or(activity);
        },
    );
}

/// A user who was authenticated (1149) can still be refused at the desktop: 4625 of type 10, for want of a right or because
/// the password has to be changed. That is one attempt, which failed.
fn refusals_after_authentication(b: &mut Builder<'_>) {
    let host = b.host;
    if host.old_rcm {
        return;
    }
    for &row in host.of(Action::LogonFailed) {
        let ev = host.ev(row);
        if !b.is_free(row) || !matches!(ev.logon_type(), Some(10 | 12)) {
            continue;
        }
        let before = host.between(Action::RdpAuthenticated, row, -NLA_MILLIS, 0);
        let authenticated = before.iter().rev().copied().find(|&r| {
            let other = host.ev(r);
            b.is_free(r) && same_user(other, ev) && same_place(other, ev)
        });
        if let Some(authenticated) = authenticated {
            let id = failure(b, row, Kind::InteractiveRemote, How::Logon);
            b.give_near(id, authenticated, Role::Authentication, row);
            b.drafts[id].more().activity = host.ev(authenticated).activity_id();
        }
    }
}

/// Everything else that shares the connection's activity.
fn connection_records(b: &mut Builder<'_>, id: DraftId) {
    let host = b.host;
    let Some(activity) = b.drafts[id].activity() else { return };
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
            b.give(id, row, role, LinkRule::ActivityId, reference, Shared::Activity);
        }
    }
}

/// Type 3 logons of Network Level Authentication: all of that user and address up to 30 s before, and one without an
/// address right before the user's 1149.
fn network_logons(b: &mut Builder<'_>) {
    let host = b.host;
    // By the names of the session's user: on its desktop, and where it was authenticated.
    let sessions = Awaiting::new(b, |id| {
        let heads = std::iter::once(b.reference(id)).chain(authentication_of(b, id));
        heads.filter_map(|r| host.ev(r).name_id()).collect()
    });
    let mut pairs = Vec::new();
    for &row in host.of(Action::Logon) {
        let ev = host.ev(row);
        if ev.logon_type() != Some(3) || !b.is_free(row) || account_kind(ev) != AccountKind::User {
            continue;
        }
        let Some(name) = ev.name_id() else { continue };
        for &(_, _, time, id) in sessions.after(b, name, row, TICK_MILLIS) {
            let distance = time.distance(host.at(row)) / 10_000;
            if belongs_before(b, id, row, distance) {
                pairs.push((distance, row, id));
            }
        }
    }
    b.give_nearest(
        pairs,
        |_, _, _| true,
        |b, id, row| {
            let via = b.reference(id);
            b.give_near(id, row, Role::Nla, via);
            b.drafts[id].more().nla.push(row);
        },
    );
    for draft in b.drafts.iter_mut().filter(|d| d.nla().len() > 1) {
        draft.more().nla.sort_unstable();
    }
}

/// The 1149 of a session.
fn authentication_of(b: &Builder<'_>, id: DraftId) -> Option<RowId> {
    b.with_role(id, Role::Authentication).find(|&r| b.host.ev(r).action == Action::RdpAuthenticated)
}

fn belongs_before(b: &Builder<'_>, id: DraftId, logon: RowId, distance: u64) -> bool {
    let host = b.host;
    let ev = host.ev(logon);
    let authenticated = authentication_of(b, id);
    let head = host.ev(b.reference(id));
    let user = same_user(ev, head) || authenticated.is_some_and(|r| same_user(ev, host.ev(r)));
    if !user {
        return false;
    }
    if let Some(ip) = place(ev) {
        let mut places = b.rows(id).filter_map(|r| place(host.ev(r)));
        // Legal notices and second factors can lie between the authentication and the desktop.
        let before_authentication =
            authenticated.is_some_and(|r| (-TICK_MILLIS..=NLA_MILLIS).contains(&host.millis(logon, r)));
        let near = distance <= NLA_MILLIS.unsigned_abs() || before_authentication;
        return near && places.any(|p| p == ip);
    }
    authenticated
        .is_some_and(|r| (-TICK_MILLIS..=NLA_WITHOUT_ADDRESS_MILLIS).contains(&host.millis(logon, r)))
}

/// 261 has no address, and on Windows 7 no activity: the nearest one before the authentication. 131 by its address.
fn connection_by_time(b: &mut Builder<'_>, id: DraftId) {
    let host = b.host;
    let first = b
        .with_role(id, Role::Authentication)
        .chain(b.drafts[id].nla().iter().copied())
        .min()
        .unwrap_or_else(|| b.reference(id));
    let from = b.rows(id).find_map(|r| place(host.ev(r)));
    let mut found = Vec::new();
    if !b.has(id, Action::RdpListenerConnection) {
        let near = host.between(Action::RdpListenerConnection, first, -CONNECTION_MILLIS, TICK_MILLIS);
        found.extend(near.iter().rev().find(|&&r| b.is_free(r) && !is_of_another(b, id, r)));
    }
    if !b.has(id, Action::RdpConnectionAccepted) && from.is_some() {
        let near = host.accepted_from(from, first, -CONNECTION_MILLIS, TICK_MILLIS);
        found.extend(near.iter().rev().find(|&&r| b.is_free(r) && !is_of_another(b, id, r)));
    }
    for row in found {
        b.give_near(id, row, Role::Connection, first);
    }
}

/// Does a record plainly belong to another connection, by its activity?
fn is_of_another(b: &Builder<'_>, id: DraftId, row: RowId) -> bool {
    let Some(activity) = b.host.ev(row).activity_id() else { return false };
    if let Some(own) = b.drafts[id].activity() {
        return own != activity;
    }
    let failed_or_owned = |&r: &RowId| {
        b.owner(r).is_some_and(|o| o != id) || b.host.ev(r).action == Action::RdpAuthenticationFailed
    };
    b.host.of_activity(b.host.boot(row), activity).iter().any(failed_or_owned)
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
        draft.more().activity = ev.activity_id();
        draft.background = ev.user_id().is_some() && account_kind(ev).is_background();
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
