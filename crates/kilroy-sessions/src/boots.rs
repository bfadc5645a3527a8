//! Boots: which run of Windows each record belongs to.
//!
//! The Security log tells exactly, by record order: each 4608 starts a boot. The System log's marks tell where Security
//! cannot. Records of other logs join a boot by time.

use std::ops::Range;

use kilroy_model::{Action, EndKind, Timestamp};

use crate::clock::{Step, shifted};
use crate::luids::LuidWatch;
use crate::order::{Stamp, sequence};
use crate::record::{Ev, Row};
use crate::words::Words;

/// Marks of one boot were seen up to 42 s apart.
const MARKS_OF_ONE_BOOT_MILLIS: u64 = 120_000;

/// A logon after a shutdown mark by more than this shows that the machine did not go down.
const AFTER_SHUTDOWN_MILLIS: i64 = 60_000;

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
    /// The same with the clock's steps taken out: what begins later was not ended by it.
    pub(crate) at: Timestamp,
    /// What bounds a session that began after a shutdown's last record: how the next boot says that this one ended.
    pub(crate) otherwise: Option<(EndKind, Timestamp)>,
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
    /// The System log has told its marks of it.
    by_system: bool,
    /// …and when that logon ID was seen before: the boot began at some time after that.
    seen_before: Option<Timestamp>,
    /// Its Security records: places in the log's sequence.
    security: Range<usize>,
}

/// The records of one host while they are put into boots.
struct Arranging<'a> {
    words: &'a Words,
    rows: &'a mut [Row],
    /// Their times with the clock's steps taken out: the times to order and compare by. What is shown is the record's own.
    at: Vec<Timestamp>,
    /// Security records in the order in which they were written.
    sequence: Vec<u32>,
}

impl Arranging<'_> {
    fn ev(&self, index: u32) -> Ev<'_> {
        Ev { row: &self.rows[index as usize], words: self.words }
    }

    /// The corrected time of a Security record.
    fn at(&self, place: usize) -> Timestamp {
        self.at[self.sequence[place] as usize]
    }

    fn last_at(&self, draft: &Draft) -> Option<Timestamp> {
        draft.security.clone().next_back().map(|place| self.at(place))
    }
}

/// One host's records in their order.
#[derive(Debug)]
pub(crate) struct Arranged {
    /// Times to order and compare by, of each record; what is shown is the record's own.
    pub(crate) at: Vec<Timestamp>,
    pub(crate) boots: Vec<BootSpan>,
}

/// Puts one host's records into boots and in order: boot, time, record ID.
pub(crate) fn arrange(rows: &mut [Row], words: &Words) -> Arranged {
    let at = rows.iter().map(|row| row.time).collect();
    let mut host = Arranging { words, rows, at, sequence: Vec::new() };
    let mut drafts = security_boots(&mut host);
    straighten_system(&mut host);
    add_system_boots(&host, &mut drafts);
    place(&mut host, &drafts);
    host.sequence = Vec::new();
    let at = sort(&mut host);
    let boots = ends(host.rows, &at, words, &drafts);
    Arranged { at, boots }
}

/// Notes on each record its boot and its time there.
fn place(host: &mut Arranging<'_>, drafts: &[Draft]) {
    const NOWHERE: u32 = u32::MAX;
    let number = |boot: usize| u32::try_from(boot).unwrap_or(NOWHERE - 1);
    for row in host.rows.iter_mut() {
        row.boot = NOWHERE;
    }
    for (boot, draft) in drafts.iter().enumerate() {
        for &index in &host.sequence[draft.security.clone()] {
            host.rows[index as usize].boot = number(boot);
        }
    }
    let by_start = ByStart::new(host, drafts);
    let unplaced = host.rows.iter_mut().zip(&host.at).filter(|(row, _)| row.boot == NOWHERE);
    for (row, at) in unplaced {
        row.boot = number(by_start.boot_at(*at));
    }
}

