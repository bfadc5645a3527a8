//! A remote logon as both machines tell of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::receipt::named;
use crate::{EventUid, ParseIdError, SessionOutcome, SessionUid, Timestamp, WhyMissing};

named! {
    /// By what means somebody went from one machine to another.
    HopMethod {
        /// Remote Desktop.
        Rdp = "rdp",
        /// PsExec: its service was installed.
        PsExec = "psexec",
        /// Another service was installed from afar.
        Service = "service",
        /// A scheduled task was made from afar.
        Task = "task",
        /// A program was started through WMI.
        Wmi = "wmi",
        /// A program was started through DCOM.
        Dcom = "dcom",
        /// Windows Remote Management: PowerShell remoting, `winrs`.
        WinRm = "winrm",
        /// Secure shell.
        Ssh = "ssh",
        /// Shares were opened, and no more is seen.
        Smb = "smb",
        /// A network logon, and nothing tells what for.
        Network = "network",
    }
}

named! {
    /// How sure it is that somebody went from one host to another, or that a session has to do with a finding.
    Certainty {
        /// By an identity that both carry: a connection, a logon ID.
        Exact = "exact",
        /// One explanation, and a good one: user and time agree and nothing else fits, or the address is one host's alone.
        Likely = "likely",
        /// Several explanations, or one that rests on little.
        Possible = "possible",
    }
}

named! {
    /// A side of a hop.
    HopSide {
        /// The machine that was left.
        Source = "source",
        /// The machine that was reached.
        Target = "target",
    }
}

named! {
    /// Which sides tell of a hop.
    HopSides {
        /// Both.
        Both = "both",
        /// Only the machine that was left.
        Source = "source",
        /// Only the machine that was reached.
        Target = "target",
    }
}

named! {
    /// Why two sides are one hop, strongest first.
    HopKey {
        /// Both name the same source port.
        Port = "port",
        /// The client's hash of the user name is that of the user there.
        NameHash = "name-hash",
        /// Both name the same user.
        User = "user",
        /// The machine that was reached knows the other one's name.
        ClientName = "client-name",
        /// The address was the other machine's at that time.
        Address = "address",
        /// They happened at the same time, clocks allowed for.
        Time = "time",
    }
}

named! {
    /// What a record says of a hop.
    HopRole {
        /// A program that goes to other machines was started.
        Client = "client",
        /// The client named the machine (RDP client 1024).
        TargetName = "target-name",
        /// The client reached an address (RDP client 1102).
        TargetAddress = "target-address",
        /// The client hashed the user's name (RDP client 1029).
        NameHash = "name-hash",
        /// Credentials were given for that machine (4648).
        Credentials = "credentials",
        /// A connection was made (Sysmon 3, 5156).
        Connection = "connection",
        /// A record of the session there.
        Session = "session",
        /// A service was installed there.
        Service = "service",
        /// A scheduled task was made there.
        Task = "task",
        /// A share or a pipe was opened there.
        Share = "share",
        /// A program was started there on behalf of the visitor.
        Program = "program",
    }
}

/// Identity of a hop: from the session that was reached, or from the first record on the side that was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HopUid(pub u64);

impl fmt::Display for HopUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for HopUid {
    type Err = ParseIdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(|SessionUid(uid)| Self(uid))
    }
}

impl Serialize for HopUid {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HopUid {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Somebody went from one machine to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Identity.
    pub hop_uid: HopUid,
    /// When, for the order of the table: by the clock of the machine that was reached, else of the one that was left.
    pub time: Timestamp,
    /// By what means.
    pub method: HopMethod,
    /// How it went; none if only the machine that was left tells of it.
    pub outcome: Option<SessionOutcome>,
    /// How sure it is.
    pub certainty: Certainty,
    /// Which sides tell of it.
    pub sides: HopSides,
    /// The machine that was left; none if others come into question as well.
    pub source_host: Option<String>,
    /// The machines of the case that come into question, where that is left open.
    pub source_candidates: Vec<String>,
    /// Address that was seen by the machine that was reached.
    pub source_address: Option<String>,
    /// Port that was seen there.
    pub source_port: Option<u16>,
    /// The session that it was done from.
    pub source_session: Option<SessionUid>,
    /// Who went.
    pub source_user: Option<String>,
    /// Domain of the one who went.
    pub source_domain: Option<String>,
    /// When, by the clock of the machine that was left.
    pub source_time: Option<Timestamp>,
    /// The machine that was reached: as sessions name it, or as the other side names it if it is none of the case.
    pub target_host: String,
    /// Is the machine that was reached one of the case?
    pub target_known: bool,
    /// Address of the machine that was reached, as the other side names it.
    pub target_address: Option<String>,
    /// The session there.
    pub target_session: Option<SessionUid>,
    /// As whom.
    pub user: Option<String>,
    /// Domain of that account.
    pub domain: Option<String>,
    /// When, by the clock of the machine that was reached: the first sign of the attempt.
    pub target_time: Option<Timestamp>,
    /// When the session there ended.
    pub end: Option<Timestamp>,
    /// How far the clock of the machine that was reached is ahead of the other's, in milliseconds.
    pub clock_difference_ms: Option<i64>,
    /// How wrong that can be, in milliseconds.
    pub clock_error_ms: Option<u64>,
    /// Why both sides are one hop.
    pub keys: Vec<HopKey>,
    /// The records that prove it.
    pub proofs: Vec<HopProof>,
    /// The records that should be there and are not.
    pub missing: Vec<HopMissing>,
}

/// A record that proves a hop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopProof {
    /// On which side.
    pub side: HopSide,
    /// What it says.
    pub role: HopRole,
    /// Identity of the record.
    pub event_uid: EventUid,
    /// Full channel name.
    pub log: String,
    /// Event ID.
    pub event_id: u32,
    /// Record ID.
    pub record_id: u64,
    /// When, by the clock of its machine.
    pub time: Timestamp,
}

/// A record that a hop should have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopMissing {
    /// On which side.
    pub side: HopSide,
    /// Full channel name.
    pub log: String,
    /// Event ID.
    pub event_id: u32,
    /// Why it is not there.
    pub why: WhyMissing,
}

named! {
    /// What says that an address was a host's.
    AddressBasis {
        /// The host's own connections come from it (Sysmon 3, 5156).
        Own = "own",
        /// Its Remote Desktop client's peers reached it there (1024 with 1102), or a connection names both.
        Reached = "reached",
        /// Its machine account logged on from it.
        MachineAccount = "machine-account",
        /// A logon from it names the host as its workstation.
        Workstation = "workstation",
    }
}

/// An address that was a host's, and for how long that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAddress {
    /// Address.
    pub address: String,
    /// Host, as sessions name it.
    pub host: String,
    /// First sight of the two together, by the clock of the machine that saw it.
    pub first: Timestamp,
    /// Last sight of the two together.
    pub last: Timestamp,
    /// What says so.
    pub basis: AddressBasis,
    /// Records and sessions that say so.
    pub sightings: u64,
    /// Within that time others had the address, too: address translation, or an address that wanders.
    pub shared: bool,
    /// A record or session's record that says so.
    pub event_uid: Option<EventUid>,
}
