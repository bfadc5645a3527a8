//! What the operating system decides: how a path is opened, and why one cannot be.

use std::io;
use std::path::{Path, PathBuf};

/// The path as the operating system knows it: absolute and without links.
///
/// On Windows this is the `\\?\` form, which lifts the limit of 260 characters for everything below it and opens names
/// that end in a dot or are called `CON`. Some volumes (RAM disks, image mounts) cannot resolve paths: there the absolute
/// path has to do.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Reasons that have words of their own.
pub(crate) const REASONS: [&str; 4] = [IN_USE, NOT_PERMITTED, NOT_THERE, TOO_LONG];
const IN_USE: &str = "it is in use by another program; give a copy of it, or a shadow copy";
const NOT_PERMITTED: &str = "permission denied; run as a user who may read it, or give a copy of it";
const NOT_THERE: &str = "it is not there any more, or it is a link that leads nowhere";
const TOO_LONG: &str = "its path is too long for this system; move it closer to the root";

/// Why a file or folder could not be read, and what to do about it.
pub(crate) fn why(error: &io::Error) -> String {
    // 32 and 33: sharing and lock violations of Windows, which Rust has no kind for.
    let locked = cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33));
    if locked || error.kind() == io::ErrorKind::ResourceBusy {
        return IN_USE.to_owned();
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => NOT_PERMITTED.to_owned(),
        io::ErrorKind::NotFound => NOT_THERE.to_owned(),
        io::ErrorKind::InvalidFilename => TOO_LONG.to_owned(),
        // The kind's own words are the same on every system; the system's message depends on its language.
        kind => match error.raw_os_error() {
            Some(code) => format!("{kind} (system error {code})"),
            None => error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_say_what_to_do() {
        for (kind, want) in [
            (io::ErrorKind::PermissionDenied, "may read it"),
            (io::ErrorKind::ResourceBusy, "shadow copy"),
            (io::ErrorKind::NotFound, "leads nowhere"),
        ] {
            let reason = why(&io::Error::from(kind));
            assert!(reason.contains(want), "{reason}");
        }
        assert_eq!(why(&io::Error::other("bad sector")), "bad sector");
    }
}
