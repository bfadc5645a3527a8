//! What the logs are said to cover, over stories from which something was taken away.

mod common;

use common::tables;
use kilroy_evtx::EventSpec;
use kilroy_model::{
    AccessSession, GapWhy, How, Kind, LogBegin, LogCoverage, LogState, SessionOutcome, Timestamp, WhyMissing,
};
use kilroy_sessions::Tables;
use kilroy_testkit::{Account, Client, Host, Log, Style, demo, filetime, log_files, may, seconds};

const SERVER: &str = "SRV-RDP01.corp.example";

fn run(events: &[EventSpec]) -> Tables {
    tables(&log_files(events).expect("records that can be written"))
}

fn log<'t>(tables: &'t Tables, computer: &str, log: Log) -> &'t LogCoverage {
    let is_it = |row: &&LogCoverage| row.computer == computer.to_lowercase() && row.log == log.channel();
    tables.coverage.iter().find(is_it).unwrap_or_else(|| panic!("no row of {log:?}"))
}

fn is_of(event: &EventSpec, computer: &str, log: Log) -> bool {
    event.computer == computer && event.channel == log.channel()
}

fn sessions<'t>(tables: &'t Tables, user: &str, kind: Kind) -> Vec<&'t AccessSession> {
    let is_it = |s: &&AccessSession| {
        s.user.as_deref() == Some(user) && s.kind == kind && s.outcome == SessionOutcome::Success
    };
    tables.access.iter().filter(is_it).collect()
}

fn shares_a_record(a: &AccessSession, b: &AccessSession) -> bool {
    a.sources.iter().any(|x| b.sources.iter().any(|y| x.event_uid == y.event_uid))
}

/// The demo, and the same without every second Security record of the server in the time of the break-in: those of even
/// numbers (0) or of odd ones (1).
fn every_second(which: u64) -> (Vec<EventSpec>, Vec<EventSpec>, Vec<u64>) {
    let all = demo();
    let time = filetime(may(14, 13, 1, 0))..filetime(may(14, 14, 40, 0));
    let mut left = all.clone();
    let mut deleted = Vec::new();
    left.retain(|e| {
        let gone =
            is_of(e, SERVER, Log::Security) && time.contains(&e.time_filetime) && e.record_id % 2 == which;
        if gone {
            deleted.push(e.record_id);
        }
        !gone
    });
    (all, left, deleted)
}

#[test]
fn every_second_record_deleted_is_one_gap_with_its_times() {
    let (_, left, deleted) = every_second(0);
    let found = run(&left);
    let security = log(&found, SERVER, Log::Security);
    let [gap] = security.gaps.as_slice() else { panic!("{:?}", security.gaps) };
    assert_eq!(security.state, LogState::Holes);
    assert_eq!((gap.why, security.lost), (GapWhy::Hole, deleted.len() as u64));
    assert_eq!((gap.from_record_id, gap.to_record_id), (deleted.first().copied(), deleted.last().copied()));
    assert_eq!((gap.lost, gap.holes), (Some(security.lost), security.lost));
    assert!(gap.from < may(14, 13, 3, 0) && gap.to > may(14, 14, 20, 0), "{gap:?}");
    let [before, after] = security.spans.as_slice() else { panic!("{:?}", security.spans) };
    assert_eq!((before.to, after.from), (gap.from, gap.to));
    // No other log lost anything.
    assert!(found.coverage.iter().filter(|row| row.log != "Security").all(|row| row.lost == 0));
}

#[test]
fn sessions_beside_the_hole_say_what_they_lack_and_why() {
    // Which records a session loses for good depends on the numbers they happen to have.
    let mut reasons = Vec::new();
    for which in [0, 1] {
        let (all, left, _) = every_second(which);
        let (whole, found) = (run(&all), run(&left));
        for session in &found.access {
            let before =
                whole.access.iter().find(|before| shares_a_record(before, session)).expect("it was there");
            for missing in session.missing.iter().filter(|m| m.log == "Security") {
                if !before.missing.contains(missing) {
                    reasons.push(missing.why);
                }
            }
        }
        assert!(log(&found, SERVER, Log::Security).absences.is_empty());
    }
    assert!(!reasons.is_empty(), "the break-in lost records");
    assert!(reasons.iter().all(|why| *why == WhyMissing::Hole), "{reasons:?}");
}

/// What a session says after the loss, a session that shares a record with it said before.
#[test]
fn no_session_gains_what_was_not_there() {
    for which in [0, 1] {
        let (all, left, _) = every_second(which);
        gains_nothing(&run(&all), &run(&left));
    }
}

