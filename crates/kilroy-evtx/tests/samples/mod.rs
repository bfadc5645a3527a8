//! Where the sample logs are.

use std::path::{Path, PathBuf};

/// The folder of sample logs, or none: then the test is skipped, but not on the build server.
pub(crate) fn folder() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var_os("KILROY_SHARED").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let folder = root.join("data/evtx");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").is_err(), "sample data is missing: {}", folder.display());
    println!("skipped: no sample data in {}", folder.display());
    None
}

/// Every `.evtx` file below `folder`, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("evtx")) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
