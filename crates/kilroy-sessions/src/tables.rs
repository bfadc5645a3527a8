//! Logon sessions and terminal sessions as they are printed.

use std::collections::HashMap;

use kilroy_model::{
    AccountKind, Action, Connection, EndKind, LinkRule, LogonSession, Luid, Role, SessionUid,
    TerminalSession, host_key,
};

use crate::access::{Draft, bound};
use crate::desktops::{Desktop, role_of};
use crate::host::{Host, RowId, account_kind, address, connection_activity};
use crate::logons::{LogonRecords, Logons};

/// The access session of each record, by record.
pub(crate) type SessionOf = Vec<Option<SessionUid>>;

/// One row per boot and logon ID that a 4624, 4634 or 4647 names.
pub(crate) fn logon_sessions(host: &Host, logons: &Logons, sessions: &SessionOf) -> Vec<LogonSession> {
    logons
        .by_luid
        .iter()
        .filter(|(_, r)| !(r.logons.is_empty() && r.logoffs.is_empty() && r.initiated.is_empty()))
        .map(|(&(boot, luid), records)| logon_session(host, boot, luid, records, sessions))
        .collect()
}

fn logon_session(
    host: &Host,
    boot: usize,
    luid: Luid,
    records: &LogonRecords,
    sessions: &SessionOf,
) -> LogonSession {
    let mut rows: Vec<(RowId, Role)> = Vec::new();
    let with = |list: &[RowId], role: Role| list.iter().map(|&r| (r, role)).collect::<Vec<_>>();
    rows.extend(with(&records.logons, Role::Logon));
    rows.extend(with(&records.privileges, Role::Privileges));
    rows.extend(with(&records.initiated, Role::Logoff));
    rows.extend(with(&records.logoffs, Role::Logoff));
    for &row in &records.others {
        let role = match host.ev(row).action {
            Action::SessionReconnected => Role::Reconnect,
            Action::SessionDisconnected => Role::Disconnect,
            Action::WorkstationLocked => Role::Lock,
            Action::WorkstationUnlocked => Role::Unlock,
            _ => Role::Denied,
        };
        rows.push((row, role));
    }
    rows.sort_unstable();
    let named = records.logons.first().or(records.initiated.first()).or(records.logoffs.first());
    let head = host.ev(named.copied().unwrap_or(rows[0].0));
    let logon = records.logons.first().map(|&r| host.ev(r));
    let start = logon.map(|e| e.time);
    // A fixed logon ID is for ever: nothing but the boot ends it.
    let end = if luid.is_fixed() { None } else { records.end() };
    let (end_kind, end_not_after) = match end {
        Some(_) => (EndKind::Logoff, None),
        None => bound(host, boot, start, rows.iter().map(|(r, _)| &*host.ev(*r).log)),
    };
    let own = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(|t| t.trim().to_owned());
    LogonSession {
        computer: host_key(&head.host),
        boot: host.boots.get(boot).and_then(|b| b.start),
        logon_id: luid,
        user: own(&head.user),
        domain: own(&head.domain),
        sid: own(&head.sid),
        logon_type: logon
            .and_then(|e| e.logon_type)
            .or_else(|| records.logoffs.first().and_then(|&r| host.ev(r).logon_type)),
        kind: match account_kind(head) {
            AccountKind::User if logon.is_some_and(|e| e.logon_type == Some(5)) => AccountKind::Service,
            kind => kind,
        },
        ip: logon.and_then(|e| e.ip).map(|ip| ip.to_string()),
        port: logon.and_then(|e| e.port),
        workstation: logon.and_then(|e| own(&e.src_host)),
        linked_logon_id: records.logons.iter().find_map(|&r| host.ev(r).linked_luid),
        elevated: logon.and_then(|e| e.elevated),
        authentication: logon.and_then(|e| own(&e.package)).filter(|t| t != "-"),
        process: logon.and_then(|e| own(&e.logon_process)).filter(|t| t != "-"),
        start,
        end: end.map(|r| host.ev(r).time),
        end_kind,
        end_not_after,
        session_uid: records
            .logons
            .iter()
            .chain(&records.initiated)
            .chain(&records.logoffs)
            .find_map(|&r| sessions[r]),
        sources: rows.iter().map(|&(row, role)| host.source(row, role, LinkRule::Luid)).collect(),
    }
}

