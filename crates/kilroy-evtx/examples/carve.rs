//! Looks for records in any file, a disk image for instance: `cargo run --release --example carve -- FILE`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "that is what it is for")]

use std::fs::File;
use std::ops::ControlFlow;

use kilroy_evtx::{Entry, Reader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a file")?;
    let file = File::open(path)?;
    let summary = Reader::new(&file).carve(true).recover(true).for_each(&mut |entry| {
        if let Entry::Record(record) = entry {
            let (id, recovered) = (record.system.record_id.unwrap_or_default(), record.recovered);
            let from = if recovered { "slack" } else { "chunk" };
            println!("{:#x} {from} {} {id}", record.offset, record.system.channel);
        }
        ControlFlow::Continue(())
    })?;
    eprintln!("{} chunks, {} records", summary.chunks, summary.records);
    Ok(())
}
