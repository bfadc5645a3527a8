//! The life of a case: made, opened, killed, opened again.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use kilroy_case::{Case, CaseError, EvidenceRow, EvidenceStatus, LossRow, MAX_LOSSES_KEPT, Order, Seen};
use kilroy_model::EvidenceId;
use support::{files, ingest, logon, row, tables, time};

const ONE: EvidenceId = EvidenceId(1);

fn order(command: &str) -> Order<'_> {
    Order { command, ..Order::default() }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case");
    (dir, case)
}

#[test]
fn an_empty_case_opens_and_says_what_is_missing() {
    let (_dir, path) = folder();
    drop(Case::create_or_open(&path).unwrap());
    let case = Case::open(&path).unwrap();
    assert_eq!(case.evidence().unwrap(), []);
    assert_eq!(case.hosts().unwrap(), []);
    assert!(!case.holds(ONE).unwrap());
    case.session_events(&mut |e| panic!("{e:?}")).unwrap();
    let text = case.access_sessions().unwrap_err().to_string();
    assert!(text.contains("case/sessions.parquet") && text.contains("kilroy analyze"), "{text}");
}

#[test]
fn what_is_no_case_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let text = |result: Result<Case, CaseError>| result.unwrap_err().to_string();

    let missing = text(Case::open(&dir.path().join("nowhere")));
    assert!(missing.contains("nowhere") && missing.contains("kilroy analyze"), "{missing}");

    let no_register = text(Case::open(dir.path()));
    assert!(no_register.contains("no Kilroy case"), "{no_register}");

    let file = dir.path().join("Security.evtx");
    fs::write(&file, "ElfFile").unwrap();
    for result in [Case::open(&file), Case::create_or_open(&file)] {
        let text = text(result);
        assert!(text.contains("Security.evtx") && text.contains("a file"), "{text}");
    }

    // Evidence must not become a case by a slip of the hand.
    let not_empty = text(Case::create_or_open(dir.path()));
    assert!(not_empty.contains("not empty"), "{not_empty}");
    assert_eq!(files(dir.path()).len(), 1);
}

#[test]
fn one_writer_many_readers() {
    let (_dir, path) = folder();
    let writer = Case::create_or_open(&path).unwrap();
    ingest(&writer, ONE, &[logon("pc", 1, 0, "alice")]);
    let readers = [Case::open(&path).unwrap(), Case::open(&path).unwrap()];
    assert!(readers.iter().all(|r| r.holds(ONE).unwrap()));
    assert!(matches!(Case::create_or_open(&path), Err(CaseError::Locked { .. })));
    for refused in [
        readers[0].register(&row("a", ONE, 0)).err(),
        readers[0].begin_run(&order("analyze")).err(),
        readers[0].write_boots(&[]).err(),
        readers[0].event_writer(ONE).finish().err(),
    ] {
        assert!(matches!(refused, Some(CaseError::ReadOnly { .. })), "{refused:?}");
    }
    drop(writer);
    Case::create_or_open(&path).unwrap();
}

#[test]
fn runs_that_begin_together_on_a_new_case_come_one_after_the_other() {
    const RUNS: usize = 4;
    let dir = tempfile::tempdir().unwrap();
    for round in 0..50 {
        let path = dir.path().join(format!("case-{round}"));
        let start = Barrier::new(RUNS + 1);
        thread::scope(|scope| {
            let run = || {
                start.wait();
                let case = Case::create_or_open_when_free(&path, &mut || {}).unwrap();
                ingest(&case, ONE, &[logon("pc", 1, 0, "alice")]);
            };
            let read = || {
                start.wait();
                loop {
                    match Case::open(&path) {
                        Ok(_) => break,
                        Err(CaseError::NoSuchCase { .. }) => {}
                        Err(e) => assert!(e.to_string().contains("it has no case.db"), "{e}"),
                    }
                }
            };
            for _ in 0..RUNS {
                scope.spawn(run);
            }
            scope.spawn(read);
        });
        assert!(Case::open(&path).unwrap().holds(ONE).unwrap());
    }
}

