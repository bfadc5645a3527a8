//! Time zones as they are given.

use anyhow::{Context, Result, bail};
use kilroy_case::Case;
use kilroy_case::query::HostPattern;
use kilroy_sessions::usage::{HostZone, Zone, ZoneRecord};

use crate::rows::hosts_there;

/// What was said about the zones of hosts.
#[derive(Debug, Default)]
pub(crate) struct Zones {
    /// As typed, and what that means.
    of_hosts: Vec<(String, HostPattern, Zone)>,
    of_all: Option<Zone>,
}

impl Zones {
    /// `--timezone` and `--host-timezone`.
    pub(crate) fn of(all: Option<&str>, hosts: &[String]) -> Result<Self> {
        let zone = |flag: &str, name: &str| Zone::named(name).with_context(|| flag.to_owned());
        let mut of_hosts = Vec::new();
        for text in hosts {
            let pair = text.split_once('=').and_then(|(host, zone)| Some((HostPattern::new(host)?, zone)));
            let Some((host, name)) = pair else {
                bail!("--host-timezone {text:?}: give a host and a zone, like srv01=Europe/Berlin");
            };
            of_hosts.push((text.clone(), host, zone("--host-timezone", name)?));
        }
        Ok(Self { of_hosts, of_all: all.map(|name| zone("--timezone", name)).transpose()? })
    }

    /// Each host that was named must be there: else its zone would be passed over, and nobody would know.
    pub(crate) fn of_hosts_there(self, case: &Case) -> Result<Self> {
        let hosts = case.hosts()?;
        for (typed, pattern, _) in &self.of_hosts {
            if !hosts.iter().any(|row| pattern.matches(&row.host)) {
                bail!(
                    "--host-timezone {typed:?}: no host of the case has such a name; it has {}",
                    hosts_there(case)?
                );
            }
        }
        Ok(self)
    }

    /// The zone of a host: as given, else as its records say.
    pub(crate) fn of_host(&self, host: &str, records: Vec<ZoneRecord>) -> HostZone {
        let own = self.of_hosts.iter().find(|(_, pattern, _)| pattern.matches(host)).map(|(.., zone)| zone);
        match own.or(self.of_all.as_ref()) {
            Some(zone) => HostZone::given(zone.clone()),
            None => HostZone::of_records(records),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_counts() {
        let zones =
            Zones::of(Some("Asia/Seoul"), &["srv-*=UTC".into(), "srv-1=Europe/Berlin".into()]).unwrap();
        let zone =
            |host: &str| zones.of_host(host, vec![]).at(kilroy_model::Timestamp::from_ticks(0)).to_string();
        assert_eq!([zone("pc"), zone("srv-1.corp.example")], ["Asia/Seoul", "UTC"]);
        for (all, host) in [(Some("Berlin"), ""), (None, "srv-1"), (None, "srv-1=Berlin"), (None, "=UTC")] {
            let hosts: Vec<String> =
                Some(host).filter(|h| !h.is_empty()).map(str::to_owned).into_iter().collect();
            assert!(Zones::of(all, &hosts).is_err(), "{all:?} {host:?}");
        }
    }
}
