//! Terminal lines of Linux: what utmp and wtmp tell.
//!
//! A login on a line (`pts/0`, `tty1`, `:0`) lasts until the line's process dies, somebody else logs on at the line, or the
//! machine goes down: that is how `last` reads the file, and the line is the only key, for the process that is logged as dead
//! is often not the one that was logged as alive. A login that sshd made is the same presence as the daemon's `Accepted`
//! line: one row of kind `ssh`. All others are of kind `tty`, whatever the address: telnet and rlogin write the same.
//!
//! A reader of Linux logs fills these fields of [`SessionEvent`](crate::SessionEvent), and nothing else is asked of it:
//!
//! | record | `action` | fields |
//! |---|---|---|
//! | utmp `USER_PROCESS` | `tty-opened` | `user`; `session_name`: the line; `ip`: `ut_addr_v6`, else the host if it is an address; `src_host`: the host; `pid` |
//! | utmp `DEAD_PROCESS` | `tty-closed` | `session_name`: the line; `pid` |
//! | utmp `BOOT_TIME` | `kernel-started` | |
//! | utmp `RUN_LVL` of user `shutdown` | `kernel-stopped` | |
//! | utmp `OLD_TIME` and the `NEW_TIME` behind it | `clock-changed` | `old_value`, `new_value`: both times |
//! | line of sshd in syslog | `ssh-message` | `new_value`: the text behind `sshd[24680]: `; `old_value`: `sshd`; `pid`: the number in brackets |
//!
//! `log` is the name of the log without its rotation (`wtmp`, `utmp`, `auth.log`), `record_id` the place of the record in it,
//! counted on through rotated files. A syslog line `message repeated 5 times: […]` stands for five records; what is not
//! taken apart counts once. Other records (`LOGIN_PROCESS`, `INIT_PROCESS`, run levels, su, sudo, cron) make no session.

use kilroy_model::{Action, EndKind, How, Kind, LinkRule, Role};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, End, Shared};
use crate::host::{RowId, account_kind, address, same_name};
use crate::mix::Map;
use crate::words::Id;

/// From the daemon's `Accepted` to the terminal.
const ACCEPTED_TO_LINE_MILLIS: i64 = 10_000;

/// syslog knows seconds only: the line may seem to come a moment earlier.
const TICK_MILLIS: i64 = 1000;

/// utmp and wtmp show the same login at the same moment.
const SAME_LOGIN_MILLIS: i64 = 1000;

/// The terminal is gone this long before the connection at most; else the connection was for more than the terminal.
const SAME_END_MILLIS: i64 = 10_000;

/// A boot and a line of it.
type Line = (u32, Option<Id>);

/// One row per login on a line, or the login's records to the secure shell session that made it.
pub(crate) fn logins(b: &mut Builder<'_>) {
    let host = b.host;
    if host.of(Action::TtyOpened).is_empty() {
        return;
    }
    let mut rows: Vec<RowId> =
        [Action::TtyOpened, Action::TtyClosed].iter().flat_map(|a| host.of(*a).iter().copied()).collect();
    rows.sort_unstable();
    let mut accepted = Accepted::new(b);
    let mut open: Map<Line, (RowId, DraftId)> = Map::default();
    for row in rows {
        let ev = host.ev(row);
        let line = (ev.row.boot, ev.session_name_id());
        if ev.action == Action::TtyClosed {
            if let Some((opened, id)) = open.remove(&line) {
                closed(b, id, opened, row);
            }
            continue;
        }
        let before = open.get(&line).copied();
        if let Some((opened, id)) = before.filter(|&(opened, _)| is_same_login(b, opened, row)) {
            b.give(id, row, Role::Logon, LinkRule::TerminalSession, opened, Shared::Line);
            continue;
        }
        let id = match accepted.take(b, row) {
            Some(id) => id,
            None => login(b, row),
        };
        b.drafts[id].more().line = ev.session_name_id();
        if let Some((_, before)) = open.insert(line, (row, id))
            && b.drafts[before].end.is_none()
        {
            b.drafts[before].superseded = true;
            b.drafts[before].more().superseded_by = Some(row);
        }
    }
}

fn login(b: &mut Builder<'_>, row: RowId) -> DraftId {
    let mut draft = Draft::new(b.host.boot(row), Kind::Tty, How::Logon, row);
    draft.begin = Some(row);
    draft.background = account_kind(b.host.ev(row)).is_background();
    b.start(draft, Role::Logon)
}

/// One login, told by two files.
fn is_same_login(b: &Builder<'_>, earlier: RowId, row: RowId) -> bool {
    let (a, z) = (b.host.ev(earlier), b.host.ev(row));
    a.log_id() != z.log_id()
        && a.pid() == z.pid()
        && a.name_id() == z.name_id()
        && b.host.millis(earlier, row).abs() <= SAME_LOGIN_MILLIS
}

/// The line's process died. PAM's own word on the session is better, and a connection that goes on was not for the line alone.
fn closed(b: &mut Builder<'_>, id: DraftId, opened: RowId, row: RowId) {
    b.give(id, row, Role::Logoff, LinkRule::TerminalSession, opened, Shared::Line);
    let better = b.drafts[id].end.is_some_and(|end| {
        end.kind == EndKind::Logoff || b.host.millis(row, end.row).abs() > SAME_END_MILLIS
    });
    if !better {
        b.drafts[id].end = Some(End { row, kind: EndKind::Logoff });
    }
}

/// Secure shell sessions that have no terminal yet, in their order.
struct Accepted {
    by_boot: Map<u32, Vec<(RowId, DraftId)>>,
}

impl Accepted {
    fn new(b: &Builder<'_>) -> Self {
        let mut by_boot: Map<u32, Vec<(RowId, DraftId)>> = Map::default();
        for (id, draft) in b.drafts.iter().enumerate() {
            if draft.kind == Kind::Ssh
                && draft.outcome == kilroy_model::SessionOutcome::Success
                && let Some(begin) = draft.begin
            {
                by_boot.entry(draft.boot).or_default().push((begin, id));
            }
        }
        for list in by_boot.values_mut() {
            list.sort_unstable();
        }
        Self { by_boot }
    }

    /// The session that a login on a line belongs to: of its user and address, right before it; of its process, if one is.
    fn take(&mut self, b: &mut Builder<'_>, row: RowId) -> Option<DraftId> {
        let host = b.host;
        let ev = host.ev(row);
        let list = self.by_boot.get_mut(&ev.row.boot)?;
        let from = list.partition_point(|&(begin, _)| host.millis(begin, row) > ACCEPTED_TO_LINE_MILLIS);
        let to = list.partition_point(|&(begin, _)| host.millis(begin, row) >= -TICK_MILLIS);
        let fits = |id: DraftId| {
            b.drafts[id].line().is_none()
                && b.drafts[id].ssh().is_some_and(|said| {
                    ev.user().is_some_and(|user| same_name(user, &said.user))
                        && (said.ip.is_none() || address(ev).is_none() || said.ip == address(ev))
                })
        };
        let near = || list[from..to.max(from)].iter().rev().filter(|(_, id)| fits(*id));
        let same_process = |begin: RowId| ev.pid().is_some() && host.ev(begin).pid() == ev.pid();
        let by_process = near().find(|(begin, _)| same_process(*begin)).copied();
        let (begin, id) = by_process.or_else(|| near().next().copied())?;
        if by_process.is_some() {
            b.give(id, row, Role::Logon, LinkRule::Process, begin, Shared::Process);
        } else {
            b.give_near(id, row, Role::Logon, begin);
        }
        Some(id)
    }
}
