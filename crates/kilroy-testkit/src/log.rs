//! Logs, records in them, and the files that they become.

use std::collections::BTreeMap;

use kilroy_evtx::{EventSpec, WriteError, write};
use kilroy_model::Timestamp;

/// A log that the stories write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// Security.
    Security,
    /// System.
    System,
    /// TerminalServices-LocalSessionManager, "LSM".
    LocalSessions,
    /// TerminalServices-RemoteConnectionManager, "RCM".
    RemoteConnections,
    /// RemoteDesktopServices-RdpCoreTS.
    RdpCore,
    /// RemoteDesktopServices-SessionServices.
    SessionServices,
    /// OpenSSH.
    OpenSsh,
    /// Sysmon.
    Sysmon,
    /// TerminalServices-Gateway.
    Gateway,
    /// TerminalServices-RDPClient: where somebody goes by Remote Desktop.
    RdpClient,
}

impl Log {
    /// All logs.
    pub const ALL: [Self; 10] = [
        Self::Security,
        Self::System,
        Self::LocalSessions,
        Self::RemoteConnections,
        Self::RdpCore,
        Self::SessionServices,
        Self::OpenSsh,
        Self::Sysmon,
        Self::Gateway,
        Self::RdpClient,
    ];

    /// Full name of the channel.
    pub const fn channel(self) -> &'static str {
        match self {
            Self::Security => "Security",
            Self::System => "System",
            Self::LocalSessions => "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
            Self::RemoteConnections => {
                "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
            }
            Self::RdpCore => "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
            Self::SessionServices => "Microsoft-Windows-RemoteDesktopServices-SessionServices/Operational",
            Self::OpenSsh => "OpenSSH/Operational",
            Self::Sysmon => "Microsoft-Windows-Sysmon/Operational",
            Self::Gateway => "Microsoft-Windows-TerminalServices-Gateway/Operational",
            Self::RdpClient => "Microsoft-Windows-TerminalServices-RDPClient/Operational",
        }
    }
}

/// One record that a story has written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Host, as logged.
    pub computer: String,
    /// Which log.
    pub log: Log,
    /// Event ID.
    pub event_id: u32,
    /// Record ID.
    pub record_id: u64,
    /// When.
    pub time: Timestamp,
}

/// A log as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Path with `/`: the host's folder and the name that Windows gives the log.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// One file per host and log, records in the given order.
pub fn log_files(events: &[EventSpec]) -> Result<Vec<LogFile>, WriteError> {
    let mut files: BTreeMap<String, Vec<EventSpec>> = BTreeMap::new();
    for event in events {
        let name = format!("{}/{}.evtx", event.computer, event.channel.replace('/', "%4"));
        files.entry(name).or_default().push(event.clone());
    }
    files.into_iter().map(|(name, events)| Ok(LogFile { name, bytes: bytes(&events)? })).collect()
}

/// The bytes of one file.
pub(crate) fn bytes(events: &[EventSpec]) -> Result<Vec<u8>, WriteError> {
    let mut bytes = Vec::new();
    write(&mut bytes, events)?;
    Ok(bytes)
}
