//! `kilroy events`, `event` and `timeline` over the demo's logs.

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::Workplace;

#[test]
fn events_as_tables() {
    let place = Workplace::with_demo().columns(140);
    let table = |filter: &str| {
        let run = place.run(&["events", "case", filter, "--limit", "6"]);
        assert_eq!(run.code, 0, "{}", run.err);
        format!("{}{}", run.out, run.err)
    };
    insta::assert_snapshot!("logons", table("event_id:4624 logon_type:10"));
    insta::assert_snapshot!("none", table("user:nobody"));
    insta::assert_snapshot!(
        "top",
        place.run(&["events", "case", "--top", "channel,event_id", "--limit", "6"]).out
    );
    insta::assert_snapshot!("histogram", place.prints(&["events", "case", "--histogram", "hour"]));
    let korean = place.run(&["events", "case", "event_id:4624", "--limit", "3", "--lang", "ko"]);
    insta::assert_snapshot!("korean", korean.out);
}

/// Whatever way events are asked for, they are the same ones.
#[test]
fn counts_pages_and_streams_agree() {
    let place = Workplace::with_demo();
    for filter in ["", "event_id:4624..4634", "user:alice -event_id:4634", "fields.LogonType:10", "rdp"] {
        let all = place.rows(&["events", "case", filter]);
        let count: usize =
            place.prints(&["events", "case", filter, "--count"]).trim().parse().expect("a number");
        assert_eq!(all.len(), count, "{filter}");
        let uid = |row: &serde_json::Value| row["event_uid"].as_str().expect("a uid").to_owned();
        let uids: BTreeSet<String> = all.iter().map(uid).collect();
        assert_eq!(uids.len(), count, "{filter}: each once");
        let times: Vec<&str> = all.iter().filter_map(|row| row["time"].as_str()).collect();
        assert!(times.windows(2).all(|two| two[0] <= two[1]), "{filter}: in the order of time");

        let half = (count / 2).to_string();
        let page = |more: &[&str]| place.rows(&[&["events", "case", filter], more].concat());
        let (first, rest) = (page(&["--limit", &half]), page(&["--skip", &half]));
        let both: BTreeSet<String> = first.iter().chain(&rest).map(uid).collect();
        assert_eq!((first.len() + rest.len(), &both), (count, &uids), "{filter}: pages");

        let top = place.rows(&["events", "case", filter, "--top", "event_id"]);
        let sum: u64 = top.iter().map(|row| row["events"].as_u64().expect("a count")).sum();
        assert_eq!(sum, count as u64, "{filter}: every event has an ID");
        let lines = place.prints(&["events", "case", filter, "--columns", "event_uid", "--format", "csv"]);
        assert_eq!(lines.lines().skip(1).map(str::to_owned).collect::<BTreeSet<_>>(), uids, "{filter}: CSV");
    }
}

/// Quoting is enough: what begins with `-` and is no flag is a term.
#[test]
fn a_filter_may_begin_with_a_minus() {
    let place = Workplace::with_demo();
    for filter in ["-user:*", "-event_id:4634", "-rdp"] {
        let turned = format!("!{}", &filter[1..]);
        let events = place.rows(&["events", "case", filter, "--limit", "7"]);
        assert_eq!(events, place.rows(&["events", "case", "--limit", "7", &turned]), "{filter}");
        assert_eq!(events.len(), 7, "{filter}");
        let lines = place.prints(&["timeline", "case", filter, "--format", "jsonl"]);
        assert_eq!(lines, place.prints(&["timeline", "case", &turned, "--format", "jsonl"]), "{filter}");
    }
    assert!(place.rows(&["events", "case", "-user:*"]).iter().all(|row| row["user"].is_null()));
    assert!(place.prints(&["events", "-h"]).contains("--histogram"));
}

/// Copies of a log add nothing: not with the same bytes, and not with others.
#[test]
fn copies_are_shown_once() {
    let place = Workplace::with_demo();
    let before = place.prints(&["events", "case", "--count"]);
    let all: Vec<String> =
        place.rows(&["events", "case"]).iter().map(|row| row["event_uid"].to_string()).collect();
    for log in common::demo() {
        // Another file with the same records: bytes behind the last chunk belong to none.
        let mut bytes = log.bytes.clone();
        bytes.extend([0; 512]);
        place.file(&format!("copies/{}", log.name), &bytes);
    }
    place.run(&["analyze", "copies", "-o", "case", "-q"]);
    assert_eq!(place.prints(&["events", "case", "--count"]), before);
    let again: Vec<String> =
        place.rows(&["events", "case"]).iter().map(|row| row["event_uid"].to_string()).collect();
    assert_eq!(BTreeSet::from_iter(again), BTreeSet::from_iter(all));
}