#[test]
fn the_same_evidence_twice_changes_nothing() {
    let (_dir, path) = folder();
    let events = [logon("pc", 1, 0, "alice"), logon("other", 2, 1, "bob")];
    let case = Case::create_or_open(&path).unwrap();
    ingest(&case, ONE, &events);
    let before = (tables(&path), case.evidence().unwrap(), case.hosts().unwrap());
    ingest(&case, ONE, &events);
    assert_eq!((tables(&path), case.evidence().unwrap(), case.hosts().unwrap()), before);
    drop(case);
    let case = Case::create_or_open(&path).unwrap();
    assert!(case.holds(ONE).unwrap());
    assert_eq!((tables(&path), case.evidence().unwrap(), case.hosts().unwrap()), before);
}

#[test]
fn a_run_killed_before_the_register_leaves_nothing_that_counts() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    ingest(&case, ONE, &[logon("pc", 1, 0, "alice")]);
    case.write_boots(&[]).unwrap();
    let before = tables(&path);

    // Event files are in place and the process dies; others were being written, on this host and on a new one.
    let two = EvidenceId(2);
    let mut writer = case.event_writer(two);
    writer.push(logon("pc", 2, 1, "bob")).unwrap();
    writer.push(logon("new", 3, 2, "bob")).unwrap();
    writer.finish().unwrap();
    drop(case);
    fs::write(path.join("events/host=pc/.tmp-7-0000000000000003.parquet"), "half").unwrap();
    fs::write(path.join(".tmp-8-sessions.parquet"), "half").unwrap();
    fs::write(path.join("my notes.txt"), "keep").unwrap();
    fs::write(path.join("events/host=pc/mine.parquet"), "keep").unwrap();

    let reader = Case::open(&path).unwrap();
    assert!(reader.holds(ONE).unwrap() && !reader.holds(two).unwrap());
    let mut seen = 0;
    reader.session_events(&mut |_| seen += 1).unwrap();
    assert_eq!((seen, reader.hosts().unwrap().len()), (1, 1));

    // The next run tidies up, and touches nothing that is not Kilroy's.
    let case = Case::create_or_open(&path).unwrap();
    let mut after = tables(&path);
    assert!(after.remove("my notes.txt").is_some() && after.remove("events/host=pc/mine.parquet").is_some());
    assert_eq!(after, before);
    assert!(!path.join("events/host=new").exists());
    assert!(!case.holds(two).unwrap());
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let mut writer = case.event_writer(ONE);
    writer.push(logon("pc", 1, 0, "alice")).unwrap();
    drop(writer);
    assert!(tables(&path).is_empty() && !case.holds(ONE).unwrap());
}

#[test]
fn lost_or_hollow_event_files_are_read_again() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let events = [logon("pc", 1, 0, "alice")];
    ingest(&case, ONE, &events);
    let file = path.join("events/host=pc").join(format!("{ONE}.parquet"));
    let good = fs::read(&file).unwrap();
    for damage in [None, Some(good[..good.len() / 2].to_vec()), Some(vec![0; good.len()])] {
        match damage {
            Some(bytes) => fs::write(&file, bytes).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        assert!(!case.holds(ONE).unwrap());
        let text = case.session_events(&mut |_| ()).unwrap_err().to_string();
        assert!(text.contains("0000000000000001.parquet"), "{text}");
        ingest(&case, ONE, &events);
        assert!(case.holds(ONE).unwrap());
        assert_eq!(fs::read(&file).unwrap(), good);
    }
}

#[test]
fn content_that_gives_other_hosts_when_read_anew_leaves_no_stale_file() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    ingest(&case, ONE, &[logon("old", 1, 0, "alice"), logon("both", 2, 0, "alice")]);
    ingest(&case, ONE, &[logon("new", 1, 0, "alice"), logon("both", 2, 0, "alice")]);
    let hosts: Vec<String> = case.hosts().unwrap().into_iter().map(|h| h.host).collect();
    assert_eq!(hosts, ["both", "new"]);
    assert_eq!(tables(&path).len(), 2);
}

