//! Which names are one host.
//!
//! A bare name and a full name are one host, unless two full names of the case share that bare name. A machine that was
//! renamed is one host with one chain of boots.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Action, host_key};

use crate::reach::{LogEnds, Reach};
use crate::row::SessionEvent;

/// Renaming takes a restart; a log that goes on under a new name after a longer pause is a coincidence.
const LONGEST_RENAME_MILLIS: u64 = 24 * 3600 * 1000;

/// What EventLog 6011 says: a machine has another name from now on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rename {
    old: String,
    new: String,
    host: String,
}

impl Rename {
    /// What a record of `host` says.
    pub fn new(old: &str, new: &str, host: &str) -> Self {
        let [old, new, host] = [old, new, host].map(str::to_owned);
        Self { old, new, host }
    }

    /// What a record says, if it is one of those.
    pub(crate) fn of(event: &SessionEvent) -> Option<Self> {
        if event.action != Action::HostRenamed {
            return None;
        }
        Some(Self::new(event.old_value.as_deref()?, event.new_value.as_deref()?, &event.host))
    }
}

/// Hosts whose sessions stand between each other in the tables: mostly one. A host of several names may lie around others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbours {
    hosts: Vec<BTreeSet<String>>,
}

impl Neighbours {
    /// Of all names, which are one host and which hosts go together; in the order of the tables. `names` may lack those that
    /// `reach` knows.
    pub fn of(names: impl IntoIterator<Item = String>, renames: &[Rename], reach: &Reach) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut up_to = String::new();
        for host in one_host_each(names, renames, reach) {
            let last = host.last().cloned().unwrap_or_default();
            let inside = host.first().is_some_and(|first| *first < up_to);
            match all.last_mut().filter(|_| inside) {
                Some(around) => around.hosts.push(host),
                None => all.push(Self { hosts: vec![host] }),
            }
            up_to = up_to.max(last);
        }
        all
    }

    /// The names of each host.
    pub(crate) fn hosts(&self) -> &[BTreeSet<String>] {
        &self.hosts
    }

    /// All names, lower-cased.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().flatten().map(String::as_str)
    }
}

/// The names of each host; hosts in the order of their first name.
fn one_host_each(
    names: impl IntoIterator<Item = String>,
    renames: &[Rename],
    reach: &Reach,
) -> Vec<BTreeSet<String>> {
    let names = names.into_iter().chain(reach.hosts().map(str::to_owned)).collect();
    let mut groups = Groups::new(names);
    groups.join_bare_names();
    groups.join_renamed(renames, reach);
    let mut hosts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in groups.leader.keys() {
        hosts.entry(groups.of(name)).or_default().insert(name.clone());
    }
    hosts.into_values().collect()
}

/// For each name the one that is shown for its host: the full one where a bare and a full name are one host.
pub fn one_name_each(names: BTreeSet<String>) -> BTreeMap<String, String> {
    let mut groups = Groups::new(names);
    groups.join_bare_names();
    let mut shown: BTreeMap<String, &str> = BTreeMap::new();
    // In the order of names a bare one comes first, and the full one takes its place.
    for name in groups.leader.keys() {
        shown.insert(groups.of(name), name);
    }
    groups.leader.keys().map(|name| (name.clone(), shown[&groups.of(name)].to_owned())).collect()
}

/// A renamed machine's logs all go on; of two machines, one log may fit by chance.
fn every_common_log_goes_on(reach: &Reach, old: &str, new: &str) -> bool {
    let ended: BTreeMap<&str, u64> =
        reach.ends().filter(|l| l.host == old).map(|l| (l.channel, l.last.0)).collect();
    reach
        .ends()
        .filter(|l| l.host == new)
        .all(|l| ended.get(l.channel).is_none_or(|last| l.first.0 == last.saturating_add(1)))
}

/// Names, each with the name that stands for its host.
struct Groups {
    leader: BTreeMap<String, String>,
}

impl Groups {
    fn new(names: BTreeSet<String>) -> Self {
        Self { leader: names.into_iter().map(|n| (n.clone(), n)).collect() }
    }

    fn of(&self, name: &str) -> String {
        let mut name = name;
        while let Some(next) = self.leader.get(name).filter(|next| next.as_str() != name) {
            name = next;
        }
        name.to_owned()
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (self.of(a), self.of(b));
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        self.leader.insert(second, first);
    }

    fn join_bare_names(&mut self) {
        let mut full: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in self.leader.keys() {
            if let Some((bare, _)) = name.split_once('.') {
                full.entry(bare.to_owned()).or_default().push(name.clone());
            }
        }
        for (bare, names) in full {
            if let [only] = names.as_slice()
                && self.leader.contains_key(&bare)
            {
                self.join(&bare, only);
            }
        }
    }

