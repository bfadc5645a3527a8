//! The workspace has one file with `unsafe`, and it stays the only one.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn one_file_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = Vec::new();
    sources(&root.join("crates"), &mut all);
    sources(&root.join("xtask"), &mut all);
    assert!(all.len() > 100);
    // Put together, so that this file is none of them.
    let words = ["allow(unsafe", "expect(unsafe", "warn(unsafe"].map(|word| format!("{word}_code"));
    let allowing = all.iter().filter(|path| {
        let text = fs::read_to_string(path).unwrap();
        words.iter().any(|word| text.contains(word))
    });
    let names: Vec<PathBuf> =
        allowing.map(|path| path.strip_prefix(root.join("crates")).unwrap().to_owned()).collect();
    assert_eq!(names, [Path::new("kilroy-case/src/sql/bridge.rs")]);
}
