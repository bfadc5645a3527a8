//! From a world to the engine's rows: through real files once, then with records left out.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "the example and a test use it")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::sync::Arc;

use kilroy_model::{AccessSession, Timestamp, host_key};
use kilroy_sessions::{Coverage, SessionEvent, sessionize};
use kilroy_testkit::LogFile;
use kilroy_testkit::accuracy::{Facts, Key};

/// One record as it was read.
#[derive(Debug, Clone)]
pub struct Read {
    pub host: Arc<str>,
    pub log: Arc<str>,
    pub event_id: u32,
    pub record_id: u64,
    pub time: Timestamp,
    /// What the engine sees of it, if anything.
    pub event: Option<SessionEvent>,
}

impl Read {
    /// Host, log and record ID.
    pub fn key(&self) -> Key {
        (host_key(&self.host), self.log.to_lowercase(), self.record_id)
    }
}

/// Writes files and reads them as evidence.
pub fn read(files: &[LogFile]) -> Result<Vec<Read>, Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    for file in files {
        let path = dir.path().join(file.name.replace('%', "_"));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, &file.bytes)?;
    }
    read_folder(dir.path())
}

/// Reads whatever logs are in a folder.
pub fn read_folder(folder: &std::path::Path) -> Result<Vec<Read>, Box<dyn Error>> {
    let mut records = Vec::new();
    for found in kilroy_evidence::find(&[folder.to_owned()])? {
        if found.kind.is_err() {
            continue;
        }
        kilroy_evidence::read::<Infallible>(&found, &|_| {}, &mut |event| {
            if let Some(time) = event.time {
                records.push(Read {
                    host: event.origin.host.clone(),
                    log: event.origin.channel.clone(),
                    event_id: event.origin.event_id,
                    record_id: event.identity.record_id,
                    time,
                    event: SessionEvent::of(&event),
                });
            }
            Ok(())
        })?;
    }
    Ok(records)
}

/// What the engine makes of records.
pub fn rows<'a>(records: impl IntoIterator<Item = &'a Read>) -> Vec<AccessSession> {
    let mut coverage = Coverage::new();
    let mut events = Vec::new();
    for record in records {
        coverage.add(&record.host, &record.log, record.event_id, record.record_id, record.time);
        events.extend(record.event.clone());
    }
    coverage.seal();
    sessionize(events, &coverage).access
}

/// What each record says.
pub fn facts(records: &[Read]) -> BTreeMap<Key, Facts> {
    records.iter().filter_map(|r| Some((r.key(), said(r.event.as_ref()?)))).collect()
}

fn said(event: &SessionEvent) -> Facts {
    let low = |text: &Option<Arc<str>>| -> BTreeSet<String> {
        text.iter().map(|t| t.trim().to_lowercase()).filter(|t| !t.is_empty()).collect()
    };
    let mut places: BTreeSet<String> = event.ip.iter().map(ToString::to_string).collect();
    if event.local {
        places.insert("local".to_owned());
    }
    let mut codes = low(&event.status);
    codes.extend(low(&event.sub_status));
    Facts {
        users: low(&event.user),
        domains: low(&event.domain),
        places,
        machines: low(&event.src_host),
        luids: event.luid.into_iter().chain(event.linked_luid).collect(),
        logon_type: event.logon_type,
        codes,
    }
}
