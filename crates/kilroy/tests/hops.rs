//! `kilroy hops` and `kilroy paths`: over the intrusion, whose truth is known, and over a small fleet.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Workplace, shared};
use kilroy_model::{Certainty, Hop, HopMethod, HopSides, host_key};
use kilroy_testkit::accuracy::judge_hops;
use kilroy_testkit::fleet::{Fleet, Lost};
use kilroy_testkit::intrusion::{FILES, INTRUDER, Intrusion};
use kilroy_testkit::log_files;
use kilroy_testkit::rearrange::shuffle;
use serde_json::Value;

fn intrusion() -> (Workplace, Intrusion) {
    let story = Intrusion::new();
    let place = Workplace::new();
    place.write("logs", &log_files(&story.events).expect("records that fit"));
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    (place, story)
}

fn hops(place: &Workplace, more: &[&str]) -> Vec<Hop> {
    let args: Vec<&str> = ["hops", "case", "--format", "jsonl"].iter().chain(more).copied().collect();
    place.prints(&args).lines().map(|line| serde_json::from_str(line).expect("a hop")).collect()
}

#[test]
fn every_way_of_the_intrusion_is_a_hop_with_both_sides() {
    let (place, story) = intrusion();
    let found = hops(&place, &[]);
    let mut lines = String::new();
    let inside: Vec<_> = story.hops.iter().filter(|hop| hop.from.is_some()).cloned().collect();
    let tally = judge_hops(&inside, &found, &mut lines);
    assert_eq!((tally.right, tally.wrong, tally.open), (5, 0, 0), "{lines}");
    assert_eq!((tally.both, tally.method), (5, 5), "{lines}{found:#?}");
    assert_eq!((tally.clocks, tally.within), (5, 5), "{lines}");
    assert!(found.iter().all(|hop| hop.certainty == Certainty::Exact), "every port is logged");
    let exec = found.iter().find(|hop| hop.method == HopMethod::PsExec).expect("a PsExec");
    assert!(exec.source_session.is_some() && exec.target_session.is_some());
    assert_eq!((exec.source_user.as_deref(), exec.user.as_deref()), (Some("svc-deploy"), Some("svc-deploy")));
    let told: BTreeSet<u32> = exec.proofs.iter().map(|proof| proof.event_id).collect();
    assert!([1, 4688, 4648, 3, 4624, 4697].iter().all(|id| told.contains(id)), "{told:?}");
}

/// Only the machine that was reached tells of the hop: when somebody left the other one is no record's word.
#[test]
fn a_departure_that_nobody_logged_has_no_time() {
    let mut story = Intrusion::new();
    story.events.retain(|event| {
        let gate = event.computer.to_lowercase().starts_with("srv-gate");
        let kept = [4624, 4634, 4647, 21, 22, 23, 24, 25, 1149].contains(&event.event_id);
        !gate || (kept && !event.channel.contains("Sysmon"))
    });
    let place = Workplace::new();
    place.write("logs", &log_files(&story.events).expect("records that fit"));
    assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
    let way = ["paths", "case", "--from", "srv-gate", "--to", "srv-app"];
    let page = place.prints(&way);
    assert!(page.contains("no record of the departure on srv-gate") && !page.contains("    left "), "{page}");
    let page = place.prints(&[&way[..], &["--lang", "ko"]].concat());
    assert!(page.contains("srv-gate에 출발 기록이 없음"), "{page}");
}

#[test]
fn the_way_in_is_told_in_order() {
    let (place, story) = intrusion();
    insta::assert_snapshot!(
        "paths_en",
        place.prints(&["paths", "case", "--from", INTRUDER, "--to", "srv-files"])
    );
    insta::assert_snapshot!(
        "paths_ko",
        place.prints(&["paths", "case", "--from", INTRUDER, "--to", "srv-files", "--lang", "ko"])
    );
    insta::assert_snapshot!("hops_en", place.prints(&["hops", "case"]));
    let rows = place.rows(&["paths", "case", "--from", INTRUDER, "--to", FILES]);
    let way = |row: &Value| -> Vec<String> {
        let steps = row["steps"].as_array().expect("steps");
        steps.iter().map(|step| step["to"].as_str().expect("a host").to_owned()).collect()
    };
    let hosts: Vec<String> = ["srv-gate", "srv-app", "srv-files"].map(|h| format!("{h}.corp.example")).into();
    assert_eq!(way(&rows[0]), hosts);
    // Every step within the session before it, by the clock of its host.
    let steps = rows[0]["steps"].as_array().expect("steps");
    for pair in steps.windows(2) {
        assert_eq!(pair[0]["session"], pair[1]["left_session"]);
        assert!(pair[0]["arrived"].as_str() < pair[1]["left"].as_str());
    }
    assert!(story.intruder.len() == 5);
}

