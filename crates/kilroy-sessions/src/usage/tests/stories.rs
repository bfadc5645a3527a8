//! One story per test, and the hours that come of it.

use super::*;

#[test]
fn a_day_at_the_desk() {
    let facts = host(
        &[console("alice", "2024-05-14 07:00", "2024-05-14 15:30")],
        vec![locked("alice", "2024-05-14 10:00"), unlocked("Alice", "2024-05-14 10:45")],
        "Europe/Berlin",
    );
    let rows = days(facts);
    assert_eq!(rows.iter().map(short).collect::<Vec<_>>(), ["2024-05-14 7:45 locked 0:45"]);
    let [(first, east), (last, _)] = rows[0].ends.unwrap();
    assert_eq!((first, last, east), (at("2024-05-14 07:00"), at("2024-05-14 15:30"), 7200));
    assert_eq!(rows[0].user.as_deref(), Some("alice"));
    assert_eq!(rows[0].times.console, rows[0].times.present);
}

/// Local midnight cuts, in the zone of the host, not midnight UTC.
#[test]
fn a_lock_across_midnight() {
    let facts = |zone| {
        host(
            &[console("alice", "2024-05-14 12:00", "2024-05-15 02:00")],
            vec![locked("alice", "2024-05-14 14:30"), unlocked("alice", "2024-05-14 16:00")],
            zone,
        )
    };
    assert_eq!(shorts(facts("Asia/Seoul")), ["2024-05-14 2:30 locked 0:30", "2024-05-15 10:00 locked 1:00"]);
    assert_eq!(shorts(facts("UTC")), ["2024-05-14 10:30 locked 1:30", "2024-05-15 2:00"]);
}

#[test]
fn days_on_which_the_clock_changes() {
    // 31 March in Berlin has 23 hours, 27 October has 25.
    let all_day = |from, to, zone| shorts(host(&[console("alice", from, to)], vec![], zone));
    assert_eq!(
        all_day("2024-03-29 23:00", "2024-03-31 22:00", "Europe/Berlin"),
        ["2024-03-30 24:00", "2024-03-31 23:00"]
    );
    assert_eq!(
        all_day("2024-10-26 22:00", "2024-10-28 23:00", "Europe/Berlin"),
        ["2024-10-27 25:00", "2024-10-28 24:00"]
    );
    // A lock through the hour that comes twice is two hours long.
    let facts = host(
        &[console("alice", "2024-10-26 22:00", "2024-10-27 06:00")],
        vec![locked("alice", "2024-10-27 00:00"), unlocked("alice", "2024-10-27 02:00")],
        "Europe/Berlin",
    );
    assert_eq!(shorts(facts), ["2024-10-27 6:00 locked 2:00"]);
    // Seoul keeps its clocks.
    assert_eq!(
        all_day("2024-03-30 15:00", "2024-04-01 15:00", "Asia/Seoul"),
        ["2024-03-31 24:00", "2024-04-01 24:00"]
    );
}

#[test]
fn two_sessions_at_once_are_one_presence() {
    let sessions = [
        console("alice", "2024-05-14 08:00", "2024-05-14 12:00"),
        remote("ALICE", "2024-05-14 11:00", "2024-05-14 14:00"),
    ];
    // Locked here, at work there: hands-on.
    let mut marks = vec![locked("alice", "2024-05-14 10:30"), unlocked("alice", "2024-05-14 11:30")];
    for mark in &mut marks {
        if let MarkKind::Locked(whose) | MarkKind::Unlocked(whose) = &mut mark.kind {
            whose.session_id = Some(1);
        }
    }
    let mut sessions_of_desktops = sessions.clone();
    sessions_of_desktops[0].session_id = Some(1);
    sessions_of_desktops[1].session_id = Some(2);
    assert_eq!(
        shorts(host(&sessions_of_desktops, marks, "UTC")),
        ["2024-05-14 5:30 locked 0:30 remote 3:00 2 sessions"]
    );
    assert_eq!(shorts(host(&sessions, vec![], "UTC")), ["2024-05-14 6:00 remote 3:00 2 sessions"]);
}

