//! Names with wildcards, as people type them.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use kilroy_model::{SourceAddress, bare_name, may_be_one_domain, parse_source};

/// Text in which `*` stands for any text, and `[*]` for the letter; case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    /// `alice`, `adm*`, `*\powershell.exe`.
    pub fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        if !text.contains("[*]") && !text.contains("[\\]") {
            return Self { parts: text.split('*').map(str::to_owned).collect() };
        }
        let mut parts = vec![String::new()];
        let mut rest = text.as_str();
        while let Some(letter) = rest.chars().next() {
            let (part, length) = match rest {
                _ if rest.starts_with("[*]") => ("*", 3),
                _ if rest.starts_with("[\\]") => ("\\", 3),
                _ => (&rest[..letter.len_utf8()], letter.len_utf8()),
            };
            match parts.last_mut() {
                Some(last) if part != "*" || length > 1 => last.push_str(part),
                _ => parts.push(String::new()),
            }
            rest = &rest[length..];
        }
        Self { parts }
    }

    /// The pattern that takes just this text.
    pub fn literal(text: &str) -> String {
        text.chars().fold(String::with_capacity(text.len()), |mut pattern, letter| {
            match letter {
                '*' => pattern.push_str("[*]"),
                '\\' => pattern.push_str("[\\]"),
                _ => pattern.push(letter),
            }
            pattern
        })
    }

    /// Takes whatever has this text in it.
    pub fn containing(text: &str) -> Self {
        Self::new(&format!("*{text}*"))
    }

    /// Whether it takes any text, and only asks whether there is one.
    pub fn takes_all(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().all(String::is_empty)
    }

    /// The one text that it takes, in small letters; none if it takes several.
    pub(crate) fn only(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [whole] => Some(whole),
            _ => None,
        }
    }

    /// Whether it takes this text.
    pub fn matches(&self, text: &str) -> bool {
        if text.is_ascii() {
            return self.matches_ascii(text.as_bytes());
        }
        let text = text.to_lowercase();
        self.among(text.as_bytes(), |a, b| a == b)
    }

    /// The usual case, without a copy: millions of records are asked.
    fn matches_ascii(&self, text: &[u8]) -> bool {
        self.among(text, <[u8]>::eq_ignore_ascii_case)
    }

    fn among(&self, text: &[u8], same: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|whole| same(text, whole.as_bytes()));
        };
        let (first, last) = (first.as_bytes(), last.as_bytes());
        if text.len() < first.len() + last.len() {
            return false;
        }
        let (head, rest) = text.split_at(first.len());
        let (mut rest, tail) = rest.split_at(rest.len() - last.len());
        if !same(head, first) || !same(tail, last) {
            return false;
        }
        // The leftmost place for each part leaves most for those that follow.
        for part in middle.iter().map(String::as_bytes).filter(|part| !part.is_empty()) {
            match rest.windows(part.len()).position(|window| same(window, part)) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        true
    }
}

/// A user, perhaps with a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPattern {
    /// The name.
    pub user: Pattern,
    /// The domain, if one was given.
    pub domain: Option<Pattern>,
    /// `user@realm` is also the user of that realm: name and realm.
    pub realm: Option<[Pattern; 2]>,
}

/// Where the backslash between domain and user is; one in brackets belongs to a name.
fn backslash(text: &str) -> Option<usize> {
    text.match_indices('\\').map(|(at, _)| at).find(|&at| {
        let in_brackets = text[..at].ends_with('[') && text[at + 1..].starts_with(']');
        !in_brackets
    })
}

