//! What a session of this shape should have left behind, and why some of it is not there.

use kilroy_model::{Action, EndKind, Grade, How, Kind, Missing, Role, SessionOutcome, Timestamp, WhyMissing};

use crate::access::whole::Whole;
use crate::host::Host;
use crate::logs::{CORE_TS, GATEWAY, LSM, RCM, SECURITY, SSH};

/// A record that should be there: its log, its ID, the actions that stand for it, and around when.
struct Expected {
    log: &'static str,
    event_id: u32,
    actions: &'static [Action],
    when: Timestamp,
}

/// The records that are missing, and how complete the proof is.
pub(crate) fn missing_and_grade(host: &Host<'_>, draft: &Whole<'_>, ended: bool) -> (Vec<Missing>, Grade) {
    let mut missing = Vec::new();
    for expected in expectations(host, draft) {
        let there = draft.rows().any(|r| expected.actions.contains(&host.ev(r).action));
        if !there {
            let why = why(host, &expected);
            let event_id = if host.is_legacy { legacy(expected.event_id) } else { expected.event_id };
            missing.push(Missing { log: expected.log.to_owned(), event_id, why });
        }
    }
    let unexplained = missing.iter().any(|m| m.why == WhyMissing::Unexplained);
    let proven = draft.begin.is_some() && ended;
    let grade = if draft.parts.len() == 1 {
        Grade::SingleSource
    } else if proven && !unexplained {
        Grade::Complete
    } else {
        Grade::Partial
    };
    (missing, grade)
}

/// The number that an event has before Vista.
fn legacy(event_id: u32) -> u32 {
    match event_id {
        4624 => 528,
        4625 => 529,
        4634 => 538,
        4778 => 682,
        4779 => 683,
        other => other,
    }
}

fn why(host: &Host<'_>, expected: &Expected) -> WhyMissing {
    if host.is_legacy {
        if expected.log != SECURITY {
            return WhyMissing::NotOnThisVersion;
        }
        return host.coverage.why_missing(expected.log, legacy(expected.event_id), expected.when);
    }
    let why = host.coverage.why_missing(expected.log, expected.event_id, expected.when);
    // Windows 7 and earlier have no such channel unless its RDP 8 update is there.
    if why == WhyMissing::NoSuchLog && expected.log == CORE_TS && host.old_rcm {
        return WhyMissing::NotOnThisVersion;
    }
    why
}

fn expectations(host: &Host<'_>, draft: &Whole<'_>) -> Vec<Expected> {
    let mut list = Vec::new();
    let begin = draft.begin.map(|r| host.ev(r).time);
    let mut at = |log, event_id, actions, when: Option<Timestamp>| {
        if let Some(when) = when {
            list.push(Expected { log, event_id, actions, when });
        }
    };
    match (draft.outcome, draft.kind, draft.how) {
        (SessionOutcome::Failure, Kind::InteractiveRemote, _) => {
            at(SECURITY, 4625, &[Action::LogonFailed], begin);
            at(CORE_TS, 131, &[Action::RdpConnectionAccepted], begin);
            // Who is refused at the desktop had passed the listener.
            if !draft.rows().any(|r| host.ev(r).action == Action::RdpAuthenticated) {
                at(CORE_TS, 140, &[Action::RdpAuthenticationFailed], begin);
            }
        }
        (SessionOutcome::Failure, Kind::Ssh, _) => at(SSH, 4, &[Action::SshMessage], begin),
        (SessionOutcome::Failure, ..) => {}
        (SessionOutcome::Denied, ..) => {
            at(SECURITY, 4624, &[Action::Logon], begin);
            at(RCM, 1149, &[Action::RdpAuthenticated], begin);
        }
        (_, Kind::InteractiveRemote, How::Logon) => {
            at(CORE_TS, 131, &[Action::RdpConnectionAccepted], begin);
            if !is_without_nla(host, draft) {
                at(RCM, 1149, &[Action::RdpAuthenticated], begin);
            }
            at(SECURITY, 4624, &[Action::Logon], begin);
            at(LSM, 21, &[Action::TerminalLogon], begin);
        }
        (_, Kind::InteractiveRemote, How::Reconnect) => {
            at(CORE_TS, 131, &[Action::RdpConnectionAccepted], begin);
            at(RCM, 1149, &[Action::RdpAuthenticated], begin);
            at(SECURITY, 4778, &[Action::SessionReconnected], begin);
            at(LSM, 25, &[Action::TerminalReconnected], begin);
        }
        (_, Kind::InteractiveRemote, How::AuthOnly) => {
            at(CORE_TS, 131, &[Action::RdpConnectionAccepted], begin);
            at(SECURITY, 4624, &[Action::Logon], begin);
        }
        (_, Kind::Gateway, How::Logon) => at(GATEWAY, 300, &[Action::GatewayAuthorized], begin),
        (_, Kind::InteractiveLocal, How::Logon) => {
            at(SECURITY, 4624, &[Action::Logon], begin);
            // runas and services make a logon without a desktop.
            if draft.desktop().is_some() {
                at(LSM, 21, &[Action::TerminalLogon], begin);
            }
        }
        (_, Kind::InteractiveLocal, How::Reconnect) => {
            at(SECURITY, 4778, &[Action::SessionReconnected], begin);
            at(LSM, 25, &[Action::TerminalReconnected], begin);
        }
        _ => {}
    }
    ends(host, draft, &mut list);
    list
}

/// Did the desktop itself ask for the password? The listener writes no 1149 then. That there was no network logon is only
/// known where Security would show it.
fn is_without_nla(host: &Host<'_>, draft: &Whole<'_>) -> bool {
    let logon = draft.with_role(Role::Logon).map(|row| host.ev(row)).find(|ev| ev.action == Action::Logon);
    draft.nla().is_empty() && logon.is_some_and(|ev| host.covers(SECURITY, ev.time))
}

fn ends(host: &Host<'_>, draft: &Whole<'_>, list: &mut Vec<Expected>) {
    let Some(end) = draft.end.filter(|_| draft.outcome == SessionOutcome::Success) else { return };
    let when = host.ev(end.row).time;
    let mut at = |log, event_id, actions| list.push(Expected { log, event_id, actions, when });
    let desktop =
        matches!(draft.kind, Kind::InteractiveLocal | Kind::InteractiveRemote | Kind::InteractiveUnknown);
    match end.kind {
        EndKind::Disconnect if desktop => {
            if draft.desktop().is_some() || draft.is_remote() {
                at(LSM, 24, &[Action::TerminalDisconnected]);
            }
            at(SECURITY, 4779, &[Action::SessionDisconnected]);
        }
        EndKind::Logoff if desktop => {
            if draft.desktop().is_some() || draft.is_remote() {
                at(LSM, 23, &[Action::TerminalLogoff]);
            }
            at(SECURITY, 4634, &[Action::Logoff, Action::LogoffInitiated]);
        }
        _ => {}
    }
}
