//! A record as the engine keeps it: numbers instead of texts, 88 bytes.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;

use kilroy_model::{AccountKind, Action, EventUid, Guid, Luid, Timestamp};

use crate::row::{SessionEvent, names_process};
use crate::words::{Account, Asked, Id, Origin, Rare, Words, id_at, index_of};

/// Number of a record in [`Host::rows`](crate::host::Host): in the order of boot, time and record ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowId(NonZeroU32);

impl RowId {
    pub(crate) fn at(index: usize) -> Self {
        Self(id_at(index))
    }

    pub(crate) fn index(self) -> usize {
        index_of(self.0)
    }
}

const HAS_LUID: u16 = 1;
const HAS_TYPE: u16 = 2;
const HAS_PORT: u16 = 4;
const LOCAL: u16 = 8;
const HAS_ELEVATED: u16 = 16;
const ELEVATED: u16 = 32;
const HAS_RESTRICTED: u16 = 64;
const RESTRICTED: u16 = 128;
const HAS_GUARDED: u16 = 256;
const GUARDED: u16 = 512;

/// One record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    uid: [u64; 2],
    pub(crate) time: Timestamp,
    pub(crate) record_id: u64,
    luid: u64,
    /// Which run of Windows.
    pub(crate) boot: u32,
    pub(crate) origin: Id,
    account: Option<Id>,
    asked: Option<Id>,
    status: Option<Id>,
    src_host: Option<Id>,
    ip: Option<Id>,
    activity: Option<Id>,
    guid: Option<Id>,
    rare: Option<Id>,
    port: u16,
    flags: u16,
    logon_type: u8,
    pub(crate) action: Action,
}

impl Row {
    /// The record of an event, with what it shares put into `words`.
    pub(crate) fn new(event: &SessionEvent, words: &mut Words) -> Self {
        let flag = |is: bool, flag: u16| if is { flag } else { 0 };
        let host = words.text(&event.host);
        let log = words.text(&event.log);
        Self {
            uid: [high(event.uid.0), low(event.uid.0)],
            time: event.time,
            record_id: event.record_id,
            luid: event.luid.map_or(0, |l| l.0),
            boot: 0,
            origin: words.origin(Origin { host, log, event_id: event.event_id }),
            account: account(event, words),
            asked: asked(event, words),
            status: status(event, words),
            src_host: words.optional(event.src_host.as_ref()),
            ip: event.ip.map(|ip| words.address(ip)),
            // Console sessions share one activity, other logs have others: neither names a connection.
            activity: event
                .activity_id
                .filter(|a| a.is_connection_activity() || is_of_gateway(event.action) && !a.is_nil())
                .map(|a| words.activity(a)),
            // Only these two are tied by it.
            guid: event
                .logon_guid
                .filter(|_| matches!(event.action, Action::Logon | Action::KerberosServiceTicket))
                .map(|g| words.guid(g)),
            rare: rare(event, words),
            port: event.port.unwrap_or(0),
            logon_type: event.logon_type.unwrap_or(0),
            action: event.action,
            flags: flag(event.luid.is_some(), HAS_LUID)
                | flag(event.logon_type.is_some(), HAS_TYPE)
                | flag(event.port.is_some(), HAS_PORT)
                | flag(event.local, LOCAL)
                | flag(event.elevated.is_some(), HAS_ELEVATED)
                | flag(event.elevated == Some(true), ELEVATED)
                | flag(event.restricted_admin.is_some(), HAS_RESTRICTED)
                | flag(event.restricted_admin == Some(true), RESTRICTED)
                | flag(event.credential_guard.is_some(), HAS_GUARDED)
                | flag(event.credential_guard == Some(true), GUARDED),
        }
    }

    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn uid(&self) -> EventUid {
        EventUid(u128::from(self.uid[0]) << 64 | u128::from(self.uid[1]))
    }

    /// The uid's first half: as good as the whole to sort by, and half the size.
    pub(crate) fn uid_high(&self) -> u64 {
        self.uid[0]
    }

    /// Logon ID of the account it is about.
    pub(crate) fn luid(&self) -> Option<Luid> {
        self.has(HAS_LUID).then_some(Luid(self.luid))
    }

    /// Windows logon type.
    pub(crate) fn logon_type(&self) -> Option<u8> {
        self.has(HAS_TYPE).then_some(self.logon_type)
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.has(HAS_PORT).then_some(self.port)
    }

    /// The log says `LOCAL`.
    pub(crate) fn local(&self) -> bool {
        self.has(LOCAL)
    }

    pub(crate) fn elevated(&self) -> Option<bool> {
        self.has(HAS_ELEVATED).then_some(self.has(ELEVATED))
    }

