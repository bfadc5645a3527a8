//! The XML of an event, made anew from the evidence.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use kilroy_case::Case;
use kilroy_case::query::Value;
use kilroy_evtx::{Entry, Reader};
use kilroy_model::Timestamp;

use super::rows::EventRow;

/// Reads the evidence of an event again and gives the event's XML.
///
/// `places` are where the evidence may be now: files, or folders that are searched. Else it is looked for where it was seen
/// last. A file counts by its content: its SHA-256 must be that of the register.
pub(crate) fn xml_again(case: &Case, row: &EventRow, places: &[PathBuf]) -> Result<String> {
    let id = row.text("evidence_id").unwrap_or_default();
    let of: Vec<_> = case
        .evidence()?
        .into_iter()
        .filter(|evidence| evidence.id.is_some_and(|known| known.to_string() == id))
        .collect();
    let Some(known) = of.first() else { bail!("the case does not know the evidence {id} any more") };
    let candidates: Vec<kilroy_evidence::Found> = if places.is_empty() {
        let seen: Vec<PathBuf> = of
            .iter()
            .filter_map(|e| e.seen.as_ref())
            .map(|seen| seen.place.clone())
            .filter(|p| p.exists())
            .collect();
        if seen.is_empty() {
            bail!(
                "the evidence {} is not where it was: say where it is now with --evidence PATH",
                known.path
            );
        }
        kilroy_evidence::find(&seen)?
    } else {
        kilroy_evidence::find(places)?
    };
    for found in candidates.iter().filter(|found| found.kind.is_ok() && found.size == known.size) {
        let Ok(digest) = kilroy_evidence::hash(found, &|_| {}) else { continue };
        if Some(&digest.sha256) == known.sha256.as_ref() {
            return of_record(found, row);
        }
    }
    bail!(
        "no file there has the content of {} (SHA-256 {}): say where it is with --evidence PATH",
        known.path,
        known.sha256.as_deref().unwrap_or("unknown")
    )
}

fn of_record(found: &kilroy_evidence::Found, row: &EventRow) -> Result<String> {
    let number = |name: &str| match row.value(name) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let (event_id, record_id) = (number("event_id"), number("record_id"));
    let time = match row.value("time") {
        Some(Value::Time(time)) => Some(*time),
        _ => None,
    };
    let file = File::open(&found.path).with_context(|| format!("cannot open {}", found.shown))?;
    let mut xml = None;
    let recovered = row.value("recovered") == Some(&Value::Flag(true));
    let wanted = |system: &kilroy_evtx::SystemRef<'_>| {
        Some(u64::from(system.event_id)) == event_id
            && (system.record_id.is_none() || system.record_id == record_id)
    };
    Reader::new(&file).recover(recovered).only(&wanted).with_xml(true).for_each(&mut |entry| {
        if let Entry::Record(record) = entry {
            let of_record = record.to_record();
            let when =
                of_record.system.time_created.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
            let same_time = match (when, time) {
                (Some(a), Some(b)) => a.within_millis(b, 0),
                _ => true,
            };
            if same_time && let Some(found) = record.xml() {
                xml = Some(found.to_owned());
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    match xml {
        Some(xml) => Ok(xml),
        None => bail!("{} has no such record any more", found.shown),
    }
}
