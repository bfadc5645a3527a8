//! A session followed through the events of its host.

use kilroy_model::{Action, Guid};

use super::*;

fn started(minute: i64, user: &str, luid: u64, ids: (u128, u64), parent: (u128, u64)) -> Observation {
    let guid = |id: u128| (id != 0).then_some(Guid(id));
    Observation {
        uid: EventUid(ids.0 + u128::from(ids.1)),
        action: Some(Action::ProcessStarted),
        account: person(user, Some(luid)),
        process: ObservedProcess {
            guid: guid(ids.0),
            pid: Some(ids.1),
            image: Some(format!(r"C:\p{}.exe", ids.1)),
            parent_guid: guid(parent.0),
            parent_pid: Some(parent.1),
            ..ObservedProcess::default()
        },
        ..event(minute)
    }
}

fn ended(minute: i64, pid: u64) -> Observation {
    let process = ObservedProcess { pid: Some(pid), ..ObservedProcess::default() };
    Observation { action: Some(Action::ProcessEnded), process, ..event(minute) }
}

#[test]
fn what_its_processes_start_is_its_own_whoever_they_run_as() {
    let mut builder = IndexBuilder::default();
    builder.session(&with_luid(0x500, session(1, 0, 60)));
    builder.log(&log(60));
    let index = builder.build();
    let mut follower = Follower::new(&index, SessionUid(1));
    let mut share = |event: Observation| follower.follow(&event).map(|share| (share.sure, share.by));
    assert_eq!(share(started(1, "alice", 0x500, (0, 10), (0, 1))), Some((Sure::Exact, By::LogonId)));
    // Another logon that no session of the case has.
    assert_eq!(share(started(2, "bob", 0x900, (0, 20), (0, 10))), Some((Sure::Likely, By::Process)));
    assert_eq!(share(started(3, "SYSTEM", 0x3e7, (7, 30), (0, 20))), Some((Sure::Likely, By::Process)));
    assert_eq!(share(started(4, "SYSTEM", 0x3e7, (8, 40), (7, 30))), Some((Sure::Exact, By::Process)));
    assert_eq!(share(started(5, "SYSTEM", 0x3e7, (9, 50), (6, 2))), None);
    // The number is given to a process of somebody else, who starts another one.
    assert_eq!(share(ended(6, 10)), Some((Sure::Exact, By::Process)));
    assert_eq!(share(started(7, "SYSTEM", 0x3e7, (0, 10), (0, 4))), None);
    assert_eq!(share(started(8, "SYSTEM", 0x3e7, (0, 60), (0, 10))), None);
}

/// Of a log with very many holes not all are listed: the end of a process may be in any of them.
#[test]
fn a_log_with_more_holes_than_are_listed_is_not_whole() {
    let runs = |log: LogCoverage| {
        let mut builder = IndexBuilder::default();
        builder.session(&with_luid(0x500, session(1, 0, 60)));
        builder.log(&log);
        let index = builder.build();
        let birth = index.birth(&started(1, "alice", 0x500, (0, 10), (0, 1)));
        index.runs(&birth, &started(2, "SYSTEM", 0x3e7, (0, 20), (0, 10)), None)
    };
    assert_eq!(runs(log(60)), StillRuns::Surely);
    assert!(runs(LogCoverage { gaps_total: 1, ..log(60) }) < StillRuns::Surely);
}

/// `pc.b.example` has a process of that number as well.
#[test]
fn a_process_of_that_number_on_another_host_is_another_one() {
    let own = AccessSession { computer: "pc.a.example".to_owned(), ..with_luid(0x500, session(1, 0, 60)) };
    let other = AccessSession { computer: "pc.b.example".to_owned(), ..session(2, 0, 60) };
    let mut builder = IndexBuilder::default();
    for (session, name) in [(&own, "pc.a.example"), (&other, "pc.b.example")] {
        builder.session(session);
        builder.log(&LogCoverage { computer: name.to_owned(), names: vec![name.to_owned()], ..log(60) });
    }
    let index = builder.build();
    let mut follower = Follower::new(&index, SessionUid(1));
    let mut share = |host: &str, event: Observation| {
        follower.follow(&Observation { host: host.to_owned(), ..event }).map(|share| share.sure)
    };
    assert_eq!(share("pc.a.example", started(1, "alice", 0x500, (0, 10), (0, 4))), Some(Sure::Exact));
    assert_eq!(share("pc.b.example", started(2, "bob", 0x900, (0, 20), (0, 10))), None);
    assert_eq!(share("pc.b.example", ended(3, 10)), None);
    assert_eq!(share("pc.a.example", started(4, "bob", 0x900, (0, 20), (0, 10))), Some(Sure::Likely));
}

