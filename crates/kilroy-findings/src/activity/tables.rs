//! Sessions by each key: no key of Windows is one without the host and the boot, and no time is.

use kilroy_model::{Guid, Luid, Timestamp};

use super::names::Number;
use super::spans::{Row, Spans};
use super::stay::Stay;

/// Spans of sessions by each key.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) luids: Spans<OfLuid>,
    pub(super) desktops: Spans<OnDesktop>,
    pub(super) activities: Spans<OfActivity>,
    pub(super) users: Spans<OfUser>,
    pub(super) sids: Spans<OfSid>,
    pub(super) addresses: Spans<FromAddress>,
    pub(super) ports: Spans<FromPort>,
    /// Everybody who is no machine and no service.
    pub(super) people: Spans<Person>,
}

impl Tables {
    /// `luids`, `activities`: which sessions have them.
    pub(super) fn new(stays: &[Stay], luids: Vec<OfLuid>, activities: Vec<OfActivity>) -> Self {
        let all = || (0..).zip(stays);
        let people = || all().filter(|(_, stay)| !stay.background);
        let having =
            |has: fn(&Stay) -> bool| people().filter(move |(_, stay)| has(stay)).map(|(number, _)| number);
        let on_desktops = all().filter(|(_, stay)| stay.terminal_session.is_some()).map(|(number, _)| number);
        Self {
            luids: Spans::new(luids, stays),
            desktops: Spans::new(on_desktops.map(OnDesktop).collect(), stays),
            activities: Spans::new(activities, stays),
            users: Spans::new(having(|stay| stay.user.is_some()).map(OfUser).collect(), stays),
            sids: Spans::new(having(|stay| stay.sid.is_some()).map(OfSid).collect(), stays),
            addresses: Spans::new(having(|stay| stay.ip.is_some()).map(FromAddress).collect(), stays),
            ports: Spans::new(having(|stay| stay.port.is_some()).map(FromPort).collect(), stays),
            people: Spans::new(having(|_| true).map(Person).collect(), stays),
        }
    }
}

/// A row that leads to a session.
pub(super) trait OfStay: Row<Thing = Stay> {
    /// Number of the session.
    fn stay(self) -> u32;
}

/// A logon ID of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OfLuid {
    pub(super) stay: u32,
    pub(super) luid: Luid,
    /// It is the other half of a UAC logon.
    pub(super) linked: bool,
}

/// A connection of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OfActivity {
    pub(super) stay: u32,
    pub(super) activity: Guid,
}

/// Declares what is a row of sessions: its key, and until when it holds.
macro_rules! rows {
    ($($(#[$meta:meta])* $row:ident ($this:ident, $stay:ident) : $key:ty = $make:expr, until $until:ident;)+) => { $(
        $(#[$meta])*
        impl Row for $row {
            type Key = $key;
            type Thing = Stay;

            fn key(self, stays: &[Stay]) -> $key {
                let ($this, $stay) = (self, &stays[self.stay() as usize]);
                $make
            }

            fn from(self, stays: &[Stay]) -> Timestamp {
                stays[self.stay() as usize].from
            }

            fn to(self, stays: &[Stay]) -> Timestamp {
                stays[self.stay() as usize].$until
            }
        }
    )+ };
}

/// Declares rows that are a session's number alone.
macro_rules! numbers {
    ($($(#[$meta:meta])* $row:ident,)+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) struct $row(u32);

        impl OfStay for $row {
            fn stay(self) -> u32 {
                self.0
            }
        }
    )+ };
}

numbers! {
    /// A session in a terminal session.
    OnDesktop,
    /// A session of a user.
    OfUser,
    /// A session of an account.
    OfSid,
    /// A session from an address.
    FromAddress,
    /// A session from a port of an address.
    FromPort,
    /// A session of somebody.
    Person,
}

impl OfStay for OfLuid {
    fn stay(self) -> u32 {
        self.stay
    }
}

impl OfStay for OfActivity {
    fn stay(self) -> u32 {
        self.stay
    }
}

rows! {
    OfLuid(row, stay): (u32, Luid, u32, bool) = (stay.host, row.luid, stay.boot, row.linked), until to;
    OnDesktop(_row, stay): (u32, u32, Option<u32>) = (stay.host, stay.boot, stay.terminal_session), until to;
    OfActivity(row, stay): (u32, u32, Guid) = (stay.host, stay.boot, row.activity), until to;
    OfUser(_row, stay): (u32, u32, Option<Number>) = (stay.host, stay.boot, stay.user), until there_to;
    OfSid(_row, stay): (u32, u32, Option<Number>) = (stay.host, stay.boot, stay.sid), until there_to;
    FromAddress(_row, stay): (u32, u32, Option<Number>) = (stay.host, stay.boot, stay.ip), until there_to;
    FromPort(_row, stay): (u32, u32, Option<Number>, Option<u16>) =
        (stay.host, stay.boot, stay.ip, stay.port), until there_to;
    Person(_row, stay): (u32, u32) = (stay.host, stay.boot), until there_to;
}
