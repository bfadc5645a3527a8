//! One presence, two drafts: Security shows the logon, and the session manager's log begins later and shows the end only.

use kilroy_model::{Action, Kind, LinkRule, Role};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, Shared};
use crate::host::{RowId, same_user};
use crate::mix::Map;
use crate::words::Id;

/// Ends of Security and LSM for one session lie this close together.
const SAME_END_MILLIS: u64 = 5000;

/// Logs of one host may disagree by a tick.
const TICK_MILLIS: i64 = 50;

/// From the logon to the shell (22).
const LOGON_TO_SHELL_MILLIS: i64 = 30_000;

/// Reason code of a 40: another connection took the desktop.
const REASON_REPLACED: u32 = 5;

/// From the logon of whoever takes a desktop over to the disconnect of whoever was there.
const TAKING_OVER_MILLIS: i64 = 10_000;

/// Gives what a desktop without a begin shows to the session of Security that it belongs to.
pub(crate) fn fold_unseen_begins(b: &mut Builder<'_>) {
    let unseen: Vec<DraftId> = (0..b.drafts.len())
        .filter(|&id| b.drafts[id].desktop().is_some() && b.drafts[id].begin.is_none())
        .collect();
    if unseen.is_empty() {
        return;
    }
    let sessions = sessions_of_users(b);
    let mut pairs = Vec::new();
    for desktop in unseen {
        let user = b.rows(desktop).find_map(|r| b.host.ev(r).name_id());
        let Some(of_user) = user.and_then(|name| sessions.get(&(b.drafts[desktop].boot, name))) else {
            continue;
        };
        for session in of_user.near(b, desktop) {
            if let Some(distance) = distance(b, desktop, session)
                && !of_user.is_followed(b, session, desktop)
            {
                pairs.push((distance, desktop, session));
            }
        }
    }
    pairs.sort_unstable();
    for (_, desktop, session) in pairs {
        if b.drafts[desktop].parts.len > 0 && b.drafts[session].desktop().is_none() {
            fold(b, desktop, session);
        }
    }
    // What was folded is no session of its own any more: drafts without records are left out in the end.
}

/// Sessions that Security knows of one user in one boot, by their records: in the order of time, as all records are.
#[derive(Default)]
struct OfUser {
    begins: Vec<(RowId, DraftId)>,
    ends: Vec<(RowId, DraftId)>,
}

fn sessions_of_users(b: &Builder<'_>) -> Map<(u32, Id), OfUser> {
    let mut sessions: Map<(u32, Id), OfUser> = Map::default();
    for id in (0..b.drafts.len()).filter(|&id| is_of_security(b, id)) {
        let draft = &b.drafts[id];
        let Some((begin, name)) = draft.begin.and_then(|r| Some((r, b.host.ev(r).name_id()?))) else {
            continue;
        };
        let of_user = sessions.entry((draft.boot, name)).or_default();
        of_user.begins.push((begin, id));
        of_user.ends.extend(
            ends_of(b, id).into_iter().filter(|&r| b.host.ev(r).row.boot == draft.boot).map(|r| (r, id)),
        );
    }
    for of_user in sessions.values_mut() {
        of_user.begins.sort_unstable();
        of_user.ends.sort_unstable();
    }
    sessions
}

impl OfUser {
    /// Did the user come back to the same logon before the desktop's end? Then that is the later presence's.
    fn is_followed(&self, b: &Builder<'_>, session: DraftId, desktop: DraftId) -> bool {
        let (Some(begin), Some(end)) = (b.drafts[session].begin, b.drafts[desktop].end) else { return false };
        let later = self.begins.partition_point(|&(r, _)| r <= begin);
        let until = self.begins.partition_point(|&(r, _)| r < end.row);
        let own = |id: DraftId| b.drafts[session].own().any(|key| b.drafts[id].owns(key));
        self.begins.get(later..until).unwrap_or_default().iter().any(|&(_, id)| own(id))
    }

    /// Those that may be the desktop's: see [`distance`]. A user may have logged on many thousand times.
    fn near(&self, b: &Builder<'_>, desktop: DraftId) -> Vec<DraftId> {
        let host = b.host;
        let between = |list: &[(RowId, DraftId)], row: RowId, from: i64, to: i64| {
            let first = list.partition_point(|&(r, _)| host.millis(row, r) < from);
            let last = list.partition_point(|&(r, _)| host.millis(row, r) <= to);
            list.get(first..last).unwrap_or_default().iter().map(|&(_, id)| id).collect::<Vec<_>>()
        };
        let same_end = i64::try_from(SAME_END_MILLIS).unwrap_or(i64::MAX);
        let shell = b.rows(desktop).find(|&r| host.ev(r).action == Action::TerminalShell);
        let mut near = shell.map(|r| between(&self.begins, r, -LOGON_TO_SHELL_MILLIS, 0)).unwrap_or_default();
        let end = b.drafts[desktop].end;
        near.extend(end.map(|end| between(&self.ends, end.row, -same_end, same_end)).unwrap_or_default());
        near.sort_unstable();
        near.dedup();
        near
    }
}

