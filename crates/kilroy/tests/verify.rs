//! `kilroy verify`: what it finds, and what it says.

mod common;

use std::fs;

use common::{Run, Workplace};

const LOG: &str = "logs/SRV-RDP01.corp.example/Security.evtx";

fn wrong(run: &Run) -> Vec<&str> {
    run.out.lines().map(str::trim).filter(|line| line.starts_with("WRONG")).collect()
}

#[test]
fn a_sound_case() {
    let place = Workplace::with_demo();
    let before = place.tables("case");
    let page = place.prints(&["verify", "case"]);
    assert!(page.ends_with("\nNothing is wrong with what was compared.\n"), "{page}");
    assert!(!page.contains("WRONG") && !page.contains("not compared"), "{page}");
    let json: serde_json::Value =
        serde_json::from_str(&place.prints(&["verify", "case", "--format", "json"])).expect("JSON");
    assert_eq!(json["sound"], true);
    let checks = json["checks"].as_array().expect("checks");
    let names: Vec<_> = checks.iter().filter_map(|check| check["what"].as_str()).collect();
    assert_eq!(names, ["register", "event-files", "evidence", "event-files-anew", "tables-anew"]);
    assert!(checks.iter().all(|check| check["all"] == check["sound"] && check["all"].as_u64() > Some(0)));
    assert_eq!(checks[2]["all"], common::demo().len());
    assert!(place.tables("case") == before, "nothing was changed");
}