/// The access session of each connection, by desktop and number.
type ByConnection<'a> = HashMap<(usize, usize), &'a Draft>;

/// One row per desktop.
pub(crate) fn terminal_sessions(
    host: &Host,
    desktops: &[Desktop],
    drafts: &[Draft],
    sessions: &SessionOf,
) -> Vec<TerminalSession> {
    let by_connection: ByConnection<'_> =
        drafts.iter().filter_map(|d| d.desktop.map(|r| ((r.desktop, r.connection), d))).collect();
    desktops.iter().enumerate().map(|(n, d)| terminal_session(host, n, d, &by_connection, sessions)).collect()
}

fn terminal_session(
    host: &Host,
    number: usize,
    desktop: &Desktop,
    drafts: &ByConnection<'_>,
    sessions: &SessionOf,
) -> TerminalSession {
    let rows = desktop.rows();
    let named = rows
        .iter()
        .copied()
        .find(|&r| host.ev(r).user.is_some() && host.ev(r).terminal_session == Some(desktop.session_id));
    let user = named.map(|r| host.ev(r));
    let start = desktop.begin.map(|r| host.ev(r).time);
    let connections: Vec<Connection> = (0..desktop.connections.len())
        .map(|c| connection(host, number, c, desktop, drafts, sessions))
        .collect();
    // Where LSM does not show the logoff, Security may.
    let by_security =
        connections.last().filter(|c| desktop.end_kind.is_none() && c.end_kind == EndKind::Logoff);
    let (end, end_kind, end_not_after) = match desktop.end_kind {
        Some(EndKind::Superseded) => {
            (None, EndKind::Superseded, desktop.superseded_by.map(|r| host.ev(r).time))
        }
        Some(kind) => (desktop.end.map(|r| host.ev(r).time), kind, None),
        None if by_security.is_some() => (by_security.and_then(|c| c.end), EndKind::Logoff, None),
        None => {
            let since = start.or(rows.first().map(|&r| host.ev(r).time));
            let (kind, not_after) = bound(host, desktop.boot, since, rows.iter().map(|&r| &*host.ev(r).log));
            (None, kind, not_after)
        }
    };
    TerminalSession {
        computer: host_key(&host.ev(rows[0]).host),
        boot: host.boots.get(desktop.boot).and_then(|b| b.start),
        session_id: desktop.session_id,
        user: user.and_then(|e| e.user.as_deref().map(str::to_owned)),
        domain: user.and_then(|e| e.domain.as_deref().map(str::to_owned)),
        start,
        shell_start: desktop.shell.map(|r| host.ev(r).time),
        end,
        end_kind,
        end_not_after,
        connections,
        sources: rows
            .iter()
            .map(|&r| host.source(r, role_of(host.ev(r)), LinkRule::TerminalSession))
            .collect(),
    }
}

fn connection(
    host: &Host,
    number: usize,
    index: usize,
    desktop: &Desktop,
    drafts: &ByConnection<'_>,
    sessions: &SessionOf,
) -> Connection {
    let connection = &desktop.connections[index];
    let draft = drafts.get(&(number, index)).copied();
    let begin = connection.begin.map(|r| host.ev(r));
    let address_of = |r: RowId| {
        let ev = host.ev(r);
        if ev.local { Some("LOCAL".to_owned()) } else { address(ev).map(|ip| ip.to_string()) }
    };
    let start = begin.map(|e| e.time);
    let end = draft.and_then(|d| d.end).map(|e| (e.row, e.kind)).or(connection.end.zip(connection.end_kind));
    let (time, end_kind) = match end {
        Some((row, kind)) => (Some(host.ev(row).time), kind),
        None if connection.end_kind == Some(EndKind::Superseded) => (None, EndKind::Superseded),
        None => {
            let logs = connection.rows.iter().map(|&r| &*host.ev(r).log);
            (None, bound(host, desktop.boot, start, logs).0)
        }
    };
    Connection {
        how: connection.how,
        address: connection.begin.into_iter().chain(connection.rows.iter().copied()).find_map(address_of),
        start,
        end: time,
        end_kind,
        reason: connection.reason.and_then(|r| host.ev(r).reason),
        activity_id: begin.and_then(connection_activity),
        session_uid: connection.rows.first().and_then(|&r| sessions[r]),
    }
}
