//! Names as keys.

/// A host name as a key: lower-cased, blanks trimmed, without a trailing dot.
pub fn host_key(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}

/// A host name without its domain. The parts of an address are no domain.
pub fn bare_name(name: &str) -> &str {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return name;
    }
    name.split_once('.').map_or(name, |(bare, _)| bare)
}
