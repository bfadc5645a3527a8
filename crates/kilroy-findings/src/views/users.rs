//! Users: what each did, and from where.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use kilroy_model::Scope;

use super::origin::OriginKey;
use super::usual::{Places, Ranged, Usual, sort};
use super::{Cells, Lands, Mark, Name, Names, Origin, Outlier, Tally};

/// A user and what is known of its sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// None: sessions and failures of which no record names the user.
    pub user: Option<String>,
    /// Domains that its records name.
    pub domains: Vec<String>,
    /// Its sessions and attempts.
    pub tally: Tally,
    /// Hosts that it was on, or tried.
    pub hosts: Vec<String>,
    /// Sources that it came from, or that tried its name.
    pub sources: Vec<SourceUse>,
    /// Ranges of addresses that are not usual for it.
    pub outliers: Vec<Outlier>,
}

/// A source, and what a user did from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceUse {
    /// The source.
    pub origin: Origin,
    /// Sessions and attempts.
    pub tally: Tally,
}

impl UserView {
    /// Its sources in places of some kind, those with the most sessions first.
    pub fn sources_in(&self, scope: Scope) -> Vec<&SourceUse> {
        let mut sources: Vec<&SourceUse> = self.sources.iter().filter(|s| s.origin.scope == scope).collect();
        sources.sort_by_key(|source| Reverse((source.tally.visits(), source.tally.all())));
        sources
    }
}

#[derive(Default)]
struct Group {
    tally: Tally,
    domains: BTreeSet<Name>,
    hosts: BTreeSet<Name>,
    sources: HashMap<OriginKey, Tally>,
    ranges: HashMap<Ranged, (Tally, BTreeSet<Mark>)>,
}

/// One row for each user, by name; the unnamed ones first.
pub fn users(cells: &Cells, names: &Names, lands: &Lands<'_>) -> Vec<UserView> {
    let labels = cells.labels(names);
    let mut places = Places::new(lands);
    let usual = Usual::of(cells, names, &mut places);
    let mut groups: HashMap<Option<Name>, Group> = HashMap::new();
    for (key, tally) in cells.iter() {
        let group = groups.entry(key.user).or_default();
        group.tally.merge(tally);
        group.domains.extend(key.domain);
        group.hosts.insert(key.host);
        group.sources.entry(OriginKey::of(key)).or_default().merge(tally);
        let place = places.of(key, &labels);
        if let Some(range) = place.0 {
            let marks = usual.marks(key, place);
            let of_range = group.ranges.entry(range).or_default();
            of_range.0.merge(tally);
            // A mark that holds for one host says nothing of the user as a whole.
            of_range.1.extend(marks.into_iter().filter(|mark| *mark != Mark::RareOnHost));
        }
    }
    let mut rows: BTreeMap<Option<String>, UserView> = BTreeMap::new();
    for (user, group) in groups {
        let mut sources: Vec<SourceUse> = group
            .sources
            .into_iter()
            .map(|(origin, tally)| SourceUse { origin: origin.origin(&labels), tally })
            .collect();
        sources.sort_by(|a, b| a.origin.cmp(&b.origin));
        let unusual = |(range, (tally, marks)): (Ranged, (Tally, BTreeSet<Mark>))| {
            let outlier =
                || Outlier { range: range.0, scope: range.1, marks: marks.into_iter().collect(), tally };
            Some(outlier()).filter(|outlier| !outlier.marks.is_empty())
        };
        let mut outliers: Vec<Outlier> = group.ranges.into_iter().filter_map(unusual).collect();
        sort(&mut outliers);
        let view = UserView {
            user: user.map(|user| labels.spelled(user).to_owned()),
            domains: labels.all_spelled(&group.domains),
            tally: group.tally,
            hosts: labels.hosts(&group.hosts),
            sources,
            outliers,
        };
        rows.insert(user.map(|user| labels.plain(user).to_owned()), view);
    }
    rows.into_values().collect()
}
