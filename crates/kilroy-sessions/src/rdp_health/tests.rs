use std::net::Ipv4Addr;

use super::*;
use crate::logs::{CORE_TS, LSM, RCM, SECURITY};
use kilroy_model::{
    AuthenticationSummary, EndKind, Grade, How, LinkRule, Reason, Role, Scope, SessionUid, Source,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ticks(17_000_000_000_000_000).plus_millis(seconds * 1000)
}

fn ip(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 1, 2, last))
}

fn guid(n: u128) -> Guid {
    Guid(0xF420 << 112 | n)
}

fn proof(event_id: u32, seconds: i64) -> Proof {
    let uid = EventUid(u128::from(event_id) << 64 | u128::from(seconds.unsigned_abs()));
    Proof { time: at(seconds), uid, log: CORE_TS, event_id }
}

fn record(activity: u128, event_id: u32, seconds: i64, seen: Seen) -> RdpRecord {
    RdpRecord { host: "srv".into(), proof: proof(event_id, seconds), activity: Some(guid(activity)), seen }
}

fn accepted(activity: u128, seconds: i64, from: u8) -> RdpRecord {
    record(activity, 131, seconds, Seen::Accepted { ip: Some(ip(from)), port: Some(50_000), udp: false })
}

/// A stay of Alice from one second to another, over a connection, with the reason of its end.
fn stay(activity: u128, start: i64, end: i64, reason: Option<u32>) -> AccessSession {
    let source = |log: &str, event_id: u32, seconds: i64, role| Source {
        event_uid: proof(event_id, seconds).uid,
        log: log.into(),
        event_id,
        record_id: 1,
        time: at(seconds),
        role,
        link: LinkRule::Anchor,
    };
    AccessSession {
        session_uid: SessionUid(u64::try_from(start).unwrap()),
        computer: "srv".to_owned(),
        user: Some("Alice".to_owned()),
        domain: Some("CORP".to_owned()),
        sid: None,
        kind: Kind::InteractiveRemote,
        how: How::Logon,
        outcome: SessionOutcome::Success,
        background: false,
        ip: Some(ip(3).to_string()),
        port: None,
        client: None,
        scope: Scope::Internal,
        attempt: Some(at(start)),
        start: Some(at(start)),
        end: Some(at(end)),
        end_kind: EndKind::Disconnect,
        end_not_after: None,
        reason: reason.map(Reason::Number),
        reason_text: None,
        status: None,
        status_text: None,
        logon_ids: vec![],
        linked_logon_ids: vec![],
        session_id: Some(2),
        line: None,
        resource: None,
        activity_id: Some(guid(activity)),
        authentication: AuthenticationSummary::default(),
        prior_failures: 0,
        grade: Grade::Complete,
        sources: vec![
            source(LSM, 21, start, Role::Logon),
            source(LSM, 40, end, Role::Disconnect),
            source(LSM, 24, end, Role::Disconnect),
        ],
        missing: vec![],
        links: vec![],
        turned_down: vec![],
        proofs: vec![],
    }
}

fn failure(seconds: i64, from: u8) -> AccessSession {
    let mut row = stay(900, seconds, seconds, None);
    row.outcome = SessionOutcome::Failure;
    row.end_kind = EndKind::Failed;
    row.ip = Some(ip(from).to_string());
    row.activity_id = None;
    row.sources.truncate(1);
    row.sources[0].role = Role::Failure;
    row.sources[0].log = SECURITY.into();
    row.sources[0].event_id = 4625;
    row
}

struct Story {
    sessions: Vec<AccessSession>,
    records: Vec<RdpRecord>,
    logs: Vec<&'static str>,
}

impl Story {
    fn report(&self) -> Report {
        let mut health = RdpHealth::new();
        self.sessions.iter().for_each(|session| health.session(session));
        self.records.iter().for_each(|record| health.record(record.clone()));
        for log in &self.logs {
            health.log(&"srv".into(), log, 10, at(0), at(86_400));
        }
        health.finish()
    }

    /// `drops 10.1.2.3 certain 2/3 121`.
    fn findings(&self) -> Vec<String> {
        let report = self.report();
        assert!(report.hosts.len() <= 1);
        let line = |f: &Finding| {
            let ip = f.ip.map(|ip| ip.to_string()).unwrap_or_default();
            let of = f.of.map(|of| format!("/{of}")).unwrap_or_default();
            let code = f.code.map(|code| format!(" {code}")).unwrap_or_default();
            format!("{} {ip} {} {}{of}{code}", f.kind.name(), f.sure.name(), f.count)
        };
        report.hosts.iter().flat_map(|host| host.findings.iter().map(line)).collect()
    }
}

const ALL: [&str; 5] = [CORE_TS, LSM, RCM, SECURITY, "System"];

