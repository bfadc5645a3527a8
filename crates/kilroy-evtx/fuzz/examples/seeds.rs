//! Writes the fuzzer's first inputs: `seeds OUT [FOLDER WITH REAL LOGS]`.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(out) = arguments.next() else {
        eprintln!("usage: seeds OUT [FOLDER WITH REAL LOGS]");
        return ExitCode::from(2);
    };
    match kilroy_evtx_fuzz::seeds::write(&out, arguments.next().as_deref()) {
        Ok(count) => {
            println!("{count} seeds in {}", out.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", out.display());
            ExitCode::FAILURE
        }
    }
}
