//! From the collected records to the row that is printed.

use std::net::IpAddr;

use kilroy_catalog::Language;
use kilroy_model::{
    AccessSession, Account, Action, AuthenticationSummary, EndKind, How, Kind, Luid, Reason, Role, Scope,
    SessionOutcome, SessionUid, SourceAddress, Timestamp, TurnedDown, parse_source,
};
use sha2::{Digest, Sha256};

use crate::access::draft::Part;
use crate::access::failures::is_zero;
use crate::access::reasons::{reason_text, status_text};
use crate::access::whole::Whole;
use crate::access::{expect, proof};
use crate::boots::BootEnd;
use crate::host::{Host, RowId, address, same_name, same_user};
use crate::record::Ev;

/// Where a session came from.
pub(crate) struct Place {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) local: bool,
    pub(crate) row: Option<RowId>,
}

impl Place {
    /// The address as it is shown, or `LOCAL`.
    pub(crate) fn text(&self, host: &Host<'_>) -> Option<String> {
        let Some(ip) = self.ip else { return self.local.then(|| "LOCAL".to_owned()) };
        let ev = self.row.map(|row| host.ev(row)).filter(|ev| ev.ip() == Some(ip));
        Some(ev.and_then(Ev::ip_text).map_or_else(|| ip.to_string(), str::to_owned))
    }
}

/// The row of a draft.
pub(crate) fn finish(
    host: &Host<'_>,
    draft: &Whole<'_>,
    session_uid: SessionUid,
    prior_failures: u32,
) -> AccessSession {
    let anchor = anchor(host, draft);
    let head = host.ev(anchor);
    let account = account(host, draft, anchor);
    let place = place(host, draft);
    let first_in = first_in(host, draft);
    let start = first_in.map(|row| host.ev(row).time);
    let end = end(host, draft, start);
    let reason = reason(host, draft);
    let status = general_status(host, draft, reason.as_ref());
    let logon_ids = logon_ids(host, draft.parts);
    let linked = linked(host, draft.parts, &logon_ids);
    let (missing, grade) = expect::missing_and_grade(host, draft, end.time.is_some());
    AccessSession {
        session_uid,
        computer: host.computer(head).to_owned(),
        proofs: proof::proofs(host, draft, &account, &place, (first_in, end.row)),
        user: account.user,
        domain: account.domain,
        sid: account.sid,
        kind: draft.kind,
        how: draft.how,
        outcome: draft.outcome,
        background: draft.background,
        ip: place.text(host),
        port: port(host, draft, &place),
        client: client(host, draft).and_then(|row| machine(host.ev(row))).map(str::to_owned),
        resource: resource(host, draft),
        scope: place.ip.map_or(if place.local { Scope::Local } else { Scope::Unknown }, Scope::of),
        attempt: attempt(host, draft),
        start,
        end: end.time,
        end_kind: end.kind,
        end_not_after: end.not_after,
        status_text: status.as_ref().and_then(|s| status_text(s, Language::English)),
        status,
        reason_text: reason.as_ref().and_then(|r| reason_text(r, Language::English)),
        reason,
        logon_ids,
        linked_logon_ids: linked,
        session_id: draft.session_id(),
        line: draft.line().map(|id| host.words.get(id).to_owned()),
        activity_id: draft.activity().map(|id| host.words.get_activity(id)),
        authentication: authentication(host, draft),
        prior_failures,
        grade,
        sources: draft.parts.iter().map(|p| host.source(p.row, p.role, p.rule)).collect(),
        missing,
        links: proof::links(host, draft),
        turned_down: draft.turned_down().iter().map(|row| turned_down(host, *row)).collect(),
    }
}

