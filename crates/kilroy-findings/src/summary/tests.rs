//! What a summary says of a short story.

use kilroy_model::{
    Absence, GapWhy, LogClear, LogCoverage, LogGap, LogState, Scope, SessionOutcome, SessionUid,
};
use kilroy_model::{Certainty, Hop, HopMethod, HopSides, HopUid};

use super::*;
use crate::views::no_lands;
use crate::views::story::{Story, at};

const HOME: &str = "10.20.30.41";
const FAR: &str = "203.0.113.77";

fn summary(story: &Story, logs: &[LogCoverage]) -> Summary {
    let mut counting = Counting::default();
    story.visits.iter().for_each(|visit| counting.add(&story.names, visit));
    counting.summary(&story.names, logs, &no_lands)
}

/// Bob works; somebody guesses from far away and gets in as Alice.
fn break_in() -> Story {
    let mut story = Story::default();
    story.days("bob", "srv", HOME, 0..12);
    for (minute, user) in (20_000..).zip(["alice", "admin", "alice", "root"]) {
        story.came(user, "srv", FAR, minute, SessionOutcome::Failure);
    }
    story.was_in("alice", "srv", FAR, 20_010);
    story.visits.last_mut().expect("a visit").prior_failures = 4;
    story
}

fn log(name: &str) -> LogCoverage {
    LogCoverage {
        computer: "srv".to_owned(),
        names: vec!["srv".to_owned()],
        log: name.to_owned(),
        state: LogState::Whole,
        records: 100,
        event_ids: vec![],
        first: Some(at(0)),
        last: Some(at(30_000)),
        first_record_id: Some(1),
        last_record_id: Some(100),
        begins: None,
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

#[test]
fn who_came_from_outside_comes_first() {
    let summary = summary(&break_in(), &[]);
    let people: Vec<(Option<&str>, u64, usize)> = summary
        .people
        .iter()
        .map(|person| (person.user.as_deref(), person.tally.visits(), person.external.len()))
        .collect();
    // Admin and root were only guessed: they are nobody who was there.
    assert_eq!(people, [(Some("alice"), 1, 1), (Some("bob"), 12, 0)]);
    assert_eq!((summary.sessions, summary.background), (17, 0));
    assert_eq!(summary.by_kind, [(Kind::InteractiveRemote, [13, 4, 0])]);
}

#[test]
fn failures_tell_of_the_success_that_followed() {
    let summary = summary(&break_in(), &[]);
    let [failed] = summary.failures.as_slice() else { panic!("one source: {:?}", summary.failures) };
    assert_eq!((failed.origin.name(), failed.tally.failures), (Some(FAR), 4));
    // Not of the session that followed, which the tally counts as well.
    assert_eq!((failed.first, failed.last), (Some(at(20_000)), Some(at(20_003).plus_millis(1000))));
    assert!(failed.tally.last > failed.last);
    assert_eq!(failed.users, ["admin", "alice", "root"]);
    let then = failed.followed.as_ref().expect("a success");
    assert_eq!((then.user.as_deref(), then.host.as_str(), then.prior_failures), (Some("alice"), "srv", 4));
    let kinds: Vec<PointerKind> = summary.pointers.iter().map(|pointer| pointer.kind).collect();
    assert_eq!(kinds, [PointerKind::AfterFailures, PointerKind::External]);
}

/// A slip in the morning, then the break-in, and another guess that was right an hour later.
#[test]
fn the_first_success_after_a_burst_is_told() {
    let mut story = Story::default();
    let mut came = |minute, ip: &str, prior_failures: u32| {
        for n in 0..i64::from(prior_failures) {
            story.came("alice", "srv", ip, minute - 1 - n, SessionOutcome::Failure);
        }
        story.was_in("alice", "srv", ip, minute);
        if let Some(visit) = story.visits.last_mut() {
            visit.prior_failures = prior_failures;
        }
    };
    for (minute, failures) in [(480, 1), (720, 5), (780, 9), (840, 1)] {
        came(minute, "10.20.30.40", failures);
    }
    // Nothing but slips.
    for (minute, failures) in [(500, 1), (900, 2)] {
        came(minute, "10.20.30.50", failures);
    }
    let summary = summary(&story, &[]);
    let told: Vec<_> = summary.failures.iter().filter_map(|failed| failed.followed.as_ref()).collect();
    let told: Vec<_> = told.iter().map(|then| (then.time, then.prior_failures, then.more)).collect();
    assert_eq!(told, [(Some(at(720)), 5, 3), (Some(at(500)), 1, 1)]);
}

#[test]
fn background_is_counted_and_else_left_out() {
    let mut story = break_in();
    story.visits.iter_mut().for_each(|visit| visit.background = true);
    let summary = summary(&story, &[]);
    assert_eq!((summary.sessions, summary.background), (0, 17));
    assert!(summary.people.is_empty() && summary.pointers.is_empty() && summary.hosts.is_empty());
}

#[test]
fn what_logs_lack_by_weight() {
    let clear = LogClear {
        time: at(20_020),
        event_uid: kilroy_model::EventUid(1),
        noted_in: "System".to_owned(),
        event_id: 104,
        record_id: 7,
        user: Some("alice".to_owned()),
        logon_id: None,
        session_uid: Some(SessionUid(9)),
    };
    let hole = LogGap {
        why: GapWhy::Hole,
        from: at(5),
        to: at(50),
        from_record_id: Some(7),
        to_record_id: Some(9),
        lost: Some(3),
        kept: 0,
        holes: 1,
    };
    let absence = Absence { event_id: 4779, present: 5, absent: 1, sessions: vec![SessionUid(3)] };
    let logs = [
        LogCoverage { state: LogState::Absent, records: 0, ..log("System") },
        LogCoverage { gaps: vec![hole], gaps_total: 1, absences: vec![absence], ..log("Security") },
        // Of other logs it only counts who cleared them.
        LogCoverage { clears: vec![clear], clears_total: 1, lost: 4, ..log("Application") },
        LogCoverage { state: LogState::Absent, ..log("Application") },
        LogCoverage { state: LogState::Absent, computer: "pc".to_owned(), names: vec![], ..log("system") },
    ];
    let summary = summary(&break_in(), &logs);
    let missing: Vec<(&str, usize, u8)> = summary
        .missing
        .iter()
        .map(|missing| (missing.log.as_str(), missing.hosts.len(), missing.lack.weight().0))
        .collect();
    assert_eq!(missing, [("Application", 1, 0), ("Security", 1, 1), ("Security", 1, 2), ("System", 2, 4)]);
    let kinds: Vec<PointerKind> = summary.pointers.iter().map(|pointer| pointer.kind).collect();
    assert_eq!(
        kinds,
        [
            PointerKind::AfterFailures,
            PointerKind::LogCleared,
            PointerKind::External,
            PointerKind::Unexplained
        ]
    );
    let [srv, pc] = summary.hosts.as_slice() else { panic!("two hosts: {:?}", summary.hosts) };
    assert_eq!((srv.name.as_str(), srv.lacks.len(), srv.tally.sessions), ("srv", 3, 13));
    assert_eq!((pc.name.as_str(), pc.tally.all()), ("pc", 0));
}

#[test]
fn guessing_without_a_success() {
    let mut story = Story::default();
    for minute in 0..10 {
        story.came("admin", "srv", FAR, minute, SessionOutcome::Failure);
    }
    let summary = summary(&story, &[]);
    let [pointer] = summary.pointers.as_slice() else { panic!("{:?}", summary.pointers) };
    let users = vec!["admin".to_owned()];
    assert_eq!(pointer.about, About::Guessing { failures: 10, source: FAR.to_owned(), users });
    story.came("admin", "srv", FAR, 11, SessionOutcome::Denied);
    let after = super::tests::summary(&story, &[]);
    assert!(after.pointers.iter().all(|pointer| pointer.kind != PointerKind::Guessing));
}

/// The order of sessions changes nothing.
#[test]
fn in_any_order_the_same() {
    let mut story = break_in();
    story.visits.iter_mut().enumerate().for_each(|(n, visit)| {
        if n % 3 == 0 {
            visit.scope = Scope::Loopback;
        }
    });
    let want = summary(&story, &[]);
    for turn in 1..story.visits.len() {
        let mut other = Story { names: Names::default(), visits: Vec::new() };
        std::mem::swap(&mut other.names, &mut story.names);
        other.visits = story.visits.clone();
        other.visits.rotate_left(turn);
        other.visits.reverse();
        assert_eq!(summary(&other, &[]), want, "{turn}");
        std::mem::swap(&mut other.names, &mut story.names);
    }
}

fn hop(from: Option<u64>, to: u64, minute: i64, method: HopMethod) -> Hop {
    Hop {
        hop_uid: HopUid(to),
        time: at(minute),
        method,
        outcome: Some(SessionOutcome::Success),
        certainty: Certainty::Exact,
        sides: HopSides::Both,
        source_host: Some("left".to_owned()),
        source_candidates: vec![],
        source_address: None,
        source_port: None,
        source_session: from.map(SessionUid),
        source_user: None,
        source_domain: None,
        source_time: None,
        target_host: format!("host-{to}"),
        target_known: true,
        target_address: None,
        target_session: Some(SessionUid(to)),
        user: Some("alice".to_owned()),
        domain: None,
        target_time: None,
        end: None,
        clock_difference_ms: None,
        clock_error_ms: None,
        keys: vec![],
        proofs: vec![],
        missing: vec![],
    }
}

fn ways(story: &Story, hops: &[Hop]) -> (bool, Vec<String>) {
    let mut taken = Hops::default();
    for hop in hops {
        taken.add(hop);
    }
    let mut counting = Counting::new(BTreeMap::new(), taken);
    for visit in &story.visits {
        counting.add(&story.names, visit);
    }
    let ways = counting.summary(&story.names, &[], &no_lands).ways;
    (ways.from_outside, ways.steps.into_iter().map(|step| step.to).collect())
}

#[test]
fn a_way_begins_outside_and_goes_on_from_session_to_session() {
    let story = break_in();
    let alice = story.visits.last().expect("a visit").session_uid.0;
    let hops = [
        hop(Some(alice), 1000, 20_020, HopMethod::PsExec),
        // By a clock that is behind, it was before she came.
        hop(Some(1000), 1001, 20_000, HopMethod::Rdp),
        hop(Some(1001), 1000, 20_040, HopMethod::Rdp),
        // Somebody else's, a backup's, and one of nobody knows whom.
        hop(Some(0), 1002, 20_021, HopMethod::Rdp),
        hop(Some(alice), 1003, 20_022, HopMethod::Network),
        hop(None, 1004, 20_023, HopMethod::Rdp),
    ];
    let want: Vec<String> = ["host-1001", "srv", "host-1000", "host-1000"].map(str::to_owned).into();
    assert_eq!(ways(&story, &hops), (true, want));
    // Where nobody came from outside, all hops are told.
    let inside = [hop(Some(0), 1002, 20_021, HopMethod::Rdp), hop(None, 1004, 20_023, HopMethod::Rdp)];
    let want: Vec<String> = ["host-1002", "host-1004"].map(str::to_owned).into();
    assert_eq!(ways(&story, &inside), (false, want));
}
