//! The answer: which session, how sure, by which key.

use kilroy_model::SessionUid;

/// Declares an enum whose variants have one spelling everywhere.
macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$vmeta])* $variant,)+ }

        impl $type {
            /// All variants, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in output.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

named! {
    /// How sure it is that something belongs to a session; surer is greater.
    Sure {
        /// No session is known.
        None = "none",
        /// It fits, and others fit as well or something speaks against it.
        Possible = "possible",
        /// User and time fit one session only.
        Likely = "likely",
        /// A key that Windows gives to one session only.
        Exact = "exact",
    }
}

named! {
    /// What ties something to a session, strongest first.
    By {
        /// It is a record of the session.
        Record = "record",
        /// Same host, boot and logon ID.
        LogonId = "logon-id",
        /// The logon ID is the other half of a UAC logon.
        LinkedLogonId = "linked-logon-id",
        /// Same logon GUID.
        LogonGuid = "logon-guid",
        /// A process of the session did it.
        Process = "process",
        /// It runs as a service that was installed in the session.
        Service = "service",
        /// A process that it started is of the session.
        Child = "child",
        /// A finding holds that the session did it.
        Finding = "finding",
        /// Same connection to the Remote Desktop listener.
        Connection = "connection",
        /// In the session's terminal session.
        TerminalSession = "terminal-session",
        /// Same address and port.
        Port = "port",
        /// Same user, while the session was there.
        User = "user",
        /// Same source address, while the session was there.
        Address = "address",
        /// On that host, while the session was there.
        Time = "time",
    }
}

named! {
    /// Where in the life of the session it happened.
    When {
        /// While its user was there.
        Present = "present",
        /// Before the first sign of the session.
        BeforeStart = "before-start",
        /// After its user was disconnected: nobody was there, the logon session went on.
        AfterDisconnect = "after-disconnect",
        /// After it ended.
        AfterEnd = "after-end",
    }
}

/// To which session something belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    /// The session; of several the one that began last.
    pub session: Option<SessionUid>,
    /// The other sessions that fit as well, last begun first.
    pub others: Vec<SessionUid>,
    /// How sure.
    pub sure: Sure,
    /// By which key; none if no session is known.
    pub by: Option<By>,
    /// Where in the life of that session.
    pub when: When,
}

impl Belonging {
    /// No session is known.
    pub const NONE: Self =
        Self { session: None, others: Vec::new(), sure: Sure::None, by: None, when: When::Present };

    /// Every session that it may belong to.
    pub fn sessions(&self) -> impl Iterator<Item = SessionUid> + '_ {
        self.session.into_iter().chain(self.others.iter().copied())
    }
}
