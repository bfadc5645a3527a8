//! Hops: who went from which machine to which, as both machines tell of it.
//!
//! In reading order: `departure` is a record on the side that is left, `unit` what belongs to one going away, `arrival` a
//! session that came from elsewhere, `handover` a desktop that appeared on the connection of another user, `deed` what was done there; `addresses` says which host an address was, `clock` how
//! far two clocks are apart; `matching` finds out which unit is which arrival, and `assemble` makes rows of it.
//! [`Finder`] takes everything in and gives the rows.
//!
//! What is in memory are the sessions that came from elsewhere and the records that go there, in short. Each is compared with
//! a bounded number of others that lie near it in time: the cost is that of sorting them.

mod addresses;
mod arrival;
mod assemble;
mod called;
mod client_command;
mod clock;
mod deed;
mod departure;
mod handover;
mod matching;
mod name_hash;
mod open;
mod presence;
mod reach;
mod service;
#[cfg(test)]
mod tests;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kilroy_model::{
    AccessSession, AddressBasis, Hop, HopRole, HostAddress, LogCoverage, SessionOutcome, SourceAddress,
    bare_name, host_key, parse_source,
};

use crate::Observation;
use crate::activity::SessionIndex;
use crate::hosts::{HostId, Hosts};
use addresses::{Sighting, Sightings};
use arrival::Arrival;
use assemble::Assembly;
use deed::Deeds;
use departure::{Departure, Texts, is_outgoing, is_to_a_service, log};
use handover::Handovers;
use name_hash::KnownNames;
use presence::{Accounts, Presence};
use reach::Logs;

/// Which events are looked at, as filters of the event table: an event that one of them lets through is to be observed. Others
/// may be as well: they say nothing here.
pub const EVENTS: &[&str] = &[
    "event_id:1024,1029,1102 channel:Microsoft-Windows-TerminalServices-RDPClient/Operational",
    "event_id:1,4648,4688,4697,4698,5140,5145,7045",
    "event_id:3,5156 dst_port:22,135,139,445,3389,5985,5986",
    "event_id:4768 user:*$",
];

/// A name of the Remote Desktop client belongs to the address that it reaches within this time.
const REACHED_WITHIN_MILLIS: u64 = 120_000;

/// Takes in sessions, then events, and finds the hops.
#[derive(Debug, Default)]
pub struct Finder {
    hosts: Hosts,
    texts: Texts,
    arrivals: Vec<Arrival>,
    departures: Vec<Departure>,
    sightings: Sightings,
    accounts: Accounts,
    deeds: Deeds,
    logs: Logs,
    users: BTreeSet<(String, String)>,
    handovers: Handovers,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Hops, in the order of time.
    pub hops: Vec<Hop>,
    /// Addresses that were hosts', in the order of addresses.
    pub addresses: Vec<HostAddress>,
}

