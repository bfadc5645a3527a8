//! What an event says of the session it belongs to.

use std::net::IpAddr;

use kilroy_model::{Action, EventUid, Guid, Luid, Timestamp};

use super::{By, Sure};
use crate::{Observation, Person};

/// What is known of something that happened. More clues never make an answer less sure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clues<'a> {
    /// When.
    pub time: Timestamp,
    /// Host; none will do where the case has one host only.
    pub host: Option<&'a str>,
    /// Identity of the record, if it is one of the case.
    pub record: Option<EventUid>,
    /// Log and record ID of the record: where the clock was set, they tell better than the time when it was written.
    pub place: Option<(&'a str, u64)>,
    /// Logon IDs, the one of who did it first.
    pub luids: [Option<Luid>; 2],
    /// How sure the first of them is.
    pub luid_sure: Sure,
    /// How the first of them is known, if not from the event itself.
    pub through: Option<By>,
    /// Kerberos or Sysmon logon GUID.
    pub logon_guid: Option<Guid>,
    /// Terminal session ID.
    pub terminal_session: Option<u32>,
    /// `Correlation@ActivityID`.
    pub activity_id: Option<Guid>,
    /// Account name.
    pub user: Option<&'a str>,
    /// Account domain.
    pub domain: Option<&'a str>,
    /// Account SID.
    pub sid: Option<&'a str>,
    /// Source address.
    pub ip: Option<IpAddr>,
    /// Source port.
    pub port: Option<u16>,
    /// Sysmon's GUID of the process that did it.
    pub process_guid: Option<Guid>,
    /// ID of the process that did it.
    pub pid: Option<u64>,
}

impl<'a> Clues<'a> {
    /// Of something of which only the moment is known.
    pub const fn at(time: Timestamp) -> Self {
        Self {
            time,
            host: None,
            record: None,
            place: None,
            luids: [None, None],
            luid_sure: Sure::Exact,
            through: None,
            logon_guid: None,
            terminal_session: None,
            activity_id: None,
            user: None,
            domain: None,
            sid: None,
            ip: None,
            port: None,
            process_guid: None,
            pid: None,
        }
    }

    /// Of an event.
    pub fn of(event: &'a Observation) -> Self {
        let field = |name: &str| event.field(name);
        // Events that the catalog does not know name the one who acted in the way of the Security log.
        let plain = Person::default();
        let unknown = event.account == plain && event.subject == plain;
        let luid = |name: &str| field(name).filter(|_| unknown).and_then(|text| text.parse().ok());
        let (subject_luid, target_luid) = (
            event.subject.luid.or_else(|| luid("SubjectLogonId")),
            event.account.luid.or_else(|| luid("TargetLogonId")).or_else(|| luid("LogonId")),
        );
        let luids = if is_about_the_account(event) {
            [target_luid, subject_luid]
        } else {
            [subject_luid, target_luid]
        };
        let mut clues = Self {
            host: Some(&event.host),
            record: Some(event.uid),
            place: Some((&event.log, event.record_id)),
            luids: first_that_says_something(luids),
            logon_guid: event.logon_guid.filter(|guid| !guid.is_nil()),
            terminal_session: event.terminal_session,
            activity_id: event.activity_id,
            process_guid: event.process.guid,
            pid: event.process.pid.or(event.logged_by.pid),
            ..Self::at(event.time)
        };
        let names = |person: &Person| person.user.is_some() || person.sid.is_some();
        let (first, second) = if is_about_the_account(event) {
            (&event.account, &event.subject)
        } else {
            (&event.subject, &event.account)
        };
        match [first, second].into_iter().find(|person| names(person)) {
            Some(person) if !is_account_of_a_service(event) => {
                clues.user = person.user.as_deref();
                clues.domain = person.domain.as_deref();
                clues.sid = person.sid.as_deref();
            }
            _ if unknown && field("SubjectUserName").is_some() => {
                clues.user = field("SubjectUserName");
                clues.domain = field("SubjectDomainName");
                clues.sid = field("SubjectUserSid");
            }
            _ => clues.sid = event.logged_by.sid.as_deref(),
        }
        if comes_from_the_source(event) {
            (clues.ip, clues.port) = (event.source.ip, event.source.port);
        }
        clues
    }
}

/// Is the account the one in whose session it happens, rather than the one that caused it? A logon belongs to who logs on, a
/// process to the logon it runs under.
fn is_about_the_account(event: &Observation) -> bool {
    matches!(
        event.action,
        Some(
            Action::Logon
                | Action::LogonFailed
                | Action::Logoff
                | Action::LogoffInitiated
                | Action::PrivilegesAssigned
                | Action::ProcessStarted
        )
    )
}

/// The account of a service is what it runs as: it says nothing of who installed it.
fn is_account_of_a_service(event: &Observation) -> bool {
    event.action == Some(Action::ServiceInstalled)
        && event.subject.user.is_none()
        && event.subject.sid.is_none()
}

/// Events in which the source address is the one of a client of this host.
fn comes_from_the_source(event: &Observation) -> bool {
    event.logon_type.is_some()
        || matches!(
            event.action,
            Some(
                Action::ShareAccessed
                    | Action::SessionReconnected
                    | Action::SessionDisconnected
                    | Action::TerminalLogon
                    | Action::TerminalReconnected
                    | Action::TerminalDisconnected
                    | Action::RdpAuthenticated
                    | Action::RdpConnectionAccepted
                    | Action::RdpAuthenticationFailed
                    | Action::SshMessage
            )
        )
}

/// A logon ID of zero is none.
fn first_that_says_something(luids: [Option<Luid>; 2]) -> [Option<Luid>; 2] {
    let [first, second] = luids.map(|luid| luid.filter(|luid| luid.0 != 0));
    if first.is_none() { [second, None] } else { [first, second] }
}
