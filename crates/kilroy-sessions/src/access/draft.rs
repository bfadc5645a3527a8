//! An access session while its records are being collected.

use kilroy_model::{EndKind, How, Kind, LinkRule, Role, SessionOutcome};

use crate::host::RowId;
use crate::logons::LogonKey;
use crate::words::Id;

/// Index of a draft.
pub(crate) type DraftId = usize;

/// One record in a session, and why it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) row: RowId,
    pub(crate) role: Role,
    pub(crate) rule: LinkRule,
    /// The record of the session that it is tied to.
    pub(crate) via: RowId,
    pub(crate) shared: Shared,
}

/// What a record shares with the one that it is tied to. The words are made when the session is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shared {
    Nothing,
    /// They lie close in time.
    Moment,
    /// The record's logon ID.
    Luid,
    /// The logon ID of the other half.
    LinkedLuid,
    /// Logon ID and name of the window station.
    Station,
    /// The record's connection.
    Activity,
    /// The record's terminal session.
    Desktop,
    /// Logon ID and terminal session.
    LuidAndDesktop,
    /// The Kerberos logon GUID.
    Guid,
    /// The port of a secure shell.
    Port,
    /// The process.
    Process,
    /// The terminal line.
    Line,
    /// The machine behind a gateway.
    Resource,
}

/// The record that ends a session, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) row: RowId,
    pub(crate) kind: EndKind,
}

/// Where a connection of a desktop is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DesktopRef {
    pub(crate) desktop: usize,
    pub(crate) connection: usize,
}

/// What a line of the secure shell daemon says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SshLine {
    pub(crate) user: String,
    pub(crate) ip: Option<std::net::IpAddr>,
    pub(crate) port: Option<u16>,
}

/// An access session while its records are being collected. There are millions of them: what few have is kept apart.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) boot: u32,
    pub(crate) kind: Kind,
    pub(crate) how: How,
    pub(crate) outcome: SessionOutcome,
    pub(crate) background: bool,
    /// A new logon took the same desktop.
    pub(crate) superseded: bool,
    /// The record it was made for.
    pub(crate) seed: RowId,
    /// The record that shows the user in; none if the begin was not seen.
    pub(crate) begin: Option<RowId>,
    pub(crate) end: Option<End>,
    /// Its records, in the order in which they were given.
    pub(crate) parts: Chain,
    /// Logon IDs of the desktop itself: their logoff ends the session.
    own: [Option<LogonKey>; 2],
    more: Option<Box<More>>,
}

/// First, last and number of records that are chained to one another.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Chain {
    pub(crate) ends: Option<(RowId, RowId)>,
    pub(crate) len: u32,
}

/// What few sessions have, those of desktops above all.
#[derive(Debug, Default)]
pub(crate) struct More {
    /// Network logons of Network Level Authentication (4624 type 3), in order.
    pub(crate) nla: Vec<RowId>,
    pub(crate) desktop: Option<DesktopRef>,
    pub(crate) session_id: Option<u32>,
    pub(crate) activity: Option<Id>,
    pub(crate) superseded_by: Option<RowId>,
    /// The 40 that gives the reason.
    pub(crate) reason: Option<RowId>,
    pub(crate) ssh: Option<SshLine>,
    /// Terminal line of Linux.
    pub(crate) line: Option<Id>,
    pub(crate) turned_down: Vec<RowId>,
    /// Own logon IDs beyond two.
    own: Vec<LogonKey>,
}

impl Draft {
    pub(crate) fn new(boot: u32, kind: Kind, how: How, seed: RowId) -> Self {
        Self {
            boot,
            kind,
            how,
            outcome: SessionOutcome::Success,
            background: false,
            superseded: false,
            seed,
            begin: None,
            end: None,
            parts: Chain::default(),
            own: [None; 2],
            more: None,
        }
    }

    pub(crate) fn is_remote(&self) -> bool {
        self.kind == Kind::InteractiveRemote
    }

    /// What few sessions have, to be changed.
    pub(crate) fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn get<T>(&self, get: impl FnOnce(&More) -> Option<T>) -> Option<T> {
        self.more.as_deref().and_then(get)
    }

    pub(crate) fn nla(&self) -> &[RowId] {
        self.more.as_deref().map_or(&[], |m| &m.nla)
    }

    pub(crate) fn turned_down(&self) -> &[RowId] {
        self.more.as_deref().map_or(&[], |m| &m.turned_down)
    }

    pub(crate) fn desktop(&self) -> Option<DesktopRef> {
        self.get(|m| m.desktop)
    }

    pub(crate) fn session_id(&self) -> Option<u32> {
        self.get(|m| m.session_id)
    }

    pub(crate) fn activity(&self) -> Option<Id> {
        self.get(|m| m.activity)
    }

    pub(crate) fn superseded_by(&self) -> Option<RowId> {
        self.get(|m| m.superseded_by)
    }

    pub(crate) fn reason(&self) -> Option<RowId> {
        self.get(|m| m.reason)
    }

    pub(crate) fn line(&self) -> Option<Id> {
        self.get(|m| m.line)
    }

    pub(crate) fn ssh(&self) -> Option<&SshLine> {
        self.more.as_deref().and_then(|m| m.ssh.as_ref())
    }

    /// Own logon IDs, in no special order.
    pub(crate) fn own(&self) -> impl Iterator<Item = LogonKey> + '_ {
        let beyond = self.more.as_deref().map_or(&[][..], |m| &m.own);
        self.own.iter().flatten().chain(beyond).copied()
    }

    pub(crate) fn owns(&self, key: LogonKey) -> bool {
        self.own().any(|k| k == key)
    }

    pub(crate) fn owns_none(&self) -> bool {
        self.own[0].is_none()
    }

    /// Adds a logon ID to its own.
    pub(crate) fn make_own(&mut self, key: LogonKey) {
        if self.owns(key) {
            return;
        }
        match self.own.iter_mut().find(|k| k.is_none()) {
            Some(free) => *free = Some(key),
            None => self.more().own.push(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_stays_small() {
        assert!(size_of::<Draft>() <= 64, "{}", size_of::<Draft>());
    }
}
