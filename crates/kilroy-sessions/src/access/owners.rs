//! Which sessions a logon ID belongs to.

use crate::access::builder::Builder;
use crate::access::draft::DraftId;
use crate::host::RowId;
use crate::logons::LogonKey;
use crate::words::index_of;

/// Sessions by the logon IDs whose logoff ends them, in order of their begin; those whose begin was not seen come first.
#[derive(Debug)]
pub(crate) struct Owners {
    drafts: Vec<DraftId>,
    /// Where the sessions of each logon ID end.
    ends: Vec<u32>,
}

impl Owners {
    pub(crate) fn new(b: &Builder<'_>) -> Self {
        let begin = |id: DraftId| -> (bool, RowId) {
            let d = &b.drafts[id];
            (d.begin.is_some(), d.begin.unwrap_or(d.seed))
        };
        let mut pairs: Vec<(LogonKey, bool, RowId, DraftId)> = Vec::with_capacity(b.drafts.len());
        for (id, draft) in b.drafts.iter().enumerate() {
            let (begun, row) = begin(id);
            pairs.extend(draft.own().map(|key| (key, begun, row, id)));
        }
        pairs.sort_unstable();
        let mut ends = vec![0; b.logons.len()];
        for (key, ..) in &pairs {
            ends[index_of(*key)] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        Self { drafts: pairs.into_iter().map(|(.., id)| id).collect(), ends }
    }

    /// The sessions of a logon ID; none if no session has it.
    pub(crate) fn of(&self, key: LogonKey) -> &[DraftId] {
        let at = index_of(key);
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.drafts[from as usize..self.ends[at] as usize]
    }
}
