//! What was read, and what was not.

use std::collections::BTreeSet;

use kilroy_case::{EvidenceRow, EvidenceStatus};
use kilroy_model::Timestamp;
use serde::Serialize;

/// Files of a case, summed up.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Evidence {
    pub(super) files: u64,
    pub(super) logs: u64,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) losses: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) damaged: Vec<Trouble>,
    pub(super) unreadable: Vec<Trouble>,
    /// No event logs.
    pub(super) others: Vec<Trouble>,
}

/// A file that was not read, or not whole.
#[derive(Debug, Serialize)]
pub(crate) struct Trouble {
    pub(super) path: String,
    pub(super) reason: Option<String>,
    pub(super) records: u64,
    pub(super) losses: u64,
}

impl Evidence {
    pub(super) fn of(rows: &[EvidenceRow]) -> Self {
        let mut all = Self { files: rows.len() as u64, ..Self::default() };
        let mut counted = BTreeSet::new();
        for row in rows {
            let trouble = || Trouble {
                path: row.path.clone(),
                reason: row.reason.clone(),
                records: row.records,
                losses: row.losses_total,
            };
            match row.status {
                EvidenceStatus::Read => {}
                EvidenceStatus::Damaged => all.damaged.push(trouble()),
                EvidenceStatus::Unreadable => all.unreadable.push(trouble()),
                EvidenceStatus::NotEvidence => all.others.push(trouble()),
            }
            let is_log = matches!(row.status, EvidenceStatus::Read | EvidenceStatus::Damaged);
            all.logs += u64::from(is_log);
            // One content under two names is read once.
            if is_log && row.id.is_none_or(|id| counted.insert(id)) {
                all.bytes += row.size;
                all.records += row.records;
                all.losses += row.losses_total;
                all.first = [all.first, row.first].into_iter().flatten().min();
                all.last = all.last.max(row.last);
            }
        }
        all
    }

    pub(super) fn is_whole(&self) -> bool {
        self.losses == 0 && self.damaged.is_empty() && self.unreadable.is_empty() && self.others.is_empty()
    }
}