fn is_of_security(b: &Builder<'_>, id: DraftId) -> bool {
    let draft = &b.drafts[id];
    draft.desktop().is_none()
        && draft.begin.is_some()
        && !draft.owns_none()
        && matches!(draft.kind, Kind::InteractiveLocal | Kind::InteractiveRemote)
}

/// How far the end of a desktop is from an end of the session's own logon, or its shell from the logon.
fn distance(b: &Builder<'_>, desktop: DraftId, session: DraftId) -> Option<u64> {
    let host = b.host;
    let (unseen, known) = (&b.drafts[desktop], &b.drafts[session]);
    if unseen.boot != known.boot {
        return None;
    }
    let begin = known.begin?;
    let user = b.rows(desktop).find(|&r| host.ev(r).user_id().is_some())?;
    let known_kind = unseen.kind == Kind::InteractiveUnknown || unseen.kind == known.kind;
    if !known_kind || !same_user(host.ev(user), host.ev(begin)) {
        return None;
    }
    let shell = b.rows(desktop).find(|&r| host.ev(r).action == Action::TerminalShell);
    let by_shell = shell
        .map(|r| host.millis(begin, r))
        .filter(|millis| (0..=LOGON_TO_SHELL_MILLIS).contains(millis))
        .map(i64::unsigned_abs);
    // Who was replaced (40) right after this logon was replaced by it.
    let replaced = unseen.reason().is_some_and(|r| {
        host.ev(r).reason() == Some(REASON_REPLACED)
            && (0..=TAKING_OVER_MILLIS).contains(&host.millis(begin, r))
    });
    if replaced && by_shell.is_none() {
        return None;
    }
    // Nobody leaves before having come.
    let later = unseen.end.filter(|end| host.millis(begin, end.row) >= -TICK_MILLIS);
    let by_end = later.and_then(|end| {
        ends_of(b, session)
            .into_iter()
            .filter(|&r| r >= begin)
            .map(|r| host.millis(end.row, r).unsigned_abs())
            .filter(|away| *away <= SAME_END_MILLIS)
            .min()
    });
    by_end.or(by_shell)
}

/// 4779, 4647 and 4634 of the session's own logon IDs.
fn ends_of(b: &Builder<'_>, session: DraftId) -> Vec<RowId> {
    let draft = &b.drafts[session];
    let mut rows = Vec::new();
    for records in draft.own().filter(|&key| b.logons.luid(key).0 != 0).map(|key| b.logons.records(key)) {
        rows.extend(records.initiated);
        rows.extend(records.logoffs);
        rows.extend(records.others.iter().filter(|&&r| b.host.ev(r).action == Action::SessionDisconnected));
    }
    rows
}

/// Gives a connection without a begin to the session that shows the begin.
pub(crate) fn fold(b: &mut Builder<'_>, desktop: DraftId, session: DraftId) {
    b.give_all(desktop, session, b.reference(session));
    let old = &b.drafts[desktop];
    // What is left is nobody's presence: it has no logon ID and no end that later records could go to.
    let nothing = Draft::new(old.boot, old.kind, old.how, old.seed);
    let unseen = std::mem::replace(&mut b.drafts[desktop], nothing);
    let place = unseen.desktop();
    let (session_id, end, reason) = (unseen.session_id(), unseen.end, unseen.reason());
    let draft = &mut b.drafts[session];
    draft.end = draft.end.or(end);
    let more = draft.more();
    more.desktop = place;
    more.session_id = more.session_id.or(session_id);
    more.reason = more.reason.or(reason);
    connection_of_shell(b, session);
}

/// What came before a 22 in its connection (131, 261, 66) came before this session.
fn connection_of_shell(b: &mut Builder<'_>, session: DraftId) {
    let host = b.host;
    let shell = b.rows(session).find(|&r| host.ev(r).action == Action::TerminalShell);
    let Some((shell, activity)) = shell.and_then(|r| Some((r, host.ev(r).activity_id()?))) else { return };
    for &row in host.of_activity(host.boot(shell), activity) {
        let connects = matches!(
            host.ev(row).action,
            Action::RdpConnectionAccepted | Action::RdpListenerConnection | Action::RdpSessionAssigned
        );
        if connects && b.is_free(row) && row < shell {
            b.give(session, row, Role::Connection, LinkRule::ActivityId, shell, Shared::Activity);
        }
    }
    b.drafts[session].more().activity.get_or_insert(activity);
}
