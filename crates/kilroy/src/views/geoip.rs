//! Where addresses are, as MaxMind databases say.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use kilroy_catalog::Language;
use kilroy_findings::views::Land;
use maxminddb::{MaxMindDbError, Reader, Within, WithinOptions};
use serde::Deserialize;

use crate::Outcome;
use crate::notice;
use crate::output::count;

/// Databases, each in memory.
pub(crate) struct GeoIp(Vec<Database>);

struct Database {
    file: PathBuf,
    reader: Reader<Vec<u8>>,
    /// Addresses whose entry could not be read.
    failed: RefCell<BTreeSet<IpAddr>>,
}

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
        Ok(Self(files.iter().map(Database::open).collect::<Result<_>>()?))
    }

    /// What the databases say of an address; each adds what those before did not say. An entry that is damaged says nothing.
    pub(crate) fn land(&self, ip: IpAddr) -> Land {
        let mut land = Land::default();
        for entry in self.0.iter().filter_map(|database| database.entry(ip)) {
            land.country = land.country.or(entry.country.iso_code);
            land.asn = land.asn.or(entry.autonomous_system_number);
            land.organization = land.organization.or(entry.autonomous_system_organization);
        }
        land
    }

    /// At the end: which databases could not be read everywhere.
    pub(crate) fn tell(&self, language: Language) -> Outcome {
        let mut outcome = Outcome::Done;
        for database in &self.0 {
            let failed = database.failed.borrow().len();
            if failed > 0 {
                outcome = Outcome::Losses;
                let (file, number) = (database.file.display(), count(failed as u64));
                let addresses = if failed == 1 { "address" } else { "addresses" };
                notice::say(&match language {
                    Language::English => {
                        format!("--geoip {file}: damaged: it has no answer for {number} {addresses}")
                    }
                    Language::Korean => {
                        format!("--geoip {file}: 손상되어 주소 {number}개를 조회하지 못했습니다.")
                    }
                });
            }
        }
        outcome
    }
}

impl Database {
    fn open(file: &PathBuf) -> Result<Self> {
        let shown = file.display();
        let reader = Reader::open_readfile(file).with_context(|| {
            format!("--geoip {shown}: give a MaxMind database such as GeoLite2-Country.mmdb")
        })?;
        let database = Self { file: file.clone(), reader, failed: RefCell::default() };
        match database.sample()? {
            Sample::Useful => Ok(database),
            Sample::Other => bail!(
                "--geoip {shown}: a database of the type {} says neither the country nor the network (ASN) of an address; \
                 give one such as GeoLite2-Country.mmdb or GeoLite2-ASN.mmdb",
                database.reader.metadata().database_type
            ),
        }
    }

    /// What its first entries hold. Types have names, but anybody can give a database one.
    fn sample(&self) -> Result<Sample> {
        // Networks without an entry count, too: of a damaged tree there would be no end.
        let every = WithinOptions::default().include_networks_without_data();
        let mut failed = None;
        let mut read = false;
        for network in self.networks(every)?.take(SAMPLED) {
            match network.and_then(|found| found.decode::<Entry>()) {
                Ok(Some(entry)) if entry.says_something() => return Ok(Sample::Useful),
                Ok(entry) => read |= entry.is_some(),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) if !read => Err(error).with_context(|| {
                format!(
                    "--geoip {}: the database is damaged, or not of countries or networks (ASN)",
                    self.file.display()
                )
            }),
            Some(_) => Ok(Sample::Useful),
            None => Ok(Sample::Other),
        }
    }

    fn networks(&self, options: WithinOptions) -> Result<Within<'_, Vec<u8>>> {
        self.reader.networks(options).with_context(|| format!("--geoip {}", self.file.display()))
    }

    fn entry(&self, ip: IpAddr) -> Option<Entry> {
        match self.reader.lookup(ip).and_then(|found| found.decode::<Entry>()) {
            Ok(entry) => entry,
            // A database of IPv4 is asked for an address of IPv6.
            Err(MaxMindDbError::InvalidInput { .. }) => None,
            Err(_) => {
                self.failed.borrow_mut().insert(ip);
                None
            }
        }
    }
}

/// Networks that are looked at to see what a database is about.
const SAMPLED: usize = 100_000;

/// What a database is about.
enum Sample {
    Useful,
    Other,
}

impl Entry {
    fn says_something(&self) -> bool {
        self.country.iso_code.is_some()
            || self.autonomous_system_number.is_some()
            || self.autonomous_system_organization.is_some()
    }
}
