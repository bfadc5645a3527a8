//! Moves records between files and into other orders: what must not change any session.

use kilroy_evtx::{EventSpec, WriteError};

use crate::log::{LogFile, bytes};
use crate::seed::Seed;

/// The same records in another order.
pub fn shuffle(events: &[EventSpec], seed: u64) -> Vec<EventSpec> {
    let mut events = events.to_vec();
    Seed::new(seed).shuffle(&mut events);
    events
}

/// What is left if so many of a hundred are lost, whichever the seed says.
pub fn drop_some<T: Clone>(list: &[T], percent: usize, seed: u64) -> Vec<T> {
    let mut seed = Seed::new(seed);
    list.iter().filter(|_| !seed.percent(percent)).cloned().collect()
}

/// Deals the records out to `parts` lists; each keeps the order of what it got. Lists may be empty.
pub fn split(events: &[EventSpec], parts: usize, seed: u64) -> Vec<Vec<EventSpec>> {
    let mut seed = Seed::new(seed);
    let mut lists = vec![Vec::new(); parts.max(1)];
    for event in events {
        let part = seed.below(lists.len());
        lists[part].push(event.clone());
    }
    lists
}

/// Several lists as one, the first one first. A record that stands in several of them stands there as often.
pub fn merge(lists: &[Vec<EventSpec>]) -> Vec<EventSpec> {
    lists.concat()
}

/// Lists as files that mix logs and hosts, as ForwardedEvents does. Empty lists make no file.
pub fn mixed_files(lists: &[Vec<EventSpec>]) -> Result<Vec<LogFile>, WriteError> {
    lists
        .iter()
        .enumerate()
        .filter(|(_, events)| !events.is_empty())
        .map(|(n, events)| Ok(LogFile { name: format!("part-{n:02}.evtx"), bytes: bytes(events)? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<EventSpec> {
        (1..=40).map(|record_id| EventSpec { record_id, ..EventSpec::default() }).collect()
    }

    #[test]
    fn nothing_is_lost() {
        let ids = |list: &[EventSpec]| {
            let mut ids: Vec<u64> = list.iter().map(|e| e.record_id).collect();
            ids.sort_unstable();
            ids
        };
        let all = events();
        assert_eq!(ids(&shuffle(&all, 1)), ids(&all));
        assert_ne!(shuffle(&all, 1), all);
        let lists = split(&all, 3, 1);
        assert!(lists.iter().all(|l| l.is_sorted_by_key(|e| e.record_id) && l.len() < 40));
        assert_eq!(ids(&merge(&lists)), ids(&all));
    }
}
