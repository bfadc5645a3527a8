//! The intrusion over three hosts: the session engine sees every way that was gone, and the logs show what was done to them.

mod common;

use std::collections::BTreeSet;

use kilroy_model::{AccessSession, GapWhy, SessionOutcome, host_key};
use kilroy_testkit::intrusion::{FILES, GUESSES, INTRUDER, Intrusion};
use kilroy_testkit::lan::TrueHop;
use kilroy_testkit::log_files;

/// The session that holds most of the records on the side that was reached.
fn reached<'a>(rows: &'a [AccessSession], hop: &TrueHop) -> Option<&'a AccessSession> {
    let shared = |row: &AccessSession| {
        let own = |s: &&kilroy_model::Source| {
            hop.target.iter().any(|m| *m.log.channel() == *s.log && m.record_id == s.record_id)
        };
        row.sources.iter().filter(own).count()
    };
    rows.iter()
        .filter(|r| r.computer == host_key(&hop.to))
        .max_by_key(|r| shared(r))
        .filter(|r| shared(r) > 1)
}

#[test]
fn every_way_is_a_session_from_its_address() {
    let story = Intrusion::new();
    let tables = common::tables(&log_files(&story.events).expect("records that fit"));
    assert_eq!(story.hops.len(), 6, "hanna's way, and the intruder's five");
    let mut seen = BTreeSet::new();
    for hop in &story.hops {
        let row = reached(&tables.access, hop).unwrap_or_else(|| panic!("no session for {hop:?}"));
        assert_eq!(row.ip.as_deref(), Some(hop.address.as_str()));
        assert_eq!(row.user.as_deref(), Some(hop.user.as_str()));
        assert_eq!(row.outcome, SessionOutcome::Success);
        assert!(seen.insert(row.session_uid), "one session for two ways");
        assert!(hop.from.is_none() || hop.source.len() >= 4, "{hop:?}");
    }
    let way_in = reached(&tables.access, &story.hops[story.intruder[0]]).expect("seen above");
    assert_eq!((way_in.ip.as_deref(), way_in.prior_failures), (Some(INTRUDER), GUESSES));
}

#[test]
fn the_security_log_of_the_third_host_is_cleared_and_its_system_log_has_a_hole() {
    let story = Intrusion::new();
    let tables = common::tables(&log_files(&story.events).expect("records that fit"));
    let of = |log: &str| {
        let third = tables.coverage.iter().find(|c| c.computer == host_key(FILES) && c.log == log);
        third.unwrap_or_else(|| panic!("no {log}"))
    };
    assert_eq!(of("Security").clears.iter().map(|c| c.time).collect::<Vec<_>>(), [story.cleared]);
    assert!(of("Security").first >= Some(story.cleared));
    let holes: Vec<_> = of("System").gaps.iter().filter(|g| g.why == GapWhy::Hole).collect();
    assert_eq!(holes.len(), 1);
    assert_eq!(holes[0].lost, Some(6));
    assert!(holes[0].from <= story.hole.0 && story.hole.1 <= holes[0].to);
}

#[test]
fn the_same_on_every_call() {
    let (one, other) = (Intrusion::new(), Intrusion::new());
    assert!(one.events == other.events && one.hops == other.hops);
}
