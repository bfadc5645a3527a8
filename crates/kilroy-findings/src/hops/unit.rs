//! One going away: the records on one side that are about one connection, or one command.
//!
//! Somebody who goes to another machine leaves several records on the one that is left: the client's start, the name that
//! was typed, credentials, a connection. They are put together by time, machine and account; a second connection, a second
//! name or a second start begins anew.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{HopMethod, HopRole, Timestamp, may_be_one_host};

use super::addresses::Sightings;
use super::departure::{Departure, Who};
use super::name_hash::KnownNames;
use super::open::Open;
use super::service::Services;
use crate::hosts::{HostId, Hosts};

/// Between two records of one going away, at most: somebody types a password meanwhile.
const RDP_GAP_MILLIS: u64 = 120_000;
/// The same without anybody who types.
const GAP_MILLIS: u64 = 15_000;
/// Two logs tell of one start of a program, or of one use of credentials, within this time.
const SAME_MILLIS: u64 = 3_000;

/// One going away.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) host: HostId,
    /// The host that is meant, if it is one of the case.
    pub(super) target: Option<HostId>,
    pub(super) name: Option<Arc<str>>,
    pub(super) ip: Option<IpAddr>,
    pub(super) services: Services,
    pub(super) method: Option<HopMethod>,
    /// Own ends of its connections.
    pub(super) from: BTreeSet<(IpAddr, u16)>,
    /// The one that was logged first.
    pub(super) first_from: Option<(IpAddr, u16)>,
    pub(super) by: Who,
    /// As whom, in small letters.
    pub(super) as_user: Option<Arc<str>>,
    /// As whom, by the hash of the name.
    pub(super) hashed: Option<Arc<str>>,
    /// Both as logged, or as typed: by the hash, by credentials or a command.
    spelled: (Option<Arc<str>>, Option<Arc<str>>),
    /// Its records: places in the list of departures.
    pub(super) records: Vec<usize>,
    first: Timestamp,
    last: Timestamp,
    roles: BTreeMap<HopRole, Timestamp>,
}

/// From when to when, after a record on one side, the first sign on the other one comes, if both went by one clock; and
/// when it mostly comes. In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Latency {
    pub(super) least: i64,
    pub(super) mostly: i64,
    pub(super) most: i64,
}

/// What a record's time says of the time of the first sign on the other side.
const fn latency(role: HopRole, rdp: bool) -> Latency {
    let (least, mostly, most) = match (role, rdp) {
        // Sysmon writes some seconds late under load; the listener logs at once, a logon after its handshake.
        (HopRole::Connection, _) => (-3_000, 0, 5_000),
        (HopRole::Credentials, false) => (-5_000, 0, 5_000),
        // The client names the machine, then connects; a name has to be found first.
        (HopRole::TargetName, _) => (-1_000, 1_000, 60_000),
        // The listener has taken the connection before somebody types a password.
        (HopRole::TargetAddress | HopRole::Credentials, _) => (-60_000, -3_000, 2_000),
        (HopRole::NameHash, _) => (-30_000, 0, 60_000),
        _ => (-1_000, 5_000, 120_000),
    };
    Latency { least, mostly, most }
}

impl Unit {
    fn new(departure: &Departure, target: Option<HostId>) -> Self {
        Self {
            host: departure.host,
            target,
            name: None,
            ip: None,
            services: departure.services,
            method: None,
            from: BTreeSet::new(),
            first_from: None,
            by: Who::default(),
            as_user: None,
            hashed: None,
            spelled: (None, None),
            records: Vec::new(),
            first: departure.record.time,
            last: departure.record.time,
            roles: BTreeMap::new(),
        }
    }

    /// The record that says best when the other side must have seen the first sign: its time, and how far that is off.
    pub(super) fn reference(&self) -> (Timestamp, Latency) {
        const BEST_FIRST: [HopRole; 6] = [
            HopRole::Connection,
            HopRole::TargetName,
            HopRole::Credentials,
            HopRole::TargetAddress,
            HopRole::NameHash,
            HopRole::Client,
        ];
        let rdp = self.is_rdp();
        let best =
            BEST_FIRST.into_iter().find_map(|role| Some((*self.roles.get(&role)?, latency(role, rdp))));
        best.unwrap_or((self.first, latency(HopRole::Client, rdp)))
    }

    /// Its first record's time.
    pub(super) fn first(&self) -> Timestamp {
        self.first
    }

    pub(super) fn has(&self, role: HopRole) -> bool {
        self.roles.contains_key(&role)
    }

    /// Nothing but a program's start.
    pub(super) fn is_client_only(&self) -> bool {
        self.roles.keys().all(|role| *role == HopRole::Client)
    }

    /// Nothing but a connection.
    pub(super) fn is_connection_only(&self) -> bool {
        self.roles.keys().all(|role| *role == HopRole::Connection)
    }

    pub(super) fn is_rdp(&self) -> bool {
        self.services == Services::RDP
    }

    /// The user that it goes as, in small letters: by the hash of what was typed, else as credentials or a command say.
    pub(super) fn goes_as(&self) -> Option<&str> {
        self.hashed.as_deref().or(self.as_user.as_deref())
    }

    /// The same as it was logged or typed.
    pub(super) fn goes_as_spelled(&self) -> Option<&str> {
        self.spelled.0.as_deref().or(self.spelled.1.as_deref())
    }