/// The record a session is named by: the first of 21/25, 4778, 4624, 1149, a line of sshd, 4825, 4625, 140, other
/// failures, ends.
pub(crate) fn anchor(host: &Host<'_>, draft: &Whole<'_>) -> RowId {
    let rank = |part: &Part| match host.ev(part.row).action {
        Action::TerminalLogon | Action::TerminalReconnected => 0,
        Action::SessionReconnected => 1,
        Action::Logon if part.role != Role::Nla => 2,
        Action::GatewayConnected => 2,
        Action::RdpAuthenticated => 3,
        Action::SshMessage => 4,
        Action::TtyOpened => 5,
        Action::LogonDenied | Action::GatewayDenied => 6,
        Action::LogonFailed => 7,
        Action::RdpAuthenticationFailed => 8,
        _ if part.role == Role::Failure => 9,
        _ if part.role == Role::Logoff || part.role == Role::Disconnect => 10,
        _ => 11,
    };
    draft.given.iter().map(|p| (rank(p), p.row)).min().map_or(draft.seed, |(_, row)| row)
}

pub(crate) fn session_uid(host: &Host<'_>, anchor: RowId) -> SessionUid {
    let ev = host.ev(anchor);
    let mut hash = Sha256::new();
    hash.update(host.computer(ev).as_bytes());
    hash.update(ev.uid().0.to_be_bytes());
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    SessionUid(u64::from_be_bytes(first))
}

/// The user as a line of the daemon names it.
pub(crate) fn ssh_account(draft: &Whole<'_>) -> Option<Account> {
    draft.ssh().map(|line| Account::new(Some(&line.user), None, None))
}

/// The record that names the user, the anchor if it does.
pub(crate) fn named(host: &Host<'_>, draft: &Whole<'_>, anchor: RowId) -> Option<RowId> {
    std::iter::once(anchor).chain(draft.rows()).find(|&r| host.ev(r).user_id().is_some())
}

/// Account: spelled as the anchor spells it; domain and SID from any record of the same user.
fn account(host: &Host<'_>, draft: &Whole<'_>, anchor: RowId) -> Account {
    let own = |text: Option<&str>| text.map(str::to_owned);
    if let Some(said) = ssh_account(draft) {
        let user = said.user.as_deref().unwrap_or("");
        let same =
            || draft.rows().map(|r| host.ev(r)).filter(|e| e.user().is_some_and(|u| same_name(u, user)));
        return Account {
            domain: said.domain.clone().or_else(|| same().find_map(|e| own(e.domain()))),
            sid: same().find_map(|e| own(e.sid())),
            user: said.user,
        };
    }
    let Some(named) = named(host, draft, anchor) else { return Account::default() };
    let head = host.ev(named);
    let rows = || std::iter::once(anchor).chain(draft.rows()).map(|r| host.ev(r));
    let same = || rows().filter(|&e| same_user(e, head));
    Account {
        user: own(head.user()),
        domain: same().find_map(|e| own(e.domain())),
        sid: same().find_map(|e| own(e.sid())),
    }
}

/// Rank of what carries addresses of its own.
const LAST: u8 = 9;

/// Source address: LSM's word first, then 4778 and 4779, the interactive logon, the authentication, the rest.
pub(crate) fn place(host: &Host<'_>, draft: &Whole<'_>) -> Place {
    if let Some(line) = draft.ssh() {
        return Place { ip: line.ip, local: false, row: Some(draft.seed) };
    }
    let rank = |part: &Part| match host.ev(part.row).action {
        Action::TerminalLogon | Action::TerminalReconnected => 0,
        Action::SessionReconnected => 1,
        Action::Logon if part.role == Role::Logon => 2,
        Action::RdpAuthenticated | Action::LogonFailed | Action::LogonDenied => 3,
        Action::TerminalShell => 4,
        Action::TerminalDisconnected | Action::SessionDisconnected => 5,
        Action::RdpConnectionAccepted | Action::RdpAuthenticationFailed => 6,
        Action::ExplicitCredentials => LAST,
        _ => 7,
    };
    // A local logon's explicit credentials carry addresses of their own.
    let ranks = 0..=if draft.is_remote() { LAST } else { LAST - 1 };
    for now in ranks {
        for row in draft.parts.iter().filter(|p| rank(p) == now).map(|p| p.row) {
            let ev = host.ev(row);
            if ev.local() {
                return Place { ip: None, local: true, row: Some(row) };
            }
            if let Some(ip) = address(ev) {
                return Place { ip: Some(ip), local: false, row: Some(row) };
            }
            // The console's own logon says nothing more than its desktop.
            if now == 0 && draft.kind == Kind::InteractiveLocal {
                return Place { ip: None, local: false, row: None };
            }
        }
    }
    Place { ip: None, local: false, row: None }
}

