//! Logons that stand apart: network logons of accounts that do nothing else here at that time.
//!
//! A controller has them by the million, and no rule about desktops, connections or explicit credentials can touch them,
//! because all of those go by the logon ID, the other half of a logon, or the account's name around the same time. So they need
//! not be looked at by each rule in turn: their records are set aside, those of one logon together, and each logon is one
//! session. What comes out is what the other rules would make of the same records.
//!
//! A logon *stands apart* if
//!
//! - it (4624) is of type 3, names no other half, and is the only one of its logon ID in its boot;
//! - nothing but its privileges (4672) and, behind it, its logoff (4634) names that ID;
//! - nothing else names its account within a quarter of an hour, but other logons like it, checks of credentials and tickets
//!   (4776, 4768, 4769, 4771), and failures (4625): no rule ties these to a logon, but the two that [`companions`] knows.

mod companions;
mod find;

use kilroy_model::{Action, EndKind, How, Kind, LinkRule, Role, Timestamp};

use crate::access::{Draft, End, Part, Shared, Whole, is_background_logon};
use crate::boots::permute;
use crate::host::{Host, RowId};
use crate::logons::LogonRecords;
use crate::record::{Ev, Row};
use crate::words::Words;

/// Number of a logon that stands apart.
pub(crate) type ApartId = usize;

/// Logons that stand apart, in the order of their first record.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    /// Of all records, how many are not among theirs: those come first.
    pub(crate) others: usize,
    /// Where the records of each logon end, counted from the first of any.
    ends: Vec<u32>,
}

impl Apart {
    /// Sets the records of logons that stand apart behind all others, those of one logon together. The order of the others, and
    /// of the records of one logon, stays.
    pub(crate) fn split(rows: &mut [Row], at: &mut [Timestamp], words: &Words) -> Self {
        let mut found = find::Found::new(rows, at, words);
        if found.is_empty() {
            return Self { others: rows.len(), ends: Vec::new() };
        }
        companions::add(&mut found, rows, at, words);
        let (mut ends, of_row) = found.sizes();
        let mut from: Vec<u32> = vec![0; rows.len()];
        let mut place = rows.len() - ends.iter().sum::<u32>() as usize;
        let others = place;
        // From sizes to places, and every record to its place.
        let mut next: Vec<usize> = Vec::with_capacity(ends.len());
        for end in &mut ends {
            next.push(place);
            place += *end as usize;
            *end = u32::try_from(place - others).unwrap_or(u32::MAX);
        }
        let mut other = 0;
        for (index, of_row) in (0..).zip(of_row) {
            let place = of_row.map_or(&mut other, |logon| &mut next[logon]);
            from[*place] = index;
            *place += 1;
        }
        drop(next);
        permute(from, rows, at);
        Self { others, ends }
    }

    /// The records of one, in their order.
    fn rows(&self, id: ApartId) -> impl Iterator<Item = RowId> + use<> {
        let from = id.checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        (from..self.ends[id] as usize).map(RowId::at)
    }
}

/// Puts the records of one logon after the other together, in the same room. The host is that of their records alone.
pub(crate) struct ApartSessions<'a> {
    pub(crate) host: &'a Host<'a>,
    apart: &'a Apart,
    draft: Draft,
    given: Vec<Part>,
    parts: Vec<Part>,
    logon: [RowId; 1],
    logoffs: Vec<RowId>,
    privileges: Vec<RowId>,
}

impl<'a> ApartSessions<'a> {
    pub(crate) fn new(host: &'a Host<'a>, apart: &'a Apart) -> Self {
        Self {
            host,
            apart,
            draft: Draft::new(0, Kind::Network, How::Logon, RowId::at(0)),
            given: Vec::new(),
            parts: Vec::new(),
            logon: [RowId::at(0)],
            logoffs: Vec::new(),
            privileges: Vec::new(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.apart.ends.len()
    }

    /// The logon (4624) itself.
    pub(crate) fn logon_of(&self, id: ApartId) -> RowId {
        let is_logon = |row: &RowId| self.host.ev(*row).action == Action::Logon;
        self.apart.rows(id).find(is_logon).unwrap_or(RowId::at(0))
    }

    /// The session of a logon, with all its records.
    pub(crate) fn whole(&mut self, id: ApartId) -> Whole<'_> {
        let (host, logon) = (self.host, self.logon_of(id));
        let ev = host.ev(logon);
        self.parts.clear();
        self.parts.extend(self.apart.rows(id).map(|row| part(host.ev(row), row, logon)));
        let last = self.parts.iter().rfind(|part| part.role == Role::Logoff).map(|part| part.row);
        self.draft = Draft::new(ev.boot, Kind::Network, How::Logon, logon);
        self.draft.begin = Some(logon);
        self.draft.background = is_background_logon(ev);
        self.draft.end = last.map(|row| End { row, kind: EndKind::Logoff });
        self.given.clear();
        self.given.extend_from_slice(&self.parts);
        self.given.sort_by_key(|part| rank(host, part));
        Whole::new(&self.draft, &self.given, &self.parts)
    }

    /// The records that name the logon ID.
    pub(crate) fn records(&mut self, id: ApartId) -> LogonRecords<'_> {
        self.logon = [self.logon_of(id)];
        let of = |action: Action| {
            let host = self.host;
            self.apart.rows(id).filter(move |row| host.ev(*row).action == action)
        };
        let (logoffs, privileges) = (of(Action::Logoff), of(Action::PrivilegesAssigned));
        self.logoffs.clear();
        self.logoffs.extend(logoffs);
        self.privileges.clear();
        self.privileges.extend(privileges);
        LogonRecords {
            logons: &self.logon,
            logoffs: &self.logoffs,
            privileges: &self.privileges,
            ..LogonRecords::default()
        }
    }
}

/// The part that a record of a logon that stands apart plays in its session.
fn part(ev: Ev<'_>, row: RowId, logon: RowId) -> Part {
    let (role, rule, shared) = match ev.action {
        Action::Logon => (Role::Logon, LinkRule::Anchor, Shared::Nothing),
        Action::Logoff => (Role::Logoff, LinkRule::Luid, Shared::Luid),
        Action::PrivilegesAssigned => (Role::Privileges, LinkRule::Luid, Shared::Luid),
        Action::KerberosServiceTicket => (Role::Authentication, LinkRule::LogonGuid, Shared::Guid),
        _ => (Role::Authentication, LinkRule::Window, Shared::Moment),
    };
    Part { row, role, rule, via: logon, shared }
}

/// The place of a part in the order in which records are given to a session: strongest first.
fn rank(host: &Host<'_>, part: &Part) -> (u8, u64, RowId) {
    let near = |rank| (rank, host.millis(part.row, part.via).unsigned_abs(), part.row);
    match (part.role, part.rule) {
        (Role::Logon, _) => (0, 0, part.row),
        (Role::Logoff, _) => (1, 0, part.row),
        (Role::Privileges, _) => (2, 0, part.row),
        (_, LinkRule::Window) => near(3),
        _ => (4, 0, part.row),
    }
}