    /// Remote Desktop in Restricted Admin mode?
    pub(crate) fn restricted_admin(&self) -> Option<bool> {
        self.has(HAS_RESTRICTED).then_some(self.has(RESTRICTED))
    }

    /// Remote Desktop with Remote Credential Guard?
    pub(crate) fn credential_guard(&self) -> Option<bool> {
        self.has(HAS_GUARDED).then_some(self.has(GUARDED))
    }

    /// Number of the account, if it names any part of one.
    pub(crate) fn account_id(&self) -> Option<Id> {
        self.account
    }

    /// Number of the address.
    pub(crate) fn ip_id(&self) -> Option<Id> {
        self.ip
    }

    /// Number of the connection.
    pub(crate) fn activity_id(&self) -> Option<Id> {
        self.activity
    }

    /// Number of the source machine's name.
    pub(crate) fn src_host_id(&self) -> Option<Id> {
        self.src_host
    }
}

/// Gateways number their connections in their own way.
const fn is_of_gateway(action: Action) -> bool {
    matches!(
        action,
        Action::GatewayConnecting
            | Action::GatewayAuthorized
            | Action::GatewayDenied
            | Action::GatewayConnected
            | Action::GatewayFailed
            | Action::GatewayDisconnected
    )
}

fn high(n: u128) -> u64 {
    u64::try_from(n >> 64).unwrap_or(0)
}

fn low(n: u128) -> u64 {
    u64::try_from(n & u128::from(u64::MAX)).unwrap_or(0)
}

fn account(event: &SessionEvent, words: &mut Words) -> Option<Id> {
    let texts = [event.user.as_ref(), event.domain.as_ref(), event.sid.as_ref(), None];
    if texts.iter().all(Option::is_none) {
        return None;
    }
    Some(words.known_account(texts).unwrap_or_else(|| {
        let [user, domain, sid, _] = texts.map(|text| words.optional(text));
        let id = words.account(Account { user, domain, sid });
        words.know_account(texts, id);
        id
    }))
}

fn asked(event: &SessionEvent, words: &mut Words) -> Option<Id> {
    let texts = [
        event.package.as_ref(),
        event.logon_process.as_ref(),
        event.lm_package.as_ref(),
        event.image.as_ref(),
    ];
    if texts.iter().all(Option::is_none) {
        return None;
    }
    Some(words.known_asked(texts).unwrap_or_else(|| {
        let [package, process, lm_package, image] = texts.map(|text| words.optional(text));
        let id = words.asked(Asked { package, process, lm_package, image });
        words.know_asked(texts, id);
        id
    }))
}

fn status(event: &SessionEvent, words: &mut Words) -> Option<Id> {
    if event.status.is_none() && event.sub_status.is_none() {
        return None;
    }
    let status = words.optional(event.status.as_ref());
    let sub_status = words.optional(event.sub_status.as_ref());
    Some(words.status(status, sub_status))
}

fn rare(event: &SessionEvent, words: &mut Words) -> Option<Id> {
    let none = event.linked_luid.is_none()
        && event.terminal_session.is_none()
        && event.reason.is_none()
        && event.session_name.is_none()
        && event.dst_host.is_none()
        && event.old_value.is_none()
        && event.new_value.is_none();
    if none && !names_process(event.action) {
        return None;
    }
    let rare = Rare {
        linked_luid: event.linked_luid.map(|l| l.0),
        terminal_session: event.terminal_session,
        reason: event.reason,
        pid: event.pid.filter(|_| names_process(event.action)),
        session_name: words.optional(event.session_name.as_ref()),
        dst_host: words.optional(event.dst_host.as_ref()),
        old_value: words.optional(event.old_value.as_ref()),
        new_value: words.optional(event.new_value.as_ref()),
    };
    (rare != Rare::default()).then(|| words.rare(rare))
}

/// A record together with what it shares with others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ev<'a> {
    pub(crate) row: &'a Row,
    pub(crate) words: &'a Words,
}

impl Deref for Ev<'_> {
    type Target = Row;

    fn deref(&self) -> &Row {
        self.row
    }
}

