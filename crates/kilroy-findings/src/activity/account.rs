//! Are two accounts one? By SID where both are known, else by name and domain.

use std::borrow::Cow;

use kilroy_model::netbios_key;

use super::Clues;
use super::index::SessionIndex;
use super::stay::Stay;

/// How an account that clues name stands to the one of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Same {
    /// It is another one.
    No,
    /// The names of their domains differ, and may yet be two names of one: a short one and the one of a forest.
    Perhaps,
    /// Nothing speaks against it.
    Yes,
    /// The same SID, or the same name and domain.
    Surely,
}

/// What of a domain's name tells it from others: a local account has the name of its host, and the short name of a domain is
/// mostly the first part of the long one.
pub(super) fn domain_key<'a>(domain: &'a str, host: &str) -> Cow<'a, str> {
    /// No domain is called so.
    const LOCAL: &str = ".";
    let short = netbios_key(domain);
    if domain == LOCAL || short == netbios_key(host) {
        return Cow::Borrowed(LOCAL);
    }
    Cow::Owned(short)
}

impl SessionIndex {
    /// Is the account that the clues name the one of a session? The name itself must be known to be the same.
    pub(super) fn same_account(&self, stay: &Stay, clues: &Clues<'_>) -> Same {
        if let (Some(named), Some(own)) = (clues.sid, stay.sid) {
            return if self.sids.get(named) == Some(own) { Same::Surely } else { Same::No };
        }
        let (Some(domain), Some(own)) = (clues.domain, stay.domain) else { return Same::Yes };
        let domain = domain_key(domain, self.hosts.name_of(stay.host));
        let is_local = |number| self.domains.get(".") == Some(number);
        match self.domains.get(&domain) {
            Some(named) if named == own => Same::Surely,
            _ if domain == "." || is_local(own) => Same::No,
            _ => Same::Perhaps,
        }
    }
}
