//! One row of one log, whatever the log.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{Account, Action, Endpoint, EventUid, EvidenceId, Guid, Luid, TimeBasis, Timestamp};

/// Which record this is and where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventIdentity {
    /// Identity of the record, wherever it is found.
    pub uid: EventUid,
    /// The evidence file it was read from.
    pub evidence: EvidenceId,
    /// `EventRecordID` of the event itself, not of the record header.
    pub record_id: u64,
    /// Carved from slack rather than read from the live log.
    pub recovered: bool,
}

/// Which log of which host wrote the event, and what kind of event it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `Computer`, as logged.
    pub host: Arc<str>,
    /// Channel, as logged.
    pub channel: Arc<str>,
    /// Provider, as logged.
    pub provider: Arc<str>,
    /// Event ID.
    pub event_id: u32,
    /// Version of the event's layout.
    pub version: Option<u8>,
    /// Level (1 critical to 5 verbose, 0 always).
    pub level: Option<u8>,
}

/// The other things that every Windows event says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// Task category, a number of the provider.
    pub task: Option<u16>,
    /// Operation within the task.
    pub opcode: Option<u8>,
    /// Keywords bit mask.
    pub keywords: Option<u64>,
    /// Process that logged the event.
    pub process_id: Option<u32>,
    /// Thread that logged the event.
    pub thread_id: Option<u32>,
    /// Account in whose name the event was logged.
    pub security_sid: Option<String>,
    /// `Correlation@RelatedActivityID`.
    pub related_activity_id: Option<Guid>,
}

/// What ties the event to a logon or to a desktop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionRefs {
    /// Logon ID of the account the event is about.
    pub logon_id: Option<Luid>,
    /// Logon ID of the one who caused it.
    pub subject_logon_id: Option<Luid>,
    /// The other half of a UAC logon.
    pub linked_logon_id: Option<Luid>,
    /// Kerberos logon GUID.
    pub logon_guid: Option<Guid>,
    /// Windows logon type.
    pub logon_type: Option<u8>,
    /// Terminal (local) session ID.
    pub terminal_session: Option<u32>,
    /// `RDP-Tcp#5`, `Console`.
    pub session_name: Option<String>,
    /// `Correlation@ActivityID`.
    pub activity_id: Option<Guid>,
}

/// How a logon was authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authentication {
    /// `NTLM`, `Kerberos`, `Negotiate`.
    pub package: Option<String>,
    /// `User32`, `NtLmSsp`, `Advapi`.
    pub logon_process: Option<String>,
    /// `NTLM V1`, `NTLM V2`.
    pub lm_package: Option<String>,
    /// Does the logon hold an elevated token?
    pub elevated: Option<bool>,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Status code as logged.
    pub status: Option<String>,
    /// Sub-status code as logged.
    pub sub_status: Option<String>,
    /// Reason code (LSM 40, and the like).
    pub reason: Option<u32>,
}

/// Both ends of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Where it came from.
    pub src: Endpoint,
    /// Where it went.
    pub dst: Endpoint,
}

/// The process that the event is about or that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Process {
    /// Sysmon's process GUID.
    pub guid: Option<Guid>,
    /// Process ID.
    pub pid: Option<u64>,
    /// Full path of the program.
    pub image: Option<String>,
    /// Command line.
    pub command_line: Option<String>,
    /// Process GUID of the parent.
    pub parent_guid: Option<Guid>,
    /// Process ID of the parent.
    pub parent_pid: Option<u64>,
    /// Full path of the parent program.
    pub parent_image: Option<String>,
    /// Command line of the parent.
    pub parent_command_line: Option<String>,
    /// Hashes as logged.
    pub hashes: Option<String>,
}

/// Every field of the event by its original name, in the order of the log.
///
/// Names are unique: a name that occurs more than once becomes `Data[1]`, `Data[2]` and so on.
pub type Fields = Vec<(Arc<str>, String)>;

/// One row of one log, whatever the log: typed where sessions, rules and people ask, and
/// everything else by its original name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Which record this is.
    pub identity: EventIdentity,
    /// When, in UTC; `None` if the record has no usable time at all.
    pub time: Option<Timestamp>,
    /// Where the time comes from.
    pub time_basis: TimeBasis,
    /// Which log of which host.
    pub origin: Origin,
    /// What Windows adds to every event.
    pub system: System,
    /// What happened, if the catalog knows.
    pub action: Option<Action>,
    /// The account it is about.
    pub account: Account,
    /// The account that caused it.
    pub subject: Account,
    /// What ties it to a logon or to a desktop.
    pub session: SessionRefs,
    /// How a logon was authenticated.
    pub authentication: Authentication,
    /// How it went.
    pub outcome: Outcome,
    /// Both ends of a connection.
    pub network: Network,
    /// The process.
    pub process: Process,
    /// What was acted on: its kind (`service`, `share`, `process`…).
    pub object_kind: Option<String>,
    /// What was acted on: its name.
    pub object: Option<String>,
    /// The value before a change (clock, host name).
    pub old_value: Option<String>,
    /// The value after a change.
    pub new_value: Option<String>,
    /// Every field by its original name.
    pub fields: Fields,
}

/// Identity of a record from what it says, not from where or how it is stored: host, channel, provider, event ID,
/// record ID, time and its own fields. A live log, a shadow copy, a forwarded copy and an export of one record share it.
pub fn event_uid(
    origin: &Origin,
    record_id: u64,
    time: Option<Timestamp>,
    fields: &[(Arc<str>, String)],
) -> EventUid {
    let mut hash = Sha256::new();
    let mut text = |s: &str| {
        // The length first, so that no two lists of texts can look alike.
        hash.update((s.len() as u64).to_le_bytes());
        hash.update(s.as_bytes());
    };
    text(&crate::host_key(&origin.host));
    text(&origin.channel.to_ascii_lowercase());
    text(&origin.provider.to_ascii_lowercase());
    for (name, value) in fields {
        text(name);
        text(value);
    }
    hash.update(origin.event_id.to_le_bytes());
    hash.update(record_id.to_le_bytes());
    hash.update(time.map_or(i64::MIN, Timestamp::ticks).to_le_bytes());
    let digest = hash.finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    EventUid(u128::from_be_bytes(first))
}
