//! `kilroy why`, over the demo's logs.

mod common;

use common::Workplace;
use serde_json::Value;

/// The session that the failures led up to.
fn break_in(place: &Workplace) -> Value {
    let rows = place.rows(&["sessions", "case", "--ip", "203.0.113.77", "--outcome", "success"]);
    rows.into_iter().max_by_key(|r| r["prior_failures"].as_u64()).expect("the break-in is there")
}

#[test]
fn a_receipt_in_both_languages() {
    let place = Workplace::with_demo();
    let uid = break_in(&place)["session_uid"].as_str().expect("a uid").to_owned();
    insta::assert_snapshot!("why_en", place.prints(&["why", "case", &uid]));
    insta::assert_snapshot!("why_ko", place.prints(&["why", "case", &uid, "--lang", "ko"]));
    let place = place.columns(80);
    let narrow = place.prints(&["why", "case", &uid]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
}

/// Every row of every kind has a receipt: no session makes it stumble.
#[test]
fn every_session_has_a_receipt() {
    let place = Workplace::with_demo();
    let rows = place.rows(&["sessions", "case", "--background"]);
    assert!(rows.len() > 40);
    for row in rows {
        let uid = row["session_uid"].as_str().expect("a uid");
        let receipt = place.prints(&["why", "case", uid]);
        for source in row["sources"].as_array().expect("sources") {
            assert!(receipt.contains(&format!("record {}", source["record_id"])), "{uid}\n{receipt}");
        }
    }
}

#[test]
fn a_session_by_its_first_digits_or_by_a_record() {
    let place = Workplace::with_demo();
    let session = break_in(&place);
    let uid = session["session_uid"].as_str().expect("a uid");
    let receipt = place.prints(&["why", "case", uid]);
    assert_eq!(place.prints(&["why", "case", &uid[..8]]), receipt);
    assert_eq!(place.prints(&["why", "case", &uid.to_uppercase()]), receipt);
    for source in session["sources"].as_array().expect("sources") {
        let event = source["event_uid"].as_str().expect("a uid");
        assert_eq!(place.prints(&["why", "case", event]), receipt);
        assert_eq!(place.prints(&["why", "case", &event[..12]]), receipt);
    }
}

/// The digits are those of records: no session begins with them, and the answer does not say so.
#[test]
fn digits_of_records_of_several_sessions() {
    let place = Workplace::with_demo();
    let rows = place.rows(&["sessions", "case", "--background"]);
    let begins = |value: &Value, digits: &str| value.as_str().is_some_and(|uid| uid.starts_with(digits));
    let of_records = |digits: &str| {
        let has = |row: &&Value| {
            let mut sources = row["sources"].as_array().expect("records").iter();
            sources.any(|source| begins(&source["event_uid"], digits))
        };
        rows.iter().filter(has).count()
    };
    let is_free = |digits: &String| !rows.iter().any(|row| begins(&row["session_uid"], digits));
    let all = (0..=0xff).map(|n| format!("{n:02x}"));
    let digits = all.filter(is_free).find(|digits| of_records(digits) > 1).expect("digits of records alone");
    let run = place.run(&["why", "case", &digits]);
    let said =
        format!("kilroy: records of {} sessions begin with {digits}, among them ", of_records(&digits));
    assert!(run.code == 2 && run.err.starts_with(&said), "{}", run.err);
}

#[test]
fn what_is_no_session_is_said_in_one_line() {
    let place = Workplace::with_demo();
    let fails = |args: &[&str]| {
        let run = place.run(args);
        assert_eq!(
            (run.code, run.out.as_str(), run.err.lines().count()),
            (2, "", 1),
            "{args:?}: {}",
            run.err
        );
        run.err
    };
    insta::assert_snapshot!(fails(&["why", "case", "0123456789abcdef"]), @"kilroy: no session and no record of a session has a uid that begins with 0123456789abcdef; see `kilroy sessions`");
    insta::assert_snapshot!(fails(&["why", "case", "alice"]), @r#"kilroy: "alice" is no uid: give the hexadecimal digits that `kilroy sessions` shows in its first column"#);
    insta::assert_snapshot!(fails(&["why", "0123", "case"]), @"kilroy: the case comes first: kilroy why case 0123");
    // Sixteen first digits, and more sessions than that: some digit begins two of them.
    let rows = place.rows(&["sessions", "case"]);
    let first = |r: &Value| r["session_uid"].as_str().expect("a uid")[..1].to_owned();
    let twice = rows.iter().map(first).find(|d| rows.iter().filter(|r| first(r) == *d).count() > 1);
    let error = fails(&["why", "case", &twice.expect("two uids that begin alike")]);
    assert!(error.contains("give more digits"), "{error}");
}
