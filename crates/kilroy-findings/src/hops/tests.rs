//! What holds for hops whatever comes in.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use kilroy_model::{
    AccessSession, AuthenticationSummary, EndKind, EventUid, Grade, HopKey, How, Kind, LinkRule, Luid, Role,
    Scope, SessionOutcome, SessionUid, Source, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::{LoggedBy, ObservedProcess, Person, Place};

const HOSTS: [&str; 4] = ["gate.corp.example", "app.corp.example", "files.corp.example", "pc.corp.example"];
const START: i64 = 1_715_644_800 * 10_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_ticks(START + millis * 10_000)
}

fn address(host: usize) -> String {
    format!("10.0.0.{}", host + 1)
}

/// A session of `user` on a host, from an address and port.
fn session(
    number: u64,
    host: usize,
    kind: Kind,
    user: &str,
    from: (Option<String>, u16),
    millis: i64,
) -> AccessSession {
    let source = Source {
        event_uid: EventUid(u128::from(number) << 64),
        log: "Security".into(),
        event_id: 4624,
        record_id: number,
        time: at(millis),
        role: Role::Logon,
        link: LinkRule::Anchor,
    };
    AccessSession {
        session_uid: SessionUid(number),
        computer: HOSTS[host].to_owned(),
        user: Some(user.to_owned()),
        domain: Some("CORP".to_owned()),
        sid: None,
        kind,
        how: How::Logon,
        outcome: SessionOutcome::Success,
        background: false,
        ip: from.0,
        port: Some(from.1),
        client: None,
        resource: None,
        scope: Scope::Internal,
        attempt: Some(at(millis)),
        start: Some(at(millis)),
        end: Some(at(millis + 60_000)),
        end_kind: EndKind::Logoff,
        end_not_after: None,
        reason: None,
        reason_text: None,
        status: None,
        status_text: None,
        logon_ids: vec![Luid(0x10_0000 + number)],
        linked_logon_ids: vec![],
        session_id: None,
        line: None,
        activity_id: None,
        authentication: AuthenticationSummary::default(),
        prior_failures: 0,
        grade: Grade::SingleSource,
        sources: vec![source],
        missing: vec![],
        links: vec![],
        turned_down: vec![],
        proofs: vec![],
    }
}

