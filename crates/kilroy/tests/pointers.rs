//! What the summary points to, and how runs of failures are shown: one story with two guessers at the same time, a
//! tunnel, and a record that somebody removed.

mod common;

use common::Workplace;
use kilroy_evtx::EventSpec;
use kilroy_testkit::{Account, Client, Host, Style, log_files, may};

const WRONG_PASSWORD: u32 = 0xc000_006a;

fn place() -> Workplace {
    let mut host = Host::new("SRV1", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    let (one, two) = (Client::new("203.0.113.9", 50_000, "kali"), Client::new("10.0.0.7", 50_001, "PC7"));
    for n in 0..12 {
        host.pass(5000);
        host.failed_rdp(&one, ["admin", "root", "backup"][n % 3], WRONG_PASSWORD);
        if n % 3 == 0 {
            host.failed_rdp(&two, "bob", WRONG_PASSWORD);
        }
    }
    host.pass(20_000);
    let bob = host.rdp_logon(&two, &Account::new("bob", "CORP", 1106));
    host.pass(60_000);
    host.rdp_disconnect(bob.session, 11);
    host.pass(60_000);
    let tunnel =
        host.rdp_logon(&Client::new("127.0.0.1", 51_000, "WS4"), &Account::new("carol", "CORP", 1107));
    host.pass(60_000);
    host.rdp_disconnect(tunnel.session, 11);
    host.pass(60_000);
    host.console_logon(&Account::new("dan", "CORP", 1108));
    let place = Workplace::new();
    place.write("logs", &log_files(&without_a_trace(host.events())).expect("the story can be written"));
    place
}

/// Without the last 4779, and with the record IDs behind it closed up: no hole shows that it was there.
fn without_a_trace(events: &[EventSpec]) -> Vec<EventSpec> {
    let mut events = events.to_vec();
    let at = events.iter().rposition(|e| e.channel == "Security" && e.event_id == 4779).expect("a 4779");
    let removed = events.remove(at).record_id;
    for event in events.iter_mut().filter(|e| e.channel == "Security" && e.record_id > removed) {
        event.record_id -= 1;
    }
    events
}

#[test]
fn what_to_look_at_first() {
    let place = place();
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    let (_, pointers) = run.out.split_once("Findings by weight").expect("the summary");
    insta::assert_snapshot!("pointers", pointers);
}

#[test]
fn failures_of_two_sources_at_once() {
    let place = place();
    place.run(&["analyze", "logs", "-o", "case"]);
    insta::assert_snapshot!("folded", place.prints(&["sessions", "case"]));
    let lines = |flags: &[&str]| place.prints(&[&["sessions", "case"], flags].concat()).lines().count() - 1;
    // Nothing is folded where each is asked for, and in no other format.
    assert_eq!(lines(&["--each"]), place.rows(&["sessions", "case"]).len());
    assert!(lines(&["--each"]) > lines(&[]) + 10);
}
