use kilroy_model::{
    AuthenticationSummary, EndKind, EventUid, Grade, How, Kind, LinkRule, Missing, Role, Scope,
    SessionOutcome, SessionUid, Source, Timestamp, WhyMissing,
};
use proptest::prelude::*;

use super::*;
use crate::logs::{CORE_TS, LSM, RCM, SECURITY};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_ticks(17_000_000_000_000_000).plus_millis(millis)
}

fn source(log: &str, event_id: u32, record_id: u64, millis: i64, role: Role) -> Source {
    Source {
        event_uid: EventUid(u128::from(record_id) << 32 | u128::from(event_id)),
        log: log.into(),
        event_id,
        record_id,
        time: at(millis),
        role,
        link: LinkRule::Window,
    }
}

fn session(sources: Vec<Source>) -> AccessSession {
    AccessSession {
        session_uid: SessionUid(1),
        computer: "srv".to_owned(),
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
        scope: Scope::Unknown,
        attempt: Some(at(0)),
        start: Some(at(0)),
        end: None,
        end_kind: EndKind::Open,
        end_not_after: None,
        reason: None,
        reason_text: None,
        status: None,
        status_text: None,
        logon_ids: vec![],
        linked_logon_ids: vec![],
        session_id: None,
        line: None,
        resource: None,
        activity_id: None,
        authentication: AuthenticationSummary::default(),
        prior_failures: 0,
        grade: Grade::Partial,
        sources,
        missing: vec![],
        links: vec![],
        turned_down: vec![],
        proofs: vec![],
    }
}

/// A logon by RDP with NLA of an administrator, and a disconnect an hour later: as Windows 10 logs it.
fn rdp() -> AccessSession {
    let hour = 3_600_000;
    AccessSession {
        end: Some(at(hour)),
        end_kind: EndKind::Disconnect,
        ..session(vec![
            source(CORE_TS, 131, 1, 0, Role::Connection),
            source(RCM, 261, 1, 100, Role::Connection),
            source(SECURITY, 4624, 10, 2_500, Role::Nla),
            source(SECURITY, 4672, 11, 2_500, Role::Privileges),
            source(RCM, 1149, 2, 2_600, Role::Authentication),
            source(SECURITY, 4648, 12, 4_800, Role::ExplicitCredentials),
            source(SECURITY, 4624, 13, 4_800, Role::Logon),
            source(SECURITY, 4624, 14, 4_800, Role::Logon),
            source(SECURITY, 4672, 15, 4_800, Role::Privileges),
            source(LSM, 41, 1, 4_850, Role::Arbitration),
            source(LSM, 42, 2, 4_860, Role::Arbitration),
            source(LSM, 21, 3, 5_800, Role::Logon),
            source(LSM, 22, 4, 6_900, Role::Shell),
            source(LSM, 40, 5, hour - 560, Role::Disconnect),
            source(SECURITY, 4779, 16, hour - 450, Role::Disconnect),
            source(LSM, 24, 6, hour, Role::Disconnect),
            source(SECURITY, 4634, 17, hour + 4_000, Role::Nla),
        ])
    }
}

/// `1 connection 131+261` and so on.
fn lines(session: &AccessSession) -> Vec<String> {
    let flow = flow(session);
    let line = |step: &Step<'_>| {
        let number = step.number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let records: Vec<String> = step.records.iter().map(|record| record.event_id.to_string()).collect();
        let absent: Vec<String> = step
            .absent
            .iter()
            .map(|absent| match absent {
                Absent::Record(missing) => format!(" !{} {}", missing.event_id, missing.why),
                Absent::Begin => " !begin".to_owned(),
                Absent::End(kind) => format!(" !{kind}"),
            })
            .collect();
        format!("{number} {} {}{}", step.kind.name(), records.join("+"), absent.concat())
    };
    flow.steps.iter().map(line).collect()
}

#[test]
fn a_remote_desktop_session_reads_from_connection_to_disconnect() {
    let session = rdp();
    assert_eq!(
        lines(&session),
        [
            "1 connection 131+261",
            "2 nla 4624+4672",
            "3 authentication 1149",
            "4 logon 4648+4624+4624+4672",
            "5 arbitration 41+42",
            "6 desktop 21",
            "7 shell 22",
            "8 disconnect 40+4779+24+4634",
        ]
    );
    let flow = flow(&session);
    let since: Vec<Option<u64>> = flow.steps.iter().map(|step| step.since.map(|t| t / 10_000)).collect();
    assert_eq!(since[..3], [None, Some(2_500), Some(100)]);
    assert_eq!(flow.steps[7].lead().map(|record| record.event_id), Some(24));
    assert_eq!(flow.steps[3].lead().map(|record| record.record_id), Some(13));
}

