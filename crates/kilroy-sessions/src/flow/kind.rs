//! Which step a record shows.

use std::collections::BTreeMap;

use kilroy_model::{AccessSession, EndKind, EventUid, Role, SessionOutcome, Source};

/// Records of the end come in any order within a second or two; what ends earlier is outlived by the session.
const BEFORE_THE_END_MILLIS: u64 = 3_000;

/// What a session tells of its records beside their roles.
pub(super) struct Told<'a> {
    session: &'a AccessSession,
    /// Privileges, by their record: did they come with the logon of NLA? Windows writes them before or after it.
    privileges: BTreeMap<EventUid, bool>,
}

impl<'a> Told<'a> {
    pub(super) fn of(session: &'a AccessSession) -> Self {
        let roles: BTreeMap<EventUid, Role> =
            session.sources.iter().map(|source| (source.event_uid, source.role)).collect();
        let mut privileges = BTreeMap::new();
        for link in &session.links {
            for (one, other) in [(link.from, link.to), (link.to, link.from)] {
                let with = roles.get(&other);
                if roles.get(&one) == Some(&Role::Privileges) && matches!(with, Some(Role::Nla | Role::Logon))
                {
                    privileges.insert(one, with == Some(&Role::Nla));
                }
            }
        }
        Self { session, privileges }
    }
}

/// Declares the steps once: variant, name in tables, meaning. In the order in which a session goes through them.
macro_rules! steps {
    ($($variant:ident = $name:literal, $doc:literal;)+) => {
        /// What happens in a step.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum StepKind { $(#[doc = $doc] $variant,)+ }

        impl StepKind {
            /// All steps, in the order in which a session goes through them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

steps! {
    Begin = "begin", "The begin, where no record shows it.";
    Connection = "connection", "A connection comes in (131, 261).";
    Nla = "nla", "The network logon of Network Level Authentication.";
    Authentication = "authentication", "The user is authenticated (1149, 4776, sshd).";
    Assigned = "assigned", "The connection gets its session (66).";
    Logon = "logon", "A logon session is made (4624, with 4648 and 4672).";
    Arbitration = "arbitration", "The session manager looks for a session (41, 42).";
    Desktop = "desktop", "A new desktop (21).";
    Reconnect = "reconnect", "An existing desktop is taken up (25, 4778).";
    Shell = "shell", "The shell starts (22).";
    Program = "program", "A program shows which logon the desktop runs under (Sysmon 1).";
    LogonClosed = "logon-closed", "A logon is closed while the session goes on.";
    Lock = "lock", "The desktop is locked.";
    Unlock = "unlock", "The desktop is unlocked.";
    Failure = "failure", "The attempt fails.";
    Denied = "denied", "The attempt is refused.";
    Disconnect = "disconnect", "The session is disconnected (24, 39, 40, 4779).";
    Logoff = "logoff", "The session is logged off (23, 4647, 4634).";
    Shutdown = "shutdown", "The machine goes down.";
    End = "end", "The end, where no record shows it.";
}

impl StepKind {
    /// The step that a record of this session shows on its own.
    pub(super) fn of(told: &Told<'_>, record: &Source) -> Self {
        match record.role {
            Role::Connection if matches!(record.event_id, 65 | 66) => Self::Assigned,
            Role::Connection => Self::Connection,
            Role::Nla if closes(record) => ending(told.session, record),
            Role::Nla => Self::Nla,
            Role::Authentication => Self::Authentication,
            Role::Privileges if told.privileges.get(&record.event_uid) == Some(&true) => Self::Nla,
            Role::Logon if is_security(record) => Self::Logon,
            Role::Logon if is_terminal(record) => Self::Desktop,
            Role::Logon | Role::Privileges | Role::ExplicitCredentials => Self::Logon,
            Role::Arbitration => Self::Arbitration,
            Role::Shell if is_terminal(record) => Self::Shell,
            Role::Shell => Self::Program,
            Role::Reconnect => Self::Reconnect,
            Role::Lock => Self::Lock,
            Role::Unlock => Self::Unlock,
            Role::Disconnect | Role::Logoff => ending(told.session, record),
            Role::Failure => Self::Failure,
            Role::Denied => Self::Denied,
            Role::Shutdown => Self::Shutdown,
        }
    }

    /// Can a record be one more of a step of this kind?
    pub(super) fn takes(self, told: &Told<'_>, record: &Source) -> bool {
        match record.role {
            // Where nothing ties privileges to a logon, they belong to the one before, whichever that is.
            Role::Privileges if !told.privileges.contains_key(&record.event_uid) => {
                matches!(self, Self::Nla | Self::Logon)
            }
            // Of two NLA logons Windows closes the first at once.
            Role::Nla if closes(record) => self == Self::Nla || self == Self::of(told, record),
            _ => self == Self::of(told, record),
        }
    }

    /// Is it an end?
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Disconnect | Self::Logoff | Self::Shutdown | Self::End)
    }

    /// How little a record says about such a step beside others: the lightest leads.
    pub(super) fn weight(self, record: &Source) -> usize {
        let order: &[u32] = match self {
            Self::Connection => &[131, 261],
            Self::Authentication => &[1149, 4776, 680, 4768, 4769],
            Self::Nla | Self::Logon => &[4624, 528, 540, 4648],
            Self::Reconnect => &[25, 4778, 682],
            Self::Disconnect => &[24, 4779, 683, 40, 39],
            Self::Logoff => &[23, 4647, 551, 4634, 538],
            Self::Failure => &[4625, 140],
            Self::Unlock => &[4801],
            _ => &[],
        };
        order.iter().position(|id| *id == record.event_id).unwrap_or(order.len())
    }
}

/// Is this record the end of the session, or of a logon that the session outlives?
fn ending(session: &AccessSession, record: &Source) -> StepKind {
    let at_the_end = session.outcome == SessionOutcome::Success
        && session
            .end
            .is_some_and(|end| record.time >= end || record.time.within_millis(end, BEFORE_THE_END_MILLIS));
    match (at_the_end, record.role) {
        (true, _) if session.end_kind == EndKind::Logoff => StepKind::Logoff,
        (true, _) | (false, Role::Disconnect) => StepKind::Disconnect,
        (false, _) => StepKind::LogonClosed,
    }
}

/// Is it the record of a logon session that is closed?
fn closes(record: &Source) -> bool {
    is_security(record) && matches!(record.event_id, 4634 | 4647 | 538 | 551)
}

fn is_security(record: &Source) -> bool {
    record.log.eq_ignore_ascii_case("Security")
}

/// Is it a record of the session managers, which know desktops?
fn is_terminal(record: &Source) -> bool {
    let log = record.log.to_ascii_lowercase();
    log.contains("localsessionmanager") || log.contains("sessionservices")
}
