//! The same records in other files, other order, split, merged or doubled give the same tables, byte for byte.

mod common;

use kilroy_evtx::EventSpec;
use kilroy_testkit::rearrange::{merge, mixed_files, shuffle, split};
use kilroy_testkit::{LogFile, log_files, scenarios};

/// How many arrangements of each story are tried.
const ARRANGEMENTS: u64 = 3;

fn check(name: &str, events: &[EventSpec]) {
    let want = common::tables(&log_files(events).expect("a story that can be written"));
    for seed in 0..ARRANGEMENTS {
        let shuffled = shuffle(events, seed);
        let parts = split(&shuffled, 2 + usize::try_from(seed).unwrap_or(0), seed);
        let doubled = merge(&[parts[0].clone(), shuffled.clone()]);
        let arrangements: [(&str, Vec<LogFile>); 3] = [
            ("in one file", mixed_files(std::slice::from_ref(&shuffled)).expect("a file")),
            ("dealt out", mixed_files(&parts).expect("files")),
            ("doubled", mixed_files(&[doubled, parts[1].clone()]).expect("files")),
        ];
        for (how, files) in arrangements {
            let got = common::tables(&files);
            assert!(got == want, "{name}: other tables when {how}, seed {seed}");
        }
    }
}

#[test]
fn tables_depend_on_the_records_only() {
    for story in scenarios::all() {
        check(story.name, &story.events);
    }
}

#[test]
fn the_demo_too() {
    check("demo", &kilroy_testkit::demo());
}

/// All stories of one day on hosts of their own, in one heap: no host takes from another.
#[test]
fn hosts_do_not_mix() {
    let mut heap = Vec::new();
    let mut want = Vec::new();
    let one_host = |events: &[EventSpec]| events.iter().all(|e| e.computer == events[0].computer);
    let stories = scenarios::all();
    for (n, story) in (0_u64..).zip(&stories).filter(|(_, s)| one_host(&s.events)) {
        // Each with record IDs of its own: a log whose record IDs go on under another name would be one renamed host.
        let moved = |e: &EventSpec| EventSpec {
            computer: format!("host{n:02}.corp.example"),
            record_id: e.record_id + n * 1000,
            ..e.clone()
        };
        let events: Vec<EventSpec> = story.events.iter().map(moved).collect();
        want.extend(common::tables(&log_files(&events).expect("files")).access);
        heap.extend(events);
    }
    let together = common::tables(&mixed_files(&split(&heap, 3, 7)).expect("files"));
    let line = |s: &kilroy_model::AccessSession| {
        let user = s.user.as_deref().unwrap_or("-");
        format!("{} {user} {} {:?} {:?} {}", s.computer, s.kind, s.start, s.end, s.end_kind)
    };
    for (got, want) in together.access.iter().zip(&want) {
        assert!(got == want, "with other hosts: {}\nalone: {}", line(got), line(want));
    }
    assert_eq!(together.access.len(), want.len());
}
