//! Boots: which run of Windows each record belongs to.
//!
//! The Security log tells exactly, by record order: each 4608 starts a boot. The System log's marks tell where Security
//! cannot. Records of other logs join a boot by time.

use std::collections::BTreeMap;

use kilroy_model::{Action, EndKind, Luid, Timestamp};

use crate::clock::{Step, corrected, shifted};
use crate::order::{Stamp, sequence};
use crate::row::SessionEvent;

/// Marks of one boot were seen up to 42 s apart.
const MARKS_OF_ONE_BOOT_MILLIS: u64 = 120_000;

/// A logon after a shutdown mark by more than this shows that the machine did not go down.
const AFTER_SHUTDOWN_MILLIS: i64 = 60_000;

/// Below this logon ID a boot is so young that IDs come out of order.
const SETTLED_LUID: u64 = 0x10_0000;

/// A record in its place: its boot, and its time with the boot's clock steps taken out.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) ev: SessionEvent,
    pub(crate) boot: usize,
    /// Time to order and compare by; what is shown is `ev.time`.
    pub(crate) at: Timestamp,
}

/// One run of Windows.
#[derive(Debug, Clone, Default)]
pub(crate) struct BootSpan {
    /// First mark of its start.
    pub(crate) start: Option<Timestamp>,
    /// What closes what is open at its end, if anything does.
    pub(crate) end: Option<BootEnd>,
}

/// How a boot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BootEnd {
    /// Shutdown, crash, or boot where only the next one is seen.
    pub(crate) kind: EndKind,
    /// The latest that it ran.
    pub(crate) not_after: Timestamp,
}

/// A boot while it is put together.
#[derive(Debug, Default)]
struct Draft {
    /// First mark, as logged.
    start: Option<Timestamp>,
    /// First mark with clock steps taken out, else the first record.
    start_at: Option<Timestamp>,
    /// Where only records prove that a boot began (logon IDs start again): its first record.
    first_seen: Option<Timestamp>,
    steps: Vec<Step>,
    /// Security records: index and corrected time.
    security: Vec<(usize, Timestamp)>,
}

/// Puts one host's records into boots and in order: boot, time, record ID.
pub(crate) fn arrange(events: Vec<SessionEvent>) -> (Vec<Row>, Vec<BootSpan>) {
    let mut drafts = security_boots(&events);
    add_system_boots(&events, &mut drafts);
    let mut boot_of: Vec<(usize, Timestamp)> = vec![(0, Timestamp::from_ticks(0)); events.len()];
    let mut placed = vec![false; events.len()];
    for (boot, draft) in drafts.iter().enumerate() {
        for &(index, at) in &draft.security {
            boot_of[index] = (boot, at);
            placed[index] = true;
        }
    }
    for (index, event) in events.iter().enumerate().filter(|(index, _)| !placed[*index]) {
        let boot = boot_at(&drafts, event.time);
        boot_of[index] = (boot, drafts.get(boot).map_or(event.time, |d| corrected(event.time, &d.steps)));
    }
    let mut rows: Vec<Row> =
        events.into_iter().zip(boot_of).map(|(ev, (boot, at))| Row { ev, boot, at }).collect();
    rows.sort_by(|a, b| {
        let key = |r: &Row| (r.boot, r.at, r.ev.record_id, r.ev.uid);
        key(a).cmp(&key(b)).then_with(|| a.ev.log.cmp(&b.ev.log))
    });
    let spans = ends(&rows, &drafts);
    (rows, spans)
}

fn is_security(event: &SessionEvent) -> bool {
    event.log.eq_ignore_ascii_case("security")
}

/// Boots as the Security log tells them, in record order.
fn security_boots(events: &[SessionEvent]) -> Vec<Draft> {
    let indices: Vec<usize> = (0..events.len()).filter(|&i| is_security(&events[i])).collect();
    let stamps: Vec<Stamp> = indices
        .iter()
        .map(|&i| Stamp { record_id: events[i].record_id, time: events[i].time, uid: events[i].uid.0 })
        .collect();
    let mut drafts: Vec<Draft> = vec![Draft::default()];
    let mut epoch = 0;
    let mut luids = LuidWatch::default();
    for place in sequence(&stamps) {
        let index = indices[place.index];
        let event = &events[index];
        let new_epoch = place.epoch != epoch && event.action != Action::LogCleared;
        epoch = place.epoch;
        let empty = drafts.last().is_none_or(|d| d.security.is_empty());
        let mark = event.action == Action::AuditStarted;
        let hidden = luids.starts_again(event);
        if mark || ((new_epoch || hidden) && !empty) {
            if !empty {
                drafts.push(Draft::default());
            }
            luids = LuidWatch::default();
            luids.starts_again(event);
        }
        if let Some(draft) = drafts.last_mut() {
            if mark {
                draft.start = Some(event.time);
            } else if draft.security.is_empty() && (new_epoch || hidden) {
                draft.first_seen = Some(event.time);
            }
            draft.security.push((index, event.time));
        }
    }
    if drafts.len() == 1 && drafts[0].security.is_empty() {
        drafts.clear();
    }
    for draft in &mut drafts {
        take_out_steps(events, draft);
    }
    drafts
}