#[test]
fn a_lock_belongs_to_the_session_that_it_names() {
    let mut first = console("alice", "2024-05-14 08:00", "2024-05-14 12:00");
    let mut second = remote("alice", "2024-05-14 09:00", "2024-05-14 12:00");
    first.logon_ids = vec![Luid(0x111)];
    second.logon_ids = vec![Luid(0x222)];
    second.session_id = Some(3);
    let bob = console("bob", "2024-05-14 08:00", "2024-05-14 12:00");
    let lock = |whose: Whose| vec![mark("2024-05-14 10:00", MarkKind::Locked(whose))];
    let hands_on = |whose: Whose| {
        let rows = days(host(&[first.clone(), second.clone(), bob.clone()], lock(whose), "UTC"));
        rows.iter().map(|row| h(row.times.hands_on)).collect::<Vec<_>>()
    };
    // Alice's other desktop is not locked: she has four hours either way.
    assert_eq!(hands_on(Whose { luid: Some(Luid(0x222)), ..of("alice") }), ["4:00", "4:00"]);
    assert_eq!(hands_on(Whose { session_id: Some(3), ..of("alice") }), ["4:00", "4:00"]);
    assert_eq!(hands_on(of("bob")), ["4:00", "2:00"]);
    // A logon ID of somebody else is another boot's.
    assert_eq!(hands_on(Whose { luid: Some(Luid(0x222)), ..of("bob") }), ["4:00", "2:00"]);
    // With one session each, both ways lead to it.
    let alone = |whose: Whose| shorts(host(std::slice::from_ref(&second), lock(whose), "UTC"));
    for whose in [of("alice"), Whose { luid: Some(Luid(0x222)), ..Whose::default() }] {
        assert_eq!(alone(whose), ["2024-05-14 1:00 locked 2:00 remote 3:00"]);
    }
    // It is locked after she has left: her other desktop, whose number is not known, is not meant.
    let mut left = remote("alice", "2024-05-14 08:00", "2024-05-14 09:30");
    left.logon_ids = vec![Luid(0x333)];
    let whose = Whose { luid: Some(Luid(0x333)), session_id: Some(4), ..of("alice") };
    let facts = host(&[left, console("alice", "2024-05-14 09:00", "2024-05-14 12:00")], lock(whose), "UTC");
    assert_eq!(shorts(facts), ["2024-05-14 4:00 remote 1:30 2 sessions"]);
    // A desktop that no session shows is not this one.
    assert_eq!(alone(Whose { session_id: Some(9), ..of("alice") }), ["2024-05-14 3:00 remote 3:00"]);
}

#[test]
fn a_lock_without_an_unlock_ends_with_the_presence() {
    let sessions = [
        remote("alice", "2024-05-14 08:00", "2024-05-14 12:00"),
        remote("alice", "2024-05-14 13:00", "2024-05-14 14:00"),
    ];
    let facts = host(&sessions, vec![locked("alice", "2024-05-14 11:00")], "UTC");
    assert_eq!(shorts(facts), ["2024-05-14 4:00 locked 1:00 remote 5:00 2 sessions"]);
    // Locked twice in a row: from the first time on.
    let marks = vec![
        locked("alice", "2024-05-14 09:00"),
        locked("alice", "2024-05-14 10:00"),
        unlocked("alice", "2024-05-14 10:30"),
        unlocked("alice", "2024-05-14 11:30"),
    ];
    assert_eq!(shorts(host(&sessions[..1], marks, "UTC")), ["2024-05-14 2:30 locked 1:30 remote 4:00"]);
}

