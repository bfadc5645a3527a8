//! Session tables come back as they were written, whatever the rows.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::ops::ControlFlow;

use kilroy_case::Case;
use kilroy_model::{
    Absence, AccessSession, AccountKind, AuthenticationSummary, Boot, ClockChange, Connection, Contradiction,
    EndKind, EventUid, FieldProof, GapWhy, Grade, Guid, How, Kind, Link, LinkRule, LogBegin, LogClear,
    LogCoverage, LogGap, LogSpan, LogState, LoggingStop, LogonSession, Luid, Missing, Reason, Role, Scope,
    SessionOutcome, SessionUid, Source, Stretch, TerminalSession, TimeFall, Timestamp, TurnedDown,
    WhyMissing,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;

fn case() -> (tempfile::TempDir, Case) {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create_or_open(&dir.path().join("case")).unwrap();
    (dir, case)
}

/// Any text, and those that look like something else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        select(vec!["", " ", "-", "null", "0", "12", "LOCAL", "회계팀", "a\0b"]).prop_map(str::to_owned)
    ]
}

fn may() -> impl Strategy<Value = Option<String>> {
    of(text())
}

/// Any time that has nanoseconds.
fn when() -> impl Strategy<Value = Timestamp> {
    const LIMIT: i64 = i64::MAX / 100;
    prop_oneof![
        -LIMIT..=LIMIT,
        17_000_000_000_000_000..18_000_000_000_000_000_i64,
        select(vec![-LIMIT, LIMIT, 0, -1, 1])
    ]
    .prop_map(Timestamp::from_ticks)
}

fn uid() -> impl Strategy<Value = EventUid> {
    any::<u128>().prop_map(EventUid)
}

fn luid() -> impl Strategy<Value = Luid> {
    any::<u64>().prop_map(Luid)
}

fn guid() -> impl Strategy<Value = Option<Guid>> {
    of(any::<u128>().prop_map(Guid))
}

fn session_uid() -> impl Strategy<Value = SessionUid> {
    any::<u64>().prop_map(SessionUid)
}

fn end_kind() -> impl Strategy<Value = EndKind> {
    select(EndKind::ALL)
}

fn source() -> impl Strategy<Value = Source> {
    (uid(), text(), any::<u32>(), any::<u64>(), when(), select(Role::ALL), select(LinkRule::ALL)).prop_map(
        |(event_uid, log, event_id, record_id, time, role, link)| Source {
            event_uid,
            log: log.into(),
            event_id,
            record_id,
            time,
            role,
            link,
        },
    )
}

fn sources() -> impl Strategy<Value = Vec<Source>> {
    vec(source(), 0..4)
}

fn proof() -> impl Strategy<Value = FieldProof> {
    let contradiction = (uid(), text()).prop_map(|(event_uid, value)| Contradiction { event_uid, value });
    (text(), text(), vec(uid(), 0..3), vec(contradiction, 0..3)).prop_map(
        |(field, value, proven_by, contradictions): (String, _, _, _)| FieldProof {
            field: field.into(),
            value,
            proven_by,
            contradictions,
        },
    )
}

fn reason() -> impl Strategy<Value = Option<Reason>> {
    of(prop_oneof![any::<u32>().prop_map(Reason::Number), text().prop_map(Reason::Code)])
}

