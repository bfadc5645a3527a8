//! What is true of every input: order, files and copies make no difference, and a log that is missing takes nothing away
//! that another log proves.

mod common;

use std::path::PathBuf;

use kilroy_sessions::{Coverage, SessionEvent, Tables, sessionize};

/// A small generator, so that every run shuffles alike.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).expect("small")
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.roll(i + 1));
        }
    }
}

/// Groups of logs that belong together, and all logs at once.
fn groups() -> Vec<Vec<PathBuf>> {
    let Some(data) = common::shared() else { return Vec::new() };
    let rds: Vec<PathBuf> = std::fs::read_dir(data.join("synthetic"))
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "evtx"))
        .collect();
    vec![vec![data.join("evtx/Velocidex+velociraptor")], rds, vec![data.join("evtx")]]
}

fn tables(events: Vec<SessionEvent>, inputs: &[PathBuf]) -> Tables {
    let (_, coverage) = common::events(inputs);
    sessionize(events, &coverage)
}

#[test]
fn the_order_of_records_makes_no_difference() {
    for inputs in groups() {
        let (events, coverage) = common::events(&inputs);
        let want = sessionize(events.clone(), &coverage);
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        for _ in 0..10 {
            let mut shuffled = events.clone();
            dice.shuffle(&mut shuffled);
            assert!(sessionize(shuffled, &coverage) == want, "another order gives other tables");
        }
    }
}

#[test]
fn copies_of_records_make_no_difference() {
    for inputs in groups() {
        let (mut events, _) = common::events(&inputs);
        let want = tables(events.clone(), &inputs);
        let copies: Vec<SessionEvent> = events.iter().step_by(3).cloned().collect();
        events.extend(copies);
        assert!(tables(events, &inputs) == want, "a copied record changes the tables");
    }
}

/// Every user that a log proves alone is still there when another log is gone.
#[test]
fn a_missing_log_takes_away_only_what_it_alone_proves() {
    let Some(data) = common::shared() else { return };
    let inputs = [data.join("evtx/Velocidex+velociraptor")];
    let (events, _) = common::events(&inputs);
    let logs: std::collections::BTreeSet<String> = events.iter().map(|e| e.log.to_string()).collect();
    let full = tables(events.clone(), &inputs);
    for gone in &logs {
        let rest: Vec<SessionEvent> = events.iter().filter(|e| *e.log != **gone).cloned().collect();
        let mut coverage = Coverage::new();
        for e in &rest {
            coverage.add(&e.host, &e.log, e.event_id, e.record_id, e.time);
        }
        coverage.seal();
        let less = sessionize(rest, &coverage);
        for session in full.access.iter().filter(|s| !s.background) {
            let begun_elsewhere = session.sources.iter().any(|s| {
                *s.log != **gone
                    && matches!((&*s.log, s.event_id), ("Security", 4624 | 4778) | (_, 21 | 25 | 1149))
            });
            if !begun_elsewhere || session.start.is_none() {
                continue;
            }
            let found = less.access.iter().any(|s| {
                s.user == session.user
                    && s.sources.iter().any(|x| session.sources.iter().any(|y| x.event_uid == y.event_uid))
            });
            assert!(found, "without {gone} the session of {:?} at {:?} is lost", session.user, session.start);
        }
    }
}
