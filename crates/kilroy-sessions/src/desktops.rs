//! Terminal sessions: desktops that the local session manager keeps, and the connections to each, one after the other.

use std::collections::BTreeMap;

use kilroy_model::{Action, EndKind, How, Role};

use crate::arbitration::give_strays;
use crate::host::{Host, RowId, place, same_user};
use crate::record::Ev;
use crate::words::Id;

/// What the local session manager says of one moment comes within these.
const SAME_MOMENT_MILLIS: i64 = 3000;

/// Nobody can be disconnected from a session that was logged off: a 24 this long after the 23 is its tail.
const LOGOFF_TAIL_MILLIS: i64 = 60_000;

/// A reason code (40) belongs to an end this close to it.
pub(crate) const REASON_MILLIS: i64 = 5000;

/// Reason code of a 40 that comes with a logoff by the user.
const REASON_LOGOFF: u32 = 12;

/// Two channels may log the same step (LSM and SessionServices).
const SAME_STEP_MILLIS: i64 = 2000;

/// Arbitration for a reconnect takes seconds; an older 41 of the same session ID is another story.
pub(crate) const ARBITRATION_MILLIS: i64 = 5 * 60 * 1000;

/// One connection to a desktop.
#[derive(Debug, Clone)]
pub(crate) struct DesktopConnection {
    pub(crate) how: How,
    /// 21 or 25; none if the begin was not seen.
    pub(crate) begin: Option<RowId>,
    /// 24, 23, else 40.
    pub(crate) end: Option<RowId>,
    pub(crate) end_kind: Option<EndKind>,
    /// Every record that shows this connection, in order: 21, 25, 22, 24, 23, 39, 40, 41, 42.
    pub(crate) rows: Vec<RowId>,
    /// The last 40 near its end.
    pub(crate) reason: Option<RowId>,
}

impl DesktopConnection {
    fn new(how: How, begin: Option<RowId>, row: RowId) -> Self {
        Self { how, begin, end: None, end_kind: None, rows: vec![row], reason: None }
    }

    /// A reason that came before a begin or an end that the log does not show otherwise.
    fn take_reason(&mut self, reason: Option<RowId>) {
        if let Some(reason) = reason
            .filter(|r| self.reason.is_none() && !self.rows.contains(r) && self.begin.is_none_or(|b| b < *r))
        {
            self.rows.push(reason);
            self.reason = Some(reason);
        }
    }

    /// The first record that shows that somebody else is connected now. A reason (40) does not say who.
    pub(crate) fn first_sign(&self, host: &Host<'_>) -> Option<RowId> {
        let left = |r: &RowId| host.ev(*r).action == Action::TerminalDisconnected;
        self.begin.or_else(|| self.rows.iter().copied().find(left)).or(self.end)
    }

    fn is_open(&self) -> bool {
        self.end_kind.is_none()
    }
}

/// One desktop of one boot.
#[derive(Debug)]
pub(crate) struct Desktop {
    pub(crate) boot: u32,
    pub(crate) session_id: u32,
    pub(crate) begin: Option<RowId>,
    pub(crate) shell: Option<RowId>,
    pub(crate) end: Option<RowId>,
    pub(crate) end_kind: Option<EndKind>,
    /// The logon that took its place.
    pub(crate) superseded_by: Option<RowId>,
    pub(crate) connections: Vec<DesktopConnection>,
    /// One record of each account that its records name.
    users: Vec<(Id, RowId)>,
}

impl Desktop {
    fn new(host: &Host<'_>, row: RowId, session_id: u32) -> Self {
        Self {
            boot: host.boot(row),
            session_id,
            begin: None,
            shell: None,
            end: None,
            end_kind: None,
            superseded_by: None,
            connections: Vec::new(),
            users: Vec::new(),
        }
    }

    fn last(&mut self) -> Option<&mut DesktopConnection> {
        self.connections.last_mut()
    }

    fn open_connection(&mut self) -> Option<&mut DesktopConnection> {
        self.connections.last_mut().filter(|c| c.is_open())
    }

