//! A chunk in the making: records, and the tables of names and templates that they share.

use std::collections::HashMap;

use super::Refused;
use super::template::{Element, Encoded};
use super::value::utf16;
use crate::{CHUNK, CHUNK_HEADER, CHUNK_MAGIC, RECORD_HEADER, RECORD_MAGIC, put, stored};

/// A chunk that still takes records.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    tables: Tables,
    first_number: u64,
    count: u64,
    first_id: u64,
    last_id: u64,
    last_start: usize,
}

/// Where names and templates stand. A table is hashed; entries of one bucket are chained, the newest first.
#[derive(Debug)]
struct Tables {
    names: HashMap<String, u32>,
    name_buckets: [u32; 64],
    templates: HashMap<Element, u32>,
    template_buckets: [u32; 32],
}

impl Chunk {
    /// `first_number` is the number of its first record in the file, from 1.
    pub(super) fn new(first_number: u64) -> Self {
        let tables = Tables {
            names: HashMap::new(),
            name_buckets: [0; 64],
            templates: HashMap::new(),
            template_buckets: [0; 32],
        };
        let bytes = vec![0; CHUNK_HEADER];
        Self { bytes, tables, first_number, count: 0, first_id: 0, last_id: 0, last_start: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a record. Says no, and stays as it was, if there is no room.
    pub(super) fn push(&mut self, record: &Encoded) -> Result<bool, Refused> {
        let start = self.bytes.len();
        let buckets = (self.tables.name_buckets, self.tables.template_buckets);
        self.record(record)?;
        if self.bytes.len() > CHUNK {
            self.bytes.truncate(start);
            self.tables.forget_from(start);
            (self.tables.name_buckets, self.tables.template_buckets) = buckets;
            return Ok(false);
        }
        if self.count == 0 {
            self.first_id = record.record_id;
        }
        self.last_id = record.record_id;
        self.last_start = start;
        self.count += 1;
        Ok(true)
    }

    fn record(&mut self, record: &Encoded) -> Result<(), Refused> {
        let start = self.bytes.len();
        self.bytes.extend(RECORD_MAGIC);
        self.u32(0);
        self.u64(record.record_id);
        self.u64(record.time);
        debug_assert_eq!(self.bytes.len(), start + RECORD_HEADER);
        self.event(record)?;
        // Windows keeps records at multiples of eight.
        while !(self.bytes.len() + 4).is_multiple_of(8) {
            self.bytes.push(0);
        }
        let size = narrow(self.bytes.len() + 4 - start)?;
        self.u32(size);
        put(&mut self.bytes, start + 4, &size.to_le_bytes());
        Ok(())
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.bytes.extend(value.to_le_bytes());
    }

    /// Refers to a name. It stands right behind its first use.
    pub(super) fn name(&mut self, name: &str) -> Result<(), Refused> {
        if let Some(at) = self.tables.names.get(name) {
            let at = *at;
            self.u32(at);
            return Ok(());
        }
        let at = narrow(self.bytes.len() + 4)?;
        self.u32(at);
        let hash = name_hash(name);
        let next = std::mem::replace(&mut self.tables.name_buckets[usize::from(hash % 64)], at);
        self.tables.names.insert(name.to_owned(), at);
        self.u32(next);
        self.u16(hash);
        let text = utf16(name);
        self.u16(u16::try_from(text.len() / 2).map_err(|_| Refused::TooLarge)?);
        self.bytes.extend(text);
        self.u16(0);
        Ok(())
    }

    /// Refers to a template. Whether it is new: then its definition goes right here.
    pub(super) fn template(&mut self, root: &Element, guid: [u8; 16]) -> Result<bool, Refused> {
        // Its short name is the begin of its GUID.
        let id = u32::from_le_bytes([guid[0], guid[1], guid[2], guid[3]]);
        self.u32(id);
        if let Some(at) = self.tables.templates.get(root) {
            let at = *at;
            self.u32(at);
            return Ok(false);
        }
        let at = narrow(self.bytes.len() + 4)?;
        self.u32(at);
        let next = std::mem::replace(&mut self.tables.template_buckets[id as usize % 32], at);
        self.tables.templates.insert(root.clone(), at);
        self.u32(next);
        self.bytes.extend(guid);
        Ok(true)
    }

    /// The 64 KiB as they stand in the file.
    pub(super) fn finish(self) -> Vec<u8> {
        let Self { mut bytes, tables, first_number, count, first_id, last_id, last_start } = self;
        let free = bytes.len();
        let last_number = (first_number + count).saturating_sub(1);
        let checksum = crc32fast::hash(bytes.get(CHUNK_HEADER..).unwrap_or_default());
        bytes.resize(CHUNK, 0);
        put(&mut bytes, 0, CHUNK_MAGIC);
        for (at, number) in [(8, first_number), (16, last_number), (24, first_id), (32, last_id)] {
            put(&mut bytes, at, &number.to_le_bytes());
        }
        put(&mut bytes, 40, &128_u32.to_le_bytes());
        put(&mut bytes, 44, &stored(last_start));
        put(&mut bytes, 48, &stored(free));
        put(&mut bytes, 52, &checksum.to_le_bytes());
        let offsets = tables.name_buckets.iter().chain(&tables.template_buckets);
        for (index, offset) in offsets.enumerate() {
            put(&mut bytes, 128 + index * 4, &offset.to_le_bytes());
        }
        let mut header = crc32fast::Hasher::new();
        header.update(&bytes[..120]);
        header.update(&bytes[128..CHUNK_HEADER]);
        put(&mut bytes, 124, &header.finalize().to_le_bytes());
        bytes
    }
}

impl Tables {
    /// Forgets what stands at `start` and behind it.
    fn forget_from(&mut self, start: usize) {
        self.names.retain(|_, at| (*at as usize) < start);
        self.templates.retain(|_, at| (*at as usize) < start);
    }
}

/// An offset or a size. What does not fit has long left the chunk.
pub(super) fn narrow(number: usize) -> Result<u32, Refused> {
    u32::try_from(number).map_err(|_| Refused::TooLarge)
}

/// The hash under which Windows finds a name.
fn name_hash(name: &str) -> u16 {
    let hash =
        name.encode_utf16().fold(0_u32, |hash, c| hash.wrapping_mul(65_599).wrapping_add(u32::from(c)));
    (hash & 0xffff) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_windows() {
        // As they stand in logs of Windows.
        assert_eq!(name_hash("Event"), 0x0cba);
        assert_eq!(name_hash("System"), 0x546f);
        assert_eq!(name_hash("xmlns"), 0x0fbc);
        assert_eq!(name_hash("Provider"), 0x7bf1);
    }
}
