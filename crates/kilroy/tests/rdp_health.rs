//! `kilroy rdp-health` over stories that are written as real logs.

mod common;

use common::{Workplace, shared};
use kilroy_testkit::layouts::listener;
use kilroy_testkit::{Account, Client, Host, Style, log_files, may, seconds};

fn alice() -> Account {
    Account::new("alice", "CORP", 1104)
}

/// Analyses what a host has logged.
fn place(host: &Host) -> Workplace {
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("the story can be written"));
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!(run.code, 0, "{}", run.err);
    place
}

fn server() -> Host {
    let mut host = Host::new("SRV-RDP01.corp.example", Style::Windows10, may(14, 8, 0, 0));
    host.boot();
    host
}

/// A session that the user ends himself.
fn healthy(host: &mut Host) {
    host.at(may(14, 9, 0, 0));
    let logon =
        host.rdp_logon(&Client::new("10.20.30.41", 52311, "BOB-PC"), &Account::new("bob", "CORP", 1107));
    host.pass(seconds(3000));
    host.logoff(logon.session);
}

/// The line to Alice breaks three times: packets are lost, and she is back within half a minute.
fn flapping(host: &mut Host) {
    let client = |n: u16| Client::new("10.20.30.77", 50_000 + n, "ALICE-PC");
    host.at(may(14, 10, 0, 0));
    let logon = host.rdp_logon(&client(0), &alice());
    let mut activity = logon.connection.as_ref().and_then(|connection| connection.activity);
    for n in 1..=3 {
        host.pass(seconds(900));
        host.log(listener::write_failed(121).of(activity));
        host.log(
            listener::state_failed("RDP_TCP", "StateUnknown", "Event_Disconnect", 0x8007_0079).of(activity),
        );
        host.rdp_disconnect(logon.session, 0);
        host.pass(seconds(20));
        let back = host.rdp_reconnect(&client(n), logon.session).expect("the desktop is there");
        activity = back.connection.activity;
    }
    host.pass(seconds(600));
    host.rdp_disconnect(logon.session, 11);
}

fn both(place: &Workplace) -> String {
    let english = place.prints(&["rdp-health", "case"]);
    let korean = place.prints(&["rdp-health", "case", "--lang", "ko"]);
    format!("{english}\n----\n\n{korean}")
}

#[test]
fn a_healthy_session() {
    let mut host = server();
    healthy(&mut host);
    insta::assert_snapshot!("rdp_health_healthy", both(&place(&host)));
}

#[test]
fn a_line_that_breaks_again_and_again() {
    let mut host = server();
    healthy(&mut host);
    flapping(&mut host);
    let place = place(&host);
    insta::assert_snapshot!("rdp_health_flapping", both(&place));
    let rows = place.rows(&["rdp-health", "case"]);
    let client =
        rows.iter().find(|row| row["row"] == "client" && row["ip"] == "10.20.30.77").expect("a client");
    assert_eq!((&client["drops"], &client["sessions"]), (&3.into(), &4.into()));
    let finding = rows.iter().find(|row| row["row"] == "finding").expect("a finding");
    assert_eq!(
        (&finding["kind"], &finding["sure"], &finding["code"]),
        (&"drops".into(), &"certain".into(), &121.into())
    );
    // What is named as proof is in the case.
    for event in finding["events"].as_array().expect("events") {
        place.prints(&["event", "case", event.as_str().expect("a uid")]);
    }
    insta::assert_snapshot!("rdp_health_csv", place.prints(&["rdp-health", "case", "--format", "csv"]));
}

#[test]
fn wrong_passwords() {
    let mut host = server();
    host.at(may(14, 9, 0, 0));
    for n in 0..14 {
        host.failed_rdp(&Client::new("203.0.113.77", 40_000 + n, "kali"), "administrator", 0xc000_006a);
        host.pass(seconds(3));
    }
    insta::assert_snapshot!("rdp_health_passwords", both(&place(&host)));
}

