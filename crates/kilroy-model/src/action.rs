//! What an event says happened, in Kilroy's own words, whatever log it came from.

use std::fmt;
use std::str::FromStr;

/// Declares the actions once: variant, name in tables and in the catalog, meaning.
macro_rules! actions {
    ($($variant:ident = $name:literal, $doc:literal;)+) => {
        /// What an event says happened. The catalog gives each event its action; the session engine
        /// reads nothing else, so that Windows XP, Windows 11 and Linux meet in the same words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $(#[doc = $doc] $variant,)+ }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in tables and in the catalog.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl FromStr for Action {
            type Err = UnknownAction;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s { $($name => Ok(Self::$variant),)+ _ => Err(UnknownAction(s.to_owned())) }
            }
        }
    };
}

/// A name that is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such action: {0:?}")]
pub struct UnknownAction(String);

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

actions! {
    Logon = "logon", "An account was logged on (4624, 528, 540).";
    LogonFailed = "logon-failed", "A logon failed (4625, 529-537, 539).";
    Logoff = "logoff", "A logon session was closed (4634, 538).";
    LogoffInitiated = "logoff-initiated", "A user chose to log off (4647, 551).";
    ExplicitCredentials = "explicit-credentials", "A logon was tried with explicit credentials (4648, 552).";
    PrivilegesAssigned = "privileges-assigned", "Special privileges went to a new logon (4672, 576).";
    SessionReconnected = "session-reconnected", "A session was reconnected to a window station (4778, 682).";
    SessionDisconnected = "session-disconnected", "A session was disconnected from a window station (4779, 683).";
    LogonDenied = "logon-denied", "A user was refused Remote Desktop for want of membership (4825).";
    WorkstationLocked = "workstation-locked", "The workstation was locked (4800).";
    WorkstationUnlocked = "workstation-unlocked", "The workstation was unlocked (4801).";
    ScreenSaverStarted = "screen-saver-started", "The screen saver was invoked (4802).";
    ScreenSaverStopped = "screen-saver-stopped", "The screen saver was dismissed (4803).";
    CredentialsValidated = "credentials-validated", "An account's credentials were checked by NTLM (4776, 680).";
    KerberosTicketGranted = "kerberos-ticket-granted", "A Kerberos authentication ticket was requested (4768).";
    KerberosServiceTicket = "kerberos-service-ticket", "A Kerberos service ticket was requested (4769).";
    KerberosPreauthFailed = "kerberos-preauth-failed", "Kerberos pre-authentication failed (4771).";
    AuditStarted = "audit-started", "Windows is starting up, says the Security log (4608).";
    AuditStopped = "audit-stopped", "Windows is shutting down, says the Security log (4609).";
    LoggingStopped = "logging-stopped", "The event logging service has shut down (1100, 6006).";
    LoggingStarted = "logging-started", "The event logging service has started (6005).";
    SystemVersion = "system-version", "The version that the event log service notes at boot (6009).";
    KernelStarted = "kernel-started", "The operating system started (Kernel-General 12).";
    KernelStopped = "kernel-stopped", "The operating system is shutting down (Kernel-General 13).";
    BootStatus = "boot-status", "The last boot's success, noted at boot (Kernel-Boot 20).";
    BootType = "boot-type", "The boot type, noted at boot (Kernel-Boot 27).";
    UnexpectedShutdown = "unexpected-shutdown", "The previous shutdown was unexpected (6008).";
    ShutdownInitiated = "shutdown-initiated", "A process asked for a restart or power off (1074).";
    ClockChanged = "clock-changed", "The system time was changed (4616, Kernel-General 1).";
    HostRenamed = "host-renamed", "The computer's name was changed (6011).";
    LogCleared = "log-cleared", "An event log was cleared (517, 1102, 104).";
    TerminalLogon = "terminal-logon", "Remote Desktop Services: session logon (21).";
    TerminalShell = "terminal-shell", "Remote Desktop Services: shell start (22).";
    TerminalLogoff = "terminal-logoff", "Remote Desktop Services: session logoff (23).";
    TerminalDisconnected = "terminal-disconnected", "Remote Desktop Services: session disconnected (24).";
    TerminalReconnected = "terminal-reconnected", "Remote Desktop Services: session reconnected (25).";
    TerminalKicked = "terminal-kicked", "One session was disconnected by another (39).";
    TerminalReason = "terminal-reason", "A session was disconnected, with a reason code (40).";
    ArbitrationBegun = "arbitration-begun", "Begin session arbitration (41).";
    ArbitrationEnded = "arbitration-ended", "End session arbitration (42).";
    RdpListenerConnection = "rdp-listener-connection", "The RDP listener received a connection (261).";
    RdpAuthenticated = "rdp-authenticated", "Remote Desktop Services: user authentication succeeded (1149).";
    RdpConnectionAccepted = "rdp-connection-accepted", "The server accepted a connection from a client (131).";
    RdpAuthenticationFailed = "rdp-authentication-failed", "A connection failed: wrong user name or password (140).";
    RdpSessionAssigned = "rdp-session-assigned", "A connection was given its terminal session (RdpCoreTS 66).";
    SshMessage = "ssh-message", "A line of the OpenSSH daemon.";
    TtyOpened = "tty-opened", "Somebody logged on at a terminal line (utmp USER_PROCESS).";
    TtyClosed = "tty-closed", "The process of a terminal line ended (utmp DEAD_PROCESS).";
    GatewayConnecting = "gateway-connecting", "A client began a connection to the RD Gateway, not yet authenticated (312, 313).";
    GatewayAuthorized = "gateway-authorized", "The RD Gateway's policies let a user through (200, 300).";
    GatewayDenied = "gateway-denied", "The RD Gateway's policies refused a user (201, 301).";
    GatewayConnected = "gateway-connected", "A user was connected to a machine behind the RD Gateway (302).";
    GatewayFailed = "gateway-failed", "The RD Gateway could not reach the machine behind it (304).";
    GatewayDisconnected = "gateway-disconnected", "A connection through the RD Gateway ended (303).";
    ProcessStarted = "process-started", "A process was created (4688, 592, Sysmon 1).";
    ProcessEnded = "process-ended", "A process ended (4689, 593, Sysmon 5).";
    ServiceInstalled = "service-installed", "A service was installed (7045, 4697).";
    ShareAccessed = "share-accessed", "A network share was accessed (5140, 5145).";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for action in Action::ALL {
            assert_eq!(action.name().parse::<Action>().as_ref(), Ok(action));
        }
    }
}
