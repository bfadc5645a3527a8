//! `kilroy coverage`, and what empty answers say they hold for.

mod common;

use common::Workplace;
use kilroy_evtx::EventSpec;
use kilroy_testkit::{Account, Client, Host, Log, Style, demo, filetime, log_files, may, seconds};
use serde_json::Value;

const SERVER: &str = "SRV-RDP01.corp.example";

fn case_of(events: &[EventSpec]) -> Workplace {
    let place = Workplace::new();
    place.write("logs", &log_files(events).expect("records that can be written"));
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    place
}

fn is_of(event: &EventSpec, log: Log) -> bool {
    event.computer == SERVER && event.channel == log.channel()
}

/// The demo without every second Security record of the server in the time of the break-in.
fn every_second() -> Vec<EventSpec> {
    let time = filetime(may(14, 13, 1, 0))..filetime(may(14, 14, 40, 0));
    let mut events = demo();
    events.retain(|e| {
        !(is_of(e, Log::Security) && time.contains(&e.time_filetime) && e.record_id.is_multiple_of(2))
    });
    events
}

/// A server on which much went wrong: an old log, a clock set back, a log cleared, a session taken out, and no `RdpCoreTS`.
fn troubled() -> Vec<EventSpec> {
    let mut host = Host::new(SERVER, Style::Windows10, may(12, 7, 0, 0)).without(Log::RdpCore);
    host.set_record_id(Log::Security, 52_300);
    host.boot();
    host.background_logons();
    let mut taken = 0..0;
    for (n, user) in (0_u8..).zip(["bob", "mallory", "carol", "dana"]) {
        host.at(may(12 + n / 2, 9 + n, 0, 0));
        let begin = filetime(host.now());
        let account = Account::new(user, "CORP", 1100 + u32::from(n));
        let client = Client::new("10.0.0.7", 50100 + u16::from(n), "PC7");
        let logon = host.rdp_logon(&client, &account);
        host.pass(seconds(900));
        host.logoff(logon.session);
        host.pass(seconds(30));
        if user == "mallory" {
            taken = begin..filetime(host.now());
        }
    }
    host.at(may(14, 10, 0, 0));
    host.clock_back(2);
    let admin = Account::new("eve", "CORP", 1300).admin();
    host.pass(seconds(600));
    let logon = host.rdp_logon(&Client::new("203.0.113.9", 40100, "kali"), &admin);
    host.pass(seconds(300));
    let luid = host.desk(logon.session).map_or(0, kilroy_testkit::Desk::luid);
    host.clear_log(Log::System, &admin, luid);
    host.pass(seconds(60));
    host.rdp_disconnect(logon.session, 11);
    let mut events = host.events().to_vec();
    events.retain(|e| !(is_of(e, Log::Security) && taken.contains(&e.time_filetime)));
    let mut number = 52_300;
    for event in events.iter_mut().filter(|e| is_of(e, Log::Security)) {
        number += 1;
        event.record_id = number;
    }
    events
}

#[test]
fn whole_logs() {
    let place = Workplace::with_demo();
    insta::assert_snapshot!("demo", place.prints(&["coverage", "case"]));
}

#[test]
fn a_hole_of_every_second_record() {
    let place = case_of(&every_second());
    insta::assert_snapshot!("every_second", place.prints(&["coverage", "case", "--host", "srv-rdp01"]));
    insta::assert_snapshot!(
        "every_second_ko",
        place.prints(&["coverage", "case", "--host", "srv-rdp01", "--lang", "ko"])
    );
    let rows = place.rows(&["coverage", "case", "--log", "security", "--host", "srv-rdp01"]);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row["state"].as_str(), row["gaps_total"].as_u64()), (Some("holes"), Some(1)));
    assert_eq!(row["gaps"][0]["lost"], row["lost"]);
}

#[test]
fn much_went_wrong() {
    let place = case_of(&troubled());
    insta::assert_snapshot!("troubled", place.prints(&["coverage", "case"]));
    insta::assert_snapshot!("troubled_ko", place.prints(&["coverage", "case", "--lang", "ko"]));
    // The table needs its columns; the sentences fit everywhere.
    let place = place.columns(70);
    let narrow = place.prints(&["coverage", "case"]);
    let is_sentence = |line: &&str| line.starts_with("- ") || line.starts_with("  ");
    assert!(narrow.lines().filter(is_sentence).all(|line| line.chars().count() <= 70), "{narrow}");
}