#[test]
fn a_broken_certificate() {
    let mut host = server();
    host.at(may(14, 9, 0, 0));
    host.log(listener::certificate_failed(1058, "Object already exists."));
    host.pass(seconds(1));
    host.log(listener::certificate_failed(1057, "Keyset does not exist"));
    for n in 0..3 {
        host.pass(seconds(40));
        let connection = host.rdp_connect(&Client::new("10.20.30.41", 52_000 + n, "BOB-PC"));
        host.pass(30);
        let error =
            listener::state_failed("RDP_SEC", "FStateHandshake", "FEventHandshakeFailed", 0x8009_0304);
        host.log(error.of(connection.activity));
        host.log(listener::ended().of(connection.activity));
    }
    insta::assert_snapshot!("rdp_health_certificate", both(&place(&host)));
}

#[test]
fn a_lone_scan() {
    let mut host = server();
    host.at(may(14, 3, 0, 0));
    for n in 0..5 {
        let connection = host.rdp_connect(&Client::new("198.51.100.9", 60_000 + n, ""));
        host.log(listener::read_failed(64).of(connection.activity));
        host.log(listener::ended().of(connection.activity));
        host.log(listener::disconnect_reason(14).of(connection.activity));
        host.pass(seconds(2));
    }
    insta::assert_snapshot!("rdp_health_scan", both(&place(&host)));
}

#[test]
fn logs_that_are_missing_leave_questions_open() {
    let mut host = Host::new("SRV-RDP01.corp.example", Style::Windows10, may(14, 8, 0, 0))
        .only(&[kilroy_testkit::Log::LocalSessions]);
    healthy(&mut host);
    flapping(&mut host);
    insta::assert_snapshot!("rdp_health_one_log", place(&host).prints(&["rdp-health", "case"]));
}

#[test]
fn by_client_host_and_time() {
    let mut host = server();
    healthy(&mut host);
    flapping(&mut host);
    let place = place(&host);
    let clients = |args: &[&str]| {
        let mut all = vec!["rdp-health", "case"];
        all.extend(args);
        let rows = place.rows(&all);
        let clients = rows.iter().filter(|row| row["row"] == "client");
        clients.map(|row| row["ip"].as_str().unwrap_or("?").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(clients(&[]), ["10.20.30.41", "10.20.30.77"]);
    assert_eq!(clients(&["--ip", "10.20.30.64/26"]), ["10.20.30.77"]);
    assert_eq!(clients(&["--host", "srv-rdp01"]), ["10.20.30.41", "10.20.30.77"]);
    assert_eq!(clients(&["--until", "2024-05-14 09:30"]), ["10.20.30.41"]);
    let run = place.run(&["rdp-health", "case", "--host", "nobody"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.starts_with("No records or sessions of Remote Desktop match"), "{}", run.err);
    assert_eq!(place.run(&["rdp-health", "case", "--ip", "corp"]).code, 2);
}

/// Real logs: the transport's log of a machine that was scanned for BlueKeep.
#[test]
fn real_logs_of_the_transport() {
    let Some(evtx) = shared() else { return };
    let log = evtx.join("sbousseaden+EVTX-ATTACK-SAMPLES/rdpcorets_148_mst120_bluekeep_rpdscan_full.evtx");
    let place = Workplace::new();
    place.prints(&["analyze", log.to_str().expect("a path that is text"), "-o", "case", "-q"]);
    let rows = place.rows(&["rdp-health", "case"]);
    let finding = |kind: &str, ip: &str| {
        rows.iter()
            .find(|row| row["kind"] == kind && row["ip"] == ip)
            .unwrap_or_else(|| panic!("{kind} of {ip}: {rows:#?}"))
    };
    // Two hosts came up to the logon screen and closed the channel of the scan; 10.0.2.17 is the analyst's own.
    assert_eq!(finding("vulnerability-scan", "10.0.2.16")["count"], 1);
    assert_eq!(finding("vulnerability-scan", "10.0.2.17")["count"], 2);
    // One session was lost without an answer.
    assert_eq!(finding("line-lost", "10.0.2.17")["code"], 121);
}

/// Whatever is in real logs, the report can be printed in every format.
#[test]
fn real_logs_in_every_format() {
    let Some(evtx) = shared() else { return };
    let data = evtx.parent().expect("a folder");
    let place = Workplace::new();
    assert!(place.run(&["analyze", data.to_str().expect("a path that is text"), "-o", "case"]).code <= 1);
    for format in ["table", "json", "jsonl", "csv"] {
        assert!(!place.prints(&["rdp-health", "case", "--format", format]).is_empty());
    }
    let place = place.columns(60);
    assert!(!place.prints(&["rdp-health", "case", "--lang", "ko"]).is_empty());
}
