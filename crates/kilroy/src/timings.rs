//! Where `kilroy analyze` spends its time.
//!
//! CPU time is measured, per thread, where one kind of work ends and another begins: some times per file and two megabytes
//! of it, never per record. What is not to be measured is not measured at all.
//!
//! Decoding and normalising take turns record by record, so they are one kind. The threads that decode a large file together
//! cannot be watched from here. They work only while evidence is read: what the process used in that time and no watched
//! thread did, was theirs.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};

use crate::output::{Cell, Column, Table};

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reading files for their SHA-256.
    Hash,
    /// EVTX to events.
    Decode,
    /// Events into sorted, compressed tables.
    Store,
    /// What the register is told and asked, while evidence is read.
    Register,
    /// All of the above, as the thread sees it that waits for the others.
    Evidence,
    /// Events from the case: coverage, and what sessions are made of.
    ReadBack,
    /// Events to sessions.
    Sessions,
    /// Sessions into their tables.
    Tables,
    /// Hops between hosts and the detectors, over sessions and events.
    Following,
    /// The four above, as the thread sees it that waits for the others.
    Making,
    /// From the tables to what is printed.
    Summary,
    /// Waiting until sessions are taken, or writing them, which is watched by itself.
    HandOver,
    /// Finding files, opening the case.
    Rest,
}

const KINDS: usize = Kind::Rest as usize + 1;

/// What the threads do that read evidence.
const OF_EVIDENCE: [Kind; 4] = [Kind::Hash, Kind::Decode, Kind::Store, Kind::Register];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Spent {
    cpu: Duration,
    wall: Duration,
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.wall += other.wall;
    }
}

/// What the threads do that make sessions.
const OF_MAKING: [Kind; 4] = [Kind::ReadBack, Kind::Sessions, Kind::Tables, Kind::Following];

type Sheet = [Spent; KINDS];

/// The time of one run, by kind of work.
#[derive(Debug)]
pub(crate) struct Timings {
    begin: Instant,
    /// None: nobody asked.
    sheet: Option<Mutex<Sheet>>,
}

impl Timings {
    /// `wanted`: measure. Otherwise nothing here does anything.
    pub(crate) fn new(wanted: bool) -> Self {
        Self { begin: Instant::now(), sheet: wanted.then(Mutex::default) }
    }

    /// Watches this thread, and all others that nobody else watches.
    pub(crate) fn whole(&self, kind: Kind) -> Watch<'_> {
        self.start(Clock::Process, kind)
    }

    /// Watches this thread.
    pub(crate) fn thread(&self, kind: Kind) -> Watch<'_> {
        self.start(Clock::Thread, kind)
    }

    fn start(&self, clock: Clock, kind: Kind) -> Watch<'_> {
        let own = self.sheet.as_ref().map(|_| Own {
            clock,
            cpu: clock.cpu(),
            at: Instant::now(),
            sheet: Sheet::default(),
        });
        Watch { timings: self, kind, own }
    }

    fn sheet(&self) -> Option<MutexGuard<'_, Sheet>> {
        self.sheet.as_ref().map(|sheet| sheet.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What all watches that were dropped have seen. Nothing if nobody asked.
    pub(crate) fn lines(&self, width: usize) -> Vec<String> {
        let Some(sheet) = self.sheet() else { return Vec::new() };
        let wall = self.begin.elapsed();
        let (parts, total) = account(&sheet, Spent { cpu: Clock::Process.cpu(), wall });
        let mut table = Table::new(vec![
            Column::new("WORK").least(30),
            Column::new("CPU S").right(),
            Column::new("SHARE").right(),
            Column::new("WALL S").right(),
        ]);
        for (name, spent) in parts.into_iter().chain([("total", total)]) {
            table.row(vec![
                Cell::new(name),
                Cell::new(seconds(spent.cpu)),
                Cell::new(share(spent.cpu, total.cpu)),
                Cell::new(seconds(spent.wall)),
            ]);
        }
        table.lines(width, false)
    }
}

