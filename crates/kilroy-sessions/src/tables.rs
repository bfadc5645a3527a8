//! Logon sessions and terminal sessions as they are printed.

use kilroy_model::{
    AccountKind, Action, Connection, EndKind, LinkRule, LogonSession, Luid, Role, SessionUid,
    TerminalSession, Timestamp,
};

use crate::access::{Builder, DraftId, Uids, bound};
use crate::apart::{ApartId, ApartSessions};
use crate::desktops::{Desktop, role_of};
use crate::host::{Host, RowId, account_kind, address};
use crate::logons::{LogonKey, LogonRecords, Logons};
use crate::mix::Map;
use crate::record::Ev;

/// What the access sessions say of each record.
pub(crate) struct Sessions<'a> {
    pub(crate) builder: &'a Builder<'a>,
    pub(crate) uids: Uids,
}

impl Sessions<'_> {
    fn of(&self, row: RowId) -> Option<SessionUid> {
        self.builder.owner(row).map(|id| self.uids.drafts[id])
    }
}

/// Where the records of a logon ID are found.
#[derive(Debug, Clone, Copy)]
enum Place {
    Key(LogonKey),
    Apart(u32),
}

/// One row per boot and logon ID that a 4624, 4634 or 4647 names, by computer, first known time and logon ID.
pub(crate) fn logon_sessions(
    host: &Host<'_>,
    logons: &Logons,
    apart: &mut ApartSessions<'_>,
    sessions: &Sessions<'_>,
    sink: &mut dyn FnMut(LogonSession),
) {
    let mut order: Vec<(u32, Option<Timestamp>, Luid, u32, Place)> = logons
        .all()
        .filter_map(|(key, records)| {
            let head = host.ev(head(records)?);
            let luid = logons.luid(key);
            let first_known = start(host, records).or_else(|| end(luid, records).map(|r| host.ev(r).time));
            Some((host.rank(head), first_known, luid, logons.boot(key), Place::Key(key)))
        })
        .collect();
    order.extend((0..apart.len()).map(|id| {
        let logon = apart.host.ev(apart.logon_of(id));
        let number = u32::try_from(id).unwrap_or(u32::MAX);
        (
            host.rank(logon),
            Some(logon.time),
            logon.luid().unwrap_or(Luid(0)),
            logon.boot,
            Place::Apart(number),
        )
    }));
    let boot_start = |boot: u32| host.span(boot).and_then(|b| b.start);
    // Stable sorts are quick where little is out of order.
    order.sort_by(|a, b| {
        let ties = |luid: Luid, boot: u32| (luid, boot_start(boot), boot);
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| ties(a.2, a.3).cmp(&ties(b.2, b.3)))
    });
    for (.., luid, boot, place) in order {
        sink(match place {
            Place::Key(key) => {
                let records = logons.records(key);
                let mut closing = records.logons.iter().chain(records.initiated).chain(records.logoffs);
                let session_uid = closing.find_map(|&r| sessions.of(r));
                logon_session(host, records, (luid, boot), session_uid)
            }
            Place::Apart(id) => {
                let (host, id) = (apart.host, id as ApartId);
                logon_session(host, apart.records(id), (luid, boot), sessions.uids.apart.get(id).copied())
            }
        });
    }
}

/// The record that names the account; none if only others than logons and logoffs name the logon ID.
fn head(records: LogonRecords<'_>) -> Option<RowId> {
    records.logons.first().or(records.initiated.first()).or(records.logoffs.first()).copied()
}

fn start(host: &Host<'_>, records: LogonRecords<'_>) -> Option<Timestamp> {
    records.logons.first().map(|&r| host.ev(r).time)
}

fn end(luid: Luid, records: LogonRecords<'_>) -> Option<RowId> {
    // A fixed logon ID is for ever: nothing but the boot ends it.
    if luid.is_fixed() { None } else { records.end() }
}

fn roles(host: &Host<'_>, records: LogonRecords<'_>) -> Vec<(RowId, Role)> {
    let mut rows: Vec<(RowId, Role)> = Vec::with_capacity(records.len());
    for (list, role) in [
        (records.logons, Role::Logon),
        (records.privileges, Role::Privileges),
        (records.initiated, Role::Logoff),
        (records.logoffs, Role::Logoff),
    ] {
        rows.extend(list.iter().map(|&row| (row, role)));
    }
    rows.extend(records.others.iter().map(|&row| {
        let role = match host.ev(row).action {
            Action::SessionReconnected => Role::Reconnect,
            Action::SessionDisconnected => Role::Disconnect,
            Action::WorkstationLocked => Role::Lock,
            Action::WorkstationUnlocked => Role::Unlock,
            _ => Role::Denied,
        };
        (row, role)
    }));
    rows.sort_unstable();
    rows
}