#[test]
fn from_a_host_from_a_user_and_from_nowhere() {
    let (place, _) = intrusion();
    let from = |from: &str| place.rows(&["paths", "case", "--from", from, "--to", "srv-files"]);
    // Hanna went from the gate, too, and earlier; then the intruder over the second host.
    let steps: Vec<usize> =
        from("srv-gate").iter().map(|row| row["steps"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(steps, [1, 2]);
    assert!(!from("svc-deploy").is_empty());
    assert_eq!(from("198.51.100.1"), Vec::<Value>::new());
    let run = place.run(&["paths", "case", "--from", "198.51.100.1", "--to", "srv-files"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.starts_with("No way is known."), "{}", run.err);
}

#[test]
fn the_ends_of_a_way_are_in_the_case() {
    let (place, _) = intrusion();
    let from = |from: &str| place.rows(&["paths", "case", "--from", from, "--to", "srv-files"]);
    let found = from("svc-deploy");
    assert_eq!(from("CORP\\svc-deploy"), found);
    assert_eq!(from("svc-deploy@corp.example"), found);
    for (from, to, says) in [
        (
            "nowhere",
            "srv-files",
            "--from nowhere: no host and no user of the case has such a name; hosts are srv-app",
        ),
        ("OTHER\\svc-deploy", "srv-files", "no host and no user of the case has such a name"),
        ("svc-deploy", "nowhere", "--to nowhere: no host of the case has such a name; it has srv-app"),
        ("", "srv-files", "--from is empty: give an address, a host or a user"),
        ("svc-deploy", " ", "--to is empty: give a host"),
        ("*", "srv-files", "a way has one place at each end"),
        ("10.0.0.0/8", "srv-files", "a way has one place at each end"),
    ] {
        let run = place.run(&["paths", "case", "--from", from, "--to", to]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{from} {to}");
        assert!(run.err.contains(says), "{from} {to}: {}", run.err);
    }
}

/// An address is of a host, not of a user: a flag that would be passed over is refused.
#[test]
fn flags_that_addresses_do_not_have_are_refused() {
    let (place, _) = intrusion();
    for flag in [&["--user", "nobody"][..], &["--method", "rdp"], &["--sure", "exact"], &["--all"]] {
        let run = place.run(&[&["hops", "case", "--addresses"], flag].concat());
        assert_eq!(run.code, 2, "{}", run.out);
        assert!(run.err.contains("cannot be used with") && run.err.contains(flag[0]), "{}", run.err);
    }
    let rows = place.rows(&["hops", "case", "--addresses", "--host", "srv-app", "--ip", "10.40.0.21"]);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["address"] == "10.40.0.21"), "{rows:?}");
}

#[test]
fn filters_and_formats() {
    let (place, _) = intrusion();
    let count = |more: &[&str]| hops(&place, more).len();
    assert_eq!(count(&["--method", "psexec"]), 1);
    assert_eq!(count(&["--user", "hanna"]), 1);
    assert_eq!(count(&["--host", "srv-files"]), 3);
    assert_eq!(count(&["--ip", "10.40.0.21"]), 4);
    assert_eq!(count(&["--until", "2024-05-14T09:30:00Z"]), 1);
    assert_eq!(count(&["--sure", "exact"]), 5);
    let run = place.run(&["hops", "case", "--sure", "very"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("exact, likely, possible"), "{}", run.err);
    for (format, sign) in [("graphml", "<graphml"), ("dot", "digraph hops {"), ("cypher", "MERGE (h:Host")] {
        let graph = place.prints(&["hops", "case", "--export", format]);
        assert!(graph.contains(sign) && graph.contains("srv-app.corp.example"), "{graph}");
    }
    for flags in [["--format", "json"], ["--limit", "3"]] {
        let run = place.run(&[&["hops", "case", "--export", "dot"][..], &flags].concat());
        assert!(run.code == 2 && run.err.contains("cannot be used with"), "{}", run.err);
    }
    assert!(place.rows(&["hops", "case", "--ip", "-"]).is_empty(), "every hop has an address");
    let csv = place.prints(&["hops", "case", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 6, "{csv}");
    let addresses = place.rows(&["hops", "case", "--addresses"]);
    let own = addresses.iter().find(|row| row["address"] == "10.40.0.21" && row["basis"] == "own");
    assert_eq!(own.map(|row| row["host"].clone()), Some("srv-app.corp.example".into()));
    let counted = place.rows(&["sql", "case", "SELECT count(*) AS n FROM hops WHERE method = 'rdp'"]);
    assert_eq!(counted[0]["n"], 4);
}

/// Of a fleet with clocks that are up to ten minutes off, and address translation.
#[test]
fn a_small_fleet_is_right_with_both_sides_and_with_one() {
    for (lost, precision, recall) in
        [(Lost::Nothing, 990, 950), (Lost::Departures, 980, 900), (Lost::Hosts, 980, 900)]
    {
        let fleet = Fleet::of(3, 8).without(lost);
        let place = Workplace::new();
        place.write("logs", &log_files(&fleet.events).expect("records that fit"));
        assert_eq!(place.run(&["analyze", "logs", "-o", "case", "--quiet"]).code, 0);
        let found = hops(&place, &[]);
        let mut lines = String::new();
        let tally = judge_hops(&fleet.hops, &found, &mut lines);
        assert!(tally.truths > 30, "{tally:?}: the fleet has become too small to say anything");
        assert!(tally.precision() >= precision && tally.recall() >= recall, "{lost:?}: {tally:?}\n{lines}");
        assert_eq!((tally.within, tally.exact_wrong), (tally.clocks, 0), "{lost:?}: {tally:?}\n{lines}");
    }
}

/// The same records in other files give the same bytes.
#[test]
fn the_same_hops_from_mixed_files() {
    let fleet = Fleet::of(5, 4);
    let table = |events: &[kilroy_evtx::EventSpec]| {
        let place = Workplace::new();
        place.write("logs", &log_files(events).expect("records that fit"));
        assert_eq!(place.run(&["analyze", "logs", "-o", "case", "--quiet"]).code, 0);
        ["hops", "addresses"]
            .map(|name| std::fs::read(place.path(&format!("case/{name}.parquet"))).expect("a table"))
    };
    assert!(table(&fleet.events) == table(&shuffle(&fleet.events, 7)));
}

/// A host whose logs are not there is named as it was typed.
#[test]
fn a_hop_to_a_machine_that_is_none_of_the_case() {
    let story = Intrusion::new();
    let place = Workplace::new();
    let events: Vec<_> = story.events.iter().filter(|e| e.computer != FILES).cloned().collect();
    place.write("logs", &log_files(&events).expect("records that fit"));
    assert_eq!(place.run(&["analyze", "logs", "-o", "case", "--quiet"]).code, 0);
    let found = hops(&place, &["--sure", "likely"]);
    let away: Vec<&Hop> = found.iter().filter(|hop| hop.sides == HopSides::Source).collect();
    assert_eq!(away.len(), 3, "{away:#?}");
    assert!(away.iter().all(|hop| !hop.target_known && host_key(&hop.target_host).starts_with("srv-files")));
    assert!(away.iter().all(|hop| hop.target_address.as_deref() == Some("10.40.0.32")));
}

/// Every hop in the real samples was looked at: what each record says of where somebody came from is so.
#[test]
fn hops_of_real_logs() {
    let Some(evtx) = shared() else { return };
    let place = Workplace::new();
    // Some of the samples are damaged.
    assert_eq!(place.run(&["analyze", &evtx.to_string_lossy(), "-o", "case", "--quiet"]).code, 1);
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for hop in hops(&place, &[]) {
        let outcome = hop.outcome.map_or("?", |outcome| outcome.name());
        let from = hop.source_host.unwrap_or_default();
        let row =
            format!("{from} → {} {} {} {outcome} {}", hop.target_host, hop.method, hop.sides, hop.certainty);
        *counted.entry(row).or_default() += 1;
    }
    let counted: Vec<String> = counted.iter().map(|(row, count)| format!("{count} × {row}")).collect();
    let wanted = [
        // The address and name of the domain controller's neighbour stand in its own logons.
        "2 × 02694w-win10.threebeesco.com → 01566s-win16-ir.threebeesco.com network target success likely",
        // A 4778, whose client is named.
        "1 × jump01.offsec.lan → fs01.offsec.lan rdp target success likely",
        // Guesses on one connection, from the address that the 4778 ties to the client.
        "5 × jump01.offsec.lan → fs01.offsec.lan ssh target failure likely",
        // `sc \\\\fs02 …`, and the other side has a hole.
        "1 × jump01.offsec.lan → fs02.offsec.lan service source ? possible",
        // `net use \\\\TARGET …`, as typed.
        "1 × msedgewin10 → target smb source ? possible",
        // WMI, by other records: those of this Windows name neither the parent nor the visitor's logon.
        "5 × pc01.example.corp → win-77ltaphiq1r.example.corp network target success likely",
    ];
    assert_eq!(counted, wanted);
}