/// Finds the boot's clock steps in record order and moves what was logged before each.
fn take_out_steps(events: &[SessionEvent], draft: &mut Draft) {
    let mut shift = 0;
    for n in (1..draft.security.len()).rev() {
        let (before, after) = (&events[draft.security[n - 1].0], &events[draft.security[n].0]);
        if let Some(step) = Step::between(before, after) {
            shift += step.shift();
            draft.steps.insert(0, step);
        }
        draft.security[n - 1].1 = shifted(before.time, shift);
    }
    let first = draft.security.first().map(|(_, at)| *at);
    draft.start_at = draft.start.map(|start| shifted(start, shift)).or(first);
}

/// Watches for logon IDs that start again: a boot nobody logged.
#[derive(Debug, Default)]
struct LuidWatch {
    highest: u64,
    seen: BTreeMap<Luid, (Timestamp, Option<std::sync::Arc<str>>)>,
}

impl LuidWatch {
    fn starts_again(&mut self, event: &SessionEvent) -> bool {
        let Some(luid) = event.luid.filter(|l| event.action == Action::Logon && !l.is_fixed() && l.0 != 0)
        else {
            return false;
        };
        let fell = self.highest >= SETTLED_LUID && luid.0 < self.highest / 2;
        // The newest logon ID may be logged twice; one that others followed was given anew.
        let repeated = self.seen.get(&luid).is_some_and(|(time, user)| {
            let followed = luid.0 < self.highest && !time.within_millis(event.time, 1000);
            *user != event.user || followed
        });
        self.highest = self.highest.max(luid.0);
        self.seen.insert(luid, (event.time, event.user.clone()));
        fell || repeated
    }
}

/// Adds what the System log tells of boots: a mark for a boot that Security knows, or a boot it does not.
fn add_system_boots(events: &[SessionEvent], drafts: &mut Vec<Draft>) {
    for cluster in clusters(events) {
        let first = cluster[0];
        let near = |t: Option<Timestamp>| {
            t.is_some_and(|t| cluster.iter().any(|m| m.within_millis(t, MARKS_OF_ONE_BOOT_MILLIS)))
        };
        let known = drafts.iter_mut().find(|d| d.start.is_some() && (near(d.start) || near(d.start_at)));
        if let Some(draft) = known {
            draft.start = draft.start.map(|s| s.min(first));
            draft.start_at = draft
                .start_at
                .map(|s| if s.within_millis(first, MARKS_OF_ONE_BOOT_MILLIS) { s.min(first) } else { s });
            continue;
        }
        insert_boot(drafts, first);
    }
    if drafts.is_empty() || drafts[0].start.is_some() {
        let start_at = drafts.first().and_then(|d| d.start_at);
        let earlier = start_at.is_some_and(|s| events.iter().any(|e| e.time < s));
        if drafts.is_empty() || earlier {
            drafts.insert(0, Draft::default());
        }
    }
}

/// Splits the boot that holds this time: what comes later is a boot of its own.
fn insert_boot(drafts: &mut Vec<Draft>, start: Timestamp) {
    let holder = if drafts.is_empty() { None } else { Some(boot_at(drafts, start)) };
    let mut new = Draft { start: Some(start), start_at: Some(start), ..Draft::default() };
    match holder {
        Some(at) if drafts[at].start_at.is_none_or(|s| s < start) || drafts[at].start.is_none() => {
            let cut = drafts[at].security.partition_point(|(_, time)| *time < start);
            new.security = drafts[at].security.split_off(cut);
            if drafts[at].security.is_empty() && drafts[at].start.is_none() {
                // Nothing is left before it: the boot that had no mark has one now.
                drafts[at] = new;
            } else {
                drafts.insert(at + 1, new);
            }
        }
        Some(at) => drafts.insert(at, new),
        None => drafts.push(new),
    }
}

/// Boot marks of the System log, those of one boot together: a kind that repeats is a new boot.
fn clusters(events: &[SessionEvent]) -> Vec<Vec<Timestamp>> {
    let mut marks: Vec<(Timestamp, Action)> =
        events.iter().filter(|e| is_boot_mark(e)).map(|e| (e.time, e.action)).collect();
    marks.sort_unstable();
    marks.dedup();
    let mut clusters: Vec<(Vec<Timestamp>, Vec<Action>)> = Vec::new();
    for (time, action) in marks {
        match clusters.last_mut() {
            Some((times, kinds))
                if !kinds.contains(&action)
                    && times.first().is_some_and(|t| t.within_millis(time, MARKS_OF_ONE_BOOT_MILLIS)) =>
            {
                times.push(time);
                kinds.push(action);
            }
            _ => clusters.push((vec![time], vec![action])),
        }
    }
    clusters.into_iter().map(|(times, _)| times).collect()
}

