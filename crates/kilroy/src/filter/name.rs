//! Names with wildcards.

use anyhow::{Result, bail};

/// A user, perhaps with a domain.
#[derive(Debug)]
pub(crate) struct UserPattern {
    user: Pattern,
    domain: Option<Pattern>,
}

impl UserPattern {
    /// `alice`, `adm*`, `CORP\*`.
    pub(crate) fn new(text: &str) -> Result<Self> {
        let (domain, user) = match text.trim().split_once('\\') {
            Some((domain, user)) => (Some(domain), user),
            None => (None, text.trim()),
        };
        if user.is_empty() || domain == Some("") {
            bail!("--user {text:?}: give a name like alice, adm* or CORP\\alice");
        }
        Ok(Self { user: Pattern::new(user), domain: domain.map(Pattern::new) })
    }

    pub(crate) fn matches(&self, user: Option<&str>, domain: Option<&str>) -> bool {
        user.is_some_and(|user| self.user.matches(user))
            && self.domain.as_ref().is_none_or(|pattern| domain.is_some_and(|domain| pattern.matches(domain)))
    }
}

/// A host, by its full name or by the first part of it.
#[derive(Debug)]
pub(crate) struct HostPattern(Pattern);

impl HostPattern {
    pub(crate) fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            bail!("--host is empty: give a name like srv01, srv01.corp.example or srv*");
        }
        Ok(Self(Pattern::new(text)))
    }

    pub(crate) fn matches(&self, host: &str) -> bool {
        let bare = host.split_once('.').map_or(host, |(bare, _)| bare);
        self.0.matches(host) || self.0.matches(bare)
    }
}

/// Text in which `*` stands for any text; case does not matter.
#[derive(Debug)]
pub(crate) struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self { parts: text.to_lowercase().split('*').map(str::to_owned).collect() }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        if let [whole] = self.parts.as_slice()
            && text.is_ascii()
        {
            // The usual case, without a copy: millions of records are asked.
            return whole.eq_ignore_ascii_case(text);
        }
        let text = text.to_lowercase();
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|whole| *whole == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()).and_then(|t| t.strip_suffix(last.as_str()))
        else {
            return false;
        };
        // The leftmost place for each part leaves most for those that follow.
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, text, want) in [
            ("alice", "Alice", true),
            ("alice", "alice2", false),
            ("*", "", true),
            ("*", "anyone", true),
            ("adm*", "Administrator", true),
            ("*adm*", "sadmin", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
            ("ÄRZTE*", "ärzte01", true),
            ("홍*", "홍길동", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), want, "{pattern} {text}");
        }
    }

    #[test]
    fn users_with_and_without_a_domain() {
        let user = |text: &str| UserPattern::new(text).unwrap();
        assert!(user("alice").matches(Some("ALICE"), None));
        assert!(user("alice").matches(Some("alice"), Some("CORP")));
        assert!(user("corp\\a*").matches(Some("alice"), Some("CORP")));
        assert!(!user("corp\\alice").matches(Some("alice"), None));
        assert!(!user("*").matches(None, None));
        for wrong in ["", "\\alice", "CORP\\", " "] {
            assert!(UserPattern::new(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn hosts_by_their_full_or_bare_name() {
        let host = |text: &str| HostPattern::new(text).unwrap();
        assert!(host("SRV01").matches("srv01.corp.example"));
        assert!(host("srv*").matches("srv01.corp.example"));
        assert!(!host("srv01.corp.example").matches("srv01"));
        assert!(!host("corp").matches("srv01.corp.example"));
    }
}
