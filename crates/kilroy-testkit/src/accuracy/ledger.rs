//! Which record belongs to which true session, and what each record says.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{AccessSession, Luid, Role, Source, Timestamp, host_key};

use crate::log::Mark;
use crate::world::Truth;

/// Host, log (in small letters) and record ID.
pub type Key = (String, String, u64);

/// What one record says, as far as a field of a row may come from it.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Account names, in small letters.
    pub users: BTreeSet<String>,
    /// Their domains, in small letters.
    pub domains: BTreeSet<String>,
    /// Addresses, or `LOCAL`.
    pub places: BTreeSet<String>,
    /// Names of machines, in small letters.
    pub machines: BTreeSet<String>,
    /// Logon IDs.
    pub luids: BTreeSet<Luid>,
    /// Windows logon type.
    pub logon_type: Option<u8>,
    /// Status or reason codes as text.
    pub codes: BTreeSet<String>,
}

impl Facts {
    fn add(&mut self, other: &Self) {
        self.users.extend(other.users.iter().cloned());
        self.domains.extend(other.domains.iter().cloned());
        self.places.extend(other.places.iter().cloned());
        self.machines.extend(other.machines.iter().cloned());
        self.luids.extend(&other.luids);
        self.codes.extend(other.codes.iter().cloned());
    }
}

/// One true session, ready to be compared.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) truth: Truth,
    pub(crate) computer: String,
    /// Every record of it, with its event ID and time.
    pub(crate) records: BTreeMap<Key, (u32, Timestamp)>,
    /// Records that it must have.
    pub(crate) sources: BTreeSet<Key>,
    /// Times of the records that end it.
    pub(crate) ends: BTreeSet<Timestamp>,
    /// What all its records together say.
    pub(crate) says: Facts,
    pub(crate) logon_types: BTreeSet<u8>,
}

/// All that is true, by record.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) known: Vec<Known>,
    /// Per record the sessions that it belongs to, and whether it must.
    owners: BTreeMap<Key, Vec<(usize, bool)>>,
}

fn key_of(mark: &Mark) -> Key {
    (host_key(&mark.computer), mark.log.channel().to_lowercase(), mark.record_id)
}

/// The key of a row's source.
pub(crate) fn key_of_source(row: &AccessSession, source: &Source) -> Key {
    (row.computer.clone(), source.log.to_lowercase(), source.record_id)
}

impl Ledger {
    /// Of true sessions, and of what each record says.
    pub fn new(truths: &[Truth], facts: &BTreeMap<Key, Facts>) -> Self {
        let mut new = Self { known: Vec::new(), owners: BTreeMap::new() };
        for truth in truths {
            let answer = &truth.answer;
            let marks = answer.sources.iter().chain(&answer.allowed).chain(&truth.ends);
            let known = Known {
                computer: host_key(&answer.computer),
                records: marks.map(|mark| (key_of(mark), (mark.event_id, mark.time))).collect(),
                sources: answer.sources.iter().map(key_of).collect(),
                ends: truth.ends.iter().map(|m| m.time).collect(),
                says: Facts::default(),
                logon_types: BTreeSet::new(),
                truth: truth.clone(),
            };
            new.add(known, facts);
        }
        new
    }

    /// Of rows that are taken for true.
    pub(crate) fn of_rows(rows: &[AccessSession], facts: &BTreeMap<Key, Facts>) -> Self {
        let mut new = Self { known: Vec::new(), owners: BTreeMap::new() };
        for row in rows {
            let records = row.sources.iter().map(|s| (key_of_source(row, s), (s.event_id, s.time))).collect();
            let ends = row.sources.iter().filter(|s| matches!(s.role, Role::Logoff | Role::Disconnect));
            let known = Known {
                truth: Truth::of_row(row),
                computer: row.computer.clone(),
                sources: BTreeSet::new(),
                ends: ends.map(|s| s.time).collect(),
                says: Facts::default(),
                logon_types: BTreeSet::new(),
                records,
            };
            new.add(known, facts);
        }
        new
    }

    fn add(&mut self, mut known: Known, facts: &BTreeMap<Key, Facts>) {
        let number = self.known.len();
        for key in known.records.keys() {
            self.owners.entry(key.clone()).or_default().push((number, known.sources.contains(key)));
            if let Some(facts) = facts.get(key) {
                known.says.add(facts);
                known.logon_types.extend(facts.logon_type);
            }
        }
        self.known.push(known);
    }

    /// The true session that most of a row's records belong to. Those that must be in it count more, and most those that
    /// name somebody who comes or goes.
    pub(crate) fn owner(&self, row: &AccessSession) -> Option<usize> {
        let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
        for source in &row.sources {
            let weight = match source.event_id {
                // These name nobody, or nobody who comes or goes: all of a connection's together weigh less than one that does.
                4800 | 4801 | 131 | 140 | 261 => 1,
                _ => 4,
            };
            for &(number, must) in self.owners_of(&key_of_source(row, source)) {
                *votes.entry(number).or_default() += if must { weight } else { 1 };
            }
        }
        votes.into_iter().max_by_key(|&(number, votes)| (votes, std::cmp::Reverse(number))).map(|(n, _)| n)
    }

    /// The sessions that a record belongs to.
    pub(crate) fn owners_of(&self, key: &Key) -> &[(usize, bool)] {
        self.owners.get(key).map_or(&[], Vec::as_slice)
    }

    /// The records of a row that belong to other sessions only: those sessions.
    pub(crate) fn foreign(&self, row: &AccessSession, own: usize) -> BTreeSet<usize> {
        let mut foreign = BTreeSet::new();
        for source in &row.sources {
            let owners = self.owners_of(&key_of_source(row, source));
            if !owners.is_empty() && owners.iter().all(|(n, _)| *n != own) {
                foreign.extend(owners.iter().map(|(n, _)| *n));
            }
        }
        foreign
    }
}