    /// All records, in order.
    pub(crate) fn rows(&self) -> Vec<RowId> {
        let mut rows: Vec<RowId> = self.connections.iter().flat_map(|c| c.rows.iter().copied()).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

/// The part that a record of the session manager plays.
pub(crate) fn role_of(ev: Ev<'_>) -> Role {
    match ev.action {
        Action::TerminalLogon => Role::Logon,
        Action::TerminalReconnected => Role::Reconnect,
        Action::TerminalShell => Role::Shell,
        Action::TerminalLogoff => Role::Logoff,
        Action::ArbitrationBegun | Action::ArbitrationEnded => Role::Arbitration,
        _ => Role::Disconnect,
    }
}

/// What the local session manager logs of desktops.
const OF_DESKTOPS: [Action; 9] = [
    Action::TerminalLogon,
    Action::TerminalShell,
    Action::TerminalLogoff,
    Action::TerminalDisconnected,
    Action::TerminalReconnected,
    Action::TerminalKicked,
    Action::TerminalReason,
    Action::ArbitrationBegun,
    Action::ArbitrationEnded,
];

/// All desktops of a host, in order of their first record.
pub(crate) fn desktops(host: &Host<'_>) -> Vec<Desktop> {
    let mut by_id: BTreeMap<(u32, u32), Vec<RowId>> = BTreeMap::new();
    let mut all: Vec<RowId> = OF_DESKTOPS.iter().flat_map(|action| host.of(*action)).copied().collect();
    all.sort_unstable();
    for id in all {
        let ev = host.ev(id);
        if let Some(session) = ev.terminal_session() {
            by_id.entry((ev.boot, session)).or_default().push(id);
        }
    }
    let mut desktops: Vec<Desktop> = Vec::new();
    let mut strays: Vec<RowId> = Vec::new();
    for ((_, session_id), rows) in by_id {
        let mut walk = Walk::new(host, session_id, &rows);
        for at in 0..rows.len() {
            walk.step(at);
        }
        desktops.append(&mut walk.done);
        strays.append(&mut walk.strays);
    }
    desktops.sort_by_cached_key(|d| d.rows().first().copied());
    give_strays(host, &mut desktops, &strays);
    for desktop in &mut desktops {
        for connection in &mut desktop.connections {
            connection.rows.sort_unstable();
            connection.rows.dedup();
        }
    }
    desktops
}

/// Does this record of the session manager name another place than the connection's earlier ones? One log names one
/// connection's place in one way, whatever other logs make of it.
fn is_elsewhere(host: &Host<'_>, connection: &DesktopConnection, row: RowId) -> bool {
    // An unspecified address (`::`, `0.0.0.0`) says nothing of the place.
    let known = |row: RowId| {
        let ev = host.ev(row);
        (ev.local() || place(ev).is_some()).then(|| (ev.local(), place(ev)))
    };
    let now = known(row);
    let before = connection.rows.iter().copied().filter(|&r| host.ev(r).log_id() == host.ev(row).log_id());
    now.is_some() && before.filter_map(known).any(|before| Some(before) != now)
}

/// Walks the records of one session ID of one boot.
struct Walk<'a> {
    host: &'a Host<'a>,
    session_id: u32,
    rows: &'a [RowId],
    done: Vec<Desktop>,
    /// Records of a throw-away session: they end nothing.
    strays: Vec<RowId>,
    /// For each record the last one before it that tells whether the session is a throw-away one.
    telling: Vec<Option<RowId>>,
}

impl<'a> Walk<'a> {
    fn new(host: &'a Host<'a>, session_id: u32, rows: &'a [RowId]) -> Self {
        let mut telling = Vec::with_capacity(rows.len());
        let mut last = None;
        for &row in rows {
            telling.push(last);
            let tells_nothing = matches!(
                host.ev(row).action,
                Action::ArbitrationEnded | Action::TerminalReason | Action::TerminalKicked
            );
            last = if tells_nothing { last } else { Some(row) };
        }
        Self { host, session_id, rows, done: Vec::new(), strays: Vec::new(), telling }
    }

    /// Notes the users of what a step added to the last connection: the record itself, and perhaps a reason.
    fn note_users(&mut self) {
        let host = self.host;
        let Some(desktop) = self.done.last_mut() else { return };
        for &row in desktop.connections.last().into_iter().flat_map(|c| c.rows.iter().rev().take(2)) {
            if let Some(user) = host.ev(row).account_id()
                && !desktop.users.iter().any(|(known, _)| *known == user)
            {
                desktop.users.push((user, row));
            }
        }
    }