fn gains_nothing(whole: &Tables, found: &Tables) {
    assert!(found.access.len() > 20);
    for session in &found.access {
        let before: Vec<&AccessSession> =
            whole.access.iter().filter(|before| shares_a_record(before, session)).collect();
        let said = |field: &str, is: bool| assert!(is, "{field} is new: {session:#?}\nbefore: {before:#?}");
        said("user", session.user.is_none() || before.iter().any(|b| b.user == session.user));
        said("domain", session.domain.is_none() || before.iter().any(|b| b.domain == session.domain));
        said("sid", session.sid.is_none() || before.iter().any(|b| b.sid == session.sid));
        said("ip", session.ip.is_none() || before.iter().any(|b| b.ip == session.ip));
        said("client", session.client.is_none() || before.iter().any(|b| b.client == session.client));
        // A failure is as long as its record, and the one of two that is left is some milliseconds off. A logoff whose logon
        // is gone is a row of its own: it says nothing but its own time.
        let lone = session.outcome == SessionOutcome::Failure || session.how == How::Unknown;
        let own = |time: Option<Timestamp>| lone && session.sources.iter().any(|s| Some(s.time) == time);
        said("end", session.end.is_none() || own(session.end) || before.iter().any(|b| b.end == session.end));
        said(
            "session_id",
            session.session_id.is_none() || before.iter().any(|b| b.session_id == session.session_id),
        );
        let luids = |s: &AccessSession| [s.logon_ids.clone(), s.linked_logon_ids.clone()].concat();
        let known = |luid| before.iter().any(|b| luids(b).contains(luid));
        said("logon_ids", luids(session).iter().all(known));
    }
}

#[test]
fn a_cleared_log_names_who_did_it_and_in_which_session() {
    let found = run(&demo());
    let system = log(&found, SERVER, Log::System);
    let [clear] = system.clears.as_slice() else { panic!("{:?}", system.clears) };
    assert_eq!(
        (clear.user.as_deref(), clear.event_id, clear.noted_in.as_str()),
        (Some("alice"), 104, "System")
    );
    assert_eq!(system.begins, Some(LogBegin::Cleared));
    assert_eq!(system.first, Some(clear.time));
    assert!(log(&found, SERVER, Log::Security).clears.is_empty());
}

#[test]
fn a_cleared_security_log_names_the_logon() {
    let mut host = Host::new(SERVER, Style::Windows10, may(14, 8, 0, 0));
    let user = Account::new("mallory", "CORP", 1200).admin();
    host.boot();
    host.background_logons();
    host.pass(seconds(60));
    let logon = host.rdp_logon(&Client::new("203.0.113.9", 40100, "kali"), &user);
    host.pass(seconds(600));
    let luid = host.desk(logon.session).expect("a desktop").luid();
    let mark = host.clear_log(Log::Security, &user, luid);
    host.pass(seconds(300));
    host.logoff(logon.session);
    let found = run(host.events());
    let security = log(&found, SERVER, Log::Security);
    let [clear] = security.clears.as_slice() else { panic!("{:?}", security.clears) };
    assert_eq!((clear.time, clear.record_id, clear.event_id), (mark.time, mark.record_id, 1102));
    assert_eq!((clear.user.as_deref(), clear.logon_id.map(|l| l.0)), (Some("mallory"), Some(luid)));
    assert_eq!((security.begins, security.first), (Some(LogBegin::Cleared), Some(mark.time)));
    // LSM still has the session, but its logon ID went with the log; 4634 or 4647 may bring it back.
    let tied = sessions(&found, "mallory", Kind::InteractiveRemote);
    assert_eq!(tied.len(), 1);
    let has_luid = tied[0].logon_ids.iter().any(|l| l.0 == luid);
    assert_eq!(clear.session_uid, has_luid.then_some(tied[0].session_uid));
}

/// A copy from before the clear closes the hole: nothing is missing, and the clear is told all the same.
#[test]
fn a_clear_whose_records_are_at_hand() {
    let mut host = Host::new(SERVER, Style::Windows10, may(14, 8, 0, 0));
    let user = Account::new("mallory", "CORP", 1200);
    host.boot();
    host.background_logons();
    let before = host.network_logon(&Client::new("10.0.0.7", 50100, "PC7"), &user);
    host.pass(seconds(60));
    host.note_clear(Log::Security, &user, before.luids[0]);
    host.pass(seconds(60));
    host.end(&before);
    let found = run(host.events());
    let security = log(&found, SERVER, Log::Security);
    assert_eq!((security.clears_total, security.lost, security.gaps.len()), (1, 0, 0));
    assert_eq!(security.begins, Some(LogBegin::FirstRecord));
}

