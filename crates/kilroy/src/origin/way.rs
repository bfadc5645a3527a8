//! The way before a session: from which machine, and from which session there, somebody came; and before that.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kilroy_case::{Case, CaseError};
use kilroy_model::{Hop, SessionUid};

/// The hops between hosts that led to a session, the last one first: of each session the surest that is known.
pub(super) fn way_to(case: &Case, session: SessionUid) -> Result<Vec<Hop>> {
    let mut by_target: BTreeMap<SessionUid, Hop> = BTreeMap::new();
    let read = case.each_hop_in_brief(&mut |hop| {
        if let Some(target) = hop.target_session {
            let order = |hop: &Hop| (hop.certainty, hop.time, hop.hop_uid);
            if by_target.get(&target).is_none_or(|known| order(&hop) < order(known)) {
                by_target.insert(target, hop);
            }
        }
    });
    match read {
        // Made by a version that knew of no hops.
        Err(CaseError::NotAnalysed { .. }) => return Ok(Vec::new()),
        read => read?,
    }
    let mut way = Vec::new();
    let mut seen = BTreeSet::from([session]);
    let mut next = by_target.remove(&session);
    while let Some(hop) = next.take() {
        let source = hop.source_session.filter(|source| seen.insert(*source));
        next = source.and_then(|source| by_target.remove(&source));
        way.push(hop);
    }
    // What is known of the way in from outside is told by the session itself.
    way.retain(|hop| hop.source_host.is_some() || !hop.source_candidates.is_empty());
    Ok(way)
}
