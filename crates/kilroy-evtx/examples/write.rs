//! Writes a log that every reader takes: `cargo run --example write -- NEW_FILE`.

use std::fs::File;
use std::io::BufWriter;

use kilroy_evtx::{Body, EventSpec, LogWriter, Value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give the name of the new file")?;
    let mut log = LogWriter::new(BufWriter::new(File::create_new(path)?))?;
    for record_id in 1..=1000 {
        log.push(&EventSpec {
            provider: "Microsoft-Windows-Security-Auditing".to_owned(),
            event_id: 4634,
            channel: "Security".to_owned(),
            computer: "SRV01.example.org".to_owned(),
            record_id,
            time_filetime: 133_601_184_000_000_000 + record_id * 10_000_000,
            body: Body::EventData(vec![
                ("TargetUserName".to_owned(), Value::Str("alice".to_owned())),
                ("TargetLogonId".to_owned(), Value::HexU64(0x513da + record_id)),
            ]),
            ..EventSpec::default()
        })?;
    }
    log.finish()?;
    Ok(())
}
