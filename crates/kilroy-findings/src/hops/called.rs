//! What a machine is called by those who go there.

use std::net::IpAddr;

use kilroy_model::{SourceAddress, host_key, parse_source};

/// What a machine is called somewhere: by an address, or by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Called {
    Address(IpAddr),
    Name(String),
}

impl Called {
    /// Reads what stands for a machine: `srv-app`, `SRV-APP.corp.example:3390`, `10.0.0.1`, `[fe80::1]:3389`, `\\srv-app`.
    /// Nothing that means the machine itself.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('\\').trim_matches('"');
        match parse_source(text) {
            SourceAddress::Ip(ip, _) => {
                (!ip.is_loopback() && !ip.is_unspecified()).then_some(Self::Address(ip))
            }
            SourceAddress::Local => None,
            SourceAddress::None => {
                let name = text.split_once(':').map_or(text, |(name, _port)| name);
                let name = host_key(name);
                let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
                let means_itself = matches!(name.as_str(), "" | "localhost" | "." | "-");
                (!means_itself && name.chars().all(fits)).then_some(Self::Name(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_machine() {
        let name = |text: &str| Some(Called::Name(text.to_owned()));
        assert_eq!(Called::read(r"\\SRV-APP"), name("srv-app"));
        assert_eq!(Called::read("srv-app.corp.example:3390"), name("srv-app.corp.example"));
        let address = |text: &str| Some(Called::Address(text.parse().unwrap()));
        assert_eq!(Called::read("10.0.0.1:3389"), address("10.0.0.1"));
        assert_eq!(Called::read("[fe80::1%4]:3389"), address("fe80::1"));
        for itself in ["localhost", "127.0.0.1", "::1", ".", "-", "", "0.0.0.0", "LOCAL", "a b"] {
            assert_eq!(Called::read(itself), None, "{itself}");
        }
    }
}
