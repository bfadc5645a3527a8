//! The engine's input, put together record by record.

use std::collections::{BTreeSet, HashMap};

use kilroy_model::{Action, host_key};

use crate::coverage::Mark;
use crate::hosts::{Neighbours, Rename};
use crate::mix::Map;
use crate::record::Row;
use crate::row::SessionEvent;
use crate::words::{Id, Words, id_at, index_of};

/// Session-relevant records of any number of hosts, about a hundred bytes each: what records share is kept once.
///
/// Any order; copies of one record may be pushed again.
#[derive(Debug, Default)]
pub struct Records {
    pub(crate) words: Words,
    pub(crate) hosts: Vec<NamedRows>,
    by_key: HashMap<String, Id>,
    /// By spelling.
    by_spelling: Map<Id, Id>,
    pub(crate) renames: Vec<Rename>,
    len: usize,
}

/// The records under one name of a host.
#[derive(Debug)]
pub(crate) struct NamedRows {
    pub(crate) name: String,
    pub(crate) rows: Vec<Row>,
    /// What tells of the logs themselves.
    pub(crate) marks: Vec<Mark>,
}

impl Records {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one record.
    pub fn push(&mut self, event: &SessionEvent) {
        if event.action == Action::ProcessStarted && !event.ties_logon_to_desktop() {
            return;
        }
        self.renames.extend(Rename::of(event));
        let row = Row::new(event, &mut self.words);
        let host = self.host(self.words.get_origin(row.origin).host);
        let host = &mut self.hosts[index_of(host)];
        host.rows.push(row);
        host.marks.extend(Mark::of(event));
        self.len += 1;
    }

    fn host(&mut self, spelling: Id) -> Id {
        if let Some(&known) = self.by_spelling.get(&spelling) {
            return known;
        }
        let name = host_key(self.words.get(spelling));
        let hosts = &mut self.hosts;
        let id = *self.by_key.entry(name).or_insert_with_key(|name| {
            hosts.push(NamedRows { name: name.clone(), rows: Vec::new(), marks: Vec::new() });
            id_at(hosts.len() - 1)
        });
        self.by_spelling.insert(spelling, id);
        id
    }

    /// How many records it holds, copies included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Does it hold nothing?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<'a> Extend<&'a SessionEvent> for Records {
    fn extend<T: IntoIterator<Item = &'a SessionEvent>>(&mut self, events: T) {
        for event in events {
            self.push(event);
        }
    }
}

/// All records of one host, under all its names.
#[derive(Debug)]
pub(crate) struct HostRows {
    pub(crate) names: BTreeSet<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) marks: Vec<Mark>,
}

impl HostRows {
    /// The records of these hosts, taken from those of all names. Some may have none.
    pub(crate) fn take(named: &mut HashMap<String, NamedRows>, neighbours: &Neighbours) -> Vec<Self> {
        let of_host = |names: &BTreeSet<String>| {
            let mut host = Self { names: names.clone(), rows: Vec::new(), marks: Vec::new() };
            for NamedRows { mut rows, mut marks, .. } in names.iter().filter_map(|name| named.remove(name)) {
                host.marks.append(&mut marks);
                if host.rows.is_empty() { host.rows = rows } else { host.rows.append(&mut rows) }
            }
            host
        };
        neighbours.hosts().iter().map(of_host).collect()
    }
}

/// Leaves each record once. Copies of one record may spell its log differently; the first spelling is taken, whatever the
/// order of input.
pub(crate) fn once(rows: &mut Vec<Row>, words: &Words) {
    let mut keys: Vec<(u64, Id)> =
        rows.iter().enumerate().map(|(at, row)| (row.uid_high(), id_at(at))).collect();
    keys.sort_unstable();
    let spelling = |row: &Row| {
        let origin = words.get_origin(row.origin);
        (words.get(origin.log), words.get(origin.host))
    };
    let mut copies: Vec<usize> = Vec::new();
    for alike in keys.chunk_by_mut(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
        let row = |(_, id): &(u64, Id)| &rows[index_of(*id)];
        alike.sort_by(|a, b| (row(a).uid(), spelling(row(a))).cmp(&(row(b).uid(), spelling(row(b)))));
        let copied = alike.windows(2).filter(|two| row(&two[0]).uid() == row(&two[1]).uid());
        copies.extend(copied.map(|two| index_of(two[1].1)));
    }
    if copies.is_empty() {
        return;
    }
    copies.sort_unstable();
    let (mut at, mut next) = (0, copies.into_iter().peekable());
    rows.retain(|_| {
        let is_copy = next.next_if_eq(&at).is_some();
        at += 1;
        !is_copy
    });
}
