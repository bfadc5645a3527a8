//! Names as keys.

/// A host name as a key: lower-cased, blanks trimmed, without a trailing dot.
pub fn host_key(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}