/// Sorts by boot, time, record ID, uid and log; returns the times in the new order.
fn sort(host: &mut Arranging<'_>) -> Vec<Timestamp> {
    let (rows, words) = (&mut *host.rows, host.words);
    let mut keys: Vec<(u32, Timestamp, u64, u32)> = (0..)
        .zip(rows.iter().zip(&host.at))
        .map(|(index, (row, at))| (row.boot, *at, row.record_id, index))
        .collect();
    host.at = Vec::new();
    let ties = |index: u32| {
        let row = &rows[index as usize];
        (row.uid(), Ev { row, words }.log())
    };
    // A stable sort is quick on logs, each of which is in order.
    keys.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then_with(|| ties(a.3).cmp(&ties(b.3))));
    let at = keys.iter().map(|(_, at, ..)| *at).collect();
    let mut from: Vec<u32> = keys.into_iter().map(|(.., index)| index).collect();
    // Moves each record to its place, along the circles of the permutation.
    for start in 0..from.len() {
        let mut to = start;
        loop {
            let next = from[to] as usize;
            from[to] = u32::try_from(to).unwrap_or(u32::MAX);
            if next == start {
                break;
            }
            rows.swap(to, next);
            to = next;
        }
    }
    at
}

fn is_security(event: Ev<'_>) -> bool {
    event.log().eq_ignore_ascii_case("security")
}

/// Boots as the Security log tells them, in record order.
fn security_boots(host: &mut Arranging<'_>) -> Vec<Draft> {
    let security: Vec<u32> = (0..)
        .zip(host.rows.iter())
        .filter(|(_, row)| is_security(Ev { row, words: host.words }))
        .map(|(i, _)| i)
        .collect();
    let epochs = sequence(security, &|i| {
        let row = &host.rows[i as usize];
        Stamp { record_id: row.record_id, time: row.time, uid: row.uid().0 }
    });
    let mut drafts: Vec<Draft> = vec![Draft::default()];
    let mut luids = LuidWatch::default();
    let mut place = 0;
    for (number, epoch) in epochs.iter().enumerate() {
        for (nth, &index) in epoch.iter().enumerate() {
            let event = host.ev(index);
            let new_epoch = nth == 0 && number > 0 && event.action != Action::LogCleared;
            let empty = drafts.last().is_none_or(|d| d.security.is_empty());
            let mark = event.action == Action::AuditStarted;
            let hidden = luids.starts_again(event);
            if mark || ((new_epoch || hidden.is_some()) && !empty) {
                if !empty {
                    drafts.push(Draft { security: place..place, ..Draft::default() });
                }
                luids = LuidWatch::default();
                luids.starts_again(event);
            }
            if let Some(draft) = drafts.last_mut() {
                if mark {
                    draft.start = Some(event.time);
                } else if draft.security.is_empty() && (new_epoch || hidden.is_some()) {
                    draft.first_seen = Some(event.time);
                    draft.seen_before = hidden.filter(|_| !new_epoch);
                }
                place += 1;
                draft.security.end = place;
            }
        }
    }
    if drafts.len() == 1 && drafts[0].security.is_empty() {
        drafts.clear();
    }
    host.sequence = match <[Vec<u32>; 1]>::try_from(epochs) {
        Ok([only]) => only,
        Err(epochs) => epochs.concat(),
    };
    for draft in &mut drafts {
        take_out_steps(host, draft);
    }
    drafts
}

/// Finds the boot's clock steps in record order and moves what was logged before each.
fn take_out_steps(host: &mut Arranging<'_>, draft: &mut Draft) {
    let places = host.sequence[draft.security.clone()].to_vec();
    let shift = straighten(host, &places);
    let first = draft.security.clone().next().map(|place| host.at(place));
    draft.start_at = draft.start.map(|start| shifted(start, shift)).or(first);
}

/// The System log goes by the same clock, and notes its steps itself (Kernel-General 1).
fn straighten_system(host: &mut Arranging<'_>) {
    let events = host.rows.iter().map(|row| Ev { row, words: host.words });
    let of_system = |event: &Ev<'_>| event.log().eq_ignore_ascii_case("system");
    let steps_back = events.clone().any(|e| of_system(&e) && e.action == Action::ClockChanged);
    if !steps_back {
        return;
    }
    let system: Vec<u32> = (0..).zip(events).filter(|(_, e)| of_system(e)).map(|(i, _)| i).collect();
    let epochs = sequence(system, &|i| {
        let row = &host.rows[i as usize];
        Stamp { record_id: row.record_id, time: row.time, uid: row.uid().0 }
    });
    for mut epoch in epochs {
        drop_late(host, &mut epoch);
        straighten(host, &epoch);
    }
}

