//! A case and something of it, in either order.

use std::path::{Path, PathBuf};

/// The case and the name that were typed: whoever types the name first is understood, too.
pub(super) fn case_and(first: &Path, second: &str) -> (PathBuf, String) {
    if !first.is_dir() && Path::new(second).is_dir() {
        return (PathBuf::from(second), first.to_string_lossy().into_owned());
    }
    (first.to_owned(), second.to_owned())
}