impl<'a> Ev<'a> {
    fn text(self, id: Option<Id>) -> Option<&'a str> {
        id.map(|id| self.words.get(id))
    }

    fn account(self) -> Option<Account> {
        self.row.account.map(|id| self.words.get_account(id))
    }

    /// Does it say anything that few records say, such as the other half of a logon?
    pub(crate) fn is_rare(self) -> bool {
        self.row.rare.is_some()
    }

    fn asked(self) -> Option<Asked> {
        self.row.asked.map(|id| self.words.get_asked(id))
    }

    fn rare(self) -> Option<Rare> {
        self.row.rare.map(|id| self.words.get_rare(id))
    }

    pub(crate) fn host(self) -> &'a str {
        self.words.get(self.host_id())
    }

    pub(crate) fn host_id(self) -> Id {
        self.words.get_origin(self.row.origin).host
    }

    pub(crate) fn log(self) -> &'a str {
        self.words.get(self.log_id())
    }

    /// The name of the log, shared.
    pub(crate) fn shared_log(self) -> Arc<str> {
        self.words.shared(self.log_id())
    }

    pub(crate) fn log_id(self) -> Id {
        self.words.get_origin(self.row.origin).log
    }

    pub(crate) fn event_id(self) -> u32 {
        self.words.get_origin(self.row.origin).event_id
    }

    pub(crate) fn user(self) -> Option<&'a str> {
        self.text(self.account()?.user)
    }

    pub(crate) fn domain(self) -> Option<&'a str> {
        self.text(self.account()?.domain)
    }

    pub(crate) fn sid(self) -> Option<&'a str> {
        self.text(self.account()?.sid)
    }

    /// Number of the account's name as logged.
    pub(crate) fn user_id(self) -> Option<Id> {
        self.account()?.user
    }

    /// Number of the account's name in small letters.
    pub(crate) fn name_id(self) -> Option<Id> {
        self.row.account.and_then(|id| self.words.facts(id).name)
    }

    /// Number of the account's SID.
    pub(crate) fn sid_id(self) -> Option<Id> {
        self.account()?.sid
    }

    /// What kind of account it is about.
    pub(crate) fn account_kind(self) -> AccountKind {
        self.row.account.map_or(AccountKind::of(None, None, None), |id| self.words.facts(id).kind)
    }

    pub(crate) fn linked_luid(self) -> Option<Luid> {
        self.rare()?.linked_luid.map(Luid)
    }

    pub(crate) fn logon_guid(self) -> Option<Guid> {
        self.row.guid.map(|id| self.words.get_guid(id))
    }

    /// The connection's activity (`F420…`); other activities join nothing.
    pub(crate) fn activity(self) -> Option<Guid> {
        self.row.activity.map(|id| self.words.get_activity(id))
    }

    pub(crate) fn terminal_session(self) -> Option<u32> {
        self.rare()?.terminal_session
    }

    pub(crate) fn reason(self) -> Option<u32> {
        self.rare()?.reason
    }

    /// Process that the record names.
    pub(crate) fn pid(self) -> Option<u32> {
        self.rare()?.pid
    }

    pub(crate) fn session_name(self) -> Option<&'a str> {
        self.text(self.rare()?.session_name)
    }

    /// Number of the connection's name.
    pub(crate) fn session_name_id(self) -> Option<Id> {
        self.rare()?.session_name
    }

    /// Number of the target machine's name.
    pub(crate) fn dst_host_id(self) -> Option<Id> {
        self.rare()?.dst_host
    }

    pub(crate) fn dst_host(self) -> Option<&'a str> {
        self.text(self.rare()?.dst_host)
    }

    pub(crate) fn old_value(self) -> Option<&'a str> {
        self.text(self.rare()?.old_value)
    }

    pub(crate) fn new_value(self) -> Option<&'a str> {
        self.text(self.rare()?.new_value)
    }

    pub(crate) fn ip(self) -> Option<IpAddr> {
        self.row.ip.map(|id| self.words.get_address(id))
    }

    /// The source address as it is shown.
    pub(crate) fn ip_text(self) -> Option<&'a str> {
        self.row.ip.map(|id| self.words.get_address_text(id))
    }

    pub(crate) fn src_host(self) -> Option<&'a str> {
        self.text(self.row.src_host)
    }

    pub(crate) fn package(self) -> Option<&'a str> {
        self.text(self.asked()?.package)
    }

    pub(crate) fn logon_process(self) -> Option<&'a str> {
        self.text(self.asked()?.process)
    }

    /// Number of the logon process.
    pub(crate) fn logon_process_id(self) -> Option<Id> {
        self.asked()?.process
    }

    pub(crate) fn lm_package(self) -> Option<&'a str> {
        self.text(self.asked()?.lm_package)
    }

    pub(crate) fn image(self) -> Option<&'a str> {
        self.text(self.asked()?.image)
    }

    pub(crate) fn status(self) -> Option<&'a str> {
        let id = self.row.status?;
        self.text(self.words.get_status(id).0)
    }

    pub(crate) fn sub_status(self) -> Option<&'a str> {
        let id = self.row.status?;
        self.text(self.words.get_status(id).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stays_small() {
        assert_eq!(size_of::<Row>(), 88);
        assert_eq!(size_of::<Option<RowId>>(), 4);
    }
}
