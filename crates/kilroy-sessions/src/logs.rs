//! Full names of the logs that sessions are made of.

pub(crate) const SECURITY: &str = "Security";
pub(crate) const LSM: &str = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";
pub(crate) const RCM: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational";
pub(crate) const CORE_TS: &str = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational";
pub(crate) const GATEWAY: &str = "Microsoft-Windows-TerminalServices-Gateway/Operational";
pub(crate) const SSH: &str = "OpenSSH/Operational";
