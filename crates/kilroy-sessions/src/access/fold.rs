//! One presence, two drafts: Security shows the logon, and the session manager's log begins later and shows the end only.

use kilroy_model::{Action, Kind};

use crate::access::builder::Builder;
use crate::access::draft::DraftId;
use crate::host::{RowId, same_user};

/// Ends of Security and LSM for one session lie this close together.
const SAME_END_MILLIS: u64 = 5000;

/// From the logon to the shell (22).
const LOGON_TO_SHELL_MILLIS: i64 = 30_000;

/// Gives what a desktop without a begin shows to the session of Security that it belongs to.
pub(crate) fn fold_unseen_begins(b: &mut Builder<'_>) {
    let mut pairs = Vec::new();
    let sessions: Vec<DraftId> = (0..b.drafts.len()).filter(|&id| is_of_security(b, id)).collect();
    for desktop in
        (0..b.drafts.len()).filter(|&id| b.drafts[id].desktop.is_some() && b.drafts[id].begin.is_none())
    {
        for &session in &sessions {
            if let Some(distance) = distance(b, desktop, session) {
                pairs.push((distance, desktop, session));
            }
        }
    }
    pairs.sort_unstable();
    for (_, desktop, session) in pairs {
        if !b.drafts[desktop].parts.is_empty() && b.drafts[session].desktop.is_none() {
            fold(b, desktop, session);
        }
    }
    // What was folded is no session of its own any more: `access::drafts` leaves out drafts without records.
}

fn is_of_security(b: &Builder<'_>, id: DraftId) -> bool {
    let draft = &b.drafts[id];
    draft.desktop.is_none()
        && draft.begin.is_some()
        && !draft.own_luids.is_empty()
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
    let user = unseen.rows().find(|&r| host.ev(r).user.is_some())?;
    let known_kind = unseen.kind == Kind::InteractiveUnknown || unseen.kind == known.kind;
    if !known_kind || !same_user(host.ev(user), host.ev(begin)) {
        return None;
    }
    let shell = unseen.rows().find(|&r| host.ev(r).action == Action::TerminalShell);
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
    for records in draft.own_luids.iter().filter_map(|l| b.logons.get(draft.boot, *l)) {
        rows.extend(&records.initiated);
        rows.extend(&records.logoffs);
        rows.extend(records.others.iter().filter(|&&r| b.host.ev(r).action == Action::SessionDisconnected));
    }
    rows
}

fn fold(b: &mut Builder<'_>, desktop: DraftId, session: DraftId) {
    let parts = std::mem::take(&mut b.drafts[desktop].parts);
    for part in &parts {
        b.owner[part.row] = Some(session);
    }
    let via = b.reference(session);
    let (place, session_id) = (b.drafts[desktop].desktop.take(), b.drafts[desktop].session_id);
    let (end, reason) = (b.drafts[desktop].end, b.drafts[desktop].reason);
    let draft = &mut b.drafts[session];
    draft.parts.extend(parts.into_iter().map(|mut part| {
        if part.via == part.row {
            part.via = via;
            part.rule = kilroy_model::LinkRule::ReconnectBridge;
            part.value = session_id.map(|s| format!("session {s}")).unwrap_or_default();
        }
        part
    }));
    draft.desktop = place;
    draft.session_id = draft.session_id.or(session_id);
    draft.end = draft.end.or(end);
    draft.reason = draft.reason.or(reason);
}
