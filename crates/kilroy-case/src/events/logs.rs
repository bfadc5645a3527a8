//! How far each log in an event file reaches, noted at the end of the file: whoever asks need not read the rows.

use std::collections::BTreeMap;

use kilroy_model::Timestamp;
use kilroy_sessions::LogReach;
use serde::{Deserialize, Serialize};

use super::block::{Block, Wrong};

/// The note's name.
pub(super) const LOGS: &str = "kilroy.logs";

/// Watches the rows of a file.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// By channel.
    known: BTreeMap<String, LogReach>,
    /// The log of the last row: most rows are of the log of the one before.
    current: Option<(String, LogReach)>,
}

/// One log, times in nanoseconds as in the table.
#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    channel: String,
    first: (u64, i64),
    last: (u64, i64),
    latest: i64,
}

impl Logs {
    /// Takes a row; one without channel, ID or time is of no log.
    pub(super) fn add(&mut self, block: &Block, row: usize) {
        let (channel, record_id, _) = block.rest_of_key(row);
        let (Some(channel), Some(id), Some(time)) = (channel, record_id, block.time(row)) else { return };
        let record = LogReach::of(id, Timestamp::from_nanos(time));
        match &mut self.current {
            Some((current, reach)) if current == channel => *reach = reach.with(record),
            current => {
                let before = current.replace((channel.to_owned(), record));
                self.keep(before);
            }
        }
    }

    fn keep(&mut self, log: Option<(String, LogReach)>) {
        if let Some((channel, reach)) = log {
            self.known.entry(channel).and_modify(|known| *known = known.with(reach)).or_insert(reach);
        }
    }

    /// What is noted in the file.
    pub(super) fn note(mut self) -> Result<String, serde_json::Error> {
        let last = self.current.take();
        self.keep(last);
        let at = |(id, time): (u64, Timestamp)| (id, time.nanos().unwrap_or_default());
        let logs: Vec<Noted> = self
            .known
            .into_iter()
            .map(|(channel, LogReach { first, last, latest })| Noted {
                channel,
                first: at(first),
                last: at(last),
                latest: latest.nanos().unwrap_or_default(),
            })
            .collect();
        serde_json::to_string(&logs)
    }
}

/// The logs of an event file, by its notes; none if it was written before there were any.
pub(crate) fn logs_noted(notes: &BTreeMap<String, String>) -> Result<Option<Vec<(String, LogReach)>>, Wrong> {
    let Some(note) = notes.get(LOGS) else { return Ok(None) };
    let logs: Vec<Noted> =
        serde_json::from_str(note).map_err(|e| format!("what it notes of its logs cannot be read: {e}"))?;
    let at = |(id, nanos)| (id, Timestamp::from_nanos(nanos));
    let reach = |log: &Noted| LogReach {
        first: at(log.first),
        last: at(log.last),
        latest: Timestamp::from_nanos(log.latest),
    };
    Ok(Some(
        logs.into_iter()
            .map(|log| {
                let reach = reach(&log);
                (log.channel, reach)
            })
            .collect(),
    ))
}
