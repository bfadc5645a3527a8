//! Says what the reader makes of an input that the fuzzer found: `explain TARGET FILE [LOG TO WRITE]`.

use std::process::ExitCode;

use kilroy_evtx::Reader;
use kilroy_evtx_fuzz::any::any_events;
use kilroy_evtx_fuzz::check::{Seen, read};
use kilroy_evtx_fuzz::shape::{any_file, binxml_log, chunk_log, tokens_log};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (target, path, log) = match arguments.as_slice() {
        [target, path] => (target, path, None),
        [target, path, log] => (target, path, Some(log)),
        _ => {
            eprintln!("usage: explain TARGET FILE [LOG TO WRITE]");
            return ExitCode::from(2);
        }
    };
    match explain(target, path, log) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn explain(target: &str, path: &str, log: Option<&String>) -> Result<(), Box<dyn std::error::Error>> {
    let data = std::fs::read(path)?;
    let file = match target {
        "chunk" => chunk_log(&data).map(|(_, file)| file),
        "binxml" => binxml_log(&data).map(|(_, file)| file),
        "tokens" => tokens_log(&data).map(|(_, file)| file),
        "file" => any_file(&data).map(|(_, file)| file),
        "writer" => {
            let mut file = Vec::new();
            kilroy_evtx::write(&mut file, &any_events(&data))?;
            Some(file)
        }
        _ => return Err(format!("there is no target {target:?}").into()),
    };
    let file = file.ok_or("too short to mean anything")?;
    if let Some(log) = log {
        std::fs::write(log, &file)?;
    }
    let reader = Reader::new(&file);
    show("fast", &read(&reader));
    show("slow", &read(&reader.slow(true)));
    show("fast, recovering", &read(&reader.recover(true)));
    show("slow, recovering", &read(&reader.recover(true).slow(true)));
    Ok(())
}

fn show(way: &str, seen: &Seen) {
    println!("== {way}: {} records, {} losses", seen.records.len(), seen.losses.len());
    seen.records.iter().for_each(|record| println!("{record:?}"));
    seen.losses.iter().for_each(|loss| println!("{loss:?}"));
}