impl UserPattern {
    /// `alice`, `adm*`, `CORP\*`, `alice@corp.example`. None if the name or the domain is empty.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let (domain, user) = match backslash(text) {
            Some(at) => (Some(&text[..at]), &text[at + 1..]),
            None => (None, text),
        };
        if user.is_empty() || domain == Some("") {
            return None;
        }
        let realm = user.rsplit_once('@').filter(|_| domain.is_none()).and_then(|(name, realm)| {
            (!name.is_empty() && !realm.is_empty()).then(|| [name, realm].map(Pattern::new))
        });
        Some(Self { user: Pattern::new(user), domain: domain.map(Pattern::new), realm })
    }

    /// Does the name alone not tell whether an account is meant?
    pub fn asks_for_a_domain(&self) -> bool {
        self.domain.is_some() || self.realm.is_some()
    }

    /// Whether it takes this account.
    pub fn matches(&self, user: Option<&str>, domain: Option<&str>) -> bool {
        let Some(user) = user else { return false };
        let is_of = |pattern: &Pattern| domain.is_some_and(|domain| takes_domain(pattern, domain));
        let as_typed = self.user.matches(user) && self.domain.as_ref().is_none_or(is_of);
        let of_realm = |[name, realm]: &[Pattern; 2]| name.matches(user) && is_of(realm);
        as_typed || self.realm.as_ref().is_some_and(of_realm)
    }
}

/// A domain has a short and a long name; one with a star is taken as it is typed.
fn takes_domain(pattern: &Pattern, domain: &str) -> bool {
    pattern.matches(domain) || pattern.only().is_some_and(|asked| may_be_one_domain(asked, domain))
}

/// A host, by its full name or by the first part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    name: Pattern,
    /// The first part of a name is not enough.
    whole: bool,
}

impl HostPattern {
    /// `srv01`, `srv01.corp.example`, `srv*`; with a dot at its end, as in `srv01.`, the name is whole. None if it is empty.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let name = text.strip_suffix('.').unwrap_or(text);
        (!name.is_empty()).then(|| Self { name: Pattern::new(name), whole: name.len() < text.len() })
    }

    /// Whether it takes this host.
    pub fn matches(&self, host: &str) -> bool {
        self.name.matches(host) || (!self.whole && self.name.matches(bare_name(host)))
    }
}

/// Where somebody came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The machine's own console, as the logs write it.
    Local,
    /// An address or a network.
    Net(IpNet),
    /// Any.
    Any,
}

impl Place {
    /// `203.0.113.5`, `203.0.113.0/24`, `LOCAL`, `*`.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("local") {
            return Some(Self::Local);
        }
        if text == "*" {
            return Some(Self::Any);
        }
        network(text).map(Self::Net)
    }

    /// Is it this address, as tables write it?
    pub fn matches(&self, ip: &str) -> bool {
        match self {
            Self::Local => ip == "LOCAL",
            Self::Net(IpNet::V4(net)) => dotted(ip).is_some_and(|ip| net.contains(&ip)),
            Self::Net(net) => ip.parse::<IpAddr>().is_ok_and(|ip| net.contains(&ip)),
            Self::Any => true,
        }
    }
}

/// An address of version 4 as tables write it. Quicker than the standard library, which reads more: millions are asked.
fn dotted(text: &str) -> Option<Ipv4Addr> {
    let mut bytes = [0_u8; 4];
    let mut parts = text.split('.');
    for byte in &mut bytes {
        let digits = parts.next()?.as_bytes();
        if digits.is_empty() || digits.len() > 3 {
            return None;
        }
        let number = digits.iter().try_fold(0_u16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0'))
        })?;
        *byte = u8::try_from(number).ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(bytes))
}

