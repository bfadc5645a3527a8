//! Which going away is which arrival.
//!
//! First every pair that can be one votes on the difference of the two clocks; then, clocks allowed for, the best pairs
//! are taken one after the other: those that name one port, those that name one user, those that are nearest in time.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kilroy_model::{HopKey, Scope, SessionOutcome, Timestamp};

use super::addresses::{Candidates, Sightings};
use super::arrival::Arrival;
use super::clock::{Difference, Vote, Votes};
use super::service::Services;
use super::unit::Unit;
use crate::hosts::{HostId, Hosts};

/// Clocks that are further apart are not found by users and times alone.
pub(super) const FURTHEST_MILLIS: i64 = 30 * 60_000;
/// With a port that both sides name, even a clock of another time zone is.
const FURTHEST_BY_PORT_MILLIS: u64 = 26 * 3_600_000;
/// A port is given out again after a while: one that has come up more often within that time says nothing.
const PORT_AGAIN: usize = 3;
/// Of the units near an arrival, as many are looked at on either side: what is further away is not nearer.
const NEAREST: usize = 12;
/// The same of all hosts together, where nothing says from which of them an arrival came.
const NEAREST_OF_ALL: usize = 48;
/// An account that goes somewhere from more hosts than this says nothing of their clocks.
const SOURCES_THAT_TELL: usize = 8;
/// What a clock may drift beyond the error of its estimate.
const DRIFT_MILLIS: i64 = 2_000;
/// One command can make several logons, all of them within this time.
const COMPANIONS_MILLIS: u64 = 10_000;

/// Which unit an arrival belongs to, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) unit: usize,
    pub(super) keys: BTreeSet<HopKey>,
}

/// Where an arrival can have come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) address: Candidates,
    /// The host that the client calls itself.
    pub(super) client: Option<HostId>,
}

impl Origin {
    fn of(arrival: &Arrival, hosts: &Hosts, seen: &Sightings) -> Self {
        let address = arrival.ip.map(|ip| seen.candidates(ip, arrival.attempt)).unwrap_or_default();
        let client = arrival.client.as_deref().and_then(|name| hosts.named(name));
        let mut origin = Self { address, client };
        if arrival.client.as_deref().is_some_and(|name| !hosts.is_known(name)) {
            // It says itself that it is none of those that others name with that address.
            origin.address.named.clear();
        }
        origin
    }

    /// Whether machines that are none of the case come into question as well: behind address translation, say.
    pub(super) fn is_open(&self) -> bool {
        self.client.is_none() && self.address.owners.is_empty() && self.address.strangers
    }

    /// The hosts that come into question, most likely ones only: the owner of the address, else who is named.
    pub(super) fn hosts(&self) -> BTreeSet<HostId> {
        if let Some(client) = self.client {
            return BTreeSet::from([client]);
        }
        if self.address.named.is_empty() { self.address.owners.clone() } else { self.address.all() }
    }
}

/// What matching found.
#[derive(Debug, Clone, Default)]
pub(super) struct Matching {
    /// Per arrival.
    pub(super) matches: Vec<Option<Match>>,
    /// Per arrival.
    pub(super) origins: Vec<Origin>,
    /// Per unit: does it belong to an arrival?
    pub(super) used: Vec<bool>,
    clocks: Clocks,
}

impl Matching {
    /// How far the clock of `target` is ahead of that of `source`.
    pub(super) fn clock(&self, source: HostId, target: HostId) -> Option<Difference> {
        self.clocks.of(source, target)
    }
}

/// The differences of clocks, by pair of hosts, the one with the smaller number first.
#[derive(Debug, Clone, Default)]
struct Clocks(BTreeMap<(HostId, HostId), Difference>);

impl Clocks {
    /// How far the clock of `target` is ahead of that of `source`.
    fn of(&self, source: HostId, target: HostId) -> Option<Difference> {
        if source <= target {
            return self.0.get(&(source, target)).copied();
        }
        let turned = self.0.get(&(target, source))?;
        Some(Difference { millis: -turned.millis, ..*turned })
    }
}

/// Everything that matching looks at.
struct Sides<'a> {
    arrivals: &'a [Arrival],
    units: &'a [Unit],
    /// Units by target and source, in the order of their times.
    routes: BTreeMap<(HostId, HostId), Vec<(Timestamp, usize)>>,
    /// Units by target and the user that they go as.
    users: BTreeMap<(HostId, String), OfUser>,
    ports: BTreeMap<(IpAddr, u16), Vec<(Timestamp, usize)>>,
}

