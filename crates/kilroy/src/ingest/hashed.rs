//! What a file's content is: read from the file, or remembered from when it was last read.

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use kilroy_case::{Case, Content};
use kilroy_evidence::{Digest, Found, ReadError};

use super::progress::Meter;
use super::source::Source;

/// File systems keep the time of the last write to two seconds at worst (FAT). What was written so short before we read it
/// may be written again without a trace in that time.
const SETTLED: Duration = Duration::from_secs(3);

/// A file's content, and when it was last written, as far as that can be relied on later.
#[derive(Debug)]
pub(crate) struct Hashed {
    pub(crate) digest: Digest,
    pub(crate) modified: Option<SystemTime>,
}

impl Hashed {
    /// Reads the file.
    pub(crate) fn read(source: &dyn Source, found: &Found, meter: &Meter<'_>) -> Result<Self, ReadError> {
        // Before the first byte is read.
        let begun = SystemTime::now();
        let digest = source.hash(found, &|bytes| meter.add(bytes))?;
        let modified = digest.modified.filter(|modified| is_settled(*modified, begun));
        Ok(Self { digest, modified })
    }

    /// What the register remembers of the file, if its path, size and time of the last write are the same.
    pub(crate) fn remembered(case: &Case, found: &Found) -> Result<Option<Self>> {
        let Ok(meta) = fs::metadata(&found.path) else { return Ok(None) };
        let Ok(modified) = meta.modified() else { return Ok(None) };
        let content = case.content_seen(&found.path, meta.len(), modified)?;
        Ok(content.map(|Content { id, sha256 }| {
            let modified = Some(modified);
            Self { digest: Digest { id, sha256, size: meta.len(), modified }, modified }
        }))
    }
}

/// Must a later write show in the time of the last write?
fn is_settled(modified: SystemTime, begun: SystemTime) -> bool {
    begun.duration_since(modified).is_ok_and(|age| age >= SETTLED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_just_now_or_in_the_future_is_not_relied_on() {
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert!(is_settled(begun - SETTLED, begun));
        assert!(!is_settled(begun - SETTLED + Duration::from_nanos(1), begun));
        assert!(!is_settled(begun, begun));
        assert!(!is_settled(begun + Duration::from_hours(1), begun));
    }
}
