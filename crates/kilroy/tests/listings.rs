//! What the listings print, over the demo's logs.

mod common;

use common::Workplace;

#[test]
fn sessions_as_a_table() {
    let place = Workplace::with_demo();
    insta::assert_snapshot!("sessions_100", place.prints(&["sessions", "case"]));
    let place = place.columns(80);
    insta::assert_snapshot!("sessions_80", place.prints(&["sessions", "case"]));
    let place = place.columns(200);
    insta::assert_snapshot!("sessions_200_ko", place.prints(&["sessions", "case", "--lang", "ko", "--each"]));
}

#[test]
fn the_other_tables() {
    let place = Workplace::with_demo();
    insta::assert_snapshot!("users", place.prints(&["users", "case"]));
    insta::assert_snapshot!("sources", place.prints(&["sources", "case"]));
    insta::assert_snapshot!("evidence", place.prints(&["evidence", "case"]));
    insta::assert_snapshot!("terminal_sessions", place.prints(&["terminal-sessions", "case"]));
    insta::assert_snapshot!("logon_sessions", place.prints(&["logon-sessions", "case", "--limit", "12"]));
}

#[test]
fn one_row_in_each_format() {
    let place = Workplace::with_demo();
    let first = |format: &str| place.prints(&["sessions", "case", "--limit", "1", "--format", format]);
    insta::assert_snapshot!("jsonl", first("jsonl"));
    insta::assert_snapshot!("csv", first("csv"));
    let (lines, document) = (first("jsonl"), first("json"));
    assert_eq!(document, format!("[\n{}\n]\n", lines.trim_end()));
    assert_eq!(place.run(&["sessions", "case", "--user", "nobody", "--format", "json"]).out, "[]\n");
}

/// CSV has the keys of JSON, in the same order, for every listing.
#[test]
fn csv_has_the_keys_of_json() {
    let place = Workplace::with_demo();
    place.file("more/no.txt", b"hello");
    place.file("more/cut.evtx", &common::demo()[0].bytes[..5000]);
    place.run(&["analyze", "more", "-o", "case"]);
    for args in [
        &["sessions", "case"][..],
        &["logon-sessions", "case"],
        &["terminal-sessions", "case"],
        &["users", "case"],
        &["sources", "case"],
        &["usage", "case"],
        &["usage", "case", "--by", "host"],
        &["evidence", "case"],
        &["evidence", "case", "--losses"],
        &["coverage", "case"],
    ] {
        let rows = place.rows(args);
        let keys: Vec<&str> = rows[0].as_object().expect("an object").keys().map(String::as_str).collect();
        let csv = place.prints(&[args, &["--format", "csv"]].concat());
        assert_eq!(csv.split("\r\n").next().expect("a header"), keys.join(","), "{args:?}");
    }
}

#[test]
fn filters_choose() {
    let place = Workplace::with_demo();
    let count = |flags: &[&str]| place.rows(&[&["sessions", "case"], flags].concat()).len();
    let all = count(&[]);
    let users = |flags: &[&str]| -> Vec<String> {
        let rows = place.rows(&[&["sessions", "case"], flags].concat());
        let mut users: Vec<String> =
            rows.iter().map(|r| r["user"].as_str().unwrap_or("?").to_lowercase()).collect();
        users.sort();
        users.dedup();
        users
    };
    assert!(count(&["--background"]) > all);
    assert_eq!(users(&["--user", "ALI*"]), ["alice"]);
    assert_eq!(users(&["--user", "corp\\Bob"]), ["bob"]);
    assert_eq!(users(&["--outcome", "denied"]), ["dana"]);
    assert_eq!(count(&["--outcome", "success,failure,denied"]), all);
    let (success, failure) = (count(&["--outcome", "success"]), count(&["--outcome", "failure"]));
    assert_eq!(success + failure + count(&["--outcome", "denied"]), all);
    assert_eq!(count(&["--host", "srv-rdp01"]) + count(&["--host", "WKS-*"]), all);
    assert!(count(&["--ip", "203.0.113.0/24"]) > 10);
    assert_eq!(count(&["--ip", "203.0.113.0/24"]), count(&["--ip", "203.0.113.77"]));
    assert!(count(&["--ip", "LOCAL"]) > 0);
    assert_eq!(count(&["--since", "2024-05-15"]) + count(&["--until", "2024-05-13"]), 0);
    assert_eq!(count(&["--since", "2024-05-14", "--until", "2024-05-14"]), all);
    assert!(count(&["--until", "2024-05-14 12:00"]) < all);
    assert_eq!(count(&["--limit", "3"]), 3);
    for command in ["sessions", "events", "notes", "hops"] {
        let none = place.run(&[command, "case", "--limit", "0"]);
        assert_eq!((none.code, none.out.as_str()), (2, ""), "{command}");
        assert!(none.err.contains("'--limit <N>': give 1 or more"), "{}", none.err);
    }
    // Networks named as internal change the scope, and nothing else.
    let scope = |flags: &[&str]| {
        place.rows(&[&["sessions", "case", "--ip", "203.0.113.77"], flags].concat())[0].clone()
    };
    let (mut outside, inside) = (scope(&[]), scope(&["--internal", "203.0.113.0/24"]));
    assert_eq!((outside["scope"].as_str(), inside["scope"].as_str()), (Some("external"), Some("internal")));
    outside["scope"] = inside["scope"].clone();
    assert_eq!(outside, inside);
}

#[test]
fn nothing_found_is_said_together_with_what_it_holds_for() {
    let place = Workplace::with_demo();
    let run = place.run(&["sessions", "case", "--user", "nobody"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(
        run.err.starts_with("No sessions match. Security of srv-rdp01 covers 2024-05-14 06:30:"),
        "{}",
        run.err
    );
}

/// A reader that has read enough is no error.
#[test]
fn a_closed_pipe_is_success() {
    let place = Workplace::with_demo();
    for format in ["table", "json", "jsonl", "csv"] {
        let mut command = place.command(&["logon-sessions", "case", "--format", format]);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("the program starts");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{format}");
    }
}

/// A terminal shows what fits; nobody looks for a column that a file does not have.
#[test]
fn a_table_in_a_file_has_all_its_columns() {
    let place = Workplace::with_demo();
    let run =
        place.command(&["sessions", "case"]).env_remove("COLUMNS").output().expect("the program starts");
    let text = String::from_utf8(run.stdout).expect("text");
    let heading = text.lines().next().unwrap_or_default();
    for title in
        ["SESSION", "START", "END", "RESULT", "USER", "FROM", "KIND", "HOST", "HOW", "PROOF", "DOMAIN"]
    {
        assert!(heading.contains(title), "{title} is not in {heading}");
    }
    assert!(!place.columns(80).prints(&["sessions", "case"]).contains("DOMAIN"));
}
