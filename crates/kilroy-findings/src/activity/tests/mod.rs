//! What belongs to which session.

mod accounts;
mod always;
mod clocks;
mod events;
mod followed;
mod stories;

use kilroy_model::{
    AccessSession, AccountKind, AuthenticationSummary, Boot, EndKind, EventUid, Grade, How, Kind, LogBegin,
    LogCoverage, LogState, LogonSession, Luid, Scope, SessionOutcome, SessionUid, Timestamp,
};

use super::*;
use crate::{LoggedBy, Observation, ObservedProcess, Person, Place};

/// A minute of one day.
fn at(minute: i64) -> Timestamp {
    let day: Timestamp = "2024-05-14T00:00:00Z".parse().unwrap();
    day.plus_millis(minute * 60_000)
}

/// A session of `alice` on `pc`, from one minute to another.
fn session(uid: u64, from: i64, to: i64) -> AccessSession {
    AccessSession {
        session_uid: SessionUid(uid),
        computer: "pc".to_owned(),
        user: Some("alice".to_owned()),
        domain: None,
        sid: None,
        kind: Kind::InteractiveRemote,
        how: How::Logon,
        outcome: SessionOutcome::Success,
        background: false,
        ip: None,
        port: None,
        client: None,
        resource: None,
        scope: Scope::Unknown,
        attempt: Some(at(from)),
        start: Some(at(from)),
        end: Some(at(to)),
        end_kind: EndKind::Logoff,
        end_not_after: None,
        reason: None,
        reason_text: None,
        status: None,
        status_text: None,
        logon_ids: vec![],
        linked_logon_ids: vec![],
        session_id: None,
        line: None,
        activity_id: None,
        authentication: AuthenticationSummary::default(),
        prior_failures: 0,
        grade: Grade::Complete,
        sources: vec![],
        missing: vec![],
        links: vec![],
        turned_down: vec![],
        proofs: vec![],
    }
}

fn with_luid(luid: u64, session: AccessSession) -> AccessSession {
    AccessSession { logon_ids: vec![Luid(luid)], ..session }
}

fn disconnected(session: AccessSession) -> AccessSession {
    AccessSession { end_kind: EndKind::Disconnect, ..session }
}

fn reconnected(session: AccessSession) -> AccessSession {
    AccessSession { how: How::Reconnect, ..session }
}

/// A boot of `pc`.
fn boot(minute: i64) -> Boot {
    Boot {
        computer: "pc".to_owned(),
        start: Some(at(minute)),
        end_kind: EndKind::Open,
        end_not_after: None,
        stretches: vec![],
    }
}

/// The Security log of `pc`, without a hole from the first minute to this one; it tells of ends of processes.
fn log(last: i64) -> LogCoverage {
    LogCoverage {
        computer: "pc".to_owned(),
        names: vec!["pc".to_owned()],
        log: "Security".to_owned(),
        state: LogState::Whole,
        records: 100,
        event_ids: vec![4624, 4688, 4689],
        first: Some(at(0)),
        last: Some(at(last)),
        first_record_id: Some(1),
        last_record_id: Some(100),
        begins: Some(LogBegin::FirstRecord),
        hours_kept: None,
        lost: 0,
        gaps_total: 0,
        gaps: vec![],
        spans_total: 0,
        spans: vec![],
        backward_total: 0,
        backward: vec![],
        clears_total: 0,
        clears: vec![],
        clock_changes_total: 0,
        clock_changes: vec![],
        stops_total: 0,
        stops: vec![],
        absences: vec![],
    }
}

fn logon(luid: u64, linked: Option<u64>, session: u64, boot: Option<i64>, from: i64) -> LogonSession {
    LogonSession {
        computer: "pc".to_owned(),
        boot: boot.map(at),
        logon_id: Luid(luid),
        user: Some("alice".to_owned()),
        domain: None,
        sid: None,
        logon_type: Some(10),
        kind: AccountKind::User,
        ip: None,
        port: None,
        workstation: None,
        linked_logon_id: linked.map(Luid),
        elevated: None,
        authentication: None,
        process: None,
        start: Some(at(from)),
        end: None,
        end_kind: EndKind::Open,
        end_not_after: None,
        session_uid: Some(SessionUid(session)),
        sources: vec![],
    }
}

fn index(sessions: &[AccessSession]) -> SessionIndex {
    SessionIndex::new(sessions, &[], &[])
}

fn clues(minute: i64) -> Clues<'static> {
    Clues { host: Some("pc"), ..Clues::at(at(minute)) }
}

fn with(luid: u64, minute: i64) -> Clues<'static> {
    Clues { luids: [Some(Luid(luid)), None], ..clues(minute) }
}

fn by_alice(minute: i64) -> Clues<'static> {
    Clues { user: Some("ALICE"), ..clues(minute) }
}

/// Session, how sure, by what, and when.
fn told(found: &Belonging) -> (Option<u64>, Sure, Option<By>, When) {
    (found.session.map(|uid| uid.0), found.sure, found.by, found.when)
}

fn event(minute: i64) -> Observation {
    Observation {
        uid: EventUid(77),
        time: at(minute),
        host: "pc".to_owned(),
        log: "Security".to_owned(),
        provider: "Microsoft-Windows-Security-Auditing".to_owned(),
        event_id: 4688,
        record_id: 1,
        action: None,
        account: Person::default(),
        subject: Person::default(),
        logon_guid: None,
        logon_type: None,
        terminal_session: None,
        activity_id: None,
        source: Place::default(),
        target: Place::default(),
        process: ObservedProcess::default(),
        logged_by: LoggedBy::default(),
        object_kind: None,
        object: None,
        status: None,
        fields: vec![],
    }
}

fn person(user: &str, luid: Option<u64>) -> Person {
    Person { user: Some(user.to_owned()), luid: luid.map(Luid), ..Person::default() }
}
