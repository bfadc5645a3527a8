//! A chunk in the making: records, and the tables of names and templates that they share.
//!
//! A chunk is 64 KiB. What stands in its header, as offsets into the chunk (libevtx, "Windows XML Event Log (EVTX)
//! format", and the logs themselves):
//!
//! | offset | size | what |
//! |---|---|---|
//! | 0 | 8 | `ElfChnk\0` |
//! | 8, 16 | 8 each | number of the first and of the last record, counted from 1 in the order of writing |
//! | 24, 32 | 8 each | record ID of the first and of the last record |
//! | 40 | 4 | 128, the size of this header |
//! | 44 | 4 | offset of the last record |
//! | 48 | 4 | offset of the free space |
//! | 52 | 4 | CRC-32 of the records, from 512 to the free space |
//! | 120 | 4 | flags: 1 in every chunk of real logs, finished ones too; 4: there are no checksums |
//! | 124 | 4 | CRC-32 of 0 to 120 and 128 to 512 |
//! | 128 | 4 × 64 | table of names: offset of the newest name of each bucket |
//! | 384 | 4 × 32 | table of templates, likewise |
//!
//! A name or a template stands right behind its first use and begins with the offset of the next one in its bucket, 0
//! for none. The bucket is the hash of the name's characters, or of the template's GUID as eight 16-bit numbers.

use super::error::Refused;
use super::record::Encoded;
use crate::{CHUNK, CHUNK_HEADER, CHUNK_MAGIC, put, stored, u16_at, u32_at, u64_at};

const NAMES: usize = 64;
const TEMPLATES: usize = 32;

/// A chunk that still takes records.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    tables: Tables,
    first_number: u64,
    /// Where its records start.
    starts: Vec<usize>,
}

/// Offset of the newest name and template of every bucket.
#[derive(Clone, Copy, Debug)]
struct Tables {
    names: [u32; NAMES],
    templates: [u32; TEMPLATES],
}

/// What becomes of the header when a chunk is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// It says what is there.
    Sound,
    /// Its checksums are older than its records.
    OldChecksums,
    /// All of it is older than its records.
    Old,
}

impl Chunk {
    pub(super) fn new() -> Self {
        let tables = Tables { names: [0; NAMES], templates: [0; TEMPLATES] };
        let mut bytes = Vec::with_capacity(CHUNK * 2);
        bytes.resize(CHUNK_HEADER, 0);
        // The first record of a file has the number 1.
        Self { bytes, tables, first_number: 1, starts: Vec::new() }
    }

    /// Makes room for the records that follow those it has.
    pub(super) fn renew(&mut self) {
        self.first_number += self.starts.len() as u64;
        self.starts.clear();
        self.bytes.clear();
        self.bytes.resize(CHUNK_HEADER, 0);
        self.tables = Tables { names: [0; NAMES], templates: [0; TEMPLATES] };
    }

    pub(super) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Record ID of its first record, as the record's header has it.
    pub(super) fn first_id(&self) -> u64 {
        self.id(self.starts.first())
    }

    fn id(&self, start: Option<&usize>) -> u64 {
        start.and_then(|start| u64_at(&self.bytes, start + 8)).unwrap_or(0)
    }

    /// Adds a record. Says no, and stays as it was, if there is no room; stays as it was if it is refused.
    pub(super) fn push(&mut self, record: &Encoded<'_>) -> Result<bool, Refused> {
        let start = self.bytes.len();
        let tables = self.tables;
        let outcome = self.record(record);
        let fits = outcome.is_ok() && self.bytes.len() <= CHUNK;
        if fits {
            self.starts.push(start);
        } else {
            self.bytes.truncate(start);
            self.tables = tables;
        }
        outcome.map(|()| fits)
    }

    /// Refers to a name. It stands right behind its first use.
    pub(super) fn name(&mut self, name: &str) -> Result<(), Refused> {
        let hash = hash(name.encode_utf16());
        let bucket = usize::from(hash) % NAMES;
        let newest = self.tables.names.get(bucket).copied().unwrap_or(0);
        if let Some(at) = self.find(newest, |at| self.is_name(at, name)) {
            self.u32(at);
            return Ok(());
        }
        let at = self.refer_to_next()?;
        if let Some(place) = self.tables.names.get_mut(bucket) {
            *place = at;
        }
        self.u32(newest);
        self.u16(hash);
        let length = self.bytes.len();
        self.u16(0);
        super::encode::utf16(name, &mut self.bytes);
        let units = (self.bytes.len() - length) / 2 - 1;
        let units = u16::try_from(units).map_err(|_| Refused::TooLarge)?;
        put(&mut self.bytes, length, &units.to_le_bytes());
        self.u16(0);
        Ok(())
    }

