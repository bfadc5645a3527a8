//! Failures by source, and the success that followed.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use kilroy_model::{Scope, SessionOutcome, SessionUid, Timestamp};

use super::pointers::is_guessed;
use crate::views::{By, Cells, Name, Names, Origin, Place, Tally, Visit, from_where, no_lands};

/// A source with failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSource {
    /// The source.
    pub origin: Origin,
    /// Sessions and attempts from there.
    pub tally: Tally,
    /// The first failure.
    pub first: Option<Timestamp>,
    /// The last failure.
    pub last: Option<Timestamp>,
    /// Names that were tried in vain.
    pub users: Vec<String>,
    /// Hosts that were tried.
    pub hosts: Vec<String>,
    /// The first session that followed failures, if any did: those of a burst rather than a mistyped password.
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
    /// Further sessions of the source that followed failures.
    pub more: u64,
}

/// When failures were, and what followed.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// The first success after failures, and how many there are.
    successes: HashMap<From, (Visit, u64)>,
    /// The first and the last time of a failure.
    failures: HashMap<From, (Timestamp, Timestamp)>,
}

/// Where somebody came from: kind of place, address, else the name of the machine.
type From = (Scope, Option<Name>, Option<Name>);
/// The same in words, in small letters.
type FromText = (Scope, Option<String>);

/// What comes first is told: after a burst rather than after a mistyped password, then the earliest.
type Rank = (bool, Option<Timestamp>, SessionUid);

fn rank(scope: Scope, prior_failures: u32, time: Option<Timestamp>, uid: SessionUid) -> Rank {
    (!is_guessed(scope, prior_failures), time, uid)
}

impl Following {
    pub(super) fn add(&mut self, visit: &Visit) {
        let key = (visit.scope, visit.ip, visit.client.filter(|_| visit.ip.is_none()));
        if visit.outcome == SessionOutcome::Failure
            && let Some(time) = visit.first_known()
        {
            widen(self.failures.entry(key), (time, visit.last_known().unwrap_or(time).max(time)));
        }
        if visit.outcome != SessionOutcome::Success || visit.prior_failures == 0 {
            return;
        }
        let of = |visit: &Visit| rank(visit.scope, visit.prior_failures, came(visit), visit.session_uid);
        let (first, count) = self.successes.entry(key).or_insert((*visit, 0));
        *count += 1;
        if of(visit) < of(first) {
            *first = *visit;
        }
    }

    fn times(&self, names: &Names) -> HashMap<FromText, (Timestamp, Timestamp)> {
        let mut times = HashMap::new();
        for (from, span) in &self.failures {
            widen(times.entry(in_words(*from, names)), *span);
        }
        times
    }

    fn followed(&self, names: &Names) -> HashMap<FromText, Followed> {
        let text = |name: Option<Name>| name.map(|name| names.text(name).to_owned());
        let mut found: HashMap<FromText, Followed> = HashMap::new();
        for (from, (visit, count)) in &self.successes {
            let followed = Followed {
                session_uid: visit.session_uid,
                user: text(visit.user),
                host: names.text(visit.host).to_owned(),
                time: came(visit),
                prior_failures: visit.prior_failures,
                more: count - 1,
            };
            match found.entry(in_words(*from, names)) {
                // One machine by two spellings.
                Entry::Occupied(mut known) => {
                    let of = |of: &Followed| rank(from.0, of.prior_failures, of.time, of.session_uid);
                    let more = known.get().more + followed.more + 1;
                    if of(&followed) < of(known.get()) {
                        known.insert(followed);
                    }
                    known.get_mut().more = more;
                }
                Entry::Vacant(new) => {
                    new.insert(followed);
                }
            }
        }
        found
    }
}

fn in_words((scope, ip, client): From, names: &Names) -> FromText {
    let place = ip.or_else(|| client.map(|client| names.folded(client)));
    (scope, place.map(|place| names.text(place).to_owned()))
}

fn widen<K>(known: Entry<'_, K, (Timestamp, Timestamp)>, (first, last): (Timestamp, Timestamp)) {
    let span = known.or_insert((first, last));
    *span = (span.0.min(first), span.1.max(last));
}

fn came(visit: &Visit) -> Option<Timestamp> {
    visit.start.or(visit.first_known())
}

/// All sources with failures: those that got in afterwards first, then those with the most failures.
pub(super) fn failures(cells: &Cells, names: &Names, following: &Following) -> Vec<FailedSource> {
    let mut followed = following.followed(names);
    let times = following.times(names);
    let mut sources: Vec<FailedSource> = Vec::new();
    // Rows of one source stand together.
    for row in from_where(cells, names, &no_lands, By::Address) {
        let Place::Source(origin) = row.place else { continue };
        if sources.last().is_none_or(|last| last.origin != origin) {
            sources.push(FailedSource {
                origin,
                tally: Tally::default(),
                first: None,
                last: None,
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
        let hosts: BTreeSet<String> = std::mem::take(&mut source.hosts).into_iter().collect();
        source.hosts = hosts.into_iter().collect();
        let Origin { scope, ip, client } = &source.origin;
        let place = ip.clone().or_else(|| client.as_ref().map(|client| client.to_lowercase()));
        let from = (*scope, place);
        (source.first, source.last) = times.get(&from).copied().unzip();
        source.followed = followed.remove(&from).filter(|_| source.origin.name().is_some());
    }
    sources.sort_by_cached_key(|source| {
        let led_to = source.followed.as_ref().map_or(0, |followed| followed.prior_failures);
        (Reverse(led_to.min(1)), Reverse(source.tally.failures), source.origin.clone())
    });
    sources
}
