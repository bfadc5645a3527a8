//! `kilroy activity`: what one session did, over the demo's logs, whose truth is known, and over real ones.

mod common;

use common::{Workplace, shared};
use serde_json::Value;

/// The uid of the only session that is like this.
fn session(place: &Workplace, filter: &[&str], like: impl Fn(&Value) -> bool) -> String {
    let mut args = vec!["sessions", "case"];
    args.extend(filter);
    let rows = place.rows(&args);
    let found: Vec<&Value> = rows.iter().filter(|row| like(row)).collect();
    assert_eq!(found.len(), 1, "{filter:?}");
    found[0]["session_uid"].as_str().expect("a uid").to_owned()
}

/// From outside, into the server: the first stay, and the return to the same desktop from another address.
fn both_stays(place: &Workplace) -> (String, String) {
    let of = |ip| session(place, &["--ip", ip, "--outcome", "success"], |_| true);
    (of("203.0.113.77"), of("198.51.100.23"))
}

fn command_lines(rows: &[Value], sure: &str) -> Vec<String> {
    let started = rows.iter().filter(|row| row["action"] == "process-started" && row["sure"] == sure);
    let mut lines: Vec<String> =
        started.filter_map(|row| row["command_line"].as_str()).map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    lines
}

/// The reconnect runs under the logon ID of the first stay: whose user was there at that time is meant.
#[test]
fn a_reconnect_has_its_own_activity() {
    let place = Workplace::with_demo();
    let (first, second) = both_stays(&place);
    let of = |uid: &str| command_lines(&place.rows(&["activity", "case", uid]), "exact");
    let [before, after] = [of(&first), of(&second)];
    assert_eq!(before.len(), 2, "{before:?}");
    assert!(before.iter().all(|line| line.contains(r"D:\Finance\")), "{before:?}");
    assert_eq!(after, ["mstsc.exe /v:WKS-ALICE"]);
}

/// Alice's locked desktop is taken over from the server: what was read then is not hers at the keyboard.
#[test]
fn a_desktop_that_was_taken_over() {
    let place = Workplace::with_demo();
    let there = |uid: &str, file: &str| {
        let lines = command_lines(&place.rows(&["activity", "case", uid]), "exact");
        lines.iter().any(|line| line.contains(file))
    };
    let over = session(&place, &["--ip", "10.20.0.5"], |row| row["how"] == "reconnect");
    assert!(there(&over, "passwords.xlsx"));
    assert!(!there(&over, "notes.docx"));
    let console = session(&place, &["--kind", "interactive-local", "--user", "alice"], |_| true);
    assert!(there(&console, "notes.docx"));
    assert!(!there(&console, "passwords.xlsx"));
}

#[test]
fn the_formats_agree() {
    let place = Workplace::with_demo();
    let (first, _) = both_stays(&place);
    let rows = place.rows(&["activity", "case", &first]);
    let document: Value =
        serde_json::from_str(&place.prints(&["activity", "case", &first, "--format", "json"])).expect("JSON");
    assert_eq!(document["events"].as_array().expect("events"), &rows);
    assert_eq!(document["session"]["session_uid"], first.as_str());
    let csv = place.prints(&["activity", "case", &first, "--format", "csv"]);
    assert_eq!(csv.lines().count(), rows.len() + 1);
    let times: Vec<&str> = rows.iter().filter_map(|row| row["time"].as_str()).collect();
    assert!(times.len() == rows.len() && times.is_sorted());
    let exact = place.rows(&["activity", "case", &first, "--exact"]);
    let want: Vec<&Value> = rows.iter().filter(|row| row["sure"] == "exact").collect();
    assert_eq!(exact.iter().collect::<Vec<_>>(), want);
    assert_eq!(place.rows(&["activity", "case", &first, "--limit", "3"]), rows[..3]);
    // The sums are of all, however many are shown.
    let page = |more: &[&str]| place.run(&[&["activity", "case", &first], more].concat());
    let (all, three) = (page(&[]), page(&["--limit", "3"]));
    assert_eq!(all.out.lines().last(), three.out.lines().last());
    assert_eq!(three.err, format!("3 of {} events (--limit)\n", rows.len()));
    // Every record of the session is among them, and proven.
    let receipt = place.rows(&["sessions", "case"]);
    let session = receipt.iter().find(|row| row["session_uid"] == first.as_str()).expect("the session");
    for source in session["sources"].as_array().expect("sources") {
        let there = rows.iter().find(|row| row["event_uid"] == source["event_uid"]);
        assert_eq!(there.map(|row| &row["by"]), Some(&Value::from("record")), "{source}");
    }
}

#[test]
fn a_page_in_both_languages() {
    let place = Workplace::with_demo();
    let (_, second) = both_stays(&place);
    insta::assert_snapshot!("activity_en", place.prints(&["activity", "case", &second]));
    insta::assert_snapshot!("activity_ko", place.prints(&["activity", "case", &second, "--lang", "ko"]));
    // The name first, and then the case: that is understood, too.
    assert_eq!(place.prints(&["activity", &second, "case"]), place.prints(&["activity", "case", &second]));
    let narrow = place.columns(80).prints(&["activity", "case", &second]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
}

/// Whatever is exact carries something that is of this session: on real logs no event is exact for two sessions.
#[test]
fn real_logs_give_an_event_to_one_session() {
    let Some(evtx) = shared() else { return };
    let place = Workplace::new();
    let logs = evtx.join("Yamato-Security+hayabusa-sample-evtx");
    let logs = if logs.is_dir() { logs } else { evtx };
    assert!(place.run(&["analyze", logs.to_str().expect("a path"), "-o", "case"]).code < 2);
    let sessions = place.rows(&["sessions", "case", "--outcome", "success", "--limit", "25"]);
    let mut owners: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for row in &sessions {
        let uid = row["session_uid"].as_str().expect("a uid");
        for event in place.rows(&["activity", "case", uid, "--exact"]) {
            // What a process of one session starts under another logon is of both.
            if event["by"] == "process" {
                continue;
            }
            let record = event["event_uid"].as_str().expect("a uid").to_owned();
            if let Some(other) = owners.insert(record.clone(), uid.to_owned()) {
                assert!(event["by"] == "record" || other == uid, "{record}: {other} and {uid}");
            }
        }
    }
    assert!(!owners.is_empty());
}
