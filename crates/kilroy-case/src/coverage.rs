//! What the logs of a case reach: IDs and times of every record, whatever it says.

use std::path::PathBuf;

use arrow_array::PrimitiveArray;
use arrow_array::types::{TimestampNanosecondType, UInt32Type, UInt64Type};
use kilroy_model::Timestamp;
use kilroy_sessions::{Coverage, LogId, Reach};

use crate::events::logs_noted;
use crate::scan::{Rows, SessionEvents};
use crate::scan_row::{Words, Wrong, number, numbers};
use crate::{Case, CaseError, table};

const COLUMNS: [&str; 5] = ["host", "channel", "event_id", "record_id", "time"];

impl Case {
    /// The coverage of all events of the case, ready for the session engine. Records without time cover nothing.
    pub fn coverage(&self) -> Result<Coverage, CaseError> {
        let source = self.session_source()?;
        source.coverage(source.hosts())
    }
}

impl SessionEvents {
    /// The coverage of some hosts, ready for the session engine. Records without time cover nothing.
    pub fn coverage<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<Coverage, CaseError> {
        coverage_of(self.files(names))
    }

    /// How far the logs of all hosts reach. That stands in the files' footers.
    pub fn reach(&self) -> Result<Reach, CaseError> {
        let mut reach = Reach::default();
        for host in self.hosts() {
            for file in self.files([host]) {
                let noted = logs_noted(&table::notes(file)?).map_err(|what| CaseError::table(file, what))?;
                match noted {
                    Some(logs) => {
                        for (channel, log) in logs {
                            reach.add(host, &channel, log);
                        }
                    }
                    // An older version wrote it.
                    None => reach.absorb(coverage_of([file])?.reach()),
                }
            }
        }
        Ok(reach)
    }
}

fn coverage_of<'f>(files: impl IntoIterator<Item = &'f PathBuf>) -> Result<Coverage, CaseError> {
    let mut coverage = Coverage::new();
    for file in files {
        for batch in Rows::all(file, &COLUMNS)? {
            add(&mut coverage, &batch?).map_err(|what| CaseError::table(file, what))?;
        }
    }
    coverage.seal();
    Ok(coverage)
}

fn add(coverage: &mut Coverage, batch: &arrow_array::RecordBatch) -> Result<(), Wrong> {
    let hosts: Words<'_, ()> = Words::of(batch, "host")?;
    let channels: Words<'_, ()> = Words::of(batch, "channel")?;
    let event_ids: &PrimitiveArray<UInt32Type> = numbers(batch, "event_id")?;
    let record_ids: &PrimitiveArray<UInt64Type> = numbers(batch, "record_id")?;
    let times: &PrimitiveArray<TimestampNanosecondType> = numbers(batch, "time")?;
    // Most records stand in the log of the one before.
    let mut last: Option<(usize, usize, LogId)> = None;
    for row in 0..batch.num_rows() {
        let known = (
            hosts.key(row),
            channels.key(row),
            number(event_ids, row),
            number(record_ids, row),
            number(times, row),
        );
        let (Some(host), Some(channel), Some(event_id), Some(record_id), Some(time)) = known else {
            continue;
        };
        let log = match last {
            Some((h, c, log)) if (h, c) == (host, channel) => log,
            _ => match (hosts.text(row), channels.text(row)) {
                (Some(host), Some(channel)) => coverage.log(host, channel),
                _ => continue,
            },
        };
        last = Some((host, channel, log));
        coverage.note(log, event_id, record_id, Timestamp::from_nanos(time));
    }
    Ok(())
}
