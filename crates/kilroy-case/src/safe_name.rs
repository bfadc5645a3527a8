//! Host names as file names that Windows, Linux and macOS all take, and that lead back.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// What Hive, Spark and DuckDB call the partition of an empty value. No host key is spelled so: they are lower-case.
const EMPTY: &str = "__HIVE_DEFAULT_PARTITION__";

/// The longest name that is kept as it is: leaves room below Windows' 260 for the folders around it.
const MAX: usize = 100;

/// Device names that Windows takes for no file, with any extension.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A host key as a file name: `%XX` for every byte that is not a lower-case letter, digit, `-`, `_` or inner dot.
///
/// Percent signs are what Hive-style readers (Spark, DuckDB) decode, and only one spelling of each name exists, so that
/// two hosts never meet on a file system that ignores case. A name that gets too long is cut and ends in `~` and a hash;
/// for these the register has the name.
pub(crate) fn safe_name(host: &str) -> String {
    if host.is_empty() {
        return EMPTY.to_owned();
    }
    let reserved = is_reserved(host);
    let last = host.len() - 1;
    let mut name = String::with_capacity(host.len());
    for (at, byte) in host.bytes().enumerate() {
        let plain = match byte {
            b'a'..=b'z' => at > 0 || !reserved,
            b'0'..=b'9' | b'-' | b'_' => true,
            b'.' => at > 0 && at < last,
            _ => false,
        };
        if plain {
            name.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.len() > MAX { shortened(&name, host) } else { name }
}

fn shortened(name: &str, host: &str) -> String {
    let digest = Sha256::digest(host.as_bytes());
    let mut keep = MAX - 17;
    if let Some(at) = name[..keep].rfind('%').filter(|at| at + 3 > keep) {
        keep = at;
    }
    let mut short = name[..keep].to_owned();
    short.push('~');
    for byte in &digest[..8] {
        let _ = write!(short, "{byte:02x}");
    }
    short
}

fn is_reserved(host: &str) -> bool {
    let stem = host.split('.').next().unwrap_or(host);
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    RESERVED.contains(&stem) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The way back, for all names that are not cut.
    fn host_of(name: &str) -> Option<String> {
        if name == EMPTY {
            return Some(String::new());
        }
        let mut bytes = Vec::new();
        let mut rest = name.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            if *first == b'~' {
                return None;
            }
            if *first == b'%' {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                rest = &tail[2..];
            } else {
                bytes.push(*first);
                rest = tail;
            }
        }
        String::from_utf8(bytes).ok()
    }

    #[test]
    fn spelled_out() {
        for (host, want) in [
            ("dc01.corp.example", "dc01.corp.example"),
            ("", "__HIVE_DEFAULT_PARTITION__"),
            ("..", "%2E%2E"),
            ("con", "%63on"),
            ("com1.corp", "%63om1.corp"),
            ("com10", "com10"),
            ("a/b\\c:d*e", "a%2Fb%5Cc%3Ad%2Ae"),
            ("50%", "50%25"),
            ("a.", "a%2E"),
            ("회계", "%ED%9A%8C%EA%B3%84"),
            ("DC", "%44%43"),
        ] {
            assert_eq!(safe_name(host), want, "{host:?}");
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (a, b) = ("x".repeat(300), format!("{}y", "x".repeat(299)));
        assert_eq!(safe_name(&a).len(), MAX);
        assert_ne!(safe_name(&a), safe_name(&b));
        // An encoded byte is kept whole or not at all.
        assert!(safe_name(&"계".repeat(99)).contains("%84~"));
    }

    proptest! {
        #[test]
        fn leads_back_and_is_safe(host in any::<String>()) {
            let name = safe_name(&host);
            prop_assert!(name.len() <= MAX);
            prop_assert!(!name.ends_with('.') && !name.starts_with('.'));
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.%~".contains(&b)));
            if let Some(back) = host_of(&name) {
                prop_assert_eq!(back, host);
            }
        }
    }
}
