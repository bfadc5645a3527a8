//! The search: legs by the fewest steps, each leg once.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use kilroy_model::{Certainty, SessionUid, Timestamp, may_be_one_host};

use super::leaving::Leaving;
use super::leg::{Departure, Leg, Station};
use super::machines::Machines;
use super::{Origin, weaker};

/// Records of one moment on one host are logged in any order.
const SLACK_MILLIS: i64 = 5_000;
/// A session whose end nobody logged is taken for over after this long: else every later hop would follow from it.
const LONGEST_MILLIS: i64 = 30 * 24 * 3_600_000;

/// A way over several hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Its legs, in their order: places in the list of legs.
    pub legs: Vec<usize>,
    /// How sure the least sure part of it is.
    pub certainty: Certainty,
    /// So many further ways go over the same hosts, later.
    pub later: usize,
}

/// Legs by the host that they leave.
#[derive(Debug)]
pub(super) struct Search<'a> {
    legs: &'a [Leg],
    leaving: BTreeMap<&'a str, Departures>,
    by_session: BTreeMap<SessionUid, Vec<usize>>,
    /// The widest error of any departure, in milliseconds.
    widest: i64,
    machines: Machines,
    /// Of each leg: the number of the host that it leads to, and of the one that it leaves.
    to: Vec<usize>,
    from: Vec<Option<usize>>,
    /// How each leg was come to.
    before: Vec<Option<Step>>,
    /// Of each host: does any way lead over it?
    seen: Vec<bool>,
}

/// What leaves a host.
#[derive(Debug, Default)]
struct Departures {
    all: Leaving,
    /// From sessions that are not known: only these can follow from another session that is.
    unknown: Leaving,
}

impl<'a> Search<'a> {
    /// Over these legs.
    pub(super) fn new(legs: &'a [Leg]) -> Self {
        let mut leaving: BTreeMap<&str, Departures> = BTreeMap::new();
        let mut by_session: BTreeMap<SessionUid, Vec<usize>> = BTreeMap::new();
        let mut widest = 0;
        for (at, leg) in legs.iter().enumerate() {
            if let (Station::Host(host), Some(left)) = (&leg.from, &leg.left) {
                let of_host = leaving.entry(host).or_default();
                of_host.all.add(left.time, at);
                match left.session {
                    Some(session) => by_session.entry(session).or_default().push(at),
                    None => of_host.unknown.add(left.time, at),
                }
                widest = widest.max(i64::try_from(left.error).unwrap_or(0));
            }
        }
        for of_host in leaving.values_mut() {
            of_host.all.sort();
            of_host.unknown.sort();
        }
        let left =
            |leg: &'a Leg| if let Station::Host(host) = &leg.from { Some(host.as_str()) } else { None };
        let names = legs.iter().map(|leg| leg.to.as_str()).chain(legs.iter().filter_map(left));
        let (machines, mut numbers) = Machines::of(names);
        let mut sources = numbers.split_off(legs.len()).into_iter();
        let from = legs.iter().map(|leg| left(leg).and_then(|_| sources.next())).collect();
        let (before, seen) = (vec![None; legs.len()], vec![false; machines.len()]);
        Self { legs, leaving, by_session, widest, machines, to: numbers, from, before, seen }
    }

    /// Every way from an origin to a host.
    pub(super) fn paths(mut self, from: &Origin, to: &str) -> Vec<Path> {
        let target = self.machines.named(to);
        let mut queue: VecDeque<usize> = VecDeque::new();
        for (at, leg) in self.legs.iter().enumerate().filter(|(_, leg)| begins(leg, from)) {
            self.come(at, Step { from: None, certainty: leg.certainty });
            queue.push_back(at);
        }
        let mut found: Vec<(Vec<usize>, Certainty)> = Vec::new();
        while let Some(at) = queue.pop_front() {
            let Some(here) = self.before[at] else { continue };
            if target[self.to[at]] {
                found.push((self.way(at), here.certainty));
                continue;
            }
            for (next, link) in self.following(at) {
                if self.before[next].is_none() && !self.returns(at, next) {
                    let certainty = weaker(weaker(here.certainty, link), self.legs[next].certainty);
                    self.come(next, Step { from: Some(at), certainty });
                    queue.push_back(next);
                }
            }
        }
        self.ordered(found)
    }

    /// A way to this leg is known.
    fn come(&mut self, at: usize, step: Step) {
        self.before[at] = Some(step);
        for host in [Some(self.to[at]), self.from[at]].into_iter().flatten() {
            self.seen[host] = true;
        }
    }

