//! What comes with a logon that stands apart and does not name its logon ID: the NTLM check (4776) and, where the controller is
//! itself the target, the Kerberos ticket (4769).

use kilroy_model::{Action, Guid, Timestamp};

use super::find::Found;
use crate::access::{AFTER_LOGON_MILLIS, BEFORE_LOGON_MILLIS, is_failed_check};
use crate::host::{RowId, account_kind, same_place, same_user};
use crate::index::Index;
use crate::mix::Map;
use crate::record::{Ev, Row};
use crate::words::{Id, Words, index_of};

/// Gives each of them to its logon, by the rules of [`companions`](crate::access): the nearest logon of its user and place, or
/// the first of its logon GUID.
pub(super) fn add(found: &mut Found, rows: &[Row], at: &[Timestamp], words: &Words) {
    let records = Records { rows, at, words };
    checks(found, &records);
    tickets(found, &records);
}

/// All records, by boot and time.
struct Records<'a> {
    rows: &'a [Row],
    at: &'a [Timestamp],
    words: &'a Words,
}

impl<'a> Records<'a> {
    fn ev(&self, index: usize) -> Ev<'a> {
        Ev { row: &self.rows[index], words: self.words }
    }

    fn of(&self, action: Action) -> impl Iterator<Item = usize> + use<'a> {
        self.rows.iter().enumerate().filter(move |(_, row)| row.action == action).map(|(index, _)| index)
    }

    /// Milliseconds between two records.
    fn away(&self, a: usize, b: usize) -> u64 {
        ((self.at[a].ticks() - self.at[b].ticks()) / 10_000).unsigned_abs()
    }
}

fn checks(found: &mut Found, records: &Records<'_>) {
    let checks: Vec<(Id, usize)> = records
        .of(Action::CredentialsValidated)
        .filter_map(|check| {
            let ev = records.ev(check);
            let name = ev.name_id()?;
            (!is_failed_check(ev) && !account_kind(ev).is_background()).then_some((name, check))
        })
        .collect();
    if checks.is_empty() {
        return;
    }
    let mut has_checks = vec![false; records.words.count()];
    for (name, _) in &checks {
        has_checks[index_of(*name)] = true;
    }
    let logon = |index| {
        let name = records.ev(index).name_id().filter(|name| has_checks[index_of(*name)])?;
        Some((name, RowId::at(index)))
    };
    // Those of other logons, too: the nearest one may be among them.
    let by_name = Index::new(records.of(Action::Logon).filter_map(logon).collect());
    for (name, check) in checks {
        let nearest = nearest(records, by_name.of(name), check);
        if let Some(logon) = nearest.and_then(|logon| found.of(logon)) {
            found.add(check, logon);
        }
    }
}

/// The nearest logon that a check can have come before, of those of its user; of equally near ones the first.
fn nearest(records: &Records<'_>, of_user: &[RowId], check: usize) -> Option<usize> {
    let (ev, at) = (records.ev(check), records.at[check]);
    let (from, to) = (at.plus_millis(-AFTER_LOGON_MILLIS), at.plus_millis(BEFORE_LOGON_MILLIS));
    let fits = |logon: &usize| {
        let other = records.ev(*logon);
        same_user(ev, other) && same_place(ev, other)
    };
    let near = |logon: &usize| {
        let time = records.at[*logon];
        records.rows[*logon].boot == ev.row.boot && from <= time && time <= to
    };
    let middle = of_user.partition_point(|logon| logon.index() < check);
    let before = of_user[..middle].iter().rev().map(|logon| logon.index()).take_while(near);
    let after = of_user[middle..].iter().map(|logon| logon.index()).take_while(near);
    before.chain(after).filter(fits).min_by_key(|logon| (records.away(check, *logon), *logon))
}

fn tickets(found: &mut Found, records: &Records<'_>) {
    let guid = |index: usize| {
        let ev = records.ev(index);
        let guid = ev.logon_guid().filter(|guid| !guid.is_nil())?;
        Some((ev.row.boot, guid))
    };
    let tickets: Vec<(usize, (u32, Guid))> = records
        .of(Action::KerberosServiceTicket)
        .filter_map(|ticket| Some((ticket, guid(ticket)?)))
        .collect();
    if tickets.is_empty() {
        return;
    }
    let mut first: Map<(u32, Guid), usize> = Map::default();
    for logon in records.of(Action::Logon) {
        if let Some(key) = guid(logon) {
            first.entry(key).or_insert(logon);
        }
    }
    for (ticket, key) in tickets {
        if let Some(logon) = first.get(&key).and_then(|logon| found.of(*logon)) {
            found.add(ticket, logon);
        }
    }
}