/// The sessions that are named can be opened.
#[test]
fn every_named_session_has_a_receipt() {
    let place = case_of(&troubled());
    let page = place.prints(&["coverage", "case"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut named = 0;
    for rest in page.split("kilroy why case ").skip(1) {
        let uid: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        assert!(place.prints(&["why", "case", &uid]).contains(&uid));
        named += 1;
    }
    assert!(named >= 2, "{page}");
}

#[test]
fn a_filtered_export() {
    let mut events = demo();
    events.retain(|e| !is_of(e, Log::Security) || matches!(e.event_id, 4634 | 4672));
    let place = case_of(&events).columns(160);
    let page = place.prints(&["coverage", "case", "--host", "srv-rdp01", "--log", "Security"]);
    assert!(page.contains("looks filtered: only 4634, 4672"), "{page}");
    assert!(page.contains("looks like a filtered export"), "{page}");
    assert!(!page.contains("are missing"), "its holes are not listed: {page}");
}

#[test]
fn the_table_can_be_asked_in_sql() {
    let place = case_of(&every_second());
    let query = "SELECT log, lost, json_extract(gaps, '$[0].lost') AS gap FROM coverage WHERE lost > 0";
    let rows = place.rows(&["sql", "case", query]);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row["log"].as_str(), row["lost"].as_u64()), (Some("Security"), row["gap"].as_u64()));
    assert_eq!(place.run(&["verify", "case"]).code, 0);
}

/// What an empty answer says, in one line.
fn empty(place: &Workplace, args: &[&str]) -> String {
    let run = place.run(args);
    assert_eq!((run.code, run.err.lines().count()), (0, 1), "{args:?}: {}{}", run.out, run.err);
    run.err.trim_end().to_owned()
}

#[test]
fn an_empty_answer_says_what_it_holds_for() {
    let place = case_of(&every_second());
    let mut said = Vec::new();
    for args in [
        &["sessions", "case", "--user", "nobody"][..],
        &["sessions", "case", "--user", "nobody", "--host", "srv-rdp01"],
        &["logon-sessions", "case", "--user", "nobody", "--host", "wks*"],
        &["terminal-sessions", "case", "--user", "nobody", "--host", "wks*"],
        &["users", "case", "--user", "nobody", "--host", "none"],
        &["sources", "case", "--ip", "192.0.2.1", "--host", "wks*"],
        &["events", "case", "user:nobody"],
        &["events", "case", "user:nobody channel:Security"],
        &["events", "case", "user:nobody channel:Nothing host:srv-rdp01"],
        &["events", "case", "user:nobody host:srv*", "--count"],
        &["events", "case", "user:nobody", "--top", "user"],
        &["events", "case", "user:nobody", "--histogram", "day"],
        &["coverage", "case", "--log", "nothing"],
    ] {
        for lang in ["en", "ko"] {
            let said_now = empty(&place, &[args, &["--lang", lang]].concat());
            said.push(format!("{} --lang {lang}\n  {said_now}", args.join(" ")));
        }
    }
    said.push(empty(&place, &["timeline", "case", "user:nobody"]));
    insta::assert_snapshot!("empty", said.join("\n"));
}

#[test]
fn each_format_has_every_log() {
    let place = case_of(&troubled());
    let rows = place.rows(&["coverage", "case"]);
    let document = place.prints(&["coverage", "case", "--format", "json"]);
    let all: Vec<Value> = serde_json::from_str(&document).expect("JSON");
    assert_eq!(all, rows);
    let csv = place.prints(&["coverage", "case", "--format", "csv"]);
    let keys: Vec<&str> = rows[0].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(csv.split("\r\n").next().expect("a header"), keys.join(","));
    assert!(rows.iter().any(|row| row["state"] == "absent" && row["first"].is_null()));
}

/// A machine that was renamed many times has one heading, which keeps to the terminal.
#[test]
fn a_heading_of_many_names_is_broken() {
    let mut host = Host::new("FIRST-NAME.corp.example", Style::Windows10, may(14, 7, 0, 0));
    host.boot();
    for name in ["second", "third", "fourth", "fifth", "sixth", "seventh"] {
        host.pass(seconds(60));
        host.console_logon(&Account::new("alice", "CORP", 1104));
        host.pass(seconds(60));
        host.logoff(1);
        host.rename(&format!("{name}-name-of-it.corp.example"));
    }
    let place = case_of(host.events()).columns(80);
    for language in ["en", "ko"] {
        let page = place.run(&["coverage", "case", "--lang", language]).out;
        assert!(page.contains("sixth-name-of-it"), "{page}");
        let wide = |line: &&str| unicode_width::UnicodeWidthStr::width(*line) > 80;
        assert_eq!(page.lines().find(wide), None, "{page}");
    }
}