fn port(host: &Host<'_>, draft: &Whole<'_>, place: &Place) -> Option<u16> {
    if let Some(line) = draft.ssh() {
        return line.port;
    }
    let ip = place.ip?;
    let from = |action: Action| {
        draft
            .rows()
            .map(|r| host.ev(r))
            .find(|e| e.action == action && address(*e) == Some(ip))
            .and_then(|e| e.port())
    };
    from(Action::RdpConnectionAccepted)
        .or_else(|| place.row.and_then(|r| host.ev(r).port()))
        .or_else(|| from(Action::Logon))
        .or_else(|| from(Action::LogonFailed))
}

/// The name of a record's source machine, if it says one.
pub(crate) fn machine(ev: Ev<'_>) -> Option<&str> {
    ev.src_host().map(str::trim).filter(|n| !n.is_empty() && *n != "-")
}

/// The record that names the client: 4778 and 4779 unless `Unknown`, else the workstation of a type 3 record. Local kinds
/// have none: there the log names the host itself.
pub(crate) fn client(host: &Host<'_>, draft: &Whole<'_>) -> Option<RowId> {
    if matches!(
        draft.kind,
        Kind::InteractiveLocal
            | Kind::InteractiveUnknown
            | Kind::Unlock
            | Kind::Service
            | Kind::Batch
            | Kind::NewCredentials
            | Kind::Ssh
    ) {
        return None;
    }
    if draft.kind == Kind::Tty {
        return draft.begin.filter(|&row| machine(host.ev(row)).is_some_and(is_machine));
    }
    let rows = || draft.parts.iter().map(|p| p.row);
    let of_window_station = |&row: &RowId| {
        let ev = host.ev(row);
        matches!(ev.action, Action::SessionReconnected | Action::SessionDisconnected)
            && machine(ev).is_some_and(|n| !n.eq_ignore_ascii_case("unknown"))
    };
    let of_network = |&row: &RowId| {
        let ev = host.ev(row);
        let may_name = match ev.action {
            Action::Logon | Action::LogonFailed => ev.logon_type() == Some(3),
            Action::CredentialsValidated => {
                draft.outcome == SessionOutcome::Failure && draft.kind == Kind::Network
            }
            _ => false,
        };
        may_name && machine(ev).is_some()
    };
    rows().find(of_window_station).or_else(|| rows().find(of_network))
}

/// The machine behind the gateway.
fn resource(host: &Host<'_>, draft: &Whole<'_>) -> Option<String> {
    let of_gateway = draft.kind == Kind::Gateway;
    of_gateway.then(|| host.ev(draft.seed).dst_host().map(str::to_owned)).flatten()
}

/// Does the host of a terminal line name a machine? `:0` is a display, and an address is told as such.
fn is_machine(host: &str) -> bool {
    !host.starts_with(':') && matches!(parse_source(host), SourceAddress::None)
}

/// First sign of the attempt.
pub(crate) fn attempt(host: &Host<'_>, draft: &Whole<'_>) -> Option<Timestamp> {
    draft.begin?;
    let counts = |p: &&Part| {
        matches!(
            host.ev(p.row).action,
            Action::RdpConnectionAccepted
                | Action::RdpListenerConnection
                | Action::RdpAuthenticated
                | Action::Logon
                | Action::LogonFailed
                | Action::LogonDenied
                | Action::TerminalLogon
                | Action::TerminalReconnected
                | Action::SessionReconnected
                | Action::RdpAuthenticationFailed
                | Action::GatewayConnecting
                | Action::GatewayAuthorized
                | Action::TtyOpened
        ) || (host.ev(p.row).action == Action::SshMessage && p.role != Role::Disconnect)
            || p.row == draft.seed
    };
    draft
        .parts
        .iter()
        .filter(counts)
        .map(|p| (host.at(p.row), host.ev(p.row).time))
        .min()
        .map(|(_, time)| time)
}

