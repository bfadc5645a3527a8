//! What belongs to whom where the clock was set: over a story whose truth is known, and over real logs.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{Workplace, shared};
use serde_json::Value;

fn analyzed(log: &Path) -> Workplace {
    let place = Workplace::new();
    place.file("logs/Security.evtx", &std::fs::read(log).expect("a shared log"));
    assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
    place
}

/// Record IDs of what a session did, with how sure that is.
fn records(place: &Workplace, session: &str) -> Vec<(u64, String)> {
    let rows = place.rows(&["activity", "case", session]);
    let text = |row: &Value| row["sure"].as_str().expect("how sure").to_owned();
    rows.iter().map(|row| (row["record_id"].as_u64().expect("a record"), text(row))).collect()
}

fn annotated(place: &Workplace, rows: &str, host: &str) -> Vec<String> {
    place.file("rows.csv", rows.as_bytes());
    let run = place.run(&["annotate", "case", "rows.csv", "--host", host]);
    assert_eq!(run.code, 0, "{}", run.err);
    run.out.lines().skip(1).map(str::to_owned).collect()
}

/// The machine starts with its clock ten hours ahead: by time the boot lies after the whole next day's work.
#[test]
fn a_clock_that_is_set_back_after_the_start() {
    let all = kilroy_testkit::scenarios::all();
    let story = all.into_iter().find(|story| story.name == "clock-steps-back-after-boot").expect("the story");
    let place = Workplace::new();
    place.write("logs", &kilroy_testkit::log_files(&story.events).expect("the story can be written"));
    assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
    let sessions = place.rows(&["sessions", "case"]);
    let uids: Vec<&str> = sessions.iter().filter_map(|row| row["session_uid"].as_str()).collect();
    assert_eq!(uids.len(), 2, "{sessions:#?}");
    let events = |uid: &str| -> BTreeSet<String> {
        let rows = place.rows(&["activity", "case", uid]);
        rows.iter().filter_map(|row| row["event_uid"].as_str()).map(str::to_owned).collect()
    };
    assert!(events(uids[0]).is_disjoint(&events(uids[1])));
    // After the step somebody is on until the disconnect, whatever the start of the boot says.
    let user = sessions[1]["user"].as_str().expect("a user");
    let (host, end) = (&sessions[1]["computer"], sessions[1]["end"].as_str().expect("an end"));
    let rows = format!("time,user\n{},{user}\n", &end[..19]);
    let found = annotated(&place, &rows, host.as_str().expect("a host"));
    assert!(found[0].contains(uids[1]) && found[0].contains("likely"), "{found:?}");
}

/// A virtual machine that was 18 hours ahead when it started.
#[test]
fn logon_ids_after_a_clock_was_set_back() {
    let Some(shared) = shared() else { return };
    let place = analyzed(&shared.join("Velocidex+evtx/Security.evtx"));
    let rows = records(&place, "808097a8");
    for id in [32404, 32464, 32470] {
        assert!(rows.contains(&(id, "exact".to_owned())), "{id}: {rows:?}");
    }
}

/// Seven boots, all but three with a clock that is set back by ten hours, and one whose clock skips ten days.
#[test]
fn boots_that_overlap_by_the_clock() {
    let Some(shared) = shared() else { return };
    let place = analyzed(&shared.join("omerbenamram+evtx/Security_with_size_t.evtx"));
    // Its boot has the records 364 to 404.
    let other = records(&place, "ec314848");
    assert!(other.iter().all(|(id, _)| (364..405).contains(id)), "{other:?}");
    let own = records(&place, "ce37eeb8");
    for id in [441, 442, 451, 462] {
        assert!(own.contains(&(id, "exact".to_owned())), "{id}: {own:?}");
    }
    assert!(own.iter().all(|(id, _)| (405..561).contains(id)), "{own:?}");
    let rows = "time,user\n2015-09-03 07:03:37,Administrator\n2015-09-12 18:20:00,Administrator\n\
                2026-01-01 00:00:00,Administrator\n";
    let found = annotated(&place, rows, "win-l0zzq76pmuf");
    assert!(found[0].contains("ce37eeb8") && !found[0].contains("ec314848"), "{found:?}");
    assert!(found[1].contains("458aeffb"), "{found:?}");
    // The log ends that day.
    assert!(found[2].ends_with(",,,,,,,,"), "{found:?}");
}
