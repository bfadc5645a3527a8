//! Failures by source, and the success that followed.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use kilroy_model::{Scope, SessionOutcome, SessionUid, Timestamp};

use crate::views::{By, Cells, Name, Names, Origin, Place, Tally, Visit, from_where, no_lands};

/// A source with failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSource {
    /// The source.
    pub origin: Origin,
    /// Sessions and attempts from there; the first and the last time are those of the failures.
    pub tally: Tally,
    /// Names that were tried in vain.
    pub users: Vec<String>,
    /// Hosts that were tried.
    pub hosts: Vec<String>,
    /// The session that followed the most failures, if any did.
    pub followed: Option<Followed>,
}

/// A success right after failures of the same source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The session.
    pub session_uid: SessionUid,
    /// Who was in.
    pub user: Option<String>,
    /// Where.
    pub host: String,
    /// When.
    pub time: Option<Timestamp>,
    /// How many failures led up to it.
    pub prior_failures: u32,
}

/// By address, else by the name of the machine: the success after the most failures.
#[derive(Debug, Default)]
pub(super) struct Following(HashMap<(Scope, Option<Name>, Option<Name>), Visit>);

impl Following {
    pub(super) fn add(&mut self, visit: &Visit) {
        if visit.outcome != SessionOutcome::Success || visit.prior_failures == 0 {
            return;
        }
        let key = (visit.scope, visit.ip, visit.client.filter(|_| visit.ip.is_none()));
        let rank =
            |visit: &Visit| (visit.prior_failures, Reverse(visit.first_known()), Reverse(visit.session_uid));
        let known = self.0.entry(key).or_insert(*visit);
        if rank(visit) > rank(known) {
            *known = *visit;
        }
    }

    fn by_origin(&self, names: &Names) -> HashMap<(Scope, Option<String>), Followed> {
        let text = |name: Option<Name>| name.map(|name| names.text(name).to_owned());
        let mut found: HashMap<(Scope, Option<String>), Followed> = HashMap::new();
        for ((scope, ip, client), visit) in &self.0 {
            let place = text(*ip).or_else(|| text(client.map(|client| names.folded(client))));
            let followed = Followed {
                session_uid: visit.session_uid,
                user: text(visit.user),
                host: names.text(visit.host).to_owned(),
                time: visit.start.or(visit.first_known()),
                prior_failures: visit.prior_failures,
            };
            let rank = |of: &Followed| (of.prior_failures, Reverse(of.time), Reverse(of.session_uid));
            let known = found.entry((*scope, place)).or_insert_with(|| followed.clone());
            if rank(&followed) > rank(known) {
                *known = followed;
            }
        }
        found
    }
}

/// All sources with failures: those that got in afterwards first, then those with the most failures.
pub(super) fn failures(cells: &Cells, names: &Names, following: &Following) -> Vec<FailedSource> {
    let mut followed = following.by_origin(names);
    let mut sources: Vec<FailedSource> = Vec::new();
    // Rows of one source stand together.
    for row in from_where(cells, names, &no_lands, By::Address) {
        let Place::Source(origin) = row.place else { continue };
        if sources.last().is_none_or(|last| last.origin != origin) {
            sources.push(FailedSource {
                origin,
                tally: Tally::default(),
                users: Vec::new(),
                hosts: Vec::new(),
                followed: None,
            });
        }
        let Some(source) = sources.last_mut() else { continue };
        source.tally.merge(&row.tally);
        if row.tally.failures > 0 {
            source.users.extend(row.user);
            source.hosts.extend(row.hosts);
        }
    }
    sources.retain(|source| source.tally.failures > 0);
    for source in &mut sources {
        (source.tally.first, source.tally.last) = source.tally.failed.unzip();
        let hosts: BTreeSet<String> = std::mem::take(&mut source.hosts).into_iter().collect();
        source.hosts = hosts.into_iter().collect();
        let Origin { scope, ip, client } = &source.origin;
        let place = ip.clone().or_else(|| client.as_ref().map(|client| client.to_lowercase()));
        source.followed = followed.remove(&(*scope, place)).filter(|_| source.origin.name().is_some());
    }
    sources.sort_by_cached_key(|source| {
        let led_to = source.followed.as_ref().map_or(0, |followed| followed.prior_failures);
        (Reverse(led_to.min(1)), Reverse(source.tally.failures), source.origin.clone())
    });
    sources
}
