//! The search: legs by the fewest steps, each leg once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

use kilroy_model::{Certainty, SessionUid, Timestamp, bare_name};

use super::leg::{Departure, Leg, Station};
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
    leaving: BTreeMap<&'a str, Vec<(Timestamp, usize)>>,
    by_session: BTreeMap<SessionUid, Vec<usize>>,
    /// The widest error of any departure, in milliseconds.
    widest: i64,
}

impl<'a> Search<'a> {
    /// Over these legs.
    pub(super) fn new(legs: &'a [Leg]) -> Self {
        let mut leaving: BTreeMap<&str, Vec<(Timestamp, usize)>> = BTreeMap::new();
        let mut by_session: BTreeMap<SessionUid, Vec<usize>> = BTreeMap::new();
        let mut widest = 0;
        for (at, leg) in legs.iter().enumerate() {
            if let (Station::Host(host), Some(left)) = (&leg.from, &leg.left) {
                leaving.entry(host).or_default().push((left.time, at));
                if let Some(session) = left.session {
                    by_session.entry(session).or_default().push(at);
                }
                widest = widest.max(i64::try_from(left.error).unwrap_or(0));
            }
        }
        for list in leaving.values_mut() {
            list.sort_unstable();
        }
        Self { legs, leaving, by_session, widest }
    }

    /// Every way from an origin to a host.
    pub(super) fn paths(&self, from: &Origin, to: &str) -> Vec<Path> {
        let mut before: Vec<Option<Step>> = vec![None; self.legs.len()];
        let mut queue: VecDeque<usize> = VecDeque::new();
        for (at, leg) in self.legs.iter().enumerate().filter(|(_, leg)| begins(leg, from)) {
            before[at] = Some(Step { from: None, certainty: leg.certainty });
            queue.push_back(at);
        }
        let mut found: Vec<(Vec<usize>, Certainty)> = Vec::new();
        while let Some(at) = queue.pop_front() {
            let Some(here) = before[at] else { continue };
            if same_host(&self.legs[at].to, to) {
                found.push((way(&before, at), here.certainty));
                continue;
            }
            for (next, link) in self.following(at) {
                if before[next].is_none() && !self.returns(&before, at, next) {
                    let certainty = weaker(weaker(here.certainty, link), self.legs[next].certainty);
                    before[next] = Some(Step { from: Some(at), certainty });
                    queue.push_back(next);
                }
            }
        }
        self.ordered(found)
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

    /// The legs that leave where this one leads to, from within its session; and how sure that is.
    fn following(&self, at: usize) -> Vec<(usize, Certainty)> {
        let leg = &self.legs[at];
        // Also what left out of the session after its user was gone: a program went on.
        let out_of_it = leg.session.and_then(|session| self.by_session.get(&session)).into_iter().flatten();
        let mut legs: Vec<(usize, Certainty)> = out_of_it.map(|next| (*next, Certainty::Exact)).collect();
        let from = leg.arrived.plus_millis(-SLACK_MILLIS - self.widest);
        let last = leg.end.unwrap_or(leg.arrived.plus_millis(LONGEST_MILLIS));
        let until = last.plus_millis(SLACK_MILLIS + self.widest);
        let list = self.leaving.get(leg.to.as_str()).map_or(&[][..], Vec::as_slice);
        let first = list.partition_point(|(time, _)| *time < from);
        let within = list[first..].iter().take_while(|(time, _)| *time <= until).map(|(_, next)| *next);
        let inside = |next: &usize| self.legs[*next].left.is_some_and(|left| may_be_inside(leg, &left, last));
        legs.extend(within.filter(inside).map(|next| (next, Certainty::Possible)));
        legs.sort_by_key(|(next, certainty)| (*certainty, *next));
        legs
    }

    /// Whether a leg would lead back to a host that the way has been at.
    fn returns(&self, before: &[Option<Step>], at: usize, next: usize) -> bool {
        let to = &self.legs[next].to;
        let been: BTreeSet<&str> = way(before, at)
            .into_iter()
            .flat_map(|leg| {
                let leg = &self.legs[leg];
                let from = if let Station::Host(host) = &leg.from { Some(host.as_str()) } else { None };
                [Some(leg.to.as_str()), from]
            })
            .flatten()
            .collect();
        been.iter().any(|host| same_host(host, to))
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

/// The legs up to this one.
fn way(before: &[Option<Step>], at: usize) -> Vec<usize> {
    let mut legs = vec![at];
    let mut here = at;
    while let Some(from) = before[here].and_then(|step| step.from) {
        legs.push(from);
        here = from;
    }
    legs.reverse();
    legs
}

fn begins(leg: &Leg, from: &Origin) -> bool {
    match from {
        Origin::Address(ip) => came_from(leg, *ip),
        Origin::Host(host) => matches!(&leg.from, Station::Host(own) if same_host(own, host)),
        Origin::User { name, domain } => {
            let is = |user: &Option<String>, of: &Option<String>| {
                let user = user.as_deref().is_some_and(|user| user.eq_ignore_ascii_case(name));
                user && same_domain(domain.as_deref(), of.as_deref())
            };
            is(&leg.user, &leg.domain) || is(&leg.source_user, &leg.source_domain)
        }
    }
}

fn came_from(leg: &Leg, ip: IpAddr) -> bool {
    leg.address.as_deref().and_then(|text| text.parse::<IpAddr>().ok()) == Some(ip)
}

/// Whether a user of this domain was asked for. Windows knows a realm (`corp.example`) by its first word, too.
pub fn same_domain(asked: Option<&str>, is: Option<&str>) -> bool {
    asked.is_none_or(|asked| is.is_some_and(|is| same_host(asked, is)))
}

/// Whether two names are one host: the same name, or one the bare name of the other.
pub fn same_host(a: &str, b: &str) -> bool {
    let bare = |name: &str| bare_name(name).to_lowercase();
    a.eq_ignore_ascii_case(b) || ((!a.contains('.') || !b.contains('.')) && bare(a) == bare(b))
}
