//! Where somebody came from: addresses as logs write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// One side of a connection as an event names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint<T = String> {
    /// Parsed address; `None` if the log wrote none or nothing readable.
    pub ip: Option<IpAddr>,
    /// The log says that it was the machine itself (`LOCAL`).
    pub local: bool,
    /// Port, if one is named and not 0.
    pub port: Option<u16>,
    /// Name of the machine, if one is named.
    pub host: Option<T>,
}

/// An address field, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceAddress {
    /// An address, perhaps with its port.
    Ip(IpAddr, Option<u16>),
    /// `LOCAL`: the console.
    Local,
    /// Nothing: empty, `-`, or no address.
    None,
}

/// Reads an address field: `10.0.0.1`, `10.0.0.1:3389`, `[fe80::1%10]:3389`, `::ffff:1.2.3.4`, `LOCAL`, `-`.
pub fn parse_source(text: &str) -> SourceAddress {
    let text = text.trim();
    if text.eq_ignore_ascii_case("local") {
        return SourceAddress::Local;
    }
    if let Some(ip) = parse_ip(text) {
        return SourceAddress::Ip(ip, None);
    }
    let Some((host, port)) = text.rsplit_once(':') else { return SourceAddress::None };
    let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    match parse_ip(host) {
        Some(ip) => SourceAddress::Ip(ip, port.parse().ok().filter(|p| *p != 0)),
        None => SourceAddress::None,
    }
}

/// An address without zone index; an IPv4 address in IPv6 clothes becomes IPv4 again.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let bare = text.split_once('%').map_or(text, |(ip, _zone)| ip);
    let ip: IpAddr = bare.parse().ok()?;
    Some(match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
        v4 @ IpAddr::V4(_) => v4,
    })
}

/// What kind of place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// RFC 1918, 100.64/10, link-local, unique local, or named by the user as internal.
    Internal,
    /// Anywhere else.
    External,
    /// 127.0.0.0/8 or ::1.
    Loopback,
    /// The machine's own console.
    Local,
    /// No address known.
    Unknown,
}

impl Scope {
    /// All of them, from inside to nowhere.
    pub const ALL: &'static [Self] =
        &[Self::Internal, Self::External, Self::Loopback, Self::Local, Self::Unknown];

    /// The scope of an address by the address alone.
    pub fn of(ip: IpAddr) -> Self {
        if ip.is_loopback() {
            return Self::Loopback;
        }
        let internal = match ip {
            IpAddr::V4(v4) => internal_v4(v4),
            IpAddr::V6(v6) => internal_v6(v6),
        };
        if internal { Self::Internal } else { Self::External }
    }

    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::External => "external",
            Self::Loopback => "loopback",
            Self::Local => "local",
            Self::Unknown => "unknown",
        }
    }
}

fn internal_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    ip.is_private() || ip.is_link_local() || shared
}

fn internal_v6(ip: Ipv6Addr) -> bool {
    let first = ip.segments()[0];
    let link_local = first & 0xffc0 == 0xfe80;
    let unique_local = first & 0xfe00 == 0xfc00;
    link_local || unique_local
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_as_logs_write_them() {
        let cases = [
            ("10.0.0.1", SourceAddress::Ip(ip("10.0.0.1"), None)),
            ("10.0.0.1:50123", SourceAddress::Ip(ip("10.0.0.1"), Some(50123))),
            ("[fe80::1%10]:3389", SourceAddress::Ip(ip("fe80::1"), Some(3389))),
            ("fe80::1%10", SourceAddress::Ip(ip("fe80::1"), None)),
            ("::ffff:1.2.3.4", SourceAddress::Ip(ip("1.2.3.4"), None)),
            ("LOCAL", SourceAddress::Local),
            ("local", SourceAddress::Local),
            ("-", SourceAddress::None),
            ("", SourceAddress::None),
            ("KALI", SourceAddress::None),
            (" 10.0.0.1 ", SourceAddress::Ip(ip("10.0.0.1"), None)),
            ("10.0.0.1:0", SourceAddress::Ip(ip("10.0.0.1"), None)),
        ];
        for (text, want) in cases {
            assert_eq!(parse_source(text), want, "{text:?}");
        }
    }

    #[test]
    fn scopes() {
        for (text, want) in [
            ("192.168.1.1", Scope::Internal),
            ("100.100.0.1", Scope::Internal),
            ("169.254.3.4", Scope::Internal),
            ("fd00::1", Scope::Internal),
            ("fe80::1", Scope::Internal),
            ("203.0.113.1", Scope::External),
            ("127.0.0.1", Scope::Loopback),
            ("::1", Scope::Loopback),
        ] {
            assert_eq!(Scope::of(ip(text)), want, "{text}");
        }
    }
}