#[test]
fn what_is_missing_stands_where_it_should_be() {
    let mut session = rdp();
    session.sources.retain(|s| !matches!(s.event_id, 131 | 261 | 21 | 24));
    let missing = |log: &str, event_id, why| Missing { log: log.to_owned(), event_id, why };
    session.missing = vec![
        missing(LSM, 24, WhyMissing::Unexplained),
        missing(LSM, 21, WhyMissing::Hole),
        missing(CORE_TS, 131, WhyMissing::NoSuchLog),
    ];
    assert_eq!(
        lines(&session),
        [
            "- connection  !131 no-such-log",
            "1 nla 4624+4672",
            "2 authentication 1149",
            "3 logon 4648+4624+4624+4672",
            "4 arbitration 41+42",
            "- desktop  !21 hole",
            "5 shell 22",
            "6 disconnect 40+4779+4634 !24 unexplained",
        ]
    );
}

#[test]
fn a_reconnect_closes_its_own_logon_before_the_session_ends() {
    let session = AccessSession {
        how: How::Reconnect,
        ..session(vec![
            source(SECURITY, 4624, 1, 0, Role::Logon),
            source(SECURITY, 4778, 2, 500, Role::Reconnect),
            source(LSM, 25, 1, 800, Role::Reconnect),
            source(SECURITY, 4634, 3, 5_000, Role::Logoff),
        ])
    };
    assert_eq!(
        lines(&session),
        ["1 logon 4624", "2 reconnect 4778+25", "3 logon-closed 4634", "- end  !open"]
    );
}

/// Seen on Windows Server 2016: the privileges of a logon are written a moment before it.
#[test]
fn privileges_go_with_the_logon_that_they_are_tied_to() {
    let mut session = session(vec![
        source(SECURITY, 4672, 1, 0, Role::Privileges),
        source(SECURITY, 4624, 2, 1, Role::Nla),
        source(SECURITY, 4624, 3, 900, Role::Logon),
        source(SECURITY, 4672, 4, 901, Role::Privileges),
    ]);
    let link = |from: usize, to: usize| kilroy_model::Link {
        from: session.sources[from].event_uid,
        to: session.sources[to].event_uid,
        rule: LinkRule::Luid,
        value: "0x1".to_owned(),
    };
    session.links = vec![link(1, 0), link(2, 3)];
    assert_eq!(lines(&session), ["1 nla 4672+4624", "2 logon 4624+4672", "- end  !open"]);
}

/// A session of ten seconds: the throw-away logon of a reconnect is closed shortly before the end, and is not the end.
#[test]
fn in_a_short_session_the_end_is_told_apart() {
    let session = AccessSession {
        how: How::Reconnect,
        end: Some(at(10_000)),
        end_kind: EndKind::Logoff,
        ..session(vec![
            source(LSM, 25, 1, 0, Role::Reconnect),
            source(SECURITY, 4634, 1, 500, Role::Logoff),
            source(SECURITY, 4647, 2, 9_970, Role::Logoff),
            source(LSM, 23, 2, 10_000, Role::Logoff),
            source(LSM, 40, 3, 10_380, Role::Disconnect),
        ])
    };
    assert_eq!(lines(&session), ["1 reconnect 25", "2 logon-closed 4634", "3 logoff 4647+23+40"]);
}

#[test]
fn of_two_nla_logons_the_first_is_closed_within_its_step() {
    let session = AccessSession {
        end: Some(at(60_000)),
        end_kind: EndKind::NlaLogoff,
        ..session(vec![
            source(SECURITY, 4624, 1, 0, Role::Nla),
            source(SECURITY, 4634, 2, 15, Role::Nla),
            source(SECURITY, 4624, 3, 700, Role::Nla),
            source(SECURITY, 4634, 4, 60_000, Role::Nla),
        ])
    };
    assert_eq!(lines(&session), ["1 nla 4624+4634+4624", "2 disconnect 4634"]);
}