/// The kernel writes its own word on a shutdown (Kernel-General 13) late, often behind the records of the next start: its
/// time is right, and no step of the clock.
fn drop_late(host: &Arranging<'_>, order: &mut Vec<u32>) {
    let mut last = None;
    order.retain(|&i| {
        let ev = host.ev(i);
        let late = ev.action == Action::KernelStopped && last.is_some_and(|time| ev.time < time);
        if !late {
            last = Some(ev.time);
        }
        !late
    });
}

/// Moves records before a step of the clock to where they would be without it. From a step backwards those move whose time
/// lies behind it: the first one that does not was logged when the clock was still right, before it went ahead (as it does
/// while a machine is off). Returns by how much the first record moved.
fn straighten(host: &mut Arranging<'_>, order: &[u32]) -> i64 {
    // Steps that still hold, the earliest last: by how much each moves, and the time right behind it.
    let mut steps: Vec<(i64, Timestamp)> = Vec::new();
    let mut shift = 0;
    for two in order.windows(2).rev() {
        let (before, after) = (host.ev(two[0]), host.ev(two[1]));
        if let Some(step) = Step::between(before, after) {
            steps.push((step.shift(), host.at[two[1] as usize]));
            shift += step.shift();
        }
        let time = before.time;
        while let Some(&(moves, behind)) = steps.last()
            && shifted(time, shift - moves) <= behind
        {
            shift -= moves;
            steps.pop();
        }
        if shift != 0 {
            host.at[two[0] as usize] = shifted(time, shift);
        }
    }
    shift
}

/// A mark of a boot: its time as logged, and without the clock's steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    at: Timestamp,
    time: Timestamp,
}

/// Adds what the System log tells of boots: a mark for a boot that Security knows, or a boot it does not.
fn add_system_boots(host: &Arranging<'_>, drafts: &mut Vec<Draft>) {
    let clusters = clusters(host);
    let gap = |marks: &[Mark], d: &Draft| {
        let starts = d.start.into_iter().chain(d.start_at);
        starts.flat_map(|t| marks.iter().map(move |m| m.time.distance(t).min(m.at.distance(t)))).min()
    };
    for cluster in &clusters {
        let first = cluster[0];
        let near = |t: Option<Timestamp>, of: fn(&Mark) -> Timestamp| {
            t.is_some_and(|t| cluster.iter().any(|m| of(m).within_millis(t, MARKS_OF_ONE_BOOT_MILLIS)))
        };
        // One boot writes each mark once: a second cluster is a boot of its own, however soon it comes.
        let known = drafts.iter_mut().find(|d| {
            let is_near =
                near(d.start, |m| m.time) || near(d.start_at, |m| m.time) || near(d.start_at, |m| m.at);
            let nearest = || clusters.iter().all(|other| gap(other, d) >= gap(cluster, d));
            !d.by_system && d.start.is_some() && is_near && nearest()
        });
        if let Some(draft) = known {
            draft.by_system = true;
            draft.start = draft.start.map(|s| s.min(first.time));
            draft.start_at = draft.start_at.map(|s| {
                if s.within_millis(first.at, MARKS_OF_ONE_BOOT_MILLIS) { s.min(first.at) } else { s }
            });
            continue;
        }
        insert_boot(host, drafts, first);
    }
    one_boot_each(drafts);
    if drafts.is_empty() || drafts[0].start.is_some() {
        let start_at = drafts.first().and_then(|d| d.start_at);
        let earlier = start_at.is_some_and(|s| host.at.iter().any(|at| *at < s));
        if drafts.is_empty() || earlier {
            drafts.insert(0, Draft::default());
        }
    }
}

