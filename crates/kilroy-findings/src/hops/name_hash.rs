//! The hash of a user name that the Remote Desktop client writes (1029), compared with the users of the case.
//!
//! The record has Base64 of the SHA-256 of the name in UTF-16LE, as it was typed: `hash-`, or `hash-hash` of domain and
//! user where a domain was typed. A hash cannot be undone, but the names of a case can all be hashed.

use std::collections::{BTreeMap, BTreeSet};

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

/// The hashes of a name as typed: of the domain, if one was typed, and of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NameHash {
    user: String,
}

impl NameHash {
    /// Reads a record's text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let user = match text.trim().split_once('-')? {
            (user, "") => user,
            (_domain, user) => user,
        };
        // 32 bytes in Base64.
        (user.len() == 44).then(|| Self { user: user.to_owned() })
    }
}

/// Hashes of all names that are known, each with the name as logged; of several spellings, the first in the order of letters.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownNames(BTreeMap<String, String>);

impl KnownNames {
    /// These users, with the domains that they were seen with. A name is hashed in the spellings in which people type it.
    pub(super) fn new(users: &BTreeSet<(String, String)>) -> Self {
        let mut hashes = BTreeMap::new();
        for (user, domain) in users {
            for spelled in spellings(user, domain) {
                hashes.entry(hash(&spelled)).or_insert_with(|| user.clone());
            }
        }
        Self(hashes)
    }

    /// Whose name it is; none if nobody of the case is called so.
    pub(super) fn whose(&self, hash: &NameHash) -> Option<&str> {
        self.0.get(&hash.user).map(String::as_str)
    }
}

/// As logged, in small letters, in capitals, with a capital first; alone, behind a domain, and before one.
fn spellings(user: &str, domain: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for user in cases(user) {
        if !domain.is_empty() {
            for domain in cases(domain) {
                all.insert(format!("{domain}\\{user}"));
                all.insert(format!("{user}@{domain}"));
            }
        }
        all.insert(user);
    }
    all
}

fn cases(name: &str) -> [String; 4] {
    let lower = name.to_lowercase();
    let mut letters = lower.chars();
    let capital =
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    [name.to_owned(), name.to_uppercase(), capital, lower]
}

fn hash(name: &str) -> String {
    let bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownNames {
        KnownNames::new(&BTreeSet::from([
            ("alice".to_owned(), "EXAMPLE".to_owned()),
            ("administrator".to_owned(), String::new()),
        ]))
    }

    /// What Windows 10 wrote, as published: `alice` alone, `example\alice`, `Administrator`.
    #[test]
    fn published_records_are_resolved() {
        for (text, user) in [
            ("37b1Qe+C6RABWfEqhOY11NzgSzEATQWYD8PK6fWhlzc=-", "alice"),
            (
                "LZDrhy6nd9yShjFabAXdEq4o+LXDgDsQAAsbbZEr2/0=-37b1Qe+C6RABWfEqhOY11NzgSzEATQWYD8PK6fWhlzc=",
                "alice",
            ),
            ("UmTGMgTFbA35+PSgMOoZ2ToPpAK+awC010ZOYWQQIfc=-", "administrator"),
        ] {
            let read = NameHash::read(text).expect(text);
            assert_eq!(known().whose(&read), Some(user), "{text}");
        }
    }

    #[test]
    fn a_name_of_nobody_and_no_hash_at_all() {
        let bob = NameHash::read(&format!("{}-", hash("bob"))).expect("a hash");
        assert_eq!(known().whose(&bob), None);
        for text in ["", "-", "37b1Qe+C6RABWfEqhOY11NzgSzEATQWYD8PK6fWhlzc=", "short-", "short-er"] {
            assert_eq!(NameHash::read(text), None, "{text}");
        }
    }
}