    fn step(&mut self, at: usize) {
        let row = self.rows[at];
        match self.host.ev(row).action {
            Action::TerminalLogon => self.logon(row),
            Action::TerminalShell => self.shell(row),
            Action::TerminalReconnected => self.reconnect(row),
            Action::TerminalDisconnected => self.disconnect(at),
            Action::TerminalLogoff => self.logoff(at),
            Action::TerminalKicked => {
                if let Some(connection) = self.open().and_then(Desktop::open_connection) {
                    connection.rows.push(row);
                }
            }
            Action::TerminalReason => self.reason(at),
            _ => self.arbitration(at),
        }
        self.note_users();
    }

    fn open(&mut self) -> Option<&mut Desktop> {
        self.done.last_mut().filter(|d| d.end_kind.is_none())
    }

    /// Is this the same step as an earlier record, logged by another channel?
    fn same_step(&self, earlier: Option<RowId>, row: RowId) -> bool {
        earlier.is_some_and(|e| {
            self.host.ev(e).log_id() != self.host.ev(row).log_id()
                && self.host.millis(e, row).abs() <= SAME_STEP_MILLIS
        })
    }

    fn logon(&mut self, row: RowId) {
        let last = self.done.last().and_then(|d| d.begin);
        if self.same_step(last, row) {
            if let Some(connection) = self.done.last_mut().and_then(Desktop::last) {
                connection.rows.push(row);
            }
            return;
        }
        if let Some(desktop) = self.open() {
            // A new logon on a session ID that nobody logged off.
            desktop.end_kind = Some(EndKind::Superseded);
            desktop.superseded_by = Some(row);
            if let Some(connection) = desktop.open_connection() {
                connection.end_kind = Some(EndKind::Superseded);
            }
        }
        let mut desktop = Desktop::new(self.host, row, self.session_id);
        desktop.begin = Some(row);
        desktop.connections.push(DesktopConnection::new(How::Logon, Some(row), row));
        self.done.push(desktop);
    }

    fn shell(&mut self, row: RowId) {
        // A shell starts once, right after the logon: where nobody is connected any more it is of a logon not in the log.
        let left = self.open().is_some_and(|d| d.open_connection().is_none());
        if left && let Some(desktop) = self.open() {
            desktop.end_kind = Some(EndKind::Superseded);
        }
        if self.open().is_none() {
            self.before_the_log(row);
        }
        if let Some(desktop) = self.open() {
            desktop.shell = desktop.shell.or(Some(row));
            if let Some(connection) = desktop.last() {
                connection.rows.push(row);
            }
        }
    }

    /// The log shows a desktop whose begin it does not hold.
    fn before_the_log(&mut self, row: RowId) {
        let mut desktop = Desktop::new(self.host, row, self.session_id);
        desktop.connections.push(DesktopConnection::new(How::Unknown, None, row));
        self.done.push(desktop);
    }

    fn reconnect(&mut self, row: RowId) {
        let host = self.host;
        let last = self.done.last().and_then(|d| d.connections.last()).and_then(|c| c.begin);
        if self.same_step(last, row) {
            if let Some(connection) = self.done.last_mut().and_then(Desktop::last) {
                connection.rows.push(row);
            }
            return;
        }
        let other_user = self.open().is_some_and(|d| {
            d.users
                .iter()
                .any(|&(_, r)| host.ev(r).user_id().is_some() && !same_user(host.ev(r), host.ev(row)))
        });
        if other_user && let Some(desktop) = self.open() {
            desktop.end_kind = Some(EndKind::Superseded);
            desktop.superseded_by = Some(row);
            if let Some(connection) = desktop.open_connection() {
                connection.end_kind = Some(EndKind::Superseded);
            }
        }
        if self.open().is_none() {
            self.done.push(Desktop::new(host, row, self.session_id));
        }
        if let Some(desktop) = self.open() {
            if let Some(connection) = desktop.open_connection() {
                // Its disconnect is not in the log; somebody else is connected now.
                connection.end_kind = Some(EndKind::Superseded);
            }
            desktop.connections.push(DesktopConnection::new(How::Reconnect, Some(row), row));
        }
    }

