//! One row of one log, whatever the log.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{Account, Action, Endpoint, EventUid, EvidenceId, Guid, Luid, TextSlice, TimeBasis, Timestamp};

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
pub struct Origin<N = Arc<str>> {
    /// `Computer`, as logged.
    pub host: N,
    /// Channel, as logged.
    pub channel: N,
    /// Provider, as logged.
    pub provider: N,
    /// Event ID.
    pub event_id: u32,
    /// Version of the event's layout.
    pub version: Option<u8>,
    /// Level (1 critical to 5 verbose, 0 always).
    pub level: Option<u8>,
}

/// The other things that every Windows event says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System<T = String> {
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
    pub security_sid: Option<T>,
    /// `Correlation@RelatedActivityID`.
    pub related_activity_id: Option<Guid>,
}

/// What ties the event to a logon or to a desktop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionRefs<T = String> {
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
    pub session_name: Option<T>,
    /// `Correlation@ActivityID`.
    pub activity_id: Option<Guid>,
}

/// How a logon was authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authentication<T = String> {
    /// `NTLM`, `Kerberos`, `Negotiate`.
    pub package: Option<T>,
    /// `User32`, `NtLmSsp`, `Advapi`.
    pub logon_process: Option<T>,
    /// `NTLM V1`, `NTLM V2`.
    pub lm_package: Option<T>,
    /// Does the logon hold an elevated token?
    pub elevated: Option<bool>,
    /// Remote Desktop in Restricted Admin mode?
    pub restricted_admin: Option<bool>,
    /// Remote Desktop with Remote Credential Guard?
    pub credential_guard: Option<bool>,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome<T = String> {
    /// Status code as logged.
    pub status: Option<T>,
    /// Sub-status code as logged.
    pub sub_status: Option<T>,
    /// Reason code (LSM 40, and the like).
    pub reason: Option<u32>,
}

/// Both ends of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network<T = String> {
    /// Where it came from.
    pub src: Endpoint<T>,
    /// Where it went.
    pub dst: Endpoint<T>,
}

/// The process that the event is about or that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Process<T = String> {
    /// Sysmon's process GUID.
    pub guid: Option<Guid>,
    /// Process ID.
    pub pid: Option<u64>,
    /// Full path of the program.
    pub image: Option<T>,
    /// Command line.
    pub command_line: Option<T>,
    /// Process GUID of the parent.
    pub parent_guid: Option<Guid>,
    /// Process ID of the parent.
    pub parent_pid: Option<u64>,
    /// Full path of the parent program.
    pub parent_image: Option<T>,
    /// Command line of the parent.
    pub parent_command_line: Option<T>,
    /// Hashes as logged.
    pub hashes: Option<T>,
}

/// Every field of the event by its original name, in the order of the log.
///
/// Names are unique: a name that occurs more than once becomes `Data[1]`, `Data[2]` and so on.
pub type Fields = Vec<(Arc<str>, String)>;

/// One row of one log, whatever the log: typed where sessions, rules and people ask, and
/// everything else by its original name.
///
/// Its texts are its own; those of an [`EventRef`] stand elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<T = String, N = Arc<str>, F = Fields> {
    /// Which record this is.
    pub identity: EventIdentity,
    /// When, in UTC; `None` if the record has no usable time at all.
    pub time: Option<Timestamp>,
    /// Where the time comes from.
    pub time_basis: TimeBasis,
    /// Which log of which host.
    pub origin: Origin<N>,
    /// What Windows adds to every event.
    pub system: System<T>,
    /// What happened, if the catalog knows.
    pub action: Option<Action>,
    /// The account it is about.
    pub account: Account<T>,
    /// The account that caused it.
    pub subject: Account<T>,
    /// What ties it to a logon or to a desktop.
    pub session: SessionRefs<T>,
    /// How a logon was authenticated.
    pub authentication: Authentication<T>,
    /// How it went.
    pub outcome: Outcome<T>,
    /// Both ends of a connection.
    pub network: Network<T>,
    /// The process.
    pub process: Process<T>,
    /// What was acted on: its kind (`service`, `share`, `process`…).
    pub object_kind: Option<T>,
    /// What was acted on: its name.
    pub object: Option<T>,
    /// The value before a change (clock, host name).
    pub old_value: Option<T>,
    /// The value after a change.
    pub new_value: Option<T>,
    /// Every field by its original name.
    pub fields: F,
}

/// An event whose texts stand elsewhere, and whose fields are given beside it.
pub type EventRef<'a> = Event<&'a str, &'a str, ()>;

