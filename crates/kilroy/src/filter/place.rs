//! Addresses and networks.

use std::net::IpAddr;

use anyhow::{Result, bail};
use ipnet::IpNet;
use kilroy_case::query::{Place, network};
use kilroy_model::Scope;

/// What `--ip` asks for.
pub(crate) fn place(text: &str) -> Result<Place> {
    match Place::new(text) {
        Some(place) => Ok(place),
        None => bail!("--ip {text:?}: give an address, a network like 203.0.113.0/24, LOCAL, or -"),
    }
}

/// Networks that count as internal beside the private ones.
#[derive(Debug, Default)]
pub(crate) struct Internal(Vec<IpNet>);

impl Internal {
    pub(crate) fn new(flags: &[String]) -> Result<Self> {
        let mut nets = Vec::new();
        for text in flags {
            match network(text) {
                Some(net) => nets.push(net),
                None => bail!("--internal {text:?}: give a network like 192.0.2.0/24 or an address"),
            }
        }
        Ok(Self(nets))
    }

    /// The scope of an address, with these networks in mind.
    pub(crate) fn scope(&self, scope: Scope, ip: Option<&str>) -> Scope {
        if self.0.is_empty() {
            return scope;
        }
        let ip = ip.filter(|_| scope == Scope::External).and_then(|ip| ip.parse::<IpAddr>().ok());
        if ip.is_some_and(|ip| self.0.iter().any(|net| net.contains(&ip))) { Scope::Internal } else { scope }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_external_addresses_become_internal() {
        let internal = Internal::new(&["192.0.2.0/24".into()]).unwrap();
        assert_eq!(internal.scope(Scope::External, Some("192.0.2.9")), Scope::Internal);
        assert_eq!(internal.scope(Scope::External, Some("198.51.100.9")), Scope::External);
        assert_eq!(internal.scope(Scope::Local, Some("LOCAL")), Scope::Local);
        assert!(Internal::new(&["corp".into()]).is_err());
    }
}
