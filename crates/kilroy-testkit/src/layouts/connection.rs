//! Connections as the machine sees them that makes or takes them: Sysmon 3 and Security 5156.

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, entry, field, text};
use super::program::Process;
use super::security::{audit, task};
use super::sysmon::{SYSMON, head};
use crate::account::Account;
use crate::log::Log;

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Address.
    pub ip: String,
    /// Port.
    pub port: u16,
    /// Full name of the machine, where the resolver knows it; empty else.
    pub name: String,
}

/// A connection of a program of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Whose program.
    pub account: Account,
    /// The program.
    pub process: Process,
    /// This machine's end.
    pub here: End,
    /// The other end.
    pub there: End,
    /// Made by this machine, and not taken by it.
    pub outgoing: bool,
}

impl Connection {
    /// Who began it, then who took it.
    fn ends(&self) -> (&End, &End) {
        if self.outgoing { (&self.here, &self.there) } else { (&self.there, &self.here) }
    }

    /// Sysmon 3: source is who began the connection.
    pub fn watched(&self) -> Entry {
        let (from, to) = self.ends();
        let named = |port: u16| match port {
            22 => "ssh",
            135 => "epmap",
            445 => "microsoft-ds",
            3389 => "ms-wbt-server",
            _ => "-",
        };
        let fields = vec![
            text("RuleName", "-"),
            text("UtcTime", ""),
            field("ProcessGuid", Value::Guid(self.process.guid)),
            field("ProcessId", Value::U32(self.process.pid)),
            text("Image", &self.process.image),
            text("User", self.account.qualified()),
            text("Protocol", "tcp"),
            field("Initiated", Value::Bool(self.outgoing)),
            field("SourceIsIpv6", Value::Bool(from.ip.contains(':'))),
            text("SourceIp", &from.ip),
            text("SourceHostname", &from.name),
            field("SourcePort", Value::U16(from.port)),
            text("SourcePortName", named(from.port)),
            field("DestinationIsIpv6", Value::Bool(to.ip.contains(':'))),
            text("DestinationIp", &to.ip),
            text("DestinationHostname", &to.name),
            field("DestinationPort", Value::U16(to.port)),
            text("DestinationPortName", named(to.port)),
        ];
        entry(Log::Sysmon, SYSMON, 3, head(3, 5), Body::EventData(fields))
    }

    /// Security 5156. Of a connection that is taken, "source" is this machine's own end.
    pub fn permitted(&self) -> Entry {
        let (direction, layer, layer_id) =
            if self.outgoing { ("%%14593", "%%14611", 48) } else { ("%%14592", "%%14610", 44) };
        let application = match self.process.image.strip_prefix(r"C:\") {
            Some(path) => format!(r"\device\harddiskvolume2\{}", path.to_lowercase()),
            None => self.process.image.clone(),
        };
        let fields = vec![
            field("ProcessID", Value::U64(self.process.pid.into())),
            text("Application", application),
            text("Direction", direction),
            text("SourceAddress", &self.here.ip),
            text("SourcePort", self.here.port.to_string()),
            text("DestAddress", &self.there.ip),
            text("DestPort", self.there.port.to_string()),
            field("Protocol", Value::U32(6)),
            field("FilterRTID", Value::U64(0)),
            text("LayerName", layer),
            field("LayerRTID", Value::U64(layer_id)),
            text("RemoteUserID", "S-1-0-0"),
            text("RemoteMachineID", "S-1-0-0"),
        ];
        audit(5156, 1, task::FILTERING_PLATFORM, true, fields)
    }
}
