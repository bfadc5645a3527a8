//! What is usual for a user, and what is not.
//!
//! An address alone is seldom usual or not: it changes. Looked at are ranges of addresses ([`Range`]), countries, networks
//! and sides (inside, outside), for each user in the whole case and on each host. Only those count who had the right
//! password: what somebody guesses says nothing about whom the name belongs to.

use std::collections::BTreeSet;
use std::hash::Hash;

use hashbrown::HashMap;
use kilroy_model::{Scope, Timestamp};
use serde::{Serialize, Serializer};

use super::cells::{Cells, Key, Labels};
use super::origin::distance;
use super::tally::earliest;
use super::{Land, Lands, Name, Names, Range, Tally};

/// Of fewer sessions nobody can tell what is usual.
pub const MANY: u64 = 10;
/// At most so many sessions are few.
pub const FEW: u64 = 2;
/// So many sessions elsewhere, and so many on average for each place elsewhere, make a habit. Who comes from another
/// network each day has no habit that a new one could break.
pub const HABIT: u64 = 5;
/// What is met within a day of the first sight of a user is no news: the logs begin somewhere.
pub const SETTLED_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Four of five sessions from one side make it the usual side.
const USUAL_SIDE: (u64, u64) = (4, 5);

/// Why a source is not what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// The user comes from outside and mostly from inside, or the other way round.
    OtherSide,
    /// The user came from no address of this country before.
    NewCountry,
    /// The user came from no address of this network before.
    NewNetwork,
    /// The user came from no address of this range before.
    NewRange,
    /// Few of many sessions of the user came from this range.
    RareRange,
    /// Few of many sessions of the user on this host came from this range.
    RareOnHost,
}

impl Mark {
    /// All marks, in their order: what says most comes first.
    pub const ALL: &'static [Self] = &[
        Self::OtherSide,
        Self::NewCountry,
        Self::NewNetwork,
        Self::NewRange,
        Self::RareRange,
        Self::RareOnHost,
    ];

    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherSide => "other-side",
            Self::NewCountry => "new-country",
            Self::NewNetwork => "new-network",
            Self::NewRange => "new-range",
            Self::RareRange => "rare-range",
            Self::RareOnHost => "rare-on-host",
        }
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A range of addresses that is not usual for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlier {
    /// The addresses.
    pub range: Range,
    /// Inside or outside.
    pub scope: Scope,
    /// Why.
    pub marks: Vec<Mark>,
    /// Sessions and attempts of the user from there.
    pub tally: Tally,
}

/// A range on one side of the house.
pub(super) type Ranged = (Range, Scope);

/// Where each address is.
pub(super) struct Places<'a> {
    lands: &'a Lands<'a>,
    known: HashMap<(Name, Scope), (Option<Ranged>, Land)>,
}

impl<'a> Places<'a> {
    pub(super) fn new(lands: &'a Lands<'a>) -> Self {
        Self { lands, known: HashMap::new() }
    }

    pub(super) fn of(&mut self, key: &Key, labels: &Labels<'_>) -> &(Option<Ranged>, Land) {
        static NOWHERE: (Option<Ranged>, Land) =
            (None, Land { country: None, asn: None, organization: None });
        let Some(ip) = key.ip else { return &NOWHERE };
        self.known.entry((ip, key.scope)).or_insert_with(|| {
            let Ok(ip) = labels.plain(ip).parse() else { return NOWHERE.clone() };
            let range = Range::of(ip, key.scope).map(|range| (range, key.scope));
            let land = if key.scope == Scope::External { (self.lands)(ip) } else { Land::default() };
            (range, land)
        })
    }
}

/// How often and since when.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    visits: u64,
    first: Option<Timestamp>,
}

impl Part {
    fn add(&mut self, tally: &Tally) {
        self.visits += tally.visits();
        self.first = earliest(self.first, tally.opened.map(|opened| opened.time));
    }
}

/// The places of one kind that somebody came from.
#[derive(Debug)]
struct Habit<K>(HashMap<K, Part>);

impl<K> Default for Habit<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq + Copy> Habit<K> {
    fn add(&mut self, place: K, tally: &Tally) {
        self.0.entry(place).or_default().add(tally);
    }

    fn visits(&self) -> u64 {
        self.0.values().map(|part| part.visits).sum()
    }

    /// Sessions from elsewhere, if there are enough of them, and from few enough places, to make a habit.
    fn elsewhere(&self, part: &Part) -> Option<u64> {
        let (visits, places) = (self.visits() - part.visits, self.0.len() as u64 - 1);
        (visits >= HABIT && visits >= HABIT * places).then_some(visits)
    }

    fn rare(&self) -> impl Iterator<Item = K> {
        let is_rare =
            |part: &Part| part.visits <= FEW && self.visits() >= MANY && self.elsewhere(part).is_some();
        self.0.iter().filter(move |(_, part)| is_rare(part)).map(|(place, _)| *place)
    }

