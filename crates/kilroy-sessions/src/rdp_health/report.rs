//! What comes out: per host its clients, what is wrong, and what cannot be said.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::Timestamp;

use super::clients::{ALWAYS, Clients};
use super::drops::Drop;
use super::findings;
use super::record::{CertificateEvent, Fault, Proofs, SYSTEM};
use super::{Certificate, RdpHealth};
use crate::logs::{CORE_TS, LSM, RCM, SECURITY};

/// The health of Remote Desktop on every host that has seen any of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// By name.
    pub hosts: Vec<HostReport>,
}

/// One host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostReport {
    /// Its name, lower-cased.
    pub host: String,
    /// The logs that it has, and the time from their first to their last record.
    pub logs: Vec<LogSpan>,
    /// Its clients, by address.
    pub clients: Vec<Client>,
    /// Connections that never led to a logon.
    pub lone: Vec<Lone>,
    /// What follows, what matters most first.
    pub findings: Vec<Finding>,
    /// Logs that it has not, and for which some questions stay open.
    pub unknown: Vec<Unknown>,
}

/// One log of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpan {
    /// Its full name.
    pub log: &'static str,
    /// How many records.
    pub records: u64,
    /// Its first record.
    pub first: Timestamp,
    /// Its last record.
    pub last: Timestamp,
}

/// One client of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its address, if any record names one.
    pub ip: Option<IpAddr>,
    /// Users that came from there.
    pub users: Vec<String>,
    /// TCP connections; none if the host lacks the log that counts them.
    pub connections: Option<u64>,
    /// Successful authentications.
    pub authenticated: u64,
    /// Desktops that were reached, reconnects included.
    pub sessions: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Attempts that were refused.
    pub denied: u64,
    /// Sessions that ended unasked and were taken up again soon.
    pub drops: u64,
    /// Length of the sessions whose begin and end are known, the middle one, in ticks of 100 ns.
    pub median: Option<u64>,
    /// Errors of sockets, states and security, with their codes.
    pub errors: Vec<CodeCount>,
    /// Virtual channels that could not be made, with the error code.
    pub channels: Vec<(Option<u32>, u64)>,
    /// First sign of it.
    pub first: Option<Timestamp>,
    /// Last sign of it.
    pub last: Option<Timestamp>,
}

/// How often something failed with one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeCount {
    /// Where it failed.
    pub fault: Fault,
    /// The error code, if one was logged.
    pub code: Option<u32>,
    /// How often.
    pub count: u64,
}

/// Connections of one client that never led to a logon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lone {
    /// Its address, if any record names one.
    pub ip: Option<IpAddr>,
    /// How far they came.
    pub kind: LoneKind,
    /// The records of their begin.
    pub proofs: Proofs,
    /// The latest of them.
    pub last: Timestamp,
}

/// How far a connection came that led to no logon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoneKind {
    /// TLS or NLA failed.
    Security,
    /// Up to a session of its own, as the logon screen without NLA is.
    LogonScreen,
    /// It was closed before anything was set up.
    Silent,
    /// The same, and the same client got through within a minute: a first try, as the client of Windows makes.
    FirstTry,
    /// Nothing but its begin is logged, and no log of logons has a record of that day: how it went on is not known.
    Unseen,
    /// Only the listener tells of it (261): how far it came and from where is not known.
    ListenerOnly,
}

impl LoneKind {
    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Security => "security-failed",
            Self::LogonScreen => "no-logon",
            Self::Silent => "not-set-up",
            Self::FirstTry => "first-try",
            Self::Unseen => "not-known",
            Self::ListenerOnly => "listener-only",
        }
    }
}

/// Something that follows from the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The client that it is about; none: the host itself, or a client without address.
    pub ip: Option<IpAddr>,
    /// How sure it is.
    pub sure: Sure,
    /// How often.
    pub count: u64,
    /// Out of how many, where that tells something.
    pub of: Option<u64>,
    /// The code that it rests on.
    pub code: Option<u32>,
    /// What the error means for the line, where it is one of the network.
    pub line: Option<super::LineError>,
    /// From the end to the return, the middle one, in ticks of 100 ns.
    pub gap: Option<u64>,
    /// What a record says in words.
    pub text: Option<Arc<str>>,
    /// The users concerned.
    pub users: Vec<String>,
    /// The records that prove it.
    pub proofs: Proofs,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// The records say so.
    Certain,
    /// Several records fit together, and little else would explain them.
    Likely,
    /// It fits, and so would other things.
    Possible,
}

