//! Views over stories of a few people.

use kilroy_model::{Scope, SessionOutcome};

use super::story::Story;
use super::*;

impl Story {
    fn rows(&self) -> Vec<FromWhere> {
        from_where(&self.cells(), &self.names, &no_lands, By::Address)
    }

    /// The marks of one user's sessions from one address.
    fn marks(&self, user: &str, ip: &str) -> Vec<Mark> {
        let is_it = |row: &&FromWhere| {
            let at = matches!(&row.place, Place::Source(origin) if origin.ip.as_deref() == Some(ip));
            at && row.user.as_deref() == Some(user)
        };
        self.rows().iter().find(is_it).expect("a row").marks.clone()
    }
}

const AT_HOME: &str = "10.20.30.41";
const ABROAD: &str = "203.0.113.77";

#[test]
fn who_always_comes_from_inside_is_unusual_outside() {
    let mut story = Story::default();
    story.days("alice", "srv", AT_HOME, 0..20);
    story.was_in("alice", "srv", ABROAD, 21 * 24 * 60);
    assert_eq!(story.marks("alice", ABROAD), [Mark::OtherSide, Mark::NewRange, Mark::RareRange]);
    assert_eq!(story.marks("alice", AT_HOME), []);
    // The user's row names the range.
    let views = users(&story.cells(), &story.names, &no_lands);
    let outliers: Vec<(String, u64)> =
        views[0].outliers.iter().map(|o| (o.range.to_string(), o.tally.sessions)).collect();
    assert_eq!(outliers, [("203.0.0.0/16".to_owned(), 1)]);
}

/// A machine of the same name is written in capitals, as clients mostly are; the host keeps the name that its sessions have.
#[test]
fn a_host_keeps_its_spelling() {
    let mut story = Story::default();
    story.was_in("alice", "srv", AT_HOME, 1);
    let client = story.names.name("SRV");
    story.visits.iter_mut().for_each(|visit| visit.client = Some(client));
    assert_eq!(users(&story.cells(), &story.names, &no_lands)[0].hosts, ["srv"]);
    let rows = story.rows();
    assert_eq!(
        (rows[0].hosts.as_slice(), rows[0].clients.as_slice()),
        (&["srv".to_owned()][..], &["SRV".to_owned()][..])
    );
}

#[test]
fn guesses_make_no_habit_and_break_none() {
    let mut story = Story::default();
    story.days("alice", "srv", AT_HOME, 0..20);
    for minute in 0..200 {
        story.came("alice", "srv", ABROAD, 30_000 + minute, SessionOutcome::Failure);
    }
    assert_eq!(story.marks("alice", ABROAD), []);
    // Who was denied knew the password.
    story.came("alice", "srv", ABROAD, 31_000, SessionOutcome::Denied);
    assert_eq!(story.marks("alice", ABROAD), [Mark::OtherSide, Mark::NewRange, Mark::RareRange]);
    assert_eq!(story.marks("alice", AT_HOME), []);
}

#[test]
fn few_sessions_make_no_habit() {
    let mut story = Story::default();
    story.days("alice", "srv", AT_HOME, 0..3);
    story.was_in("alice", "srv", ABROAD, 5 * 24 * 60);
    assert_eq!(story.marks("alice", ABROAD), []);
}

#[test]
fn in_the_first_day_nothing_is_new() {
    let mut story = Story::default();
    for minute in 0..12 {
        story.was_in("alice", "srv", AT_HOME, minute);
    }
    story.was_in("alice", "srv", "10.99.1.1", 23 * 60);
    assert_eq!(story.marks("alice", "10.99.1.1"), [Mark::RareRange]);
    story.was_in("alice", "srv", "10.77.1.1", 24 * 60);
    story.days("alice", "srv", AT_HOME, 1..20);
    assert_eq!(story.marks("alice", "10.77.1.1"), [Mark::NewRange, Mark::RareRange]);
}

#[test]
fn who_roams_has_no_range_that_is_new() {
    let mut story = Story::default();
    for day in 0..30 {
        story.was_in("carol", "srv", &format!("203.{day}.113.7"), day * 24 * 60);
    }
    assert!(story.rows().iter().all(|row| row.marks.is_empty()));
}

#[test]
fn what_is_usual_for_a_user_may_be_rare_on_a_host() {
    let mut story = Story::default();
    story.days("alice", "srv-a", "10.1.1.1", 0..20);
    story.days("alice", "srv-b", "10.2.2.2", 0..20);
    story.was_in("alice", "srv-b", "10.1.1.9", 30_000);
    assert_eq!(story.marks("alice", "10.1.1.9"), [Mark::RareOnHost]);
    assert_eq!(story.marks("alice", "10.1.1.1"), []);
    assert!(users(&story.cells(), &story.names, &no_lands)[0].outliers.is_empty());
}

#[test]
fn a_new_country_and_network_where_a_database_tells() {
    let mut story = Story::default();
    story.days("alice", "srv", "198.51.100.7", 0..20);
    story.days("alice", "srv", "198.51.7.7", 0..20);
    story.was_in("alice", "srv", "198.51.200.7", 40_000);
    let lands = |ip: std::net::IpAddr| {
        let far = ip.to_string() == "198.51.200.7";
        let country = Some(if far { "ZZ" } else { "KR" }.to_owned());
        Land { country, asn: Some(if far { 64_500 } else { 64_496 }), organization: None }
    };
    let rows = from_where(&story.cells(), &story.names, &lands, By::Address);
    let marked: Vec<(&str, &[Mark])> = rows
        .iter()
        .filter(|row| !row.marks.is_empty())
        .map(|row| (row.land.country.as_deref().unwrap_or("?"), row.marks.as_slice()))
        .collect();
    assert_eq!(marked, [("ZZ", &[Mark::NewCountry, Mark::NewNetwork][..])]);
}

