//! Questions to the events of a case give what a look at every event gives.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use arrow_array::RecordBatch;
use kilroy_case::Case;
use kilroy_case::query::{Column, Filter, Key, Order, Scan, Value};
use kilroy_model::{Event, EventUid, EvidenceId, Timestamp, host_key};
use proptest::prelude::*;
use support::{NINE, event, ingest, time};

/// What an event is made of: host, channel, event ID, record ID, seconds after nine, user.
type Made = (u8, u8, u8, u8, Option<u16>, u8);

fn made() -> impl Strategy<Value = Made> {
    (0..3_u8, 0..2_u8, 0..4_u8, any::<u8>(), proptest::option::weighted(0.95, 0..7200_u16), 0..4_u8)
}

fn host(n: u8) -> String {
    format!("SRV0{n}.corp.example")
}

fn to_event((on, channel, id, record, seconds, user): Made) -> Event {
    let when = seconds.map(|s| time(NINE).plus_millis(i64::from(s) * 1000));
    let channel = ["Security", "System"][usize::from(channel)];
    let user = ["alice", "Bob", "svc$", "관리자"][usize::from(user)];
    event(&host(on), channel, 4622 + u32::from(id), record.into(), when, None, user)
}

/// What a look at an event says of a filter.
type Takes = fn(&Event) -> bool;

/// Filters as they are typed, and the same as a look at an event.
fn filters() -> Vec<(&'static str, Takes)> {
    fn user(e: &Event) -> &str {
        e.account.user.as_deref().unwrap_or("")
    }
    vec![
        ("", |_| true),
        ("user:ALICE", |e| user(e) == "alice"),
        ("user:*b", |e| user(e) == "Bob"),
        ("user:CORP\\a*,관리자", |e| matches!(user(e), "alice" | "관리자")),
        ("-user:alice", |e| user(e) != "alice"),
        ("event_id:4623", |e| e.origin.event_id == 4623),
        ("event_id:4622..4623 channel:security", |e| {
            e.origin.event_id <= 4623 && &*e.origin.channel == "Security"
        }),
        ("!event_id:4623", |e| e.origin.event_id != 4623),
        ("host:srv01", |e| e.origin.host.starts_with("SRV01")),
        ("-host:srv01,srv02", |e| e.origin.host.starts_with("SRV00")),
        ("time:2024-05-14T10:00..", |e| e.time.is_some_and(|t| t >= time("2024-05-14T10:00:00Z"))),
        ("-time:*", |e| e.time.is_none()),
        ("time:2024-05-13", |_| false),
        ("record_id:0..99 logon_type:10", |e| e.identity.record_id < 100),
        ("ip:fe80::/10", |_| true),
        ("ip:10.0.0.0/8", |_| false),
        ("elevated:yes luid:0x513DA", |_| true),
        ("fields.targetusername:bo*", |e| user(e) == "Bob"),
        ("lice", |e| user(e) == "alice"),
        ("-관리자 activity_id:{F4205BAC-*", |e| user(e) != "관리자"),
        ("version:* level:0", |_| true),
        ("status:* sub_status:*", |_| false),
    ]
}

fn uid(text: &Value) -> EventUid {
    text.to_string().parse().unwrap()
}

fn uids(batch: &RecordBatch) -> Vec<EventUid> {
    let column = batch.column_by_name("event_uid").unwrap();
    (0..batch.num_rows()).map(|row| uid(&Value::at(column, row).unwrap())).collect()
}

fn columns(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::named(name).unwrap()).collect()
}