/// The rows of the table. Those of the evidence add up to the one that sums them up, and all others to the total.
fn account(sheet: &Sheet, total: Spent) -> (Vec<(&'static str, Spent)>, Spent) {
    let of = |kind: Kind| sheet[kind as usize];
    let (evidence, making) = (of(Kind::Evidence), of(Kind::Making));
    // What nobody watched was done by threads that decode, and by those that see how far the logs reach.
    let unwatched = |all: Spent, kinds: &[Kind]| {
        all.cpu.saturating_sub(kinds.iter().map(|kind| of(*kind).cpu).sum::<Duration>())
    };
    let (mut decode, mut read_back) = (of(Kind::Decode), of(Kind::ReadBack));
    decode.cpu += unwatched(evidence, &OF_EVIDENCE);
    read_back.cpu += unwatched(making, &OF_MAKING);
    let known = [Kind::Evidence, Kind::Making, Kind::Summary].map(of);
    let rest = known.iter().fold(total, |rest, known| Spent {
        cpu: rest.cpu.saturating_sub(known.cpu),
        wall: rest.wall.saturating_sub(known.wall),
    });
    let parts = vec![
        ("- reading and hashing (SHA-256)", of(Kind::Hash)),
        ("- decoding and normalising", decode),
        ("- sorting and Parquet", of(Kind::Store)),
        ("- register of evidence", of(Kind::Register)),
        ("evidence into the case", evidence),
        ("- reading events back", read_back),
        ("- session engine", of(Kind::Sessions)),
        ("- session tables", of(Kind::Tables)),
        ("- hops and detectors", of(Kind::Following)),
        ("sessions of the events", making),
        ("summary", of(Kind::Summary)),
        ("all else", rest),
    ];
    (parts, total)
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

fn share(part: Duration, whole: Duration) -> String {
    if whole.is_zero() {
        return String::new();
    }
    format!("{:.0} %", part.as_secs_f64() / whole.as_secs_f64() * 100.0)
}

/// Tells kinds of work apart in one thread.
#[derive(Debug)]
pub(crate) struct Watch<'t> {
    timings: &'t Timings,
    kind: Kind,
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    clock: Clock,
    /// CPU time at the last turn.
    cpu: Duration,
    /// When that was.
    at: Instant,
    sheet: Sheet,
}

impl Watch<'_> {
    /// What comes now is of this kind. Gives the kind of what was before.
    pub(crate) fn turn(&mut self, kind: Kind) -> Kind {
        let before = std::mem::replace(&mut self.kind, kind);
        if let Some(own) = &mut self.own {
            let (cpu, at) = (own.clock.cpu(), Instant::now());
            own.sheet[before as usize] +=
                Spent { cpu: cpu.saturating_sub(own.cpu), wall: at.saturating_duration_since(own.at) };
            (own.cpu, own.at) = (cpu, at);
        }
        before
    }

    /// This kind of work, then on with what was before.
    pub(crate) fn during<R>(&mut self, kind: Kind, work: impl FnOnce() -> R) -> R {
        let before = self.turn(kind);
        let result = work();
        self.turn(before);
        result
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.turn(self.kind);
        if let (Some(own), Some(mut sheet)) = (&self.own, self.timings.sheet()) {
            sheet.iter_mut().zip(own.sheet).for_each(|(all, own)| *all += own);
        }
    }
}

/// Whose CPU time counts.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Process,
    Thread,
}

impl Clock {
    /// CPU time so far. Where the system does not tell, it is nothing.
    fn cpu(self) -> Duration {
        let cpu = match self {
            Self::Process => ProcessTime::try_now().map(|time| time.as_duration()),
            Self::Thread => ThreadTime::try_now().map(|time| time.as_duration()),
        };
        cpu.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::thread;

    use super::*;

    /// Works until this thread has used so much.
    fn work(millis: u64) {
        let begin = Clock::Thread.cpu();
        while Clock::Thread.cpu().saturating_sub(begin) < Duration::from_millis(millis) {
            black_box((0..1000_u64).map(black_box).sum::<u64>());
        }
    }

    fn spent(timings: &Timings, kind: Kind) -> Spent {
        timings.sheet().unwrap()[kind as usize]
    }

    #[test]
    fn each_kind_has_its_own() {
        let timings = Timings::new(true);
        let mut watch = timings.thread(Kind::Hash);
        work(20);
        watch.during(Kind::Store, || work(60));
        thread::sleep(Duration::from_millis(40));
        drop(watch);
        let (hash, store) = (spent(&timings, Kind::Hash), spent(&timings, Kind::Store));
        let millis = Duration::from_millis;
        assert!(!hash.cpu.is_zero() && hash.cpu < store.cpu, "{hash:?}, {store:?}");
        assert!(hash.wall >= millis(40) && hash.cpu < hash.wall, "sleep costs nothing: {hash:?}");
        assert!(store.wall >= millis(60), "{store:?}");
    }

    #[test]
    fn threads_that_nobody_watches_decode() {
        let timings = Timings::new(true);
        let watch = timings.whole(Kind::Evidence);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut watch = timings.thread(Kind::Decode);
                thread::scope(|scope| {
                    scope.spawn(|| work(80));
                });
                watch.during(Kind::Store, || work(30));
            });
        });
        drop(watch);
        assert!(spent(&timings, Kind::Decode).cpu < spent(&timings, Kind::Store).cpu);
        let sheet = *timings.sheet().unwrap();
        let (parts, _) = account(&sheet, Spent::default());
        let of = |name: &str| parts.iter().find(|(part, _)| part.contains(name)).unwrap().1.cpu;
        assert!(of("decoding") >= Duration::from_millis(80), "{parts:?}");
        assert!(of("Parquet") >= Duration::from_millis(30), "{parts:?}");
    }

    #[test]
    fn the_parts_are_the_whole() {
        let each = Spent { cpu: Duration::from_secs(1), wall: Duration::from_secs(2) };
        let mut sheet = [each; KINDS];
        sheet[Kind::Evidence as usize].cpu = Duration::from_secs(7);
        sheet[Kind::Making as usize].cpu = Duration::from_secs(5);
        let total = Spent { cpu: Duration::from_secs(15), wall: Duration::from_secs(7) };
        let (parts, _) = account(&sheet, total);
        let (inner, outer): (Vec<_>, Vec<_>) = parts.iter().partition(|(name, _)| name.starts_with("- "));
        let cpu = |parts: &[&(&str, Spent)]| parts.iter().map(|(_, spent)| spent.cpu).sum::<Duration>();
        assert_eq!(cpu(&inner), Duration::from_secs(12));
        assert_eq!(cpu(&outer), total.cpu);
        assert_eq!(outer.last().unwrap().1.wall, Duration::from_secs(1));
    }

    #[test]
    fn nobody_asked() {
        let timings = Timings::new(false);
        let mut watch = timings.whole(Kind::Rest);
        assert_eq!(watch.turn(Kind::Hash), Kind::Rest);
        drop(watch);
        assert_eq!(timings.lines(80), [] as [String; 0]);
    }
}
