//! The logs that are read: made ones, dense and the same on every machine, and real ones where a folder is given.

use std::fs::{self, File};
use std::io::{self, BufWriter, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use kilroy_evtx::{Body, EventSpec, LogWriter};
use sha2::{Digest, Sha256};

use crate::fill::{Random, World};
use crate::layouts::{Layout, Log, logs};

/// Bytes of one made host's logs.
const HOST: u64 = 64 << 20;
/// Events by which the mean size of a log's events is measured.
const SAMPLE: u64 = 1_000;
const FILE_HEADER: usize = 4_096;
const CHUNK: usize = 65_536;

/// Some logs, which are measured together.
#[derive(Debug)]
pub(crate) struct Corpus {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) bytes: u64,
    /// SHA-256 of all bytes of all files, in this order.
    pub(crate) sha256: String,
    /// The same records come again and again: no log for an analysis.
    pub(crate) repeats: bool,
}

impl Corpus {
    /// Sorts the files and hashes them.
    fn new(name: &str, about: String, mut files: Vec<PathBuf>) -> io::Result<Self> {
        files.sort();
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
        for path in &files {
            let mut file = File::open(path)?;
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
        let sha256 = hex(&hash.finalize());
        Ok(Self { name: name.to_owned(), about, files, bytes, sha256, repeats: false })
    }
}

/// A made corpus of about so many bytes: hosts with their logs. It is kept for the next time.
pub(crate) fn made(folder: &Path, bytes: u64) -> Result<Corpus, String> {
    let hosts = bytes.div_ceil(HOST).max(1);
    let folder = folder.join(format!("made-{}", bytes / 1_000_000));
    let logs = logs()?;
    let mut files = Vec::new();
    for host in 0..hosts {
        for log in &logs {
            let name = format!("{host:03}_{}.evtx", log.channel.replace('/', "%4"));
            let path = folder.join(name);
            kept(&path, |out| make_log(out, log, host, HOST.min(bytes) * log.share / 100))?;
            files.push(path);
        }
    }
    let about = format!("{} logs of {hosts} made-up hosts", files.len());
    Corpus::new("made", about, files).map_err(|e| e.to_string())
}

/// One file of all full chunks of these logs, again and again up to about so many bytes.
pub(crate) fn repeated(name: &str, folder: &Path, logs: &[PathBuf], bytes: u64) -> Result<Corpus, String> {
    let path = folder.join(format!("{name}-{}.evtx", bytes / 1_000_000));
    let mut of = String::new();
    kept(&path, |out| {
        let mut chunks = Vec::new();
        for log in logs {
            let file = fs::read(log).map_err(|e| format!("{}: {e}", log.display()))?;
            let body = file.get(FILE_HEADER..).unwrap_or_default();
            chunks.extend(body.as_chunks::<CHUNK>().0.iter().filter(|chunk| is_full(chunk)).copied());
        }
        if chunks.is_empty() {
            return Err("none of these logs has a full chunk".to_owned());
        }
        let count = usize::try_from(bytes.div_ceil(CHUNK as u64)).map_err(|e| e.to_string())?;
        out.write_all(&header(count)).map_err(|e| e.to_string())?;
        for chunk in chunks.iter().cycle().take(count) {
            out.write_all(chunk).map_err(|e| e.to_string())?;
        }
        Ok(())
    })?;
    if logs.len() > 1 {
        of = format!(" of {} logs", logs.len());
    }
    let about = format!("one file: all full chunks{of}, repeated");
    let corpus = Corpus::new(name, about, vec![path]).map_err(|e| e.to_string())?;
    Ok(Corpus { repeats: true, ..corpus })
}

/// All logs below a folder, sorted.
pub(crate) fn logs_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("evtx")) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a file unless it is there. Written aside: a run that is stopped leaves no half file.
fn kept(path: &Path, make: impl FnOnce(&mut BufWriter<File>) -> Result<(), String>) -> Result<(), String> {
    if path.is_file() {
        return Ok(());
    }
    let failed = |e: io::Error| format!("{}: {e}", path.display());
    let aside = path.with_extension("part");
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed)?;
    eprintln!("making {}", path.file_name().unwrap_or_default().display());
    let mut out = BufWriter::new(File::create(&aside).map_err(failed)?);
    make(&mut out)?;
    out.flush().map_err(failed)?;
    fs::rename(&aside, path).map_err(failed)
}

fn make_log<W: Write + Seek>(out: W, log: &Log, host: u64, bytes: u64) -> Result<(), String> {
    let name = format!("SRV{host:02}.contoso.example");
    let seed = host << 32 | u64::from(crc32fast::hash(log.channel.as_bytes()));
    let made = || Made { world: World::new(seed, &name), log, record_id: 1 };
    let mut sample = Cursor::new(Vec::new());
    write_events(&mut sample, &mut made(), SAMPLE)?;
    let mean = (sample.get_ref().len() - FILE_HEADER) as u64 / SAMPLE;
    write_events(out, &mut made(), bytes / mean)
}