    /// Joins names by EventLog 6011, and where one log's next record ID carries a new name and the old name is never
    /// seen again.
    fn join_renamed(&mut self, renames: &[Rename], reach: &Reach) {
        for Rename { old, new, host } in renames {
            for (a, b) in [(old, new), (old, host), (new, host)] {
                self.join_known_bare(a, b);
            }
        }
        // By channel: record ID with which a name ends.
        let mut ends: BTreeMap<(&str, u64), Vec<LogEnds<'_>>> = BTreeMap::new();
        for log in reach.ends() {
            ends.entry((log.channel, log.last.0)).or_default().push(log);
        }
        for new in reach.ends() {
            let before = new.first.0.checked_sub(1).and_then(|id| ends.get(&(new.channel, id)));
            // Two candidates are no proof.
            if let Some([old]) = before.map(Vec::as_slice)
                && old.host != new.host
                && new.first.1 >= old.last.1
                && new.first.1.within_millis(old.last.1, LONGEST_RENAME_MILLIS)
                && reach.last_seen(old.host).is_some_and(|seen| seen <= new.first.1)
                && every_common_log_goes_on(reach, old.host, new.host)
            {
                self.join(old.host, new.host);
            }
        }
    }

    /// Joins two names of which the case may know the bare or the full form.
    fn join_known_bare(&mut self, a: &str, b: &str) {
        let known = |groups: &Self, name: &str| {
            let key = host_key(name);
            if groups.leader.contains_key(&key) {
                return Some(key);
            }
            let prefix = format!("{key}.");
            let mut full = groups.leader.keys().filter(|n| n.starts_with(&prefix));
            match (full.next(), full.next()) {
                (Some(only), None) => Some(only.clone()),
                _ => None,
            }
        };
        if let (Some(a), Some(b)) = (known(self, a), known(self, b)) {
            self.join(&a, &b);
        }
    }
}

#[cfg(test)]
mod tests {
    use kilroy_model::Timestamp;

    use super::*;
    use crate::reach::LogReach;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ticks(minute * 60 * 10_000_000)
    }

    /// Names that stand for one host each, from records (host, channel, record ID, minute).
    fn hosts(records: &[(&str, &str, u64, i64)]) -> Vec<Vec<String>> {
        let mut reach = Reach::default();
        for &(host, channel, id, minute) in records {
            reach.add(host, channel, LogReach::of(id, at(minute)));
        }
        let hosts = one_host_each(Vec::new(), &[], &reach);
        hosts.into_iter().map(|names| names.into_iter().collect()).collect()
    }

    #[test]
    fn the_name_that_is_shown() {
        let names = ["srv", "srv.corp.example", "ws", "b", "b.x.example", "b.y.example"];
        let shown = one_name_each(names.into_iter().map(str::to_owned).collect());
        let of = |name: &str| shown[name].as_str();
        assert_eq!(
            [of("srv"), of("srv.corp.example"), of("ws")],
            ["srv.corp.example", "srv.corp.example", "ws"]
        );
        assert_eq!([of("b"), of("b.x.example")], ["b", "b.x.example"]);
    }

    #[test]
    fn a_bare_name_is_the_full_one() {
        assert_eq!(
            hosts(&[("SRV", "System", 1, 0), ("srv.corp.example", "System", 9, 1)]),
            [["srv", "srv.corp.example"]]
        );
    }

    #[test]
    fn a_bare_name_that_two_full_ones_share_is_neither() {
        let names = hosts(&[
            ("srv", "System", 1, 0),
            ("srv.a.example", "System", 9, 1),
            ("srv.b.example", "System", 20, 2),
        ]);
        assert_eq!(names.len(), 3);
    }

    #[test]
    fn a_log_that_goes_on_under_a_new_name_is_a_rename() {
        let names = hosts(&[
            ("setup-01", "Security", 31, 0),
            ("setup-01", "Security", 32, 1),
            ("web01", "Security", 33, 2),
        ]);
        assert_eq!(names, [["setup-01", "web01"]]);
    }

    #[test]
    fn a_host_around_others_goes_with_them() {
        let names = ["a", "m", "z", "zz"].map(str::to_owned);
        let rename = Rename { old: "a".into(), new: "z".into(), host: "z".into() };
        let together: Vec<Vec<String>> = Neighbours::of(names, &[rename], &Reach::default())
            .iter()
            .map(|n| n.names().map(str::to_owned).collect())
            .collect();
        assert_eq!(together, [vec!["a", "z", "m"], vec!["zz"]]);
    }

    #[test]
    fn no_rename_if_the_old_name_is_seen_again_or_days_lie_between() {
        let again = [("a", "Security", 32, 1), ("b", "Security", 33, 2), ("a", "System", 5, 3)];
        assert_eq!(hosts(&again).len(), 2);
        let stranger = [
            ("a", "Security", 32, 1),
            ("a", "System", 9, 1),
            ("b", "Security", 33, 2),
            ("b", "System", 400, 2),
        ];
        assert_eq!(hosts(&stranger).len(), 2);
        let later = [("a", "Security", 32, 1), ("b", "Security", 33, 3 * 24 * 60)];
        assert_eq!(hosts(&later).len(), 2);
    }
}