#[test]
fn one_event_in_full() {
    let place = Workplace::with_demo();
    let rows = place.rows(&["events", "case", "event_id:4624", "logon_type:10", "--limit", "1"]);
    let uid = rows[0]["event_uid"].as_str().expect("a uid");
    insta::assert_snapshot!("event", place.prints(&["event", "case", uid, "--xml"]));
    insta::assert_snapshot!("event_ko", place.prints(&["event", "case", &uid[..12], "--lang", "ko"]));
    let json: serde_json::Value =
        serde_json::from_str(&place.prints(&["event", "case", uid, "--xml", "--format", "json"]))
            .expect("JSON");
    assert_eq!(json["event_id"], 4624);
    assert!(json["xml"].as_str().is_some_and(|xml| xml.contains("<EventID>4624</EventID>")));
    // The evidence went elsewhere.
    fs::rename(place.path("logs"), place.path("elsewhere")).expect("a folder can be renamed");
    let gone = place.run(&["event", "case", uid, "--xml"]);
    assert_eq!(gone.code, 2);
    assert!(gone.err.contains("--evidence"), "{}", gone.err);
    let found = place.prints(&["event", "case", uid, "--xml", "--evidence", "elsewhere", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["xml"], json["xml"]);
}

#[test]
fn a_session_is_followed() {
    let place = Workplace::with_demo();
    let sessions = place.rows(&["sessions", "case"]);
    for session in &sessions {
        let uid = session["session_uid"].as_str().expect("a uid");
        let events = place.rows(&["events", "case", "--follow-session", uid]);
        let uids: BTreeSet<&str> = events.iter().filter_map(|row| row["event_uid"].as_str()).collect();
        for source in session["sources"].as_array().expect("records") {
            let record = source["event_uid"].as_str().expect("a uid");
            assert!(uids.contains(record), "{uid}: its record {record} is shown");
        }
        let host = session["computer"].as_str().expect("a host");
        for event in &events {
            assert_eq!(event["host"].as_str().map(str::to_lowercase).as_deref(), Some(host), "{uid}");
        }
    }
}

#[test]
fn timelines() {
    let place = Workplace::with_demo();
    let count: usize = place.prints(&["events", "case", "--count"]).trim().parse().expect("a number");
    let csv = place.prints(&["timeline", "case", "event_id:4624"]);
    insta::assert_snapshot!("timeline", csv.lines().take(3).collect::<Vec<_>>().join("\n"));
    let sketch = place.prints(&["timeline", "case", "event_id:4624", "--format", "timesketch"]);
    assert!(sketch.starts_with("message,datetime,timestamp_desc,"), "{sketch}");
    insta::assert_snapshot!("timesketch", sketch.lines().take(3).collect::<Vec<_>>().join("\n"));
    let lines = place.prints(&["timeline", "case", "--format", "jsonl"]);
    assert_eq!(lines.lines().count(), count);
    place.prints(&["timeline", "case", "--format", "parquet", "-o", "timeline.parquet"]);
    let file = fs::File::open(place.path("timeline.parquet")).expect("it is there");
    let rows = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
        .expect("Parquet")
        .build()
        .expect("Parquet")
        .map(|batch| batch.expect("a batch").num_rows())
        .sum::<usize>();
    assert_eq!(rows, count);
}

#[test]
fn what_makes_no_sense_says_what_would() {
    let place = Workplace::with_demo();
    let errors: Vec<String> = [
        &["events", "case", "evt:1"][..],
        &["events", "case", "time:soon"],
        &["events", "case", "--columns", "colour"],
        &["events", "case", "--sort", "colour"],
        &["events", "case", "--follow-session", "zz"],
        &["event", "case", "0000"],
        &["event", "case", "x"],
        &["timeline", "case", "ip:srv01"],
        &["timeline", "case", "-colour:red"],
    ]
    .iter()
    .map(|args| {
        let run = place.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}");
        run.err
    })
    .collect();
    insta::assert_snapshot!("errors", errors.concat());
}
