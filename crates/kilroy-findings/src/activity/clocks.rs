//! Which boot of its host a moment is in, and when in it, where a clock was set.
//!
//! What is compared is the time of the clock as it was at the end of a boot: times before a clock was set back are moved, as
//! the session engine does it. A record of Security or System has its place by its record ID. Of everything else only the
//! time is known; where the clock showed that time twice, it is both moments.

use std::collections::BTreeMap;

use kilroy_model::{Boot, EndKind, Stretch, Timestamp};

use super::spans::{Row, Spans};
use super::stay::FOREVER;

/// A time that no stretch holds is taken for one of a record only within this time of the stretch: record IDs may have begun
/// anew. As long as the largest correction of a clock.
const NEAR_MILLIS: u64 = 24 * 3_600_000;

/// Two logs measure one step of the clock to within this.
const SAME_STEP_MILLIS: u64 = 2_000;

/// A moment in a boot of its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Number of the boot.
    pub(super) boot: u32,
    /// When, by the clock as it was at the end of the boot.
    pub(super) at: Timestamp,
}

/// A time before every boot that is known, or on a host without any.
pub(super) const NO_BOOT: u32 = u32::MAX;

/// The boots of all hosts, and what their clocks showed.
#[derive(Debug)]
pub(super) struct Clocks {
    /// By host and begin; their place is their number.
    boots: Vec<Run>,
    parts: Vec<Part>,
    /// Parts by host and time.
    by_time: Spans<OfHost>,
    /// Host and begin of the parts after which the clock went on.
    open: Vec<(u32, Timestamp, u32)>,
    /// Host, log, first record ID.
    by_record: Vec<(u32, Log, u64, u32)>,
    /// The last that the logs of a host know of.
    reach: BTreeMap<u32, Timestamp>,
}

/// A boot.
#[derive(Debug)]
struct Run {
    host: u32,
    /// Its first mark, as logged.
    start: Option<Timestamp>,
    begins: Timestamp,
    /// The latest that it ran, if it ended.
    ends: Option<Timestamp>,
    /// Nothing is known of it but that it began.
    mark_alone: bool,
    /// Its parts.
    parts: std::ops::Range<usize>,
}

/// A stretch of a boot.
#[derive(Debug, Clone, Copy)]
struct Part {
    boot: u32,
    from: Timestamp,
    to: Timestamp,
    to_record_id: u64,
    shift: i64,
    /// The clock went on behind it: it was not set back.
    open: bool,
}

impl Part {
    fn holds(&self, time: Timestamp) -> bool {
        self.from <= time && time <= self.to
    }

    fn moment(&self, time: Timestamp) -> Moment {
        Moment { boot: self.boot, at: time.plus_ticks(self.shift) }
    }

    /// How far a time lies from it.
    fn distance(&self, time: Timestamp) -> u64 {
        if self.holds(time) { 0 } else { time.distance(self.from).min(time.distance(self.to)) }
    }
}

/// A part of a boot of a host, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OfHost {
    host: u32,
    part: u32,
}

impl Row for OfHost {
    type Key = u32;
    type Thing = Part;

    fn key(self, _: &[Part]) -> u32 {
        self.host
    }

    fn from(self, parts: &[Part]) -> Timestamp {
        parts[self.part as usize].from
    }

    fn to(self, parts: &[Part]) -> Timestamp {
        parts[self.part as usize].to
    }
}

/// The logs whose record order tells of boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Log {
    Security,
    System,
}

impl Log {
    fn named(name: &str) -> Option<Self> {
        [("security", Self::Security), ("system", Self::System)]
            .into_iter()
            .find_map(|(known, log)| name.eq_ignore_ascii_case(known).then_some(log))
    }
}

impl Clocks {
    /// Of boots with the number of their host, in any order, and of how far each host's logs reach.
    pub(super) fn new(mut boots: Vec<(u32, Boot)>, reach: &BTreeMap<u32, Timestamp>) -> Self {
        boots.retain(|(_, boot)| begins(boot).is_some());
        boots.sort_by_cached_key(|(host, boot)| (*host, begins(boot), boot.start, boot.end_not_after));
        boots.dedup();
        let mut clocks = Self {
            boots: Vec::with_capacity(boots.len()),
            parts: Vec::new(),
            by_time: Spans::new(Vec::new(), &[]),
            open: Vec::new(),
            by_record: Vec::new(),
            reach: BTreeMap::new(),
        };
        let mut rows = Vec::new();
        for (number, (host, boot)) in (0..).zip(&boots) {
            clocks.add(number, *host, boot, &mut rows);
        }
        clocks.by_time = Spans::new(rows, &clocks.parts);
        clocks.open.sort_unstable();
        clocks.by_record.sort_unstable();
        clocks.reach = reach.iter().map(|(host, reach)| (*host, clocks.last(*host, *reach))).collect();
        clocks
    }

