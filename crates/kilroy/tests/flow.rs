//! `kilroy flow`: the story of one session, over the demo's logs and over real ones.

mod common;

use common::{Workplace, shared};
use serde_json::Value;

/// The first session that is like this.
fn session(place: &Workplace, filter: &[&str], like: impl Fn(&Value) -> bool) -> String {
    let mut args = vec!["sessions", "case", "--background"];
    args.extend(filter);
    let rows = place.rows(&args);
    let row = rows.iter().find(|row| like(row)).expect("such a session is there");
    row["session_uid"].as_str().expect("a uid").to_owned()
}

#[test]
fn a_break_in_as_a_story_in_both_languages() {
    let place = Workplace::with_demo();
    let in_after = |row: &Value| row["prior_failures"].as_u64() > Some(0);
    let uid = session(&place, &["--ip", "203.0.113.77", "--outcome", "success"], in_after);
    insta::assert_snapshot!("flow_en", place.prints(&["flow", "case", &uid]));
    insta::assert_snapshot!("flow_ko", place.prints(&["flow", "case", &uid, "--lang", "ko"]));
    insta::assert_snapshot!("flow_csv", place.prints(&["flow", "case", &uid, "--format", "csv"]));
    let place = place.columns(80);
    let narrow = place.prints(&["flow", "case", &uid]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
}

/// Failures, refusals, reconnects, the console, the network and the shell are told each in its own way.
#[test]
fn every_kind_of_session_has_its_own_reading() {
    let place = Workplace::with_demo();
    let stories = [
        session(&place, &["--outcome", "failure", "--kind", "interactive-remote"], |_| true),
        session(&place, &["--outcome", "denied"], |_| true),
        session(&place, &["--kind", "interactive-remote"], |row| row["how"] == "reconnect"),
        session(&place, &["--kind", "interactive-local"], |row| row["user"] == "alice"),
        session(&place, &["--kind", "network", "--user", "svc-backup"], |_| true),
        session(&place, &["--kind", "ssh", "--outcome", "success"], |_| true),
    ];
    let all: Vec<String> = stories.iter().map(|uid| place.prints(&["flow", "case", uid])).collect();
    insta::assert_snapshot!("flow_kinds", all.join("\n----\n\n"));
}

/// Every record of every session stands in its story exactly once, and the formats agree.
#[test]
fn every_session_of_the_demo_has_a_story() {
    let place = Workplace::with_demo();
    let rows = place.rows(&["sessions", "case", "--background"]);
    assert!(rows.len() > 40);
    for row in rows {
        told(&place, &row);
    }
}

fn told(place: &Workplace, row: &Value) {
    let uid = row["session_uid"].as_str().expect("a uid");
    let story: Value =
        serde_json::from_str(&place.prints(&["flow", "case", uid, "--format", "json"])).expect("JSON");
    let steps = story["steps"].as_array().expect("steps");
    let records: Vec<&Value> =
        steps.iter().flat_map(|step| step["records"].as_array().expect("records")).collect();
    let mut told: Vec<&str> = records.iter().map(|r| r["event_uid"].as_str().expect("a uid")).collect();
    let sources = row["sources"].as_array().expect("sources");
    let mut all: Vec<&str> = sources.iter().map(|s| s["event_uid"].as_str().expect("a uid")).collect();
    told.sort_unstable();
    all.sort_unstable();
    assert_eq!(told, all, "{uid}");
    let times: Vec<&str> = steps.iter().filter_map(|step| step["time"].as_str()).collect();
    assert!(times.is_sorted(), "{uid}: {times:?}");
    let missing = steps.iter().flat_map(|step| step["absent"].as_array().expect("absent"));
    let missing = missing.filter(|absent| !absent["event_id"].is_null()).count();
    assert_eq!(missing, row["missing"].as_array().expect("missing").len(), "{uid}");
    // Each record was found in the case, or it would say nothing.
    assert!(records.iter().all(|record| !record["title"].is_null()), "{uid}: {story:#}");
}

#[test]
fn by_a_record_and_by_what_is_no_session() {
    let place = Workplace::with_demo();
    let rows = place.rows(&["sessions", "case"]);
    let uid = rows[0]["session_uid"].as_str().expect("a uid");
    let event = rows[0]["sources"][0]["event_uid"].as_str().expect("a uid");
    assert_eq!(place.prints(&["flow", "case", uid]), place.prints(&["flow", "case", event]));
    let run = place.run(&["flow", "case", "0123456789abcdef"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    let run = place.run(&["flow", uid, "case"]);
    assert_eq!(run.err, format!("kilroy: the case comes first: kilroy flow case {uid}\n"));
}

/// Whatever is in real logs, every session has a story, in both languages and in every format.
#[test]
fn every_session_of_real_logs_has_a_story() {
    let Some(evtx) = shared() else { return };
    let data = evtx.parent().expect("a folder");
    let place = Workplace::new();
    let logs = data.to_str().expect("a path that is text");
    assert!(place.run(&["analyze", logs, "-o", "case"]).code <= 1);
    let rows = place.rows(&["sessions", "case", "--background"]);
    assert!(rows.len() > 100);
    for row in &rows {
        told(&place, row);
    }
    let place = place.columns(60);
    for row in rows.iter().step_by(29) {
        let uid = row["session_uid"].as_str().expect("a uid");
        place.prints(&["flow", "case", uid]);
        place.prints(&["flow", "case", uid, "--lang", "ko"]);
        place.prints(&["flow", "case", uid, "--format", "csv"]);
        place.prints(&["flow", "case", uid, "--format", "jsonl"]);
    }
}