    fn disconnect(&mut self, at: usize) {
        let row = self.rows[at];
        let host = self.host;
        if self.is_throw_away(at) {
            self.strays.push(row);
            return;
        }
        // A logoff logs a disconnect as well, within a second or two.
        let ended = self.done.last().and_then(|d| d.end);
        let reason = ended.and_then(|end| self.reason_of(at, end));
        if let Some(desktop) = self.done.last_mut()
            && let Some(end) = desktop.end.filter(|e| host.millis(*e, row) <= LOGOFF_TAIL_MILLIS)
        {
            let over =
                |c: &DesktopConnection| c.end.is_some_and(|e| host.millis(e, end) > SAME_MOMENT_MILLIS);
            match desktop.last() {
                // Somebody was connected, and the last connection was over by then: who logged off came back unseen.
                Some(connection) if over(connection) => {
                    let mut unseen = DesktopConnection::new(How::Unknown, None, end);
                    unseen.rows.push(row);
                    unseen.end = Some(end);
                    unseen.end_kind = Some(EndKind::Logoff);
                    unseen.take_reason(reason);
                    desktop.connections.push(unseen);
                }
                Some(connection) => connection.rows.push(row),
                None => {}
            }
            return;
        }
        // A 40 ended it only for want of this 24.
        if let Some(connection) = self.open().and_then(Desktop::last)
            && connection.end.is_some_and(|e| {
                host.ev(e).action == Action::TerminalReason && host.millis(e, row) <= LOGOFF_TAIL_MILLIS
            })
        {
            if connection.end.is_some_and(|e| host.millis(e, row) > REASON_MILLIS) {
                connection.reason = None;
            }
            connection.rows.push(row);
            connection.end = Some(row);
            connection.end_kind = Some(EndKind::Disconnect);
            return;
        }
        let ended = self.open().and_then(|d| d.connections.last()).and_then(|c| c.end);
        if ended.is_some_and(|e| self.same_step(Some(e), row)) {
            if let Some(connection) = self.open().and_then(Desktop::last) {
                connection.rows.push(row);
            }
            return;
        }
        let mut reason = self.reason_before(at);
        if self.open().is_none() {
            self.before_the_log(row);
        } else if let Some(desktop) = self.open() {
            match desktop.open_connection() {
                Some(connection) if is_elsewhere(host, connection, row) => {
                    // Who leaves came from another place: the disconnect and the reconnect between are not in the log.
                    // A reason before that connection's begin is of none of the two.
                    reason = reason.filter(|r| connection.begin.is_none_or(|begin| begin < *r));
                    connection.end_kind = Some(EndKind::Superseded);
                    connection.rows.retain(|r| Some(*r) != reason);
                    connection.reason = connection.reason.filter(|r| Some(*r) != reason);
                    desktop.connections.push(DesktopConnection::new(How::Unknown, None, row));
                }
                // A second disconnect: the reconnect between them is not in the log.
                None => desktop.connections.push(DesktopConnection::new(How::Unknown, None, row)),
                Some(_) => {}
            }
        }
        if let Some(connection) = self.open().and_then(Desktop::open_connection) {
            connection.rows.push(row);
            connection.end = Some(row);
            connection.end_kind = Some(EndKind::Disconnect);
            connection.take_reason(reason);
        }
    }

    fn logoff(&mut self, at: usize) {
        let row = self.rows[at];
        let host = self.host;
        if self.is_throw_away(at) {
            self.strays.push(row);
            return;
        }
        if self.same_step(self.done.last().and_then(|d| d.end), row) {
            if let Some(connection) = self.done.last_mut().and_then(Desktop::last) {
                connection.rows.push(row);
            }
            return;
        }
        if self.open().is_none() {
            self.before_the_log(row);
        }
        let reason = self.reason_before(at);
        let Some(desktop) = self.open() else { return };
        desktop.end = Some(row);
        desktop.end_kind = Some(EndKind::Logoff);
        if let Some(connection) = desktop.last() {
            let just_now = connection.end.is_none_or(|e| host.millis(e, row) <= SAME_MOMENT_MILLIS);
            if just_now && connection.end_kind != Some(EndKind::Superseded) {
                connection.rows.push(row);
                connection.end = Some(row);
                connection.end_kind = Some(EndKind::Logoff);
                // What was close to the 24 may be too far from the 23.
                connection.reason = connection.reason.filter(|&r| host.millis(r, row).abs() <= REASON_MILLIS);
                connection.take_reason(reason);
            }
        }
    }

