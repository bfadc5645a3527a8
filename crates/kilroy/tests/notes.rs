//! `kilroy note`, `notes`, `tag` and `bookmark`.

mod common;

use common::Workplace;

fn uid(place: &Workplace) -> String {
    place.rows(&["sessions", "case"])[0]["session_uid"].as_str().expect("a uid").to_owned()
}

#[test]
fn notes_tags_and_bookmarks() {
    let place = Workplace::with_demo();
    let uid = uid(&place);
    let short = &uid[..8];
    assert_eq!(
        place.prints(&["note", "case", short, "the backup", "--author", "kim"]),
        format!("note 1 on session:{uid}\n")
    );
    assert_eq!(
        place.prints(&["note", "case", "srv-rdp01", "reinstalled", "--author", "lee"]),
        "note 2 on host:srv-rdp01.corp.example\n"
    );
    assert_eq!(place.prints(&["tag", "case", "user:Alice", "x"]), "user:alice is tagged x\n");
    assert_eq!(place.prints(&["tag", "case", "alice", "x", "y"]), "user:alice is tagged x, y\n");
    assert_eq!(
        place.prints(&["tag", "case", "alice", "x", "--remove"]),
        "user:alice has no tag x any more\n"
    );
    assert_eq!(place.prints(&["tag", "case", "user:CORP\\alice", "y"]), "user:alice was tagged y already\n");
    assert_eq!(place.run(&["tag", "case", "user:OTHER\\alice", "y"]).code, 2);
    assert_eq!(place.prints(&["bookmark", "case", short]), format!("bookmark on session:{uid}\n"));
    assert_eq!(
        place.prints(&["bookmark", "case", short]),
        format!("there was a bookmark on session:{uid} already\n")
    );

    let rows = place.rows(&["notes", "case"]);
    let said: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["target_kind"].as_str().unwrap_or("?"),
                row["what"].as_str().unwrap_or("?"),
                row["text"]
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "host note \"reinstalled\"",
            "session bookmark null",
            "session note \"the backup\"",
            "user tag \"y\""
        ]
    );
    assert_eq!((rows[2]["author"].as_str(), rows[2]["number"].as_i64()), (Some("kim"), Some(1)));
    assert!(rows.iter().all(|row| row["created"].is_string() && row["changed"].is_null()));
    // What is noted on one thing, in a table.
    let shown = place.prints(&["note", "case", short]);
    assert!(
        shown.contains("the backup") && shown.contains("bookmark") && !shown.contains("reinstalled"),
        "{shown}"
    );
    assert!(place.prints(&["notes", "case", "--lang", "ko"]).contains("메모"));
    assert!(
        place
            .prints(&["notes", "case", "--format", "csv"])
            .starts_with("target_kind,target,what,number,text,")
    );

    assert_eq!(
        place.prints(&["note", "case", short, "the usual backup", "--change", "1"]),
        format!("note 1 on session:{uid} is changed\n")
    );
    let note = &place.rows(&["note", "case", short])[1];
    assert_eq!((note["text"].as_str(), note["author"].as_str()), (Some("the usual backup"), Some("kim")));
    assert!(note["changed"].is_string());

    // They survive another analysis, of more evidence, too.
    let before = place.prints(&["notes", "case", "--format", "json"]);
    place.write("more", &common::demo()[..2]);
    place.prints(&["analyze", "logs", "more", "-o", "case"]);
    assert_eq!(place.prints(&["notes", "case", "--format", "json"]), before);
    assert_eq!(
        place.prints(&["note", "case", short, "--remove", "1"]),
        format!("note 1 on session:{uid} is removed\n")
    );
    assert_eq!(place.rows(&["note", "case", short]).len(), 1);
}