    fn take(&mut self, at: usize, departure: &Departure, target: Option<HostId>, known: &KnownNames) {
        self.records.push(at);
        self.last = self.last.max(departure.record.time);
        self.roles.entry(departure.role).or_insert(departure.record.time);
        self.services = self.services.both(departure.services).unwrap_or(self.services);
        self.target = self.target.or(target);
        self.method = self.method.or(departure.method);
        if self.name.is_none() {
            self.name.clone_from(&departure.name);
        }
        self.ip = self.ip.or(departure.ip);
        self.from.extend(departure.from);
        self.first_from = self.first_from.or(departure.from);
        if !departure.by.is_nobody() {
            fill(&mut self.by.user, departure.by.user.as_ref());
            fill(&mut self.by.domain, departure.by.domain.as_ref());
            fill(&mut self.by.spelled.0, departure.by.spelled.0.as_ref());
            fill(&mut self.by.spelled.1, departure.by.spelled.1.as_ref());
            fill(&mut self.by.sid, departure.by.sid.as_ref());
            self.by.luid = self.by.luid.or(departure.by.luid);
        }
        fill(&mut self.as_user, departure.as_whom.user.as_ref());
        fill(&mut self.spelled.1, departure.as_whom.spelled.0.as_ref());
        if let Some(name) = departure.hash.as_ref().and_then(|hash| known.whose(hash)) {
            fill(&mut self.hashed, Some(&name.to_lowercase().into()));
            fill(&mut self.spelled.0, Some(&name.into()));
        }
    }

    /// Whether a record can be about the same going away.
    fn fits(&self, departure: &Departure, target: Option<HostId>, activity: bool) -> bool {
        let Some(services) = self.services.both(departure.services) else { return false };
        // A password may be typed meanwhile, if it is plain that both are about one machine.
        let by_client = !matches!(departure.role, HopRole::Connection | HopRole::Credentials);
        let slow = services == Services::RDP && (by_client || self.names_alike(departure, target));
        let gap = if slow { RDP_GAP_MILLIS } else { GAP_MILLIS };
        let in_time = self.last.within_millis(departure.record.time, gap);
        in_time
            && (activity || self.same_machine(departure, target))
            && agree(self.by.luid.as_ref(), departure.by.luid.filter(|_| !departure.by.is_nobody()).as_ref())
            && agree(self.by.sid.as_ref(), departure.by.sid.as_ref().filter(|_| !departure.by.is_nobody()))
            && agree(self.as_user.as_ref(), departure.as_whom.user.as_ref())
            && !self.begins_anew(departure)
    }

    /// Both name the machine, and it is the same one.
    fn names_alike(&self, departure: &Departure, target: Option<HostId>) -> bool {
        (self.target.is_some() && self.target == target)
            || (self.name.is_some() && self.name == departure.name)
            || (self.ip.is_some() && self.ip == departure.ip)
    }

    fn same_machine(&self, departure: &Departure, target: Option<HostId>) -> bool {
        if let (Some(own), Some(other)) = (self.target, target) {
            return own == other;
        }
        let named = self.name.as_deref().zip(departure.name.as_deref());
        named.is_none_or(|(own, other)| may_be_one_host(own, other))
            && agree(self.ip.as_ref(), departure.ip.as_ref())
    }

    fn begins_anew(&self, departure: &Departure) -> bool {
        let Some(known) = self.roles.get(&departure.role) else {
            // A client that starts after its connection is another one.
            return departure.role == HopRole::Client
                && !self.last.within_millis(departure.record.time, SAME_MILLIS);
        };
        let again = !known.within_millis(departure.record.time, SAME_MILLIS);
        match departure.role {
            HopRole::Connection => {
                let new_port = departure.from.is_some_and(|from| !self.from.contains(&from));
                // The client connects again once a password was typed.
                new_port && (!self.is_rdp() || self.has(HopRole::TargetAddress))
            }
            HopRole::Credentials => again && !self.is_rdp(),
            HopRole::Client | HopRole::TargetName | HopRole::TargetAddress | HopRole::NameHash => again,
            _ => false,
        }
    }
}

fn fill(own: &mut Option<Arc<str>>, new: Option<&Arc<str>>) {
    if own.is_none() {
        *own = new.cloned();
    }
}

/// Both say the same, or one says nothing.
fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_none() || b.is_none() || a == b
}

/// Puts records together that are about one going away. The records must be sorted by host and time.
pub(super) fn units(
    departures: &[Departure],
    hosts: &Hosts,
    seen: &Sightings,
    known: &KnownNames,
) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut open = Open::default();
    let mut host: Option<HostId> = None;
    for (at, departure) in departures.iter().enumerate() {
        if host.replace(departure.host) != Some(departure.host) {
            open = Open::default();
        }
        let target = meant(departure, hosts, seen);
        let same_activity = |unit: &Unit| {
            departure
                .activity
                .is_some_and(|own| unit.records.iter().any(|n| departures[*n].activity == Some(own)))
        };
        let fitting = open.candidates(departure, target).into_iter().rev().find(|n| {
            let unit = &units[*n];
            unit.fits(departure, target, same_activity(unit))
        });
        let unit = fitting.unwrap_or_else(|| {
            units.push(Unit::new(departure, target));
            units.len() - 1
        });
        units[unit].take(at, departure, target, known);
        open.note(unit, &units[unit], departure);
    }
    units
}

/// The machine that a record means is the one that it was written on.
pub(super) fn stays_at_home(departure: &Departure, hosts: &Hosts, seen: &Sightings) -> bool {
    meant(departure, hosts, seen) == Some(departure.host)
}

/// The host of the case that a record means.
fn meant(departure: &Departure, hosts: &Hosts, seen: &Sightings) -> Option<HostId> {
    let by_name = departure.name.as_deref().and_then(|name| hosts.named(name));
    let by_address = || {
        let owners = seen.candidates(departure.ip?, departure.record.time).owners;
        (owners.len() == 1).then(|| owners.first().copied()).flatten()
    };
    by_name.or_else(by_address)
}
