//! Users, sources, hosts, and pairs of them: when each was met first, and which are rare.

use std::hash::Hash;

use hashbrown::HashMap;
use kilroy_model::{SessionUid, Timestamp};

use super::cells::{Cells, Key, Labels};
use super::origin::OriginKey;
use super::usual::MANY;
use super::{Name, Names, Origin, Tally};

/// What was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A user.
    User,
    /// A source.
    Source,
    /// A user on a host.
    UserHost,
    /// A user from a source.
    UserSource,
    /// A host from a source.
    HostSource,
}

impl What {
    /// All of them, in their order.
    pub const ALL: &'static [Self] =
        &[Self::User, Self::Source, Self::UserHost, Self::UserSource, Self::HostSource];

    /// Two things together.
    pub const PAIRS: &'static [Self] = &[Self::UserHost, Self::UserSource, Self::HostSource];

    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Source => "source",
            Self::UserHost => "user-host",
            Self::UserSource => "user-source",
            Self::HostSource => "host-source",
        }
    }

    /// What of a count it goes by; none if that is not named.
    fn key(self, key: &Key) -> Option<Met> {
        let origin = OriginKey::of(key);
        let source = Some(origin).filter(|origin| origin.ip.is_some() || origin.client.is_some());
        let met = match self {
            Self::User => Met { user: Some(key.user?), host: None, source: None },
            Self::Source => Met { user: None, host: None, source: Some(source?) },
            Self::UserHost => Met { user: Some(key.user?), host: Some(key.host), source: None },
            Self::UserSource => Met { user: Some(key.user?), host: None, source: Some(source?) },
            Self::HostSource => Met { user: None, host: Some(key.host), source: Some(source?) },
        };
        Some(met)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Met {
    user: Option<Name>,
    host: Option<Name>,
    source: Option<OriginKey>,
}

/// A user, source, host or pair that was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What it is.
    pub what: What,
    /// The user, if it is about one.
    pub user: Option<String>,
    /// The host, if it is about one.
    pub host: Option<String>,
    /// The source, if it is about one.
    pub source: Option<Origin>,
    /// Its sessions and attempts.
    pub tally: Tally,
    /// The host on which it was met first.
    pub first_host: String,
    /// The session in which it was first there, if any attempt succeeded.
    pub session_uid: Option<SessionUid>,
    /// Sessions of the user in all; of a host and a source, those of the host.
    pub of: u64,
}

#[derive(Default)]
struct Group {
    tally: Tally,
    /// Time and host of the first.
    first: Option<(Timestamp, String)>,
}

/// Everything that was met, by the time of its first sight.
pub fn sightings(cells: &Cells, names: &Names, whats: &[What]) -> Vec<Sighting> {
    let labels = cells.labels(names);
    let users = totals(cells, |key| key.user);
    let hosts = totals(cells, |key| Some(key.host));
    let mut rows = Vec::new();
    for what in whats {
        let mut groups: HashMap<Met, Group> = HashMap::new();
        for (key, tally) in cells.iter() {
            let Some(met) = what.key(key) else { continue };
            let group = groups.entry(met).or_default();
            let is_first = match (&group.first, tally.first) {
                (Some((known, host)), Some(first)) => {
                    (first, labels.plain(key.host)) < (*known, host.as_str())
                }
                (None, first) => first.is_some(),
                (_, None) => false,
            };
            if let Some(first) = tally.first.filter(|_| is_first) {
                group.first = Some((first, labels.plain(key.host).to_owned()));
            }
            group.tally.merge(tally);
        }
        rows.extend(groups.into_iter().map(|(met, group)| {
            let of = match (met.user, met.host) {
                (Some(user), _) => users.get(&user),
                (None, Some(host)) => hosts.get(&host),
                (None, None) => None,
            };
            sighting(*what, &met, group, of.copied(), &labels)
        }));
    }
    rows.sort_by_cached_key(|row| {
        let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
        (row.tally.first, row.what, lower(&row.user), lower(&row.host), row.source.clone())
    });
    rows
}

/// Pairs that were met a few times only, while the user, or the host, has many sessions: the rarest first.
///
/// Only sessions count, and denied attempts: a name that was guessed on a host is no pair.
pub fn rare(cells: &Cells, names: &Names, at_most: u64) -> Vec<Sighting> {
    let mut rows = sightings(cells, names, What::PAIRS);
    rows.retain(|row| {
        let visits = row.tally.visits();
        visits > 0 && visits <= at_most && row.of >= MANY.max(at_most.saturating_mul(MANY / 2))
    });
    // Of many, one is rarer than of few. They come sorted by time, and stay so among equals.
    rows.sort_by(|a, b| {
        let share = |a: &Sighting, b: &Sighting| u128::from(a.tally.visits()) * u128::from(b.of);
        share(a, b).cmp(&share(b, a))
    });
    rows
}

fn totals<K: Hash + Eq>(cells: &Cells, of: impl Fn(&Key) -> Option<K>) -> HashMap<K, u64> {
    let mut totals = HashMap::new();
    for (key, tally) in cells.iter() {
        if let Some(of) = of(key) {
            *totals.entry(of).or_default() += tally.visits();
        }
    }
    totals
}

fn sighting(what: What, met: &Met, group: Group, of: Option<u64>, labels: &Labels<'_>) -> Sighting {
    Sighting {
        what,
        user: met.user.map(|user| labels.spelled(user).to_owned()),
        host: met.host.map(|host| labels.plain(host).to_owned()),
        source: met.source.map(|source| source.origin(labels)),
        of: of.unwrap_or_else(|| group.tally.visits()),
        session_uid: group.tally.opened.map(|opened| opened.session_uid),
        first_host: group.first.map(|(_, host)| host).unwrap_or_default(),
        tally: group.tally,
    }
}
