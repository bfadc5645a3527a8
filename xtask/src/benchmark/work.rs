//! What a measured process does: one way to read logs, and nothing else.

use std::fs::File;
use std::io::Read;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use evtx::EvtxParser;
use kilroy_evtx::{Collect, Entry, Reader, RecordRef, SystemRef, Texts};

use crate::session_events::{event_ids, is_session_event};

/// What came of it. The second number is there so that no work can be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

impl Count {
    /// Reads a line of the measured process, wherever it stands in the output.
    pub(crate) fn find(output: &str) -> Option<Self> {
        let line = output.lines().find_map(|line| line.strip_prefix("count "))?;
        let (records, bytes) = line.split_once(' ')?;
        Some(Self { records: records.parse().ok()?, bytes: bytes.parse().ok()? })
    }

    fn add(&mut self, bytes: usize) {
        self.records += 1;
        self.bytes += bytes as u64;
    }
}

/// Reads these logs in the way of this name.
pub(crate) fn run(way: &str, files: &[PathBuf]) -> Result<Count, String> {
    let mut count = Count::default();
    for path in files {
        let of = one(way, path).map_err(|e| format!("{}: {e}", path.display()))?;
        count = Count { records: count.records + of.records, bytes: count.bytes + of.bytes };
    }
    Ok(count)
}

fn one(way: &str, path: &Path) -> Result<Count, Box<dyn std::error::Error>> {
    match way {
        "read" => read(path),
        "texts" => texts(path),
        "texts-2" => texts_in_threads(path, 2),
        "slow" => slow(path),
        "session" => session(path),
        "evtx-typed" => evtx_typed(path),
        "evtx-json" => evtx_json(path),
        "evtx-value" => evtx_value(path),
        _ => Err(format!("there is no way {way:?}").into()),
    }
}

type Outcome = Result<Count, Box<dyn std::error::Error>>;

/// The bytes, in pieces as large as a chunk.
fn read(path: &Path) -> Outcome {
    let (mut file, mut buffer, mut bytes) = (File::open(path)?, vec![0; 65_536], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Count { records: 0, bytes }),
            read => bytes += read as u64,
        }
    }
}

/// Texts of all fields of a record, in a buffer that is used again.
#[derive(Default)]
struct AllTexts {
    texts: Texts,
    count: Count,
}

impl AllTexts {
    fn take(&mut self, record: &RecordRef<'_>) {
        self.texts.clear();
        let system = &record.system;
        let values = [
            &system.provider_guid,
            &system.event_source_name,
            &system.keywords,
            &system.time_created,
            &system.activity_id,
            &system.related_activity_id,
            &system.user_id,
        ];
        values.into_iter().flatten().for_each(|value| self.texts.push(value));
        self.texts.push_fields(record);
        record.rendering().for_each(|field| self.texts.push(&field.value));
        let names = system.provider.len() + system.channel.len() + system.computer.len();
        self.count.add(self.texts.view().all().len() + names);
    }
}

impl Collect for AllTexts {
    type Output = Count;

    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()> {
        self.take(record);
        ControlFlow::Continue(())
    }

    fn finish(&mut self) -> Count {
        std::mem::take(&mut self.count)
    }
}

fn texts(path: &Path) -> Outcome {
    each(&Reader::new(&File::open(path)?))
}

/// Without the fast way, for comparison.
fn slow(path: &Path) -> Outcome {
    each(&Reader::new(&File::open(path)?).slow(true))
}

fn session(path: &Path) -> Outcome {
    let wanted = |system: &SystemRef<'_>| is_session_event(system.channel, system.event_id);
    each(&Reader::new(&File::open(path)?).only_ids(&event_ids()).only(&wanted))
}

fn each(reader: &Reader<'_>) -> Outcome {
    let mut all = AllTexts::default();
    reader.for_each(&mut |entry| {
        if let Entry::Record(record) = entry {
            all.take(record);
        }
        ControlFlow::Continue(())
    })?;
    Ok(all.count)
}

fn texts_in_threads(path: &Path, threads: usize) -> Outcome {
    let mut count = Count::default();
    let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
    Reader::new(&File::open(path)?).collect(threads, &AllTexts::default, &mut |part| {
        count.records += part.output.records;
        count.bytes += part.output.bytes;
        ControlFlow::Continue(())
    })?;
    Ok(count)
}

/// Typed values of the `evtx` crate, as far as it gives them out: those of the outer templates. Inner ones are checked,
/// and given as bytes.
fn evtx_typed(path: &Path) -> Outcome {
    let mut count = Count::default();
    for values in parser(path)?.serialized_records(|record| {
        let instances = record?.template_instances()?;
        Ok(instances.iter().map(|instance| instance.values.len()).sum::<usize>())
    }) {
        count.add(values.unwrap_or_default());
    }
    Ok(count)
}

fn evtx_json(path: &Path) -> Outcome {
    let mut count = Count::default();
    for record in parser(path)?.records_json_bytes() {
        count.add(record.map_or(0, |record| record.data.len()));
    }
    Ok(count)
}

fn evtx_value(path: &Path) -> Outcome {
    let mut count = Count::default();
    for record in parser(path)?.records_json_value() {
        count.add(record.map_or(0, |record| record.data.as_object().map_or(0, serde_json::Map::len)));
    }
    Ok(count)
}

fn parser(path: &Path) -> evtx::err::Result<EvtxParser<File>> {
    Ok(EvtxParser::from_path(path)?.with_configuration(evtx::ParserSettings::new().indent(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_see_the_same_records() {
        let folder = std::env::temp_dir().join(format!("benchmark-ways-{}", std::process::id()));
        let corpus = crate::corpus::made(&folder, 3 << 20).unwrap();
        let records = |way| run(way, &corpus.files).unwrap().records;
        let all = records("texts");
        assert!(all > 1_000, "{all}");
        for way in ["texts-2", "slow", "evtx-typed", "evtx-json", "evtx-value"] {
            assert_eq!(records(way), all, "{way}");
        }
        assert_eq!(run("texts", &corpus.files), run("texts-2", &corpus.files));
        assert_eq!(run("texts", &corpus.files), run("slow", &corpus.files));
        assert!((1..all).contains(&records("session")));
        assert_eq!(run("read", &corpus.files).unwrap().bytes, corpus.bytes);
        assert!(run("nonsense", &corpus.files).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