#[test]
fn sleep_inside_a_session() {
    let sessions = [console("alice", "2024-05-14 08:00", "2024-05-14 18:00")];
    let asleep = |marks: Vec<Mark>| shorts(host(&sessions, marks, "UTC"));
    let slept = MarkKind::Slept { from: at("2024-05-14 12:00"), to: at("2024-05-14 13:00") };
    assert_eq!(
        asleep(vec![mark("2024-05-14 12:00", MarkKind::Sleeps), mark("2024-05-14 13:00", MarkKind::Wakes)]),
        ["2024-05-14 9:00 asleep 1:00"]
    );
    assert_eq!(asleep(vec![mark("2024-05-14 13:00:05", slept.clone())]), ["2024-05-14 9:00 asleep 1:00"]);
    // The clock of 107 is not set yet; Power-Troubleshooter knows better.
    assert_eq!(
        asleep(vec![
            mark("2024-05-14 12:00", MarkKind::Sleeps),
            mark("2024-05-14 12:00:02", MarkKind::Wakes),
            mark("2024-05-14 13:00:05", slept),
        ]),
        ["2024-05-14 9:00 asleep 1:00"]
    );
    // Locked, then asleep: no second counts twice.
    let facts = host(
        &sessions,
        vec![
            locked("alice", "2024-05-14 11:30"),
            mark("2024-05-14 12:00", MarkKind::Sleeps),
            mark("2024-05-14 13:00", MarkKind::Wakes),
            unlocked("alice", "2024-05-14 13:10"),
        ],
        "UTC",
    );
    assert_eq!(shorts(facts), ["2024-05-14 8:20 locked 0:40 asleep 1:00"]);
    // No record of the waking: the next record of anything shows that it is over.
    let marks = vec![
        mark("2024-05-14 12:00", MarkKind::Sleeps),
        locked("alice", "2024-05-14 12:00:01"),
        unlocked("alice", "2024-05-14 13:30"),
    ];
    assert_eq!(asleep(marks), ["2024-05-14 8:30 asleep 1:30"]);
}

#[test]
fn a_screen_saver_is_shown_apart() {
    let marks = vec![
        mark("2024-05-14 10:00", MarkKind::SaverStarted(of("alice"))),
        locked("alice", "2024-05-14 10:20"),
        unlocked("alice", "2024-05-14 11:00"),
    ];
    let facts = host(&[console("alice", "2024-05-14 08:00", "2024-05-14 12:00")], marks, "UTC");
    assert_eq!(shorts(facts), ["2024-05-14 3:20 locked 0:40 saver 0:20"]);
}

/// The machine stops without a word at some time before 15:00; the last that is known of Alice is her lock at 12:00.
#[test]
fn a_crash() {
    let mut session = console("alice", "2024-05-14 08:00", "");
    session.end_kind = EndKind::Crash;
    session.end_not_after = Some(at("2024-05-14 15:00"));
    record(&mut session, at("2024-05-14 15:00"), Role::Shutdown);
    let mut facts = host(
        &[session],
        vec![locked("alice", "2024-05-14 11:00"), unlocked("alice", "2024-05-14 12:00")],
        "UTC",
    );
    facts.boots = vec![at("2024-05-14 07:00"), at("2024-05-14 15:20")];
    assert_eq!(shorts(facts.clone()), ["2024-05-14 3:00-6:00 locked 1:00"]);
    let rows = days(facts);
    assert_eq!((rows[0].sessions, rows[0].open), (1, 1));
    assert_eq!(rows[0].ends.unwrap()[1].0, at("2024-05-14 12:00"), "the last moment that is proven");
}