#[test]
fn a_clock_that_steps_back() {
    let mut host = Host::new(SERVER, Style::Windows10, may(14, 8, 0, 0));
    let user = Account::new("bob", "CORP", 1107);
    host.boot();
    host.background_logons();
    host.at(may(14, 12, 0, 0));
    let plain = host.network_logon(&Client::new("10.0.0.7", 50100, "PC7"), &user);
    host.at(may(14, 12, 30, 0));
    host.clock_back(2);
    host.pass(seconds(5));
    host.end(&plain);
    let found = run(host.events());
    let security = log(&found, SERVER, Log::Security);
    assert_eq!((security.backward_total, security.lost), (1, 0));
    let fall = &security.backward[0];
    assert_eq!(fall.after_record_id, fall.before_record_id + 1);
    assert!(fall.before.distance(fall.after) > 3600 * 10_000_000, "{fall:?}");
    let [change] = security.clock_changes.as_slice() else { panic!("{:?}", security.clock_changes) };
    let (old, new) = (change.old.expect("a time"), change.new.expect("a time"));
    assert_eq!((old, new), (may(14, 12, 30, 0), may(14, 10, 30, 0)));
    assert_eq!(change.user.as_deref(), Some("LOCAL SERVICE"));
    assert_eq!(log(&found, SERVER, Log::System).clock_changes.len(), 1);
}

#[test]
fn a_filtered_export_is_told_as_one() {
    let mut events = demo();
    events.retain(|e| !is_of(e, SERVER, Log::Security) || matches!(e.event_id, 4634 | 4672));
    let found = run(&events);
    let security = log(&found, SERVER, Log::Security);
    assert_eq!(security.state, LogState::Filtered);
    assert_eq!(security.event_ids, [4634, 4672]);
    assert_eq!(security.begins, None, "whoever filters leaves no begin");
    assert!(security.gaps.len() < 5, "{:?}", security.gaps);
    assert!(security.lost > security.records);
}

#[test]
fn a_log_that_rolled_over_tells_how_long_it_keeps() {
    let mut host = Host::new(SERVER, Style::Windows10, may(10, 8, 0, 0));
    host.set_record_id(Log::Security, 81_200);
    host.boot();
    host.background_logons();
    let user = Account::new("bob", "CORP", 1107);
    for day in 10..15 {
        for hour in 9..17 {
            host.at(may(day, hour, 0, 0));
            let plain = host.network_logon(&Client::new("10.0.0.7", 50100, "PC7"), &user);
            host.pass(seconds(30));
            host.end(&plain);
        }
    }
    let found = run(host.wrap(Log::Security, may(11, 12, 0, 0)).events());
    let security = log(&found, SERVER, Log::Security);
    assert_eq!((security.begins, security.state), (Some(LogBegin::RolledOver), LogState::Whole));
    assert_eq!(security.hours_kept, Some(3 * 24 + 4));
    assert_eq!(log(&found, SERVER, Log::System).begins, Some(LogBegin::FirstRecord));
}

#[test]
fn channels_that_such_a_host_should_have() {
    let absent = |host: Host| {
        let found = run(host.events());
        let logs: Vec<String> = found
            .coverage
            .iter()
            .filter(|row| row.state == LogState::Absent)
            .map(|row| row.log.rsplit('-').next().unwrap_or_default().to_owned())
            .collect();
        logs
    };
    let with_rdp = |mut host: Host| {
        host.boot();
        let session =
            host.rdp_logon(&Client::new("10.0.0.7", 50100, "PC7"), &Account::new("bob", "CORP", 1107));
        host.pass(seconds(60));
        host.logoff(session.session);
        host
    };
    let host = |style| Host::new(SERVER, style, may(14, 8, 0, 0));
    assert_eq!(absent(with_rdp(host(Style::Windows10))), Vec::<String>::new());
    assert_eq!(
        absent(with_rdp(host(Style::Windows10).without(Log::RdpCore).without(Log::Security))),
        ["RdpCoreTS/Operational", "Security"]
    );
    // Without Remote Desktop there is nothing that its logs should tell.
    let mut quiet = host(Style::Windows10).only(&[Log::Security, Log::System]);
    quiet.boot();
    quiet.background_logons();
    assert_eq!(absent(quiet), ["LocalSessionManager/Operational"]);
}