    fn add(&mut self, number: u32, host: u32, boot: &Boot, rows: &mut Vec<OfHost>) {
        let first = self.parts.len();
        // A boot that a mark alone tells of.
        let mark = boot.start.filter(|_| boot.stretches.is_empty()).map(|start| Part {
            boot: number,
            from: start,
            to: start,
            to_record_id: 0,
            shift: 0,
            open: true,
        });
        self.parts.extend(mark);
        for (nth, stretch) in boot.stretches.iter().enumerate() {
            let next = boot.stretches.get(nth + 1).filter(|next| next.log == stretch.log);
            if let Some(log) = Log::named(&stretch.log) {
                let part = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
                self.by_record.push((host, log, stretch.from_record_id, part));
            }
            self.parts.push(Part {
                boot: number,
                from: stretch.from,
                to: stretch.to,
                to_record_id: stretch.to_record_id,
                shift: stretch.shift,
                open: next.is_none_or(|next| next.from >= stretch.to),
            });
        }
        for (part, stretch) in (0..).zip(&self.parts).skip(first) {
            rows.push(OfHost { host, part });
            if stretch.open {
                self.open.push((host, stretch.from, part));
            }
        }
        let parts = first..self.parts.len();
        let last = self.parts[parts.clone()].iter().map(|part| part.to.plus_ticks(part.shift)).max();
        let ended = boot.end_not_after.filter(|_| boot.end_kind != EndKind::Open);
        self.boots.push(Run {
            host,
            start: boot.start,
            begins: begins(boot).unwrap_or(FOREVER),
            ends: ended.map(|ended| last.map_or(ended, |last| last.max(ended))),
            mark_alone: boot.stretches.is_empty(),
            parts,
        });
    }

    /// The last that is known of a host.
    fn last(&self, host: u32, reach: Timestamp) -> Timestamp {
        let parts = self.of_host(host).flat_map(|(_, run)| &self.parts[run.parts.clone()]);
        parts.map(|part| part.to.plus_ticks(part.shift)).max().map_or(reach, |in_boots| reach.max(in_boots))
    }

    /// The moments that a time, or the record that was written then, may be: seldom more than one.
    pub(super) fn moments(&self, host: u32, record: Option<(&str, u64)>, time: Timestamp) -> Vec<Moment> {
        if let Some(moment) = record.and_then(|(log, id)| self.by_record(host, Log::named(log)?, id, time)) {
            return vec![moment];
        }
        let mut moments: Vec<Moment> = Vec::new();
        for row in self.by_time.of(&self.parts, host).at(time) {
            let moment = self.parts[row.part as usize].moment(time);
            let same = |known: &Moment| {
                known.boot == moment.boot && known.at.within_millis(moment.at, SAME_STEP_MILLIS)
            };
            if !moments.iter().any(same) {
                moments.push(moment);
            }
        }
        if moments.is_empty() {
            moments.push(self.between(host, time));
        }
        moments.sort_unstable();
        moments
    }

    fn by_record(&self, host: u32, log: Log, id: u64, time: Timestamp) -> Option<Moment> {
        // Of record IDs that began anew, the time tells which run is meant.
        const RUNS: usize = 16;
        let of_log = |row: &(u32, Log, u64, u32)| (row.0, row.1) == (host, log);
        let from = self.by_record.partition_point(|row| (row.0, row.1) < (host, log));
        let at = self.by_record.partition_point(|row| (row.0, row.1, row.2) <= (host, log, id));
        let parts =
            || self.by_record[from..at].iter().rev().take(RUNS).map(|row| &self.parts[row.3 as usize]);
        let slack = |part: &Part| part.distance(time) <= SAME_STEP_MILLIS * 10_000;
        let held = parts().find(|part| id <= part.to_record_id && slack(part));
        let near = |part: &&Part| part.from <= time || part.distance(time) <= NEAR_MILLIS * 10_000;
        if let Some(part) = held.or_else(|| parts().next().filter(near)) {
            return Some(part.moment(time));
        }
        let first = self.by_record.get(from).filter(|row| of_log(row) && at == from)?;
        let part = &self.parts[first.3 as usize];
        let marked = self.boots[part.boot as usize].start.is_some();
        Some(if marked { Moment { boot: NO_BOOT, at: time } } else { part.moment(time) })
    }

    /// A time that no stretch holds: after the last one that began before it, and after which the clock went on.
    fn between(&self, host: u32, time: Timestamp) -> Moment {
        let at = self.open.partition_point(|(known, from, _)| (*known, *from) <= (host, time));
        let part = |row: &(u32, Timestamp, u32)| (row.0 == host).then(|| &self.parts[row.2 as usize]);
        if let Some(before) = at.checked_sub(1).and_then(|at| part(&self.open[at])) {
            return before.moment(time);
        }
        match self.open.get(at).and_then(part) {
            Some(after) if self.boots[after.boot as usize].start.is_none() => after.moment(time),
            _ => Moment { boot: NO_BOOT, at: time },
        }
    }

