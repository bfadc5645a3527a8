//! From what belongs together to the rows of the table.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{
    Certainty, Hop, HopKey, HopMethod, HopMissing, HopProof, HopRole, HopSide, HopSides, HopUid, Timestamp,
    WhyMissing,
};

use super::arrival::Arrival;
use super::deed::{Deed, Deeds, rank};
use super::departure::{Departure, Record, log};
use super::matching::{Match, Matching, Origin};
use super::presence::Presence;
use super::reach::Logs;
use super::service::Services;
use super::unit::Unit;
use crate::hosts::{HostId, Hosts};

/// Records of the side that is left that a hop lists at most.
const PROOFS: usize = 12;
/// A client that was started this long before its connection, at most, is not told twice.
const STARTED_BEFORE_MILLIS: u64 = 30 * 60_000;

/// Everything that rows are made of.
pub(super) struct Assembly<'a> {
    pub(super) hosts: &'a Hosts,
    pub(super) arrivals: &'a [Arrival],
    pub(super) departures: &'a [Departure],
    pub(super) units: &'a [Unit],
    pub(super) matching: &'a Matching,
    pub(super) presence: &'a Presence<'a>,
    pub(super) deeds: &'a Deeds,
    pub(super) logs: &'a Logs,
}

impl Assembly<'_> {
    /// All hops, in the order of time.
    pub(super) fn hops(&self) -> Vec<Hop> {
        let mut hops: Vec<Hop> = Vec::new();
        for (at, arrival) in self.arrivals.iter().enumerate() {
            let origin = &self.matching.origins[at];
            hops.extend(match &self.matching.matches[at] {
                Some(found) => Some(self.both(arrival, origin, found)),
                None => self.reached(arrival, origin),
            });
        }
        let told = self.told();
        for (at, unit) in self.units.iter().enumerate() {
            if !self.matching.used[at]
                && says_enough(unit)
                && !(unit.is_client_only() && already(unit, &told))
            {
                hops.push(self.left(unit));
            }
        }
        hops.sort_by_key(|hop| (hop.time, hop.hop_uid));
        hops
    }

    /// When somebody went from one host to another, by more than a client's start.
    fn told(&self) -> BTreeMap<(HostId, Option<HostId>), Vec<Timestamp>> {
        let mut told: BTreeMap<_, Vec<Timestamp>> = BTreeMap::new();
        for unit in self.units.iter().filter(|unit| !unit.is_client_only()) {
            told.entry((unit.host, unit.target)).or_default().push(unit.first());
        }
        for times in told.values_mut() {
            times.sort_unstable();
        }
        told
    }

    /// The side that was reached, and what was done there.
    fn arrived(&self, arrival: &Arrival) -> (Hop, Vec<Deed>) {
        let done = self.deeds.of(arrival.host, &arrival.luids, arrival.start, arrival.end);
        let mut proofs: Vec<HopProof> =
            arrival.records.iter().map(|record| proof(HopSide::Target, HopRole::Session, record)).collect();
        proofs.extend(done.iter().map(|deed| proof(HopSide::Target, deed.role, &deed.record)));
        let hop = Hop {
            hop_uid: HopUid(arrival.uid.0),
            time: arrival.attempt,
            method: method(arrival, &done, None),
            outcome: Some(arrival.outcome),
            certainty: Certainty::Possible,
            sides: HopSides::Target,
            source_host: None,
            source_candidates: Vec::new(),
            source_address: arrival.ip.map(|ip| ip.to_string()),
            source_port: arrival.port,
            source_session: None,
            source_user: None,
            source_domain: None,
            source_time: None,
            target_host: self.hosts.name(arrival.host).to_owned(),
            target_known: true,
            target_address: None,
            target_session: Some(arrival.uid),
            user: arrival.user.as_deref().map(str::to_owned),
            domain: arrival.domain.as_deref().map(str::to_owned),
            target_time: Some(arrival.attempt),
            end: arrival.end,
            clock_difference_ms: None,
            clock_error_ms: None,
            keys: Vec::new(),
            proofs,
            missing: Vec::new(),
        };
        (hop, done)
    }

    fn both(&self, arrival: &Arrival, origin: &Origin, found: &Match) -> Hop {
        let unit = &self.units[found.unit];
        let (mut hop, done) = self.arrived(arrival);
        self.leave(&mut hop, unit);
        hop.method = method(arrival, &done, Some(unit));
        hop.sides = HopSides::Both;
        let clock = self.matching.clock(unit.host, arrival.host);
        hop.clock_difference_ms = clock.map(|c| c.millis);
        hop.clock_error_ms = clock.map(|c| c.error);
        hop.keys = found.keys.iter().copied().collect();
        hop.certainty = certainty(&found.keys, origin, unit.host);
        if unit.is_rdp() && !unit.has(HopRole::TargetName) {
            let why = self.logs.why(unit.host, log::RDP_CLIENT, unit.first());
            hop.missing.push(missing(HopSide::Source, log::RDP_CLIENT, 1024, why));
        }
        hop
    }

    /// A session whose address or client is a host of the case, and nothing on that host tells of it.
    fn reached(&self, arrival: &Arrival, origin: &Origin) -> Option<Hop> {
        let mut sources = origin.hosts();
        sources.remove(&arrival.host);
        let first = *sources.first()?;
        let (mut hop, _) = self.arrived(arrival);
        hop.keys.extend((origin.client == Some(first)).then_some(HopKey::ClientName));
        let by_address = origin.address.all().contains(&first);
        hop.keys.extend(by_address.then_some(HopKey::Address));
        if sources.len() > 1 || origin.is_open() {
            hop.source_candidates = sources.iter().map(|host| self.hosts.name(*host).to_owned()).collect();
            return Some(hop);
        }
        hop.certainty = Certainty::Likely;
        hop.source_host = Some(self.hosts.name(first).to_owned());
        let clock = self.matching.clock(first, arrival.host);
        hop.clock_difference_ms = clock.map(|c| c.millis);
        hop.clock_error_ms = clock.map(|c| c.error);
        let left = arrival.attempt.plus_millis(-clock.map_or(0, |c| c.millis));
        hop.missing = self.not_left(first, arrival.services, left);
        Some(hop)
    }

    /// What the side that was left has not, and why.
    fn not_left(&self, host: HostId, services: Services, at: Timestamp) -> Vec<HopMissing> {
        let mut all = Vec::new();
        if services == Services::RDP {
            let why = self.logs.why(host, log::RDP_CLIENT, at);
            all.push(missing(HopSide::Source, log::RDP_CLIENT, 1024, why));
        }
        // Whether these are written depends on what is asked to be: where the log covers the time, nothing is amiss.
        for (log, event_id) in [(log::SECURITY, 4648), (log::SYSMON, 3)] {
            let why = self.logs.why(host, log, at);
            if why != WhyMissing::Unexplained {
                all.push(missing(HopSide::Source, log, event_id, why));
            }
        }
        all
    }

    /// Fills in the side that was left.
    fn leave(&self, hop: &mut Hop, unit: &Unit) {
        let time = unit.reference().0;
        let host = self.hosts.name(unit.host);
        let (session, (user, domain)) = match self.presence.of(host, &unit.by, time) {
            Some((session, names)) => (Some(session), names),
            None => (None, (None, None)),
        };
        let (user, domain) = match user {
            Some(user) => (Some(user), domain),
            None => unit.by.spelled.clone(),
        };
        hop.source_host = Some(host.to_owned());
        hop.source_session = session;
        hop.source_user = user.map(|name| name.to_string());
        hop.source_domain = domain.map(|name| name.to_string());
        hop.source_time = Some(time);
        hop.target_address = unit.ip.map(|ip| ip.to_string());
        let left = unit.records.iter().filter_map(|at| self.departures.get(*at)).take(PROOFS);
        let mut proofs: Vec<HopProof> =
            left.map(|departure| proof(HopSide::Source, departure.role, &departure.record)).collect();
        proofs.append(&mut hop.proofs);
        hop.proofs = proofs;
    }

    /// Somebody went away, and no session elsewhere tells of the arrival.
    fn left(&self, unit: &Unit) -> Hop {
        let first = unit.records.first().and_then(|at| self.departures.get(*at));
        let uid = first.map_or(0, |departure| fold(departure.record.uid.0));
        let time = unit.reference().0;
        let named = unit.name.as_deref().map(str::to_owned).or(unit.ip.map(|ip| ip.to_string()));
        let known = unit.target.map(|host| self.hosts.name(host).to_owned());
        let went =
            unit.has(HopRole::TargetAddress) || (unit.has(HopRole::Connection) && !unit.is_client_only());
        let mut hop = Hop {
            hop_uid: HopUid(uid),
            time,
            method: of_services(unit),
            outcome: None,
            certainty: if went { Certainty::Likely } else { Certainty::Possible },
            sides: HopSides::Source,
            source_host: None,
            source_candidates: Vec::new(),
            source_address: unit.first_from.map(|(ip, _)| ip.to_string()),
            source_port: unit.first_from.map(|(_, port)| port),
            source_session: None,
            source_user: None,
            source_domain: None,
            source_time: None,
            target_known: known.is_some(),
            target_host: known.or(named).unwrap_or_default(),
            target_address: None,
            target_session: None,
            user: unit.goes_as_spelled().map(str::to_owned),
            domain: None,
            target_time: None,
            end: None,
            clock_difference_ms: None,
            clock_error_ms: None,
            keys: Vec::new(),
            proofs: Vec::new(),
            missing: Vec::new(),
        };
        self.leave(&mut hop, unit);
        if let Some(target) = unit.target {
            let clock = self.matching.clock(unit.host, target);
            hop.clock_difference_ms = clock.map(|c| c.millis);
            hop.clock_error_ms = clock.map(|c| c.error);
            let there = time.plus_millis(clock.map_or(0, |c| c.millis));
            let why = self.logs.why(target, log::SECURITY, there);
            hop.missing.push(missing(HopSide::Target, log::SECURITY, 4624, why));
        }
        hop
    }
}

