//! Names as keys.

/// Letters of a NetBIOS name of a machine or a domain: Windows cuts longer ones.
const NETBIOS_LETTERS: usize = 15;

/// A host name as a key: lower-cased, blanks trimmed, without a trailing dot.
pub fn host_key(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}

/// Whether two account names are one: Windows compares them without case, in every script.
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// A host name without its domain. The parts of an address are no domain.
pub fn bare_name(name: &str) -> &str {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return name;
    }
    name.split_once('.').map_or(name, |(bare, _)| bare)
}

/// What every name of a host or a domain has in common with its short one, in small letters: several may share it.
pub fn netbios_key(name: &str) -> String {
    bare_name(&host_key(name)).chars().take(NETBIOS_LETTERS).collect()
}

/// Whether two names can be one domain's. Windows calls a realm (`corp.example`) by its first word, too (`CORP`).
pub fn may_be_one_domain(a: &str, b: &str) -> bool {
    may_be_one_host(a, b)
}

/// Whether two names can be one host's: they are the same, or one has no domain and is the first part of the other, perhaps cut
/// as NetBIOS cuts it. Whether several hosts of a case can be meant is for the caller to know.
pub fn may_be_one_host(a: &str, b: &str) -> bool {
    let (a, b) = (host_key(a), host_key(b));
    a == b || is_short_for(&a, &b) || is_short_for(&b, &a)
}

fn is_short_for(short: &str, long: &str) -> bool {
    let bare = bare_name(long);
    let is_cut = || short.chars().count() == NETBIOS_LETTERS && bare.starts_with(short);
    !short.contains('.') && (short == bare || is_cut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_account() {
        assert!(
            same_name("Alice", "aLICE") && same_name("müller", "MÜLLER") && same_name("김철수", "김철수")
        );
        assert!(!same_name("müller", "muller") && !same_name("alice", "alice1"));
    }

    #[test]
    fn names_of_one_host() {
        for (a, b, want) in [
            ("SRV01", "srv01", true),
            ("srv01", "SRV01.corp.example.", true),
            ("srv01.corp.example", "srv01.other.example", false),
            ("srv01", "srv010.corp.example", false),
            ("workstation-kr-", "WORKSTATION-KR-0001.corp.example", true),
            ("workstation-kr-0001", "WORKSTATION-KR-", true),
            ("workstation-kr-0001", "workstation-kr-0002", false),
            ("workstation-k", "workstation-kr-0001", false),
            ("10", "10.0.0.5", false),
            ("10.0.0.5", "10.0.0.5", true),
            ("10.0.0.5", "10.0.0.6", false),
        ] {
            assert_eq!([may_be_one_host(a, b), may_be_one_host(b, a)], [want; 2], "{a} {b}");
            assert!(!want || netbios_key(a) == netbios_key(b), "{a} {b}");
        }
    }
}
