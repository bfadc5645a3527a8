//! LSA logon sessions: one per authentication, by host, boot and logon ID.

use std::collections::BTreeMap;

use kilroy_model::{Action, Luid};

use crate::host::{Host, RowId, same_user};

/// Records that name one logon ID in one boot.
#[derive(Debug, Default)]
pub(crate) struct LogonRecords {
    /// 4624.
    pub(crate) logons: Vec<RowId>,
    /// 4634.
    pub(crate) logoffs: Vec<RowId>,
    /// 4647.
    pub(crate) initiated: Vec<RowId>,
    /// 4672.
    pub(crate) privileges: Vec<RowId>,
    /// Everything else that names it: 4778, 4779, 4800, 4801, 4825.
    pub(crate) others: Vec<RowId>,
}

impl LogonRecords {
    /// The record that closed it: 4647 where the user asked, else the last 4634.
    pub(crate) fn end(&self) -> Option<RowId> {
        self.initiated.first().or(self.logoffs.last()).copied()
    }
}

/// All logon IDs of a host, and which of them are halves of one logon.
#[derive(Debug, Default)]
pub(crate) struct Logons {
    pub(crate) by_luid: BTreeMap<(usize, Luid), LogonRecords>,
}

/// The two logons of an administrator are written within one tick of the clock (15.6 ms), rarely some more.
const TWIN_MILLIS: i64 = 100;

impl Logons {
    pub(crate) fn new(host: &Host) -> Self {
        let mut by_luid: BTreeMap<(usize, Luid), LogonRecords> = BTreeMap::new();
        for (id, row) in host.rows.iter().enumerate() {
            let Some(luid) = row.ev.luid.filter(|l| l.0 != 0) else { continue };
            let pick: fn(&mut LogonRecords) -> &mut Vec<RowId> = match row.ev.action {
                Action::Logon => |r| &mut r.logons,
                Action::Logoff => |r| &mut r.logoffs,
                Action::LogoffInitiated => |r| &mut r.initiated,
                Action::PrivilegesAssigned => |r| &mut r.privileges,
                Action::SessionReconnected
                | Action::SessionDisconnected
                | Action::WorkstationLocked
                | Action::WorkstationUnlocked
                | Action::LogonDenied => |r| &mut r.others,
                _ => continue,
            };
            pick(by_luid.entry((row.boot, luid)).or_default()).push(id);
        }
        Self { by_luid }
    }

    pub(crate) fn get(&self, boot: usize, luid: Luid) -> Option<&LogonRecords> {
        self.by_luid.get(&(boot, luid))
    }

    /// The 4624 records of people, the halves of one UAC logon together, in order of their first record.
    pub(crate) fn groups(&self, host: &Host) -> Vec<LogonGroup> {
        let mut taken = vec![false; host.rows.len()];
        let mut groups = Vec::new();
        for &id in host.of(Action::Logon) {
            if taken[id] {
                continue;
            }
            taken[id] = true;
            let mut rows = vec![id];
            if let Some(twin) = self.twin(host, id, &taken) {
                taken[twin] = true;
                rows.push(twin);
            }
            groups.push(LogonGroup { rows });
        }
        groups
    }

    /// The other half of an administrator's logon.
    fn twin(&self, host: &Host, id: RowId, taken: &[bool]) -> Option<RowId> {
        let ev = host.ev(id);
        let boot = host.boot(id);
        if let Some(linked) = ev.linked_luid {
            let records = self.get(boot, linked)?;
            return records.logons.iter().copied().find(|&t| !taken[t] && host.ev(t).linked_luid == ev.luid);
        }
        // Before Windows 10 the records do not name each other: one user, one type, one moment, and only one half
        // is privileged.
        if !matches!(ev.logon_type, Some(2 | 7 | 10 | 11)) {
            return None;
        }
        let privileged = |row: RowId| {
            host.ev(row).luid.and_then(|l| self.get(boot, l)).is_some_and(|r| !r.privileges.is_empty())
        };
        // An export without 4672 cannot tell which half it is; two logons of one user in one moment are halves all the same.
        let no_privileges_logged = host.of(Action::PrivilegesAssigned).is_empty();
        let to = host.at(id).plus_millis(TWIN_MILLIS);
        host.between(Action::Logon, boot, host.at(id), to)
            .iter()
            .copied()
            .filter(|&t| t != id && !taken[t])
            .find(|&t| {
                let other = host.ev(t);
                other.linked_luid.is_none()
                    && other.logon_type == ev.logon_type
                    && other.luid != ev.luid
                    && same_user(ev, other)
                    && other.logon_process == ev.logon_process
                    && (privileged(id) != privileged(t) || no_privileges_logged)
            })
    }
}

/// One logon of one user: one 4624, or the two halves of a UAC logon.
#[derive(Debug, Clone)]
pub(crate) struct LogonGroup {
    /// 4624 records, in order.
    pub(crate) rows: Vec<RowId>,
}

impl LogonGroup {
    pub(crate) fn first(&self) -> RowId {
        self.rows[0]
    }

    pub(crate) fn luids<'a>(&'a self, host: &'a Host) -> impl Iterator<Item = Luid> + 'a {
        self.rows.iter().filter_map(|&id| host.ev(id).luid)
    }
}
