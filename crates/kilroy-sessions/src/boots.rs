//! Boots: which run of Windows each record belongs to.
//!
//! The Security log tells exactly, by record order: each 4608 starts a boot. The System log's marks tell where Security
//! cannot. Records of other logs join a boot by time.

mod ends;
mod late;
mod stretches;
mod system;

use std::ops::Range;

use kilroy_model::{Action, EndKind, Stretch, Timestamp};

use self::ends::ends;
use self::stretches::stretches;
use self::system::add_system_boots;
use crate::clock::Step;
use crate::luids::LuidWatch;
use crate::order::{Stamp, sequence};
use crate::record::{Ev, Row};
use crate::words::Words;

/// The logs whose record order tells of boots.
const SECURITY: &str = "Security";
const SYSTEM: &str = "System";

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
    /// What Security and System hold of it.
    pub(crate) stretches: Vec<Stretch>,
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

    /// The records of a log in the order in which they were written, by each time that their IDs began anew.
    fn as_written(&self, log: &str) -> Vec<Vec<u32>> {
        let of_log = |index: &u32| self.ev(*index).log().eq_ignore_ascii_case(log);
        let records = (0..).take(self.rows.len()).filter(of_log).collect();
        sequence(records, &|index| {
            let row = &self.rows[index as usize];
            Stamp { record_id: row.record_id, time: row.time, uid: row.uid().0 }
        })
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
    let stretches = stretches(&host, drafts.len());
    host.sequence = Vec::new();
    let at = sort(&mut host);
    let mut boots = ends(host.rows, &at, words, &drafts);
    for (boot, stretches) in boots.iter_mut().zip(stretches) {
        boot.stretches = stretches;
    }
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
    let mut at = std::mem::take(&mut host.at);
    let ties = |index: usize| (rows[index].uid(), Ev { row: &rows[index], words }.log());
    let key = |index: usize| (rows[index].boot, at[index], rows[index].record_id);
    let is_sorted = (1..rows.len()).all(|n| {
        let (a, b) = (key(n - 1), key(n));
        a < b || a == b && ties(n - 1) <= ties(n)
    });
    if is_sorted {
        return at;
    }
    let mut keys: Vec<(u32, Timestamp, u64, u32)> = (0..)
        .zip(0..rows.len())
        .map(|(number, index)| {
            let (boot, at, record_id) = key(index);
            (boot, at, record_id, number)
        })
        .collect();
    // A stable sort is quick on logs, each of which is in order.
    keys.sort_by(|a, b| {
        (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then_with(|| ties(a.3 as usize).cmp(&ties(b.3 as usize)))
    });
    permute(keys.into_iter().map(|(.., index)| index).collect(), rows, &mut at);
    at
}

/// Moves each record, and its time, to its place, along the circles of the permutation. `from` says where each place's
/// record is now.
pub(crate) fn permute(mut from: Vec<u32>, rows: &mut [Row], at: &mut [Timestamp]) {
    for start in 0..from.len() {
        if from[start] as usize == start {
            continue;
        }
        let first = (rows[start], at[start]);
        let mut to = start;
        loop {
            let next = from[to] as usize;
            from[to] = u32::try_from(to).unwrap_or(u32::MAX);
            if next == start {
                (rows[to], at[to]) = first;
                break;
            }
            (rows[to], at[to]) = (rows[next], at[next]);
            to = next;
        }
    }
}

/// Boots as the Security log tells them, in record order.
fn security_boots(host: &mut Arranging<'_>) -> Vec<Draft> {
    let epochs = host.as_written(SECURITY);
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
    draft.start_at = draft.start.map(|start| start.plus_ticks(shift)).or(first);
}

/// The System log goes by the same clock, and notes its steps itself (Kernel-General 1).
fn straighten_system(host: &mut Arranging<'_>) {
    let mut events = host.rows.iter().map(|row| Ev { row, words: host.words });
    if !events.any(|event| event.action == Action::ClockChanged && event.log().eq_ignore_ascii_case(SYSTEM)) {
        return;
    }
    for mut epoch in host.as_written(SYSTEM) {
        late::leave_out(host, &mut epoch);
        straighten(host, &epoch);
    }
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
            && time.plus_ticks(shift - moves) <= behind
        {
            shift -= moves;
            steps.pop();
        }
        if shift != 0 {
            host.at[two[0] as usize] = time.plus_ticks(shift);
        }
    }
    shift
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

/// Where the rows of one boot lie.
pub(crate) fn range_of(rows: &[Row], boot: usize) -> Range<usize> {
    let from = rows.partition_point(|r| (r.boot as usize) < boot);
    let to = rows.partition_point(|r| r.boot as usize <= boot);
    from..to
}
