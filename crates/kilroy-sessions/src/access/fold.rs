//! One presence, two drafts: Security shows the logon, and the session manager's log begins later and shows the end only.

use kilroy_model::{Action, Kind};

use crate::access::builder::Builder;
use crate::access::draft::DraftId;
use crate::host::{RowId, same_user};
use crate::mix::Map;
use crate::words::Id;

/// Ends of Security and LSM for one session lie this close together.
const SAME_END_MILLIS: u64 = 5000;

/// From the logon to the shell (22).
const LOGON_TO_SHELL_MILLIS: i64 = 30_000;

/// Gives what a desktop without a begin shows to the session of Security that it belongs to.
pub(crate) fn fold_unseen_begins(b: &mut Builder<'_>) {
    let unseen: Vec<DraftId> = (0..b.drafts.len())
        .filter(|&id| b.drafts[id].desktop().is_some() && b.drafts[id].begin.is_none())
        .collect();
    if unseen.is_empty() {
        return;
    }
    let mut sessions: Map<(u32, Id), Vec<DraftId>> = Map::default();
    for id in (0..b.drafts.len()).filter(|&id| is_of_security(b, id)) {
        let draft = &b.drafts[id];
        if let Some(name) = draft.begin.and_then(|r| b.host.ev(r).name_id()) {
            sessions.entry((draft.boot, name)).or_default().push(id);
        }
    }
    let mut pairs = Vec::new();
    for desktop in unseen {
        let user = b.rows(desktop).find_map(|r| b.host.ev(r).name_id());
        let of_user = user.and_then(|name| sessions.get(&(b.drafts[desktop].boot, name)));
        for &session in of_user.into_iter().flatten() {
            if let Some(distance) = distance(b, desktop, session) {
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
    let by_end = unseen.end.and_then(|end| {
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

fn fold(b: &mut Builder<'_>, desktop: DraftId, session: DraftId) {
    b.give_all(desktop, session, b.reference(session));
    let unseen = &mut b.drafts[desktop];
    let place = std::mem::take(&mut unseen.more().desktop);
    let (session_id, end, reason) = (unseen.session_id(), unseen.end, unseen.reason());
    let draft = &mut b.drafts[session];
    draft.end = draft.end.or(end);
    let more = draft.more();
    more.desktop = place;
    more.session_id = more.session_id.or(session_id);
    more.reason = more.reason.or(reason);
}
