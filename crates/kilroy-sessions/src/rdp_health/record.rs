//! What is seen of a record of the transport.

use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{EventUid, Guid, Source, Timestamp};

use crate::logs::{CORE_TS, LSM, RCM, SECURITY};

/// A record of Remote Desktop's transport or certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RdpRecord {
    /// Host, lower-cased.
    pub host: Arc<str>,
    /// Which record it is.
    pub proof: Proof,
    /// The connection it is about.
    pub activity: Option<Guid>,
    /// What it says.
    pub seen: Seen,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// 131: a connection was accepted; a UDP one goes with a TCP one.
    Accepted {
        /// From where.
        ip: Option<IpAddr>,
        /// From which port.
        port: Option<u16>,
        /// Not TCP.
        udp: bool,
    },
    /// 261: the listener received a connection.
    Received,
    /// 98: the main transport is up, after NLA and licensing.
    Established,
    /// 66: the connection got a terminal session; without NLA that is the logon screen.
    Assigned,
    /// 140: user name or password is not correct.
    Rejected(Option<IpAddr>),
    /// 142, 143, 226, 139: something went wrong, with the error code.
    Failed(Fault, Option<u32>, Option<IpAddr>),
    /// 227: a virtual channel could not be made.
    NoChannel(Option<u32>),
    /// 148: the channel that only scans for BlueKeep open was closed.
    ScanChannel,
    /// 107, 144: the client closed the connection in good order.
    ClientClosed,
    /// 103: why the connection ended.
    EndReason(u32),
    /// 102: the connection ended.
    Ended,
    /// 1056, 1057, 1058: the listener's certificate, with the name or the reason.
    Certificate(CertificateEvent, Option<Arc<str>>),
}

/// What happened to the listener's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateEvent {
    /// A new one was made (1056).
    Made,
    /// None could be made (1057).
    NotMade,
    /// An expired one could not be replaced (1058).
    NotReplaced,
}

/// Where something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Reading from the socket (142).
    Read,
    /// Writing to the socket (143).
    Write,
    /// The state of the network connection (226, `RDP_TCP`).
    Network,
    /// TLS or NLA (226, `RDP_SEC`; 139; `TermDD` 56).
    Security,
    /// Another part of the protocol (226; 97; 99; `TermDD` 50).
    Protocol,
}

impl Fault {
    /// All faults.
    pub const ALL: &'static [Self] =
        &[Self::Read, Self::Write, Self::Network, Self::Security, Self::Protocol];

    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Network => "network",
            Self::Security => "security",
            Self::Protocol => "protocol",
        }
    }
}

/// The name of the System log, where certificates are told of.
pub(super) const SYSTEM: &str = "System";
const SESSION_SERVICES: &str = "Microsoft-Windows-RemoteDesktopServices-SessionServices/Operational";

/// A record that proves something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proof {
    /// When.
    pub time: Timestamp,
    /// Identity of the record.
    pub uid: EventUid,
    /// Its log, by its full name.
    pub log: &'static str,
    /// Event ID.
    pub event_id: u32,
}

impl Proof {
    /// The logs that Remote Desktop is told of in.
    pub const LOGS: &'static [&'static str] = &[CORE_TS, RCM, LSM, SESSION_SERVICES, SECURITY, SYSTEM];

    /// The log of this name, whatever its case.
    pub fn log_named(name: &str) -> Option<&'static str> {
        Self::LOGS.iter().copied().find(|log| log.eq_ignore_ascii_case(name))
    }

    pub(super) fn of(source: &Source) -> Self {
        let log = Self::log_named(&source.log).unwrap_or(SECURITY);
        Self { time: source.time, uid: source.event_uid, log, event_id: source.event_id }
    }
}

/// How many proofs are named; the others are counted.
const NAMED: usize = 8;

/// Records that prove the same: all are counted, the first ones are named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proofs {
    first: Vec<Proof>,
    all: u64,
}

impl Proofs {
    /// The first of them.
    pub fn named(&self) -> &[Proof] {
        &self.first
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.all
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// Counts one more.
    pub fn add(&mut self, proof: Proof) {
        self.all += 1;
        let place = self.first.partition_point(|known| *known < proof);
        if place < NAMED {
            self.first.insert(place, proof);
            self.first.truncate(NAMED);
        }
    }

    pub(super) fn extend(&mut self, others: &Self) {
        let named = self.all + others.all;
        others.first.iter().for_each(|proof| self.add(*proof));
        self.all = named;
    }
}