/// Whether records on one side alone are worth a row. Connections to shares and procedures are made all day by the
/// machine itself, and say nothing of people.
fn says_enough(unit: &Unit) -> bool {
    let for_people = Services::RDP.meet(unit.services) || unit.services == Services::SSH;
    let for_people = for_people || unit.services == Services::WIN_RM;
    (unit.target.is_some() || unit.name.is_some() || unit.ip.is_some())
        && (!unit.is_connection_only() || for_people)
}

/// A client's start whose connection is told of already.
fn already(unit: &Unit, told: &BTreeMap<(HostId, Option<HostId>), Vec<Timestamp>>) -> bool {
    let Some(times) = told.get(&(unit.host, unit.target)) else { return false };
    let next = times.partition_point(|time| *time < unit.first());
    times.get(next).is_some_and(|time| time.within_millis(unit.first(), STARTED_BEFORE_MILLIS))
}

fn certainty(keys: &BTreeSet<HopKey>, origin: &Origin, source: HostId) -> Certainty {
    let says = |key| keys.contains(&key);
    let from_there = says(HopKey::ClientName) || says(HopKey::Address);
    let named = from_there && (says(HopKey::NameHash) || says(HopKey::User));
    let alone = origin.hosts() == BTreeSet::from([source]) && !origin.is_open();
    match () {
        () if says(HopKey::Port) => Certainty::Exact,
        () if named || alone => Certainty::Likely,
        () => Certainty::Possible,
    }
}

