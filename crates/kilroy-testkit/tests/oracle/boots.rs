//! SESSIONS.md, "Order and boots": which run of Windows a record belongs to, and how each run ended.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Action, Timestamp};
use kilroy_sessions::SessionEvent;

/// Marks of different kinds were seen up to 42 s apart.
const ONE_BOOT: u64 = 120_000;

/// A record in its place.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) event: SessionEvent,
    pub(crate) boot: usize,
    /// Place in its own log: the true order there.
    pub(crate) place: usize,
}

/// One run of Windows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// First mark of its start, as logged.
    pub(crate) first_mark: Option<Timestamp>,
    /// From when on other logs belong to it: after the boot's own clock correction.
    begin: Option<Timestamp>,
    /// It has a 6008: the run before ended unexpectedly.
    pub(crate) after_crash: bool,
    /// The time that its 6008 names, if it can be read.
    pub(crate) last_alive: Option<Timestamp>,
}

fn is_start(action: Action) -> bool {
    matches!(
        action,
        Action::AuditStarted
            | Action::KernelStarted
            | Action::BootStatus
            | Action::BootType
            | Action::LoggingStarted
            | Action::UnexpectedShutdown
            | Action::SystemVersion
    )
}

/// Records that say that Windows goes down.
pub(crate) fn is_stop(action: Action) -> bool {
    matches!(
        action,
        Action::KernelStopped | Action::LoggingStopped | Action::ShutdownInitiated | Action::AuditStopped
    )
}

/// The records of one host in the engine's order (boot, time, record ID), and its runs. Run 0 is what lies before the first
/// mark.
pub(crate) fn place(events: &[SessionEvent]) -> (Vec<Placed>, Vec<Run>) {
    let mut logs: BTreeMap<String, Vec<&SessionEvent>> = BTreeMap::new();
    for event in events {
        logs.entry(event.log.to_lowercase()).or_default().push(event);
    }
    let logs: Vec<Vec<&SessionEvent>> = logs.into_values().map(|log| sequence(&log)).collect();
    let (runs, mark_of) = runs(&logs);
    let mut placed = Vec::new();
    for log in &logs {
        let marked: BTreeSet<usize> = log.iter().filter_map(|e| mark_of.get(&e.uid.0).copied()).collect();
        let mut here = 0;
        for (place, event) in log.iter().enumerate() {
            here = mark_of.get(&event.uid.0).copied().unwrap_or(here);
            // A run that this log has no mark of begins for it at a time.
            let next_marked = marked.iter().copied().find(|m| *m > here).unwrap_or(runs.len());
            // The kernel's own records are written late, after those of the next start: their time is right.
            if event.action == Action::KernelStopped {
                let boot =
                    (0..runs.len()).filter(|r| runs[*r].begin.is_none_or(|begin| begin <= event.time)).max();
                placed.push(Placed { event: (*event).clone(), boot: boot.unwrap_or(0), place });
                continue;
            }
            let by_time = (here + 1..next_marked)
                .filter(|r| !marked.contains(r))
                .filter(|r| runs[*r].begin.is_some_and(|begin| begin <= event.time))
                .max();
            placed.push(Placed { event: (*event).clone(), boot: by_time.unwrap_or(here), place });
        }
    }
    placed
        .sort_by_key(|p| (p.boot, p.event.time, p.event.record_id, p.event.log.to_lowercase(), p.event.uid));
    reused_logon_ids(placed, runs)
}

/// The records of one log in the order in which they were written: by record ID, epoch after epoch.
fn sequence<'a>(log: &[&'a SessionEvent]) -> Vec<&'a SessionEvent> {
    let mut by_time = log.to_vec();
    by_time.sort_by_key(|e| (e.time, e.record_id, e.uid));
    let mut parts: Vec<Vec<&SessionEvent>> = vec![vec![]];
    for event in by_time {
        let before = parts.last().expect("at least one");
        // Record IDs fall back while time goes on, to where none was seen before: not by a clock that was ahead for a while.
        let falls = before.last().is_some_and(|last| {
            event.record_id < last.record_id && event.time > last.time.plus_millis(24 * 3600 * 1000)
        });
        let far = |e: &&SessionEvent| e.record_id.abs_diff(event.record_id) > 64;
        if falls && before.iter().all(far) {
            parts.push(vec![]);
        }
        parts.last_mut().expect("at least one").push(event);
    }
    parts.iter().flat_map(|part| in_one_go(part)).collect()
}

/// The same of records between which IDs did not fall back in the long run.
fn in_one_go<'a>(log: &[&'a SessionEvent]) -> Vec<&'a SessionEvent> {
    let mut all = log.to_vec();
    all.sort_by_key(|e| (e.record_id, e.time, e.uid));
    let mut epochs: Vec<Vec<&SessionEvent>> = vec![vec![]];
    for event in all {
        let epoch = epochs.last_mut().expect("at least one");
        if let Some(last) = epoch.last() {
            let back = last.time > event.time.plus_millis(60_000);
            // A clock that steps back says so right there; record IDs that fall back while time goes on do not.
            let told = |e: &&SessionEvent| matches!(e.action, Action::ClockChanged | Action::AuditStarted);
            let explained =
                told(&event) || log.iter().any(|e| told(e) && e.record_id.abs_diff(event.record_id) <= 40);
            if back && !explained {
                epochs.push(vec![]);
            }
        }
        epochs.last_mut().expect("at least one").push(event);
    }
    epochs.sort_by_key(|epoch| epoch.first().map(|e| e.time));
    epochs.into_iter().flatten().collect()
}

