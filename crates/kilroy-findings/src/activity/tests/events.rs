//! What events say of their session.

use kilroy_model::{Action, Guid};

use super::*;

#[test]
fn a_process_belongs_to_whom_it_runs_under() {
    let event = Observation {
        action: Some(Action::ProcessStarted),
        subject: person("PC$", Some(0x3e7)),
        account: person("alice", Some(0x500)),
        ..event(1)
    };
    let clues = Clues::of(&event);
    assert_eq!((clues.luids[0], clues.user), (Some(Luid(0x500)), Some("alice")));
    // Mostly the new process runs under the logon of who started it, and the log says 0x0.
    let event = Observation {
        subject: person("alice", Some(0x500)),
        account: Person { luid: Some(Luid(0)), ..Person::default() },
        ..event
    };
    let clues = Clues::of(&event);
    assert_eq!((clues.luids, clues.user), ([Some(Luid(0x500)), None], Some("alice")));
}

#[test]
fn a_change_belongs_to_who_made_it() {
    let event = Observation {
        event_id: 4720,
        subject: person("alice", Some(0x500)),
        account: person("evil", None),
        ..event(1)
    };
    let clues = Clues::of(&event);
    assert_eq!((clues.luids[0], clues.user), (Some(Luid(0x500)), Some("alice")));
}

/// A service runs as LocalSystem; who installed it stands in the record's own header.
#[test]
fn a_service_belongs_to_who_installed_it() {
    let event = Observation {
        action: Some(Action::ServiceInstalled),
        account: person("LocalSystem", None),
        logged_by: LoggedBy { pid: Some(500), sid: Some("S-1-5-21-1-1-1-1001".to_owned()) },
        ..event(1)
    };
    let clues = Clues::of(&event);
    assert_eq!((clues.user, clues.sid), (None, Some("S-1-5-21-1-1-1-1001")));
}

#[test]
fn an_event_that_the_catalog_does_not_know() {
    let field = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let event = Observation {
        event_id: 4799,
        fields: vec![field("SubjectUserName", "alice"), field("SubjectLogonId", "0x500")],
        ..event(1)
    };
    let clues = Clues::of(&event);
    assert_eq!((clues.luids[0], clues.user), (Some(Luid(0x500)), Some("alice")));
}

#[test]
fn events_of_a_process() {
    let index = index(&[with_luid(0x500, session(1, 0, 60))]);
    let process =
        |guid: Option<u128>, pid| ObservedProcess { guid: guid.map(Guid), pid, ..ObservedProcess::default() };
    let started = Observation {
        action: Some(Action::ProcessStarted),
        account: person("alice", Some(0x500)),
        logon_guid: Some(Guid(9)),
        process: process(Some(7), Some(4242)),
        ..event(1)
    };
    let mut lineage = Lineage::default();
    lineage.learn(&started, &index);
    let by = |event: &Observation, lineage: &Lineage| told(&index.of(&lineage.clues(event, &index)));
    let exact = |by| (Some(1), Sure::Exact, Some(by), When::Present);
    let file = Observation { process: process(Some(7), Some(4242)), ..event(2) };
    assert_eq!(by(&file, &lineage), exact(By::Process));
    let script = Observation { logged_by: LoggedBy { pid: Some(4242), sid: None }, ..event(2) };
    // Nothing would tell of its end.
    assert_eq!(by(&script, &lineage), (Some(1), Sure::Likely, Some(By::Process), When::Present));
    let ticket = Observation { logon_guid: Some(Guid(9)), ..event(2) };
    assert_eq!(by(&ticket, &lineage), exact(By::LogonGuid));
    let elsewhere = Observation { host: "other".to_owned(), ..script.clone() };
    assert_eq!(by(&elsewhere, &lineage).0, None);
    // The number is free again; the GUID is for ever.
    let ended =
        Observation { action: Some(Action::ProcessEnded), process: process(None, Some(4242)), ..event(3) };
    lineage.learn(&ended, &index);
    assert_eq!(by(&script, &lineage).0, None);
    assert_eq!(by(&file, &lineage), exact(By::Process));
}

#[test]
fn a_record_of_a_session() {
    use kilroy_model::{LinkRule, Role, Source};
    let mut one = session(1, 10, 20);
    one.outcome = SessionOutcome::Failure;
    one.sources = vec![Source {
        event_uid: EventUid(77),
        log: "Security".into(),
        event_id: 4625,
        record_id: 1,
        time: at(10),
        role: Role::Failure,
        link: LinkRule::Anchor,
    }];
    let found = index(&[one]).of(&Clues::of(&event(10)));
    assert_eq!(told(&found), (Some(1), Sure::Exact, Some(By::Record), When::Present));
}