/// Somebody takes away one session's records from Security and numbers the rest anew: no hole is left, and yet.
#[test]
fn one_session_taken_out_without_a_hole() {
    let mut host = Host::new(SERVER, Style::Windows10, may(14, 8, 0, 0));
    host.boot();
    host.background_logons();
    let mut taken: Option<(Timestamp, Timestamp)> = None;
    for (n, user) in ["bob", "mallory", "carol", "dave"].into_iter().enumerate() {
        host.at(may(14, 9 + u8::try_from(n).expect("small"), 0, 0));
        let begin = host.now();
        let account = Account::new(user, "CORP", 1100 + u32::try_from(n).expect("small"));
        let logon = host.rdp_logon(&Client::new("10.0.0.7", 50100, "PC7"), &account);
        host.pass(seconds(900));
        host.logoff(logon.session);
        host.pass(seconds(30));
        if user == "mallory" {
            taken = Some((begin, host.now()));
        }
    }
    let whole = run(host.events());
    assert!(whole.coverage.iter().all(|row| row.absences.is_empty()), "{:?}", whole.coverage);
    let (begin, end) = taken.expect("mallory was there");
    let mut events = host.events().to_vec();
    let time = filetime(begin)..filetime(end);
    events.retain(|e| !(is_of(e, SERVER, Log::Security) && time.contains(&e.time_filetime)));
    let mut number = 0;
    for event in events.iter_mut().filter(|e| is_of(e, SERVER, Log::Security)) {
        number += 1;
        event.record_id = number;
    }
    let found = run(&events);
    let security = log(&found, SERVER, Log::Security);
    assert_eq!((security.lost, security.state), (0, LogState::Whole));
    let logon = security.absences.iter().find(|a| a.event_id == 4624).expect("4624 is missed");
    let [mallory] = sessions(&found, "mallory", Kind::InteractiveRemote)[..] else { panic!("one session") };
    assert_eq!((logon.absent, logon.present), (1, 3));
    assert_eq!(logon.sessions, [mallory.session_uid]);
    assert!(mallory.missing.iter().any(|m| m.event_id == 4624 && m.why == WhyMissing::Unexplained));
}

/// The other way round: Security knows the session, and the session manager's log lost it.
#[test]
fn one_session_taken_out_of_the_session_manager() {
    let mut host = Host::new(SERVER, Style::Windows10, may(14, 8, 0, 0));
    host.boot();
    let mut taken = 0..0;
    for (n, user) in ["bob", "mallory", "carol"].into_iter().enumerate() {
        host.at(may(14, 9 + u8::try_from(n).expect("small"), 0, 0));
        let begin = filetime(host.now());
        let account = Account::new(user, "CORP", 1100 + u32::try_from(n).expect("small"));
        let logon = host.rdp_logon(&Client::new("10.0.0.7", 50100, "PC7"), &account);
        host.pass(seconds(900));
        host.logoff(logon.session);
        host.pass(seconds(30));
        if user == "mallory" {
            taken = begin..filetime(host.now());
        }
    }
    let mut events = host.events().to_vec();
    events.retain(|e| !(is_of(e, SERVER, Log::LocalSessions) && taken.contains(&e.time_filetime)));
    let mut number = 0;
    for event in events.iter_mut().filter(|e| is_of(e, SERVER, Log::LocalSessions)) {
        number += 1;
        event.record_id = number;
    }
    let found = run(&events);
    let manager = log(&found, SERVER, Log::LocalSessions);
    let logon = manager.absences.iter().find(|a| a.event_id == 21).expect("21 is missed");
    assert_eq!((logon.absent, logon.present), (1, 2));
    let [mallory] = sessions(&found, "mallory", Kind::InteractiveRemote)[..] else { panic!("one session") };
    assert_eq!(logon.sessions, [mallory.session_uid]);
}

/// Whole logs give no alarm, whatever happens in them.
#[test]
fn the_stories_give_no_alarm() {
    let found = run(&demo());
    for row in found.coverage.iter().filter(|row| row.state != LogState::Absent) {
        assert_eq!((row.lost, row.backward_total), (0, 0), "{} {}", row.computer, row.log);
        assert!(row.absences.is_empty(), "{row:#?}");
        assert!(row.stops.iter().all(|stop| stop.resumed.is_none()), "{row:#?}");
    }
}
