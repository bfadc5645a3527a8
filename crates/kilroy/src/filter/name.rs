//! Names as they are typed for flags.

use anyhow::{Result, bail};
use kilroy_case::query::Pattern;
pub(super) use kilroy_case::query::{HostPattern, UserPattern};

/// What `--user` asks for: `alice`, `adm*`, `CORP\*`.
pub(crate) fn user(text: &str) -> Result<UserPattern> {
    match UserPattern::new(text) {
        Some(pattern) => Ok(pattern),
        None => bail!("--user {text:?}: give a name like alice, adm* or CORP\\alice"),
    }
}

/// What `--host` asks for: `srv01`, `srv*`.
pub(crate) fn host(text: &str) -> Result<HostPattern> {
    match HostPattern::new(text) {
        Some(pattern) => Ok(pattern),
        None => bail!("--host is empty: give a name like srv01, srv01.corp.example or srv*"),
    }
}

/// What `--client` asks for: `kali`, `pc*`.
pub(crate) fn client(text: &str) -> Result<Pattern> {
    match text.trim() {
        "" => bail!("--client is empty: give the name of a machine, like kali or pc*"),
        name => Ok(Pattern::new(name)),
    }
}