impl Sure {
    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// Declares the kinds of finding once, in the order in which they are shown.
macro_rules! findings {
    ($($variant:ident = $name:literal, $doc:literal;)+) => {
        /// What can be wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingKind { $(#[doc = $doc] $variant,)+ }

        impl FindingKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

findings! {
    Drops = "drops", "Sessions of a client break and are taken up again.";
    LineLost = "line-lost", "The network failed under connections of a client that did not come back soon.";
    CertificateNotMade = "certificate-not-made", "The listener could not make its certificate.";
    CertificateNotReplaced = "certificate-not-replaced", "The listener could not replace its expired certificate.";
    SecurityFailed = "security-failed", "TLS or NLA failed.";
    ServerCrash = "server-crash", "A part of the session crashed on the server.";
    MachineDown = "machine-down", "The machine stopped or crashed while sessions were open.";
    OutOfMemory = "out-of-memory", "The server had no memory for the session.";
    Licensing = "licensing", "Licensing ended or refused sessions.";
    ServerRefused = "server-refused", "The server refused the connection.";
    ProtocolError = "protocol-error", "An error of the protocol or of its encryption ended sessions.";
    Broker = "broker", "The connection broker ended the connection.";
    IdleLimit = "idle-limit", "The limit for idle sessions ended sessions.";
    TimeLimit = "time-limit", "The limit for active sessions ended sessions.";
    Administrator = "administrator", "A program or an administrator ended sessions.";
    Replaced = "replaced", "Another connection took the desktop.";
    Denied = "denied", "Users were refused for want of the right to use Remote Desktop.";
    WrongPassword = "wrong-password", "User name or password was wrong.";
    NoDesktop = "no-desktop", "Users were authenticated, and no desktop followed.";
    VulnerabilityScan = "vulnerability-scan", "A connection closed the channel that BlueKeep scans open.";
    LoneConnections = "lone-connections", "Connections never led to a logon.";
    NoChannels = "no-channels", "Virtual channels could not be made.";
    Healthy = "healthy", "Nothing points to a fault.";
}

/// A log that is not there in the time of the host's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown {
    /// Its full name.
    pub log: &'static str,
}

/// The logs that tell of faults, in the order in which a connection passes them.
const TELLING: [&str; 5] = [CORE_TS, RCM, SECURITY, LSM, SYSTEM];

pub(super) fn report(health: &RdpHealth, clients: Clients, drops: &[Drop]) -> Report {
    let mut hosts: BTreeSet<Arc<str>> = clients.by_place.keys().map(|(host, _)| Arc::clone(host)).collect();
    // A new certificate is ordinary: it makes no host one that Remote Desktop was used on.
    let trouble = |events: &[Certificate]| events.iter().any(|(event, ..)| *event != CertificateEvent::Made);
    hosts.extend(
        health.certificates.iter().filter(|(_, events)| trouble(events)).map(|(host, _)| Arc::clone(host)),
    );
    hosts.extend(clients.lone.iter().map(|(host, _)| Arc::clone(host)));
    let mut by_host: BTreeMap<Arc<str>, (Vec<Client>, Vec<Lone>)> = BTreeMap::new();
    let mut findings: BTreeMap<Arc<str>, Vec<Finding>> = BTreeMap::new();
    for host in &hosts {
        findings.insert(Arc::clone(host), findings::findings(health, &clients, drops, host));
    }
    for ((host, _), client) in clients.by_place {
        by_host.entry(host).or_default().0.push(client);
    }
    for (host, lone) in clients.lone {
        by_host.entry(host).or_default().1.push(lone);
    }
    let mut one = |host: Arc<str>| {
        let (clients, lone) = by_host.remove(&host).unwrap_or_default();
        let logs = TELLING.iter().filter_map(|log| health.log_of(&host, log));
        let firsts = clients.iter().filter_map(|client| client.first).min();
        let lasts = clients.iter().filter_map(|client| client.last).max();
        let (first, last) = firsts.zip(lasts).unwrap_or(ALWAYS);
        let unknown = TELLING.into_iter().filter(|log| !health.has_log(&host, log, first, last));
        HostReport {
            logs: logs.collect(),
            clients,
            lone,
            findings: findings.remove(&host).unwrap_or_default(),
            unknown: unknown.map(|log| Unknown { log }).collect(),
            host: host.to_string(),
        }
    };
    Report { hosts: hosts.into_iter().map(&mut one).collect() }
}

impl Report {
    /// Only what concerns these clients, and the hosts themselves.
    #[must_use]
    pub fn of_clients(mut self, wanted: &dyn Fn(Option<IpAddr>) -> bool) -> Self {
        for host in &mut self.hosts {
            host.clients.retain(|client| wanted(client.ip));
            host.lone.retain(|lone| wanted(lone.ip));
            host.findings.retain(|finding| finding.kind.is_of_the_host() || wanted(finding.ip));
        }
        self.hosts.retain(|host| !host.clients.is_empty() || !host.lone.is_empty());
        self
    }
}

impl FindingKind {
    /// Is it about the host, whoever connects?
    pub const fn is_of_the_host(self) -> bool {
        matches!(
            self,
            Self::CertificateNotMade | Self::CertificateNotReplaced | Self::MachineDown | Self::Healthy
        )
    }
}