impl<'a> Sides<'a> {
    fn new(arrivals: &'a [Arrival], units: &'a [Unit]) -> Self {
        let mut routes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut users: BTreeMap<(HostId, String), OfUser> = BTreeMap::new();
        let mut ports: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, unit) in units.iter().enumerate() {
            let time = unit.reference().0;
            if let Some(target) = unit.target {
                routes.entry((target, unit.host)).or_default().push((time, at));
                if let Some(user) = user_of(unit) {
                    let of_user = users.entry((target, user.to_owned())).or_default();
                    of_user.sources.insert(unit.host);
                    of_user.units.push((time, at));
                }
            }
            for from in &unit.from {
                ports.entry(*from).or_default().push((time, at));
            }
        }
        for list in routes.values_mut().chain(ports.values_mut()) {
            list.sort_unstable();
        }
        Self { arrivals, units, routes, users, ports }
    }

    /// Units that name the port of an arrival.
    fn by_port(&self, arrival: &Arrival) -> Vec<usize> {
        let Some(list) = arrival.ip.zip(arrival.port).and_then(|end| self.ports.get(&end)) else {
            return vec![];
        };
        let fits = |(time, at): &&(Timestamp, usize)| {
            let unit = &self.units[*at];
            arrival.attempt.within_millis(*time, FURTHEST_BY_PORT_MILLIS)
                && unit.services.meet(arrival.services)
                && unit.host != arrival.host
                && unit.target.is_none_or(|target| target == arrival.host)
        };
        let found: Vec<usize> = list.iter().filter(fits).map(|(_, at)| *at).collect();
        if found.len() > PORT_AGAIN { vec![] } else { found }
    }

    /// Units of a host that go to where the arrival is, near a time by the clock of that host.
    fn near(&self, arrival: &Arrival, source: HostId, at: Timestamp) -> impl Iterator<Item = usize> + '_ {
        nearest(self.routes.get(&(arrival.host, source)).map_or(&[][..], Vec::as_slice), at, NEAREST)
    }

    /// Units that go to where an arrival is as the user that it names.
    fn of_user(&self, arrival: &Arrival) -> Option<&OfUser> {
        self.users.get(&(arrival.host, arrival.user.as_deref()?.to_lowercase()))
    }

    /// Puts the units of each user and target in the order in which the target's clock saw them.
    fn set_clocks(&mut self, clocks: &Clocks) {
        for ((target, _), of_user) in &mut self.users {
            for (time, at) in &mut of_user.units {
                let ahead = clocks.of(self.units[*at].host, *target).map_or(0, |clock| clock.millis);
                *time = self.units[*at].reference().0.plus_millis(ahead);
            }
            of_user.units.sort_unstable();
        }
    }
}

/// Units that go to one host as one user.
#[derive(Debug, Default)]
struct OfUser {
    sources: BTreeSet<HostId>,
    units: Vec<(Timestamp, usize)>,
}

/// Of a list in the order of time, so many on either side of a time.
fn nearest(
    list: &[(Timestamp, usize)],
    at: Timestamp,
    on_either_side: usize,
) -> impl Iterator<Item = usize> + '_ {
    let middle = list.partition_point(|(time, _)| *time < at);
    let from = middle.saturating_sub(on_either_side);
    let to = (middle + on_either_side).min(list.len());
    list[from..to].iter().map(|(_, at)| *at)
}

/// Whether a unit and an arrival can be one, by service and user; and if so, whether both name the user.
fn agree(arrival: &Arrival, unit: &Unit) -> Option<bool> {
    if !unit.services.meet(arrival.services) {
        return None;
    }
    let named = arrival.user.as_deref().map(str::to_lowercase);
    match (named, user_of(unit)) {
        (Some(there), Some(here)) => (there == here).then_some(true),
        _ => Some(false),
    }
}

/// The user that a unit arrives as, in small letters.
fn user_of(unit: &Unit) -> Option<&str> {
    unit.goes_as().or_else(|| own_name(unit))
}

/// Without other credentials somebody goes by the own name.
fn own_name(unit: &Unit) -> Option<&str> {
    let own = unit.services != Services::RDP && unit.as_user.is_none();
    unit.by.user.as_deref().filter(|_| own)
}

/// Milliseconds from one time to another.
fn millis(from: Timestamp, to: Timestamp) -> i64 {
    to.ticks().saturating_sub(from.ticks()) / 10_000
}

/// Can an arrival be a hop? What came from no host of the case, and as nobody who went there, is none: most of what comes to a
/// server.
pub(super) fn can_be_hops<'a>(
    units: &'a [Unit],
    hosts: &'a Hosts,
    seen: &'a Sightings,
) -> impl Fn(&Arrival) -> bool + 'a {
    let sides = Sides::new(&[], units);
    move |arrival| {
        let from = Origin::of(arrival, hosts, seen).hosts();
        from.into_iter().any(|host| host != arrival.host)
            || sides.of_user(arrival).is_some()
            || !sides.by_port(arrival).is_empty()
    }
}

