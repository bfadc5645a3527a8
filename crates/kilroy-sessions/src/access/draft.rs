//! An access session while its records are being collected.

use std::collections::BTreeSet;

use kilroy_model::{EndKind, Guid, How, Kind, LinkRule, Luid, Role, SessionOutcome};

use crate::host::RowId;

/// Index of a draft.
pub(crate) type DraftId = usize;

/// One record in a session, and why it is there.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) row: RowId,
    pub(crate) role: Role,
    pub(crate) rule: LinkRule,
    /// The record of the session that it is tied to.
    pub(crate) via: RowId,
    /// What they share, in words.
    pub(crate) value: String,
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

/// An access session while its records are being collected.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) boot: usize,
    pub(crate) kind: Kind,
    pub(crate) how: How,
    pub(crate) outcome: SessionOutcome,
    pub(crate) background: bool,
    /// The record it was made for.
    pub(crate) seed: RowId,
    /// The record that shows the user in; none if the begin was not seen.
    pub(crate) begin: Option<RowId>,
    pub(crate) parts: Vec<Part>,
    /// Logon IDs of the desktop itself: their logoff ends the session.
    pub(crate) own_luids: BTreeSet<Luid>,
    /// Network logons of Network Level Authentication (4624 type 3), in order.
    pub(crate) nla: Vec<RowId>,
    pub(crate) desktop: Option<DesktopRef>,
    pub(crate) session_id: Option<u32>,
    pub(crate) activity: Option<Guid>,
    pub(crate) end: Option<End>,
    /// A new logon took the same desktop.
    pub(crate) superseded_by: Option<RowId>,
    pub(crate) superseded: bool,
    /// The 40 that gives the reason.
    pub(crate) reason: Option<RowId>,
    pub(crate) ssh: Option<SshLine>,
    pub(crate) turned_down: Vec<(RowId, String)>,
}

impl Draft {
    pub(crate) fn new(boot: usize, kind: Kind, how: How, seed: RowId) -> Self {
        Self {
            boot,
            kind,
            how,
            outcome: SessionOutcome::Success,
            background: false,
            seed,
            begin: None,
            parts: Vec::new(),
            own_luids: BTreeSet::new(),
            nla: Vec::new(),
            desktop: None,
            session_id: None,
            activity: None,
            end: None,
            superseded_by: None,
            superseded: false,
            reason: None,
            ssh: None,
            turned_down: Vec::new(),
        }
    }

    pub(crate) fn is_remote(&self) -> bool {
        self.kind == Kind::InteractiveRemote
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = RowId> + '_ {
        self.parts.iter().map(|p| p.row)
    }

    pub(crate) fn with_role(&self, role: Role) -> impl Iterator<Item = RowId> + '_ {
        self.parts.iter().filter(move |p| p.role == role).map(|p| p.row)
    }
}
