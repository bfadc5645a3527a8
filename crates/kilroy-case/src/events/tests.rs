//! Whatever way rows take, the files are those of a plain sort in memory.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_cmp::make_comparator;
use arrow_schema::SortOptions;
use arrow_select::interleave::interleave_record_batch;
use kilroy_model::{
    Account, Authentication, Event, EventIdentity, EventUid, EvidenceId, Network, Origin, Outcome, Process,
    SessionRefs, System, TimeBasis, Timestamp, event_batch, event_schema, host_key,
};
use proptest::prelude::*;
use tempfile::TempDir;

use super::block;
use super::format::{self, Layout};
use super::hosts::Hosts;
use super::logs::LOGS;
use super::picks::Cut;
use super::spill::Spill;
use super::work::{Limits, Work};
use super::{EventWriter, REPEATS, Written};
use crate::Case;
use crate::table::TableWriter;

const ID: EvidenceId = EvidenceId(0x1111_2222_3333_4444);
const START: &str = "2024-05-14T09:00:00Z";

/// So little that each batch must leave at once.
const TIGHT: Limits = Limits { window: 0, open_runs: 2, fan_in: 2 };

/// So much that nothing leaves before the end.
const IN_MEMORY: Limits = Limits { window: usize::MAX, open_runs: 2, fan_in: 2 };

/// Small files that have all that large ones have.
const SMALL: Layout =
    Layout { batch: Cut { rows: 50, bytes: 2 << 20 }, group: Cut { rows: 400, bytes: 16 << 20 } };

type Files = BTreeMap<String, Vec<u8>>;

fn event(host: &str, channel: &str, record_id: u64, seconds: Option<i64>, value: &str) -> Event {
    let origin = Origin {
        host: host.into(),
        channel: channel.into(),
        provider: "P".into(),
        event_id: 1,
        version: None,
        level: None,
    };
    let start: Timestamp = START.parse().unwrap();
    let time = seconds.map(|s| start.plus_millis(s * 1000));
    Event {
        identity: EventIdentity {
            uid: EventUid(u128::from(record_id).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)),
            evidence: ID,
            record_id,
            recovered: false,
        },
        time,
        time_basis: TimeBasis::Event,
        origin,
        system: System::default(),
        action: None,
        account: Account::default(),
        subject: Account::default(),
        session: SessionRefs::default(),
        authentication: Authentication::default(),
        outcome: Outcome::default(),
        network: Network::default(),
        process: Process::default(),
        object_kind: None,
        object: None,
        old_value: None,
        new_value: None,
        fields: vec![("Value".into(), value.to_owned())],
    }
}

fn case() -> (TempDir, Case) {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create_or_open(&dir.path().join("case")).unwrap();
    (dir, case)
}

fn work(case: &Case, limits: Limits, layout: Layout) -> Work {
    Work { shared: Arc::clone(&case.shared), id: ID, limits, layout }
}

