//! What people add to a case.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::path::PathBuf;

use kilroy_case::{Case, CaseError, NoteId, Target, TargetKind};
use kilroy_model::{EventUid, EvidenceId, SessionUid};
use support::{ingest, logon, tables};

const ONE: EvidenceId = EvidenceId(1);

fn case() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("case");
    ingest(&Case::create_or_open(&path).unwrap(), ONE, &[logon("pc", 1, 0, "alice")]);
    (dir, path)
}

fn all_targets() -> [Target; 5] {
    [
        Target::event(EventUid(7)),
        Target::session(SessionUid(8)),
        Target::host("SRV01.Corp"),
        Target::user("Émile"),
        Target::evidence(ONE),
    ]
}

#[test]
fn notes_on_everything_by_reader_and_writer() {
    let (_dir, path) = case();
    let reader = Case::open(&path).unwrap();
    for target in all_targets() {
        reader.add_note(&target, "looks odd\n\"really\"", Some("kim")).unwrap();
    }
    let notes = reader.notes().unwrap();
    assert_eq!(notes.iter().map(|n| n.target.clone()).collect::<Vec<_>>(), all_targets());
    assert!(notes.iter().all(|n| n.created.is_some() && n.changed.is_none()));
    assert_eq!((notes[2].target.id(), notes[3].target.id()), ("srv01.corp", "émile"));
    assert_eq!(notes[0].target.to_string(), "event:00000000000000000000000000000007");
    assert_eq!((notes[0].text.as_str(), notes[0].author.as_deref()), ("looks odd\n\"really\"", Some("kim")));
    drop(reader);

    let writer = Case::create_or_open(&path).unwrap();
    let id = writer.add_note(&Target::host("pc"), "mine", None).unwrap();
    assert!(writer.change_note(id, "still mine").unwrap());
    let last = writer.notes().unwrap().pop().unwrap();
    assert_eq!((last.id, last.text.as_str(), last.author), (id, "still mine", None));
    assert!(last.changed >= last.created && last.changed.is_some());
    assert_eq!(writer.note_target(id).unwrap(), Some(Target::host("PC")));
    assert!(writer.remove_note(id).unwrap() && !writer.remove_note(id).unwrap());
    assert!(!writer.change_note(id, "gone").unwrap() && writer.note_target(id).unwrap().is_none());
    // A number is never given twice: it may stand in somebody's report.
    assert!(writer.add_note(&Target::host("pc"), "new", None).unwrap() > id);
}

#[test]
fn bookmarks_and_tags() {
    let (_dir, path) = case();
    let case = Case::open(&path).unwrap();
    let (host, user) = (Target::host("pc"), Target::user("alice"));
    assert!(
        case.add_bookmark(&host, Some("kim")).unwrap() && !case.add_bookmark(&host, Some("lee")).unwrap()
    );
    assert!(case.add_bookmark(&user, None).unwrap());
    let marks = case.bookmarks().unwrap();
    assert_eq!(marks.iter().map(|m| &m.target).collect::<Vec<_>>(), [&host, &user]);
    assert_eq!(marks[0].author.as_deref(), Some("kim"), "the first one stays");
    assert!(case.remove_bookmark(&host).unwrap() && !case.remove_bookmark(&host).unwrap());

    assert_eq!(case.add_tags(&user, &["stolen", "admin", "stolen"], None).unwrap(), 2);
    assert_eq!(case.add_tags(&host, &["admin"], Some("kim")).unwrap(), 1);
    let tags: Vec<_> = case.tags().unwrap().into_iter().map(|t| (t.target.to_string(), t.tag)).collect();
    let want = [("host:pc", "admin"), ("user:alice", "admin"), ("user:alice", "stolen")];
    assert_eq!(tags, want.map(|(target, tag)| (target.to_owned(), tag.to_owned())));
    assert_eq!(case.remove_tags(&user, &["stolen", "never"]).unwrap(), 1);
    assert_eq!(case.tags().unwrap().len(), 2);
}

#[test]
fn what_people_add_survives_and_changes_nothing_else() {
    let (_dir, path) = case();
    let before = tables(&path);
    let case = Case::open(&path).unwrap();
    case.add_note(&Target::evidence(ONE), "from the seized disk", Some("kim")).unwrap();
    case.add_bookmark(&Target::event(EventUid(1)), None).unwrap();
    case.add_tags(&Target::host("pc"), &["x"], None).unwrap();
    assert_eq!(tables(&path), before);
    let added = (case.notes().unwrap(), case.bookmarks().unwrap(), case.tags().unwrap());
    drop(case);
    // Everything is read and made anew.
    let case = Case::create_or_open(&path).unwrap();
    ingest(&case, ONE, &[logon("other", 1, 0, "bob")]);
    case.session_writer().unwrap().finish().unwrap();
    case.write_findings(&[]).unwrap();
    case.write_repeats(&case).unwrap();
    case.write_hops(&[]).unwrap();
    case.write_host_addresses(&[]).unwrap();
    case.note_sessions_made("", "").unwrap();
    assert_eq!((case.notes().unwrap(), case.bookmarks().unwrap(), case.tags().unwrap()), added);
}

#[test]
fn nobody_writes_while_a_run_writes_and_everybody_reads() {
    let (_dir, path) = case();
    let reader = Case::open(&path).unwrap();
    reader.add_note(&Target::host("pc"), "one", None).unwrap();
    let run = Case::create_or_open(&path).unwrap();
    assert!(matches!(reader.add_note(&Target::host("pc"), "two", None), Err(CaseError::Locked { .. })));
    assert_eq!(reader.notes().unwrap().len(), 1);
    drop(run);
    // Two at once: one after the other.
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| reader.add_note(&Target::host("pc"), "more", None).unwrap());
        }
    });
    assert_eq!(reader.notes().unwrap().len(), 5);
    assert!(!reader.remove_note(NoteId(99)).unwrap());
}

#[test]
fn records_are_found_by_their_first_digits() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("case");
    let case = Case::create_or_open(&path).unwrap();
    let events: Vec<_> = (0..50).map(|n| logon(["pc", "srv"][n % 2], n as u64, 0, "alice")).collect();
    ingest(&case, ONE, &events);
    ingest(&case, EvidenceId(2), &events[..10]);
    let mut uids: Vec<EventUid> = events.iter().map(|e| e.identity.uid).collect();
    uids.sort_unstable();
    assert_eq!(case.event_uids("", 100).unwrap(), uids);
    assert_eq!(case.event_uids("", 3).unwrap(), uids[..3]);
    assert_eq!(case.event_uids(&uids[7].to_string(), 3).unwrap(), [uids[7]]);
    assert_eq!(case.event_uids("zz", 3).unwrap(), []);
}

#[test]
fn kinds_of_targets_have_names() {
    for kind in TargetKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    assert!("hosts".parse::<TargetKind>().is_err());
}