fn is_boot_mark(event: &SessionEvent) -> bool {
    match event.action {
        Action::KernelStarted | Action::BootStatus | Action::LoggingStarted | Action::SystemVersion => true,
        // Boot type 2: Windows came back from hibernation; the boot goes on.
        Action::BootType => !event.new_value.as_deref().is_some_and(|t| matches!(t.trim(), "2" | "0x2")),
        _ => false,
    }
}

/// The boot that a time belongs to: the one whose records surround it, else the latest that began before it.
fn boot_at(drafts: &[Draft], time: Timestamp) -> usize {
    let surrounds = |d: &Draft| match (d.start_at, d.security.last()) {
        (Some(start), Some((_, last))) => start <= time && time <= *last,
        _ => false,
    };
    if let Some(boot) =
        (0..drafts.len()).filter(|&b| surrounds(&drafts[b])).max_by_key(|&b| (drafts[b].start_at, b))
    {
        return boot;
    }
    (0..drafts.len())
        .filter(|&b| drafts[b].start_at.is_some_and(|s| s <= time))
        .max_by_key(|&b| (drafts[b].start_at, b))
        .unwrap_or(0)
}

/// How each boot ended.
fn ends(rows: &[Row], drafts: &[Draft]) -> Vec<BootSpan> {
    let count = drafts.len().max(1);
    let mut spans = vec![BootSpan::default(); count];
    for (boot, span) in spans.iter_mut().enumerate() {
        let draft = drafts.get(boot);
        span.start = draft.and_then(|d| d.start);
        let of_boot = rows_of(rows, boot);
        let next = drafts.get(boot + 1);
        let next_mark = next.and_then(|n| n.start.or(n.first_seen));
        let crash = rows_of(rows, boot + 1).iter().find(|r| r.ev.action == Action::UnexpectedShutdown);
        span.end = if let Some(time) = shutdown(of_boot, next.is_some() && crash.is_none()) {
            Some(BootEnd { kind: EndKind::Shutdown, not_after: time })
        } else if let (Some(crash), Some(mark)) = (crash, next_mark) {
            let named = crash.ev.old_value.as_deref().and_then(last_alive).filter(|t| *t <= mark);
            Some(BootEnd { kind: EndKind::Crash, not_after: named.unwrap_or(mark) })
        } else {
            next_mark.map(|mark| BootEnd { kind: EndKind::Boot, not_after: mark })
        };
    }
    spans
}

/// The rows of one boot.
pub(crate) fn rows_of(rows: &[Row], boot: usize) -> &[Row] {
    let from = rows.partition_point(|r| r.boot < boot);
    let to = rows.partition_point(|r| r.boot <= boot);
    &rows[from..to]
}

/// When the boot was shut down: the last mark that says so, if nobody logs on after it.
fn shutdown(rows: &[Row], another_boot_follows: bool) -> Option<Timestamp> {
    // A request alone may be called off; it counts where the machine did start anew, or nothing follows.
    let mark = |r: &&Row| {
        matches!(
            r.ev.action,
            Action::KernelStopped | Action::AuditStopped | Action::LoggingStopped | Action::ShutdownInitiated
        )
    };
    let last = rows.iter().rev().find(mark)?;
    let limit = last.at.plus_millis(AFTER_SHUTDOWN_MILLIS);
    let lives_on = rows.iter().any(|r| {
        r.at > limit
            && matches!(
                r.ev.action,
                Action::Logon
                    | Action::TerminalLogon
                    | Action::TerminalReconnected
                    | Action::RdpAuthenticated
            )
    });
    if lives_on {
        return None;
    }
    let only_asked = rows.iter().filter(mark).all(|r| r.ev.action == Action::ShutdownInitiated);
    if only_asked && !another_boot_follows && rows.last().is_some_and(|r| r.at > limit) {
        return None;
    }
    Some(last.ev.time)
}

/// The last time Windows was alive, from the binary data of 6008: two SYSTEMTIME structures, local time and UTC.
fn last_alive(binary: &str) -> Option<Timestamp> {
    let bytes: Vec<u8> = (0..binary.len() / 2)
        .map(|i| binary.get(2 * i..2 * i + 2).and_then(|h| u8::from_str_radix(h, 16).ok()))
        .collect::<Option<_>>()?;
    let utc = bytes.get(16..32)?;
    let word = |n: usize| u16::from_le_bytes([utc[2 * n], utc[2 * n + 1]]);
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        word(0),
        word(1),
        word(3),
        word(4),
        word(5),
        word(6),
        word(7)
    );
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_6008_names() {
        let binary = "DF070800020019000D0022002C001C03DF0708000200190014002200\
                      2C001C033C0000003C000000000000000000000000000000000000000100000000000000";
        assert_eq!(last_alive(binary).unwrap().to_string(), "2015-08-25T20:34:44.7960000Z");
        assert_eq!(last_alive("00"), None);
        assert_eq!(last_alive("zz"), None);
    }
}