/// A line that breaks twice: packets are lost, and Alice is back within half a minute.
fn flapping() -> Story {
    Story {
        sessions: vec![
            stay(1, 10, 610, Some(0)),
            stay(2, 640, 1_240, Some(0)),
            stay(3, 1_260, 5_000, Some(11)),
        ],
        records: vec![
            accepted(1, 5, 3),
            record(1, 98, 6, Seen::Established),
            record(1, 143, 610, Seen::Failed(Fault::Write, Some(121), None)),
            record(1, 226, 610, Seen::Failed(Fault::Network, Some(0x8007_0079), None)),
            record(1, 103, 611, Seen::EndReason(14)),
            accepted(2, 635, 3),
            record(2, 142, 1_240, Seen::Failed(Fault::Read, Some(64), None)),
            record(2, 103, 1_241, Seen::EndReason(14)),
            accepted(3, 1_255, 3),
            record(3, 103, 5_000, Seen::EndReason(11)),
            record(3, 142, 5_001, Seen::Failed(Fault::Read, Some(64), None)),
        ],
        logs: ALL.to_vec(),
    }
}

#[test]
fn a_line_that_breaks_is_told_with_its_error() {
    let story = flapping();
    assert_eq!(story.findings(), ["drops 10.1.2.3 certain 2/3 121"]);
    let report = story.report();
    let client = &report.hosts[0].clients[0];
    assert_eq!((client.connections, client.sessions, client.drops), (Some(3), 3, 2));
    assert_eq!(client.median, Some(600 * 10_000_000));
    assert_eq!(report.hosts[0].findings[0].users, ["Alice"]);
    assert_eq!(report.hosts[0].findings[0].gap, Some(25 * 10_000_000));
    let mut named: Vec<u32> =
        report.hosts[0].findings[0].proofs.named().iter().map(|proof| proof.event_id).collect();
    named.sort_unstable();
    assert_eq!(named, [21, 21, 40, 40, 142, 143]);
    assert!(report.hosts[0].lone.is_empty());
}

#[test]
fn who_meant_to_go_did_not_drop() {
    let healthy = |reason, closed: bool, back: i64| {
        let mut records = vec![accepted(1, 5, 3), accepted(2, back - 5, 3)];
        if closed {
            records.push(record(1, 107, 600, Seen::ClientClosed));
        }
        let sessions = vec![stay(1, 10, 610, reason), stay(2, back, back + 600, Some(12))];
        Story { sessions, records, logs: ALL.to_vec() }.report().hosts[0].clients[0].drops
    };
    assert_eq!(healthy(Some(0), false, 640), 1);
    assert_eq!(healthy(None, false, 640), 1);
    // By the user, at the idle limit; after the client said goodbye; after a break.
    assert_eq!(healthy(Some(11), false, 640), 0);
    assert_eq!(healthy(Some(3), false, 640), 0);
    assert_eq!(healthy(Some(0), true, 640), 0);
    assert_eq!(healthy(Some(0), false, 1_000), 0);
}

#[test]
fn nothing_wrong_is_said_too() {
    let story = Story {
        sessions: vec![stay(1, 10, 610, Some(11))],
        records: vec![accepted(1, 5, 3)],
        logs: ALL.to_vec(),
    };
    assert_eq!(story.findings(), ["healthy  likely 1"]);
}

#[test]
fn wrong_passwords_and_what_succeeded_from_there() {
    let mut sessions: Vec<AccessSession> = (0..12).map(|n| failure(n * 3, 3)).collect();
    sessions.push(stay(1, 100, 200, Some(12)));
    let story = Story { sessions, records: vec![], logs: ALL.to_vec() };
    assert_eq!(story.findings(), ["healthy  likely 1", "wrong-password 10.1.2.3 certain 12/1"]);
}

#[test]
fn a_certificate_that_cannot_be_made() {
    let mut failed = record(
        0,
        1057,
        50,
        Seen::Certificate(CertificateEvent::NotMade, Some("Keyset does not exist".into())),
    );
    failed.activity = None;
    failed.proof.log = "System";
    let story = Story {
        sessions: vec![],
        records: vec![
            failed,
            accepted(1, 60, 9),
            record(1, 226, 61, Seen::Failed(Fault::Security, Some(0x8009_0304), None)),
        ],
        logs: ALL.to_vec(),
    };
    assert_eq!(
        story.findings(),
        ["certificate-not-made  certain 1", "security-failed 10.1.2.9 likely 1 2148074244"]
    );
    assert_eq!(story.report().hosts[0].lone[0].kind, LoneKind::Security);
}

