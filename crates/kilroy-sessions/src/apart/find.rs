//! Which logons stand apart.

use kilroy_model::{Action, Timestamp};

use crate::logons::class;
use crate::mix::Map;
use crate::record::{Ev, Row};
use crate::words::{Id, Words, id_at, index_of};

/// How far from a logon another record of its account can be and still be tied to it, at most: a connection may begin five
/// minutes before the desktop, a network logon five minutes before that, and records of the desktop come some minutes later.
const REACH_MILLIS: i64 = 15 * 60_000;

/// Logons by logon ID and boot, and which of them stand apart.
pub(super) struct Found {
    logons: Vec<Logon>,
    /// The logon that each record belongs to.
    of_row: Vec<Option<Id>>,
}

/// What is known of one logon ID in one boot.
struct Logon {
    name: Option<Id>,
    /// The 4624.
    record: Option<Id>,
    /// Some rule may want it.
    wanted: bool,
}

impl Found {
    /// Looks through all records, by boot and time.
    pub(super) fn new(rows: &[Row], at: &[Timestamp], words: &Words) -> Self {
        let (mut logons, mut of_row) = by_logon_id(rows, words);
        let elsewhere = Elsewhere::new(rows, at, words, |index| {
            of_row[index].is_some_and(|id| !logons[index_of(id)].wanted)
        });
        for logon in logons.iter_mut().filter(|logon| !logon.wanted) {
            let near = |record: Id| {
                let index = index_of(record);
                logon.name.is_some_and(|name| elsewhere.is_near(name, rows[index].boot, at[index]))
            };
            logon.wanted = logon.record.is_none_or(near);
        }
        for of_row in &mut of_row {
            *of_row = of_row.filter(|id| !logons[index_of(*id)].wanted);
        }
        Self { logons, of_row }
    }

    /// Does none stand apart?
    pub(super) fn is_empty(&self) -> bool {
        self.logons.iter().all(|logon| logon.wanted)
    }

    /// The logon that a record belongs to, if that stands apart.
    pub(super) fn of(&self, index: usize) -> Option<Id> {
        self.of_row[index]
    }

    /// Adds a record to a logon.
    pub(super) fn add(&mut self, index: usize, logon: Id) {
        self.of_row[index] = Some(logon);
    }

    /// How many records each logon that stands apart has, and for each record which of them it belongs to.
    pub(super) fn sizes(self) -> (Vec<u32>, impl Iterator<Item = Option<usize>>) {
        let Self { logons, of_row, .. } = self;
        let mut sizes: Vec<u32> = Vec::new();
        let numbers: Vec<u32> = logons
            .iter()
            .map(|logon| {
                let number = u32::try_from(sizes.len()).unwrap_or(u32::MAX);
                sizes.extend((!logon.wanted).then_some(0));
                number
            })
            .collect();
        for id in of_row.iter().flatten() {
            sizes[numbers[index_of(*id)] as usize] += 1;
        }
        (sizes, of_row.into_iter().map(move |id| id.map(|id| numbers[index_of(id)] as usize)))
    }
}

/// All logon IDs, and the one of each record. Those are *wanted* whose records are of other kinds, or of several logons.
fn by_logon_id(rows: &[Row], words: &Words) -> (Vec<Logon>, Vec<Option<Id>>) {
    let mut known: Map<(u32, u64), Id> = Map::default();
    let mut logons: Vec<Logon> = Vec::new();
    let mut of_row = vec![None; rows.len()];
    let has_daemon = rows.iter().any(|row| row.action == Action::SshMessage);
    for (index, row) in rows.iter().enumerate() {
        let Some(luid) = row.luid().filter(|luid| luid.0 != 0 && !luid.is_fixed()) else { continue };
        if class(row.action).is_none() {
            continue;
        }
        let id = *known.entry((row.boot, luid.0)).or_insert_with(|| {
            logons.push(Logon { name: None, record: None, wanted: false });
            id_at(logons.len() - 1)
        });
        of_row[index] = Some(id);
        let logon = &mut logons[index_of(id)];
        let ev = Ev { row, words };
        let is_network = row.logon_type() == Some(3);
        let fits = match row.action {
            Action::Logon => {
                let is_first = logon.record.replace(id_at(index)).is_none();
                is_first && is_network && !ev.is_rare() && !(has_daemon && is_of_daemon(ev))
            }
            Action::Logoff => is_network && logon.record.is_some(),
            Action::PrivilegesAssigned => true,
            _ => false,
        };
        let name = ev.name_id();
        let is_other = logon.name.is_some() && name.is_some() && logon.name != name;
        logon.wanted |= !fits || is_other;
        logon.name = logon.name.or(name);
    }
    for logon in &mut logons {
        logon.wanted |= logon.record.is_none();
    }
    (logons, of_row)
}

/// When and in which boot accounts are met in records that a rule may tie to their logons.
struct Elsewhere {
    by_name: Map<Id, Vec<(u32, Timestamp)>>,
}

impl Elsewhere {
    fn new(rows: &[Row], at: &[Timestamp], words: &Words, is_plain: impl Fn(usize) -> bool) -> Self {
        let mut by_name: Map<Id, Vec<(u32, Timestamp)>> = Map::default();
        for (index, (row, at)) in rows.iter().zip(at).enumerate() {
            if !is_plain(index)
                && !is_check(row.action)
                && let Some(name) = (Ev { row, words }).name_id()
            {
                by_name.entry(name).or_default().push((row.boot, *at));
            }
        }
        Self { by_name }
    }

    /// Is an account met around this time?
    fn is_near(&self, name: Id, boot: u32, at: Timestamp) -> bool {
        let Some(met) = self.by_name.get(&name) else { return false };
        // Records are by boot and time.
        let next = met.partition_point(|met| *met < (boot, at.plus_millis(-REACH_MILLIS)));
        met.get(next).is_some_and(|met| *met <= (boot, at.plus_millis(REACH_MILLIS)))
    }
}

/// Records that no rule ties to a logon of the account they name, but those that the companions know.
fn is_check(action: Action) -> bool {
    matches!(
        action,
        Action::CredentialsValidated
            | Action::KerberosTicketGranted
            | Action::KerberosServiceTicket
            | Action::KerberosPreauthFailed
            | Action::LogonFailed
    )
}

/// Can this logon be one that the daemon of the secure shell made? Those who come with a key get network logons.
fn is_of_daemon(logon: Ev<'_>) -> bool {
    logon.image().is_some_and(|image| image.to_lowercase().contains("sshd"))
}
