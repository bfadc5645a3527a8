//! Collects drafts, and gives each record to one of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use kilroy_model::{LinkRule, Luid, Role};

use crate::access::draft::{Chain, Draft, DraftId, Part, Shared};
use crate::desktops::Desktop;
use crate::host::{Host, RowId};
use crate::logons::Logons;
use crate::near::Outwards;
use crate::words::{Id, id_at, index_of};

/// More candidates than this are not worth printing.
const TURNED_DOWN_SHOWN: usize = 10;

/// Everything that is known while the access sessions of one host are put together.
pub(crate) struct Builder<'a> {
    pub(crate) host: &'a Host<'a>,
    pub(crate) logons: &'a Logons,
    pub(crate) desktops: &'a [Desktop],
    pub(crate) drafts: Vec<Draft>,
    places: Vec<Place>,
}

/// Where a record belongs. A record is part of one session at most, so that what ties it is kept with the record, and the
/// next record of its session, too.
#[derive(Debug, Clone, Copy)]
struct Place {
    owner: Option<Id>,
    via: Option<RowId>,
    next: Option<RowId>,
    role: Role,
    rule: LinkRule,
    shared: Shared,
}

/// No session's.
const FREE: Place = Place {
    owner: None,
    via: None,
    next: None,
    role: Role::Connection,
    rule: LinkRule::Anchor,
    shared: Shared::Nothing,
};

impl<'a> Builder<'a> {
    pub(crate) fn new(host: &'a Host<'a>, logons: &'a Logons, desktops: &'a [Desktop]) -> Self {
        Self { host, logons, desktops, drafts: Vec::new(), places: vec![FREE; host.rows.len()] }
    }

    pub(crate) fn is_free(&self, row: RowId) -> bool {
        self.places[row.index()].owner.is_none()
    }

    /// The session that a record belongs to.
    pub(crate) fn owner(&self, row: RowId) -> Option<DraftId> {
        self.places[row.index()].owner.map(index_of)
    }

    /// Starts a session on a record.
    pub(crate) fn start(&mut self, draft: Draft, role: Role) -> DraftId {
        let id = self.drafts.len();
        let seed = draft.seed;
        self.drafts.push(draft);
        self.give(id, seed, role, LinkRule::Anchor, seed, Shared::Nothing);
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
        shared: Shared,
    ) -> bool {
        let place = &mut self.places[row.index()];
        if place.owner.is_some() {
            return false;
        }
        *place = Place { owner: Some(id_at(id)), via: Some(via), next: None, role, rule, shared };
        self.append(id, row);
        true
    }

    /// Puts a record behind the last one of a session.
    fn append(&mut self, id: DraftId, row: RowId) {
        let chain = &mut self.drafts[id].parts;
        let last = chain.ends.map(|(_, last)| last);
        chain.ends = Some((chain.ends.map_or(row, |(first, _)| first), row));
        chain.len += 1;
        if let Some(last) = last {
            self.places[last.index()].next = Some(row);
        }
    }

    /// Gives a record because of its distance in time to another.
    pub(crate) fn give_near(&mut self, id: DraftId, row: RowId, role: Role, via: RowId) -> bool {
        self.give(id, row, role, LinkRule::Window, via, Shared::Moment)
    }

    /// Gives a record because of its logon ID.
    pub(crate) fn give_by_luid(&mut self, id: DraftId, row: RowId, role: Role, via: RowId) -> bool {
        self.give(id, row, role, LinkRule::Luid, via, Shared::Luid)
    }

    /// Gives all records of one session to another; its own anchor is tied to `via`, by the desktop.
    pub(crate) fn give_all(&mut self, from: DraftId, to: DraftId, via: RowId) {
        let chain = std::mem::take(&mut self.drafts[from].parts);
        let Some((first, last)) = chain.ends else { return };
        let mut next = Some(first);
        while let Some(row) = next {
            let place = &mut self.places[row.index()];
            place.owner = Some(id_at(to));
            if place.via == Some(row) {
                place.via = Some(via);
                place.rule = LinkRule::ReconnectBridge;
                place.shared = Shared::Desktop;
            }
            next = place.next;
        }
        let own = &mut self.drafts[to].parts;
        let before = own.ends;
        own.ends = Some((before.map_or(first, |(own_first, _)| own_first), last));
        own.len += chain.len;
        if let Some((_, own_last)) = before {
            self.places[own_last.index()].next = Some(first);
        }
    }