/// Finds out which unit is which arrival.
pub(super) fn matching(arrivals: &[Arrival], units: &[Unit], hosts: &Hosts, seen: &Sightings) -> Matching {
    let mut sides = Sides::new(arrivals, units);
    let mut found = Matching {
        matches: vec![None; arrivals.len()],
        origins: arrivals.iter().map(|arrival| Origin::of(arrival, hosts, seen)).collect(),
        used: vec![false; units.len()],
        clocks: Clocks::default(),
    };
    found.clocks = clocks(&sides, &found.origins);
    sides.set_clocks(&found.clocks);
    let sides = sides;
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, arrival) in arrivals.iter().enumerate() {
        pairs.extend(candidates(&sides, &found, at, arrival));
    }
    pairs.sort_unstable();
    for pair in pairs {
        let free = found.matches[pair.arrival].is_none();
        // One connection can carry several logons.
        if free && (!found.used[pair.unit] || pair.no_port == 0) {
            found.used[pair.unit] = true;
            found.matches[pair.arrival] = Some(Match { unit: pair.unit, keys: pair.keys() });
        }
    }
    companions(&sides, &mut found);
    found
}

/// The differences of clocks, by what all pairs say that can be one.
fn clocks(sides: &Sides<'_>, origins: &[Origin]) -> Clocks {
    let mut exact: BTreeMap<(HostId, HostId), Votes> = BTreeMap::new();
    let mut others: BTreeMap<(HostId, HostId), Votes> = BTreeMap::new();
    for (number, (arrival, origin)) in sides.arrivals.iter().zip(origins).enumerate() {
        for unit in sides.by_port(arrival) {
            vote(&mut exact, number, arrival, &sides.units[unit]);
        }
        let mut sources = origin.hosts();
        let named = sources.is_empty() && is_near(arrival);
        if let Some(of_user) = sides.of_user(arrival).filter(|_| named)
            && of_user.sources.len() <= SOURCES_THAT_TELL
        {
            sources.clone_from(&of_user.sources);
        }
        for source in sources.into_iter().filter(|source| *source != arrival.host) {
            for at in sides.near(arrival, source, arrival.attempt) {
                let unit = &sides.units[at];
                let apart = millis(unit.reference().0, arrival.attempt);
                if apart.abs() <= FURTHEST_MILLIS && agree(arrival, unit).is_some() {
                    vote(&mut others, number, arrival, unit);
                }
            }
        }
    }
    let mut clocks = BTreeMap::new();
    for (pair, votes) in others.iter().chain(&exact) {
        // Later ones, by port, take the place of those by user and time.
        clocks.extend(Difference::of(votes.all()).map(|difference| (*pair, difference)));
    }
    Clocks(clocks)
}

fn vote(votes: &mut BTreeMap<(HostId, HostId), Votes>, number: usize, arrival: &Arrival, unit: &Unit) {
    let (time, latency) = unit.reference();
    let apart = millis(time, arrival.attempt);
    let vote = Vote { least: apart - latency.most, most: apart - latency.least };
    let (from, to) = (unit.host, arrival.host);
    if from <= to {
        votes.entry((from, to)).or_default().cast(number, vote);
    } else {
        votes.entry((to, from)).or_default().cast(number, vote.reversed());
    }
}

/// Whoever comes from the internet comes from no host of the case, unless an address says so.
fn is_near(arrival: &Arrival) -> bool {
    arrival.ip.is_none_or(|ip| Scope::of(ip) != Scope::External) || arrival.outcome == SessionOutcome::Success
}

/// An arrival and a unit that may be one; the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    no_port: u8,
    no_user: u8,
    /// Whether the arrival's address or client speaks for the unit's host.
    no_origin: u8,
    deviation: u64,
    time: Timestamp,
    arrival: usize,
    unit: usize,
    by_hash: bool,
    by_client: bool,
}

impl Pair {
    fn keys(&self) -> BTreeSet<HopKey> {
        let all = [
            (self.no_port == 0, HopKey::Port),
            (self.by_hash, HopKey::NameHash),
            (self.no_user == 0, HopKey::User),
            (self.by_client, HopKey::ClientName),
            (self.no_origin == 0 && !self.by_client, HopKey::Address),
            (true, HopKey::Time),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, key)| key).collect()
    }
}