/// All files below a folder but the register and the lock.
fn files(root: &Path) -> Files {
    let mut found = Files::new();
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(
                files(&entry.path()).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else if !name.starts_with("case.") {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// What the writer makes of events that come in batches of these sizes, in turn.
fn written(events: &[Event], sizes: &[usize], limits: Limits, layout: Layout) -> (Written, Files) {
    let (dir, case) = case();
    let mut writer = EventWriter::with(work(&case, limits, layout));
    let (mut rest, mut sizes) = (events, sizes.iter().cycle());
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        writer.write(event_batch(now).unwrap()).unwrap();
        rest = later;
    }
    let written = writer.finish().unwrap();
    (written, files(&dir.path().join("case")))
}

/// What they should be.
fn sorted_in_memory(events: &[Event], layout: Layout) -> Files {
    let (dir, case) = case();
    let mut hosts: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in events {
        hosts.entry(host_key(&event.origin.host)).or_default().push(event);
    }
    for (host, events) in hosts {
        let owned: Vec<Event> = events.iter().map(|e| (*e).clone()).collect();
        let batch = event_batch(&owned).unwrap();
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| make_comparator(column, column, SortOptions::default()).unwrap())
            .collect();
        let key = |row: usize| {
            let event = events[row];
            (event.time, &event.origin.channel, event.identity.record_id, event.identity.uid)
        };
        let mut rows: Vec<usize> = (0..events.len()).collect();
        rows.sort_by(|a, b| {
            let columns = columns.iter().map(|compare| compare(*a, *b));
            key(*a)
                .cmp(&key(*b))
                .then_with(|| columns.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then))
        });
        let work = work(&case, IN_MEMORY, layout);
        let place = case.shared.place(&work.file(&host));
        let mut table = TableWriter::with(&case.shared, place, event_schema(), format::properties).unwrap();
        for (n, rows) in rows.chunks(layout.batch.rows).enumerate() {
            if n > 0 && n % (layout.group.rows / layout.batch.rows) == 0 {
                table.end_group().unwrap();
            }
            let picks: Vec<(usize, usize)> = rows.iter().map(|row| (0, *row)).collect();
            table.write(&interleave_record_batch(&[&batch], &picks).unwrap()).unwrap();
        }
        if rows.windows(2).any(|two| key(two[0]) == key(two[1])) {
            table.note(REPEATS, "true".to_owned());
        }
        table.note(LOGS, logs(&events));
        table.finish().unwrap();
    }
    files(&dir.path().join("case"))
}

/// What is noted of the logs of a host.
fn logs(events: &[&Event]) -> String {
    let mut channels: Vec<&str> = events.iter().map(|e| &*e.origin.channel).collect();
    channels.sort_unstable();
    channels.dedup();
    let noted = channels.into_iter().filter_map(|channel| {
        let of = || events.iter().filter(|e| &*e.origin.channel == channel);
        let records: Vec<(u64, i64)> =
            of().filter_map(|e| Some((e.identity.record_id, e.time?.nanos()?))).collect();
        let latest = records.iter().map(|(_, time)| *time).max()?;
        let ((first, at), (last, then)) = (records.iter().min()?, records.iter().max()?);
        let channel = serde_json::to_string(channel).unwrap();
        Some(format!(
            r#"{{"channel":{channel},"first":[{first},{at}],"last":[{last},{then}],"latest":{latest}}}"#
        ))
    });
    format!("[{}]", noted.collect::<Vec<_>>().join(","))
}

/// Not `assert_eq`: nobody wants to see the bytes.
fn assert_same(got: &Files, want: &Files, what: &str) {
    assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>(), "{what}");
    for (name, bytes) in got {
        assert!(*bytes == want[name], "{what}: {name} has other bytes");
    }
}