/// A network, or an address as a network of its own.
pub fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| match parse_source(text) {
        SourceAddress::Ip(ip, None) => Some(ip.into()),
        _ => None,
    })
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
            ("a**c", "abc", true),
            ("ab*ba", "aba", false),
            ("ÄRZTE*", "ärzte01", true),
            ("*ä*", "xÄy", true),
            ("홍*", "홍길동", true),
            ("홍*", "hong", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), want, "{pattern} {text}");
        }
        for text in ["a*b", "*", "**", "[*]", "[", "a[*b]", "x\\y", "[\\]", "홍*길"] {
            let literal = Pattern::new(&Pattern::literal(text));
            assert!(literal.matches(text) && literal.only().is_some(), "{text}");
            assert!(!literal.matches(&format!("{text}x")), "{text}");
        }
        assert!(Pattern::new("[*]*").matches("*any") && !Pattern::new("[*]*").matches("any"));
        assert!(Pattern::new("*").takes_all() && Pattern::new("**").takes_all());
        assert!(!Pattern::new("").takes_all() && !Pattern::new("a*").takes_all());
        assert!(Pattern::containing("b").matches("abc"));
    }

    #[test]
    fn users_with_and_without_a_domain() {
        let user = |text: &str| UserPattern::new(text).unwrap();
        assert!(user("alice").matches(Some("ALICE"), None));
        assert!(user("alice").matches(Some("alice"), Some("CORP")));
        assert!(user("corp\\a*").matches(Some("alice"), Some("CORP")));
        assert!(!user("corp\\alice").matches(Some("alice"), None));
        assert!(!user("*").matches(None, None));
        // All ways in which people write a domain find all in which logs do.
        for typed in ["alice@Corp.Example", "Corp.Example\\alice", "corp\\alice", "corp\\a*"] {
            for domain in ["CORP", "corp.example"] {
                assert!(user(typed).matches(Some("alice"), Some(domain)), "{typed} {domain}");
            }
        }
        assert!(!user("corp.example\\alice").matches(Some("alice"), Some("corp.other")));
        assert!(!user("*.example\\alice").matches(Some("alice"), Some("CORP")));
        assert!(user("alice@corp.example").matches(Some("alice@corp.example"), None));
        assert!(!user("alice@corp.example").matches(Some("alice"), Some("OTHER")));
        assert!(!user("alice@corp.example").matches(Some("alice"), None));
        // A name with a backslash in it, and no domain.
        assert!(user(&Pattern::literal("a\\b")).matches(Some("a\\b"), None));
        assert!(user(&format!("corp\\{}", Pattern::literal("a\\b"))).matches(Some("a\\b"), Some("CORP")));
        for wrong in ["", "\\alice", "CORP\\", " "] {
            assert!(UserPattern::new(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn hosts_by_their_full_or_bare_name() {
        let host = |text: &str| HostPattern::new(text).unwrap();
        assert!(host("SRV01").matches("srv01.corp.example"));
        assert!(host("srv*").matches("srv01.corp.example"));
        assert!(!host("srv01.corp.example").matches("srv01"));
        assert!(!host("corp").matches("srv01.corp.example"));
        // The first part of an address is no name.
        assert!(!host("10").matches("10.0.0.5") && host("10.0.0.5").matches("10.0.0.5"));
        assert!(host("srv01.").matches("SRV01") && !host("srv01.").matches("srv01.corp.example"));
        assert!(HostPattern::new(" ").is_none() && HostPattern::new(".").is_none());
    }

    #[test]
    fn addresses_networks_and_the_console() {
        for (text, ip, want) in [
            ("203.0.113.5", "203.0.113.5", true),
            ("203.0.113.5", "203.0.113.50", false),
            ("203.0.113.0/24", "203.0.113.50", true),
            ("203.0.113.77/24", "203.0.113.50", true),
            ("::ffff:203.0.113.5", "203.0.113.5", true),
            ("fe80::1%4", "fe80::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "203.0.113.5", false),
            ("local", "LOCAL", true),
            ("0.0.0.0/0", "LOCAL", false),
            ("*", "LOCAL", true),
            ("0.0.0.0/0", "255.0.10.9", true),
            ("0.0.0.0/0", "256.0.10.9", false),
            ("0.0.0.0/0", "1.2.3", false),
            ("0.0.0.0/0", "1.2.3.4.5", false),
            ("0.0.0.0/0", "1..3.4", false),
            ("0.0.0.0/0", "::1", false),
        ] {
            assert_eq!(Place::new(text).unwrap().matches(ip), want, "{text} {ip}");
        }
        for wrong in ["", "srv01", "203.0.113", "203.0.113.0/33", "203.0.113.5:3389"] {
            assert!(Place::new(wrong).is_none(), "{wrong}");
        }
    }
}