impl Finder {
    /// For a case with these hosts, by every name that records and sessions have for them.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { hosts: Hosts::new(names), ..Self::default() }
    }

    /// Takes in how far a log reaches.
    pub fn log(&mut self, log: &LogCoverage) {
        if let Some(host) = self.hosts.of_record(&host_key(&log.computer)) {
            self.logs.add(log, host);
        }
    }

    /// Takes in a session with its sources, background too. All sessions come before the first event.
    pub fn session(&mut self, session: &AccessSession) {
        let Some(host) = self.hosts.of_record(&session.computer) else { return };
        self.see_client(session, host);
        if !session.background {
            self.person(session, host);
        }
    }

    fn person(&mut self, session: &AccessSession, host: HostId) {
        if session.outcome == SessionOutcome::Success
            && let Some(user) = &session.user
        {
            self.users.insert((user.clone(), session.domain.clone().unwrap_or_default()));
            self.accounts.session(session, &mut self.texts);
        }
        self.handovers.session(session, host, &mut self.texts);
        if let Some(arrival) = Arrival::of(session, host, &mut self.texts) {
            arrival.luids.iter().for_each(|luid| self.deeds.want(host, *luid));
            self.arrivals.push(arrival);
        }
    }

    /// A session says whose its source address is: by the client's name, or because a machine itself logged on.
    fn see_client(&mut self, session: &AccessSession, host: HostId) {
        let Some(SourceAddress::Ip(ip, _)) = session.ip.as_deref().map(parse_source) else { return };
        let Some(time) = session.start.or(session.attempt) else { return };
        let machine = session.user.as_deref().and_then(|user| user.strip_suffix('$'));
        let client = session.client.as_deref().map(bare_name);
        let said = [(machine, AddressBasis::MachineAccount), (client, AddressBasis::Workstation)];
        for (name, basis) in said {
            let named = name.and_then(|name| self.hosts.named(&host_key(name)));
            if name.is_some_and(|name| !self.hosts.is_known(&host_key(name))) {
                self.sightings.add_stranger(ip, time);
            }
            if let Some(named) = named.filter(|named| *named != host) {
                let uid = session.sources.first().map(|source| source.event_uid);
                self.sightings.add(Sighting { ip, host: named, basis, time, uid });
            }
        }
    }

    /// Takes in an event.
    pub fn observe(&mut self, seen: &Observation) {
        let Some(host) = self.hosts.of_record(&seen.host) else { return };
        self.see_address(seen, host);
        self.deeds.add(seen, host, &mut self.texts);
        let Some(departure) = Departure::of(seen, host, &mut self.texts) else { return };
        for who in [&departure.by, &departure.as_whom].into_iter().filter(|who| !who.is_nobody()) {
            if let (Some(user), domain) = &who.spelled {
                self.users.insert((user.to_string(), domain.as_deref().unwrap_or_default().to_owned()));
            }
        }
        self.departures.push(departure);
    }

    /// An event says which address is the host's own, or whose an address is.
    fn see_address(&mut self, seen: &Observation, host: HostId) {
        let said = match (seen.log.as_str(), seen.event_id) {
            (log::SECURITY, 5156) | (log::SYSMON, 3) if !is_to_a_service(seen) => None,
            (log::SECURITY, 5156) => seen.source.ip.filter(|_| is_outgoing(seen)).map(|ip| (ip, host)),
            (log::SYSMON, 3) if is_outgoing(seen) => seen.source.ip.map(|ip| (ip, host)),
            (log::SYSMON, 3) => seen.target.ip.map(|ip| (ip, host)),
            (log::SECURITY, 4768) => {
                // `PC$`, or `PC$@REALM`: people may be called like machines.
                let machine = seen.account.user.as_deref().and_then(|user| Some(user.split_once('$')?.0));
                seen.source.ip.zip(machine.and_then(|name| self.hosts.named(&host_key(name))))
            }
            _ => None,
        };
        let Some((ip, whose)) = said else { return };
        let basis = if seen.event_id == 4768 { AddressBasis::MachineAccount } else { AddressBasis::Own };
        if basis == AddressBasis::Own || whose != host {
            self.sightings.add(Sighting { ip, host: whose, basis, time: seen.time, uid: Some(seen.uid) });
        }
    }

    /// Finds the hops. `index`: of all sessions.
    pub fn finish(mut self, index: &SessionIndex) -> Found {
        self.accounts.sort();
        self.departures.sort_unstable_by(|a, b| (a.host, &a.record).cmp(&(b.host, &b.record)));
        self.departures.dedup_by(|a, b| a.record.uid == b.record.uid);
        self.handovers.correct(&mut self.arrivals);
        self.arrivals.sort_unstable_by_key(|arrival| (arrival.host, arrival.attempt, arrival.uid));
        self.see_reached();
        self.see_ports();
        let (hosts, seen) = (&self.hosts, &self.sightings);
        self.departures.retain(|departure| !unit::stays_at_home(departure, hosts, seen));
        let known = KnownNames::new(&self.users);
        let units = unit::units(&self.departures, &self.hosts, &self.sightings, &known);
        self.arrivals.retain(matching::can_be_hops(&units, &self.hosts, &self.sightings));
        self.arrivals.shrink_to_fit();
        let matching = matching::matching(&self.arrivals, &units, &self.hosts, &self.sightings);
        let hops = Assembly {
            hosts: &self.hosts,
            arrivals: &self.arrivals,
            departures: &self.departures,
            units: &units,
            matching: &matching,
            presence: &Presence { index, accounts: &self.accounts },
            deeds: &self.deeds,
            logs: &self.logs,
        }
        .hops();
        Found { hops, addresses: self.sightings.table(&self.hosts) }
    }

    /// A name that the Remote Desktop client, or the resolver, has for an address says whose it is.
    fn see_reached(&mut self) {
        let mut last: Option<&Departure> = None;
        for departure in &self.departures {
            let named = match departure.role {
                HopRole::TargetName => {
                    last = Some(departure);
                    continue;
                }
                HopRole::TargetAddress => last.filter(|named| {
                    named.host == departure.host
                        && named.by.sid == departure.by.sid
                        && named.record.time.within_millis(departure.record.time, REACHED_WITHIN_MILLIS)
                }),
                HopRole::Connection => Some(departure),
                _ => None,
            };
            let name = named.and_then(|named| named.name.as_deref());
            let host = name.and_then(|name| self.hosts.named(name)).filter(|host| *host != departure.host);
            if let (Some(host), Some(ip)) = (host, departure.ip) {
                let (time, uid) = (departure.record.time, Some(departure.record.uid));
                self.sightings.add(Sighting { ip, host, basis: AddressBasis::Reached, time, uid });
            }
        }
    }

    /// A port that both sides name says whose address it was that the connection went to.
    fn see_ports(&mut self) {
        let mut ends: BTreeMap<(IpAddr, u16), Vec<&Arrival>> = BTreeMap::new();
        for arrival in &self.arrivals {
            if let Some(end) = arrival.ip.zip(arrival.port) {
                ends.entry(end).or_default().push(arrival);
            }
        }
        for departure in &self.departures {
            let Some((from, ip)) = departure.from.zip(departure.ip) else { continue };
            let within = u64::try_from(matching::FURTHEST_MILLIS).unwrap_or(0);
            let mut reached = ends.get(&from).into_iter().flatten().filter(|arrival| {
                arrival.services.meet(departure.services)
                    && arrival.host != departure.host
                    && arrival.attempt.within_millis(departure.record.time, within)
            });
            if let (Some(one), None) = (reached.next(), reached.next()) {
                let (time, uid) = (departure.record.time, Some(departure.record.uid));
                self.sightings.add(Sighting { ip, host: one.host, basis: AddressBasis::Reached, time, uid });
            }
        }
    }
}
