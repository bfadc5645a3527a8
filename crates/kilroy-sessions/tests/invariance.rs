//! What is true of every input: order, files and copies make no difference, and a log that is missing takes nothing away
//! that another log proves.

mod common;
#[path = "../examples/engine_speed/world/mod.rs"]
mod world;

use std::path::PathBuf;
use std::sync::Arc;

use kilroy_model::{Action, EventUid};
use kilroy_sessions::{Coverage, SessionEvent, Tables, sessionize};
use world::{Shape, World};

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

/// A made machine's records, and what its logs cover.
fn made(shape: Shape, seed: u64) -> (Vec<SessionEvent>, Coverage) {
    let mut events = Vec::new();
    let mut coverage = Coverage::new();
    World::new(shape, seed).run(12_000, &mut |event| {
        coverage.add(&event.host, &event.log, event.event_id, event.record_id, event.time);
        events.push(event);
    });
    coverage.seal();
    (events, coverage)
}

/// Logons of accounts that do nothing else are told quickly, all others by every rule: the answer is the same. Credentials
/// given for another machine (4648), some seconds after each network logon, belong to no session here.
#[test]
fn what_an_account_does_on_other_machines_makes_no_difference() {
    let real = groups().into_iter().map(|inputs| common::events(&inputs));
    let worlds = [(Shape::Controller, 1), (Shape::Controller, 2), (Shape::Desktops, 3)];
    for (mut events, coverage) in real.chain(worlds.map(|(shape, seed)| made(shape, seed))) {
        let want = sessionize(events.clone(), &coverage);
        let elsewhere: Arc<str> = "elsewhere.example".into();
        let log: Arc<str> = "Hands/Operational".into();
        let logons = events.iter().filter(|e| e.action == Action::Logon && e.logon_type == Some(3));
        let given: Vec<SessionEvent> = (1..)
            .zip(logons)
            .map(|(number, logon)| {
                let (uid, time) = (EventUid(u128::from(number)), logon.time.plus_millis(5000));
                let place = (Arc::clone(&logon.host), Arc::clone(&log));
                let action = Action::ExplicitCredentials;
                let mut event = SessionEvent::bare(uid, time, place, number, 4648, action);
                (event.user, event.domain) = (logon.user.clone(), logon.domain.clone());
                event.dst_host = Some(Arc::clone(&elsewhere));
                event
            })
            .collect();
        assert!(!given.is_empty(), "no network logon");
        events.extend(given);
        let got = sessionize(events, &coverage);
        assert_eq!(got.access.len(), want.access.len());
        for (got, want) in got.access.iter().zip(&want.access) {
            assert_eq!(got, want);
        }
        assert!(got.logon == want.logon && got.terminal == want.terminal, "other tables");
    }
}
