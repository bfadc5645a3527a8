//! Which host an address was, and when: what logs let slip of it, hour by hour.
//!
//! A host's own connections say it best. A logon that names its workstation, and a logon of a machine's own account, say
//! it as the other side sees it: behind address translation that is the translator's address, and many hosts have it at
//! once. Then all of them come into question.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kilroy_model::{AddressBasis, EventUid, HostAddress, Timestamp};

use crate::hosts::{HostId, Hosts};

/// Sightings are kept by spans of this length: one is as good as a thousand, and memory stays bounded.
const SPAN: i64 = 6 * HOUR;
const HOUR: i64 = 3600 * 10_000_000;

/// Spans of a day.
const DAY: i64 = 4;
/// A host that was seen with an address this long before or after is still taken for it, if nobody else was.
const GOOD_FOR: i64 = 7 * 24 * HOUR;

/// What says that an address is a host's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    pub(super) ip: IpAddr,
    pub(super) host: HostId,
    pub(super) basis: AddressBasis,
    pub(super) time: Timestamp,
    pub(super) uid: Option<EventUid>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    first: (Timestamp, Option<EventUid>),
    last: Timestamp,
    count: u64,
}

/// Sightings of one address, by span, host and what says so.
type Spans = BTreeMap<(i64, HostId, AddressBasis), Seen>;

/// All sightings, in whatever order they come.
#[derive(Debug, Clone, Default)]
pub(super) struct Sightings {
    seen: BTreeMap<IpAddr, Spans>,
    /// Spans in which a machine that is none of the case had the address.
    strangers: BTreeMap<IpAddr, BTreeSet<i64>>,
}

impl Sightings {
    pub(super) fn add(&mut self, sighting: Sighting) {
        if sighting.ip.is_loopback() || sighting.ip.is_unspecified() {
            return;
        }
        let span = sighting.time.ticks().div_euclid(SPAN);
        let new = (sighting.time, sighting.uid);
        let seen = self
            .seen
            .entry(sighting.ip)
            .or_default()
            .entry((span, sighting.host, sighting.basis))
            .or_insert(Seen { first: new, last: sighting.time, count: 0 });
        seen.first = seen.first.min(new);
        seen.last = seen.last.max(sighting.time);
        seen.count += 1;
    }

    /// A machine that is none of the case came from an address.
    pub(super) fn add_stranger(&mut self, ip: IpAddr, time: Timestamp) {
        self.strangers.entry(ip).or_default().insert(time.ticks().div_euclid(SPAN));
    }

    /// The hosts that an address can have been at a time, the best first; empty if nobody was seen with it.
    pub(super) fn candidates(&self, ip: IpAddr, at: Timestamp) -> Candidates {
        let Some(seen) = self.seen.get(&ip) else { return Candidates::default() };
        let span = at.ticks().div_euclid(SPAN);
        let day = span - DAY..=span + DAY;
        let strangers = self.strangers.get(&ip).is_some_and(|spans| spans.range(day).next().is_some());
        // Whose own address it was: then whoever else is named by others only came through it.
        let own = nearest(seen, at, |basis| basis == AddressBasis::Own);
        let reached = nearest(seen, at, |basis| basis == AddressBasis::Reached);
        let named = nearest(seen, at, |basis| !matches!(basis, AddressBasis::Own | AddressBasis::Reached));
        let owners = if own.is_empty() { reached } else { own };
        Candidates { owners, named, strangers }
    }

    /// Every address with every host that had it, for people to read.
    pub(super) fn table(&self, hosts: &Hosts) -> Vec<HostAddress> {
        let mut rows = Vec::new();
        for (ip, seen) in &self.seen {
            let mut spans: BTreeMap<(HostId, AddressBasis), Seen> = BTreeMap::new();
            for ((_, host, basis), new) in seen {
                spans
                    .entry((*host, *basis))
                    .and_modify(|whole| {
                        whole.first = whole.first.min(new.first);
                        whole.last = whole.last.max(new.last);
                        whole.count += new.count;
                    })
                    .or_insert(*new);
            }
            for ((host, basis), whole) in &spans {
                let others = spans.iter().any(|((other, _), span)| {
                    other != host && span.first.0 <= whole.last && whole.first.0 <= span.last
                });
                rows.push(HostAddress {
                    address: ip.to_string(),
                    host: hosts.name(*host).to_owned(),
                    first: whole.first.0,
                    last: whole.last,
                    basis: *basis,
                    sightings: whole.count,
                    shared: others,
                    event_uid: whole.first.1,
                });
            }
        }
        rows
    }
}