#[test]
fn the_same_content_under_two_paths_is_two_rows_and_one_set_of_events() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let event = logon("pc", 1, 0, "alice");
    let full = EvidenceRow {
        status: EvidenceStatus::Damaged,
        reason: Some("1 record could not be read".to_owned()),
        losses_total: 1,
        losses: vec![LossRow { offset: 4096, kind: "record".to_owned(), detail: "bad size".to_owned() }],
        ..row("a/Security.evtx", ONE, 1)
    };
    let mut writer = case.event_writer(ONE);
    writer.push(event.clone()).unwrap();
    writer.finish().unwrap();
    case.register(&full).unwrap();
    // The caller skipped it as held and knows nothing of its content.
    assert!(case.holds(ONE).unwrap());
    let skipped = EvidenceRow { first: None, last: None, ..row("b/copy.evtx", ONE, 0) };
    case.register(&skipped).unwrap();
    let copy = EvidenceRow { path: "b/copy.evtx".to_owned(), ..full.clone() };
    assert_eq!(case.evidence().unwrap(), [full.clone(), copy]);
    assert_eq!(tables(&path).len(), 1);

    // Read anew, perhaps by a better Kilroy: both paths say the same.
    let better = row("b/copy.evtx", ONE, 1);
    let mut writer = case.event_writer(ONE);
    writer.push(event).unwrap();
    writer.finish().unwrap();
    case.register(&better).unwrap();
    let other = EvidenceRow { path: full.path, ..better.clone() };
    assert_eq!(case.evidence().unwrap(), [other, better]);
}

#[test]
fn two_contents_under_one_path_are_two_rows() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    for n in [1, 2] {
        let id = EvidenceId(n);
        case.event_writer(id).finish().unwrap();
        case.register(&row("Security.evtx", id, 0)).unwrap();
        assert!(case.holds(id).unwrap(), "an empty log is held too");
    }
    assert_eq!(case.evidence().unwrap().len(), 2);
}

#[test]
fn a_file_that_could_not_be_read_and_then_could() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let locked = EvidenceRow {
        sha256: None,
        id: None,
        status: EvidenceStatus::Unreadable,
        reason: Some("access is denied".to_owned()),
        first: None,
        last: None,
        ..row("Security.evtx", ONE, 0)
    };
    case.register(&locked).unwrap();
    case.register(&locked).unwrap();
    assert_eq!(case.evidence().unwrap(), [locked]);
    case.event_writer(ONE).finish().unwrap();
    let read = row("Security.evtx", ONE, 0);
    case.register(&read).unwrap();
    assert_eq!(case.evidence().unwrap(), [read]);
}

#[test]
fn losses_are_capped_and_counted() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let loss = |n: u64| LossRow { offset: n, kind: "record".to_owned(), detail: String::new() };
    let many = EvidenceRow { losses_total: 5000, losses: (0..5000).map(loss).collect(), ..row("a", ONE, 0) };
    case.event_writer(ONE).finish().unwrap();
    case.register(&many).unwrap();
    let kept = case.evidence().unwrap().remove(0);
    assert_eq!((kept.losses_total, kept.losses.len()), (5000, MAX_LOSSES_KEPT));
    assert_eq!(kept.losses[..], many.losses[..MAX_LOSSES_KEPT]);
}

#[test]
fn runs_are_noted_and_a_killed_one_shows() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let done = case.begin_run(&order("analyze logs")).unwrap();
    case.finish_run(done, "done").unwrap();
    case.begin_run(&order("analyze more")).unwrap();
    let runs = case.runs().unwrap();
    assert_eq!(runs[0].outcome.as_deref(), Some("done"));
    assert!(runs[0].duration_ms.is_some() && runs[0].started.is_some());
    assert_eq!((runs[1].command.as_str(), &runs[1].outcome), ("analyze more", &None));
}