/// All events of a scan, in the order of time.
fn in_order(scan: &Scan) -> Vec<(Option<Timestamp>, EventUid)> {
    let mut found = Vec::new();
    let wanted = columns(&["event_uid", "time", "fields"]);
    scan.in_order(&wanted, &mut |batch| {
        let times = batch.column_by_name("time").unwrap();
        for (row, uid) in uids(&batch).into_iter().enumerate() {
            let time = match Value::at(times, row) {
                Some(Value::Time(time)) => Some(time),
                _ => None,
            };
            found.push((time, uid));
        }
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    found
}

/// All events of a scan, host by host.
fn by_host(scan: &Scan) -> Vec<(String, Option<Timestamp>, EventUid)> {
    let mut found = Vec::new();
    scan.in_order_by_host(&columns(&["event_uid", "time", "host"]), &mut |batch| {
        let cell = |name: &str, row: usize| Value::at(batch.column_by_name(name).unwrap(), row);
        for (row, uid) in uids(&batch).into_iter().enumerate() {
            let time = match cell("time", row) {
                Some(Value::Time(time)) => Some(time),
                _ => None,
            };
            let Some(Value::Text(host)) = cell("host", row) else { panic!("an event is of a host") };
            found.push((host_key(&host), time, uid));
        }
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    found
}

fn check(case: &Case, events: &BTreeMap<EventUid, Event>, threads: usize) {
    for (typed, takes) in filters() {
        let scan = case.scan(&Filter::parse(typed).unwrap(), threads).unwrap();
        let wanted: BTreeMap<EventUid, &Event> =
            events.iter().filter(|(_, e)| takes(e)).map(|(uid, e)| (*uid, e)).collect();
        assert_eq!(scan.count().unwrap(), wanted.len() as u64, "{typed}");

        let sorted = in_order(&scan);
        assert!(sorted.windows(2).all(|two| two[0].0 <= two[1].0), "{typed}: in the order of time");
        assert_eq!(sorted.len(), wanted.len(), "{typed}: each once");
        let found: BTreeSet<EventUid> = sorted.iter().map(|(_, uid)| *uid).collect();
        assert!(found.iter().eq(wanted.keys()), "{typed}");

        let by_host = by_host(&scan);
        assert_eq!(by_host.len(), wanted.len(), "{typed}: host by host, each once");
        assert!(by_host.is_sorted_by_key(|(host, time, _)| (host.clone(), *time)), "{typed}: host by host");
        let of_hosts: BTreeSet<EventUid> = by_host.into_iter().map(|(.., uid)| uid).collect();
        assert_eq!(of_hosts, found, "{typed}: host by host");

        let time = Column::named("time").unwrap();
        for descending in [false, true] {
            let order = Order { by: time, descending };
            let mut pages = Vec::new();
            let mut skip = 0;
            loop {
                let page = scan.page(&columns(&["event_uid", "user"]), order, skip, 7).unwrap();
                assert_eq!(page.total, wanted.len() as u64, "{typed}");
                if page.events.num_rows() == 0 {
                    break;
                }
                skip += 7;
                pages.extend(uids(&page.events));
            }
            assert_eq!(pages.len(), wanted.len(), "{typed}: pages");
            assert_eq!(pages.iter().copied().collect::<BTreeSet<_>>(), found, "{typed}: pages");
            let times: Vec<_> = pages.iter().map(|uid| wanted[uid].time).collect();
            let rises =
                |two: &[Option<Timestamp>]| if descending { two[0] >= two[1] } else { two[0] <= two[1] };
            assert!(times.windows(2).all(rises), "{typed}: pages in order, descending {descending}");
        }

        let mut by_hand: BTreeMap<(Option<String>, u32), u64> = BTreeMap::new();
        for event in wanted.values() {
            let user = event.account.user.clone();
            *by_hand.entry((user, event.origin.event_id)).or_default() += 1;
        }
        let keys = columns(&["user", "event_id"]);
        let counts = scan.group(&[Key::Column(keys[0]), Key::Column(keys[1])]).unwrap();
        let counts: BTreeMap<(Option<String>, u32), u64> = counts
            .into_iter()
            .map(|(values, count)| {
                let id = values[1].as_ref().unwrap().to_string().parse().unwrap();
                ((values[0].as_ref().map(ToString::to_string), id), count)
            })
            .collect();
        assert_eq!(counts, by_hand, "{typed}");

        let mut hours: BTreeMap<i64, u64> = BTreeMap::new();
        for when in wanted.values().filter_map(|event| event.time) {
            *hours.entry(when.nanos().unwrap().div_euclid(3_600_000_000_000)).or_default() += 1;
        }
        let histogram = scan.histogram(3_600).unwrap();
        let histogram: BTreeMap<i64, u64> = histogram
            .into_iter()
            .map(|(begin, count)| (begin.nanos().unwrap().div_euclid(3_600_000_000_000), count))
            .collect();
        assert_eq!(histogram, hours, "{typed}");
    }
}

/// What one of several filters lets through, once.
fn check_any_of(case: &Case, events: &BTreeMap<EventUid, Event>) {
    let filters = filters();
    for two in filters.chunks_exact(2) {
        let (one, other) = (two[0], two[1]);
        let both = [one.0, other.0].map(|typed| Filter::parse(typed).unwrap());
        let found = by_host(&case.scan(&Filter::any_of(both), 2).unwrap());
        let wanted: Vec<EventUid> =
            events.iter().filter(|(_, e)| one.1(e) || other.1(e)).map(|(uid, _)| *uid).collect();
        let typed = format!("{} or {}", one.0, other.0);
        assert_eq!(found.len(), wanted.len(), "{typed}");
        assert_eq!(
            found.into_iter().map(|(.., uid)| uid).collect::<BTreeSet<_>>(),
            wanted.into_iter().collect(),
            "{typed}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever stands in whichever files, however often, and recovered or not.
    #[test]
    fn a_question_gives_what_a_look_at_every_event_gives(
        made in prop::collection::vec(made(), 1..60),
        files in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..40), 1..5),
        tables in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let case = Case::create_or_open(&dir.path().join("case")).unwrap();
        let mut all = BTreeMap::new();
        for (n, file) in files.iter().enumerate() {
            let events: Vec<Event> = file
                .iter()
                .enumerate()
                .map(|(place, index)| {
                    let mut event = to_event(*index.get(&made));
                    event.identity.recovered = (n + place).is_multiple_of(5);
                    event
                })
                .collect();
            all.extend(events.iter().map(|event| (event.identity.uid, event.clone())));
            ingest(&case, EvidenceId(n as u64 + 1), &events);
        }
        if tables {
            case.write_repeats(&case).unwrap();
        }
        check(&case, &all, 1);
        check(&case, &all, 3);
        check_any_of(&case, &all);
    }
}

/// More files than are merged at a time.
#[test]
fn many_files_in_one_stream() {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create_or_open(&dir.path().join("case")).unwrap();
    let mut all = 0;
    for n in 0..70_u8 {
        let events: Vec<Event> = (0..5)
            .map(|k| to_event((n % 3, n % 2, k, n, Some(u16::from(k) * 997 + u16::from(n)), n % 4)))
            .collect();
        all += events.len();
        ingest(&case, EvidenceId(u64::from(n) + 1), &events);
    }
    let scan = case.scan(&Filter::default(), 2).unwrap();
    let sorted = in_order(&scan);
    assert_eq!(sorted.len(), all);
    assert!(sorted.windows(2).all(|two| two[0].0 <= two[1].0));
    let mut seen = 0;
    scan.in_order(&columns(&["time"]), &mut |batch| {
        seen += batch.num_rows();
        Ok(ControlFlow::Break(()))
    })
    .unwrap();
    assert!(seen > 0 && seen <= all, "whoever has enough gets no more");
}

/// The archives of a log that wrapped, which came in any order, and an export of parts of them: one stream, each record once.
#[test]
fn archives_and_an_export_in_one_stream() {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create_or_open(&dir.path().join("case")).unwrap();
    let archive = |n: u16| -> Vec<Event> {
        let record = u8::try_from(n).unwrap();
        (0..5).map(|k| to_event((1, 0, k, record, Some(n * 60 + u16::from(k) * 9), 0))).collect()
    };
    let mut export = Vec::new();
    for n in 0..60 {
        let n = n * 37 % 60;
        ingest(&case, EvidenceId(u64::from(n) + 1), &archive(n));
        export.extend(archive(n).into_iter().take(2));
    }
    export.sort_by_key(|event| event.time);
    ingest(&case, EvidenceId(100), &export);
    case.write_repeats(&case).unwrap();
    let scan = case.scan(&Filter::default(), 2).unwrap();
    let sorted = in_order(&scan);
    assert!(sorted.windows(2).all(|two| two[0].0 < two[1].0));
    let wanted: BTreeSet<EventUid> = (0..60).flat_map(archive).map(|event| event.identity.uid).collect();
    assert_eq!(sorted.into_iter().map(|(_, uid)| uid).collect::<BTreeSet<_>>(), wanted);
}

/// More files with records of the same time than are gone through side by side.
#[test]
fn copies_in_many_files_are_shown_once() {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create_or_open(&dir.path().join("case")).unwrap();
    for n in 0..40_u8 {
        let mut events: Vec<Event> = (0..5).map(|k| to_event((0, 0, k, 0, Some(100), 1))).collect();
        events.push(to_event((0, 0, 0, n + 1, Some(100), 1)));
        ingest(&case, EvidenceId(u64::from(n) + 1), &events);
    }
    case.write_repeats(&case).unwrap();
    let all = in_order(&case.scan(&Filter::default(), 1).unwrap());
    let uids: BTreeSet<EventUid> = all.iter().map(|(_, uid)| *uid).collect();
    assert_eq!((all.len(), uids.len()), (45, 45));
}
