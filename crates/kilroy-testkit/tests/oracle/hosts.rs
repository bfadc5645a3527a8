//! SESSIONS.md, "Host": which names are one machine.

use std::collections::BTreeMap;

use kilroy_model::{Action, Timestamp, host_key};
use kilroy_sessions::SessionEvent;

/// A record of any kind, as coverage knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Noted {
    pub(crate) host: String,
    pub(crate) log: String,
    pub(crate) event_id: u32,
    pub(crate) record_id: u64,
    pub(crate) time: Timestamp,
}

/// Events put together by machine, each machine with all records of its names.
pub(crate) fn by_host(events: &[SessionEvent], noted: &[Noted]) -> Vec<(Vec<SessionEvent>, Vec<Noted>)> {
    let mut names: Vec<String> = events.iter().map(|e| host_key(&e.host)).collect();
    names.extend(noted.iter().map(|n| host_key(&n.host)));
    names.sort();
    names.dedup();
    // Every name begins as a machine of its own; `one` is the number of the machine.
    let mut one: BTreeMap<String, usize> = names.iter().cloned().zip(0..).collect();
    for bare in names.iter().filter(|n| !n.contains('.')) {
        let full: Vec<&String> =
            names.iter().filter(|n| n.split_once('.').is_some_and(|(first, _)| first == bare)).collect();
        if let [full] = full.as_slice() {
            unite(&mut one, bare, full);
        }
    }
    for event in events.iter().filter(|e| e.action == Action::HostRenamed) {
        let texts = [&event.old_value, &event.new_value];
        let [Some(old), Some(new)] = texts.map(|t| t.as_deref().map(host_key)) else { continue };
        let known = |wanted: &str| {
            names.iter().find(|n| n.as_str() == wanted || n.split('.').next() == Some(wanted)).cloned()
        };
        if let (Some(old), Some(new)) = (known(&old), known(&new)) {
            unite(&mut one, &old, &new);
        }
    }
    for (old, new) in renamed_unseen(noted) {
        unite(&mut one, &old, &new);
    }
    let mut machines: Vec<usize> = one.values().copied().collect();
    machines.sort_unstable();
    machines.dedup();
    let of = |name: &str| one.get(&host_key(name)).copied();
    machines
        .into_iter()
        .map(|m| {
            let events = events.iter().filter(|e| of(&e.host) == Some(m)).cloned().collect();
            let noted = noted.iter().filter(|n| of(&n.host) == Some(m)).cloned().collect();
            (events, noted)
        })
        .collect()
}

fn unite(one: &mut BTreeMap<String, usize>, a: &str, b: &str) {
    let (Some(&a), Some(&b)) = (one.get(a), one.get(b)) else { return };
    for machine in one.values_mut() {
        if *machine == b {
            *machine = a;
        }
    }
}

/// A log whose consecutive record IDs go on under a new name that the old one never follows again.
fn renamed_unseen(noted: &[Noted]) -> Vec<(String, String)> {
    let mut logs: BTreeMap<(String, String), Vec<(u64, Timestamp)>> = BTreeMap::new();
    for n in noted {
        logs.entry((n.log.to_lowercase(), host_key(&n.host))).or_default().push((n.record_id, n.time));
    }
    for log in logs.values_mut() {
        log.sort_unstable();
    }
    let mut pairs = Vec::new();
    for ((log, old), of_old) in &logs {
        for ((other, new), of_new) in &logs {
            let (Some(last), Some(first)) = (of_old.last(), of_new.first()) else { continue };
            if log == other && old != new && last.0 + 1 == first.0 && last.1 <= first.1 {
                pairs.push((old.clone(), new.clone()));
            }
        }
    }
    pairs
}
