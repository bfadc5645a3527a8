//! Failures are sessions of no length: 4625 and kin, 140, and what only a controller saw.

use kilroy_model::{Action, How, Kind, LinkRule, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, Shared};
use crate::access::plain::kind_of_type;
use crate::host::{Host, RowId, account_kind, place, same_place, same_user};
use crate::record::Ev;

/// A 140 or 131 of the same address this close says that the failure came over Remote Desktop.
const SAME_CONNECTION_MILLIS: i64 = 10_000;

/// Logs of one host may disagree by a tick.
const TICK_MILLIS: i64 = 50;

/// A controller's failure this close to a 4625 of the same user is the same attempt.
const SAME_ATTEMPT_MILLIS: i64 = 2000;

/// Is this a check of credentials that failed?
pub(crate) fn is_failed_check(ev: Ev<'_>) -> bool {
    match ev.action {
        Action::KerberosPreauthFailed => true,
        Action::CredentialsValidated | Action::KerberosTicketGranted => {
            ev.status().is_some_and(|s| !is_zero(s))
        }
        _ => false,
    }
}

/// `0x0` in all its spellings.
pub(crate) fn is_zero(code: &str) -> bool {
    let digits = code.trim().trim_start_matches("0x").trim_start_matches("0X");
    !digits.is_empty() && digits.bytes().all(|b| b == b'0')
}

/// All failures of the host.
pub(crate) fn failures(b: &mut Builder<'_>) {
    for &row in b.host.of(Action::LogonFailed) {
        if b.is_free(row) {
            let kind = kind_of_type(b.host.ev(row).logon_type());
            failure(b, row, kind, How::Logon);
        }
    }
    over_remote_desktop(b);
    seen_on_a_controller(b);
}

pub(crate) fn failure(b: &mut Builder<'_>, row: RowId, kind: Kind, how: How) -> DraftId {
    let ev = b.host.ev(row);
    let mut draft = Draft::new(b.host.boot(row), kind, how, row);
    draft.outcome = SessionOutcome::Failure;
    draft.begin = Some(row);
    draft.background = ev.user_id().is_some() && account_kind(ev).is_background();
    b.start(draft, Role::Failure)
}

/// 140 and 131: which failures came over Remote Desktop; a lone 140 is a failure of its own.
fn over_remote_desktop(b: &mut Builder<'_>) {
    let host = b.host;
    let failed: Vec<(RowId, DraftId)> = b
        .drafts
        .iter()
        .enumerate()
        .filter(|(_, d)| d.outcome == SessionOutcome::Failure)
        .map(|(id, d)| (d.seed, id))
        .filter(|(row, _)| place(host.ev(*row)).is_some())
        .collect();
    let refusals = failed.iter().filter_map(|&(row, id)| {
        let place = place(host.ev(row));
        let near = host.refused_from(place, row, -SAME_CONNECTION_MILLIS, SAME_CONNECTION_MILLIS);
        (!near.is_empty()).then(|| (host.outwards(near, row), id))
    });
    b.give_one_each(
        refusals,
        |b, id, row| {
            !b.has(id, Action::RdpAuthenticationFailed) && may_be_refusal_of(host, row, b.drafts[id].seed)
        },
        |b, id, row| {
            let via = b.reference(id);
            b.give_near(id, row, Role::Failure, via);
            b.drafts[id].more().activity = b.host.ev(row).activity_id();
        },
    );
    let mut lone = Vec::new();
    for &row in host.of(Action::RdpAuthenticationFailed) {
        if b.is_free(row) {
            let id = failure(b, row, Kind::InteractiveRemote, How::Logon);
            b.drafts[id].more().activity = host.ev(row).activity_id();
            lone.push((row, id));
        }
    }
    for (row, id) in failed.into_iter().chain(lone) {
        connection_of(b, id, row);
    }
}