fn logon_session(
    host: &Host<'_>,
    records: LogonRecords<'_>,
    (luid, boot): (Luid, u32),
    session_uid: Option<SessionUid>,
) -> LogonSession {
    let rows = roles(host, records);
    let head = host.ev(head(records).unwrap_or(rows[0].0));
    let logon = records.logons.first().map(|&r| host.ev(r));
    let start = start(host, records);
    let end = end(luid, records);
    let (end_kind, end_not_after) = match end {
        Some(_) => (EndKind::Logoff, None),
        None => bound(
            host,
            boot,
            rows.first().map(|(r, _)| *r),
            start,
            rows.iter().map(|(r, _)| host.ev(*r).log()),
        ),
    };
    let own = |text: Option<&str>| text.map(|t| t.trim().to_owned());
    LogonSession {
        computer: host.computer(head).to_owned(),
        boot: host.span(boot).and_then(|b| b.start),
        logon_id: luid,
        user: own(head.user()),
        domain: own(head.domain()),
        sid: own(head.sid()),
        logon_type: logon
            .and_then(|e| e.logon_type())
            .or_else(|| records.logoffs.first().and_then(|&r| host.ev(r).logon_type())),
        kind: match account_kind(head) {
            AccountKind::User if logon.is_some_and(|e| e.logon_type() == Some(5)) => AccountKind::Service,
            kind => kind,
        },
        ip: logon.and_then(Ev::ip_text).map(str::to_owned),
        port: logon.and_then(|e| e.port()),
        workstation: logon.and_then(|e| own(e.src_host())),
        linked_logon_id: records.logons.iter().find_map(|&r| host.ev(r).linked_luid()),
        elevated: logon.and_then(|e| e.elevated()),
        authentication: logon.and_then(|e| own(e.package())).filter(|t| t != "-"),
        process: logon.and_then(|e| own(e.logon_process())).filter(|t| t != "-"),
        start,
        end: end.map(|r| host.ev(r).time),
        end_kind,
        end_not_after,
        session_uid,
        sources: rows.iter().map(|&(row, role)| host.source(row, role, LinkRule::Luid)).collect(),
    }
}

/// The access session of each connection, by desktop and number.
type ByConnection = Map<(usize, usize), DraftId>;

/// One row per desktop.
pub(crate) fn terminal_sessions(
    host: &Host<'_>,
    desktops: &[Desktop],
    sessions: &Sessions<'_>,
) -> Vec<TerminalSession> {
    let drafts = sessions.builder.drafts.iter().enumerate();
    let by_connection: ByConnection = drafts
        .filter(|(_, d)| d.parts.len > 0)
        .filter_map(|(id, d)| d.desktop().map(|r| ((r.desktop, r.connection), id)))
        .collect();
    desktops.iter().enumerate().map(|(n, d)| terminal_session(host, n, d, &by_connection, sessions)).collect()
}

fn terminal_session(
    host: &Host<'_>,
    number: usize,
    desktop: &Desktop,
    drafts: &ByConnection,
    sessions: &Sessions<'_>,
) -> TerminalSession {
    let rows = desktop.rows();
    let named = rows.iter().copied().find(|&r| {
        host.ev(r).user_id().is_some() && host.ev(r).terminal_session() == Some(desktop.session_id)
    });
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
            let (kind, not_after) = bound(
                host,
                desktop.boot,
                desktop.begin.or(rows.first().copied()),
                since,
                rows.iter().map(|&r| host.ev(r).log()),
            );
            (None, kind, not_after)
        }
    };
    TerminalSession {
        computer: host.computer(host.ev(rows[0])).to_owned(),
        boot: host.span(desktop.boot).and_then(|b| b.start),
        session_id: desktop.session_id,
        user: user.and_then(Ev::user).map(str::to_owned),
        domain: user.and_then(Ev::domain).map(str::to_owned),
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
    host: &Host<'_>,
    number: usize,
    index: usize,
    desktop: &Desktop,
    drafts: &ByConnection,
    sessions: &Sessions<'_>,
) -> Connection {
    let connection = &desktop.connections[index];
    let draft = drafts.get(&(number, index)).map(|&id| &sessions.builder.drafts[id]);
    let begin = connection.begin.map(|r| host.ev(r));
    let address_of = |r: RowId| {
        let ev = host.ev(r);
        if ev.local() { Some("LOCAL".to_owned()) } else { address(ev).and(ev.ip_text()).map(str::to_owned) }
    };
    let start = begin.map(|e| e.time);
    let end = draft.and_then(|d| d.end).map(|e| (e.row, e.kind)).or(connection.end.zip(connection.end_kind));
    let (time, end_kind) = match end {
        Some((row, kind)) => (Some(host.ev(row).time), kind),
        None if connection.end_kind == Some(EndKind::Superseded) => (None, EndKind::Superseded),
        None => {
            let logs = connection.rows.iter().map(|&r| host.ev(r).log());
            let first = connection.begin.or(connection.rows.first().copied());
            (None, bound(host, desktop.boot, first, start, logs).0)
        }
    };
    Connection {
        how: connection.how,
        address: connection.begin.into_iter().chain(connection.rows.iter().copied()).find_map(address_of),
        start,
        end: time,
        end_kind,
        reason: connection.reason.and_then(|r| host.ev(r).reason()),
        activity_id: begin.and_then(Ev::activity),
        session_uid: connection.rows.first().and_then(|&r| sessions.of(r)),
    }
}
