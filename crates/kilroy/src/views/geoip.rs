//! Where addresses are, as MaxMind databases say.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use kilroy_findings::views::Land;
use maxminddb::Reader;
use serde::Deserialize;

/// Databases, each in memory.
pub(crate) struct GeoIp(Vec<Reader<Vec<u8>>>);

/// What is read of an entry. Databases of countries, cities and networks have parts of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    country: Country,
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Country {
    iso_code: Option<String>,
}

impl GeoIp {
    pub(crate) fn open(files: &[PathBuf]) -> Result<Self> {
        let open = |file: &PathBuf| {
            Reader::open_readfile(file).with_context(|| {
                format!("--geoip {}: give a MaxMind database such as GeoLite2-Country.mmdb", file.display())
            })
        };
        Ok(Self(files.iter().map(open).collect::<Result<_>>()?))
    }

    /// What the databases say of an address; each adds what those before did not say. An entry that is damaged says nothing.
    pub(crate) fn land(&self, ip: IpAddr) -> Land {
        let mut land = Land::default();
        for database in &self.0 {
            let entry = database.lookup(ip).ok().and_then(|found| found.decode::<Entry>().ok().flatten());
            let Some(entry) = entry else { continue };
            land.country = land.country.or(entry.country.iso_code);
            land.asn = land.asn.or(entry.autonomous_system_number);
            land.organization = land.organization.or(entry.autonomous_system_organization);
        }
        land
    }
}