/// Can this 140 be the listener's word on that failure? It comes when the attempt is over: one that is older, or whose
/// connection was made after the failure, is another attempt's.
fn may_be_refusal_of(host: &Host<'_>, refusal: RowId, failure: RowId) -> bool {
    if host.millis(refusal, failure) > SAME_ATTEMPT_MILLIS {
        return false;
    }
    let Some(activity) = host.ev(refusal).activity_id() else { return true };
    let first = host.of_activity(host.boot(refusal), activity).iter().find(|&&r| {
        matches!(host.ev(r).action, Action::RdpConnectionAccepted | Action::RdpListenerConnection)
    });
    first.is_none_or(|&r| host.millis(failure, r) <= TICK_MILLIS)
}

/// The connection (131, 261) that a failure came over.
fn connection_of(b: &mut Builder<'_>, id: DraftId, row: RowId) {
    let host = b.host;
    let from = place(host.ev(row));
    let accepted = host.accepted_from(from, row, -SAME_CONNECTION_MILLIS, SAME_CONNECTION_MILLIS);
    let refused = host.refused_from(from, row, -SAME_CONNECTION_MILLIS, SAME_CONNECTION_MILLIS);
    if !refused.is_empty() || !accepted.is_empty() {
        b.drafts[id].kind = Kind::InteractiveRemote;
    }
    if let Some(activity) = b.drafts[id].activity() {
        for &r in host.of_activity(host.boot(row), activity) {
            let connects =
                matches!(host.ev(r).action, Action::RdpConnectionAccepted | Action::RdpListenerConnection);
            if connects {
                b.give(id, r, Role::Connection, LinkRule::ActivityId, b.reference(id), Shared::Activity);
            }
        }
    }
    if b.has(id, Action::RdpConnectionAccepted) {
        return;
    }
    let before = &accepted[..accepted.partition_point(|&r| r < row)];
    let own = b.drafts[id].activity();
    let may_be_own = |r: RowId| own.is_none() || host.ev(r).activity_id().is_none_or(|a| Some(a) == own);
    let last_before = before.iter().rfind(|&&r| b.is_free(r) && may_be_own(r) && !is_spoken_for(b, id, r));
    if let Some(&connection) = last_before {
        b.give_near(id, connection, Role::Connection, row);
        // Its 261 belongs to the same connection.
        let Some(activity) = host.ev(connection).activity_id() else { return };
        for &r in host.of_activity(host.boot(row), activity) {
            if host.ev(r).action == Action::RdpListenerConnection {
                b.give(id, r, Role::Connection, LinkRule::ActivityId, connection, Shared::Activity);
            }
        }
    }
}

/// Does the connection of this record belong to another session?
fn is_spoken_for(b: &Builder<'_>, id: DraftId, row: RowId) -> bool {
    let Some(activity) = b.host.ev(row).activity_id() else { return false };
    let of_connection = b.host.of_activity(b.host.boot(row), activity);
    of_connection.iter().any(|&r| b.owner(r).is_some_and(|o| o != id))
}

/// 4776, 4771 and 4768 that failed: part of the 4625 they explain, else rows of their own.
fn seen_on_a_controller(b: &mut Builder<'_>) {
    let host = b.host;
    for action in [Action::CredentialsValidated, Action::KerberosPreauthFailed, Action::KerberosTicketGranted]
    {
        for &row in host.of(action) {
            let ev = host.ev(row);
            if !is_failed_check(ev) || !b.is_free(row) {
                continue;
            }
            let near = host.failures_of_user(ev.name_id(), row, -SAME_ATTEMPT_MILLIS, SAME_ATTEMPT_MILLIS);
            let of_user = || host.outwards(near, row).map(|(_, f)| f).filter(|&f| same_user(host.ev(f), ev));
            let explained = of_user().find(|&f| same_place(host.ev(f), ev)).or_else(|| of_user().next());
            match explained.and_then(|f| b.owner(f).map(|id| (f, id))) {
                Some((failed, id)) => {
                    b.give_near(id, row, Role::Authentication, failed);
                }
                None => {
                    failure(b, row, Kind::Network, How::AuthOnly);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_in_all_its_spellings() {
        for code in ["0x0", "0x00000000", "0", " 0x0 "] {
            assert!(is_zero(code), "{code}");
        }
        for code in ["0xc000006a", "0x6", "", "-"] {
            assert!(!is_zero(code), "{code}");
        }
    }
}