    fn news(&self) -> impl Iterator<Item = K> {
        let first = self.0.values().filter_map(|part| part.first).min();
        let is_new = move |part: &Part| {
            let settled = first.map(|first| first.plus_millis(SETTLED_MILLIS));
            self.elsewhere(part).is_some() && part.first.zip(settled).is_some_and(|(new, old)| new >= old)
        };
        self.0.iter().filter(move |(_, part)| is_new(part)).map(|(place, _)| *place)
    }
}

/// Everything that a user came from.
#[derive(Debug, Default)]
struct Habits {
    ranges: Habit<Ranged>,
    sides: Habit<Scope>,
    /// Countries and networks by their numbers in [`Usual::countries`].
    countries: Habit<usize>,
    networks: Habit<u32>,
    hosts: HashMap<Name, Habit<Ranged>>,
}

/// Marks by what they are about.
#[derive(Debug, Default)]
struct Unusual {
    ranges: HashMap<Ranged, BTreeSet<Mark>>,
    sides: Vec<Scope>,
    countries: Vec<usize>,
    networks: Vec<u32>,
    hosts: HashMap<Name, Vec<Ranged>>,
}

/// What is not usual, for each user.
#[derive(Debug, Default)]
pub(super) struct Usual {
    users: HashMap<Name, Unusual>,
    countries: HashMap<String, usize>,
}

impl Usual {
    pub(super) fn of(cells: &Cells, names: &Names, places: &mut Places<'_>) -> Self {
        let labels = cells.labels(names);
        let mut countries: HashMap<String, usize> = HashMap::new();
        let mut habits: HashMap<Name, Habits> = HashMap::new();
        for (key, tally) in cells.iter().filter(|(_, tally)| tally.visits() > 0) {
            let Some(user) = key.user else { continue };
            let (Some(range), land) = places.of(key, &labels) else { continue };
            let of_user = habits.entry(user).or_default();
            of_user.ranges.add(*range, tally);
            of_user.sides.add(key.scope, tally);
            of_user.hosts.entry(key.host).or_default().add(*range, tally);
            if let Some(country) = &land.country {
                let next = countries.len();
                let country = *countries.entry(country.clone()).or_insert(next);
                of_user.countries.add(country, tally);
            }
            if let Some(asn) = land.asn {
                of_user.networks.add(asn, tally);
            }
        }
        let users = habits.into_iter().map(|(user, habits)| (user, habits.unusual())).collect();
        Self { users, countries }
    }

    /// What is not usual about sessions of this user on this host from this source.
    pub(super) fn marks(&self, key: &Key, place: &(Option<Ranged>, Land)) -> BTreeSet<Mark> {
        let (Some(unusual), (Some(range), land)) = (key.user.and_then(|user| self.users.get(&user)), place)
        else {
            return BTreeSet::new();
        };
        let mut marks = unusual.of_range(range, land, &self.countries);
        let on_host = unusual.hosts.get(&key.host);
        // What is rare everywhere is rare on each host: it is said once.
        if marks.is_empty() && on_host.is_some_and(|ranges| ranges.contains(range)) {
            marks.insert(Mark::RareOnHost);
        }
        marks
    }
}

impl Habits {
    fn unusual(&self) -> Unusual {
        let mut ranges: HashMap<Ranged, BTreeSet<Mark>> = HashMap::new();
        for (mark, found) in [
            (Mark::RareRange, self.ranges.rare().collect::<Vec<_>>()),
            (Mark::NewRange, self.ranges.news().collect()),
        ] {
            for range in found {
                ranges.entry(range).or_default().insert(mark);
            }
        }
        Unusual {
            ranges,
            sides: self.other_sides(),
            countries: self.countries.news().collect(),
            networks: self.networks.news().collect(),
            hosts: self.hosts.iter().map(|(host, habit)| (*host, habit.rare().collect())).collect(),
        }
    }

    fn other_sides(&self) -> Vec<Scope> {
        let all = self.sides.visits();
        let (share, of) = USUAL_SIDE;
        let is_other = |part: &Part| all - part.visits >= HABIT && (all - part.visits) * of >= all * share;
        self.sides.0.iter().filter(|(_, part)| is_other(part)).map(|(side, _)| *side).collect()
    }
}

impl Unusual {
    fn of_range(&self, range: &Ranged, land: &Land, countries: &HashMap<String, usize>) -> BTreeSet<Mark> {
        let mut marks = self.ranges.get(range).cloned().unwrap_or_default();
        let country = land.country.as_ref().and_then(|country| countries.get(country));
        let more = [
            (Mark::OtherSide, self.sides.contains(&range.1)),
            (Mark::NewCountry, country.is_some_and(|country| self.countries.contains(country))),
            (Mark::NewNetwork, land.asn.is_some_and(|asn| self.networks.contains(&asn))),
        ];
        marks.extend(more.into_iter().filter(|(_, holds)| *holds).map(|(mark, _)| mark));
        marks
    }
}

/// Puts outliers into the order in which they are listed.
pub(super) fn sort(outliers: &mut [Outlier]) {
    outliers.sort_by(|a, b| {
        let place = |o: &Outlier| (distance(o.scope), o.range);
        place(a).cmp(&place(b))
    });
}