/// A boot that only logon IDs show, and a mark between the times at which they were given out: one boot, that of the mark.
fn one_boot_each(drafts: &mut Vec<Draft>) {
    let mut n = 1;
    while n < drafts.len() {
        let (marked, hidden) = (&drafts[n - 1], &drafts[n]);
        let is_one = hidden.start.is_none()
            && hidden.seen_before.is_some()
            && marked.start.is_some()
            && marked.start_at > hidden.seen_before
            && marked.security.end == hidden.security.start;
        if is_one {
            drafts[n - 1].security.end = drafts[n].security.end;
            drafts.remove(n);
        } else {
            n += 1;
        }
    }
}

/// Splits the boot that holds this time: what comes later is a boot of its own.
fn insert_boot(host: &Arranging<'_>, drafts: &mut Vec<Draft>, first: Mark) {
    let start = first.at;
    let holder = if drafts.is_empty() { None } else { Some(boot_at(host, drafts, start)) };
    let mut new =
        Draft { start: Some(first.time), start_at: Some(start), by_system: true, ..Draft::default() };
    match holder {
        Some(at) if drafts[at].start_at.is_none_or(|s| s < start) || drafts[at].start.is_none() => {
            let whole = drafts[at].security.clone();
            let earlier = |&index: &u32| host.at[index as usize] < start;
            let cut = whole.start + host.sequence[whole.clone()].partition_point(earlier);
            new.security = cut..whole.end;
            drafts[at].security = whole.start..cut;
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
fn clusters(host: &Arranging<'_>) -> Vec<Vec<Mark>> {
    let events = host.rows.iter().map(|row| Ev { row, words: host.words }).zip(&host.at);
    let marks = events.filter(|(e, _)| is_boot_mark(*e));
    let mut marks: Vec<(Mark, Action)> =
        marks.map(|(e, at)| (Mark { at: *at, time: e.time }, e.action)).collect();
    by_other_logs(host, &mut marks);
    marks.sort_unstable();
    marks.dedup();
    let mut clusters: Vec<(Vec<Mark>, Vec<Action>)> = Vec::new();
    for (mark, action) in marks {
        match clusters.last_mut() {
            Some((marks, kinds))
                if !kinds.contains(&action)
                    && marks
                        .first()
                        .is_some_and(|m| m.at.within_millis(mark.at, MARKS_OF_ONE_BOOT_MILLIS)) =>
            {
                marks.push(mark);
                kinds.push(action);
            }
            _ => clusters.push((vec![mark], vec![action])),
        }
    }
    clusters.into_iter().map(|(marks, _)| marks).collect()
}

/// Marks that their own log does not move: a change of the clock that another log has noted, right after the start, says
/// by how much the clock was ahead.
fn by_other_logs(host: &Arranging<'_>, marks: &mut [(Mark, Action)]) {
    let events = host.rows.iter().map(|row| Ev { row, words: host.words });
    let steps: Vec<Step> = events.filter_map(Step::noted).collect();
    for (mark, _) in marks.iter_mut().filter(|(mark, _)| mark.at == mark.time) {
        let right_after = |step: &&Step| {
            step.to < mark.time
                && mark.time <= step.from
                && mark.time.within_millis(step.from, MARKS_OF_ONE_BOOT_MILLIS)
        };
        if let Some(step) = steps.iter().find(right_after) {
            mark.at = shifted(mark.time, step.shift());
        }
    }
}

fn is_boot_mark(event: Ev<'_>) -> bool {
    match event.action {
        Action::KernelStarted
        | Action::BootStatus
        | Action::LoggingStarted
        | Action::UnexpectedShutdown
        | Action::SystemVersion => true,
        // Boot type 2: Windows came back from hibernation; the boot goes on.
        Action::BootType => !event.new_value().is_some_and(|t| matches!(t.trim(), "2" | "0x2")),
        _ => false,
    }
}

/// The boot that a time belongs to: the one whose records surround it, else the latest that began before it.
fn boot_at(host: &Arranging<'_>, drafts: &[Draft], time: Timestamp) -> usize {
    ByStart::new(host, drafts).boot_at(time)
}

/// Boots by the time of their start, to look up times.
struct ByStart {
    boots: Vec<Start>,
}

/// One boot, and how far it and those before it reach.
struct Start {
    at: Timestamp,
    boot: usize,
    last: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl ByStart {
    fn new(host: &Arranging<'_>, drafts: &[Draft]) -> Self {
        let mut boots: Vec<Start> = drafts
            .iter()
            .enumerate()
            .filter_map(|(boot, d)| {
                Some(Start { at: d.start_at?, boot, last: host.last_at(d), latest: None })
            })
            .collect();
        boots.sort_by_key(|b| (b.at, b.boot));
        let mut latest = None;
        for boot in &mut boots {
            latest = latest.max(boot.last);
            boot.latest = latest;
        }
        Self { boots }
    }

    fn boot_at(&self, time: Timestamp) -> usize {
        let begun = &self.boots[..self.boots.partition_point(|b| b.at <= time)];
        let may_surround = begun.iter().rev().take_while(|b| b.latest >= Some(time));
        let surrounds = may_surround.into_iter().find(|b| b.last >= Some(time));
        surrounds.or(begun.last()).map_or(0, |b| b.boot)
    }
}

/// How each boot ended.
fn ends(rows: &[Row], at: &[Timestamp], words: &Words, drafts: &[Draft]) -> Vec<BootSpan> {
    let count = drafts.len().max(1);
    let mut spans = vec![BootSpan::default(); count];
    for (boot, span) in spans.iter_mut().enumerate() {
        let draft = drafts.get(boot);
        span.start = draft.and_then(|d| d.start);
        let of_boot = range_of(rows, boot);
        let next = drafts.get(boot + 1);
        let next_mark = next.and_then(|n| n.start.or(n.first_seen));
        let crash = rows[range_of(rows, boot + 1)].iter().find(|r| r.action == Action::UnexpectedShutdown);
        let unexpected = crash.zip(next_mark).map(|(crash, mark)| {
            let named = Ev { row: crash, words }.old_value().and_then(last_alive).filter(|t| *t <= mark);
            (EndKind::Crash, named.unwrap_or(mark))
        });
        let otherwise = unexpected.or(next_mark.map(|mark| (EndKind::Boot, mark)));
        span.end = if let Some((not_after, at)) =
            shutdown(&rows[of_boot.clone()], &at[of_boot], next.is_some() && crash.is_none())
        {
            Some(BootEnd { kind: EndKind::Shutdown, not_after, at, otherwise })
        } else {
            otherwise.map(|(kind, not_after)| BootEnd { kind, not_after, at: not_after, otherwise })
        };
    }
    spans
}

/// Where the rows of one boot lie.
pub(crate) fn range_of(rows: &[Row], boot: usize) -> Range<usize> {
    let from = rows.partition_point(|r| (r.boot as usize) < boot);
    let to = rows.partition_point(|r| r.boot as usize <= boot);
    from..to
}

/// When the boot was shut down: the last mark that says so, if nobody logs on after it; as logged, and in order.
fn shutdown(rows: &[Row], at: &[Timestamp], another_boot_follows: bool) -> Option<(Timestamp, Timestamp)> {
    // A request alone may be called off; it counts where the machine did start anew, or nothing follows.
    let mark = |r: &&Row| {
        matches!(
            r.action,
            Action::KernelStopped | Action::AuditStopped | Action::LoggingStopped | Action::ShutdownInitiated
        )
    };
    let last = rows.iter().rposition(|r| mark(&r))?;
    let limit = at[last].plus_millis(AFTER_SHUTDOWN_MILLIS);
    let afterwards = &rows[at.partition_point(|at| *at <= limit)..];
    let lives_on = afterwards.iter().any(|r| {
        matches!(
            r.action,
            Action::Logon
                | Action::TerminalLogon
                | Action::TerminalReconnected
                | Action::SessionReconnected
                | Action::RdpAuthenticated
                | Action::TtyOpened
        )
    });
    if lives_on {
        return None;
    }
    let only_asked = rows.iter().filter(mark).all(|r| r.action == Action::ShutdownInitiated);
    if only_asked && !another_boot_follows && !afterwards.is_empty() {
        return None;
    }
    Some((rows[last].time, at[last]))
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