#[test]
fn failures_and_refusals_have_no_end() {
    let failure = AccessSession {
        outcome: SessionOutcome::Failure,
        end_kind: EndKind::Failed,
        ..session(vec![
            source(CORE_TS, 131, 1, 0, Role::Connection),
            source(SECURITY, 4625, 1, 450, Role::Failure),
            source(CORE_TS, 140, 2, 530, Role::Failure),
        ])
    };
    assert_eq!(lines(&failure), ["1 connection 131", "2 failure 4625+140"]);
    let denied = AccessSession {
        outcome: SessionOutcome::Denied,
        end_kind: EndKind::Denied,
        ..session(vec![
            source(SECURITY, 4624, 1, 0, Role::Logon),
            source(SECURITY, 4825, 2, 180, Role::Denied),
            source(SECURITY, 4634, 3, 370, Role::Logoff),
        ])
    };
    assert_eq!(lines(&denied), ["1 logon 4624", "2 denied 4825", "3 logon-closed 4634"]);
}

#[test]
fn a_lone_end_says_that_no_begin_was_seen() {
    let session = AccessSession {
        how: How::Unknown,
        attempt: None,
        start: None,
        end: Some(at(0)),
        end_kind: EndKind::Logoff,
        ..session(vec![source(LSM, 23, 1, 0, Role::Logoff)])
    };
    assert_eq!(lines(&session), ["- begin  !begin", "1 logoff 23"]);
}

fn any_source() -> impl Strategy<Value = Source> {
    let logs = prop::sample::select(vec![CORE_TS, RCM, LSM, SECURITY, "Nobody/Operational"]);
    let ids =
        prop::sample::select(vec![131, 261, 4624, 4634, 4672, 1149, 21, 22, 23, 24, 25, 40, 4778, 4800]);
    let roles = prop::sample::select(Role::ALL.to_vec());
    (logs, ids, 0..1_000_u64, 0..20_000_i64, roles)
        .prop_map(|(log, id, record, millis, role)| source(log, id, record, millis, role))
}

proptest! {
    /// Every record stands in exactly one step; steps, and records in them, are in time order; input order leaves no
    /// trace; every missing record is told of once.
    #[test]
    fn every_record_once_and_in_time_order(
        sources in prop::collection::vec(any_source(), 0..40),
        ended in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut session = session(sources);
        if ended {
            session.end = Some(at(10_000));
            session.end_kind = EndKind::Logoff;
        }
        session.missing = vec![
            Missing { log: LSM.to_owned(), event_id: 21, why: WhyMissing::Hole },
            Missing { log: SECURITY.to_owned(), event_id: 4634, why: WhyMissing::Cleared },
        ];
        let flow = flow(&session);
        let mut told: Vec<&Source> = flow.steps.iter().flat_map(|step| step.records.iter().copied()).collect();
        let times: Vec<Timestamp> = flow.steps.iter().filter_map(Step::time).collect();
        prop_assert!(times.is_sorted());
        for step in &flow.steps {
            prop_assert!(step.records.iter().map(|record| record.time).is_sorted());
            prop_assert_eq!(step.records.is_empty(), step.number.is_none());
            prop_assert!(!step.records.is_empty() || !step.absent.is_empty());
        }
        let absent = flow.steps.iter().flat_map(|step| &step.absent);
        prop_assert_eq!(absent.filter(|a| matches!(a, Absent::Record(_))).count(), 2);
        let key = |s: &&Source| (s.time, s.log.clone(), s.record_id, s.event_uid, s.role);
        let mut all: Vec<&Source> = session.sources.iter().collect();
        told.sort_by_key(key);
        all.sort_by_key(key);
        prop_assert_eq!(told, all);
        // Records of one identity are one record: only then order leaves no trace.
        let mut once = session.clone();
        once.sources.sort_by_key(|s| (s.event_uid, s.time, s.log.clone(), s.role));
        once.sources.dedup_by_key(|s| (s.event_uid, s.time, s.log.clone()));
        let mut turned = once.clone();
        let len = turned.sources.len().max(1);
        turned.sources.rotate_left(usize::try_from(seed % len as u64).unwrap_or(0));
        turned.missing.reverse();
        prop_assert_eq!(lines(&turned), lines(&once));
    }
}
