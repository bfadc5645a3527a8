//! `kilroy origin`: who was behind an event, over the demo's logs, whose truth is known.

mod common;

use common::{Workplace, shared};
use kilroy_testkit::layouts::program::{Process, Start};
use kilroy_testkit::layouts::service;
use kilroy_testkit::{Account, Client, Host, Style, log_files, may};
use serde_json::Value;

fn event(place: &Workplace, filter: &[&str]) -> Value {
    let mut args = vec!["events", "case"];
    args.extend(filter);
    let rows = place.rows(&args);
    assert!(!rows.is_empty(), "{filter:?}");
    rows[0].clone()
}

fn origin(place: &Workplace, event: &Value) -> Value {
    let uid = event["event_uid"].as_str().expect("a uid");
    serde_json::from_str(&place.prints(&["origin", "case", uid, "--format", "json"])).expect("JSON")
}

fn behind(origin: &Value) -> [&str; 5] {
    let session = &origin["session"];
    [&session["user"], &session["ip"], &session["how"], &origin["sure"], &origin["by"]]
        .map(|value| value.as_str().unwrap_or("-"))
}

#[test]
fn the_address_behind_an_access() {
    let place = Workplace::with_demo();
    let file = event(&place, &["event_id:4663", "object:*payroll.xlsx"]);
    assert_eq!(behind(&origin(&place, &file)), ["alice", "203.0.113.77", "logon", "exact", "logon-id"]);
    let share = event(&place, &["event_id:5140"]);
    assert_eq!(behind(&origin(&place, &share)), ["svc-backup", "10.20.0.9", "logon", "exact", "logon-id"]);
}

/// The reconnect goes on under the logon of the first stay.
#[test]
fn the_address_behind_a_process() {
    let place = Workplace::with_demo();
    let process = event(&place, &["event_id:4688", "image:*mstsc.exe"]);
    assert_eq!(
        behind(&origin(&place, &process)),
        ["alice", "198.51.100.23", "reconnect", "exact", "logon-id"]
    );
    let taken = event(&place, &["event_id:4688", "passwords.xlsx"]);
    assert_eq!(behind(&origin(&place, &taken)), ["alice", "10.20.0.5", "reconnect", "exact", "logon-id"]);
}

/// A failure is a record of its own session.
#[test]
fn the_address_behind_a_failure() {
    let place = Workplace::with_demo();
    let failure = event(&place, &["event_id:4625", "ip:203.0.113.77"]);
    let found = origin(&place, &failure);
    assert_eq!(behind(&found)[1], "203.0.113.77");
    assert_eq!((&found["sure"], &found["by"]), (&"exact".into(), &"record".into()));
}

#[test]
fn by_log_and_record() {
    let place = Workplace::with_demo();
    let process = event(&place, &["event_id:4688", "image:*mstsc.exe"]);
    let (uid, record) = (process["event_uid"].as_str().expect("a uid"), process["record_id"].to_string());
    let by_record = format!("security:{record}");
    let page = place.prints(&["origin", "case", &by_record, "--host", "srv-rdp01"]);
    assert_eq!(page, place.prints(&["origin", "case", uid]));
    assert_eq!(page, place.prints(&["origin", "case", &uid[..12]]));
    insta::assert_snapshot!("origin_en", page);
    insta::assert_snapshot!("origin_ko", place.prints(&["origin", "case", uid, "--lang", "ko"]));
}

#[test]
fn what_cannot_be_found_says_so() {
    let place = Workplace::with_demo();
    let no_event = place.run(&["origin", "case", "ffffffffffffffff"]);
    assert!(no_event.code == 2 && no_event.err.contains("no event"), "{}", no_event.err);
    let no_name = place.run(&["origin", "case", "yesterday"]);
    assert!(no_name.code == 2 && no_name.err.contains("is no event"), "{}", no_name.err);
    // The start of the machine is nobody's.
    let boot = event(&place, &["event_id:4608"]);
    let run = place.run(&["origin", "case", boot["event_uid"].as_str().expect("a uid")]);
    assert_eq!(run.code, 0);
    assert!(run.err.contains("No session is known to be behind this event."), "{}", run.err);
}

