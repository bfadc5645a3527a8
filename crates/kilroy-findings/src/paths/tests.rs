//! Paths over hops made by hand.

use kilroy_model::{HopSides, HopUid, SessionOutcome};

use super::*;

const START: i64 = 1_715_644_800 * 10_000_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_ticks(START + minute * 60 * 10_000_000)
}

/// From one host to another: out of this session, into that one, from this minute to that one.
fn hop(from: (&str, Option<u64>), to: (&str, u64), minutes: (i64, i64)) -> Hop {
    Hop {
        hop_uid: HopUid(to.1),
        time: at(minutes.0),
        method: HopMethod::Rdp,
        outcome: Some(SessionOutcome::Success),
        certainty: Certainty::Exact,
        sides: HopSides::Both,
        source_host: Some(from.0.to_owned()),
        source_candidates: vec![],
        source_address: None,
        source_port: None,
        source_session: from.1.map(SessionUid),
        source_user: Some("kim".to_owned()),
        source_domain: None,
        source_time: Some(at(minutes.0)),
        target_host: to.0.to_owned(),
        target_known: true,
        target_address: None,
        target_session: Some(SessionUid(to.1)),
        user: Some("adm".to_owned()),
        domain: None,
        target_time: Some(at(minutes.0)),
        end: Some(at(minutes.1)),
        clock_difference_ms: None,
        clock_error_ms: None,
        keys: vec![],
        proofs: vec![],
        missing: vec![],
    }
}

fn entry(ip: &str, host: &str, session: u64, minutes: (i64, i64)) -> Entry {
    Entry {
        ip: ip.parse().expect("an address"),
        host: host.to_owned(),
        session: SessionUid(session),
        method: HopMethod::Rdp,
        user: Some("adm".to_owned()),
        domain: None,
        attempt: at(minutes.0),
        end: Some(at(minutes.1)),
        prior_failures: 3,
    }
}

fn ways(hops: &[Hop], entries: &[Entry], from: &Origin, to: &str) -> Vec<(Vec<String>, &'static str)> {
    let mut paths = Paths::default();
    for hop in hops {
        paths.hop(hop);
    }
    for entry in entries {
        paths.entry(entry.clone());
    }
    let found = paths.find(from, to);
    let names = |path: &Path| path.legs.iter().map(|at| paths.legs()[*at].to.clone()).collect();
    found.iter().map(|path| (names(path), path.certainty.name())).collect()
}

fn host(name: &str) -> Origin {
    Origin::Host(name.to_owned())
}

fn user(name: &str, domain: Option<&str>) -> Origin {
    Origin::User(Account::new(Some(name), domain, None))
}

fn over(hosts: &[&str], certainty: &'static str) -> (Vec<String>, &'static str) {
    (hosts.iter().map(|host| (*host).to_owned()).collect(), certainty)
}

#[test]
fn each_step_is_within_the_session_before_it() {
    let inside =
        [hop(("gate", Some(1)), ("app", 2), (10, 60)), hop(("app", Some(2)), ("files", 3), (20, 50))];
    let way_in = entry("203.0.113.9", "gate", 1, (0, 90));
    let from = Origin::Address(way_in.ip);
    let found = ways(&inside, std::slice::from_ref(&way_in), &from, "files");
    assert_eq!(found, [over(&["gate", "app", "files"], "exact")]);
    // Out of another session of that host nothing follows, at whatever time.
    let mut apart = inside.clone();
    apart[1].source_session = Some(SessionUid(9));
    assert_eq!(ways(&apart, std::slice::from_ref(&way_in), &from, "files"), []);
    // A program went on after its user was gone.
    let mut late = inside;
    late[1] = hop(("app", Some(2)), ("files", 3), (200, 210));
    assert_eq!(ways(&late, &[way_in], &from, "files"), [over(&["gate", "app", "files"], "exact")]);
}

