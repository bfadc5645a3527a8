//! Writes the logs of the three-host intrusion as EVTX files.
//!
//! `cargo run -p kilroy-testkit --example intrusion -- FOLDER`
//!
//! Then `kilroy analyze FOLDER -o CASE`, and `kilroy paths CASE --from 203.0.113.99 --to srv-files` tells the way in.

use std::error::Error;
use std::path::PathBuf;

use kilroy_testkit::intrusion::Intrusion;
use kilroy_testkit::log_files;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name a folder to write into")?;
    for file in log_files(&Intrusion::new().events)? {
        let path = folder.join(&file.name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, file.bytes)?;
    }
    Ok(())
}
