//! Addresses and networks.

use std::net::IpAddr;

use anyhow::{Result, bail};
use ipnet::IpNet;
use kilroy_model::{Scope, SourceAddress, parse_source};

/// Where somebody came from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The machine's own console, as the logs write it.
    Local,
    Net(IpNet),
}

impl Place {
    pub(crate) fn new(text: &str) -> Result<Self> {
        if text.trim().eq_ignore_ascii_case("local") {
            return Ok(Self::Local);
        }
        match net(text) {
            Some(net) => Ok(Self::Net(net)),
            None => bail!("--ip {text:?}: give an address, a network like 203.0.113.0/24, or LOCAL"),
        }
    }

    /// Is it the address of a session, as sessions write it?
    pub(crate) fn matches(&self, ip: &str) -> bool {
        match self {
            Self::Local => ip == "LOCAL",
            Self::Net(net) => ip.parse::<IpAddr>().is_ok_and(|ip| net.contains(&ip)),
        }
    }
}

/// Networks that count as internal beside the private ones.
#[derive(Debug, Default)]
pub(crate) struct Internal(Vec<IpNet>);

impl Internal {
    pub(crate) fn new(flags: &[String]) -> Result<Self> {
        let mut nets = Vec::new();
        for text in flags {
            match net(text) {
                Some(net) => nets.push(net),
                None => bail!("--internal {text:?}: give a network like 192.0.2.0/24 or an address"),
            }
        }
        Ok(Self(nets))
    }

    /// The scope of an address, with these networks in mind.
    pub(crate) fn scope(&self, scope: Scope, ip: Option<&str>) -> Scope {
        let ip = ip.filter(|_| scope == Scope::External).and_then(|ip| ip.parse::<IpAddr>().ok());
        if ip.is_some_and(|ip| self.0.iter().any(|net| net.contains(&ip))) { Scope::Internal } else { scope }
    }
}

/// A network, or an address as a network of its own.
fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| match parse_source(text) {
        SourceAddress::Ip(ip, None) => Some(ip.into()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_networks_and_the_console() {
        for (text, ip, want) in [
            ("203.0.113.5", "203.0.113.5", true),
            ("203.0.113.5", "203.0.113.50", false),
            ("203.0.113.0/24", "203.0.113.50", true),
            ("203.0.113.77/24", "203.0.113.50", true),
            ("::ffff:203.0.113.5", "203.0.113.5", true),
            ("fe80::1%4", "fe80::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "203.0.113.5", false),
            ("local", "LOCAL", true),
            ("0.0.0.0/0", "LOCAL", false),
        ] {
            assert_eq!(Place::new(text).unwrap().matches(ip), want, "{text} {ip}");
        }
        for wrong in ["", "srv01", "203.0.113", "203.0.113.0/33", "203.0.113.5:3389"] {
            assert!(Place::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_external_addresses_become_internal() {
        let internal = Internal::new(&["192.0.2.0/24".into()]).unwrap();
        assert_eq!(internal.scope(Scope::External, Some("192.0.2.9")), Scope::Internal);
        assert_eq!(internal.scope(Scope::External, Some("198.51.100.9")), Scope::External);
        assert_eq!(internal.scope(Scope::Local, Some("LOCAL")), Scope::Local);
        assert!(Internal::new(&["corp".into()]).is_err());
    }
}
