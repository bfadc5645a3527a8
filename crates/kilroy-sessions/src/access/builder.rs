//! Collects drafts, and gives each record to one of them.

use kilroy_model::{LinkRule, Luid, Role};

use crate::access::draft::{Draft, DraftId, Part};
use crate::desktops::Desktop;
use crate::host::{Host, RowId};
use crate::logons::Logons;

/// More candidates than this are not worth printing.
const TURNED_DOWN_SHOWN: usize = 10;

/// Everything that is known while the access sessions of one host are put together.
pub(crate) struct Builder<'a> {
    pub(crate) host: &'a Host,
    pub(crate) logons: &'a Logons,
    pub(crate) desktops: &'a [Desktop],
    pub(crate) drafts: Vec<Draft>,
    /// The draft that each record belongs to.
    pub(crate) owner: Vec<Option<DraftId>>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(host: &'a Host, logons: &'a Logons, desktops: &'a [Desktop]) -> Self {
        Self { host, logons, desktops, drafts: Vec::new(), owner: vec![None; host.rows.len()] }
    }

    pub(crate) fn is_free(&self, row: RowId) -> bool {
        self.owner[row].is_none()
    }

    /// Starts a session on a record.
    pub(crate) fn start(&mut self, draft: Draft, role: Role) -> DraftId {
        let id = self.drafts.len();
        let seed = draft.seed;
        self.drafts.push(draft);
        self.give(id, seed, role, LinkRule::Anchor, seed, String::new());
        id
    }

    /// Gives a record to a session; a record that already belongs to one stays there.
    pub(crate) fn give(
        &mut self,
        id: DraftId,
        row: RowId,
        role: Role,
        rule: LinkRule,
        via: RowId,
        value: String,
    ) -> bool {
        if self.owner[row].is_some() {
            return false;
        }
        self.owner[row] = Some(id);
        self.drafts[id].parts.push(Part { row, role, rule, via, value });
        true
    }

    /// Gives a record because of its distance in time to another.
    pub(crate) fn give_near(&mut self, id: DraftId, row: RowId, role: Role, via: RowId) -> bool {
        let value = distance_in_words(self.host.millis(via, row));
        self.give(id, row, role, LinkRule::Window, via, value)
    }

    /// Gives a record because of its logon ID.
    pub(crate) fn give_by_luid(&mut self, id: DraftId, row: RowId, role: Role, via: RowId) -> bool {
        let value = self.host.ev(row).luid.map(|l| l.to_string()).unwrap_or_default();
        self.give(id, row, role, LinkRule::Luid, via, value)
    }

    /// The first record of a session that names this logon ID.
    pub(crate) fn names_luid(&self, id: DraftId, luid: Option<Luid>) -> Option<RowId> {
        let luid = luid?;
        self.drafts[id].rows().filter(|&r| self.host.ev(r).luid == Some(luid)).min()
    }

    pub(crate) fn turn_down(&mut self, id: DraftId, row: RowId, why: &str) {
        let list = &mut self.drafts[id].turned_down;
        if list.len() < TURNED_DOWN_SHOWN && !list.iter().any(|(r, _)| *r == row) {
            list.push((row, why.to_owned()));
        }
    }

    /// The record that a session's begin is measured from: where the user was in, else what it was made for.
    pub(crate) fn reference(&self, id: DraftId) -> RowId {
        let draft = &self.drafts[id];
        draft.begin.unwrap_or(draft.seed)
    }

    /// Gives each record to the nearest session that would take it: pairs by distance, then record order.
    ///
    /// `takes` is asked again at the moment of giving, so that a session can refuse a second one.
    pub(crate) fn give_nearest(
        &mut self,
        mut pairs: Vec<(u64, RowId, DraftId)>,
        takes: impl Fn(&Self, DraftId, RowId) -> bool,
        mut give: impl FnMut(&mut Self, DraftId, RowId),
    ) {
        pairs.sort_unstable();
        for (_, row, id) in pairs {
            if self.owner[row] == Some(id) {
                continue;
            }
            if self.is_free(row) && takes(self, id, row) {
                give(self, id, row);
            } else {
                self.turn_down(id, row, "nearer to another session");
            }
        }
    }
}

/// `1.250 s before`, `0.003 s after`.
pub(crate) fn distance_in_words(millis: i64) -> String {
    let side = if millis < 0 { "before" } else { "after" };
    let millis = millis.unsigned_abs();
    format!("{}.{:03} s {side}", millis / 1000, millis % 1000)
}
