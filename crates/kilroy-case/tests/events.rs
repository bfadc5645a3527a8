//! Events in and out: order, copies, odd hosts, events without time.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use arrow_array::cast::AsArray;
use kilroy_case::Case;
use kilroy_model::{Action, Event, EvidenceId, Process, SessionRefs};
use kilroy_sessions::SessionEvent;
use proptest::prelude::*;
use support::{SECURITY, event, ingest, logon, tables, time};

const ONE: EvidenceId = EvidenceId(0x1111_2222_3333_4444);
const TWO: EvidenceId = EvidenceId(0x5555_6666_7777_8888);

fn case() -> (tempfile::TempDir, Case) {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create_or_open(&dir.path().join("case")).unwrap();
    (dir, case)
}

/// What the engine gets, in one order.
fn seen(case: &Case) -> Vec<SessionEvent> {
    let mut events = Vec::new();
    case.session_events(&mut |e| events.push(e)).unwrap();
    events.sort_by(|a, b| (a.time, &a.host, a.record_id, a.uid).cmp(&(b.time, &b.host, b.record_id, b.uid)));
    events
}

/// What the engine would get from the events themselves.
fn direct(events: &[Event]) -> Vec<SessionEvent> {
    events.iter().filter_map(SessionEvent::of).collect()
}

#[test]
fn the_engine_sees_what_the_event_says() {
    let (_dir, case) = case();
    let mut local = logon("PC2", 8, 5, "bob");
    local.network.src.ip = None;
    local.network.src.local = true;
    let events = [logon("PC1.corp.example", 7, 0, "alice"), local];
    ingest(&case, ONE, &events);
    assert_eq!(seen(&case), direct(&events));
}

/// The scan decides by columns what `SessionEvent::of` decides by the event: they must agree on every action, whatever
/// else the event says.
#[test]
fn the_scan_turns_away_what_the_engine_turns_away() {
    let (_dir, case) = case();
    let mut events = Vec::new();
    for (n, action) in (0..).zip(Action::ALL.iter().map(|a| Some(*a)).chain([None])) {
        let at = Some(time("2024-05-14T09:00:00Z").plus_millis(n * 10));
        let full = event("pc", SECURITY, 1, n.unsigned_abs() * 2, at, action, "alice");
        let mut bare = event("pc", SECURITY, 1, n.unsigned_abs() * 2 + 1, at, action, "alice");
        bare.session = SessionRefs::default();
        bare.process = Process::default();
        events.extend([full, bare]);
    }
    ingest(&case, ONE, &events);
    assert_eq!(seen(&case), direct(&events));
}

#[test]
fn only_relevant_actions_and_events_with_a_time_reach_the_engine() {
    let (_dir, case) = case();
    let at = Some(time("2024-05-14T09:00:00Z"));
    ingest(
        &case,
        ONE,
        &[
            logon("pc", 1, 0, "alice"),
            event("pc", "Sysmon", 5, 2, at, Some(Action::ProcessEnded), "alice"),
            event("pc", SECURITY, 5379, 3, at, None, "alice"),
            event("pc", SECURITY, 4624, 4, None, Some(Action::Logon), "alice"),
            event("pc", SECURITY, 4624, 5, Some(time("1601-01-01T00:00:00Z")), Some(Action::Logon), "alice"),
        ],
    );
    assert_eq!(seen(&case).iter().map(|e| e.record_id).collect::<Vec<_>>(), [1]);
    let hosts = case.hosts().unwrap();
    assert_eq!((hosts[0].events, hosts[0].first, hosts[0].last), (5, at, at));
}

/// The coverage has no view of its own but its `Debug` form: it is compared with one made from the events directly.
#[test]
fn coverage_counts_every_record_with_a_time() {
    let (_dir, case) = case();
    let at = Some(time("2024-05-14T09:00:00Z"));
    let first =
        [logon("PC", 1, 0, "alice"), event("PC", "Sysmon", 1, 2, at, Some(Action::ProcessStarted), "alice")];
    let second = [
        event("pc2", SECURITY, 5379, 3, at, None, "alice"),
        event("pc2", SECURITY, 5379, 4, None, None, "alice"),
    ];
    ingest(&case, ONE, &first);
    ingest(&case, TWO, &second);
    let mut want = kilroy_sessions::Coverage::new();
    for event in first.iter().chain(&second) {
        let Some(time) = event.time else { continue };
        let origin = &event.origin;
        want.add(&origin.host, &origin.channel, origin.event_id, event.identity.record_id, time);
    }
    want.seal();
    assert_eq!(format!("{:?}", case.coverage().unwrap()), format!("{want:?}"));
}

#[test]
fn rows_stand_in_their_order_those_without_time_first() {
    let (dir, case) = case();
    let at = Some(time("2024-05-14T09:00:00Z"));
    let events = [
        event("pc", "System", 1, 1, at, None, "a"),
        event("pc", "Application", 1, 9, at, None, "a"),
        event("pc", "Application", 1, 3, at, None, "a"),
        event("pc", "Zebra", 1, 2, None, None, "a"),
        event("pc", "Application", 1, 4, Some(time("2023-01-01T00:00:00Z")), None, "a"),
    ];
    ingest(&case, ONE, &events);
    let file = dir.path().join(format!("case/events/host=pc/{ONE}.parquet"));
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(
        std::fs::File::open(file).unwrap(),
    )
    .unwrap();
    assert_eq!(reader.schema().fields(), kilroy_model::event_schema().fields());
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    let ids = batch.column_by_name("record_id").unwrap().as_primitive::<arrow_array::types::UInt64Type>();
    assert_eq!(ids.values().to_vec(), [2, 4, 3, 9, 1]);
}

