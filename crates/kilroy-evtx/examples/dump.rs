//! Prints every record of a log, a line for each: `cargo run --example dump -- FILE`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "that is what it is for")]

use std::fs::File;
use std::ops::ControlFlow;

use kilroy_evtx::{Entry, Reader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a log")?;
    let file = File::open(path)?;
    let summary = Reader::new(&file).for_each(&mut |entry| {
        match entry {
            Entry::Record(record) => {
                let system = &record.system;
                let time = system.time_created.map(|time| time.to_text().into_owned()).unwrap_or_default();
                print!("{time} {} {} {}", system.computer, system.channel, system.event_id);
                for field in record.fields() {
                    print!(" {}={:?}", field.name, field.value.to_text());
                }
                println!();
            }
            Entry::Loss(loss) => eprintln!("at {:#x}: {}", loss.offset, loss.detail),
        }
        ControlFlow::Continue(())
    })?;
    eprintln!("{} records, {} losses", summary.records, summary.losses);
    Ok(())
}