    /// Whether the name at `at` is this one: behind the next one's offset and the hash, its length and its characters.
    fn is_name(&self, at: u32, name: &str) -> bool {
        let at = at as usize;
        let length = u16_at(&self.bytes, at + 6).map_or(0, usize::from);
        let stored = self.bytes.get(at + 8..at + 8 + 2 * length).unwrap_or_default();
        stored.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).eq(name.encode_utf16())
    }

    /// Refers to a template. Whether it is new: then its definition goes right here.
    pub(super) fn template(&mut self, guid: [u8; 16]) -> Result<bool, Refused> {
        let words = guid.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
        let bucket = usize::from(hash(words)) % TEMPLATES;
        // Its short name is the begin of its GUID.
        self.bytes.extend(guid.iter().take(4));
        let newest = self.tables.templates.get(bucket).copied().unwrap_or(0);
        let is_it = |at: u32| self.bytes.get(at as usize + 4..).is_some_and(|rest| rest.starts_with(&guid));
        if let Some(at) = self.find(newest, is_it) {
            self.u32(at);
            return Ok(false);
        }
        let at = self.refer_to_next()?;
        if let Some(place) = self.tables.templates.get_mut(bucket) {
            *place = at;
        }
        self.u32(newest);
        self.bytes.extend(guid);
        Ok(true)
    }

    /// Goes through a bucket.
    fn find(&self, newest: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let next = |at: &u32| u32_at(&self.bytes, *at as usize).filter(|next| *next > 0);
        std::iter::successors(Some(newest).filter(|at| *at > 0), next).find(|at| is_it(*at))
    }

    /// Writes the offset of what is written next.
    fn refer_to_next(&mut self) -> Result<u32, Refused> {
        let at = self.since(0)? + 4;
        self.u32(at);
        Ok(at)
    }

    /// Writes the header and fills up to 64 KiB. Gives where the free space begins.
    pub(super) fn finish(&mut self, header: Header, flags: u32) -> usize {
        let free = self.bytes.len();
        self.bytes.resize(CHUNK, 0);
        let all = self.starts.len();
        if header == Header::Sound {
            self.header(all, free, flags);
            return free;
        }
        // As it was when there were half of the records, and its own checksum as it was when there were none.
        let half = all / 2;
        self.header(0, free, flags);
        let oldest = u32_at(&self.bytes, 124).unwrap_or(0);
        self.header(half, free, flags);
        let old = u32_at(&self.bytes, 52).unwrap_or(0);
        if header == Header::OldChecksums {
            self.header(all, free, flags);
        }
        put(&mut self.bytes, 52, &old.to_le_bytes());
        put(&mut self.bytes, 124, &oldest.to_le_bytes());
        free
    }

    /// Writes the header as it is when there are `count` records.
    fn header(&mut self, count: usize, end: usize, flags: u32) {
        let last = count.checked_sub(1).and_then(|index| self.starts.get(index));
        let (last_start, last_id) = (last.copied().unwrap_or(0), self.id(last));
        let first_id = self.id(self.starts.get(..count).and_then(<[usize]>::first));
        let free = self.starts.get(count).copied().unwrap_or(end);
        let last_number = (self.first_number + count as u64).saturating_sub(1);
        let checksum = crc32fast::hash(self.bytes.get(CHUNK_HEADER..free).unwrap_or_default());
        let bytes = &mut self.bytes;
        put(bytes, 0, CHUNK_MAGIC);
        for (at, number) in [(8, self.first_number), (16, last_number), (24, first_id), (32, last_id)] {
            put(bytes, at, &number.to_le_bytes());
        }
        put(bytes, 40, &128_u32.to_le_bytes());
        put(bytes, 44, &stored(last_start));
        put(bytes, 48, &stored(free));
        put(bytes, 52, &checksum.to_le_bytes());
        put(bytes, 120, &flags.to_le_bytes());
        for (index, offset) in self.tables.names.iter().chain(&self.tables.templates).enumerate() {
            put(bytes, 128 + index * 4, &offset.to_le_bytes());
        }
        let mut header = crc32fast::Hasher::new();
        header.update(bytes.get(..120).unwrap_or_default());
        header.update(bytes.get(128..CHUNK_HEADER).unwrap_or_default());
        put(bytes, 124, &header.finalize().to_le_bytes());
    }
}

/// Small things to write.
impl Chunk {
    pub(super) fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend(value.to_le_bytes());
    }

    /// How much was written since. What does not fit into 32 bits has long left the chunk.
    pub(super) fn since(&self, start: usize) -> Result<u32, Refused> {
        u32::try_from(self.bytes.len() - start).map_err(|_| Refused::TooLarge)
    }

    /// Leaves room for the size of what follows.
    pub(super) fn sized_later(&mut self) -> usize {
        let at = self.bytes.len();
        self.u32(0);
        at
    }

    /// Sets the size of what follows the room for it.
    pub(super) fn set_size(&mut self, at: usize) -> Result<(), Refused> {
        let size = self.since(at + 4)?;
        put(&mut self.bytes, at, &size.to_le_bytes());
        Ok(())
    }
}

/// The hash under which Windows finds a name or a template.
fn hash(units: impl Iterator<Item = u16>) -> u16 {
    let hash = units.fold(0_u32, |hash, unit| hash.wrapping_mul(65_599).wrapping_add(u32::from(unit)));
    (hash & 0xffff) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_windows() {
        // As they stand in logs of Windows.
        let names = [("Event", 0x0cba), ("System", 0x546f), ("xmlns", 0x0fbc), ("Provider", 0x7bf1)];
        for (name, expected) in names {
            assert_eq!(hash(name.encode_utf16()), expected, "{name}");
        }
        // The template 2978a900-8b34-77a5-988b-7a4d55c88c1a, which Windows 10 has in bucket 2.
        let guid = [0xa900, 0x2978, 0x8b34, 0x77a5, 0x8b98, 0x4d7a, 0xc855, 0x1a8c];
        assert_eq!(usize::from(hash(guid.into_iter())) % TEMPLATES, 2);
    }
}