/// An order of arrival, made from the right one.
type Arrival = (&'static str, fn(&mut Vec<Event>));

const ARRIVALS: [Arrival; 6] = [
    ("sorted", |_| ()),
    ("backwards", |events| events.reverse()),
    ("wrapped", |events| {
        let third = events.len() / 3;
        events.rotate_left(third);
    }),
    ("shaken", |events| events.chunks_mut(7).for_each(<[Event]>::reverse)),
    ("the clock steps back", |events| {
        events.chunks_mut(9000).for_each(|part| part.rotate_left(part.len() / 2));
    }),
    ("alternating", |events| {
        let half = events.split_off(events.len() / 2);
        *events = events.drain(..).zip(half).flat_map(|(a, b)| [a, b]).collect();
    }),
];

fn one_host(events: u32) -> Vec<Event> {
    (0..events)
        .map(|n| {
            event("pc", "Security", u64::from(n), Some(i64::from(n / 3)), &format!("value {}", n % 7919))
        })
        .collect()
}

#[test]
fn many_events_of_one_host() {
    let events = one_host(12_346);
    let want = sorted_in_memory(&events, SMALL);
    let limits = Limits { window: 300 << 10, ..Limits::default() };
    for (what, arrive) in ARRIVALS {
        let mut events = events.clone();
        arrive(&mut events);
        let (written, got) = written(&events, &[300, 500, 77], limits, SMALL);
        assert_same(&got, &want, what);
        assert_eq!((written.events, written.hosts), (12_346, vec!["pc".to_owned()]), "{what}");
    }
    assert_same(&written(&events, &[2048], IN_MEMORY, SMALL).1, &want, "in memory");
}

/// More than one row group as it is in earnest.
#[test]
fn the_real_layout() {
    let mut events = one_host(34_000);
    let want = sorted_in_memory(&events, Layout::default());
    events.rotate_left(15_000);
    let limits = Limits { window: 2 << 20, ..Limits::default() };
    assert_same(&written(&events, &[3000, 700], limits, Layout::default()).1, &want, "wrapped");
}

#[test]
fn many_hosts_that_alternate() {
    let events: Vec<Event> = (0..4000_u32)
        .map(|n| {
            let host = format!("PC{}", n.wrapping_mul(2_654_435_761) >> 26);
            event(&host, "Security", u64::from(n), Some(i64::from(n)), "")
        })
        .collect();
    let want = sorted_in_memory(&events, SMALL);
    assert!(want.len() > 50);
    let limits = Limits { window: 200 << 10, open_runs: 4, fan_in: 3 };
    for (what, arrive) in ARRIVALS.into_iter().step_by(2) {
        let mut events = events.clone();
        arrive(&mut events);
        let (written, got) = written(&events, &[600], limits, SMALL);
        assert_same(&got, &want, what);
        assert_eq!(written.hosts.len(), want.len(), "{what}");
    }
}

/// Events so large that bytes, not rows, end batches and row groups.
#[test]
fn large_events() {
    let text = |seed: u64| -> String {
        let mut state = seed * 2 + 1;
        let mut digits = String::new();
        while digits.len() < 30_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            write!(digits, "{state:016x}").unwrap();
        }
        digits
    };
    let events: Vec<Event> =
        (0..100).map(|n| event("pc", "PowerShell", n, Some(n.cast_signed()), &text(n))).collect();
    let layout =
        Layout { batch: Cut { rows: 10, bytes: 100_000 }, group: Cut { rows: 100, bytes: 1_000_000 } };
    let (_, want) = written(&events, &[300], IN_MEMORY, layout);
    let limits = Limits { window: 300_000, ..Limits::default() };
    for (what, arrive) in ARRIVALS {
        let mut events = events.clone();
        arrive(&mut events);
        assert_same(&written(&events, &[17, 1], limits, layout).1, &want, what);
    }
    let (_, bytes) = want.first_key_value().unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("table"), bytes).unwrap();
    let reader = crate::table::reader(&dir.path().join("table")).unwrap();
    let groups = reader.metadata().num_row_groups();
    assert_eq!(groups, 2, "3 MB, compressed to half");
}

/// Names of files that are not in their place.
fn aside(root: &Path) -> Vec<String> {
    files(root).into_keys().filter(|name| name.contains(".tmp-")).collect()
}

#[test]
fn rows_in_order_are_written_once() {
    let (dir, case) = case();
    let root = dir.path().join("case");
    let limits = Limits { window: 300 << 10, ..Limits::default() };
    let mut writer = EventWriter::with(work(&case, limits, SMALL));
    for first in (0..5000).step_by(250) {
        let events: Vec<Event> =
            (first..first + 250).map(|n| event("pc", "Security", n, Some(n.cast_signed()), "v")).collect();
        writer.write(event_batch(&events).unwrap()).unwrap();
    }
    assert!(aside(&root)[..].iter().all(|name| name.starts_with("events/host=pc/")), "{:?}", aside(&root));
    assert_eq!(aside(&root).len(), 1);
    writer.finish().unwrap();
    assert_eq!(aside(&root), [""; 0]);
}

fn batch(numbers: impl Iterator<Item = u64>) -> RecordBatch {
    let events: Vec<Event> =
        numbers.map(|n| event("pc", "Security", n, Some(n.cast_signed()), "v")).collect();
    event_batch(&events).unwrap()
}

