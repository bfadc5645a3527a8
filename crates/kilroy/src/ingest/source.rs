//! Where the bytes of evidence come from: the file system, and in tests one that fails.

use std::num::NonZeroUsize;

use arrow_array::RecordBatch;
use kilroy_case::CaseError;
use kilroy_evidence::{DecodeError, Decoded, Digest, Found, ReadError};

/// Takes the events of a log, a batch at a time.
pub(crate) type Sink<'s> = dyn FnMut(RecordBatch) -> Result<(), CaseError> + 's;

/// Reads files for their identity and for their events.
pub(crate) trait Source: Sync {
    /// As [`kilroy_evidence::hash`].
    fn hash(&self, found: &Found, progress: &dyn Fn(u64)) -> Result<Digest, ReadError>;

    /// As [`kilroy_evidence::decode`].
    fn decode(
        &self,
        found: &Found,
        digest: &Digest,
        threads: NonZeroUsize,
        progress: &(dyn Fn(u64) + Sync),
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, DecodeError<CaseError>>;
}

/// The files as they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Files;

impl Source for Files {
    fn hash(&self, found: &Found, progress: &dyn Fn(u64)) -> Result<Digest, ReadError> {
        kilroy_evidence::hash(found, progress)
    }

    fn decode(
        &self,
        found: &Found,
        digest: &Digest,
        threads: NonZeroUsize,
        progress: &(dyn Fn(u64) + Sync),
        sink: &mut Sink<'_>,
    ) -> Result<Decoded, DecodeError<CaseError>> {
        kilroy_evidence::decode(found, digest, threads, progress, &mut |events| sink(events))
    }
}
