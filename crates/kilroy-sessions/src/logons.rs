//! LSA logon sessions: one per authentication, by host, boot and logon ID.

use kilroy_model::{Action, Luid};

use crate::host::{Host, RowId, same_user};
use crate::mix::Map;
use crate::words::{Id, id_at, index_of};

/// Records that name one logon ID in one boot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LogonRecords<'a> {
    /// 4624.
    pub(crate) logons: &'a [RowId],
    /// 4634.
    pub(crate) logoffs: &'a [RowId],
    /// 4647.
    pub(crate) initiated: &'a [RowId],
    /// 4672.
    pub(crate) privileges: &'a [RowId],
    /// Everything else that names it: 4778, 4779, 4800, 4801, 4825.
    pub(crate) others: &'a [RowId],
}

impl LogonRecords<'_> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.logons.len()
            + self.logoffs.len()
            + self.initiated.len()
            + self.privileges.len()
            + self.others.len()
    }

    /// The record that closed it: 4647 where the user asked, else the last 4634.
    pub(crate) fn end(&self) -> Option<RowId> {
        self.initiated.first().or(self.logoffs.last()).copied()
    }
}

/// Number of a logon ID of one boot.
pub(crate) type LogonKey = Id;

/// All logon IDs of a host, and which of them are halves of one logon.
#[derive(Debug, Default)]
pub(crate) struct Logons {
    keys: Vec<OfKey>,
    /// The records of each key, those of each class together.
    rows: Vec<RowId>,
    /// The key of each record.
    of_row: Vec<Option<LogonKey>>,
    /// In the order of boot and logon ID, to look one up.
    sorted: Vec<LogonKey>,
}

/// One logon ID of one boot, and where its records lie.
#[derive(Debug, Clone, Copy)]
struct OfKey {
    luid: Luid,
    boot: u32,
    start: u32,
    /// Where each class ends.
    ends: [u32; CLASSES],
}

/// Logons, logoffs, initiated logoffs, privileges, others.
const CLASSES: usize = 5;

/// Which class a record is of, if it is about the logon whose ID it names.
pub(crate) fn class(action: Action) -> Option<usize> {
    Some(match action {
        Action::Logon => 0,
        Action::Logoff => 1,
        Action::LogoffInitiated => 2,
        Action::PrivilegesAssigned => 3,
        Action::SessionReconnected
        | Action::SessionDisconnected
        | Action::WorkstationLocked
        | Action::WorkstationUnlocked
        | Action::LogonDenied => 4,
        _ => return None,
    })
}

/// The two logons of an administrator are written within one tick of the clock (15.6 ms), rarely some more.
const TWIN_MILLIS: i64 = 100;

impl Logons {
    pub(crate) fn new(host: &Host<'_>) -> Self {
        let mut new = Self { of_row: vec![None; host.rows.len()], ..Self::default() };
        let mut known: Map<(u32, u64), LogonKey> = Map::default();
        for (index, row) in host.rows.iter().enumerate() {
            let (Some(luid), Some(class)) = (row.luid(), class(row.action)) else { continue };
            let keys = &mut new.keys;
            let key = *known.entry((row.boot, luid.0)).or_insert_with(|| {
                keys.push(OfKey { luid, boot: row.boot, start: 0, ends: [0; CLASSES] });
                id_at(keys.len() - 1)
            });
            new.keys[index_of(key)].ends[class] += 1;
            new.of_row[index] = Some(key);
        }
        drop(known);
        new.sorted = (0..new.keys.len()).map(id_at).collect();
        new.sorted.sort_unstable_by_key(|&key| (new.keys[index_of(key)].boot, new.keys[index_of(key)].luid));
        new.keys.shrink_to_fit();
        // From counts to places, and every record to its place.
        let mut place = 0;
        for key in &mut new.keys {
            key.start = place;
            for end in &mut key.ends {
                place += std::mem::replace(end, place);
            }
        }
        new.rows = vec![RowId::at(0); place as usize];
        for (index, row) in host.rows.iter().enumerate() {
            if let (Some(key), Some(class)) = (new.of_row[index], class(row.action)) {
                let next = &mut new.keys[index_of(key)].ends[class];
                new.rows[*next as usize] = RowId::at(index);
                *next += 1;
            }
        }
        new
    }

    /// All logon IDs but the one that is none, with their boots and records.
    pub(crate) fn all(&self) -> impl Iterator<Item = (LogonKey, LogonRecords<'_>)> {
        (0..self.keys.len())
            .map(id_at)
            .filter(|&key| self.luid(key).0 != 0)
            .map(|key| (key, self.records(key)))
    }

    pub(crate) fn luid(&self, key: LogonKey) -> Luid {
        self.keys[index_of(key)].luid
    }

    pub(crate) fn boot(&self, key: LogonKey) -> u32 {
        self.keys[index_of(key)].boot
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key of a record's own logon ID, if it is a record of logons and logoffs.
    pub(crate) fn key_of(&self, row: RowId) -> Option<LogonKey> {
        self.of_row[row.index()]
    }

    /// The records that name the same logon ID as this one.
    pub(crate) fn of_row(&self, row: RowId) -> Option<LogonRecords<'_>> {
        self.key_of(row).filter(|&key| self.luid(key).0 != 0).map(|key| self.records(key))
    }

