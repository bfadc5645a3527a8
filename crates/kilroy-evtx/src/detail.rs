//! What is wrong with a log, in words. Each sentence stands here once: whoever says them in another language can know that none
//! is missing.

/// Declares sentences: a function that makes each, and the list of all.
macro_rules! details {
    ($($name:ident($($part:ident: $type:ty),*) = $text:literal;)+) => {
        $(pub(crate) fn $name($($part: $type),*) -> String { format!($text) })+

        /// All sentences that [`Loss::detail`](crate::Loss) can be made of; in braces is what differs.
        pub const LOSS_DETAILS: &[&str] = &[$($text),+];
    };
}

details! {
    header_damaged() = "the file's header is damaged";
    header_cut(there: usize, all: usize) = "the file ends after {there} of its header's {all} bytes";
    chunks_missing(there: u64, all: u64) = "the file ends after {there} of the {all} chunks that its header counts";
    chunk_cut(there: usize, all: usize) = "the file ends after {there} of this chunk's {all} bytes";
    chunk_covered(there: usize, all: usize) = "the next chunk begins after {there} of this chunk's {all} bytes";
    magic_damaged() = "the chunk's magic is damaged";
    records_beyond(some: usize) = "the chunk's header does not know of {some} of its records";
    checksum_differs() = "the records differ from their checksum: some value is not as it was logged";
    chunk_emptied() = "the chunk begins as one does, and the rest of it is destroyed";
    no_chunk(bytes: u64) = "{bytes} bytes are neither a chunk nor empty";
    zeroes(bytes: u64) = "{bytes} bytes of zeroes stand where chunks were";
    behind_records(bytes: usize) = "{bytes} bytes behind the last record belong to none";
    between_records(bytes: usize) = "{bytes} bytes between records belong to none";
    record_damaged(record: u64, why: &str) = "record {record} is damaged: {why}";
    record_undecodable(record: u64, why: &str) = "record {record} cannot be decoded: {why}";
    values_missing() = "values may be missing";
    values_overrun() = "values run past its end";
    end_missing() = "its end is missing";
}