/// The hosts that an address can have been.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// It was their own.
    pub(super) owners: BTreeSet<HostId>,
    /// Others name them together with it.
    pub(super) named: BTreeSet<HostId>,
    /// Machines that are none of the case had it on that day, too.
    pub(super) strangers: bool,
}

impl Candidates {
    /// All of them.
    pub(super) fn all(&self) -> BTreeSet<HostId> {
        self.owners.union(&self.named).copied().collect()
    }
}

/// The hosts seen nearest to a time: all that were seen in its own span or beside it; else those of the nearest span before
/// and of the nearest after.
fn nearest(seen: &Spans, at: Timestamp, fits: impl Fn(AddressBasis) -> bool) -> BTreeSet<HostId> {
    let span = at.ticks().div_euclid(SPAN);
    let key = |span: i64| (span, HostId::FIRST, AddressBasis::Own);
    let fitting = |from: i64, to: i64| {
        let hosts = seen.range(key(from)..key(to + 1)).filter(|((_, _, basis), _)| fits(*basis));
        hosts.map(|((span, host, _), _)| (*span, *host))
    };
    let here: BTreeSet<HostId> = fitting(span - 1, span + 1).map(|(_, host)| host).collect();
    if !here.is_empty() {
        return here;
    }
    let reach = GOOD_FOR / SPAN;
    let before = fitting(span - reach, span - 2).next_back().map(|(s, _)| s);
    let after = fitting(span + 2, span + reach).next().map(|(s, _)| s);
    before.into_iter().chain(after).flat_map(|s| fitting(s, s)).map(|(_, host)| host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_715_644_800 * 10_000_000;

    fn hour(n: i64) -> Timestamp {
        Timestamp::from_ticks(START + n * HOUR)
    }

    fn hosts() -> Hosts {
        Hosts::new(["a", "b", "gate"].map(str::to_owned))
    }

    fn sightings(list: &[(&str, AddressBasis, i64)]) -> Sightings {
        let hosts = hosts();
        let mut all = Sightings::default();
        for (host, basis, at) in list {
            let host = hosts.of_record(host).expect("a host");
            let ip = "10.0.0.5".parse().expect("an address");
            all.add(Sighting { ip, host, basis: *basis, time: hour(*at), uid: None });
        }
        all
    }

    fn names(set: &BTreeSet<HostId>) -> Vec<String> {
        set.iter().map(|host| hosts().name(*host).to_owned()).collect()
    }

    fn at(all: &Sightings, n: i64) -> (Vec<String>, Vec<String>) {
        let found = all.candidates("10.0.0.5".parse().expect("an address"), hour(n));
        (names(&found.owners), names(&found.named))
    }

    #[test]
    fn an_address_that_wanders() {
        use AddressBasis::Own;
        let all = sightings(&[("a", Own, 0), ("a", Own, 30), ("b", Own, 100), ("b", Own, 130)]);
        assert_eq!(at(&all, 10).0, ["a"]);
        assert_eq!(at(&all, 120).0, ["b"]);
        assert_eq!(at(&all, 60).0, ["a", "b"], "between the two it may be either");
        assert_eq!(at(&all, 1000).0, Vec::<String>::new(), "too long after");
    }

    #[test]
    fn translation_names_several() {
        use AddressBasis::{MachineAccount, Own, Workstation};
        let all = sightings(&[("a", Workstation, 1), ("b", MachineAccount, 2), ("gate", Own, 1)]);
        assert_eq!(at(&all, 2), (vec!["gate".to_owned()], vec!["a".to_owned(), "b".to_owned()]));
        let table = all.table(&hosts());
        assert_eq!(table.len(), 3);
        assert!(table.iter().any(|row| row.shared));
    }
}