#[test]
fn runs_say_what_they_went_by() {
    let (dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let inputs = [PathBuf::from("logs \"of\" host1"), dir.path().join("Security.evtx")];
    let settings = r#"{"threads":2,"internal":["192.0.2.0/24"]}"#;
    case.begin_run(&Order { command: "analyze", settings, inputs: &inputs }).unwrap();
    let run = case.runs().unwrap().remove(0);
    assert_eq!(run.settings.as_deref(), Some(settings));
    assert_eq!(run.system, Some(format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)));
    assert_eq!(run.inputs.len(), 2);
    assert!(run.inputs[0].ends_with("logs \"of\" host1") && run.inputs[0].len() > 20, "{:?}", run.inputs);
    assert!(run.inputs[1].ends_with("/Security.evtx"), "{:?}", run.inputs);
    // Settings that are no JSON would be of no use to anybody.
    assert!(case.begin_run(&Order { settings: "{", ..order("analyze") }).is_err());
}

#[test]
fn a_file_is_known_by_where_it_was_seen() {
    let (dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let place = dir.path().join("Security.evtx");
    // To the nanosecond, and before 1970 too.
    for modified in
        [UNIX_EPOCH + Duration::from_nanos(1_715_677_200_123_456_789), UNIX_EPOCH - Duration::from_nanos(1)]
    {
        let seen = Seen { place: place.clone(), size: 69_632, modified: Some(modified) };
        let seen_row = EvidenceRow { seen: Some(seen), ..row("logs/Security.evtx", ONE, 0) };
        case.event_writer(ONE).finish().unwrap();
        case.register(&seen_row).unwrap();
        assert_eq!(case.evidence().unwrap(), std::slice::from_ref(&seen_row));
        let content = case.content_seen(&place, 69_632, modified).unwrap().unwrap();
        assert_eq!((content.id, Some(content.sha256)), (ONE, seen_row.sha256));
        for (place, size, modified) in [
            (dir.path().join("System.evtx"), 69_632, modified),
            (place.clone(), 69_633, modified),
            (place.clone(), 69_632, modified + Duration::from_nanos(1)),
        ] {
            assert_eq!(case.content_seen(&place, size, modified).unwrap(), None);
        }
    }
    // Too fresh: nobody may rely on it.
    let fresh = Seen { place: place.clone(), size: 69_632, modified: None };
    case.register(&EvidenceRow { seen: Some(fresh), ..row("logs/Security.evtx", ONE, 0) }).unwrap();
    assert_eq!(case.content_seen(&place, 69_632, UNIX_EPOCH - Duration::from_nanos(1)).unwrap(), None);
}

/// Entering what the register says already writes nothing: a second run over a thousand files must not write a thousand
/// times.
#[test]
fn what_is_known_is_not_written_again() {
    let (dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let seen = |name: &str| Seen { place: dir.path().join(name), size: 1, modified: Some(UNIX_EPOCH) };
    ingest(&case, ONE, &[logon("pc", 1, 0, "alice")]);
    let copy = EvidenceRow { seen: Some(seen("copy")), ..row("copy.evtx", ONE, 0) };
    let text = EvidenceRow {
        sha256: None,
        id: None,
        status: EvidenceStatus::NotEvidence,
        first: None,
        last: None,
        seen: Some(seen("text")),
        ..row("readme.txt", ONE, 0)
    };
    case.register(&copy).unwrap();
    case.register(&text).unwrap();
    let register = path.join("case.db");
    let before = fs::read(&register).unwrap();
    case.register(&copy).unwrap();
    case.register(&text).unwrap();
    assert!(fs::read(&register).unwrap() == before, "nothing new was written");
    case.register(&EvidenceRow { seen: Some(seen("elsewhere")), ..text }).unwrap();
    assert!(fs::read(&register).unwrap() != before);
}

#[test]
fn tables_are_made_once_of_the_same() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    ingest(&case, ONE, &[logon("pc", 1, 0, "alice")]);
    let make = || {
        case.session_writer().unwrap().finish().unwrap();
        case.write_findings(&[]).unwrap();
        case.write_repeats(&case).unwrap();
        case.write_hops(&[]).unwrap();
        case.write_host_addresses(&[]).unwrap();
        case.note_sessions_made("settings", "remarks").unwrap();
    };
    let made = |settings: &str| case.sessions_made(settings).unwrap();
    assert_eq!((made("settings"), case.sessions_made_by().unwrap()), (None, None));
    make();
    assert_eq!(made("settings").as_deref(), Some("remarks"));
    assert!(case.sessions_made_by().unwrap().is_some());
    assert_eq!(made("other settings"), None);
    assert_eq!(Case::open(&path).unwrap().sessions_made("settings").unwrap().as_deref(), Some("remarks"));

    // New evidence.
    ingest(&case, EvidenceId(2), &[logon("pc", 2, 1, "bob")]);
    assert_eq!(made("settings"), None);
    make();
    assert!(made("settings").is_some());

    // A run that is killed while it makes them: whatever it has put in place by then, they do not count.
    drop(case.session_writer().unwrap());
    assert_eq!(made("settings"), None);
    make();
    case.write_boots(&[]).unwrap();
    assert_eq!(made("settings"), None);

    // Tables and event files must be there and whole.
    for name in ["boots.parquet", "sessions.parquet", "events/host=pc/0000000000000001.parquet"] {
        make();
        let file = path.join(name);
        let good = fs::read(&file).unwrap();
        fs::write(&file, &good[..good.len() - 1]).unwrap();
        assert_eq!(made("settings"), None, "{name}");
        fs::remove_file(&file).unwrap();
        assert_eq!(made("settings"), None, "{name}");
        fs::write(&file, &good).unwrap();
        assert!(made("settings").is_some(), "{name}");
    }
}

#[test]
fn who_needs_the_case_for_itself_keeps_writers_out() {
    let (_dir, path) = folder();
    ingest(&Case::create_or_open(&path).unwrap(), ONE, &[logon("pc", 1, 0, "alice")]);
    let alone = Case::open_alone(&path).unwrap();
    assert!(alone.holds(ONE).unwrap());
    assert!(matches!(alone.register(&row("a", ONE, 0)), Err(CaseError::ReadOnly { .. })));
    assert!(matches!(Case::create_or_open(&path), Err(CaseError::Locked { .. })));
    Case::open(&path).unwrap();
    drop(alone);
    let writer = Case::create_or_open(&path).unwrap();
    assert!(matches!(Case::open_alone(&path), Err(CaseError::Locked { .. })));
    drop(writer);
    let mut waited = 0;
    Case::create_or_open_when_free(&path, &mut || waited += 1).unwrap();
    assert_eq!(waited, 0);
}

#[test]
fn writers_of_several_threads_give_the_same_case_as_one() {
    let ((_a, alone), (_b, together)) = (folder(), folder());
    let events = |n: u64| [logon("pc", n, 0, "alice"), logon("srv", n, 1, "bob")];
    let case = Case::create_or_open(&alone).unwrap();
    (1..9).for_each(|n| ingest(&case, EvidenceId(n), &events(n)));
    let case = Case::create_or_open(&together).unwrap();
    std::thread::scope(|threads| {
        for part in [1..5, 5..9] {
            threads.spawn(|| part.for_each(|n| ingest(&case, EvidenceId(n), &events(n))));
        }
    });
    assert_eq!(tables(&alone), tables(&together));
    assert_eq!(Case::open(&alone).unwrap().hosts().unwrap(), case.hosts().unwrap());
}

#[test]
fn odd_times_in_the_register() {
    let (_dir, path) = folder();
    let case = Case::create_or_open(&path).unwrap();
    let odd = EvidenceRow {
        first: Some(time("1601-01-01T00:00:00Z")),
        last: Some(kilroy_model::Timestamp::from_ticks(i64::MAX)),
        ..row("a", ONE, 0)
    };
    case.event_writer(ONE).finish().unwrap();
    case.register(&odd).unwrap();
    let back = case.evidence().unwrap().remove(0);
    assert_eq!((back.first, back.last), (odd.first, None));
}