#[test]
fn what_is_laid_aside_goes() {
    let (dir, case) = case();
    let root = dir.path().join("case");
    let begun = || {
        let mut writer = EventWriter::with(work(&case, TIGHT, SMALL));
        for n in (0..10).rev() {
            writer.write(batch(n * 100..n * 100 + 100)).unwrap();
        }
        assert!(aside(&root).iter().any(|name| name.contains(".spill")), "{:?}", aside(&root));
        writer
    };
    drop(begun());
    assert_eq!(aside(&root), [""; 0], "dropped");
    begun().finish().unwrap();
    assert_eq!(aside(&root), [""; 0], "finished");

    // As a killed run leaves it.
    let writer = begun();
    for (n, name) in aside(&root).into_iter().enumerate() {
        let left = root.join(name);
        fs::copy(&left, left.with_file_name(format!(".tmp-9{n}-left"))).unwrap();
    }
    drop(writer);
    assert_ne!(aside(&root), [""; 0]);
    drop(case);
    Case::create_or_open(&root).unwrap();
    assert_eq!(aside(&root), [""; 0], "opened again");
}

/// A file that was cut off must not pass for a shorter one, wherever it was cut.
#[test]
fn what_does_not_come_back_is_an_error() {
    let (_dir, case) = case();
    let work = work(&case, TIGHT, SMALL);
    let mut hosts = Hosts::default();
    let batch = batch(0..3000);
    hosts.learn(block::texts(&batch, "host").unwrap());
    let block = work.block(batch, &hosts).unwrap();
    let spilled = || {
        let mut spill = Spill::create(&work).unwrap();
        (0..block.len()).for_each(|row| spill.push(&block, row).unwrap());
        spill.close().unwrap()
    };
    let rows: usize = spilled().read().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 3000);
    let size = fs::metadata(spilled().path()).unwrap().len();
    for left in (0..size).step_by(997).chain([size - 1]) {
        let spilled = spilled();
        fs::File::options().write(true).open(spilled.path()).unwrap().set_len(left).unwrap();
        let read = spilled.read().and_then(Iterator::collect::<Result<Vec<_>, _>>);
        assert!(read.is_err(), "{left} of {size} bytes");
    }
}

#[test]
fn after_an_error_nothing_is_put_in_place() {
    let (dir, case) = case();
    let mut writer = EventWriter::with(work(&case, TIGHT, SMALL));
    writer.write(batch(0..10)).unwrap();
    let few = batch(0..10).project(&[0, 6]).unwrap();
    assert!(writer.write(few).unwrap_err().to_string().contains("other columns"));
    writer.write(batch(10..20)).unwrap();
    assert!(writer.finish().is_err());
    assert_eq!(files(&dir.path().join("case")), Files::new());
}

/// Events that have much in common, so that ties occur, and differ in what is outside their identity.
fn some_events() -> impl Strategy<Value = Vec<Event>> {
    let one = (0..5_usize, 0..3_usize, 0..4_u64, proptest::option::of(0..4_i64), 0..3_u8, any::<bool>())
        .prop_map(|(host, channel, record, seconds, level, recovered)| {
            let (host, channel) = (["PC", "pc", "srv", "", "a"][host], ["A", "B", ""][channel]);
            let mut event = event(host, channel, record, seconds, "v");
            event.identity.recovered = recovered;
            event.origin.level = level.checked_sub(1);
            event.object = (level == 1).then(|| "object".to_owned());
            event
        });
    proptest::collection::vec(one, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_way_leaves_no_trace(
        (events, shuffled) in some_events().prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle())),
        sizes in proptest::collection::vec(1..40_usize, 1..5),
        window in 0..200_000_usize,
        open_runs in 1..4_usize,
        fan_in in 2..5_usize,
        rows in 1..8_usize,
    ) {
        let layout = Layout { batch: Cut { rows, ..SMALL.batch }, group: Cut { rows: rows * 4, ..SMALL.group } };
        let want = sorted_in_memory(&events, layout);
        for events in [events, shuffled] {
            let (written, got) = written(&events, &sizes, Limits { window, open_runs, fan_in }, layout);
            assert_same(&got, &want, "some events");
            prop_assert_eq!(written.events, events.len() as u64);
        }
    }
}