fn write_events<W: Write + Seek>(out: W, made: &mut Made<'_>, count: u64) -> Result<(), String> {
    let mut writer = LogWriter::new(out).map_err(|e| e.to_string())?;
    for _ in 0..count {
        writer.push(&made.event()?).map_err(|e| e.to_string())?;
    }
    writer.finish().map_err(|e| e.to_string())?.flush().map_err(|e| e.to_string())
}

/// A log's events, one after the other.
struct Made<'l> {
    world: World,
    log: &'l Log,
    record_id: u64,
}

impl Made<'_> {
    fn event(&mut self) -> Result<EventSpec, String> {
        let Self { world, log, record_id } = self;
        let layout = pick(&mut world.random, &log.layouts).ok_or("a log without events")?;
        // Half a second between events, as a mean.
        world.now += world.random.below(10_000_000);
        let mut values = Vec::with_capacity(layout.fields.len());
        for (name, kind) in &layout.fields {
            let value = world.value(kind).ok_or_else(|| format!("events.txt: there is no kind {kind:?}"))?;
            values.push(((*name).to_owned(), value));
        }
        let body = match layout.body {
            "none" => Body::Empty,
            "data" => Body::EventData(values),
            "plain" => Body::UnnamedData(values.into_iter().map(|(_, value)| value).collect(), None),
            element => Body::UserData {
                element: element.to_owned(),
                namespace: "Event_NS".to_owned(),
                fields: values,
            },
        };
        let service = log.channel != "Security";
        let event = EventSpec {
            provider: layout.provider.clone(),
            provider_guid: Some(layout.guid),
            event_id: layout.event_id,
            version: layout.version,
            level: if service { 4 } else { 0 },
            task: if service { 0 } else { 12_544 },
            keywords: if service { 0x8000_0000_0000_0000 } else { 0x8020_0000_0000_0000 },
            time_filetime: world.now,
            record_id: *record_id,
            activity_id: (world.random.below(4) == 0).then(|| u128::from(world.random.next())),
            process_id: 700 + (world.random.next() & 0xff) as u32,
            thread_id: 1_000 + (world.random.next() & 0xfff) as u32,
            channel: log.channel.to_owned(),
            computer: world.host.clone(),
            user_sid: service.then(|| "S-1-5-18".to_owned()),
            body,
            ..EventSpec::default()
        };
        *record_id += 1;
        Ok(event)
    }
}

/// One of the layouts, by their weights.
fn pick<'l>(random: &mut Random, layouts: &'l [Layout]) -> Option<&'l Layout> {
    let mut at = random.below(layouts.iter().map(|layout| layout.weight).sum());
    layouts.iter().find(|layout| {
        let found = at < layout.weight;
        at = at.saturating_sub(layout.weight);
        found
    })
}

/// A chunk that Windows went on from because it was full: little of it is free.
fn is_full(chunk: &[u8; CHUNK]) -> bool {
    let free = chunk.get(48..).and_then(|rest| rest.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
    chunk.starts_with(b"ElfChnk\0") && (60_000..=65_536).contains(&free)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A file header for so many chunks.
fn header(chunks: usize) -> Vec<u8> {
    let mut header = vec![0; FILE_HEADER];
    header[..8].copy_from_slice(b"ElfFile\0");
    header[16..24].copy_from_slice(&(chunks as u64).saturating_sub(1).to_le_bytes());
    header[24..32].copy_from_slice(&u64::MAX.to_le_bytes());
    header[32..42].copy_from_slice(&[128, 0, 0, 0, 1, 0, 3, 0, 0, 16]);
    // The count has 16 bits and wraps in larger files.
    header[42..44].copy_from_slice(&chunks.to_le_bytes()[..2]);
    let checksum = crc32fast::hash(&header[..120]);
    header[124..128].copy_from_slice(&checksum.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_log_every_time() {
        let logs = logs().unwrap();
        let make = |log: &Log, host| {
            let mut file = Cursor::new(Vec::new());
            make_log(&mut file, log, host, 2 << 20).unwrap();
            file.into_inner()
        };
        for log in &logs {
            let file = make(log, 1);
            assert_eq!(file, make(log, 1), "{}", log.channel);
            assert_ne!(file, make(log, 2), "{}", log.channel);
            let chunks = file[FILE_HEADER..].as_chunks::<CHUNK>().0;
            // The last one takes what is left, and a long script may not have fitted into another.
            let full = chunks.iter().filter(|chunk| is_full(chunk)).count();
            assert!(full * 4 >= (chunks.len() - 1) * 3, "{}: {full} of {}", log.channel, chunks.len());
            let mut records = 0;
            let summary = kilroy_evtx::read(&file, &mut |_| {
                records += 1;
                std::ops::ControlFlow::Continue(())
            });
            assert_eq!(summary.unwrap().losses, 0);
            assert!(records > 500, "{}: {records}", log.channel);
        }
    }
}
