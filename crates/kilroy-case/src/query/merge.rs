//! One stream of all events in the order of time, from however many files, with bounded memory.
//!
//! Every file is sorted by time. Files that follow each other in time are one chain. Some chains are merged at a time; where
//! there are more, the merged ones are laid aside and merged again, so that the number of open files and what is in memory do
//! not grow with the case.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom};
use std::ops::ControlFlow;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use arrow_select::interleave::interleave_record_batch;
use kilroy_model::host_key;
use kilroy_sessions::one_name_each;

use super::chain::{chains, span_of};
use super::column::Column;
use super::eval::Known;
use super::scan::{Group, Scan};
use crate::CaseError;

/// Files, or chains of them, that are merged at a time.
const TOGETHER: usize = 32;

/// Rows that are handed on at a time.
const ROWS: usize = 2048;

/// Rows that come in the order of time, and the place of their file: of equal times that of the first file comes first.
type Stream<'s> = Box<dyn Iterator<Item = Result<(usize, RecordBatch), CaseError>> + 's>;

impl Scan {
    /// Hands on some columns of all events in the order of time; those without time come first. Events of one time come as
    /// their files do: by host. `time` must be among the columns. Texts are plain.
    pub fn in_order(
        &self,
        columns: &[Column],
        sink: &mut dyn FnMut(RecordBatch) -> Result<ControlFlow<()>, CaseError>,
    ) -> Result<(), CaseError> {
        if !columns.iter().any(|column| Some(*column) == Column::named("time")) {
            return Err(self.wrong("events cannot be put in order without their time".to_owned()));
        }
        self.files_in_order(0..self.files.len(), columns, sink).map(|_| ())
    }