#[test]
fn open_where_the_log_ends() {
    let session = console("alice", "2024-05-14 08:00", "");
    let mut facts = host(std::slice::from_ref(&session), vec![locked("alice", "2024-05-14 10:00")], "UTC");
    facts.logs = Some((at("2024-05-10 00:00"), at("2024-05-17 12:00")));
    // Nothing undoes the lock: the rest is locked as far as anybody knows.
    assert_eq!(shorts(facts.clone()), ["2024-05-14 2:00", "2024-05-15..2024-05-17 0:00 0 sessions"]);
    facts.marks.push(unlocked("alice", "2024-05-14 10:30"));
    assert_eq!(
        shorts(facts.clone()),
        ["2024-05-14 2:00-15:30 locked 0:30", "2024-05-15..2024-05-17 0:00-60:00 0 sessions"]
    );
    let all = Usage::new(vec![facts.clone()], &(None..None));
    assert_eq!(
        all.totals().iter().map(short).collect::<Vec<_>>(),
        ["2024-05-14..2024-05-17 2:00-75:30 locked 0:30"]
    );
    assert_eq!(all.totals()[0].days, 1);
    // Only some days of it.
    let some = |from: &str, to: &str| {
        let dates = Some(from.parse().unwrap())..Some(to.parse().unwrap());
        Usage::new(vec![facts.clone()], &dates).days(0).iter().map(short).collect::<Vec<_>>()
    };
    assert_eq!(some("2024-05-16", "2024-05-30"), ["2024-05-16..2024-05-17 0:00-36:00 0 sessions"]);
    assert_eq!(some("2024-05-01", "2024-05-14"), ["2024-05-14 2:00-15:30 locked 0:30"]);
    assert_eq!(some("2024-05-18", "2024-05-30"), [""; 0]);
}

/// Only the end was logged: the begin lies before it, at most at the boot.
#[test]
fn a_begin_that_nobody_saw() {
    let mut session = remote("alice", "2024-05-14 12:00", "2024-05-14 12:00");
    session.how = How::Unknown;
    (session.start, session.attempt) = (None, None);
    let mut facts = host(&[session], vec![], "UTC");
    facts.logs = Some((at("2024-05-13 20:00"), at("2024-05-17 12:00")));
    assert_eq!(shorts(facts.clone()), ["2024-05-13 0:00-4:00 0 sessions", "2024-05-14 0:00-12:00"]);
    facts.boots = vec![at("2024-05-14 09:00"), at("2024-05-14 19:00")];
    assert_eq!(shorts(facts), ["2024-05-14 0:00-3:00"]);
}

/// The clock was set back while somebody was there: an end before the begin proves no time.
#[test]
fn an_end_before_the_begin() {
    let facts = host(&[console("alice", "2024-05-14 12:00", "2024-05-14 09:00")], vec![], "UTC");
    assert_eq!(shorts(facts), ["2024-05-14 0:00"]);
}

#[test]
fn what_is_no_presence() {
    let mut failed = console("alice", "2024-05-14 08:00", "2024-05-14 08:00");
    failed.outcome = SessionOutcome::Failure;
    let mut window_manager = console("DWM-1", "2024-05-14 08:00", "2024-05-14 18:00");
    window_manager.background = true;
    let mut sessions = vec![failed, window_manager];
    for kind in [
        Kind::Network,
        Kind::NetworkCleartext,
        Kind::Batch,
        Kind::Service,
        Kind::Unlock,
        Kind::NewCredentials,
    ] {
        sessions.push(session("alice", kind, at("2024-05-14 08:00"), Some(at("2024-05-14 09:00"))));
    }
    assert_eq!(shorts(host(&sessions, vec![], "UTC")), [""; 0]);
    let shell = session("root", Kind::Ssh, at("2024-05-14 08:00"), Some(at("2024-05-14 09:00")));
    // A desktop's lock is not a shell's.
    let facts = host(&[shell], vec![locked("root", "2024-05-14 08:30")], "UTC");
    assert_eq!(shorts(facts), ["2024-05-14 1:00 shell 1:00"]);
}

