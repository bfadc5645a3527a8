//! What proves a session: its records, the links between them, and what is missing.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{EventUid, Timestamp, shared_text};

/// Declares an enum whose variants have one spelling everywhere.
macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type { $($(#[$vmeta])* #[serde(rename = $name)] $variant,)+ }

        impl $type {
            /// All variants, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// The part that a record plays in a session.
    Role {
        /// A transport connection was made (131, 261).
        Connection = "connection",
        /// The user was authenticated (1149, 4776, sshd).
        Authentication = "authentication",
        /// The network logon of Network Level Authentication.
        Nla = "nla",
        /// The logon itself.
        Logon = "logon",
        /// Privileges that came with the logon.
        Privileges = "privileges",
        /// Credentials were given explicitly.
        ExplicitCredentials = "explicit-credentials",
        /// The session manager looked for a session to use.
        Arbitration = "arbitration",
        /// The shell started.
        Shell = "shell",
        /// An existing session was taken up again.
        Reconnect = "reconnect",
        /// The workstation was locked.
        Lock = "lock",
        /// The workstation was unlocked.
        Unlock = "unlock",
        /// The session was disconnected.
        Disconnect = "disconnect",
        /// The session was logged off.
        Logoff = "logoff",
        /// The attempt failed.
        Failure = "failure",
        /// The attempt was refused.
        Denied = "denied",
        /// The machine went down.
        Shutdown = "shutdown",
    }
}

named! {
    /// Why two records belong together, strongest first.
    LinkRule {
        /// It is the record that the session stands on.
        Anchor = "anchor",
        /// Same host, boot and logon ID.
        Luid = "luid",
        /// The two halves of a UAC logon.
        LinkedToken = "linked-token",
        /// Same connection activity.
        ActivityId = "activity-id",
        /// Same terminal session of one boot.
        TerminalSession = "terminal-session",
        /// 4778/4779 tie logon and terminal session at one moment.
        ReconnectBridge = "reconnect-bridge",
        /// Same Kerberos logon GUID.
        LogonGuid = "logon-guid",
        /// Same process of one boot: a connection of a daemon has its own.
        Process = "process",
        /// Same user and source within a stated margin.
        Window = "window",
    }
}

named! {
    /// How much of what this session should have left behind is there.
    Grade {
        /// Begin and end each proven, and nothing missing from a log that covers its time.
        Complete = "complete",
        /// Something is missing.
        Partial = "partial",
        /// One record only.
        SingleSource = "single-source",
    }
}

named! {
    /// Why a record that should be there is not.
    WhyMissing {
        /// No record of that log at all.
        NoSuchLog = "no-such-log",
        /// The log begins later.
        BeforeLog = "before-log",
        /// The log ends earlier.
        AfterLog = "after-log",
        /// Record IDs are missing at that time.
        Hole = "hole",
        /// The log was cleared after that time.
        Cleared = "cleared",
        /// This version of Windows does not write it.
        NotOnThisVersion = "not-on-this-version",
        /// The audit policy does not ask for it.
        AuditingOff = "auditing-off",
        /// The log covers that time, and yet it is not there.
        Unexplained = "unexplained",
    }
}

/// One record in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Identity of the record.
    pub event_uid: EventUid,
    // A few logs have written all records: their names are shared.
    /// Full channel name.
    #[serde(with = "shared_text")]
    pub log: Arc<str>,
    /// Event ID.
    pub event_id: u32,
    /// Record ID.
    pub record_id: u64,
    /// When.
    pub time: Timestamp,
    /// What it proves here.
    pub role: Role,
    /// The strongest rule that ties it to the session.
    pub link: LinkRule,
}

/// Two records that belong together, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// One record.
    pub from: EventUid,
    /// The other record.
    pub to: EventUid,
    /// The rule.
    pub rule: LinkRule,
    /// What they share, as a value: the logon ID, the activity, the distance in time.
    pub value: String,
}

/// A record that nearly belonged to the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnedDown {
    /// The record.
    pub event_uid: EventUid,
    /// Full channel name.
    pub log: String,
    /// Event ID.
    pub event_id: u32,
    /// Record ID.
    pub record_id: u64,
    /// Why it was turned down.
    pub why: String,
}

/// A record that this shape of session should have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Full channel name.
    pub log: String,
    /// Event ID.
    pub event_id: u32,
    /// Why it is not there.
    pub why: WhyMissing,
}

/// The records that prove one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProof {
    /// `user`, `source`, `start`, `end`.
    pub field: Cow<'static, str>,
    /// The value in the session.
    pub value: String,
    /// Records that say so.
    pub proven_by: Vec<EventUid>,
    /// Records that say otherwise.
    pub contradictions: Vec<Contradiction>,
}

/// A record that says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// The record.
    pub event_uid: EventUid,
    /// What it says.
    pub value: String,
}