/// Marks, put together into boots: one of each kind, not far from each other. Which boot each mark starts.
fn runs(logs: &[Vec<&SessionEvent>]) -> (Vec<Run>, BTreeMap<u128, usize>) {
    let mut marks: Vec<&SessionEvent> =
        logs.iter().flatten().copied().filter(|e| is_start(e.action)).collect();
    marks.sort_by_key(|e| (e.time, e.log.clone(), e.record_id));
    let mut groups: Vec<Vec<&SessionEvent>> = Vec::new();
    for mark in marks {
        let same = groups.last().is_some_and(|g| {
            g.iter().all(|m| m.action != mark.action)
                && g.first().is_some_and(|m| m.time.within_millis(mark.time, ONE_BOOT))
        });
        if same {
            groups.last_mut().expect("just seen").push(mark);
        } else {
            groups.push(vec![mark]);
        }
    }
    let corrected = |group: &[&SessionEvent]| {
        let first = group[0].time;
        // The correction stands after the mark in the mark's own log, before any other boot's mark.
        for log in logs {
            let Some(at) = log.iter().rposition(|e| group.iter().any(|m| m.uid == e.uid)) else { continue };
            for event in log[at + 1..].iter().take(8).take_while(|e| !is_start(e.action)) {
                // It is logged with the new time, some moments after the start.
                if event.action == Action::ClockChanged && event.time < first {
                    return event.time;
                }
            }
        }
        first
    };
    let mut starts: Vec<(Timestamp, Vec<&SessionEvent>)> =
        groups.into_iter().map(|g| (corrected(&g), g)).collect();
    starts.sort_by_key(|(begin, _)| *begin);
    // Where the Security log has marks of both, its order is the order.
    for log in logs {
        let place = |group: &[&SessionEvent]| log.iter().position(|e| group.iter().any(|m| m.uid == e.uid));
        let security = log.first().is_some_and(|e| e.log.eq_ignore_ascii_case("security"));
        let slots: Vec<usize> = (0..starts.len()).filter(|n| place(&starts[*n].1).is_some()).collect();
        let mut of_log: Vec<_> = slots.iter().map(|n| starts[*n].clone()).collect();
        if security {
            of_log.sort_by_key(|(_, group)| place(group));
            for (slot, start) in slots.into_iter().zip(of_log) {
                starts[slot] = start;
            }
        }
    }
    let mut runs = vec![Run::default()];
    let mut mark_of = BTreeMap::new();
    for (begin, group) in starts {
        for mark in &group {
            mark_of.insert(mark.uid.0, runs.len());
        }
        let crash = group.iter().find(|m| m.action == Action::UnexpectedShutdown);
        runs.push(Run {
            first_mark: group.iter().map(|m| m.time).min(),
            begin: Some(begin),
            after_crash: crash.is_some(),
            last_alive: crash.and_then(|m| last_alive(m.old_value.as_deref())),
        });
    }
    (runs, mark_of)
}

/// The time that 6008 names: two SYSTEMTIME structures, local and UTC, in hexadecimal digits.
fn last_alive(binary: Option<&str>) -> Option<Timestamp> {
    let text = binary?;
    let text = text.strip_prefix("0x").unwrap_or(text);
    let bytes: Vec<u8> = (0..text.len() / 2)
        .map(|n| text.get(2 * n..2 * n + 2).and_then(|d| u8::from_str_radix(d, 16).ok()))
        .collect::<Option<_>>()?;
    let utc = bytes.get(16..32)?;
    let [year, month, _, day, hour, minute, second, milli] =
        [0, 2, 4, 6, 8, 10, 12, 14].map(|n| u16::from_le_bytes([utc[n], utc[n + 1]]));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z").parse().ok()
}

/// Logon IDs below this are those of a system that starts.
const SETTLED: u64 = 0x10_0000;

/// A logon ID that is given out a second time, or one that falls far back, shows a boot that nobody logged.
fn reused_logon_ids(mut placed: Vec<Placed>, mut runs: Vec<Run>) -> (Vec<Placed>, Vec<Run>) {
    loop {
        let mut logons: Vec<&Placed> = placed
            .iter()
            .filter(|p| p.event.action == Action::Logon)
            .filter(|p| p.event.luid.is_some_and(|l| l.0 != 0 && !l.is_fixed()))
            .collect();
        logons.sort_by_key(|p| (p.boot, p.place));
        let luid = |p: &Placed| p.event.luid.map_or(0, |l| l.0);
        let again = logons.iter().enumerate().find(|(n, p)| {
            let earlier = || logons[..*n].iter().filter(|q| q.boot == p.boot);
            let highest = earlier().map(|q| luid(q)).max().unwrap_or(0);
            let fell = highest >= SETTLED && luid(p) < highest / 2;
            let given_anew = earlier().rfind(|q| luid(q) == luid(p)).is_some_and(|q| {
                let followed = luid(p) < highest && !q.event.time.within_millis(p.event.time, 1000);
                q.event.user != p.event.user || followed
            });
            fell || given_anew
        });
        let Some((_, first)) = again else { return (placed, runs) };
        let (boot, time, place, log) =
            (first.boot, first.event.time, first.place, first.event.log.to_lowercase());
        runs.insert(boot + 1, Run { first_mark: Some(time), begin: Some(time), ..Run::default() });
        for p in &mut placed {
            let later =
                if p.event.log.to_lowercase() == log { p.place >= place } else { p.event.time >= time };
            if p.boot > boot || (p.boot == boot && later) {
                p.boot += 1;
            }
        }
    }
}
