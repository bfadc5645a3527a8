//! Which bytes of a chunk are live records.
//!
//! Records follow each other from the chunk's header to the free space. What lies behind is *slack*: zeros, records of
//! the log's earlier pass over this chunk, or, in a filtered export, records that the filter left out. Slack is not part
//! of the log. The header says where it begins, twice: by its offset, and by the offset of the last record. Where the
//! two differ the smaller one holds.
//!
//! A header whose checksum holds is believed. Any other may be older than its records (a log copied from a running
//! system) or damaged. Then records that *go on* behind the stated end are live too: whole, with the copy of the size at
//! the end, and with a record ID above the one before by no more than a chunk can hold. Records of an earlier pass
//! have lower IDs, because IDs only rise.

use std::ops::Range;

use crate::{CHUNK, CHUNK_HEADER, RECORD_HEADER, RECORD_MAGIC, is_zero, u32_at, u64_at};

/// Header, and the copy of the size behind the data.
const SMALLEST: usize = RECORD_HEADER + 4;
/// More records than a chunk can hold.
const MOST: u64 = (CHUNK / SMALLEST) as u64;

/// One record's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where its header starts, in the chunk.
    pub(crate) start: usize,
    /// Where the next one should start.
    pub(crate) end: usize,
    /// Record ID in its header.
    pub(crate) record_id: u64,
    /// Behind the end that the chunk's header states.
    pub(crate) beyond: bool,
    /// Its header or its end is damaged.
    pub(crate) damaged: bool,
    /// Left over from earlier: no part of the log any more.
    pub(crate) slack: bool,
}

/// What was found in a chunk.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Records, in the order of the chunk.
    pub(crate) spans: Vec<Span>,
    /// Bytes between records that belong to none.
    pub(crate) gaps: Vec<Range<usize>>,
    /// The chunk's header is to be believed.
    pub(crate) sound: bool,
}

/// Finds the live records of a chunk. `block` may be shorter than a chunk.
pub(crate) fn find(block: &[u8]) -> Live {
    let (stated, sound) = (stated_end(block), is_header_sound(block));
    let mut walk = Walk { block, stated, sound, last_id: None };
    let mut live = Live { sound, ..Live::default() };
    let mut at = CHUNK_HEADER;
    while at < block.len() {
        if let Some(span) = walk.record_at(at) {
            at = span.end;
            walk.last_id = Some(span.record_id);
            live.spans.push(span);
            continue;
        }
        let next = walk.search(at + 1);
        let gap = at..next.unwrap_or(stated);
        // Zeros are free space, unless a sound header says that records were there.
        let is_loss = |bytes: &[u8]| sound && !bytes.is_empty() || !is_zero(bytes);
        if block.get(gap.clone()).is_some_and(is_loss) {
            live.gaps.push(gap);
        }
        let Some(next) = next else { break };
        at = next;
    }
    live
}

/// Whole records in the slack of a chunk: behind its live ones, and where records were destroyed.
pub(crate) fn slack(block: &[u8], live: &Live) -> Vec<Span> {
    let mut found = Vec::new();
    let end = live.spans.last().map_or(CHUNK_HEADER, |span| span.end);
    for free in live.gaps.iter().cloned().chain(std::iter::once(end..block.len())) {
        let mut at = free.start;
        while let Some(start) = crate::find(block, RECORD_MAGIC, at).filter(|start| *start < free.end) {
            at = match (sized(block, start), u64_at(block, start + 8)) {
                (Some(size), Some(record_id)) if start + size <= free.end => {
                    let end = start + size;
                    found.push(Span { start, end, record_id, beyond: true, damaged: false, slack: true });
                    end
                }
                _ => start + 1,
            };
        }
    }
    found
}

/// Where the header says that the records end; `CHUNK_HEADER` if it says nothing of use.
fn stated_end(block: &[u8]) -> usize {
    let place = |at| u32_at(block, at).map_or(0, |n| n as usize);
    let free = place(48);
    let last = place(44);
    let last_end = sized(block, last).map(|size| last + size);
    let within = |end: &usize| (CHUNK_HEADER..=CHUNK).contains(end);
    let end = match (Some(free).filter(within), last_end.filter(within)) {
        (Some(free), Some(last)) => free.min(last),
        (one, other) => one.or(other).unwrap_or(CHUNK_HEADER),
    };
    end.min(block.len())
}

/// Whether the header's checksum holds. The magic is taken as it should be.
fn is_header_sound(block: &[u8]) -> bool {
    let (Some(stored), Some(first), Some(second)) =
        (u32_at(block, 124), block.get(8..120), block.get(128..512))
    else {
        return false;
    };
    let mut crc = crc32fast::Hasher::new();
    crc.update(crate::CHUNK_MAGIC);
    crc.update(first);
    crc.update(second);
    crc.finalize() == stored
}

