//! Failures are sessions of no length: 4625 and kin, 140, and what only a controller saw.

use kilroy_model::{Action, How, Kind, LinkRule, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId};
use crate::access::plain::kind_of_type;
use crate::host::{RowId, account_kind, address, connection_activity, same_place, same_user};
use crate::row::SessionEvent;

/// A 140 or 131 of the same address this close says that the failure came over Remote Desktop.
const SAME_CONNECTION_MILLIS: i64 = 10_000;

/// A controller's failure this close to a 4625 of the same user is the same attempt.
const SAME_ATTEMPT_MILLIS: i64 = 2000;

/// Is this a check of credentials that failed?
pub(crate) fn is_failed_check(ev: &SessionEvent) -> bool {
    match ev.action {
        Action::KerberosPreauthFailed => true,
        Action::CredentialsValidated | Action::KerberosTicketGranted => {
            ev.status.as_deref().is_some_and(|s| !is_zero(s))
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
            let kind = kind_of_type(b.host.ev(row).logon_type);
            failure(b, row, kind, How::Logon);
        }
    }
    over_remote_desktop(b);
    seen_on_a_controller(b);
}

fn failure(b: &mut Builder<'_>, row: RowId, kind: Kind, how: How) -> DraftId {
    let ev = b.host.ev(row);
    let mut draft = Draft::new(b.host.boot(row), kind, how, row);
    draft.outcome = SessionOutcome::Failure;
    draft.begin = Some(row);
    draft.background = ev.user.is_some() && account_kind(ev).is_background();
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
        .filter(|(row, _)| address(host.ev(*row)).is_some())
        .collect();
    let mut pairs = Vec::new();
    for &(row, id) in &failed {
        for refused in around(b, Action::RdpAuthenticationFailed, row) {
            pairs.push((host.millis(row, refused).unsigned_abs(), refused, id));
        }
    }
    b.give_nearest(
        pairs,
        |b, id, _| !b.drafts[id].rows().any(|r| b.host.ev(r).action == Action::RdpAuthenticationFailed),
        |b, id, row| {
            let via = b.reference(id);
            b.give_near(id, row, Role::Failure, via);
            b.drafts[id].activity = connection_activity(b.host.ev(row));
        },
    );
    let mut lone = Vec::new();
    for &row in host.of(Action::RdpAuthenticationFailed) {
        if b.is_free(row) {
            let id = failure(b, row, Kind::InteractiveRemote, How::Logon);
            b.drafts[id].activity = connection_activity(host.ev(row));
            lone.push((row, id));
        }
    }
    for (row, id) in failed.into_iter().chain(lone) {
        connection_of(b, id, row);
    }
}

/// Records of one action, of the same address, close to another.
fn around(b: &Builder<'_>, action: Action, row: RowId) -> Vec<RowId> {
    let host = b.host;
    let (from, to) =
        (host.at(row).plus_millis(-SAME_CONNECTION_MILLIS), host.at(row).plus_millis(SAME_CONNECTION_MILLIS));
    let place = address(host.ev(row));
    host.between(action, host.boot(row), from, to)
        .iter()
        .copied()
        .filter(|&r| address(host.ev(r)) == place)
        .collect()
}

/// The connection (131, 261) that a failure came over.
fn connection_of(b: &mut Builder<'_>, id: DraftId, row: RowId) {
    let host = b.host;
    let accepted = around(b, Action::RdpConnectionAccepted, row);
    let refused = !around(b, Action::RdpAuthenticationFailed, row).is_empty();
    if refused || !accepted.is_empty() {
        b.drafts[id].kind = Kind::InteractiveRemote;
    }
    if let Some(activity) = b.drafts[id].activity {
        for &r in host.of_activity(host.boot(row), activity) {
            let connects =
                matches!(host.ev(r).action, Action::RdpConnectionAccepted | Action::RdpListenerConnection);
            if connects {
                b.give(id, r, Role::Connection, LinkRule::ActivityId, b.reference(id), activity.to_string());
            }
        }
    }
    if b.drafts[id].rows().any(|r| host.ev(r).action == Action::RdpConnectionAccepted) {
        return;
    }
    let last_before = accepted.into_iter().rfind(|&r| b.is_free(r) && r < row && !is_spoken_for(b, id, r));
    if let Some(connection) = last_before {
        b.give_near(id, connection, Role::Connection, row);
    }
}

/// Does the connection of this record belong to another session?
fn is_spoken_for(b: &Builder<'_>, id: DraftId, row: RowId) -> bool {
    let Some(activity) = connection_activity(b.host.ev(row)) else { return false };
    let of_connection = b.host.of_activity(b.host.boot(row), activity);
    of_connection.iter().any(|&r| b.owner[r].is_some_and(|o| o != id))
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
            let (from, to) = (
                host.at(row).plus_millis(-SAME_ATTEMPT_MILLIS),
                host.at(row).plus_millis(SAME_ATTEMPT_MILLIS),
            );
            let explained = host
                .of_user_between(
                    Action::LogonFailed,
                    ev.user.as_deref().unwrap_or(""),
                    host.boot(row),
                    from,
                    to,
                )
                .iter()
                .copied()
                .filter(|&f| same_user(host.ev(f), ev))
                .min_by_key(|&f| (!same_place(host.ev(f), ev), host.millis(row, f).unsigned_abs(), f));
            match explained.and_then(|f| b.owner[f].map(|id| (f, id))) {
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
