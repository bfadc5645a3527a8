//! The narrow view of an event that the session engine reads.

use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{Action, Event, EventUid, Guid, Luid, Timestamp};

/// What the engine needs to know of one record. Texts are shared, so that a million records of one user cost one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEvent {
    /// Identity of the record.
    pub uid: EventUid,
    /// When.
    pub time: Timestamp,
    /// Record ID within its log.
    pub record_id: u64,
    /// `Computer`, as logged.
    pub host: Arc<str>,
    /// Full channel name.
    pub log: Arc<str>,
    /// Event ID.
    pub event_id: u32,
    /// What happened.
    pub action: Action,
    /// Account it is about.
    pub user: Option<Arc<str>>,
    /// Its domain.
    pub domain: Option<Arc<str>>,
    /// Its SID.
    pub sid: Option<Arc<str>>,
    /// Account that caused it.
    pub subject_user: Option<Arc<str>>,
    /// Logon ID of the account it is about.
    pub luid: Option<Luid>,
    /// Logon ID of the one who caused it.
    pub subject_luid: Option<Luid>,
    /// The other half of a UAC logon.
    pub linked_luid: Option<Luid>,
    /// Kerberos logon GUID.
    pub logon_guid: Option<Guid>,
    /// Windows logon type.
    pub logon_type: Option<u8>,
    /// Terminal session ID.
    pub terminal_session: Option<u32>,
    /// `RDP-Tcp#5`, `Console`.
    pub session_name: Option<Arc<str>>,
    /// `Correlation@ActivityID`.
    pub activity_id: Option<Guid>,
    /// Source address, parsed.
    pub ip: Option<IpAddr>,
    /// The log says `LOCAL`.
    pub local: bool,
    /// Source port.
    pub port: Option<u16>,
    /// Source machine's name (workstation, client).
    pub src_host: Option<Arc<str>>,
    /// Target machine's name (4648).
    pub dst_host: Option<Arc<str>>,
    /// Authentication package.
    pub package: Option<Arc<str>>,
    /// Logon process.
    pub logon_process: Option<Arc<str>>,
    /// `NTLM V1`, `NTLM V2`.
    pub lm_package: Option<Arc<str>>,
    /// Elevated token?
    pub elevated: Option<bool>,
    /// Remote Desktop in Restricted Admin mode?
    pub restricted_admin: Option<bool>,
    /// Remote Desktop with Remote Credential Guard?
    pub credential_guard: Option<bool>,
    /// Process that the record names, where [`names_process`] says that it matters.
    pub pid: Option<u32>,
    /// Program that asked for the logon.
    pub image: Option<Arc<str>>,
    /// Status code as logged.
    pub status: Option<Arc<str>>,
    /// Sub-status code as logged.
    pub sub_status: Option<Arc<str>>,
    /// Reason code.
    pub reason: Option<u32>,
    /// Value before a change.
    pub old_value: Option<Arc<str>>,
    /// Value after a change; the text of a message.
    pub new_value: Option<Arc<str>>,
}

impl SessionEvent {
    /// A record of which no more is known than what and where it is.
    pub fn bare(
        uid: EventUid,
        time: Timestamp,
        (host, log): (Arc<str>, Arc<str>),
        record_id: u64,
        event_id: u32,
        action: Action,
    ) -> Self {
        Self {
            uid,
            time,
            record_id,
            host,
            log,
            event_id,
            action,
            user: None,
            domain: None,
            sid: None,
            subject_user: None,
            luid: None,
            subject_luid: None,
            linked_luid: None,
            logon_guid: None,
            logon_type: None,
            terminal_session: None,
            session_name: None,
            activity_id: None,
            ip: None,
            local: false,
            port: None,
            src_host: None,
            dst_host: None,
            package: None,
            logon_process: None,
            lm_package: None,
            elevated: None,
            restricted_admin: None,
            credential_guard: None,
            pid: None,
            image: None,
            status: None,
            sub_status: None,
            reason: None,
            old_value: None,
            new_value: None,
        }
    }

    /// The narrow view of an event; `None` if the session engine has no use for it.
    pub fn of(event: &Event) -> Option<Self> {
        let action = event.action.filter(|a| is_relevant(*a))?;
        if action == Action::ProcessStarted && event.session.terminal_session.is_none() {
            return None;
        }
        let text = |t: &Option<String>| t.as_deref().map(Arc::from);
        Some(Self {
            uid: event.identity.uid,
            time: event.time?,
            record_id: event.identity.record_id,
            host: event.origin.host.clone(),
            log: event.origin.channel.clone(),
            event_id: event.origin.event_id,
            action,
            user: text(&event.account.user),
            domain: text(&event.account.domain),
            sid: text(&event.account.sid),
            subject_user: text(&event.subject.user),
            luid: event.session.logon_id,
            subject_luid: event.session.subject_logon_id,
            linked_luid: event.session.linked_logon_id,
            logon_guid: event.session.logon_guid,
            logon_type: event.session.logon_type,
            terminal_session: event.session.terminal_session,
            session_name: text(&event.session.session_name),
            activity_id: event.session.activity_id,
            ip: event.network.src.ip,
            local: event.network.src.local,
            port: event.network.src.port,
            src_host: text(&event.network.src.host),
            dst_host: text(&event.network.dst.host),
            package: text(&event.authentication.package),
            logon_process: text(&event.authentication.logon_process),
            lm_package: text(&event.authentication.lm_package),
            elevated: event.authentication.elevated,
            restricted_admin: event.authentication.restricted_admin,
            credential_guard: event.authentication.credential_guard,
            pid: event.process.pid.filter(|_| names_process(action)).and_then(|pid| pid.try_into().ok()),
            image: text(&event.process.image),
            status: text(&event.outcome.status),
            sub_status: text(&event.outcome.sub_status),
            reason: event.outcome.reason,
            old_value: text(&event.old_value),
            new_value: text(&event.new_value),
        })
    }
}

/// Does the session engine read events of this action?
///
/// Of process starts it uses those that name a terminal session (Sysmon 1); it drops the others at once.
pub const fn is_relevant(action: Action) -> bool {
    !matches!(action, Action::ProcessEnded | Action::ServiceInstalled | Action::ShareAccessed)
}

/// Does the session engine want to know the process of events of this action? On Linux it ties the lines of one
/// connection.
pub const fn names_process(action: Action) -> bool {
    matches!(action, Action::SshMessage | Action::TtyOpened | Action::TtyClosed)
}

impl SessionEvent {
    /// A process start that says which logon runs on which desktop.
    pub(crate) fn ties_logon_to_desktop(&self) -> bool {
        self.action == Action::ProcessStarted
            && self.terminal_session.is_some_and(|s| s != 0)
            && self.luid.is_some_and(|l| l.0 != 0 && !l.is_fixed())
    }
}