#[test]
fn a_record_in_two_files_is_seen_once() {
    let (_dir, case) = case();
    let (a, b, c) = (logon("pc", 1, 0, "alice"), logon("pc", 2, 1, "bob"), logon("pc", 3, 2, "carol"));
    ingest(&case, ONE, &[a.clone(), b.clone(), a.clone()]);
    ingest(&case, TWO, &[b, c]);
    let names: Vec<_> = seen(&case).into_iter().filter_map(|e| e.user).collect();
    assert_eq!(names.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["alice", "bob", "carol"]);
}

#[test]
fn of_two_copies_the_one_that_says_more_is_seen_whichever_file_has_it() {
    let full = logon("PC", 1, 0, "alice");
    let mut poor = logon("pc", 1, 0, "alice");
    poor.session.activity_id = None;
    assert_eq!(full.identity.uid, poor.identity.uid);
    let want = SessionEvent::of(&full).unwrap();
    for (first, second) in [(&full, &poor), (&poor, &full)] {
        let (_dir, case) = case();
        ingest(&case, ONE, std::slice::from_ref(first));
        ingest(&case, TWO, std::slice::from_ref(second));
        assert_eq!(seen(&case), std::slice::from_ref(&want));
    }
}

#[test]
fn odd_host_names_have_files_and_come_back() {
    let (dir, case) = case();
    let hosts = ["", "CON", "a/b\\..:*?\"<>|", "회계-PC", "..", &"long.".repeat(60), "Trail."];
    let events: Vec<Event> = (0..).zip(hosts).map(|(n, host)| logon(host, n, 0, "alice")).collect();
    ingest(&case, ONE, &events);
    let mut want: Vec<String> = hosts.iter().map(|h| kilroy_model::host_key(h)).collect();
    want.sort();
    want.dedup();
    // "..", trimmed of its dots, is the empty name.
    assert_eq!(want.len(), hosts.len() - 1);
    assert_eq!(case.hosts().unwrap().into_iter().map(|h| h.host).collect::<Vec<_>>(), want);
    assert_eq!(seen(&case).len(), hosts.len());
    assert_eq!(tables(&dir.path().join("case")).len(), want.len());
    assert!(case.holds(ONE).unwrap());
}

#[test]
fn spellings_of_one_host_share_a_file() {
    let (dir, case) = case();
    ingest(
        &case,
        ONE,
        &[logon("PC.corp", 1, 0, "alice"), logon("pc.corp", 2, 1, "bob"), logon("pc.corp.", 3, 2, "eve")],
    );
    assert_eq!(
        tables(&dir.path().join("case")).keys().collect::<Vec<_>>(),
        [&format!("events/host=pc.corp/{ONE}.parquet")]
    );
    assert_eq!(seen(&case)[0].host.as_ref(), "PC.corp");
}

#[test]
fn more_rows_than_one_read_or_row_group() {
    let (_dir, case) = case();
    let events: Vec<Event> =
        (0..40_000_u32).rev().map(|n| logon("pc", u64::from(n), i64::from(n % 977), "alice")).collect();
    ingest(&case, ONE, &events);
    let ids: std::collections::BTreeSet<u64> = seen(&case).iter().map(|e| e.record_id).collect();
    assert_eq!(ids.len(), 40_000);
}

/// Events that have much in common, so that ties occur, and differ in what is outside their identity.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = (0..3_usize, 0..3_u64, 0..3_i64, 0..2_usize, any::<bool>(), 0..3_u8).prop_map(
        |(host, record, seconds, user, recovered, level)| {
            let mut event = logon(["PC1", "pc1", "PC2"][host], record, seconds, ["alice", "bob"][user]);
            if seconds == 2 {
                event = support::event("PC1", SECURITY, 4624, record, None, Some(Action::Logon), "alice");
            }
            event.identity.recovered = recovered;
            event.origin.level = Some(level);
            event
        },
    );
    proptest::collection::vec(one, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Same events in any order: same bytes.
    #[test]
    fn order_of_arrival_leaves_no_trace(
        (given, shuffled) in events().prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle()))
    ) {
        let (a, first) = case();
        let (b, second) = case();
        ingest(&first, ONE, &given);
        ingest(&second, ONE, &shuffled);
        prop_assert_eq!(tables(&a.path().join("case")), tables(&b.path().join("case")));
    }

    /// Same events split over two files, with some in both: same set for the engine.
    #[test]
    fn the_split_over_files_leaves_no_trace(given in events(), in_first in any::<u32>(), in_second in any::<u32>()) {
        let (_a, whole) = case();
        let (_b, split) = case();
        ingest(&whole, ONE, &given);
        let part = |chosen: &dyn Fn(usize) -> bool| -> Vec<Event> {
            given.iter().enumerate().filter(|(n, _)| chosen(*n)).map(|(_, e)| e.clone()).collect()
        };
        ingest(&split, ONE, &part(&|n| in_first >> n & 1 == 1));
        ingest(&split, TWO, &part(&|n| in_first >> n & 1 == 0 || in_second >> n & 1 == 1));
        prop_assert_eq!(seen(&whole), seen(&split));
    }
}