    /// The same host by host, in the order of their names: the events of each in the order of time. A bare name and a full
    /// one of one host are one. Much cheaper for a case of many files, as few of them are merged at a time.
    pub fn in_order_by_host(
        &self,
        columns: &[Column],
        sink: &mut dyn FnMut(RecordBatch) -> Result<ControlFlow<()>, CaseError>,
    ) -> Result<(), CaseError> {
        let names = self.files.iter().map(|file| host_key(&file.host)).collect();
        let shown = one_name_each(names);
        let mut hosts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, file) in self.files.iter().enumerate() {
            let name = shown.get(&host_key(&file.host)).map_or(&*file.host, String::as_str);
            hosts.entry(name).or_default().push(number);
        }
        for files in hosts.into_values() {
            if self.files_in_order(files, columns, sink)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn files_in_order(
        &self,
        files: impl IntoIterator<Item = usize>,
        columns: &[Column],
        sink: &mut dyn FnMut(RecordBatch) -> Result<ControlFlow<()>, CaseError>,
    ) -> Result<ControlFlow<()>, CaseError> {
        let files: Vec<usize> = files.into_iter().collect();
        let spans: Vec<_> = files.iter().map(|&file| span_of(&self.files[file].file)).collect();
        let chains = chains(&spans);
        let mut streams: Vec<Stream<'_>> = if chains.len() <= TOGETHER {
            let of_chain = |chain: Vec<usize>| -> Stream<'_> {
                let files: Vec<usize> = chain.into_iter().map(|place| files[place]).collect();
                let columns = columns.to_vec();
                Box::new(files.into_iter().flat_map(move |file| self.of_file(file, &columns)))
            };
            chains.into_iter().map(of_chain).collect()
        } else {
            // What is laid aside is known by its first file: only files that stand together may be merged into one.
            files.into_iter().map(|file| self.of_file(file, columns)).collect()
        };
        while streams.len() > TOGETHER {
            let mut merged: Vec<Stream<'_>> = Vec::new();
            let mut rest = streams.into_iter();
            loop {
                let some: Vec<Stream<'_>> = rest.by_ref().take(TOGETHER).collect();
                if some.is_empty() {
                    break;
                }
                merged.push(self.aside(some, merged.len())?);
            }
            streams = merged;
        }
        self.merge(streams, sink)
    }

    /// The chosen events of one file.
    fn of_file<'s>(&'s self, file: usize, columns: &[Column]) -> Stream<'s> {
        let columns = columns.to_vec();
        let groups = (0..self.files[file].file.groups()).map(move |group| Group { file, group });
        let mut known = Known::default();
        let batches = groups.flat_map(move |group| -> Box<dyn Iterator<Item = _> + 's> {
            let scan = self.file(group);
            let mut read = || {
                if scan.has_none(group.group) {
                    return Ok(None);
                }
                let rows = scan.select(group.group, &mut known)?;
                if rows.is_empty() {
                    return Ok(None);
                }
                scan.file.read_plain(group.group, &columns, rows.ranges()).map(Some)
            };
            match read() {
                Ok(None) => Box::new(std::iter::empty()),
                Ok(Some(batches)) => Box::new(batches),
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        });
        Box::new(batches.map(move |batch| batch.map(|batch| (file, batch))))
    }

    /// Merges streams into one that waits on disk, and has this place among others.
    fn aside<'s>(&self, streams: Vec<Stream<'_>>, place: usize) -> Result<Stream<'s>, CaseError> {
        let folder = std::env::temp_dir();
        let file = tempfile::tempfile().map_err(CaseError::io("write to", &folder))?;
        let failed = |e: ArrowError| CaseError::arrow(&std::env::temp_dir())(e);
        let mut writer: Option<StreamWriter<zstd::Encoder<'static, BufWriter<File>>>> = None;
        let mut out = Some(file);
        let _ = self.merge(streams, &mut |batch| {
            if let Some(file) = out.take() {
                let zstd = zstd::Encoder::new(BufWriter::new(file), 1)
                    .map_err(CaseError::io("write to", &std::env::temp_dir()))?;
                writer = Some(StreamWriter::try_new(zstd, &batch.schema()).map_err(failed)?);
            }
            if let Some(writer) = &mut writer {
                writer.write(&batch).map_err(failed)?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let Some(mut writer) = writer else { return Ok(Box::new(std::iter::empty())) };
        writer.finish().map_err(failed)?;
        let io = |e| CaseError::io("write to", &std::env::temp_dir())(e);
        let zstd = writer.into_inner().map_err(failed)?;
        let buffered = zstd.finish().map_err(io)?;
        let mut file = buffered.into_inner().map_err(|e| io(e.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let zstd = zstd::Decoder::new(file).map_err(io)?;
        let reader = StreamReader::try_new(BufReader::new(zstd), None).map_err(failed)?;
        Ok(Box::new(reader.map(move |batch| batch.map(|batch| (place, batch)).map_err(failed))))
    }

    fn merge(
        &self,
        streams: Vec<Stream<'_>>,
        sink: &mut dyn FnMut(RecordBatch) -> Result<ControlFlow<()>, CaseError>,
    ) -> Result<ControlFlow<()>, CaseError> {
        let mut sources = Vec::new();
        let mut heap = BinaryHeap::new();
        for stream in streams {
            let mut source = Source { stream, batch: None, place: 0, row: 0 };
            source.fill()?;
            heap.extend(source.key().map(|key| Reverse((key, source.place, sources.len()))));
            sources.push(source);
        }
        let mut picks = Picks::default();
        while let Some(Reverse((.., n))) = heap.pop() {
            let limit = heap.peek().map(|Reverse(next)| *next);
            let source = &mut sources[n];
            // As long as it stays the first, its rows are taken in one go.
            while source.key().is_some_and(|key| limit.is_none_or(|limit| (key, source.place, n) < limit)) {
                picks.push(n, source);
                source.row += 1;
                if picks.rows.len() >= ROWS {
                    let batch = picks.batch().map_err(|e| self.wrong(e.to_string()))?;
                    if sink(batch)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                if source.is_spent() {
                    source.fill()?;
                }
            }
            heap.extend(source.key().map(|key| Reverse((key, source.place, n))));
        }
        if picks.rows.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        sink(picks.batch().map_err(|e| self.wrong(e.to_string()))?)
    }

    fn wrong(&self, what: String) -> CaseError {
        let path = self.files.first().map(|file| file.file.path.clone()).unwrap_or_default();
        CaseError::table(&path, what)
    }
}

/// When a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Option<i64>);

/// A stream on its way.
struct Source<'s> {
    stream: Stream<'s>,
    batch: Option<RecordBatch>,
    /// Of the file that the batch is from.
    place: usize,
    row: usize,
}

impl Source<'_> {
    fn is_spent(&self) -> bool {
        self.batch.as_ref().is_none_or(|batch| self.row >= batch.num_rows())
    }

    fn fill(&mut self) -> Result<(), CaseError> {
        while self.is_spent() {
            self.row = 0;
            let Some((place, batch)) = self.stream.next().transpose()? else {
                self.batch = None;
                break;
            };
            (self.place, self.batch) = (place, Some(batch));
        }
        Ok(())
    }

    /// The time of the next row, if there is one. A row without time comes first.
    fn key(&self) -> Option<Key> {
        let batch = self.batch.as_ref().filter(|batch| self.row < batch.num_rows())?;
        let times = batch.column_by_name("time")?.as_primitive_opt::<TimestampNanosecondType>();
        Some(Key(times.filter(|times| times.is_valid(self.row)).map(|times| times.value(self.row))))
    }
}

/// Rows that were picked, and the batches they are in.
#[derive(Default)]
struct Picks {
    batches: Vec<RecordBatch>,
    /// By source: where its batch stands.
    places: Vec<Option<usize>>,
    rows: Vec<(usize, usize)>,
}

impl Picks {
    fn push(&mut self, source: usize, of: &Source<'_>) {
        let Some(batch) = &of.batch else { return };
        if self.places.len() <= source {
            self.places.resize(source + 1, None);
        }
        // A source goes on to its next batch at row 0.
        let known = self.places[source].filter(|_| of.row > 0);
        let place = known.unwrap_or_else(|| {
            self.batches.push(batch.clone());
            self.batches.len() - 1
        });
        self.places[source] = Some(place);
        self.rows.push((place, of.row));
    }

    fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        let batches = std::mem::take(&mut self.batches);
        self.places.clear();
        let first = rows.first().copied().unwrap_or_default();
        let in_a_row = rows.iter().enumerate().all(|(n, row)| *row == (first.0, first.1 + n));
        match batches.get(first.0).filter(|_| in_a_row) {
            Some(whole) => Ok(whole.slice(first.1, rows.len())),
            None => interleave_record_batch(&batches.iter().collect::<Vec<_>>(), &rows),
        }
    }
}