#[test]
fn a_desktop_that_waits() {
    let connection = |from: &str, to: &str, end_kind| kilroy_model::Connection {
        how: How::Logon,
        address: None,
        start: Some(at(from)),
        end: Some(at(to)),
        end_kind,
        reason: None,
        activity_id: None,
        session_uid: None,
    };
    let desktop = kilroy_model::TerminalSession {
        computer: "pc".to_owned(),
        boot: None,
        session_id: 2,
        user: Some("alice".to_owned()),
        domain: None,
        start: Some(at("2024-05-14 08:00")),
        shell_start: None,
        end: Some(at("2024-05-16 10:00")),
        end_kind: EndKind::Logoff,
        end_not_after: None,
        connections: vec![
            connection("2024-05-14 08:00", "2024-05-14 12:00", EndKind::Disconnect),
            connection("2024-05-14 13:00", "2024-05-14 17:00", EndKind::Disconnect),
            connection("2024-05-16 09:00", "2024-05-16 10:00", EndKind::Logoff),
        ],
        sources: vec![],
    };
    let mut facts = host(
        &[
            remote("alice", "2024-05-14 08:00", "2024-05-14 12:00"),
            remote("alice", "2024-05-14 13:00", "2024-05-14 17:00"),
            remote("alice", "2024-05-16 09:00", "2024-05-16 10:00"),
        ],
        vec![],
        "UTC",
    );
    facts.desktops = vec![Desktop::of(&desktop)];
    // A day without anybody is no row, and its waiting counts nowhere.
    assert_eq!(
        shorts(facts.clone()),
        [
            "2024-05-14 8:00 disconnected 8:00 remote 8:00 2 sessions",
            "2024-05-16 1:00 disconnected 9:00 remote 1:00"
        ]
    );
    let usage = Usage::new(vec![facts], &(None..None));
    for row in [&usage.totals()[0], &usage.users()[0], &usage.hosts()[0]] {
        assert_eq!(h(row.times.disconnected), "17:00");
    }
}

/// Nobody works at two machines for 16 hours in 8.
#[test]
fn one_user_on_two_hosts() {
    let mut other = console("Alice", "2024-05-14 10:00", "2024-05-14 18:00");
    other.computer = "other".to_owned();
    let facts = vec![
        host(&[console("alice", "2024-05-14 08:00", "2024-05-14 16:00")], vec![], "UTC"),
        host(&[other], vec![locked("alice", "2024-05-14 15:00")], "Europe/Berlin"),
    ];
    let usage = Usage::new(facts, &(None..None));
    let rows: Vec<String> =
        usage.days(0).iter().map(|r| format!("{} {}", r.computer.as_deref().unwrap(), short(r))).collect();
    assert_eq!(rows, ["other 2024-05-14 5:00 locked 3:00", "pc 2024-05-14 8:00"]);
    // At 15:00 one is locked, the other is not.
    let users = usage.users();
    assert_eq!(users.iter().map(short).collect::<Vec<_>>(), ["2024-05-14 8:00 locked 2:00 2 sessions"]);
    assert_eq!((users[0].days, users[0].computer.as_deref(), users[0].zone.as_ref()), (1, None, None));
}

#[test]
fn weeks_begin_on_monday() {
    let sessions = [
        console("alice", "2024-05-12 20:00", "2024-05-13 04:00"),
        console("alice", "2024-05-14 08:00", "2024-05-14 09:00"),
    ];
    let usage = Usage::new(vec![host(&sessions, vec![], "UTC")], &(None..None));
    let weeks = usage.weeks();
    assert_eq!(
        weeks.iter().map(short).collect::<Vec<_>>(),
        ["2024-05-12 4:00", "2024-05-13..2024-05-14 5:00 2 sessions"]
    );
    assert_eq!(weeks[1].days, 2);
}

#[test]
fn a_picture_of_a_day() {
    let mut open = console("alice", "2024-05-14 17:00", "");
    open.end_not_after = Some(at("2024-05-14 20:00"));
    let sessions = [console("alice", "2024-05-14 08:00", "2024-05-14 16:05"), open];
    let marks = vec![
        locked("alice", "2024-05-14 10:00"),
        unlocked("alice", "2024-05-14 11:00"),
        mark("2024-05-14 12:00", MarkKind::Sleeps),
        mark("2024-05-14 13:00", MarkKind::Wakes),
    ];
    let picture = |facts: HostFacts, cells| -> String {
        let letter = |cell: &Cell| match cell {
            Cell::Empty => '.',
            Cell::HandsOn => '#',
            Cell::Little => '+',
            Cell::Locked => 'l',
            Cell::Asleep => 'z',
            Cell::Disconnected => 'd',
            Cell::Uncertain => '?',
        };
        let rows = Usage::new(vec![facts], &(None..None)).days(cells);
        rows.iter().flat_map(|row| &row.cells).map(letter).collect()
    };
    let facts = host(&sessions, marks, "UTC");
    assert_eq!(picture(facts.clone(), 24), "........##l#z###+???....");
    assert_eq!(picture(facts, 48), "................####ll##zz######+.??????........");
    // By the clock on the wall: the hour that comes twice has one place, the one that is left out has none.
    let night = |from, to| picture(host(&[console("alice", from, to)], vec![], "Europe/Berlin"), 24);
    assert_eq!(night("2024-10-26 22:00", "2024-10-27 23:00"), "########################");
    assert_eq!(night("2024-10-27 00:00", "2024-10-27 02:00"), "..#.....................");
    assert_eq!(night("2024-03-31 00:00", "2024-03-31 02:00"), ".#.#....................");
}