#[test]
fn targets() {
    let place = Workplace::with_demo();
    let session = &place.rows(&["sessions", "case"])[0];
    let event = session["sources"][0]["event_uid"].as_str().expect("a uid").to_owned();
    let evidence = &place.rows(&["evidence", "case"])[0];
    let (id, path) =
        (evidence["evidence_id"].as_str().expect("an ID"), evidence["path"].as_str().expect("a path"));
    for (typed, want) in [
        (event.as_str(), format!("event:{event}")),
        (&event[..12], format!("event:{event}")),
        (&event.to_uppercase()[..12], format!("event:{event}")),
        (id, format!("evidence:{id}")),
        (path, format!("evidence:{id}")),
        ("host:SRV-RDP01", "host:srv-rdp01.corp.example".to_owned()),
        ("SRV-RDP01.corp.example", "host:srv-rdp01.corp.example".to_owned()),
        ("Alice", "user:alice".to_owned()),
    ] {
        assert_eq!(
            place.prints(&["tag", "case", typed, "t"]).split(' ').next(),
            Some(want.as_str()),
            "{typed}"
        );
        place.prints(&["tag", "case", typed, "t", "--remove"]);
    }
    let says = |args: &[&str]| {
        let run = place.run(args);
        assert_eq!(
            (run.code, run.out.as_str(), run.err.lines().count()),
            (2, "", 1),
            "{args:?}: {}",
            run.err
        );
        run.err
    };
    assert!(says(&["note", "case", "nobody", "x"]).contains("nothing in the case is called nobody"));
    assert!(says(&["note", "case", "user:srv-rdp01", "x"]).contains("nothing in the case is called"));
    assert!(says(&["note", "case", "ffffffffffffffffffff", "x"]).contains("nothing in the case is called"));
    assert!(says(&["note", "case", "", "x"]).contains("names nothing"));
    assert!(says(&["note", "case", "alice", " "]).contains("says nothing"));
    assert!(says(&["tag", "case", "alice", ""]).contains("must not be empty"));
    assert!(says(&["note", "case", "alice", "x", "--change", "7"]).contains("there is no note 7"));
    place.prints(&["note", "case", "alice", "x"]);
    assert!(says(&["note", "case", "host:srv-rdp01", "--remove", "1"]).contains("note 1 is on user:alice"));
    // A first digit that several sessions share.
    let rows = place.rows(&["sessions", "case"]);
    let digit = |row: &serde_json::Value| row["session_uid"].as_str().and_then(|uid| uid.chars().next());
    let mut digits: Vec<char> = rows.iter().filter_map(digit).collect();
    digits.sort_unstable();
    let shared = digits.windows(2).find(|two| two[0] == two[1]).expect("more sessions than digits")[0];
    assert!(says(&["note", "case", &format!("session:{shared}"), "x"]).contains("give more digits"));
    assert_eq!(place.run(&["notes", "nowhere"]).code, 2);
}

/// What people write is shown, and does not act.
#[test]
fn notes_are_hostile_too() {
    let place = Workplace::with_demo();
    let text = "=cmd|' /C calc'!A0\u{1b}[2J\u{202e}\nsecond line";
    place.prints(&["note", "case", "alice", text, "--author", "\u{1b}]0;x\u{7}"]);
    place.prints(&["tag", "case", "alice", "@SUM(A1)\u{7}"]);
    for shown in [place.prints(&["notes", "case"]), place.prints(&["note", "case", "alice"])] {
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
    }
    assert_eq!(place.rows(&["notes", "case"])[1]["text"].as_str(), Some(text));
    let csv = place.prints(&["notes", "case", "--format", "csv"]);
    assert!(csv.contains("\"'=cmd|") && csv.contains("'@SUM"), "{csv}");
    let none = Workplace::with_demo();
    let run = none.run(&["notes", "case"]);
    assert_eq!(
        (run.code, run.out.as_str(), run.err.as_str()),
        (0, "", "Nobody has added anything to the case.\n")
    );
}

#[test]
fn what_is_done_is_said_in_korean() {
    let place = Workplace::with_demo();
    let nothing = |args: &[&str]| place.run(&[args, &["--lang", "ko"]].concat()).err;
    assert_eq!(nothing(&["notes", "case"]), "이 케이스에 추가된 내용이 없습니다.\n");
    let host = "host:srv-rdp01.corp.example";
    assert_eq!(nothing(&["note", "case", host]), format!("{host}에 대한 메모가 없습니다.\n"));
    let done = |args: &[&str]| place.prints(&[&["note", "case", host], args, &["--lang", "ko"]].concat());
    assert_eq!(done(&["새로 설치함"]), format!("{host}: 메모 1 추가됨\n"));
    assert_eq!(done(&["다시 설치함", "--change", "1"]), format!("{host}: 메모 1 변경됨\n"));
    assert_eq!(done(&["--remove", "1"]), format!("{host}: 메모 1 제거됨\n"));
}