    pub(crate) fn records(&self, key: LogonKey) -> LogonRecords<'_> {
        let OfKey { start, ends: [a, b, c, d, e], .. } = self.keys[index_of(key)];
        let part = |from: u32, to: u32| &self.rows[from as usize..to as usize];
        LogonRecords {
            logons: part(start, a),
            logoffs: part(a, b),
            initiated: part(b, c),
            privileges: part(c, d),
            others: part(d, e),
        }
    }

    pub(crate) fn get(&self, boot: u32, luid: Luid) -> Option<LogonRecords<'_>> {
        self.find(boot, luid).map(|key| self.records(key))
    }

    fn find(&self, boot: u32, luid: Luid) -> Option<LogonKey> {
        let order = |key: &LogonKey| (self.boot(*key), self.luid(*key));
        let at = self.sorted.binary_search_by_key(&(boot, luid), order).ok().filter(|_| luid.0 != 0)?;
        Some(self.sorted[at])
    }

    /// The other half of a logon (4624) that names it, where its own 4624 is not in the log: what ends it does.
    pub(crate) fn lost_half(&self, host: &Host<'_>, logon: RowId) -> Option<LogonKey> {
        let key = self.find(host.boot(logon), host.ev(logon).linked_luid()?)?;
        self.records(key).logons.is_empty().then_some(key)
    }

    /// The 4624 records of people, the halves of one UAC logon together, in order of their first record.
    pub(crate) fn groups(&self, host: &Host<'_>) -> LogonGroups {
        let mut taken = vec![false; host.rows.len()];
        let mut groups = Vec::new();
        for &id in host.of(Action::Logon) {
            if taken[id.index()] {
                continue;
            }
            taken[id.index()] = true;
            let twin = self.twin(host, id, &taken);
            if let Some(twin) = twin {
                taken[twin.index()] = true;
            }
            groups.push(LogonGroup { first: id, twin });
        }
        LogonGroups::new(groups)
    }

    /// The other half of an administrator's logon.
    fn twin(&self, host: &Host<'_>, id: RowId, taken: &[bool]) -> Option<RowId> {
        let ev = host.ev(id);
        let boot = host.boot(id);
        if let Some(linked) = ev.linked_luid() {
            let records = self.get(boot, linked)?;
            let is_other = |t: &RowId| !taken[t.index()] && host.ev(*t).linked_luid() == ev.luid();
            return records.logons.iter().copied().find(is_other);
        }
        // Before Windows 10 the records do not name each other: one user, one type, one moment, and only one half
        // is privileged.
        if !matches!(ev.logon_type(), Some(2 | 7 | 10..=13)) {
            return None;
        }
        let privileged = |row: RowId| self.of_row(row).is_some_and(|r| !r.privileges.is_empty());
        // An export without 4672 cannot tell which half it is; two logons of one user in one moment are halves all the same.
        let no_privileges_logged = !host.tells_privileges;
        host.between(Action::Logon, id, 0, TWIN_MILLIS)
            .iter()
            .copied()
            .filter(|&t| t != id && !taken[t.index()])
            .find(|&t| {
                let other = host.ev(t);
                other.linked_luid().is_none()
                    && other.logon_type() == ev.logon_type()
                    && other.luid() != ev.luid()
                    && same_user(ev, other)
                    && other.logon_process_id() == ev.logon_process_id()
                    && (privileged(id) != privileged(t) || no_privileges_logged)
            })
    }
}

/// One logon of one user: one 4624, or the two halves of a UAC logon.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogonGroup {
    first: RowId,
    twin: Option<RowId>,
}

impl LogonGroup {
    pub(crate) fn first(self) -> RowId {
        self.first
    }

    /// The other half.
    pub(crate) fn twin(self) -> Option<RowId> {
        self.twin
    }

    /// 4624 records, in order.
    pub(crate) fn rows(self) -> impl Iterator<Item = RowId> {
        std::iter::once(self.first).chain(self.twin)
    }
}

/// Logons that no session has taken yet, in order of their first record.
#[derive(Debug)]
pub(crate) struct LogonGroups {
    list: Vec<LogonGroup>,
    taken: Vec<bool>,
    /// Where the logon of a second half is.
    twins: Map<RowId, usize>,
}

impl LogonGroups {
    fn new(list: Vec<LogonGroup>) -> Self {
        let twins = list.iter().enumerate().filter_map(|(at, g)| Some((g.twin?, at))).collect();
        Self { taken: vec![false; list.len()], twins, list }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = LogonGroup> + '_ {
        self.list.iter().zip(&self.taken).filter(|(_, taken)| !**taken).map(|(group, _)| *group)
    }

    /// Where the logon is that a record is part of, if it is still there.
    pub(crate) fn with(&self, row: RowId) -> Option<usize> {
        let first = self.list.binary_search_by_key(&row, |g| g.first).ok();
        first.or_else(|| self.twins.get(&row).copied()).filter(|&at| !self.taken[at])
    }

    /// Places of the logons whose first record lies in this stretch of records.
    pub(crate) fn among(&self, rows: &[RowId]) -> impl Iterator<Item = usize> + '_ {
        let first = rows.first().copied();
        let last = rows.last().copied();
        let from = self.list.partition_point(|g| Some(g.first) < first);
        let to = self.list.partition_point(|g| Some(g.first) <= last);
        (from..to).filter(|&at| !self.taken[at])
    }

    pub(crate) fn get(&self, at: usize) -> LogonGroup {
        self.list[at]
    }

    /// Takes a logon out.
    pub(crate) fn take(&mut self, at: usize) -> LogonGroup {
        self.taken[at] = true;
        self.list[at]
    }

    /// Leaves only logons whose first record is like this.
    pub(crate) fn retain(&mut self, keep: impl Fn(RowId) -> bool) {
        for (group, taken) in self.list.iter().zip(&mut self.taken) {
            *taken |= !keep(group.first);
        }
    }
}