#[test]
fn evidence_that_moved_or_changed() {
    let place = Workplace::with_demo();
    fs::rename(place.path("logs"), place.path("archive")).expect("a folder can be moved");
    // Not there: told, and no finding.
    let run = place.run(&["verify", "case"]);
    assert_eq!((run.code, wrong(&run).len()), (0, 0), "{}", run.out);
    assert!(
        run.out.contains("not compared: logs/SRV-RDP01.corp.example/Security.evtx: it is no more where"),
        "{}",
        run.out
    );
    assert!(run.out.contains("13 event files: their evidence is not there"), "{}", run.out);

    let found = place.prints(&["verify", "case", "--evidence", "archive"]);
    assert!(!found.contains("not compared"), "{found}");
    // Under any name.
    let log = place.path("archive/SRV-RDP01.corp.example/Security.evtx");
    fs::rename(&log, place.path("archive/renamed.bin")).expect("a file can be moved");
    assert!(!place.prints(&["verify", "case", "--evidence", "archive"]).contains("not compared"));

    let mut bytes = fs::read(place.path("archive/renamed.bin")).expect("a log");
    fs::remove_file(place.path("archive/renamed.bin")).expect("a file");
    assert!(
        place.prints(&["verify", "case", "--evidence", "archive"]).contains("Security.evtx: it is not there")
    );
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&log, &bytes).expect("a file");
    let run = place.run(&["verify", "case", "--evidence", "archive"]);
    assert_eq!((run.code, wrong(&run).len()), (1, 1), "{}", run.out);
    assert!(wrong(&run)[0].starts_with("WRONG: logs/SRV-RDP01.corp.example/Security.evtx: it has changed"));
    assert_eq!(place.run(&["verify", "case", "--evidence", "nowhere"]).code, 2);

    // A log that is written to and read again: the case holds both contents, and nothing is wrong.
    fs::rename(place.path("archive"), place.path("logs")).expect("a folder can be moved");
    assert_eq!(place.run(&["verify", "case"]).code, 1);
    place.run(&["analyze", "logs", "-o", "case"]);
    let run = place.run(&["verify", "case"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let page = run.out.replace("\n    ", " ");
    assert!(page.contains("another content of this file has been read since"), "{page}");
}

#[test]
fn hands_laid_on_the_case() {
    let place = Workplace::with_demo();
    let tables = place.tables("case");
    for (name, bytes) in &tables {
        let path = place.path(&format!("case{name}"));
        let mut bad = bytes.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        fs::write(&path, &bad).expect("a file");
        let run = place.run(&["verify", "case"]);
        assert_eq!(run.code, 1, "{name}: {}", run.out);
        assert!(wrong(&run).iter().any(|line| line.contains(&name[1..])), "{name}: {}", run.out);
        fs::write(&path, bytes).expect("a file");
    }
    assert_eq!(place.run(&["verify", "case"]).code, 0);

    // So that only decoding anew shows it: the register agrees with the file.
    let (name, bytes) = tables.iter().find(|(name, _)| name.contains("srv-rdp01")).expect("an event file");
    let (_, other) = tables.iter().find(|(n, b)| n.contains("srv-rdp01") && b != bytes).expect("another");
    fs::write(place.path(&format!("case{name}")), other).expect("a file");
    let db = rusqlite::Connection::open(place.path("case/case.db")).expect("a register");
    let (file, id) = (&name[1..], &name[name.len() - 24..name.len() - 8]);
    let changed = db
        .execute(
            "UPDATE event_files SET (bytes, events, sha256) =
             (SELECT bytes, events, sha256 FROM event_files WHERE bytes = ?2 LIMIT 1) WHERE file = ?1",
            rusqlite::params![file, i64::try_from(other.len()).expect("a length")],
        )
        .expect("a change");
    assert_eq!(changed, 1);
    db.execute("UPDATE evidence SET records = (SELECT events FROM event_files WHERE file = ?1) WHERE evidence_id = ?2", [file, id])
        .expect("a change");
    drop(db);
    let run = place.run(&["verify", "case"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains(&format!("WRONG: {file}: decoded anew")), "{}", run.out.replace("\n    ", " "));
}

#[test]
fn what_cannot_be_verified() {
    let place = Workplace::with_demo();
    fs::create_dir(place.path("empty")).expect("a folder");
    for args in [&["verify", "nowhere"][..], &["verify", "empty"], &["verify", "logs"]] {
        let run = place.run(args);
        assert_eq!((run.code, run.err.lines().count(), run.out.as_str()), (2, 1, ""), "{}", run.err);
    }
    // A case that was never finished: what is there is sound, what is missing is said.
    fs::remove_file(place.path("case/sessions.parquet")).expect("a file");
    let run = place.run(&["verify", "case"]);
    assert_eq!((run.code, wrong(&run)), (1, vec!["WRONG: sessions.parquet: it is not there"]));
    // A register that is damaged.
    let register = place.path("case/case.db");
    let mut bytes = fs::read(&register).expect("a register");
    let end = bytes.len();
    bytes[4096..end].fill(0xee);
    fs::write(&register, bytes).expect("a file");
    let run = place.run(&["verify", "case"]);
    assert!(run.code > 0 && run.code <= 2, "{}{}", run.out, run.err);
    assert!(format!("{}{}", run.out, run.err).contains("case.db"), "{}{}", run.out, run.err);
    assert!(fs::read_dir(place.path(LOG).parent().expect("a folder")).is_ok());
}

/// What another run cannot mend says what can be done.
#[test]
fn a_damaged_register_says_so() {
    let place = Workplace::with_demo();
    let mut register = std::fs::read(place.path("case/case.db")).expect("a file");
    // Behind the header that says what it is.
    register[100..4000].fill(0xff);
    place.file("case/case.db", &register);
    for args in [&["sessions", "case"][..], &["analyze", "logs", "-o", "case"]] {
        let run = place.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        let said = "kilroy: the register case/case.db is damaged: run `kilroy analyze` on the evidence again, into a new folder";
        assert!(run.err.starts_with(said), "{}", run.err);
    }
}

/// All that is said, in Korean: no sentence of the checks is left in English.
#[test]
fn what_is_found_is_said_in_korean() {
    let place = Workplace::with_demo();
    let korean =
        |place: &Workplace| place.run(&["verify", "case", "--lang", "ko"]).out.replace("\n    ", " ");
    assert!(
        korean(&place).ends_with("\n비교한 항목에서 문제가 발견되지 않았습니다.\n"),
        "{}",
        korean(&place)
    );
    fs::remove_file(place.path("case/sessions.parquet")).expect("a file");
    fs::write(place.path("case/boots.parquet"), "other bytes").expect("a file");
    let mut bytes = fs::read(place.path(LOG)).expect("a log");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(place.path(LOG), bytes).expect("a file");
    let said = korean(&place);
    for line in [
        "  문제: sessions.parquet: 파일이 없음\n",
        "  문제: boots.parquet: 다시 만든 내용과 다름\n",
        "  문제: logs/SRV-RDP01.corp.example/Security.evtx: 변경됨: 이전 SHA-256은 ",
        "  비교하지 못함: 이벤트 파일 1개: 증거가 없음\n",
        "\n문제 3개가 발견되었습니다.\n",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    for english in ["WRONG", "not compared", " it ", "sound", "anew"] {
        assert!(!said.contains(english), "{english}: {said}");
    }
}