impl EventRef<'_> {
    /// A copy that has its texts, and these fields.
    pub fn to_event(&self, fields: Fields) -> Event {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let account =
            |a: &Account<&str>| Account { user: text(a.user), domain: text(a.domain), sid: text(a.sid) };
        let endpoint =
            |e: &Endpoint<&str>| Endpoint { ip: e.ip, local: e.local, port: e.port, host: text(e.host) };
        let Self { origin, system, session, authentication, outcome, network, process, .. } = self;
        Event {
            identity: self.identity.clone(),
            time: self.time,
            time_basis: self.time_basis,
            origin: Origin {
                host: origin.host.into(),
                channel: origin.channel.into(),
                provider: origin.provider.into(),
                event_id: origin.event_id,
                version: origin.version,
                level: origin.level,
            },
            system: System {
                task: system.task,
                opcode: system.opcode,
                keywords: system.keywords,
                process_id: system.process_id,
                thread_id: system.thread_id,
                security_sid: text(system.security_sid),
                related_activity_id: system.related_activity_id,
            },
            action: self.action,
            account: account(&self.account),
            subject: account(&self.subject),
            session: SessionRefs {
                logon_id: session.logon_id,
                subject_logon_id: session.subject_logon_id,
                linked_logon_id: session.linked_logon_id,
                logon_guid: session.logon_guid,
                logon_type: session.logon_type,
                terminal_session: session.terminal_session,
                session_name: text(session.session_name),
                activity_id: session.activity_id,
            },
            authentication: Authentication {
                package: text(authentication.package),
                logon_process: text(authentication.logon_process),
                lm_package: text(authentication.lm_package),
                elevated: authentication.elevated,
                restricted_admin: authentication.restricted_admin,
                credential_guard: authentication.credential_guard,
            },
            outcome: Outcome {
                status: text(outcome.status),
                sub_status: text(outcome.sub_status),
                reason: outcome.reason,
            },
            network: Network { src: endpoint(&network.src), dst: endpoint(&network.dst) },
            process: Process {
                guid: process.guid,
                pid: process.pid,
                image: text(process.image),
                command_line: text(process.command_line),
                parent_guid: process.parent_guid,
                parent_pid: process.parent_pid,
                parent_image: text(process.parent_image),
                parent_command_line: text(process.parent_command_line),
                hashes: text(process.hashes),
            },
            object_kind: text(self.object_kind),
            object: text(self.object),
            old_value: text(self.old_value),
            new_value: text(self.new_value),
            fields,
        }
    }
}

/// What is the same in all records of one kind of event of one log that have the same fields, as a part of their identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind([u8; 16]);

impl Kind {
    /// By host, channel, provider, event ID and the names of the fields, in their order.
    pub fn new<'n>(
        host: &str,
        channel: &str,
        provider: &str,
        event_id: u32,
        names: impl Iterator<Item = &'n str>,
    ) -> Self {
        let mut hash = Sha256::new();
        let mut text = |s: &str| {
            // The length first, so that no two lists of texts can look alike.
            hash.update((s.len() as u64).to_le_bytes());
            hash.update(s.as_bytes());
        };
        text(&crate::host_key(host));
        text(&channel.to_ascii_lowercase());
        text(&provider.to_ascii_lowercase());
        names.for_each(&mut text);
        hash.update(event_id.to_le_bytes());
        Self(first_half(hash))
    }
}

/// Identity of a record from what it says, not from where or how it is stored: its kind, record ID, time and the values
/// of its own fields. A live log, a shadow copy, a forwarded copy and an export of one record share it. The buffer is
/// for use, and may be used again.
pub fn event_uid(
    kind: Kind,
    record_id: u64,
    time: Option<Timestamp>,
    values: TextSlice<'_>,
    buffer: &mut Vec<u8>,
) -> EventUid {
    // Put together first: the hash is fast with one piece and slow with many.
    buffer.clear();
    buffer.extend_from_slice(&kind.0);
    buffer.extend_from_slice(&record_id.to_le_bytes());
    buffer.extend_from_slice(&time.map_or(i64::MIN, Timestamp::ticks).to_le_bytes());
    // How many there are follows from the kind.
    values.lengths().for_each(|len| length(buffer, len));
    buffer.extend_from_slice(values.text().as_bytes());
    EventUid(u128::from_be_bytes(first_half(Sha256::new_with_prefix(buffer))))
}

/// A length in as few bytes as it needs, seven bits in each: most texts are short.
fn length(buffer: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        let [low, ..] = length.to_le_bytes();
        buffer.push(low | 0x80);
        length >>= 7;
    }
    let [low, ..] = length.to_le_bytes();
    buffer.push(low);
}

fn first_half(hash: Sha256) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(&hash.finalize()[..16]);
    first
}