/// Without the audit of locks, a logon of type 7 is all that shows that somebody was still there.
#[test]
fn an_unlocking_proves_that_its_user_was_there() {
    let unlock = session("Alice", Kind::Unlock, at("2024-05-15 11:00"), None);
    let unlocks: Vec<Mark> = [
        &unlock,
        &session("bob", Kind::Unlock, at("2024-05-15 12:00"), None),
        &session("alice", Kind::Network, at("2024-05-15 13:00"), None),
        &AccessSession { outcome: SessionOutcome::Failure, ..unlock.clone() },
    ]
    .into_iter()
    .filter_map(Mark::of)
    .collect();
    assert_eq!(unlocks, [unlocked("Alice", "2024-05-15 11:00"), unlocked("bob", "2024-05-15 12:00")]);
    let open = [console("alice", "2024-05-15 09:00", "")];
    let mut facts = host(&open, unlocks, "UTC");
    facts.logs = Some((at("2024-05-15 08:00"), at("2024-05-15 17:00")));
    assert_eq!(shorts(facts), ["2024-05-15 2:00-8:00"]);
}

/// A program checks the password while the desktop is locked: that short logon is over, and the desktop is what is unlocked.
#[test]
fn an_unlock_is_of_the_desktop_that_is_still_there() {
    let mut desktop = console("alice", "2024-05-13 08:00", "");
    desktop.end_not_after = Some(at("2024-05-20 08:00"));
    let short = console("alice", "2024-05-14 09:00", "2024-05-14 09:01");
    let marks = vec![unlocked("alice", "2024-05-14 10:18"), unlocked("alice", "2024-05-15 06:49")];
    let rows = days(host(&[desktop, short], marks, "UTC"));
    let proven: Vec<String> = rows.iter().map(|row| h(row.times.present)).collect();
    assert_eq!(proven, ["16:00", "24:00", "6:49", "0:00"]);
}

/// Nobody sits at the machine because a name and password were right.
#[test]
fn who_was_only_authenticated_was_not_there() {
    let mut lone = remote("alice", "2024-05-14 09:00", "");
    lone.how = How::AuthOnly;
    assert!(Presence::of(&lone).is_none());
    let by = |process: Option<&str>| {
        let mut session = console("alice", "2024-05-14 09:00", "2024-05-14 10:00");
        session.authentication.logon_process = process.map(str::to_owned);
        session
    };
    for program in ["seclogo", "Chrome", "Advapi  "] {
        assert!(Presence::of(&by(Some(program))).is_none(), "{program}");
        // A desktop of its own shows that somebody used it.
        let mut with_desktop = by(Some(program));
        record(&mut with_desktop, at("2024-05-14 09:30"), Role::Lock);
        assert!(Presence::of(&with_desktop).is_some(), "{program}");
        let mut with_number = by(Some(program));
        with_number.session_id = Some(2);
        assert!(Presence::of(&with_number).is_some(), "{program}");
    }
    for screen in [None, Some(""), Some("User32 "), Some("Winlogon"), Some("WinLogon\\MSGina")] {
        assert!(Presence::of(&by(screen)).is_some(), "{screen:?}");
    }
}
