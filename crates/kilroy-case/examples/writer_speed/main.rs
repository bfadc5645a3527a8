//! What the event writer costs: `cargo run --release -p kilroy-case --example writer_speed -- EVENTS [ORDER] [HOSTS]`.
//!
//! `ORDER` is the order in which the events come: `sorted`, `wrapped` (the newest third first), `steps` (the clock steps
//! back an hour now and then) or `shuffled`. Prints seconds of processor time and the peak memory of this process; the
//! events are made between the writer's turns and are not counted.

#![allow(clippy::print_stdout, reason = "this is a program")]

mod made_up;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kilroy_case::Case;
use kilroy_model::{Event, EvidenceId, event_batch};
use made_up::{Chance, Maker};

const EVENTS_PER_BATCH: u64 = 2048;
const ID: EvidenceId = EvidenceId(0x0123_4567_89ab_cdef);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let events: u64 = args.first().map_or(Ok(1_000_000), |n| n.parse())?;
    let order = args.get(1).map_or("sorted", String::as_str);
    let hosts: u64 = args.get(2).map_or(Ok(1), |n| n.parse())?;

    let dir = tempfile::tempdir()?;
    let case = Case::create_or_open(&dir.path().join("case"))?;
    let mut writer = case.event_writer(ID);
    let mut maker = Maker::new(ID, hosts)?;
    let mut chance = Chance::new(7);
    let (mut arrow_bytes, mut making, mut writing) = (0, Duration::ZERO, Duration::ZERO);
    for first in (0..events).step_by(usize::try_from(EVENTS_PER_BATCH)?) {
        let batch: Vec<Event> = (first..events.min(first + EVENTS_PER_BATCH))
            .map(|n| maker.event(place(n, events, order, &mut chance)))
            .collect();
        let start = processor_time();
        let batch = event_batch(&batch)?;
        making += since(start);
        arrow_bytes += batch.get_array_memory_size() as u64;
        let start = processor_time();
        writer.write(batch)?;
        writing += since(start);
    }
    let before = peak_memory();
    let start = processor_time();
    let written = writer.finish()?;
    let finishing = since(start);

    println!("{events} events, {order}, {hosts} hosts");
    println!(
        "as columns  {:>8} bytes each, made in {:.2} s",
        arrow_bytes / events.max(1),
        making.as_secs_f64()
    );
    println!("write       {:>8.2} s, peak memory {} MB", writing.as_secs_f64(), before / 1_000_000);
    println!("finish      {:>8.2} s, peak memory {} MB", finishing.as_secs_f64(), peak_memory() / 1_000_000);
    println!("written     {:>8} events, {} MB", written.events, size(dir.path())? / 1_000_000);
    Ok(())
}

/// The place in the log of the event that comes as number `n`.
fn place(n: u64, events: u64, order: &str, chance: &mut Chance) -> u64 {
    match order {
        "wrapped" => (n + events * 2 / 3) % events,
        // An hour is about 100,000 events.
        "steps" => n.saturating_sub(if n / 200_000 % 3 == 2 { 100_000 } else { 0 }),
        "shuffled" => chance.below(events),
        _ => n,
    }
}

/// Time that this thread has spent on a processor; by the clock where the system does not tell.
fn processor_time() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split(' ').next()?.parse().ok()).map(Duration::from_nanos);
    told.or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).ok()).unwrap_or_default()
}

fn since(start: Duration) -> Duration {
    processor_time().saturating_sub(start)
}

/// The most memory that this process has had, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse().unwrap_or(0) * 1024
}

fn size(path: &Path) -> std::io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        total += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
}