fn access() -> impl Strategy<Value = AccessSession> {
    let who = (session_uid(), text(), may(), may(), may());
    let scopes = vec![Scope::Internal, Scope::External, Scope::Loopback, Scope::Local, Scope::Unknown];
    let what =
        (select(Kind::ALL), select(How::ALL), select(SessionOutcome::ALL), any::<bool>(), select(scopes));
    let place = (may(), of(any::<u16>()), may(), may());
    let times = (of(when()), of(when()), of(when()), end_kind(), of(when()));
    let why = (reason(), may(), may(), may());
    let ids = (vec(luid(), 0..3), vec(luid(), 0..3), of(any::<u32>()), may(), guid());
    let yes_or_no = || of(any::<bool>());
    let authentication = (may(), may(), may(), yes_or_no(), yes_or_no(), yes_or_no(), yes_or_no()).prop_map(
        |(package, logon_process, lm_package, nla, elevated, restricted_admin, credential_guard)| {
            AuthenticationSummary {
                package,
                logon_process,
                lm_package,
                nla,
                elevated,
                restricted_admin,
                credential_guard,
            }
        },
    );
    let missing = (text(), any::<u32>(), select(WhyMissing::ALL)).prop_map(|(log, event_id, why)| Missing {
        log,
        event_id,
        why,
    });
    let link = (uid(), uid(), select(LinkRule::ALL), text()).prop_map(|(from, to, rule, value)| Link {
        from,
        to,
        rule,
        value,
    });
    let turned_down = (uid(), text(), any::<u32>(), any::<u64>(), text()).prop_map(
        |(event_uid, log, event_id, record_id, why)| TurnedDown { event_uid, log, event_id, record_id, why },
    );
    let receipt = (
        any::<u32>(),
        select(Grade::ALL),
        sources(),
        vec(missing, 0..3),
        vec(link, 0..3),
        vec(turned_down, 0..3),
        vec(proof(), 0..3),
    );
    (who, what, place, times, why, ids, authentication, receipt).prop_map(
        |(
            (session_uid, computer, user, domain, sid),
            (kind, how, outcome, background, scope),
            (ip, port, client, resource),
            (attempt, start, end, end_kind, end_not_after),
            (reason, reason_text, status, status_text),
            (logon_ids, linked_logon_ids, session_id, line, activity_id),
            authentication,
            (prior_failures, grade, sources, missing, links, turned_down, proofs),
        )| AccessSession {
            session_uid,
            computer,
            user,
            domain,
            sid,
            kind,
            how,
            outcome,
            background,
            ip,
            port,
            client,
            resource,
            scope,
            attempt,
            start,
            end,
            end_kind,
            end_not_after,
            reason,
            reason_text,
            status,
            status_text,
            logon_ids,
            linked_logon_ids,
            session_id,
            line,
            activity_id,
            authentication,
            prior_failures,
            grade,
            sources,
            missing,
            links,
            turned_down,
            proofs,
        },
    )
}

fn logon() -> impl Strategy<Value = LogonSession> {
    let kinds = vec![
        AccountKind::User,
        AccountKind::Machine,
        AccountKind::System,
        AccountKind::Service,
        AccountKind::Anonymous,
        AccountKind::WindowManager,
    ];
    let who = (text(), of(when()), luid(), may(), may(), may(), of(any::<u8>()), select(kinds));
    let place = (may(), of(any::<u16>()), may());
    let how = (of(luid()), of(any::<bool>()), may(), may());
    let times = (of(when()), of(when()), end_kind(), of(when()));
    (who, place, how, times, of(session_uid()), sources()).prop_map(
        |(
            (computer, boot, logon_id, user, domain, sid, logon_type, kind),
            (ip, port, workstation),
            (linked_logon_id, elevated, authentication, process),
            (start, end, end_kind, end_not_after),
            session_uid,
            sources,
        )| LogonSession {
            computer,
            boot,
            logon_id,
            user,
            domain,
            sid,
            logon_type,
            kind,
            ip,
            port,
            workstation,
            linked_logon_id,
            elevated,
            authentication,
            process,
            start,
            end,
            end_kind,
            end_not_after,
            session_uid,
            sources,
        },
    )
}

fn terminal() -> impl Strategy<Value = TerminalSession> {
    let times = (of(when()), of(when()), end_kind());
    let connection = (select(How::ALL), may(), times, of(any::<u32>()), guid(), of(session_uid())).prop_map(
        |(how, address, (start, end, end_kind), reason, activity_id, session_uid)| Connection {
            how,
            address,
            start,
            end,
            end_kind,
            reason,
            activity_id,
            session_uid,
        },
    );
    let who = (text(), of(when()), any::<u32>(), may(), may());
    let times = (of(when()), of(when()), of(when()), end_kind(), of(when()));
    (who, times, vec(connection, 0..4), sources()).prop_map(
        |(
            (computer, boot, session_id, user, domain),
            (start, shell_start, end, end_kind, end_not_after),
            connections,
            sources,
        )| TerminalSession {
            computer,
            boot,
            session_id,
            user,
            domain,
            start,
            shell_start,
            end,
            end_kind,
            end_not_after,
            connections,
            sources,
        },
    )
}

fn boot() -> impl Strategy<Value = Boot> {
    let stretch = (text(), any::<(u64, u64)>(), when(), when(), any::<i64>()).prop_map(
        |(log, (from_record_id, to_record_id), from, to, shift)| Stretch {
            log,
            from_record_id,
            to_record_id,
            from,
            to,
            shift,
        },
    );
    let stretches = vec(stretch, 0..3);
    (text(), of(when()), end_kind(), of(when()), stretches).prop_map(
        |(computer, start, end_kind, end_not_after, stretches)| Boot {
            computer,
            start,
            end_kind,
            end_not_after,
            stretches,
        },
    )
}