/// By what means: the most telling of what was done there and of what was started here.
fn method(arrival: &Arrival, done: &[Deed], unit: Option<&Unit>) -> HopMethod {
    if arrival.services == Services::RDP {
        return HopMethod::Rdp;
    }
    if arrival.services == Services::SSH {
        return HopMethod::Ssh;
    }
    let there = done.first().map(|deed| deed.method);
    let here = unit.map(of_services);
    there.into_iter().chain(here).min_by_key(|method| rank(*method)).unwrap_or(HopMethod::Network)
}

fn of_services(unit: &Unit) -> HopMethod {
    unit.method.unwrap_or(match unit.services {
        Services::RDP => HopMethod::Rdp,
        Services::SSH => HopMethod::Ssh,
        Services::WIN_RM => HopMethod::WinRm,
        Services::SMB => HopMethod::Smb,
        _ => HopMethod::Network,
    })
}

fn proof(side: HopSide, role: HopRole, record: &Record) -> HopProof {
    HopProof {
        side,
        role,
        event_uid: record.uid,
        log: record.log.to_string(),
        event_id: record.event_id,
        record_id: record.number,
        time: record.time,
    }
}

fn missing(side: HopSide, log: &str, event_id: u32, why: WhyMissing) -> HopMissing {
    HopMissing { side, log: log.to_owned(), event_id, why }
}

/// 64 bits of 128.
fn fold(uid: u128) -> u64 {
    u64::try_from(uid >> 64 ^ uid & u128::from(u64::MAX)).unwrap_or(0)
}