/// Every unit that an arrival may belong to.
fn candidates(sides: &Sides<'_>, found: &Matching, at: usize, arrival: &Arrival) -> Vec<Pair> {
    let origin = &found.origins[at];
    let likely = origin.hosts();
    let mut units: BTreeMap<usize, bool> = BTreeMap::new();
    for unit in sides.by_port(arrival) {
        units.insert(unit, true);
    }
    for source in likely.iter().copied().filter(|source| *source != arrival.host) {
        let ahead = found.clock(source, arrival.host).map_or(0, |d| d.millis);
        for unit in sides.near(arrival, source, arrival.attempt.plus_millis(-ahead)) {
            units.entry(unit).or_insert(false);
        }
    }
    // Where nothing speaks for a host, the user must.
    if let Some(of_user) = sides.of_user(arrival).filter(|_| likely.is_empty() && is_near(arrival)) {
        let near = nearest(&of_user.units, arrival.attempt, NEAREST_OF_ALL);
        for unit in near.filter(|unit| sides.units[*unit].host != arrival.host) {
            units.entry(unit).or_insert(false);
        }
    }
    let pair = |(at_unit, by_port): (usize, bool)| {
        let unit = &sides.units[at_unit];
        let same_user = match agree(arrival, unit) {
            Some(same) => same,
            None if by_port => false,
            None => return None,
        };
        let from_there = likely.contains(&unit.host);
        // Without an address that speaks for it, the user must.
        if !by_port && ((!from_there && !same_user) || is_another_connection(arrival, unit)) {
            return None;
        }
        let deviation = deviation(found.clock(unit.host, arrival.host), arrival, unit)?;
        Some(Pair {
            no_port: u8::from(!by_port),
            no_user: u8::from(!same_user),
            no_origin: u8::from(!from_there),
            deviation,
            time: arrival.attempt,
            arrival: at,
            unit: at_unit,
            by_hash: same_user && unit.hashed.is_some(),
            by_client: origin.client == Some(unit.host),
        })
    };
    units.into_iter().filter_map(pair).collect()
}

/// Both sides name the address and not the same port of it.
fn is_another_connection(arrival: &Arrival, unit: &Unit) -> bool {
    let Some((ip, port)) = arrival.ip.zip(arrival.port) else { return false };
    let mut own = unit.from.iter().filter(|(own, _)| *own == ip).map(|(_, port)| *port).peekable();
    own.peek().is_some() && own.all(|own| own != port)
}

/// How far the two are from being at the time that they should be at; none if they are too far.
fn deviation(clock: Option<Difference>, arrival: &Arrival, unit: &Unit) -> Option<u64> {
    let (time, latency) = unit.reference();
    let apart = millis(time, arrival.attempt);
    let Some(clock) = clock else {
        return (apart.abs() <= FURTHEST_MILLIS).then(|| apart.unsigned_abs());
    };
    let apart = apart - clock.millis;
    let margin = i64::try_from(clock.error).unwrap_or(i64::MAX / 4).saturating_add(DRIFT_MILLIS);
    (latency.least - margin <= apart && apart <= latency.most + margin)
        .then(|| (apart - latency.mostly).unsigned_abs())
}

/// Further logons of one user from one host, right beside one that is matched, belong to the same command.
fn companions(sides: &Sides<'_>, found: &mut Matching) {
    let mut leaders: BTreeMap<(HostId, HostId, String), Vec<(Timestamp, usize)>> = BTreeMap::new();
    let name = |arrival: &Arrival| arrival.user.as_deref().map(str::to_lowercase).unwrap_or_default();
    for (at, of) in found.matches.iter().enumerate() {
        let Some(of) = of else { continue };
        let arrival = &sides.arrivals[at];
        if arrival.services == Services::NETWORK {
            let route = (sides.units[of.unit].host, arrival.host, name(arrival));
            leaders.entry(route).or_default().push((arrival.attempt, of.unit));
        }
    }
    for list in leaders.values_mut() {
        list.sort_unstable();
    }
    for (at, arrival) in sides.arrivals.iter().enumerate() {
        if found.matches[at].is_some() || arrival.services != Services::NETWORK {
            continue;
        }
        let near = found.origins[at].hosts().into_iter().filter_map(|source| {
            let list = leaders.get(&(source, arrival.host, name(arrival)))?;
            let after = list.partition_point(|(time, _)| *time <= arrival.attempt);
            let around = list[after.saturating_sub(1)..].iter().take(2);
            let within = around.filter(|(time, _)| time.within_millis(arrival.attempt, COMPANIONS_MILLIS));
            within.min_by_key(|(time, unit)| (time.distance(arrival.attempt), *unit)).copied()
        });
        if let Some((_, unit)) = near.min_by_key(|(time, unit)| (time.distance(arrival.attempt), *unit)) {
            let keys = BTreeSet::from([HopKey::User, HopKey::Address, HopKey::Time]);
            found.matches[at] = Some(Match { unit, keys });
        }
    }
}
