//! Users by source: who came from where, on which hosts, and what is not usual about it.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use kilroy_model::Scope;

use super::origin::{OriginKey, distance};
use super::usual::{Places, Ranged, Usual};
use super::{Cells, Land, Lands, Mark, Name, Names, Origin, Range, Tally};

/// One user from one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromWhere {
    /// None: no record names the user.
    pub user: Option<String>,
    /// The place.
    pub place: Place,
    /// The range that its address lies in.
    pub range: Option<Range>,
    /// Where that is, as a database tells.
    pub land: Land,
    /// Names of the machine.
    pub clients: Vec<String>,
    /// Hosts that were reached, or tried.
    pub hosts: Vec<String>,
    /// Sessions and attempts.
    pub tally: Tally,
    /// Why it is not what is usual for the user.
    pub marks: Vec<Mark>,
}

/// Where somebody came from, as closely as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One source.
    Source(Origin),
    /// A range of addresses on one side of the house, and how many addresses of it were met.
    Range(Range, Scope, usize),
}

impl Place {
    /// What kind of place it is.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Source(origin) => origin.scope,
            Self::Range(_, scope, _) => *scope,
        }
    }
}

/// How closely places are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Each address has a row.
    Address,
    /// Addresses of one range share a row.
    Range,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum PlaceKey {
    Source(OriginKey),
    Range(Ranged),
}

#[derive(Default)]
struct Group {
    tally: Tally,
    clients: BTreeSet<Name>,
    hosts: BTreeSet<Name>,
    addresses: BTreeSet<Name>,
    marks: BTreeSet<Mark>,
    range: Option<Range>,
    land: Land,
}

/// One row for each user and place, in the order of [`by_place`].
pub fn from_where(cells: &Cells, names: &Names, lands: &Lands<'_>, by: By) -> Vec<FromWhere> {
    let labels = cells.labels(names);
    let mut places = Places::new(lands);
    let usual = Usual::of(cells, names, &mut places);
    let mut groups: HashMap<(Option<Name>, PlaceKey), Group> = HashMap::new();
    for (key, tally) in cells.iter() {
        let found = places.of(key, &labels);
        let place = match (by, found.0) {
            (By::Range, Some(range)) => PlaceKey::Range(range),
            _ => PlaceKey::Source(OriginKey::of(key)),
        };
        let group = groups.entry((key.user, place)).or_default();
        group.tally.merge(tally);
        group.clients.extend(key.client);
        group.hosts.insert(key.host);
        group.addresses.extend(key.ip);
        group.range = found.0.map(|(range, _)| range);
        if by == By::Address {
            group.land.clone_from(&found.1);
        }
        if tally.visits() > 0 {
            group.marks.extend(usual.marks(key, found));
        }
    }
    let row = |((user, place), group): ((Option<Name>, PlaceKey), Group)| FromWhere {
        user: user.map(|user| labels.spelled(user).to_owned()),
        place: match place {
            PlaceKey::Source(origin) => Place::Source(origin.origin(&labels)),
            PlaceKey::Range((range, scope)) => Place::Range(range, scope, group.addresses.len()),
        },
        range: group.range,
        land: group.land,
        clients: labels.all_spelled(&group.clients),
        hosts: labels.hosts(&group.hosts),
        tally: group.tally,
        marks: group.marks.into_iter().collect(),
    };
    let mut rows: Vec<FromWhere> = groups.into_iter().map(row).collect();
    by_place(&mut rows);
    rows
}

/// Where in a list a place stands.
type Standing = (u8, Option<Range>, Option<Origin>);

fn standing(place: &Place) -> Standing {
    match place {
        Place::Range(range, scope, _) => (distance(*scope), Some(*range), None),
        Place::Source(origin) => (distance(origin.scope), None, Some(origin.clone())),
    }
}

fn user(row: &FromWhere) -> Option<String> {
    row.user.as_ref().map(|user| user.to_lowercase())
}

/// Sorts by place, from far away to near, then by user.
pub fn by_place(rows: &mut [FromWhere]) {
    rows.sort_by_cached_key(|row| (standing(&row.place), user(row)));
}

/// Sorts by user, then by place, from far away to near.
pub fn by_user(rows: &mut [FromWhere]) {
    rows.sort_by_cached_key(|row| (user(row), standing(&row.place)));
}