fn noted() -> impl Strategy<Value = (Timestamp, EventUid, u32, u64)> {
    (when(), uid(), any::<u32>(), any::<u64>())
}

fn gap() -> impl Strategy<Value = LogGap> {
    let ids = (of(any::<u64>()), of(any::<u64>()), of(any::<u64>()));
    (select(GapWhy::ALL), when(), when(), ids, any::<u64>(), any::<u64>()).prop_map(
        |(why, from, to, (from_record_id, to_record_id, lost), kept, holes)| LogGap {
            why,
            from,
            to,
            from_record_id,
            to_record_id,
            lost,
            kept,
            holes,
        },
    )
}

fn clear() -> impl Strategy<Value = LogClear> {
    (noted(), text(), may(), of(luid()), of(session_uid())).prop_map(
        |((time, event_uid, event_id, record_id), noted_in, user, logon_id, session_uid)| LogClear {
            time,
            event_uid,
            noted_in,
            event_id,
            record_id,
            user,
            logon_id,
            session_uid,
        },
    )
}

fn clock_change() -> impl Strategy<Value = ClockChange> {
    (noted(), of(when()), of(when()), may(), may()).prop_map(
        |((time, event_uid, event_id, record_id), old, new, user, image)| ClockChange {
            time,
            event_uid,
            event_id,
            record_id,
            old,
            new,
            user,
            image,
        },
    )
}

fn stop() -> impl Strategy<Value = LoggingStop> {
    (noted(), of(when())).prop_map(|((time, event_uid, event_id, record_id), resumed)| LoggingStop {
        time,
        event_uid,
        event_id,
        record_id,
        resumed,
    })
}

