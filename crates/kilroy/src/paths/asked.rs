//! What is meant by `--from` and `--to`.

use std::net::IpAddr;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_findings::paths::{Origin, Paths, Station};
use kilroy_model::{Account, may_be_one_host};

use crate::rows::hosts_there;

/// The two ends of the ways that are asked for, as typed.
pub(crate) struct Asked {
    from: String,
    to: String,
    /// What `from` is if it is a user.
    user: Account,
}

impl Asked {
    pub(crate) fn of(from: &str, to: &str) -> Result<Self> {
        let (from, to) = (one("--from", from)?, one("--to", to)?);
        let user = Account::new(Some(&from), None, None);
        Ok(Self { from, to, user })
    }

    /// Is this the user?
    pub(crate) fn is_user(&self, name: Option<&str>, domain: Option<&str>) -> bool {
        self.user.takes(name, domain)
    }

    /// Where ways begin, an address, a host or a user, and the host where they end. Either is in the case.
    pub(crate) fn found(self, case: &Case, paths: &Paths, is_user: bool) -> Result<(Origin, String)> {
        let hosts = case.hosts()?;
        let is_host = |name: &str| {
            hosts.iter().any(|row| may_be_one_host(&row.host, name))
                || paths.legs().iter().any(|leg| {
                    may_be_one_host(&leg.to, name)
                        || matches!(&leg.from, Station::Host(host) if may_be_one_host(host, name))
                })
        };
        if !is_host(&self.to) {
            bail!("--to {}: no host of the case has such a name; it has {}", self.to, hosts_there(case)?);
        }
        let from = if is_host(&self.from) {
            Origin::Host(self.from)
        } else if let Ok(ip) = self.from.parse::<IpAddr>() {
            Origin::Address(ip)
        } else if is_user {
            Origin::User(self.user)
        } else {
            bail!(
                "--from {}: no host and no user of the case has such a name; hosts are {}, and `kilroy users` lists users",
                self.from,
                hosts_there(case)?
            );
        };
        Ok((from, self.to))
    }
}

/// One name or address, as a way has one at each end.
fn one(flag: &str, typed: &str) -> Result<String> {
    let text = typed.trim();
    let of =
        if flag == "--to" { "a host like srv01" } else { "an address, a host or a user, like CORP\\alice" };
    if text.is_empty() {
        bail!("{flag} is empty: give {of}");
    }
    if text.contains('*') || (text.contains('/') && kilroy_case::query::network(text).is_some()) {
        bail!("{flag} {typed:?}: a way has one place at each end; give {of}");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_written_in_many_ways() {
        for (typed, domain, is) in [
            ("alice", None, true),
            ("ALICE", Some("CORP"), true),
            ("corp\\alice", Some("CORP"), true),
            ("alice@corp.example", Some("CORP"), true),
            ("alice@corp.example", Some("corp.example"), true),
            ("CORP\\alice", Some("OTHER"), false),
            ("CORP\\alice", None, false),
        ] {
            let asked = Asked::of(typed, "srv").unwrap();
            assert_eq!(asked.is_user(Some("Alice"), domain), is, "{typed} {domain:?}");
        }
        assert!(Asked::of("müller", "srv").unwrap().is_user(Some("MÜLLER"), None));
    }

    #[test]
    fn one_place_at_each_end() {
        for wrong in ["", " ", "*", "srv*", "10.0.0.0/8"] {
            assert!(Asked::of(wrong, "srv").is_err() && Asked::of("srv", wrong).is_err(), "{wrong}");
        }
    }
}