#[test]
fn addresses_of_a_range_share_a_row() {
    let mut story = Story::default();
    story.was_in("alice", "srv", "203.0.113.7", 1);
    story.was_in("ALICE", "srv", "203.0.200.8", 2);
    story.was_in("alice", "srv", "LOCAL", 3);
    let rows = from_where(&story.cells(), &story.names, &no_lands, By::Range);
    let places: Vec<(&Place, u64)> = rows.iter().map(|row| (&row.place, row.tally.sessions)).collect();
    let range = Range::of("203.0.113.7".parse().unwrap(), Scope::External).unwrap();
    let local = Origin { scope: Scope::Local, ip: Some("LOCAL".to_owned()), client: None };
    assert_eq!(places, [(&Place::Range(range, Scope::External, 2), 2), (&Place::Source(local), 1)]);
}

#[test]
fn both_sides_of_a_user() {
    let mut story = Story::default();
    story.days("alice", "srv", AT_HOME, 0..2);
    story.was_in("alice", "srv", "10.20.30.42", 9);
    story.came("alice", "srv", ABROAD, 5, SessionOutcome::Failure);
    let views = users(&story.cells(), &story.names, &no_lands);
    let side = |scope| -> Vec<&str> {
        views[0].sources_in(scope).iter().filter_map(|source| source.origin.name()).collect()
    };
    assert_eq!(side(Scope::Internal), [AT_HOME, "10.20.30.42"]);
    assert_eq!(side(Scope::External), [ABROAD]);
    assert!(side(Scope::Loopback).is_empty());
}

#[test]
fn first_sights_by_their_time() {
    let mut story = Story::default();
    story.came("mallory", "srv-a", ABROAD, 5, SessionOutcome::Failure);
    story.was_in("mallory", "srv-b", ABROAD, 9);
    story.was_in("mallory", "srv-a", ABROAD, 20);
    let seen = sightings(&story.cells(), &story.names, &[What::User, What::UserHost]);
    let rows: Vec<(&str, Option<&str>, Option<u64>)> = seen
        .iter()
        .map(|s| (s.first_host.as_str(), s.host.as_deref(), s.session_uid.map(|uid| uid.0)))
        .collect();
    assert_eq!(
        rows,
        [("srv-a", None, Some(1)), ("srv-a", Some("srv-a"), Some(2)), ("srv-b", Some("srv-b"), Some(1))]
    );
}

#[test]
fn rare_pairs_stand_against_many_sessions() {
    let mut story = Story::default();
    story.days("alice", "srv-a", AT_HOME, 0..20);
    story.was_in("alice", "srv-b", AT_HOME, 50);
    // Bob has few sessions: none of his pairs can be rare.
    story.was_in("bob", "srv-b", "10.20.30.50", 60);
    // A guess is no pair.
    story.came("alice", "srv-c", AT_HOME, 70, SessionOutcome::Failure);
    let rows = rare(&story.cells(), &story.names, FEW);
    let rows: Vec<_> =
        rows.iter().map(|row| (row.what, row.user.as_deref(), row.host.as_deref(), row.of)).collect();
    assert_eq!(rows, [(What::UserHost, Some("alice"), Some("srv-b"), 21)]);
}

/// The order of sessions changes nothing, and no session is lost or counted twice.
#[test]
fn in_any_order_the_same() {
    let mut story = Story::default();
    let ips = [AT_HOME, ABROAD, "10.1.1.1", "2001:db8::7", "LOCAL", "127.0.0.1"];
    for n in 0..400_usize {
        let user = ["alice", "Alice", "bob", "", "carol"][n * 7 % 5];
        let outcome =
            [SessionOutcome::Success, SessionOutcome::Failure, SessionOutcome::Denied][n * 5 % 7 % 3];
        let minute = i64::try_from(n * 7919 % 50_000).unwrap();
        story.came(user, ["a", "b", "c"][n * 11 % 3], ips[n * 13 % 6], minute, outcome);
    }
    let views = |story: &Story| {
        let cells = story.cells();
        let rows = from_where(&cells, &story.names, &no_lands, By::Range);
        assert_eq!(rows.iter().map(|row| row.tally.all()).sum::<u64>(), 400);
        (
            users(&cells, &story.names, &no_lands),
            rows,
            sightings(&cells, &story.names, What::ALL),
            rare(&cells, &story.names, 20),
        )
    };
    let want = views(&story);
    assert!(!want.3.is_empty());
    for by in [1, 7, 101, 399] {
        let mut other = Story::default();
        // Other numbers for the same names, too.
        for n in 0..400 {
            let visit = story.visits[(n * by + 17) % 400 % story.visits.len()];
            let text = |name: Option<Name>| name.map(|name| story.names.text(name).to_owned());
            let mut visit = visit;
            visit.host = other.names.name(story.names.text(visit.host));
            visit.user = text(visit.user).map(|user| other.names.name(&user));
            visit.ip = text(visit.ip).map(|ip| other.names.name(&ip));
            other.visits.push(visit);
        }
        assert_eq!(views(&other), want, "{by}");
    }
}
