#![doc = include_str!("../README.md")]

mod decode;
mod detail;
mod fast;
mod graft;
mod ids;
mod instance;
mod live;
mod mask;
mod names;
mod naming;
mod parallel;
mod reader;
mod record;
mod slow;
mod source;
mod text;
mod value;
mod view;
mod walk;
mod write;
mod xml;

pub use detail::LOSS_DETAILS;
pub use ids::EventIds;
pub use names::NameId;
pub use reader::{Collect, Entry, Part, ReadError, Reader, Summary, is_evtx, read};
pub use record::{Item, Loss, LossKind, Record, System};
pub use source::Source;
pub use value::ValueRef;
pub use view::{FieldRef, RecordRef, SystemRef, Texts, TextsView};
pub use write::{
    Array, Body, EventSpec, Finish, Layout, LogOptions, LogWriter, Real, Rendering, SysTime, Value,
    WriteError, XmlContent, XmlElement, write,
};

/// Size of the file header; the first chunk follows it.
pub(crate) const FILE_HEADER: usize = 4096;
/// Size of a chunk, its header included.
pub(crate) const CHUNK: usize = 65_536;
/// Size of a chunk's header; the first record follows it.
pub(crate) const CHUNK_HEADER: usize = 512;
/// Size of a record's header; its binary XML follows it.
pub(crate) const RECORD_HEADER: usize = 24;

/// First bytes of a file.
pub(crate) const FILE_MAGIC: &[u8; 8] = b"ElfFile\0";
/// First bytes of a chunk.
pub(crate) const CHUNK_MAGIC: &[u8; 8] = b"ElfChnk\0";
/// First bytes of a record.
pub(crate) const RECORD_MAGIC: &[u8; 4] = b"\x2a\x2a\0\0";

/// Little-endian number at `at`, if the bytes are there.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

/// Little-endian number at `at`, if the bytes are there.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

/// Little-endian number at `at`, if the bytes are there.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

/// An offset or a size as it is stored. Chunks are small: none is too large for it.
pub(crate) fn stored(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// Where `needle` begins in `bytes`, at or behind `from`.
pub(crate) fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    Some(from + memchr::memmem::find(bytes.get(from..)?, needle)?)
}

/// Whether there are zeros only. In large steps: logs have gigabytes of them.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(4096).all(|page| page.iter().fold(0, |any, byte| any | byte) == 0)
}

/// Puts `value` at `at`. Outside of `bytes` it does nothing.
pub(crate) fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..value.len())) {
        place.copy_from_slice(value);
    }
}