#[test]
fn connections_without_a_logon_are_told_apart() {
    let story = Story {
        sessions: vec![stay(2, 30, 90, Some(11))],
        records: vec![
            // The client of Windows asks for credentials first, and comes back.
            accepted(1, 10, 3),
            accepted(2, 20, 3),
            // A scan.
            accepted(5, 40, 66),
            accepted(6, 41, 66),
            // Up to the logon screen, and the channel of a scan for BlueKeep.
            accepted(7, 50, 77),
            record(7, 66, 51, Seen::Assigned),
            record(7, 148, 52, Seen::ScanChannel),
        ],
        logs: ALL.to_vec(),
    };
    let report = story.report();
    let lone: Vec<(Option<IpAddr>, LoneKind, u64)> =
        report.hosts[0].lone.iter().map(|lone| (lone.ip, lone.kind, lone.proofs.count())).collect();
    assert_eq!(
        lone,
        [
            (Some(ip(3)), LoneKind::FirstTry, 1),
            (Some(ip(66)), LoneKind::Silent, 2),
            (Some(ip(77)), LoneKind::LogonScreen, 1),
        ]
    );
    assert_eq!(
        story.findings(),
        [
            "vulnerability-scan 10.1.2.77 likely 1",
            "lone-connections 10.1.2.66 possible 2/2",
            "lone-connections 10.1.2.77 possible 1/1",
        ]
    );
}

#[test]
fn the_transport_alone_tells_of_drops_where_no_session_is_known() {
    let story = Story {
        sessions: vec![],
        records: vec![
            accepted(1, 10, 3),
            record(1, 98, 11, Seen::Established),
            record(1, 143, 500, Seen::Failed(Fault::Write, Some(121), None)),
            record(1, 103, 501, Seen::EndReason(14)),
            accepted(2, 520, 3),
            record(2, 98, 521, Seen::Established),
            record(2, 143, 4_000, Seen::Failed(Fault::Write, Some(10_060), None)),
        ],
        logs: vec![CORE_TS],
    };
    assert_eq!(story.findings(), ["drops 10.1.2.3 certain 1 121", "line-lost 10.1.2.3 certain 1 10060"]);
    let missing: Vec<&str> = story.report().hosts[0].unknown.iter().map(|unknown| unknown.log).collect();
    assert_eq!(missing, [RCM, SECURITY, LSM, "System"]);
    // Nobody can say that no logon followed.
    assert!(story.report().hosts[0].lone.is_empty());
}

#[test]
fn reasons_speak_for_themselves() {
    for (reason, want) in [
        (3, "idle-limit 10.1.2.3 certain 1 3"),
        (4, "time-limit 10.1.2.3 certain 1 4"),
        (16, "server-crash 10.1.2.3 certain 1 16"),
        (0x101, "licensing 10.1.2.3 certain 1 257"),
        (0x1192, "protocol-error 10.1.2.3 likely 1 4498"),
        (26, "machine-down  certain 1 26"),
    ] {
        let story =
            Story { sessions: vec![stay(1, 10, 610, Some(reason))], records: vec![], logs: ALL.to_vec() };
        assert_eq!(story.findings(), [want]);
    }
}

#[test]
fn a_takeover_is_not_a_drop() {
    let mut other = stay(2, 611, 900, Some(11));
    other.ip = Some(ip(99).to_string());
    let story =
        Story { sessions: vec![stay(1, 10, 610, Some(5)), other], records: vec![], logs: ALL.to_vec() };
    assert_eq!(story.findings(), ["replaced 10.1.2.3 certain 1 5"]);
    // The same client, back before the server noticed: the line.
    let story = Story {
        sessions: vec![stay(1, 10, 610, Some(5)), stay(2, 609, 900, Some(11))],
        records: vec![],
        logs: ALL.to_vec(),
    };
    assert_eq!(story.findings(), ["drops 10.1.2.3 possible 1/2"]);
}

#[test]
fn a_log_of_another_day_does_not_count() {
    let mut health = RdpHealth::new();
    for record in [accepted(1, 10, 3), record(1, 66, 11, Seen::Assigned)] {
        health.record(record);
    }
    let day = 86_400;
    health.log(&"srv".into(), CORE_TS, 2, at(0), at(day));
    health.log(&"srv".into(), SECURITY, 9, at(-9 * day), at(-8 * day));
    health.log(&"srv".into(), SECURITY, 9, at(40 * day), at(41 * day));
    let report = health.finish();
    // Security was there before and after, not then: whether a logon followed is not known.
    assert!(report.hosts[0].lone.is_empty());
    let unknown: Vec<&str> = report.hosts[0].unknown.iter().map(|unknown| unknown.log).collect();
    assert_eq!(unknown, [RCM, SECURITY, LSM, "System"]);
    assert_eq!(report.hosts[0].logs[1].records, 18);
}

/// Whatever comes first, the report is the same.
#[test]
fn the_order_of_input_leaves_no_trace() {
    let mut story = flapping();
    story.sessions.extend((0..5).map(|n| failure(2_000 + n, 8)));
    story.records.extend([
        accepted(20, 300, 66),
        accepted(21, 301, 66),
        record(22, 227, 302, Seen::NoChannel(Some(0xd000_0001))),
        record(23, 139, 303, Seen::Failed(Fault::Security, Some(0x8009_0304), Some(ip(67)))),
    ]);
    let want = story.report();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..50 {
        for i in (1..story.records.len()).rev() {
            story.records.swap(i, roll(i + 1));
        }
        for i in (1..story.sessions.len()).rev() {
            story.sessions.swap(i, roll(i + 1));
        }
        story.logs.rotate_left(1);
        assert_eq!(story.report(), want);
    }
}