    /// Gives the records of one session that come after a record of another to that other one.
    pub(crate) fn hand_over(&mut self, from: DraftId, to: DraftId, after: RowId) {
        let rows: Vec<RowId> = self.rows(from).collect();
        self.drafts[from].parts = Chain::default();
        for row in rows {
            let moves = row > after;
            let id = if moves { to } else { from };
            let place = &mut self.places[row.index()];
            place.owner = Some(id_at(id));
            place.next = None;
            if moves {
                place.via = Some(after);
                place.rule = LinkRule::ReconnectBridge;
                place.shared = Shared::Desktop;
            }
            self.append(id, row);
        }
    }

    /// Changes the part that a record plays in its session.
    pub(crate) fn change(&mut self, id: DraftId, row: RowId, role: Role, rule: LinkRule) {
        let place = &mut self.places[row.index()];
        if place.owner == Some(id_at(id)) {
            place.role = role;
            place.rule = rule;
        }
    }

    /// The records of a session, in the order in which they were given.
    pub(crate) fn parts(&self, id: DraftId) -> impl Iterator<Item = Part> + '_ {
        let mut next = self.drafts[id].parts.ends.map(|(first, _)| first);
        std::iter::from_fn(move || {
            let row = next?;
            let Place { role, rule, shared, via, next: after, .. } = self.places[row.index()];
            next = after;
            Some(Part { row, role, rule, via: via.unwrap_or(row), shared })
        })
    }

    pub(crate) fn rows(&self, id: DraftId) -> impl Iterator<Item = RowId> + '_ {
        self.parts(id).map(|p| p.row)
    }

    pub(crate) fn with_role(&self, id: DraftId, role: Role) -> impl Iterator<Item = RowId> + '_ {
        self.parts(id).filter(move |p| p.role == role).map(|p| p.row)
    }

    /// Does a session have a record of this action?
    pub(crate) fn has(&self, id: DraftId, action: kilroy_model::Action) -> bool {
        self.rows(id).any(|r| self.host.ev(r).action == action)
    }

    /// The first record of a session that names this logon ID.
    pub(crate) fn names_luid(&self, id: DraftId, luid: Option<Luid>) -> Option<RowId> {
        let luid = luid?;
        self.rows(id).filter(|&r| self.host.ev(r).luid() == Some(luid)).min()
    }

    /// Makes the logon ID of a record one of a session's own.
    pub(crate) fn make_own(&mut self, id: DraftId, row: RowId) {
        if let Some(key) = self.logons.key_of(row) {
            self.drafts[id].make_own(key);
        }
    }

    fn turn_down(&mut self, id: DraftId, row: RowId) {
        let list = self.drafts[id].turned_down();
        if list.len() < TURNED_DOWN_SHOWN && !list.contains(&row) {
            self.drafts[id].more().turned_down.push(row);
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
            self.give_or_turn_down(row, id, &takes, &mut give);
        }
    }

    fn give_or_turn_down(
        &mut self,
        row: RowId,
        id: DraftId,
        takes: &impl Fn(&Self, DraftId, RowId) -> bool,
        give: &mut impl FnMut(&mut Self, DraftId, RowId),
    ) {
        if self.owner(row) == Some(id) {
            return;
        }
        if self.is_free(row) && takes(self, id, row) {
            give(self, id, row);
        } else {
            self.turn_down(id, row);
        }
    }

    /// The same for sessions of which each takes one record, the pairs of each session coming one by one: in a flood
    /// every session has thousands of candidates and needs the first few.
    pub(crate) fn give_one_each<'b>(
        &mut self,
        candidates: impl Iterator<Item = (Outwards<'b>, DraftId)>,
        takes: impl Fn(&Self, DraftId, RowId) -> bool,
        mut give: impl FnMut(&mut Self, DraftId, RowId),
    ) {
        let mut walks: Vec<(Outwards<'b>, DraftId)> = candidates.collect();
        let mut heap = BinaryHeap::new();
        let put = |heap: &mut BinaryHeap<_>, next: Option<(u64, RowId)>, id: DraftId, walk: usize| {
            heap.extend(next.map(|(away, row)| Reverse((away, row, id, walk))));
        };
        for (n, (walk, id)) in walks.iter_mut().enumerate() {
            put(&mut heap, walk.next(), *id, n);
        }
        while let Some(Reverse((_, row, id, n))) = heap.pop() {
            self.give_or_turn_down(row, id, &takes, &mut give);
            // A list that is full takes no more; then only a free record can still change anything.
            let full = self.drafts[id].turned_down().len() >= TURNED_DOWN_SHOWN;
            let walk = &mut walks[n].0;
            let next = if !full {
                walk.next()
            } else if takes(self, id, row) {
                walk.find(|(_, row)| self.is_free(*row))
            } else {
                None
            };
            put(&mut heap, next, id, n);
        }
    }
}