/// When the user was in.
pub(crate) fn start(host: &Host<'_>, draft: &Whole<'_>) -> Option<Timestamp> {
    first_in(host, draft).map(|row| host.ev(row).time)
}

/// The record that shows the user in: LSM 21 or 25, else the interactive 4624, else 4778; the record itself for all else.
fn first_in(host: &Host<'_>, draft: &Whole<'_>) -> Option<RowId> {
    let begin = draft.begin?;
    if matches!(host.ev(begin).action, Action::SessionReconnected | Action::SshMessage) {
        let logon = draft.with_role(Role::Logon).filter(|&r| host.ev(r).action == Action::Logon).min();
        return Some(logon.unwrap_or(begin));
    }
    Some(begin)
}

/// How a session ended, as far as is known.
pub(crate) struct Ended {
    pub(crate) time: Option<Timestamp>,
    pub(crate) kind: EndKind,
    pub(crate) not_after: Option<Timestamp>,
    pub(crate) row: Option<RowId>,
}

pub(crate) fn end(host: &Host<'_>, draft: &Whole<'_>, start: Option<Timestamp>) -> Ended {
    match draft.outcome {
        SessionOutcome::Failure => {
            return Ended { time: start, kind: EndKind::Failed, not_after: None, row: draft.begin };
        }
        SessionOutcome::Denied => {
            return Ended { time: start, kind: EndKind::Denied, not_after: None, row: draft.begin };
        }
        SessionOutcome::Success => {}
    }
    if let Some(end) = draft.end {
        return Ended {
            time: Some(host.ev(end.row).time),
            kind: end.kind,
            not_after: None,
            row: Some(end.row),
        };
    }
    if draft.superseded {
        let by = draft.superseded_by().map(|r| host.ev(r).time);
        return Ended { time: None, kind: EndKind::Superseded, not_after: by, row: None };
    }
    let logs = draft.rows().map(|r| host.ev(r).log());
    let begin = draft.begin.unwrap_or(draft.seed);
    let (kind, not_after) = bound(host, draft.boot, Some(begin), start, logs);
    Ended { time: None, kind, not_after, row: None }
}

/// What bounds something that no record ends: the boot's end, the log's end, or that the log was cleared.
pub(crate) fn bound<'a>(
    host: &Host<'_>,
    boot: u32,
    begin: Option<RowId>,
    start: Option<Timestamp>,
    logs: impl Iterator<Item = &'a str>,
) -> (EndKind, Option<Timestamp>) {
    let after_shutdown =
        |e: &BootEnd| e.kind == EndKind::Shutdown && begin.is_some_and(|row| host.at(row) > e.at);
    let of_boot = host.span(boot).and_then(|b| b.end).and_then(|end| {
        if !after_shutdown(&end) {
            return Some(end);
        }
        // It began after the shutdown's last record: only the next boot bounds it.
        end.otherwise.map(|(kind, not_after)| BootEnd { kind, not_after, ..end })
    });
    if let Some(end) = of_boot {
        // A clock that stepped back can put the next boot before the start; then it bounds nothing.
        let not_after = Some(end.not_after).filter(|t| start.is_none_or(|s| s <= *t));
        return (end.kind, not_after);
    }
    if !host.coverage.is_any_cleared() {
        return (EndKind::Open, None);
    }
    let mut logs: Vec<&str> = logs.collect();
    logs.sort_unstable();
    logs.dedup();
    let since = start.unwrap_or(Timestamp::from_ticks(i64::MIN));
    let cleared =
        !logs.is_empty() && logs.iter().all(|log| host.coverage.cleared_with_loss_after(log, since));
    (if cleared { EndKind::LogCleared } else { EndKind::Open }, None)
}

/// The reason as logged: LSM 40 near the end, or the status of a failure.
fn reason(host: &Host<'_>, draft: &Whole<'_>) -> Option<Reason> {
    if draft.outcome == SessionOutcome::Failure {
        let parts = |of: bool| {
            let is_failed = move |p: &&Part| (host.ev(p.row).action == Action::LogonFailed) == of;
            draft.parts.iter().filter(is_failed)
        };
        let code = parts(true).chain(parts(false)).find_map(|p| failure_code(host.ev(p.row)));
        return code.map(Reason::Code);
    }
    draft.reason().and_then(|r| host.ev(r).reason()).map(Reason::Number)
}