    /// The boot of a session that begins at this time as logged. `starts`: what each of its logons says of the start of its boot,
    /// none where no record marks it.
    pub(super) fn boot(
        &self,
        host: u32,
        starts: impl Iterator<Item = Option<Timestamp>>,
        time: Timestamp,
    ) -> u32 {
        let known = starts.min().and_then(|start| {
            let same = self.of_host(host).filter(|(_, run)| run.start == start);
            same.min_by_key(|(boot, run)| (self.distance(run, time), std::cmp::Reverse(*boot)))
        });
        let by_time = || self.moments(host, None, time).last().map_or(NO_BOOT, |moment| moment.boot);
        known.map_or_else(by_time, |(boot, _)| boot)
    }

    fn distance(&self, run: &Run, time: Timestamp) -> u64 {
        self.parts[run.parts.clone()].iter().map(|part| part.distance(time)).min().unwrap_or(u64::MAX)
    }

    fn of_host(&self, host: u32) -> impl Iterator<Item = (u32, &Run)> {
        let from = self.boots.partition_point(|run| run.host < host);
        let to = self.boots.partition_point(|run| run.host <= host);
        (0..).zip(&self.boots).skip(from).take(to - from)
    }

    /// The earliest and the latest moment of a boot at which its clock can have shown a time.
    pub(super) fn in_boot(&self, boot: u32, time: Timestamp) -> (Timestamp, Timestamp) {
        let parts = self.boots.get(boot as usize).map_or(&[][..], |run| &self.parts[run.parts.clone()]);
        let held = || parts.iter().filter(|part| part.holds(time)).map(|part| part.moment(time).at);
        if let Some(both) = held().min().zip(held().max()) {
            return both;
        }
        let begun = parts.iter().filter(|part| part.open && part.from <= time).max_by_key(|part| part.from);
        let nearest = || parts.iter().min_by_key(|part| part.distance(time));
        let at = begun.or_else(nearest).map_or(time, |part| part.moment(time).at);
        (at, at)
    }

    /// The latest that something in a boot can have lasted that no record ends.
    pub(super) fn bound(&self, host: u32, boot: u32) -> Timestamp {
        self.end(host, boot).or_else(|| self.reach.get(&host).copied()).unwrap_or(FOREVER)
    }

    /// When a boot ended at the latest, if another one followed or a record says so.
    pub(super) fn end(&self, host: u32, boot: u32) -> Option<Timestamp> {
        let Some(run) = self.boots.get(boot as usize) else {
            return self.of_host(host).map(|(_, run)| run.begins).min();
        };
        let next = self.boots.get(boot as usize + 1).filter(|next| next.host == host && run.mark_alone);
        run.ends.or_else(|| next.map(|next| next.begins))
    }

    /// Does a moment lie after everything that is known of the host?
    pub(super) fn is_beyond(&self, host: u32, moment: Moment) -> bool {
        self.end(host, moment.boot).is_none() && self.reach.get(&host).is_some_and(|reach| *reach < moment.at)
    }

    /// What the clock can have shown between two moments of a boot: the earliest and the latest of it.
    pub(super) fn shown(&self, boot: u32, from: Timestamp, to: Timestamp) -> (Timestamp, Timestamp) {
        let run = self.boots.get(boot as usize);
        // Of a boot whose start no record marks, earlier times may be as well.
        let marked = run.filter(|run| run.start.is_some());
        let from = marked.map_or(from, |run| run.begins.max(from));
        let parts = run.map_or(&[][..], |run| &self.parts[run.parts.clone()]);
        let back = |at: Timestamp, part: &Part| if at == FOREVER { at } else { at.plus_ticks(-part.shift) };
        let each = parts.iter().map(|part| {
            let until = if part.open { FOREVER } else { part.to };
            (part.from.max(back(from, part)), until.min(back(to, part)))
        });
        each.filter(|(from, to)| from <= to)
            .fold((from, to), |(first, last), (from, to)| (first.min(from), last.max(to)))
    }

    /// Where in a boot its clock was set back: what lies before such a moment happened before what lies after it, whatever
    /// the records say.
    pub(super) fn cuts(&self, boot: u32) -> Vec<Timestamp> {
        let parts = self.boots.get(boot as usize).map_or(&[][..], |run| &self.parts[run.parts.clone()]);
        let mut begins: Vec<(Timestamp, i64)> =
            parts.iter().map(|part| (part.moment(part.from).at, part.shift)).collect();
        begins.sort_unstable();
        begins.windows(2).filter(|two| two[0].1 != two[1].1).map(|two| two[1].0).collect()
    }
}

/// When a boot began, by its clock at its end.
fn begins(boot: &Boot) -> Option<Timestamp> {
    let first = boot.stretches.iter().map(|stretch: &Stretch| stretch.from.plus_ticks(stretch.shift)).min();
    first.or(boot.start)
}