/// Whether the header is to be believed, and its checksum of the records is not theirs.
///
/// Windows sets the lowest flag in every chunk that it writes, closed or not. In a log that was copied while Windows wrote
/// it the checksum is that of an earlier moment: so a wrong one says nothing there.
pub(crate) fn is_checksum_wrong(block: &[u8]) -> bool {
    let by_windows = u32_at(block, 120).unwrap_or_default() & 0x1 != 0;
    !by_windows && is_checksum_another(block)
}

/// The same, whoever wrote the chunk: a log that Windows closed has the right checksums.
pub(crate) fn is_checksum_another(block: &[u8]) -> bool {
    let has_none = u32_at(block, 120).unwrap_or_default() & 0x4 != 0;
    !has_none && is_header_sound(block) && !do_records_match(block)
}

/// Does the header say where free space begins? Even that of a chunk without records does.
pub(crate) fn has_end(block: &[u8]) -> bool {
    u32_at(block, 48).is_some_and(|free| (CHUNK_HEADER..=CHUNK).contains(&(free as usize)))
}

/// Whether both checksums hold: the chunk is as it was written.
pub(crate) fn is_proven(block: &[u8]) -> bool {
    block.len() == CHUNK && is_header_sound(block) && do_records_match(block)
}

fn do_records_match(block: &[u8]) -> bool {
    let number = |at| u32_at(block, at).unwrap_or_default();
    let records = block.get(CHUNK_HEADER..number(48) as usize);
    records.is_some_and(|records| crc32fast::hash(records) == number(52))
}

/// Size of the record at `at`, if the size and its copy at the end agree.
fn sized(block: &[u8], at: usize) -> Option<usize> {
    let size = u32_at(block, at.checked_add(4)?)? as usize;
    let copy = at.checked_add(size)?.checked_sub(4)?;
    (size >= SMALLEST && u32_at(block, copy)? as usize == size).then_some(size)
}

fn has_magic(block: &[u8], at: usize) -> bool {
    block.get(at..).is_some_and(|rest| rest.starts_with(RECORD_MAGIC))
}

struct Walk<'b> {
    block: &'b [u8],
    stated: usize,
    /// The header is to be believed.
    sound: bool,
    last_id: Option<u64>,
}

impl Walk<'_> {
    /// The record at `at`, where one is due. One sign of two is enough here: a magic, or a size with its copy.
    fn record_at(&self, at: usize) -> Option<Span> {
        if let Some(span) = self.whole_at(at) {
            return Some(span);
        }
        let record_id = u64_at(self.block, at + 8)?;
        let beyond = at >= self.stated;
        if beyond && !(has_magic(self.block, at) && self.last_id.is_some() && self.goes_on(record_id)) {
            return None;
        }
        let end = match (has_magic(self.block, at), sized(self.block, at)) {
            (_, Some(size)) => at + size,
            (true, None) => self.damaged_end(at),
            (false, None) => return None,
        };
        (end >= at + SMALLEST).then_some(Span {
            start: at,
            end,
            record_id,
            beyond,
            damaged: true,
            slack: false,
        })
    }

    /// Where a record ends whose size and the copy of it differ: the copy is right if it leads to the next record.
    fn damaged_end(&self, at: usize) -> usize {
        let last = if at < self.stated { self.stated } else { self.block.len() };
        let last = self.search(at + 4).unwrap_or(last);
        let number = |at| u32_at(self.block, at).map_or(0, |size| size as usize);
        let (size, copy) = (number(at + 4), number(last.saturating_sub(4)));
        if size < SMALLEST || copy == last - at { last } else { at.saturating_add(size).min(last) }
    }

    /// The record at `at` if it is whole and live.
    fn whole_at(&self, at: usize) -> Option<Span> {
        if !has_magic(self.block, at) {
            return None;
        }
        let end = at + sized(self.block, at)?;
        let record_id = u64_at(self.block, at + 8)?;
        let beyond = end > self.stated;
        (!beyond || self.goes_on(record_id)).then_some(Span {
            start: at,
            end,
            record_id,
            beyond,
            damaged: false,
            slack: false,
        })
    }

    fn goes_on(&self, record_id: u64) -> bool {
        !self.sound && self.last_id.is_none_or(|last| record_id > last && record_id - last <= MOST)
    }

    /// Where the next whole record starts, at or after `from`.
    fn search(&self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at = crate::find(self.block, RECORD_MAGIC, at)?;
            if self.whole_at(at).is_some() {
                return Some(at);
            }
            at += 1;
        }
    }
}
