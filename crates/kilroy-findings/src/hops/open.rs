//! Goings-away of one host that a further record can still be about, found by what the record names.
//!
//! A scan of a network begins thousands of them within a minute: a record is compared with the newest of those that name
//! what it names, and of those that leave it open.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kilroy_model::{Guid, netbios_key};

use super::departure::Departure;
use super::unit::Unit;
use crate::hosts::HostId;

/// Of each kind, so many are looked at: what began before them has had its records.
const NEWEST: usize = 64;

/// Numbers of units, oldest first, by what they name. What they name no more is told by looking at them.
#[derive(Debug, Default)]
pub(super) struct Open {
    all: Newest,
    by_activity: BTreeMap<Guid, Newest>,
    by_target: BTreeMap<HostId, Newest>,
    by_ip: BTreeMap<IpAddr, Newest>,
    without_ip: Newest,
    by_name: BTreeMap<String, Newest>,
    without_name: Newest,
}

/// The newest of many numbers.
#[derive(Debug, Default)]
struct Newest(Vec<usize>);

impl Newest {
    fn add(&mut self, unit: usize) {
        if self.0.contains(&unit) {
            return;
        }
        if self.0.len() == 2 * NEWEST {
            self.0.drain(..NEWEST);
        }
        self.0.push(unit);
    }

    fn of(list: Option<&Self>) -> &[usize] {
        list.map_or(&[], |list| &list.0[list.0.len().saturating_sub(NEWEST)..])
    }
}

impl Open {
    /// Those that a record may be about, oldest first.
    pub(super) fn candidates(&self, departure: &Departure, target: Option<HostId>) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let activity = departure.activity.and_then(|activity| self.by_activity.get(&activity));
        let of_target = target.and_then(|target| self.by_target.get(&target));
        found.extend([Newest::of(activity), Newest::of(of_target)].concat());
        if let Some(ip) = departure.ip {
            found.extend(Newest::of(self.by_ip.get(&ip)));
            found.extend(Newest::of(Some(&self.without_ip)));
        } else if let Some(name) = departure.name.as_deref() {
            found.extend(Newest::of(self.by_name.get(&netbios_key(name))));
            found.extend(Newest::of(Some(&self.without_name)));
        } else {
            found.extend(Newest::of(Some(&self.all)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// A unit has taken a record.
    pub(super) fn note(&mut self, number: usize, unit: &Unit, departure: &Departure) {
        let is_new = unit.records.len() == 1;
        if is_new {
            self.all.add(number);
        }
        if let Some(activity) = departure.activity {
            self.by_activity.entry(activity).or_default().add(number);
        }
        if let Some(target) = unit.target {
            self.by_target.entry(target).or_default().add(number);
        }
        match unit.ip {
            Some(ip) => self.by_ip.entry(ip).or_default().add(number),
            None if is_new => self.without_ip.add(number),
            None => {}
        }
        match &unit.name {
            Some(name) => self.by_name.entry(netbios_key(name)).or_default().add(number),
            None if is_new => self.without_name.add(number),
            None => {}
        }
    }
}
