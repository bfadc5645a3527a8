//! The identity of an evidence file: the hash of its content.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::time::SystemTime;

use kilroy_model::EvidenceId;
use sha2::{Digest as _, Sha256};

use crate::content::NotEvidence;
use crate::find::Found;
use crate::platform::why;

/// How much is read at a time: large enough for a network share, small beside everything else.
const BLOCK: usize = 1 << 20;

/// What a file's content is, and the state that the file was in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Identity within the case: the first 64 bits of the hash.
    pub id: EvidenceId,
    /// SHA-256 of the content, in small hexadecimal digits.
    pub sha256: String,
    /// Bytes that were hashed.
    pub size: u64,
    /// When the file was last written, if the file system tells.
    pub modified: Option<SystemTime>,
}

impl Digest {
    /// Is the file no longer the one that was hashed?
    pub(crate) fn differs(&self, meta: &Metadata) -> bool {
        meta.len() != self.size || meta.modified().ok() != self.modified
    }
}

/// Why an evidence file could not be read. Names the file and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("{shown} cannot be read: {reason}")]
    Unreadable {
        /// The path shown.
        shown: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The file is no evidence: empty, another format, a device.
    #[error("{shown} is no evidence: {kind}")]
    NotEvidence {
        /// The path shown.
        shown: String,
        /// What it is instead.
        kind: NotEvidence,
    },
}

impl ReadError {
    pub(crate) fn unreadable(found: &Found, error: &io::Error) -> Self {
        Self::Unreadable { shown: found.shown.clone(), reason: why(error) }
    }
}

/// Reads a file once, from begin to end, for its identity.
///
/// `progress` hears of every block as it is read, with the number of its bytes; together they are the size of the file.
pub fn hash(found: &Found, progress: &dyn Fn(u64)) -> Result<Digest, ReadError> {
    if let Err(kind @ (NotEvidence::NotAFile | NotEvidence::FolderLink)) = &found.kind {
        return Err(ReadError::NotEvidence { shown: found.shown.clone(), kind: kind.clone() });
    }
    let open = || {
        let file = File::open(&found.path)?;
        // Before the first byte: what is written while we read makes the file a different one.
        let modified = file.metadata()?.modified().ok();
        Ok((file, modified))
    };
    let (file, modified) = open().map_err(|e: io::Error| ReadError::unreadable(found, &e))?;
    digest(file, modified, progress).map_err(|BadPlace { offset, error }| ReadError::Unreadable {
        shown: found.shown.clone(),
        reason: format!("at offset {offset}: {}", why(&error)),
    })
}

/// Where reading failed, and why.
struct BadPlace {
    offset: u64,
    error: io::Error,
}

fn digest(
    mut file: impl Read,
    modified: Option<SystemTime>,
    progress: &dyn Fn(u64),
) -> Result<Digest, BadPlace> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    let mut size = 0;
    loop {
        let read = match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(BadPlace { offset: size, error }),
        };
        hash.update(&block[..read]);
        size += read as u64;
        progress(read as u64);
    }
    let hash = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let sha256 = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
    Ok(Digest { id: EvidenceId(u64::from_be_bytes(first)), sha256, size, modified })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::PathBuf;

    use super::*;
    use crate::content::Format;

    fn found(path: PathBuf) -> Found {
        Found { path, shown: "in/x".to_owned(), size: 0, kind: Ok(Format::Evtx) }
    }

    #[test]
    fn the_hash_is_that_of_all_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        // The standard's own examples, and more than one block.
        for (content, want) in [
            (b"abc".to_vec(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (vec![b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
            (vec![0; BLOCK + 1], "2cb74edba754a81d121c9db6833704a8e7d417e5b13d1a19f4a52f007d644264"),
        ] {
            std::fs::write(&path, &content).unwrap();
            let heard = Cell::new(0);
            let digest = hash(&found(path.clone()), &|bytes| heard.set(heard.get() + bytes)).unwrap();
            assert_eq!(digest.sha256, want);
            assert_eq!(digest.id.to_string(), want[..16]);
            assert_eq!((digest.size, heard.get()), (content.len() as u64, content.len() as u64));
        }
    }

    #[test]
    fn an_error_in_the_middle_has_its_place() {
        struct BadSector;
        impl Read for BadSector {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(5))
            }
        }
        let start = vec![7; 3 * BLOCK + 4096];
        let heard = Cell::new(0);
        let failed = digest((&start[..]).chain(BadSector), None, &|bytes| heard.set(heard.get() + bytes));
        let BadPlace { offset, error } = failed.map(drop).unwrap_err();
        assert_eq!((offset, heard.get()), (start.len() as u64, start.len() as u64));
        assert_eq!(error.raw_os_error(), Some(5));
    }

    #[test]
    fn an_error_names_the_file_as_it_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let error = hash(&found(dir.path().join("gone")), &|_| {}).unwrap_err().to_string();
        assert!(error.starts_with("in/x cannot be read: it is not there any more"), "{error}");
        let device = Found { kind: Err(NotEvidence::NotAFile), ..found(dir.path().join("pipe")) };
        let error = hash(&device, &|_| {}).unwrap_err().to_string();
        assert!(error.starts_with("in/x is no evidence: a pipe"), "{error}");
    }
}