/// A log with a bit of everything in its lists.
fn log_coverage() -> impl Strategy<Value = LogCoverage> {
    let lists = (vec(gap(), 0..3), vec(clear(), 0..3), vec(clock_change(), 0..3), vec(stop(), 0..3));
    let plain = (text(), vec(text(), 0..3), text(), select(LogState::ALL), vec(any::<u32>(), 0..4));
    let times = (of(when()), of(when()), when(), when());
    (
        plain,
        times,
        any::<[u64; 4]>(),
        of(select(LogBegin::ALL)),
        of(any::<u32>()),
        lists,
        vec(session_uid(), 0..3),
    )
        .prop_map(|(plain, times, numbers, begins, hours_kept, lists, sessions)| {
            let (computer, names, log, state, event_ids) = plain;
            let (first, last, from, to) = times;
            let [a, b, c, d] = numbers;
            let (gaps, clears, clock_changes, stops) = lists;
            LogCoverage {
                computer,
                names,
                log,
                state,
                records: a,
                event_ids,
                first,
                last,
                first_record_id: begins.map(|_| b),
                last_record_id: hours_kept.map(|_| c),
                begins,
                hours_kept,
                lost: d,
                gaps_total: a,
                gaps,
                spans_total: b,
                spans: vec![LogSpan { from, to, from_record_id: a, to_record_id: b, records: c }],
                backward_total: c,
                backward: vec![TimeFall { before_record_id: a, before: from, after_record_id: b, after: to }],
                clears_total: d,
                clears,
                clock_changes_total: a,
                clock_changes,
                stops_total: b,
                stops,
                absences: vec![Absence { event_id: 4624, present: a, absent: b, sessions }],
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn access_sessions_come_back(rows in vec(access(), 0..6)) {
        let (_dir, case) = case();
        case.write_access_sessions(&rows).unwrap();
        prop_assert_eq!(case.access_sessions().unwrap(), rows);
    }

    #[test]
    fn some_access_sessions_are_those_that_are_wanted(rows in vec(access(), 0..12), enough in 1..4_usize) {
        let (_dir, case) = case();
        case.write_access_sessions(&rows).unwrap();
        let wanted = |row: &AccessSession| !row.background || row.ip.as_deref() == Some("LOCAL");
        let mut found = Vec::new();
        case.access_sessions_where(
            &|facts| {
                let same = |row: &&AccessSession| row.session_uid.to_string() == facts.session_uid;
                let row = rows.iter().find(same).unwrap();
                let said = (facts.computer, facts.user, facts.domain, facts.kind, facts.outcome);
                let known = (&*row.computer, row.user.as_deref(), row.domain.as_deref(), row.kind.name(), row.outcome.name());
                assert!(said == known || rows.iter().filter(same).count() > 1);
                !facts.background || facts.ip == Some("LOCAL")
            },
            &mut |session| {
                found.push(session);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        let by_hand: Vec<AccessSession> = rows.iter().filter(|row| wanted(row)).cloned().collect();
        prop_assert_eq!(found, by_hand);
        let mut some = Vec::new();
        case.access_sessions_where(&|_| true, &mut |session| {
            some.push(session);
            if some.len() == enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
        prop_assert_eq!(&some[..], &rows[..enough.min(rows.len())]);
    }

    #[test]
    fn logon_sessions_come_back(rows in vec(logon(), 0..6)) {
        let (_dir, case) = case();
        case.write_logon_sessions(&rows).unwrap();
        prop_assert_eq!(case.logon_sessions().unwrap(), rows);
    }

    #[test]
    fn terminal_sessions_come_back(rows in vec(terminal(), 0..6)) {
        let (_dir, case) = case();
        case.write_terminal_sessions(&rows).unwrap();
        prop_assert_eq!(case.terminal_sessions().unwrap(), rows);
    }

    #[test]
    fn coverage_comes_back(rows in vec(log_coverage(), 0..4)) {
        let (_dir, case) = case();
        case.write_log_coverage(&rows).unwrap();
        let (mut found, mut reach) = (Vec::new(), Vec::new());
        case.each_log_coverage(&mut |row| found.push(row)).unwrap();
        case.each_log_reach(&mut |row| reach.push(row)).unwrap();
        prop_assert_eq!(&found, &rows);
        let without = |row: LogCoverage| LogCoverage {
            spans: Vec::new(),
            backward: Vec::new(),
            clears: Vec::new(),
            clock_changes: Vec::new(),
            stops: Vec::new(),
            absences: Vec::new(),
            ..row
        };
        prop_assert_eq!(reach, rows.into_iter().map(without).collect::<Vec<_>>());
    }

    #[test]
    fn boots_come_back(rows in vec(boot(), 0..6)) {
        let (_dir, case) = case();
        case.write_boots(&rows).unwrap();
        prop_assert_eq!(case.boots().unwrap(), rows);
    }
}

/// One session of each kind of reason that could be mistaken for another.
fn some_session() -> AccessSession {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    access().new_tree(&mut runner).unwrap().current()
}

#[test]
fn a_code_of_digits_is_no_number() {
    let (_dir, case) = case();
    let rows: Vec<AccessSession> = [
        Some(Reason::Number(12)),
        Some(Reason::Code("12".to_owned())),
        Some(Reason::Code("3221225578".to_owned())),
        None,
    ]
    .into_iter()
    .map(|reason| AccessSession { reason, ..some_session() })
    .collect();
    case.write_access_sessions(&rows).unwrap();
    assert_eq!(case.access_sessions().unwrap(), rows);
}

#[test]
fn times_that_have_no_nanoseconds_become_nothing_or_the_nearest() {
    let (_dir, case) = case();
    let ancient: Timestamp = "1601-01-01T00:00:00Z".parse().unwrap();
    let mut row = some_session();
    row.end = Some(ancient);
    row.sources = vec![Source {
        event_uid: EventUid(1),
        log: "Security".into(),
        event_id: 4624,
        record_id: 1,
        time: ancient,
        role: Role::Logon,
        link: LinkRule::Anchor,
    }];
    case.write_access_sessions(&[row]).unwrap();
    let back = case.access_sessions().unwrap().remove(0);
    assert_eq!(back.end, None);
    assert_eq!(back.sources[0].time.to_string()[..4], *"1677");
}

#[test]
fn an_empty_table_has_all_columns_with_their_types() {
    let (dir, case) = case();
    let schema = || {
        let file = std::fs::File::open(dir.path().join("case/sessions.parquet")).unwrap();
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap().schema().clone()
    };
    case.write_access_sessions(&[]).unwrap();
    let empty = schema();
    case.write_access_sessions(&[some_session()]).unwrap();
    assert_eq!(empty, schema());
    let is_time = |name: &str| {
        matches!(
            empty.field_with_name(name).unwrap().data_type(),
            arrow_schema::DataType::Timestamp(_, Some(_))
        )
    };
    assert!(["attempt", "start", "end", "end_not_after"].into_iter().all(is_time));
}

#[test]
fn many_rows_and_the_same_bytes_each_time() {
    let (dir, case) = case();
    let rows = vec![some_session(); 3000];
    let bytes = || std::fs::read(dir.path().join("case/sessions.parquet")).unwrap();
    case.write_access_sessions(&rows).unwrap();
    let first = bytes();
    case.write_access_sessions(&rows).unwrap();
    assert_eq!(first, bytes());
    assert_eq!(case.access_sessions().unwrap().len(), 3000);
}
