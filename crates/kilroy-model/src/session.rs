//! Three things that carry the name session, side by side.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};

use crate::receipt::named;
use crate::{
    AccountKind, FieldProof, Grade, Guid, Link, Luid, Missing, Scope, SessionUid, Source, Timestamp,
    TurnedDown,
};

named! {
    /// What kind of presence an access session is.
    Kind {
        /// At the machine's own keyboard.
        InteractiveLocal = "interactive-local",
        /// Remote Desktop and kin.
        InteractiveRemote = "interactive-remote",
        /// A desktop, but from where is not known.
        InteractiveUnknown = "interactive-unknown",
        /// Network logon (type 3).
        Network = "network",
        /// Network logon whose password came in clear text (type 8).
        NetworkCleartext = "network-cleartext",
        /// Scheduled task (type 4).
        Batch = "batch",
        /// Service (type 5).
        Service = "service",
        /// Unlocking of a session that goes on (types 7, 13).
        Unlock = "unlock",
        /// Other credentials for the network only (type 9).
        NewCredentials = "new-credentials",
        /// Secure shell.
        Ssh = "ssh",
        /// A terminal line of Linux.
        Tty = "tty",
        /// Through a Remote Desktop gateway, which this host is, to a machine behind it.
        Gateway = "gateway",
    }
}

named! {
    /// How an access session began.
    How {
        /// With a logon.
        Logon = "logon",
        /// By taking up an existing session.
        Reconnect = "reconnect",
        /// Authenticated (a lone 1149); no session was seen.
        AuthOnly = "auth-only",
        /// The begin was not seen.
        Unknown = "unknown",
    }
}

named! {
    /// How an attempt went.
    SessionOutcome {
        /// The user was in.
        Success = "success",
        /// The attempt failed.
        Failure = "failure",
        /// The attempt was refused by policy.
        Denied = "denied",
    }
}

named! {
    /// How something ended, or what bounds its end.
    EndKind {
        /// Logged off.
        Logoff = "logoff",
        /// Disconnected; the desktop lives on.
        Disconnect = "disconnect",
        /// The NLA logon's own logoff, where nothing better is logged.
        NlaLogoff = "nla-logoff",
        /// The machine was shut down.
        Shutdown = "shutdown",
        /// The machine stopped unexpectedly.
        Crash = "crash",
        /// The machine started anew; how it stopped is not known.
        Boot = "boot",
        /// A new logon took the same terminal session.
        Superseded = "superseded",
        /// Still open where the log ends.
        Open = "open",
        /// Open, and the log that would tell was cleared.
        LogCleared = "log-cleared",
        /// The attempt failed: no time passed.
        Failed = "failed",
        /// The attempt was refused: no time passed.
        Denied = "denied",
    }
}

/// How a session was authenticated, in short.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AuthenticationSummary {
    /// `NTLM`, `Kerberos`, `Negotiate`.
    pub package: Option<String>,
    /// `User32`, `NtLmSsp`.
    pub logon_process: Option<String>,
    /// `NTLM V1`, `NTLM V2`.
    pub lm_package: Option<String>,
    /// Was Network Level Authentication used?
    pub nla: Option<bool>,
    /// Did the logon hold an elevated token?
    pub elevated: Option<bool>,
    /// Was it Remote Desktop in Restricted Admin mode?
    pub restricted_admin: Option<bool>,
    /// Was it Remote Desktop with Remote Credential Guard?
    pub credential_guard: Option<bool>,
}

/// One user's presence: from the attempt to the logoff or disconnect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessSession {
    /// Identity, from the host and the anchor record.
    pub session_uid: SessionUid,
    /// Host, lower-cased.
    pub computer: String,
    /// Account name.
    pub user: Option<String>,
    /// Account domain.
    pub domain: Option<String>,
    /// Account SID.
    pub sid: Option<String>,
    /// What kind of presence.
    pub kind: Kind,
    /// How it began.
    pub how: How,
    /// How it went.
    pub outcome: SessionOutcome,
    /// Machine, system and window-manager accounts.
    pub background: bool,
    /// Source address, or `LOCAL`.
    pub ip: Option<String>,
    /// Source port.
    pub port: Option<u16>,
    /// Name of the source machine.
    pub client: Option<String>,
    /// The machine behind the gateway, as the gateway names it.
    pub resource: Option<String>,
    /// What kind of place the source is.
    pub scope: Scope,
    /// First sign of the attempt.
    pub attempt: Option<Timestamp>,
    /// When the user was in.
    pub start: Option<Timestamp>,
    /// When it ended, if a record says so.
    pub end: Option<Timestamp>,
    /// How it ended, or what bounds it.
    pub end_kind: EndKind,
    /// The latest it can have ended, where no record says when.
    pub end_not_after: Option<Timestamp>,
    /// Reason code, as logged.
    pub reason: Option<Reason>,
    /// The reason in words.
    pub reason_text: Option<String>,
    /// Of a failure whose reason is the sub-status: the general status beside it, as logged.
    pub status: Option<String>,
    /// That status in words.
    pub status_text: Option<String>,
    /// Every logon ID in its Security records.
    pub logon_ids: Vec<Luid>,
    /// Twins that no record of its own shows.
    pub linked_logon_ids: Vec<Luid>,
    /// Terminal session ID.
    pub session_id: Option<u32>,
    /// Terminal line of Linux, such as `pts/0`.
    pub line: Option<String>,
    /// Connection.
    pub activity_id: Option<Guid>,
    /// How it was authenticated.
    pub authentication: AuthenticationSummary,
    /// Failures from the same source right before.
    pub prior_failures: u32,
    /// How much of the proof is there.
    pub grade: Grade,
    /// The records that prove it, in time order.
    pub sources: Vec<Source>,
    /// The records that should be there and are not.
    pub missing: Vec<Missing>,
    /// Why the records belong together.
    pub links: Vec<Link>,
    /// What nearly belonged to it.
    pub turned_down: Vec<TurnedDown>,
    /// Which records prove which field.
    pub proofs: Vec<FieldProof>,
}

