//! Two hosts that share a bare name: what one of them shows is nobody's of the other.

mod common;

use common::Workplace;
use kilroy_evtx::EventSpec;
use kilroy_testkit::layouts::program::{Process, Start};
use kilroy_testkit::layouts::service;
use kilroy_testkit::{Account, Client, Desk, Host, Style, log_files, may};
use serde_json::Value;

const HOSTS: [&str; 2] = ["PC01.a.example", "PC01.b.example"];

fn process(pid: u32, image: &str) -> Process {
    Process { guid: 0, pid, image: image.to_owned(), command_line: image.to_owned() }
}

fn start(account: Account, luid: u64, number: u32, image: &str, parent: &Process) -> Start {
    Start { account, luid, session: 2, process: process(number, image), parent: parent.clone() }
}

/// Somebody comes by RDP, starts a shell, and installs a service if asked to. Then SYSTEM starts what the shell has asked for,
/// and services.exe starts a program.
fn machine(name: &str, user: &str, installs: bool) -> Vec<EventSpec> {
    let mut host = Host::new(name, Style::Windows10, may(14, 8, 0, 0));
    host.boot();
    host.at(may(14, 9, 0, 0));
    let account = Account::new(user, "CORP", 1107);
    let logon = host.rdp_logon(&Client::new("10.20.30.41", 52311, "DESK"), &account);
    let luid = host.desk(logon.session).map(Desk::luid).expect("a desktop");
    let shell = start(account.clone(), luid, 0x2a40, r"C:\shell.exe", &process(0x1a4c, r"C:\explorer.exe"));
    host.pass(60_000);
    host.log(shell.audited());
    host.pass(60_000);
    let asked = format!(r"C:\asked-by-{user}.exe");
    host.log(start(Account::system(), 0x3e7, 0x3000, &asked, &shell.process).audited());
    if installs {
        host.pass(60_000);
        host.log(service::installed(&account, luid, "updater", r"C:\updater.exe"));
    }
    host.pass(60_000);
    let services = process(0x2c0, r"C:\Windows\System32\services.exe");
    host.log(start(Account::system(), 0x3e7, 0x3100, r"C:\updater.exe", &services).audited());
    host.events().to_vec()
}

fn case() -> Workplace {
    let place = Workplace::new();
    let events = [machine(HOSTS[0], "alice", false), machine(HOSTS[1], "bob", true)].concat();
    place.write("logs", &log_files(&events).expect("records that fit"));
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert!(run.code < 2, "{}", run.err);
    place
}

fn session(place: &Workplace, user: &str) -> String {
    let rows = place.rows(&["sessions", "case", "--user", user]);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows[0]["session_uid"].as_str().expect("a uid").to_owned()
}

/// The shells of both have one process ID.
#[test]
fn what_a_session_did_is_done_on_its_host() {
    let place = case();
    for (user, host) in [("alice", HOSTS[0]), ("bob", HOSTS[1])] {
        let uid = session(&place, user);
        for command in
            [&["activity", "case", uid.as_str()][..], &["events", "case", "--follow-session", &uid]]
        {
            let rows = place.rows(command);
            let hosts = rows.iter().filter_map(|row| row["host"].as_str());
            assert!(!rows.is_empty() && hosts.clone().all(|on| on.eq_ignore_ascii_case(host)), "{rows:#?}");
        }
        let images: Vec<Value> = place
            .rows(&["activity", "case", &uid])
            .into_iter()
            .filter(|row| row["action"] == "process-started")
            .map(|row| row["command_line"].clone())
            .collect();
        assert_eq!(images, [r"C:\shell.exe".to_owned(), format!(r"C:\asked-by-{user}.exe")]);
    }
}

/// What runs as a service leads to who installed it, not to who installed one of that name elsewhere.
#[test]
fn an_origin_lies_on_the_host_of_the_event() {
    let place = case();
    let origin = |host: &str| -> Value {
        let events = place.rows(&["events", "case", "image:*updater.exe", &format!("host:{host}.")]);
        let uid = events[0]["event_uid"].as_str().expect("a uid");
        serde_json::from_str(&place.run(&["origin", "case", uid, "--format", "json"]).out).expect("JSON")
    };
    assert_eq!(origin(HOSTS[0])["session"], Value::Null);
    assert_eq!(origin(HOSTS[1])["session"]["user"], "bob");
}
