//! What is asked for at another machine, as ports, names of services and client programs tell it.

/// Some of the services that one machine asks another one for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Services(u8);

impl Services {
    /// Remote Desktop.
    pub(super) const RDP: Self = Self(1);
    /// Files, pipes, and what goes through pipes.
    pub(super) const SMB: Self = Self(2);
    /// Remote procedure calls: WMI, DCOM, tasks, services.
    pub(super) const RPC: Self = Self(4);
    /// Windows Remote Management.
    pub(super) const WIN_RM: Self = Self(8);
    /// Secure shell.
    pub(super) const SSH: Self = Self(16);
    /// Not known which.
    pub(super) const ANY: Self = Self(31);
    /// All that make a network logon.
    pub(super) const NETWORK: Self = Self(Self::SMB.0 | Self::RPC.0 | Self::WIN_RM.0);
    /// Tools that talk through pipes or by remote procedure calls, as the machine allows.
    pub(super) const ADMINISTRATION: Self = Self(Self::SMB.0 | Self::RPC.0);

    /// Those of both; none if they have nothing in common.
    pub(super) fn both(self, other: Self) -> Option<Self> {
        let both = self.0 & other.0;
        (both != 0).then_some(Self(both))
    }

    /// Whether they have something in common.
    pub(super) fn meet(self, other: Self) -> bool {
        self.both(other).is_some()
    }

    /// The service that listens at this port; none if it is none that somebody logs on through.
    pub(super) fn of_port(port: u16) -> Option<Self> {
        Some(match port {
            22 => Self::SSH,
            135 => Self::RPC,
            139 | 445 => Self::SMB,
            3389 => Self::RDP,
            5985 | 5986 => Self::WIN_RM,
            _ => return None,
        })
    }

    /// The service that a principal's name is of: `TERMSRV/srv-app`.
    pub(super) fn of_principal(name: &str) -> Option<Self> {
        let (class, _) = name.split_once('/')?;
        Some(match class.to_ascii_lowercase().as_str() {
            "termsrv" => Self::RDP,
            "cifs" => Self::SMB,
            "rpcss" | "host" | "restrictedkrbhost" => Self::ADMINISTRATION,
            "http" | "wsman" => Self::WIN_RM,
            _ => return None,
        })
    }
}