fn failure_code(ev: Ev<'_>) -> Option<String> {
    if !matches!(
        ev.action,
        Action::LogonFailed
            | Action::CredentialsValidated
            | Action::KerberosPreauthFailed
            | Action::KerberosTicketGranted
            | Action::GatewayFailed
    ) {
        return None;
    }
    let sub = ev.sub_status().filter(|s| !is_zero(s));
    sub.or(ev.status()).map(str::to_owned)
}

/// The status beside the sub-status that is the reason.
fn general_status(host: &Host<'_>, draft: &Whole<'_>, reason: Option<&Reason>) -> Option<String> {
    let Some(Reason::Code(code)) = reason else { return None };
    let failed = draft.rows().map(|r| host.ev(r)).find(|e| e.action == Action::LogonFailed)?;
    failed.status().filter(|s| !s.eq_ignore_ascii_case(code)).map(str::to_owned)
}

/// Every logon ID in the Security records, in order of appearance.
fn logon_ids(host: &Host<'_>, parts: &[Part]) -> Vec<Luid> {
    let mut ids = Vec::new();
    for part in parts {
        let ev = host.ev(part.row);
        let names_it = matches!(
            ev.action,
            Action::Logon
                | Action::Logoff
                | Action::LogoffInitiated
                | Action::PrivilegesAssigned
                | Action::SessionReconnected
                | Action::SessionDisconnected
                | Action::LogonDenied
                | Action::WorkstationLocked
                | Action::WorkstationUnlocked
        );
        if let Some(luid) = ev.luid().filter(|l| names_it && l.0 != 0 && !ids.contains(l)) {
            ids.push(luid);
        }
    }
    ids
}

fn linked(host: &Host<'_>, parts: &[Part], own: &[Luid]) -> Vec<Luid> {
    let mut linked = Vec::new();
    for part in parts {
        if let Some(luid) =
            host.ev(part.row).linked_luid().filter(|l| !own.contains(l) && !linked.contains(l))
        {
            linked.push(luid);
        }
    }
    linked
}

fn authentication(host: &Host<'_>, draft: &Whole<'_>) -> AuthenticationSummary {
    let own =
        |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty() && *t != "-").map(str::to_owned);
    let records = |role: Role| {
        draft
            .parts
            .iter()
            .filter(move |p| {
                p.role == role && matches!(host.ev(p.row).action, Action::Logon | Action::LogonFailed)
            })
            .map(|p| host.ev(p.row))
    };
    // The package of a remote desktop's own logon is always Negotiate; its network half says which one it was.
    let all = || records(Role::Nla).chain(records(Role::Logon)).chain(records(Role::Failure));
    let elevated = records(Role::Logon).filter_map(|e| e.elevated()).max();
    let remote_desktop = draft.is_remote() && records(Role::Logon).next().is_some();
    AuthenticationSummary {
        package: all().find_map(|e| own(e.package())),
        logon_process: records(Role::Logon).chain(all()).find_map(|e| own(e.logon_process())),
        lm_package: all().find_map(|e| own(e.lm_package())),
        nla: if draft.nla().is_empty() {
            remote_desktop.then_some(false).filter(|_| draft.how == How::Logon)
        } else {
            Some(true)
        },
        elevated,
        // Said of the desktop's logon only.
        restricted_admin: records(Role::Logon).filter_map(|e| e.restricted_admin()).max(),
        credential_guard: records(Role::Logon).filter_map(|e| e.credential_guard()).max(),
    }
}

fn turned_down(host: &Host<'_>, row: RowId) -> TurnedDown {
    let ev = host.ev(row);
    TurnedDown {
        event_uid: ev.uid(),
        log: ev.log().to_owned(),
        event_id: ev.event_id(),
        record_id: ev.record_id,
        why: "nearer to another session".to_owned(),
    }
}