/// An event of a host; what it says is to be filled in.
fn event(number: u64, host: usize, log: &str, event_id: u32, millis: i64) -> Observation {
    Observation {
        uid: EventUid(u128::from(number) << 32 | 7),
        time: at(millis),
        host: HOSTS[host].to_owned(),
        log: log.to_owned(),
        provider: String::new(),
        event_id,
        record_id: number,
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

/// Sysmon 3: a connection from one host to a port of another.
fn connection(number: u64, from: usize, to: usize, ports: (u16, u16), millis: i64) -> Observation {
    let mut seen = event(number, from, log::SYSMON, 3, millis);
    seen.fields = [("Initiated", "true"), ("Protocol", "tcp")]
        .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
        .into();
    seen.source = Place { ip: address(from).parse().ok(), port: Some(ports.0), host: None };
    seen.target = Place { ip: address(to).parse().ok(), port: Some(ports.1), host: None };
    seen
}

/// 4648: credentials of `user` for a host.
fn credentials(number: u64, from: usize, to: usize, user: &str, millis: i64) -> Observation {
    let mut seen = event(number, from, log::SECURITY, 4648, millis);
    seen.action = Some(kilroy_model::Action::ExplicitCredentials);
    seen.account.user = Some(user.to_owned());
    seen.subject = Person { user: Some("kim".to_owned()), luid: Some(Luid(0x9_0000)), ..Person::default() };
    seen.target.host = Some(HOSTS[to].to_owned());
    seen
}

fn found(sessions: &[AccessSession], events: &[Observation]) -> Found {
    let mut finder = Finder::new(HOSTS.map(str::to_owned));
    for session in sessions {
        finder.session(session);
    }
    for event in events {
        finder.observe(event);
    }
    finder.finish(&SessionIndex::new(sessions, &[], &[]))
}

#[test]
fn one_port_on_both_sides_is_exact_whatever_the_clocks_say() {
    let there = session(1, 1, Kind::Network, "adm", (Some(address(0)), 50_001), 480_000);
    let here = connection(1, 0, 1, (50_001, 445), 0);
    let hops = found(&[there], &[here]).hops;
    assert_eq!(hops.len(), 1);
    let hop = &hops[0];
    assert_eq!((hop.certainty.name(), hop.sides.name()), ("exact", "both"));
    assert_eq!((hop.source_host.as_deref(), hop.target_host.as_str()), (Some(HOSTS[0]), HOSTS[1]));
    let (ahead, error) = (hop.clock_difference_ms.unwrap(), hop.clock_error_ms.unwrap());
    assert!(ahead.abs_diff(480_000) <= error && error <= 5_000, "{ahead} ± {error}");
    assert!(hop.keys.contains(&HopKey::Port));
}

#[test]
fn credentials_alone_match_by_user_and_another_users_do_not() {
    let there = |user| session(1, 1, Kind::Network, user, (Some(address(0)), 50_001), 2_000);
    let own = connection(9, 0, 2, (50_500, 3389), -90_000);
    let here = credentials(1, 0, 1, "ADM", 0);
    let both = found(&[there("adm")], &[here.clone(), own.clone()]).hops;
    let hop = both.iter().find(|hop| hop.target_session.is_some()).unwrap();
    assert_eq!(
        (hop.certainty.name(), hop.sides.name(), hop.user.as_deref()),
        ("likely", "both", Some("adm"))
    );
    let apart = found(&[there("eve")], &[here, own]).hops;
    let sides: Vec<_> = apart.iter().map(|hop| hop.sides.name()).collect();
    assert!(sides.contains(&"target") && sides.contains(&"source"), "{sides:?}");
}

/// A ticket (4768) of a machine's own account says whose the address is; one of somebody who is called like a machine does not.
#[test]
fn tickets_of_machines_say_whose_an_address_is() {
    let ticket = |user: &str| {
        let mut seen = event(1, 0, log::SECURITY, 4768, 0);
        seen.account.user = Some(user.to_owned());
        seen.source.ip = "10.7.7.7".parse().ok();
        found(&[], &[seen]).addresses.into_iter().map(|address| address.host).collect::<Vec<_>>()
    };
    let name = HOSTS[1];
    assert_eq!(ticket(&format!("{name}$")), [name]);
    assert_eq!(ticket(&format!("{}$@CORP.EXAMPLE", name.to_uppercase())), [name]);
    assert_eq!(ticket(name), [""; 0]);
    assert_eq!(ticket(&format!("{name}@CORP.EXAMPLE")), [""; 0]);
}

#[test]
fn an_address_that_several_had_leaves_the_source_open() {
    let machine = |number, host: &str| {
        let mut session = session(number, 2, Kind::Network, host, (Some("10.9.9.9".to_owned()), 1), 0);
        session.background = true;
        session
    };
    let sessions = [
        machine(1, "gate$"),
        machine(2, "app$"),
        session(3, 2, Kind::Network, "adm", (Some("10.9.9.9".to_owned()), 5), 1_000),
    ];
    let Found { hops, addresses } = found(&sessions, &[]);
    assert_eq!(hops.len(), 1);
    assert_eq!((hops[0].source_host.as_deref(), hops[0].certainty.name()), (None, "possible"));
    assert_eq!(hops[0].source_candidates, [HOSTS[1], HOSTS[0]]);
    assert!(addresses.iter().all(|row| row.shared));
}

/// Behind one address are a host of the case and a machine that is none: nothing tells which of them came without a name.
#[test]
fn a_stranger_behind_the_same_address_leaves_the_source_open() {
    let mut machine = session(1, 2, Kind::Network, "gate$", (Some("10.9.9.9".to_owned()), 1), 0);
    machine.background = true;
    let nameless = session(2, 2, Kind::Network, "adm", (Some("10.9.9.9".to_owned()), 5), 1_000);
    let alone = found(&[machine.clone(), nameless.clone()], &[]).hops;
    assert_eq!((alone[0].source_host.as_deref(), alone[0].certainty.name()), (Some(HOSTS[0]), "likely"));
    let mut stranger = session(3, 2, Kind::Network, "eve", (Some("10.9.9.9".to_owned()), 6), 2_000);
    stranger.client = Some("LAPTOP".to_owned());
    let hops = found(&[machine, nameless, stranger], &[]).hops;
    assert_eq!(hops.len(), 1, "the stranger itself came from no host of the case: {hops:?}");
    assert_eq!(
        (hops[0].source_host.as_deref(), hops[0].source_candidates.as_slice()),
        (None, &[HOSTS[0].to_owned()][..])
    );
}

#[test]
fn machines_and_the_internet_make_no_hops() {
    let mut machine = session(1, 1, Kind::Network, "gate$", (Some(address(0)), 50_001), 0);
    machine.background = true;
    let outside = session(2, 1, Kind::InteractiveRemote, "adm", (Some("203.0.113.9".to_owned()), 50_002), 0);
    let share = connection(1, 0, 1, (50_009, 445), 900_000);
    assert_eq!(found(&[machine, outside], &[share]).hops, vec![]);
}

/// `tscon`: the records name the client of the connection for the desktop that appears on it, and it was not its user who came.
#[test]
fn a_desktop_that_is_moved_to_a_connection_did_not_come_from_there() {
    let rdp = |number, user: &str, millis| {
        let mut session = session(number, 1, Kind::InteractiveRemote, user, (Some(address(0)), 0), millis);
        (session.client, session.port) = (Some("GATE".to_owned()), None);
        session
    };
    let mut left = rdp(1, "mallory", 0);
    (left.how, left.end_kind) = (How::Unknown, EndKind::Disconnect);
    (left.attempt, left.start, left.end) = (None, None, Some(at(10_000)));
    left.sources[0].role = Role::Disconnect;
    let mut taken = rdp(2, "Alice", 10_460);
    taken.how = How::Reconnect;
    taken.sources[0].role = Role::Reconnect;
    let users = |sessions: &[AccessSession]| -> Vec<(u64, String)> {
        let hops = found(sessions, &[]).hops;
        hops.into_iter().map(|hop| (hop.target_session.unwrap().0, hop.user.unwrap())).collect()
    };
    let mallory = vec![(1, "mallory".to_owned())];
    assert_eq!(users(&[left.clone(), taken.clone()]), mallory);
    assert_eq!(users(&[taken.clone(), left.clone()]), mallory);
    // Whose beginning is known has a hop already, and keeps it.
    let mut known = rdp(1, "mallory", 0);
    (known.end, known.end_kind) = (Some(at(10_000)), EndKind::Disconnect);
    assert_eq!(users(&[known, taken.clone()]), mallory);
    // Somebody who logs on by himself afterwards.
    let mut logon = taken.clone();
    logon.sources[0].role = Role::Logon;
    assert_eq!(users(&[left.clone(), logon]), [(2, "Alice".to_owned())]);
    left.end = Some(at(0));
    assert_eq!(users(&[left, taken]), [(2, "Alice".to_owned())]);
}

/// Names are compared in small letters and told as logged.
#[test]
fn who_goes_is_spelled_as_logged() {
    let mut here = credentials(1, 0, 1, "Administrator", 0);
    here.subject.user = Some("IEUser".to_owned());
    let hops = found(&[], &[here]).hops;
    assert_eq!(hops[0].source_user.as_deref(), Some("IEUser"));
    assert_eq!(hops[0].user.as_deref(), Some("Administrator"));
}

/// Windows cuts the names of machines after 15 letters: one record has the whole name, another one what is left of it.
#[test]
fn a_cut_name_is_no_other_machine() {
    let hops = |cut: &str| {
        let mut typed = credentials(1, 0, 1, "adm", 0);
        typed.target.host = Some("workstation-kr-0001.corp.example".to_owned());
        let mut again = credentials(2, 0, 1, "adm", 500);
        again.target.host = Some(cut.to_owned());
        found(&[], &[typed, again]).hops.into_iter().map(|hop| hop.proofs.len()).collect::<Vec<_>>()
    };
    assert_eq!(hops("WORKSTATION-KR-"), [2]);
    assert_eq!(hops("WORKSTATION-US-"), [1, 1]);
}

fn any_session() -> impl Strategy<Value = AccessSession> {
    let kind = prop_oneof![Just(Kind::Network), Just(Kind::InteractiveRemote), Just(Kind::Ssh)];
    (1_u64..400, 0_usize..4, kind, 0_usize..3, 0_usize..5, 0_u16..6, 0_i64..600_000).prop_map(
        |(number, host, kind, user, from, port, millis)| {
            let ip = (from < 4).then(|| address(from));
            session(number, host, kind, ["adm", "eve", "kim"][user], (ip, 50_000 + port), millis)
        },
    )
}

fn any_event() -> impl Strategy<Value = Observation> {
    let port = prop_oneof![Just(445_u16), Just(3389), Just(22), Just(5985)];
    let connections = (1_u64..400, 0_usize..4, 0_usize..4, 0_u16..6, port, 0_i64..600_000).prop_map(
        |(number, from, to, own, port, millis)| connection(number, from, to, (50_000 + own, port), millis),
    );
    let uses = (400_u64..800, 0_usize..4, 0_usize..4, 0_usize..3, 0_i64..600_000).prop_map(
        |(number, from, to, user, millis)| credentials(number, from, to, ["adm", "eve", "kim"][user], millis),
    );
    prop_oneof![connections, uses]
}

/// Each number once: an identity is one record's.
fn once<T>(mut all: Vec<T>, number: impl Fn(&T) -> u128) -> Vec<T> {
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(number(one)));
    all
}

proptest! {
    #[test]
    fn any_order_gives_the_same(sessions in vec(any_session(), 0..30), events in vec(any_event(), 0..40)) {
        let sessions = once(sessions, |s| s.session_uid.0.into());
        let events = once(events, |e| e.uid.0);
        let straight = found(&sessions, &events);
        let turned: Vec<_> = sessions.iter().rev().cloned().collect();
        let other: Vec<_> = events.iter().rev().chain(&events).cloned().collect();
        prop_assert_eq!(&straight.hops, &found(&turned, &other).hops);
    }

    #[test]
    fn hops_join_two_hosts_and_no_session_is_reached_twice(
        sessions in vec(any_session(), 0..30),
        events in vec(any_event(), 0..40),
    ) {
        let sessions = once(sessions, |s| s.session_uid.0.into());
        let hops = found(&sessions, &once(events, |e| e.uid.0)).hops;
        let mut reached = BTreeSet::new();
        for hop in &hops {
            prop_assert!(hop.source_host.as_deref() != Some(hop.target_host.as_str()));
            prop_assert!(hop.target_session.is_none_or(|session| reached.insert(session)));
            prop_assert!(hop.source_host.is_some() || !hop.source_candidates.is_empty());
            prop_assert!(!hop.proofs.is_empty());
        }
    }
}