/// A reason as the log gives it: a number (LSM 40) or a status code as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Reason {
    /// Disconnect reason.
    Number(u32),
    /// Status code as logged.
    Code(String),
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Reason;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reason as a number, or a status code as text")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Reason, E> {
                u32::try_from(number).map(Reason::Number).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, code: &str) -> Result<Reason, E> {
                Ok(Reason::Code(code.to_owned()))
            }
        }

        d.deserialize_any(Either)
    }
}

/// LSA logon session: one per authentication, by logon ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogonSession {
    /// Host, lower-cased.
    pub computer: String,
    /// Start of the boot it belongs to, if a record marks it.
    pub boot: Option<Timestamp>,
    /// Logon ID.
    pub logon_id: Luid,
    /// Account name.
    pub user: Option<String>,
    /// Account domain.
    pub domain: Option<String>,
    /// Account SID.
    pub sid: Option<String>,
    /// Windows logon type.
    pub logon_type: Option<u8>,
    /// What kind of account.
    pub kind: AccountKind,
    /// Source address.
    pub ip: Option<String>,
    /// Source port.
    pub port: Option<u16>,
    /// Source workstation, as logged.
    pub workstation: Option<String>,
    /// The other half of a UAC logon.
    pub linked_logon_id: Option<Luid>,
    /// Elevated token?
    pub elevated: Option<bool>,
    /// Authentication package.
    pub authentication: Option<String>,
    /// Logon process.
    pub process: Option<String>,
    /// When it was made.
    pub start: Option<Timestamp>,
    /// When it was closed.
    pub end: Option<Timestamp>,
    /// How it was closed.
    pub end_kind: EndKind,
    /// The latest it can have been closed.
    pub end_not_after: Option<Timestamp>,
    /// The access session it belongs to.
    pub session_uid: Option<SessionUid>,
    /// Its records.
    pub sources: Vec<Source>,
}

/// A terminal (local) session: one desktop, over all its connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSession {
    /// Host, lower-cased.
    pub computer: String,
    /// Start of the boot it belongs to, if a record marks it.
    pub boot: Option<Timestamp>,
    /// Terminal session ID.
    pub session_id: u32,
    /// Account name.
    pub user: Option<String>,
    /// Account domain.
    pub domain: Option<String>,
    /// Logon.
    pub start: Option<Timestamp>,
    /// Shell start.
    pub shell_start: Option<Timestamp>,
    /// Logoff.
    pub end: Option<Timestamp>,
    /// How it ended.
    pub end_kind: EndKind,
    /// The latest it can have ended.
    pub end_not_after: Option<Timestamp>,
    /// Who was connected to it, one after the other.
    pub connections: Vec<Connection>,
    /// Its records.
    pub sources: Vec<Source>,
}

/// One connection to a terminal session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// How it began.
    pub how: How,
    /// Source address, or `LOCAL`.
    pub address: Option<String>,
    /// When it began.
    pub start: Option<Timestamp>,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// How it ended.
    pub end_kind: EndKind,
    /// Disconnect reason.
    pub reason: Option<u32>,
    /// Connection activity.
    pub activity_id: Option<Guid>,
    /// The access session that it is.
    pub session_uid: Option<SessionUid>,
}

/// One run of Windows on one host, from start to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// Host, lower-cased.
    pub computer: String,
    /// First mark of the start, if one was seen.
    pub start: Option<Timestamp>,
    /// What is known of its end: shutdown, crash, boot (the next one began), open.
    pub end_kind: EndKind,
    /// The latest it can have run.
    pub end_not_after: Option<Timestamp>,
    /// What its Security and System logs hold of it: tells which boot a record is of where the clock was set.
    #[serde(default)]
    pub stretches: Vec<Stretch>,
}

/// Records of one boot and one log that follow each other and go by one clock, in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Full channel name.
    pub log: String,
    /// Record ID of the first one.
    pub from_record_id: u64,
    /// Record ID of the last one.
    pub to_record_id: u64,
    /// Earliest time of them, as logged.
    pub from: Timestamp,
    /// Latest time of them, as logged.
    pub to: Timestamp,
    /// What to add to their times, in units of 100 ns, so that they are those of the clock at the end of the boot: below zero
    /// where the clock was set back later.
    pub shift: i64,
}