/// PsExec runs everything as SYSTEM: what it ran leads over its service to who installed that, and to the host before.
#[test]
fn what_a_service_ran_leads_to_who_installed_it() {
    let story = kilroy_testkit::intrusion::Intrusion::new();
    let place = Workplace::new();
    place.write("logs", &kilroy_testkit::log_files(&story.events).expect("the story can be written"));
    assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
    let ran = event(&place, &["action:process-started", "image:*reg.exe", "host:srv-app"]);
    let found = origin(&place, &ran);
    assert_eq!(behind(&found), ["svc-deploy", "10.40.0.10", "logon", "likely", "service"], "{found:#}");
    let steps: Vec<&str> =
        found["chain"].as_array().expect("a chain").iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(steps.last(), Some(&"service"), "{found:#}");
    let came = |found: &Value| -> Vec<String> {
        let way = found["way"].as_array().expect("a way");
        way.iter().filter_map(|hop| hop["source_host"].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(came(&found), ["srv-gate.corp.example"]);
    assert_eq!(found["first"]["ip"], "203.0.113.99");
    // What ran on the desktops needs no such way; and behind two hosts stands the address outside.
    let packed = origin(&place, &event(&place, &["action:process-started", "image:*7z.exe"]));
    assert_eq!(behind(&packed)[1..4], ["10.40.0.21", "reconnect", "exact"]);
    assert_eq!(came(&packed), ["srv-app.corp.example", "srv-gate.corp.example"]);
    assert_eq!(packed["first"]["ip"], "203.0.113.99");
    let page = place.prints(&["origin", "case", packed["event"]["event_uid"].as_str().expect("a uid")]);
    assert!(page.contains("The way began in") && page.contains("203.0.113.99 (external"), "{page}");
}

/// Who installed a service answers for what it runs within the day, also while the machine runs on: weeks later it is the
/// machine's own.
#[test]
fn a_service_is_its_installers_for_a_day() {
    let admin = Account::new("adm", "CORP", 1105);
    let process = |pid: u32, image: &str| Process {
        guid: u128::from(pid),
        pid,
        image: image.to_owned(),
        command_line: image.to_owned(),
    };
    let behind_after = |hours: i64| {
        let mut host = Host::new("SRV-A", Style::Windows10, may(1, 5, 0, 0));
        host.boot();
        host.at(may(2, 9, 0, 0));
        let logon = host.network_logon(&Client::new("10.0.0.9", 52_000, "ADMIN-PC"), &admin);
        host.log(service::installed(&admin, logon.luids[0], "Agent", r"C:\Tools\agent.exe"));
        host.pass(60_000);
        host.end(&logon);
        host.pass(hours * 3_600_000);
        let start = Start {
            account: Account::with_sid("SYSTEM", "NT AUTHORITY", "S-1-5-18"),
            luid: 0x3e7,
            session: 0,
            process: process(4_100, r"C:\Tools\agent.exe"),
            parent: process(700, r"C:\Windows\System32\services.exe"),
        };
        host.log(start.audited());
        let place = Workplace::new();
        place.write("logs", &log_files(host.events()).expect("logs"));
        assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
        let ran = event(&place, &["event_id:4688"]);
        // Where nobody is found, a notice says so.
        let run =
            place.run(&["origin", "case", ran["event_uid"].as_str().expect("a uid"), "--format", "json"]);
        let found: Value = serde_json::from_str(&run.out).expect("JSON");
        behind(&found).map(str::to_owned)
    };
    assert_eq!(behind_after(20), ["adm", "10.0.0.9", "logon", "likely", "service"]);
    assert_eq!(behind_after(30), ["-", "-", "-", "none", "-"]);
}

/// What the record says stands on the page even where no session is known.
#[test]
fn whom_the_record_names() {
    let Some(shared) = shared() else { return };
    let place = Workplace::new();
    let name = "ID5145-remote_service_creation_over_SMB.evtx";
    let file = find(&shared, name).expect("the shared log");
    place.file("logs/Security.evtx", &std::fs::read(file).expect("a shared log"));
    assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
    let opened = event(&place, &["event_id:5145", "svcctl"]);
    let uid = opened["event_uid"].as_str().expect("a uid");
    let run = place.run(&["origin", "case", uid, "--format", "json"]);
    assert!(run.err.contains("No session is known to be behind this event"), "{}", run.err);
    let found: Value = serde_json::from_str(&run.out).expect("JSON");
    let (user, ip) = (&found["named"]["user"], &found["named"]["ip"]);
    assert_eq!((user, ip), (&opened["subject_user"], &opened["src_ip"]), "{found:#}");
    let page = place.run(&["origin", "case", uid]).out;
    assert!(page.contains("The record names") && page.contains(user.as_str().expect("a user")), "{page}");
}

fn find(folder: &std::path::Path, end: &str) -> Option<std::path::PathBuf> {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    entries.into_iter().find_map(|path| {
        if path.is_dir() {
            return find(&path, end);
        }
        path.to_str().is_some_and(|path| path.ends_with(end)).then(|| path.clone())
    })
}