    /// The shortest first, then the earliest; of ways over the same hosts the earliest.
    fn ordered(&self, mut found: Vec<(Vec<usize>, Certainty)>) -> Vec<Path> {
        let arrived = |legs: &[usize]| legs.iter().rev().map(|at| self.legs[*at].arrived).collect::<Vec<_>>();
        found.sort_by_cached_key(|(legs, certainty)| (legs.len(), *certainty, arrived(legs)));
        let mut paths: Vec<Path> = Vec::new();
        let mut known: BTreeMap<Vec<&Station>, usize> = BTreeMap::new();
        for (legs, certainty) in found {
            let stations: Vec<&Station> = legs.iter().map(|at| &self.legs[*at].from).collect();
            if let Some(at) = known.get(&stations) {
                paths[*at].later += 1;
            } else {
                known.insert(stations, paths.len());
                paths.push(Path { legs, certainty, later: 0 });
            }
        }
        paths
    }

    /// The legs that leave where this one leads to, from within its session, and to which no way is known yet; and how sure
    /// that is.
    fn following(&mut self, at: usize) -> Vec<(usize, Certainty)> {
        let leg = &self.legs[at];
        // Also what left out of the session after its user was gone: a program went on.
        let out_of_it = leg.session.and_then(|session| self.by_session.get(&session)).into_iter().flatten();
        let mut legs: Vec<(usize, Certainty)> = out_of_it.map(|next| (*next, Certainty::Exact)).collect();
        let from = leg.arrived.plus_millis(-SLACK_MILLIS - self.widest);
        let last = leg.end.unwrap_or(leg.arrived.plus_millis(LONGEST_MILLIS));
        let until = last.plus_millis(SLACK_MILLIS + self.widest);
        if let Some(of_host) = self.leaving.get_mut(leg.to.as_str()) {
            let some = if leg.session.is_some() { &mut of_host.unknown } else { &mut of_host.all };
            let before = &self.before;
            let within = some.open(from, until, |next| before[next].is_some());
            let inside =
                |next: &usize| self.legs[*next].left.is_some_and(|left| may_be_inside(leg, &left, last));
            legs.extend(within.into_iter().filter(inside).map(|next| (next, Certainty::Possible)));
        }
        legs.sort_by_key(|(next, certainty)| (*certainty, *next));
        legs
    }

    /// Whether a leg would lead back to a host that the way has been at.
    fn returns(&self, at: usize, next: usize) -> bool {
        let same = self.machines.same(self.to[next]);
        let is_same = |host: Option<usize>| host.is_some_and(|host| same.contains(&host));
        // Where no way has been, this one has not.
        same.iter().any(|host| self.seen[*host])
            && self.back(at).any(|leg| is_same(Some(self.to[leg])) || is_same(self.from[leg]))
    }

    /// The legs up to this one, the last one first.
    fn back(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(at), |here| self.before[*here].and_then(|step| step.from))
    }

    /// The legs up to this one.
    fn way(&self, at: usize) -> Vec<usize> {
        let mut legs: Vec<usize> = self.back(at).collect();
        legs.reverse();
        legs
    }
}

/// Whether somebody may have left from within the session that a leg led to: by the time alone, where one of the two
/// sessions is not known.
fn may_be_inside(leg: &Leg, left: &Departure, last: Timestamp) -> bool {
    let unknown = leg.session.is_none() || left.session.is_none();
    let error = SLACK_MILLIS + i64::try_from(left.error).unwrap_or(0);
    unknown && leg.arrived.plus_millis(-error) <= left.time && left.time <= last.plus_millis(error)
}

/// How a leg was come to.
#[derive(Debug, Clone, Copy)]
struct Step {
    from: Option<usize>,
    certainty: Certainty,
}

fn begins(leg: &Leg, from: &Origin) -> bool {
    match from {
        Origin::Address(ip) => came_from(leg, *ip),
        Origin::Host(host) => matches!(&leg.from, Station::Host(own) if may_be_one_host(own, host)),
        Origin::User(account) => {
            account.takes(leg.user.as_deref(), leg.domain.as_deref())
                || account.takes(leg.source_user.as_deref(), leg.source_domain.as_deref())
        }
    }
}

fn came_from(leg: &Leg, ip: IpAddr) -> bool {
    leg.address.as_deref().and_then(|text| text.parse::<IpAddr>().ok()) == Some(ip)
}