#[test]
fn who_takes_up_a_desktop_goes_on_with_what_runs_there() {
    let first = disconnected(with_luid(0x500, session(1, 0, 20)));
    let second = reconnected(with_luid(0x500, session(2, 40, 60)));
    let index = index(&[first, second]);
    let mut follower = Follower::new(&index, SessionUid(1));
    let mut when = |event: Observation| follower.follow(&event).map(|share| share.when);
    assert_eq!(when(started(1, "alice", 0x500, (1, 10), (0, 4))), Some(When::Present));
    assert_eq!(when(started(30, "alice", 0x500, (2, 20), (1, 10))), Some(When::AfterDisconnect));
    assert_eq!(when(started(41, "alice", 0x500, (3, 30), (1, 10))), None);
    let file = ObservedProcess { guid: Some(Guid(1)), pid: Some(10), ..ObservedProcess::default() };
    assert_eq!(when(Observation { process: file, ..event(42) }), None);
}

#[test]
fn a_tree_of_both_logs() {
    let share = Share { sure: Sure::Exact, by: By::LogonId, when: When::Present };
    let mut tree = ProcessTree::default();
    for event in [
        started(1, "alice", 0x500, (1, 10), (0, 4)),
        started(1, "alice", 0x500, (0, 10), (0, 4)),
        started(2, "alice", 0x500, (2, 20), (1, 10)),
        started(3, "alice", 0x500, (0, 30), (0, 10)),
        started(4, "alice", 0x500, (4, 40), (2, 20)),
        ended(5, 10),
        started(6, "alice", 0x500, (0, 50), (0, 10)),
    ] {
        tree.take(&event, share);
    }
    let shown: Vec<_> =
        tree.branches().iter().map(|b| (b.process.pid, b.depth, b.parent.and_then(|p| p.pid))).collect();
    assert_eq!(
        shown,
        [
            (Some(10), 0, None),
            (Some(20), 1, Some(10)),
            (Some(40), 2, Some(20)),
            (Some(30), 1, Some(10)),
            (Some(50), 0, None),
        ]
    );
    assert_eq!(tree.processes().iter().find(|p| p.pid == Some(10)).and_then(|p| p.ended), Some(at(5)));
}

/// Nobody logs ends of processes there, and an hour goes by: the number may be anybody's.
#[test]
fn a_process_id_that_may_have_been_given_anew() {
    let mut builder = IndexBuilder::default();
    builder.session(&with_luid(0x500, session(1, 0, 600)));
    builder.log(&LogCoverage { event_ids: vec![4688], ..log(600) });
    let index = builder.build();
    let mut follower = Follower::new(&index, SessionUid(1));
    let mut share = |event: Observation| follower.follow(&event).map(|share| (share.sure, share.by));
    assert_eq!(share(started(1, "alice", 0x500, (0, 10), (0, 1))), Some((Sure::Exact, By::LogonId)));
    assert_eq!(share(started(30, "SYSTEM", 0x3e7, (0, 20), (0, 10))), Some((Sure::Likely, By::Process)));
    assert_eq!(share(started(90, "SYSTEM", 0x3e7, (0, 30), (0, 10))), None);
    // The record names the program, and it is the same: nothing speaks against it.
    let named = |image: &str| {
        let mut child = started(90, "SYSTEM", 0x3e7, (0, 30), (0, 10));
        child.process.parent_image = Some(image.to_owned());
        child
    };
    assert_eq!(share(named(r"C:\p10.exe")), Some((Sure::Likely, By::Process)));
    assert_eq!(share(named(r"C:\other.exe")), None);
}
