//! `kilroy flow`: the story of one session, over the demo's logs and over real ones.

mod common;

use common::{Workplace, shared};
use kilroy_testkit::layouts::logon::{Logon, logged_on};
use kilroy_testkit::{Account, Client, Host, Log, Style, log_files, may, seconds};
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

fn case_of(host: &Host) -> Workplace {
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("logs"));
    assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
    place
}

/// Somebody whose credentials were right and of whom nothing else is seen did not stay to the end of the log.
#[test]
fn who_was_only_authenticated_has_no_session_to_end() {
    let logs = [Log::System, Log::RemoteConnections];
    let mut host = Host::new("SRV01.corp.example", Style::Windows10, may(14, 9, 0, 0)).only(&logs);
    host.boot();
    host.pass(seconds(60));
    host.rdp_authenticate_only(
        &Client::new("10.20.30.40", 51234, "BOB-LT"),
        &Account::new("bob", "CORP", 1107),
    );
    let place = case_of(&host);
    let uid = session(&place, &["--user", "bob"], |row| row["how"] == "auth-only");
    for (lang, said, never) in [
        ("en", "authenticated only: no record shows a session", "still open"),
        ("ko", "인증만 됨: 세션을 보여 주는 레코드", "열려 있음"),
    ] {
        for command in ["flow", "why"] {
            let page = place.prints(&[command, "case", &uid, "--lang", lang]);
            let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(page.contains(said) && !page.contains(never), "{command} {lang}: {page}");
        }
    }
}

/// A web server checks the passwords of its users: they came to it, not to this machine's shares.
#[test]
fn a_program_on_the_machine_asks_for_a_network_logon() {
    let mut host = Host::new("WEB01.corp.example", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    host.pass(seconds(60));
    host.log(logged_on(&Logon {
        version: 2,
        subject: Account::new("web", "IIS APPPOOL", 1200),
        subject_luid: 0x77_777,
        target: Account::new("bob", "WEB01", 1107),
        luid: 0x88_888,
        linked: 0,
        logon_type: 3,
        process: "Advapi  ",
        package: "Negotiate",
        workstation: "WEB01".to_owned(),
        guid: 0,
        lm_package: "-",
        image: r"C:\Windows\System32\inetsrv\w3wp.exe",
        address: "-".to_owned(),
        port: None,
        outbound: None,
        elevated: false,
        restricted_admin: None,
        credential_guard: None,
    }));
    let place = case_of(&host);
    let uid = session(&place, &["--user", "bob"], |row| row["kind"] == "network");
    let page = place.prints(&["flow", "case", &uid]);
    assert!(page.contains("A program on this machine") && !page.contains("reaches shares"), "{page}");
    let page = place.prints(&["flow", "case", &uid, "--lang", "ko"]);
    assert!(page.contains("이 컴퓨터의 프로그램이"), "{page}");
}

/// Without a sub-status nothing tells whether the name or the password was wrong.
#[test]
fn a_failure_without_a_sub_status() {
    let mut host = Host::new("SRV01.corp.example", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    host.failed_rdp(&Client::new("203.0.113.9", 50_000, "kali"), "administrator", 0);
    let place = case_of(&host);
    let uid = session(&place, &["--outcome", "failure"], |_| true);
    for (lang, said) in [("en", "which of them is not recorded"), ("ko", "어느 쪽인지는 기록되지 않음")]
    {
        for command in ["flow", "why"] {
            let page = place.prints(&[command, "case", &uid, "--lang", lang]);
            assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains(said), "{page}");
            assert!(!page.contains("sub-status tells") && !page.contains("하위 상태"), "{page}");
        }
    }
}
