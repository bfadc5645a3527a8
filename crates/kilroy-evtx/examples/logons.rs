//! Counts logons by type, with typed values and without a look at other events, in all cores:
//! `cargo run --release --example logons -- FILE`.

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::collections::BTreeMap;
use std::fs::File;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use kilroy_evtx::{Collect, EventIds, Reader, RecordRef};

/// Logons of one part of the file, by type.
#[derive(Default)]
struct ByType(BTreeMap<u64, u64>);

impl Collect for ByType {
    type Output = BTreeMap<u64, u64>;

    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()> {
        let kind = record.fields().find(|field| field.name == "LogonType").and_then(|f| f.value.as_u64());
        *self.0.entry(kind.unwrap_or_default()).or_default() += 1;
        ControlFlow::Continue(())
    }

    fn finish(&mut self) -> Self::Output {
        std::mem::take(&mut self.0)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a log")?;
    let file = File::open(path)?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let ids: EventIds = [4624].into_iter().collect();
    let security = |system: &kilroy_evtx::SystemRef<'_>| system.channel == "Security";
    let mut total: BTreeMap<u64, u64> = BTreeMap::new();
    Reader::new(&file).only_ids(&ids).only(&security).collect(threads, &ByType::default, &mut |part| {
        for (kind, count) in part.output {
            *total.entry(kind).or_default() += count;
        }
        ControlFlow::Continue(())
    })?;
    for (kind, count) in total {
        println!("type {kind}: {count} logons");
    }
    Ok(())
}
