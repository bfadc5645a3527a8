//! The time zones of all hosts of a case.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kilroy_case::Case;
use kilroy_model::host_key;
use kilroy_sessions::usage::{HostZone, ZoneRecord};

use super::Zones;
use super::marks::zone_records;

/// Zones by the names of hosts.
pub(crate) struct HostZones {
    known: BTreeMap<String, HostZone>,
    unknown: HostZone,
}

impl HostZones {
    /// As given, else as records say.
    pub(crate) fn of(case: &Case, given: &Zones, threads: usize) -> Result<Self> {
        let mut records: BTreeMap<String, Vec<ZoneRecord>> = BTreeMap::new();
        let mut found = zone_records(case, threads)?;
        let names: BTreeSet<String> = case.hosts()?.iter().map(|row| host_key(&row.host)).collect();
        // A bare name and a full one of one host share their records.
        let shown = kilroy_sessions::one_name_each(names.clone());
        let name = |host: &String| shown.get(host).unwrap_or(host).clone();
        for host in &names {
            records.entry(name(host)).or_default().append(&mut found.remove(host).unwrap_or_default());
        }
        let zone = |(host, records): (String, Vec<ZoneRecord>)| {
            let zone = given.of_host(&host, records);
            (host, zone)
        };
        let mut known: BTreeMap<String, HostZone> = records.into_iter().map(zone).collect();
        for host in &names {
            if let Some(zone) = known.get(&name(host)).cloned() {
                known.entry(host.clone()).or_insert(zone);
            }
        }
        Ok(Self { known, unknown: given.of_host("", Vec::new()) })
    }

    /// The zone of a host.
    pub(crate) fn of_host(&self, host: &str) -> &HostZone {
        self.known.get(host).unwrap_or(&self.unknown)
    }
}