    /// The last 40 right before an end.
    fn reason_before(&self, at: usize) -> Option<RowId> {
        let row = self.rows[at];
        let near = |r: &&RowId| self.host.millis(**r, row) <= REASON_MILLIS;
        let mut before = self.rows[..at].iter().rev().take_while(near);
        before.find(|&&r| self.host.ev(r).action == Action::TerminalReason).copied()
    }

    /// The last 40 before a record that lies close to an end.
    fn reason_of(&self, at: usize, end: RowId) -> Option<RowId> {
        let near = |r: &&RowId| self.host.millis(**r, end) <= REASON_MILLIS;
        let fits = |&r: &RowId| {
            self.host.ev(r).action == Action::TerminalReason && self.host.millis(end, r) <= REASON_MILLIS
        };
        self.rows[..at].iter().rev().take_while(near).copied().find(fits)
    }

    /// A 40 gives a reason; it ends a connection only where no 24 or 23 does.
    fn reason(&mut self, at: usize) {
        let row = self.rows[at];
        let host = self.host;
        if self.is_throw_away(at) {
            self.strays.push(row);
            return;
        }
        let near = |r: &&RowId| host.millis(row, **r).abs() <= REASON_MILLIS;
        // What ended before this connection began, or ends after the next one, is no end of this one.
        let within = |r: &&RowId| {
            near(r) && !matches!(host.ev(**r).action, Action::TerminalLogon | Action::TerminalReconnected)
        };
        let around =
            self.rows[..at].iter().rev().take_while(within).chain(self.rows[at..].iter().take_while(within));
        let has_better = around
            .into_iter()
            .any(|&r| matches!(host.ev(r).action, Action::TerminalDisconnected | Action::TerminalLogoff));
        let Some(connection) = self.done.last_mut().and_then(Desktop::last) else { return };
        if connection.is_open() {
            connection.rows.push(row);
            if has_better {
                connection.reason = Some(row);
            } else {
                connection.end = Some(row);
                let by_user = host.ev(row).reason() == Some(REASON_LOGOFF);
                connection.end_kind = Some(if by_user { EndKind::Logoff } else { EndKind::Disconnect });
                connection.reason = Some(row);
            }
        } else if connection.end.is_some_and(|e| host.millis(e, row) <= REASON_MILLIS) {
            connection.rows.push(row);
            connection.reason = Some(row);
        }
    }

    fn arbitration(&mut self, at: usize) {
        let row = self.rows[at];
        let host = self.host;
        // A new session's arbitration comes right before its 21; a reconnect's names a session of its own.
        let own = self.rows[at + 1..]
            .iter()
            .copied()
            .take_while(|&r| host.millis(row, r) <= ARBITRATION_MILLIS)
            .find(|&r| !matches!(host.ev(r).action, Action::ArbitrationBegun | Action::ArbitrationEnded));
        let begins = own.is_some_and(|r| {
            matches!(host.ev(r).action, Action::TerminalLogon | Action::TerminalReconnected)
        });
        if !begins
            && let Some(desktop) = self.open()
            && let Some(begin) = desktop.connections.last().and_then(|c| c.begin)
            && host.millis(begin, row) <= SAME_MOMENT_MILLIS
        {
            if let Some(connection) = desktop.last() {
                connection.rows.push(row);
            }
            return;
        }
        self.strays.push(row);
    }

    /// Does this record come from a session that only an arbitration made, with no logon in it?
    fn is_throw_away(&self, at: usize) -> bool {
        let host = self.host;
        self.telling[at].is_some_and(|earlier| {
            host.ev(earlier).action == Action::ArbitrationBegun
                && host.millis(earlier, self.rows[at]) <= ARBITRATION_MILLIS
        })
    }
}