#[test]
fn a_user_of_a_domain() {
    let mut one = hop(("gate", Some(1)), ("app", 2), (10, 60));
    (one.domain, one.source_domain) = (Some("CORP".to_owned()), Some("OTHER".to_owned()));
    let found = |name, domain| ways(std::slice::from_ref(&one), &[], &user(name, domain), "app").len();
    assert_eq!(
        [found("adm", Some("corp")), found("adm", Some("corp.example")), found("adm", None)],
        [1, 1, 1]
    );
    assert_eq!(
        [found("kim", Some("other")), found("kim", Some("corp")), found("adm", Some("other"))],
        [1, 0, 0]
    );
}

#[test]
fn without_a_session_the_time_decides() {
    let first = hop(("gate", None), ("app", 2), (10, 60));
    let then = |minutes| hop(("app", None), ("files", 3), minutes);
    let found = |second: Hop| ways(&[first.clone(), second], &[], &host("gate"), "files");
    assert_eq!(found(then((30, 40))), [over(&["app", "files"], "possible")]);
    assert_eq!(found(then((5, 8))), [], "before anybody was there");
    assert_eq!(found(then((70, 80))), [], "after everybody was gone");
}

#[test]
fn the_shortest_first_then_the_earliest_and_never_in_a_circle() {
    let hops = [
        hop(("gate", Some(1)), ("app", 2), (10, 90)),
        hop(("app", Some(2)), ("gate", 3), (12, 80)),
        hop(("app", Some(2)), ("files", 4), (20, 50)),
        hop(("app", Some(2)), ("files", 5), (60, 70)),
        hop(("gate", Some(1)), ("files", 6), (80, 85)),
    ];
    let found = ways(&hops, &[], &host("gate"), "files");
    assert_eq!(found, [over(&["files"], "exact"), over(&["app", "files"], "exact")]);
    let mut turned = hops.to_vec();
    turned.reverse();
    assert_eq!(
        ways(&turned, &[], &host("GATE"), "FILES.corp.example"),
        found,
        "a bare name means the full one"
    );
    assert_eq!(ways(&turned, &[], &user("ADM", None), "files").len(), 2);
    assert_eq!(ways(&turned, &[], &host("gate"), "files"), found);
}

#[test]
fn what_failed_and_what_is_left_open_leads_nowhere() {
    let mut failed = hop(("gate", Some(1)), ("app", 2), (10, 10));
    failed.outcome = Some(SessionOutcome::Failure);
    let mut open = hop(("gate", Some(1)), ("app", 3), (10, 20));
    open.source_host = None;
    assert_eq!(ways(&[failed, open], &[], &host("gate"), "app"), []);
}

/// A hop of which nobody knows the sessions, within the time of all others.
fn unknown(from: &str, to: &str, uid: u64) -> Hop {
    let minute = i64::try_from(uid % 500).unwrap_or(0);
    Hop { target_session: None, ..hop((from, None), (to, uid), (minute, 1_000)) }
}

/// A star over a hub, and a chain: ways cost what sorting costs, however many legs could follow from however many. The square
/// of their number would be thousands of millions of looks, and this would not end.
#[test]
fn many_hops_through_one_host_cost_no_square_of_their_number() {
    const LEGS: u64 = 60_000;
    let mut hops: Vec<Hop> = (0..LEGS).map(|n| unknown("start", "hub", n)).collect();
    hops.extend((0..LEGS).map(|n| unknown("hub", &format!("spoke-{n}"), LEGS + n)));
    hops.extend((0..LEGS).map(|n| {
        let (from, to) = (format!("link-{n}"), format!("link-{}", n + 1));
        hop((&from, Some(n + 3 * LEGS)), (&to, n + 1 + 3 * LEGS), (0, 1_000))
    }));
    let spoke = ways(&hops, &[], &host("start"), "spoke-7");
    assert_eq!(spoke, [(vec!["hub".to_owned(), "spoke-7".to_owned()], "possible")]);
    let end = ways(&hops, &[], &host("link-0"), &format!("link-{LEGS}"));
    assert_eq!((end.len(), end[0].0.len()), (1, usize::try_from(LEGS).unwrap()));
}
