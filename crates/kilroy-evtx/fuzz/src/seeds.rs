//! Inputs to begin with: what the writer makes, and the begins of chunks of real logs where a folder of them is given.

use std::io;
use std::path::{Path, PathBuf};

use kilroy_evtx::EventSpec;

use crate::shape::{
    CHUNK, CHUNK_HEADER, FILE_HEADER, RECORD_HEADER, chunk_with_record, header, put, seal, sound_chunk,
    stored, u32_at,
};
use crate::specs::samples;

/// Larger ones would be slow, and say little more.
const LARGEST: usize = 16_384;

/// Writes seeds for every target: `out/chunk/…`, `out/binxml/…` and so on. Gives how many.
pub fn write(out: &Path, real: Option<&Path>) -> io::Result<usize> {
    let mut files = vec![made(&samples())];
    files.extend(samples().into_iter().map(|event| made(&[event])));
    files.push(made(&[]));
    for path in real.map(logs).transpose()?.unwrap_or_default() {
        files.push(std::fs::read(path)?);
    }
    let mut seeds = Seeds { out, count: 0 };
    for file in &files {
        for chunk in file.get(FILE_HEADER..).unwrap_or_default().as_chunks::<CHUNK>().0.iter().take(2) {
            seeds.of_chunk(chunk)?;
        }
    }
    seeds.of_sample_records()?;
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    for length in [50, 200, 1_000, 4_000] {
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                noise.to_le_bytes()[0]
            })
            .collect();
        seeds.add("writer", &bytes)?;
        seeds.add("tokens", &bytes)?;
    }
    Ok(seeds.count)
}

fn made(events: &[EventSpec]) -> Vec<u8> {
    let mut file = Vec::new();
    kilroy_evtx::write(&mut file, events).expect("the samples can be written");
    file
}

struct Seeds<'o> {
    out: &'o Path,
    count: usize,
}

impl Seeds<'_> {
    fn add(&mut self, target: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.out.join(target);
        std::fs::create_dir_all(&folder)?;
        self.count += 1;
        let name = format!("seed-{:016x}-{}", u64::from(crc32fast::hash(bytes)), bytes.len());
        std::fs::write(folder.join(name), bytes)
    }

    fn of_chunk(&mut self, chunk: &[u8]) -> io::Result<()> {
        for count in [1, 3] {
            let Some(begin) = begin_of(chunk, count) else { continue };
            for options in [0, 4, 6] {
                self.add("chunk", &[&[options], begin.as_slice()].concat())?;
            }
            let file = [header(), begin.as_slice()].concat();
            self.add("file", &[&[0, 0], file.as_slice()].concat())?;
            for options in [2, 10, 18, 26, 42] {
                self.add("file", &[&[options, 17], begin.as_slice()].concat())?;
            }
        }
        // The first record of a chunk needs nothing of what stands before it.
        let size = u32_at(chunk, CHUNK_HEADER + 4) as usize;
        let xml = chunk.get(CHUNK_HEADER + RECORD_HEADER..CHUNK_HEADER + size.saturating_sub(4));
        if let Some(xml) = xml.filter(|xml| xml.len() < LARGEST) {
            self.add("binxml", &[&[0], xml].concat())?;
            self.add("binxml", &[&[2], xml].concat())?;
        }
        Ok(())
    }

    /// Records that use names and templates of those before them.
    fn of_sample_records(&mut self) -> io::Result<()> {
        let start = u32_at(sound_chunk(), 48) as usize;
        for event in samples() {
            let mut events = samples();
            events.push(event);
            let file = made(&events);
            let chunk = file.get(FILE_HEADER..).unwrap_or_default();
            let size = u32_at(chunk, start + 4) as usize;
            let xml = chunk.get(start + RECORD_HEADER..start + size - 4).unwrap_or_default();
            assert_eq!(u32_at(&chunk_with_record(xml, false), start + 4) as usize, size);
            self.add("binxml", &[&[1], xml].concat())?;
            self.add("binxml", &[&[3], xml].concat())?;
        }
        Ok(())
    }
}

/// A chunk that has only the first records of this one, without what follows.
fn begin_of(chunk: &[u8], count: usize) -> Option<Vec<u8>> {
    let (mut end, mut last) = (CHUNK_HEADER, CHUNK_HEADER);
    for _ in 0..count {
        let size = u32_at(chunk, end + 4) as usize;
        if !chunk.get(end..)?.starts_with(b"\x2a\x2a\0\0") || size < RECORD_HEADER {
            break;
        }
        (last, end) = (end, end + size);
    }
    let mut begin = chunk.get(..end).filter(|begin| begin.len() < LARGEST)?.to_vec();
    put(&mut begin, 44, &stored(last));
    put(&mut begin, 48, &stored(end));
    seal(&mut begin);
    Some(begin)
}

/// All files below a folder, sorted.
fn logs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
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
