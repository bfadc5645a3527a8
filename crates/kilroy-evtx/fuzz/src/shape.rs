//! Logs made of the fuzzer's bytes. Checksums are made to hold, because no mutation gets past one by chance.

use std::sync::OnceLock;

use crate::specs::samples;
use crate::tokens;

/// Size of the file header.
pub const FILE_HEADER: usize = 4096;
/// Size of a chunk.
pub const CHUNK: usize = 65_536;
/// Size of a chunk's header.
pub const CHUNK_HEADER: usize = 512;
/// Size of a record's header.
pub const RECORD_HEADER: usize = 24;

/// A number of four bytes that stands at `at`.
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}

/// Puts bytes where there is room for them.
pub fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..value.len())) {
        place.copy_from_slice(value);
    }
}

/// A number as it is stored.
pub fn stored(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// 64 KiB with these bytes at the begin.
pub fn chunk_of(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = bytes.get(..CHUNK).unwrap_or(bytes).to_vec();
    chunk.resize(CHUNK, 0);
    chunk
}

/// Makes both checksums of a chunk hold, and its magic be there.
pub fn seal(chunk: &mut [u8]) {
    if chunk.len() < CHUNK_HEADER {
        return;
    }
    put(chunk, 0, b"ElfChnk\0");
    let free = (u32_at(chunk, 48) as usize).clamp(CHUNK_HEADER, chunk.len());
    let records = crc32fast::hash(&chunk[CHUNK_HEADER..free]);
    put(chunk, 52, &records.to_le_bytes());
    put(chunk, 120, &[0; 4]);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&chunk[..120]);
    crc.update(&chunk[128..CHUNK_HEADER]);
    put(chunk, 124, &crc.finalize().to_le_bytes());
}

/// A file header in front of chunks.
pub fn file_of(chunks: &[&[u8]]) -> Vec<u8> {
    [&[header()], chunks].concat().concat()
}

/// A sound file header.
pub fn header() -> &'static [u8] {
    sound().get(..FILE_HEADER).unwrap_or_default()
}

/// A sound chunk: events of every kind.
pub fn sound_chunk() -> &'static [u8] {
    sound().get(FILE_HEADER..FILE_HEADER + CHUNK).unwrap_or_default()
}

fn sound() -> &'static [u8] {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let mut file = Vec::new();
        kilroy_evtx::write(&mut file, &samples()).expect("the samples can be written");
        assert_eq!(file.len(), FILE_HEADER + CHUNK, "the samples fit into one chunk");
        file
    })
}

/// An otherwise sound chunk that ends with a record of these bytes: behind events whose names and templates it can use,
/// or alone.
pub fn chunk_with_record(xml: &[u8], alone: bool) -> Vec<u8> {
    let mut chunk = sound_chunk().to_vec();
    let (start, id) = if alone {
        chunk[128..].fill(0);
        (CHUNK_HEADER, 1)
    } else {
        (u32_at(&chunk, 48) as usize, samples().len() + 1)
    };
    let room = CHUNK - start - RECORD_HEADER - 4;
    let xml = xml.get(..room).unwrap_or(xml);
    let size = (RECORD_HEADER + xml.len() + 4).next_multiple_of(8).min(CHUNK - start);
    put(&mut chunk, start, b"\x2a\x2a\0\0");
    put(&mut chunk, start + 4, &stored(size));
    put(&mut chunk, start + 8, &(id as u64).to_le_bytes());
    put(&mut chunk, start + 16, &133_601_184_000_000_000_u64.to_le_bytes());
    put(&mut chunk, start + RECORD_HEADER, xml);
    put(&mut chunk, start + size - 4, &stored(size));
    put(&mut chunk, 16, &(id as u64).to_le_bytes());
    put(&mut chunk, 32, &(id as u64).to_le_bytes());
    put(&mut chunk, 44, &stored(start));
    put(&mut chunk, 48, &stored(start + size));
    seal(&mut chunk);
    chunk
}

/// The log that target `chunk` makes: the first byte says whether the checksums hold, and what stands beside the chunk.
pub fn chunk_log(data: &[u8]) -> Option<(u8, Vec<u8>)> {
    let (options, bytes) = data.split_first()?;
    let mut chunk = chunk_of(bytes);
    if options & 1 == 0 {
        seal(&mut chunk);
    }
    let file = match options >> 1 & 3 {
        0 | 1 => file_of(&[&chunk]),
        // Another chunk may have the templates that this one lost.
        2 => file_of(&[&chunk, sound_chunk()]),
        _ => file_of(&[&chunk, &chunk]),
    };
    Some((*options, file))
}

/// The log that target `binxml` makes: the first byte says what stands before the record, and whether its chunk stands
/// there a second time.
pub fn binxml_log(data: &[u8]) -> Option<(bool, Vec<u8>)> {
    let (options, xml) = data.split_first()?;
    let chunk = chunk_with_record(xml, options & 1 == 0);
    let twice = options & 2 != 0;
    let file = if twice { file_of(&[&chunk, sound_chunk(), &chunk]) } else { file_of(&[&chunk]) };
    Some((twice, file))
}

/// The log that target `tokens` makes: a chunk with one record, maybe a second time behind another chunk.
pub fn tokens_log(data: &[u8]) -> Option<(bool, Vec<u8>)> {
    let (options, rest) = data.split_first()?;
    let mut log = vec![options & 2];
    log.extend(tokens::record(rest));
    binxml_log(&log)
}

/// Chunks of a part that one thread reads.
const PART: usize = 32;

/// The file that target `file` makes: the bytes themselves, or a larger one in which they stand where two parts meet.
pub fn any_file(data: &[u8]) -> Option<(u8, Vec<u8>)> {
    let (&[options, shift], bytes) = data.split_first_chunk()?;
    let mut bytes = bytes.to_vec();
    if options & 1 == 0 {
        let start = if bytes.starts_with(b"ElfFile\0") { FILE_HEADER } else { 0 };
        bytes.get_mut(start..).unwrap_or_default().chunks_mut(CHUNK).for_each(seal);
    }
    let file = if options & 2 == 0 { bytes } else { at_the_border(&bytes, options, shift) };
    Some((options, file))
}

/// Zeros and a chunk, then the bytes, then a chunk again. The first part ends within the bytes or near them.
fn at_the_border(bytes: &[u8], options: u8, shift: u8) -> Vec<u8> {
    let border = FILE_HEADER + PART * CHUNK;
    // Most often the bytes begin where a chunk could; else somewhere.
    let start = match options >> 3 & 3 {
        0 => border - CHUNK,
        1 => border,
        2 => border - usize::from(shift) * 257,
        _ => border - CHUNK + usize::from(shift),
    };
    let mut file = header().to_vec();
    file.resize(start.saturating_sub(CHUNK), 0);
    file.extend_from_slice(sound_chunk());
    file.truncate(start);
    file.extend_from_slice(bytes);
    file.extend_from_slice(sound_chunk());
    if options & 32 != 0 {
        file.resize(file.len() + PART * CHUNK, 0);
        file.extend_from_slice(sound_chunk());
    }
    file
}
