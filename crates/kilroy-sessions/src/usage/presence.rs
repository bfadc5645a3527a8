//! What usage needs to know of an access session or a desktop: a few hundred bytes, however many records it has.

use kilroy_model::{
    AccessSession, EndKind, How, Kind, Luid, Role, SessionOutcome, TerminalSession, Timestamp,
};

use super::spans::Stretch;
use super::zone::second;

/// By what way somebody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// At the machine's own keyboard; also a desktop of which nobody knows from where it was used.
    Console,
    /// Remote Desktop and kin.
    Remote,
    /// A shell without a desktop: SSH, a terminal line.
    Shell,
}

/// One interactive presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Host, as the session's row names it.
    pub computer: String,
    /// Account name, as logged.
    pub user: Option<String>,
    pub(crate) way: Way,
    /// When the user was in, if a record says so.
    pub(crate) start: Option<i64>,
    /// When it ended, if a record says so.
    pub(crate) end: Option<i64>,
    /// The latest that it can have ended.
    pub(crate) end_not_after: Option<i64>,
    /// Its first and its last own record.
    pub(crate) shown: (i64, i64),
    pub(crate) luids: Vec<Luid>,
    pub(crate) session_id: Option<u32>,
}

impl Presence {
    /// Whether sessions of this kind count at all: people at a desktop or a shell, and nothing that a program does.
    pub fn counts(kind: Kind) -> bool {
        way(kind).is_some()
    }

    /// What counts of a session; none if it is no presence of a person: failures, network logons, services, background, those
    /// of whom no session is seen, and those whose password a program asked for.
    pub fn of(session: &AccessSession) -> Option<Self> {
        let way = way(session.kind)?;
        let nobody = session.background || session.how == How::AuthOnly || is_of_program(session);
        if session.outcome != SessionOutcome::Success || nobody {
            return None;
        }
        // That the machine went down says nothing of the user.
        let own = || session.sources.iter().filter(|s| s.role != Role::Shutdown).map(|s| second(s.time));
        let start = session.start.map(second);
        let first = own().chain(session.attempt.map(second)).min();
        let first = start.or(first).or(session.end.map(second))?;
        let end = session.end.map(second);
        let end_not_after = session.end_not_after.map(second).filter(|_| end.is_none());
        let last = end.or_else(|| own().max()).unwrap_or(first);
        Some(Self {
            computer: session.computer.clone(),
            user: session.user.clone(),
            way,
            start,
            end,
            end_not_after,
            // A clock that was set back can put the end before the begin: then no time is proven.
            shown: (first, last.max(first)),
            luids: session
                .logon_ids
                .iter()
                .chain(&session.linked_logon_ids)
                .copied()
                .filter(|l| !l.is_fixed())
                .collect(),
            session_id: session.session_id,
        })
    }

    pub(crate) fn user_key(&self) -> Option<String> {
        self.user.as_ref().map(|user| user.to_lowercase())
    }
}

/// Windows logs people on to a desktop by this process; of Windows 2000 and before by the other one.
const LOGON_SCREEN: [&str; 2] = ["user32", "winlogon"];

/// Did a program ask for the logon, and did no desktop come of it? So do `runas` (seclogo), which runs on the desktop of somebody
/// else, and programs that check a password (Advapi, Chrome): nobody sits there by them.
fn is_of_program(session: &AccessSession) -> bool {
    let process =
        session.authentication.logon_process.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let by_program =
        process.is_some_and(|name| !LOGON_SCREEN.iter().any(|own| name.to_lowercase().starts_with(own)));
    let of_desktop =
        [Role::Shell, Role::Lock, Role::Unlock, Role::Arbitration, Role::Reconnect, Role::Disconnect];
    let has_desktop =
        session.session_id.is_some() || session.sources.iter().any(|s| of_desktop.contains(&s.role));
    session.kind == Kind::InteractiveLocal && by_program && !has_desktop
}

fn way(kind: Kind) -> Option<Way> {
    Some(match kind {
        Kind::InteractiveLocal | Kind::InteractiveUnknown => Way::Console,
        Kind::InteractiveRemote => Way::Remote,
        Kind::Ssh | Kind::Tty => Way::Shell,
        Kind::Network
        | Kind::NetworkCleartext
        | Kind::Batch
        | Kind::Service
        | Kind::Unlock
        | Kind::NewCredentials
        // Who goes through a gateway sits before another host, and is counted there.
        | Kind::Gateway => return None,
    })
}

/// The times at which a desktop was there and nobody was connected to it, as far as records show their begin and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desktop {
    /// Host, as the session's row names it.
    pub computer: String,
    /// Account name, as logged.
    pub user: Option<String>,
    pub(crate) disconnected: Vec<Stretch>,
}

impl Desktop {
    pub(crate) fn user_key(&self) -> Option<String> {
        self.user.as_ref().map(|user| user.to_lowercase())
    }

    /// From a terminal session.
    pub fn of(session: &TerminalSession) -> Self {
        let mut begins: Vec<Timestamp> = session.connections.iter().filter_map(|c| c.start).collect();
        begins.sort_unstable();
        let away = session.connections.iter().filter_map(|connection| {
            let left = connection.end.filter(|_| connection.end_kind != EndKind::Logoff)?;
            let back = begins.iter().copied().find(|begin| *begin >= left);
            // Without a known end of the desktop nobody can say how long it went on.
            let until = [back, session.end].into_iter().flatten().min()?;
            Some(second(left)..second(until))
        });
        Self {
            computer: session.computer.clone(),
            user: session.user.clone(),
            disconnected: away.filter(|gap| gap.start < gap.end).collect(),
        }
    }
}
