//! Which logs are asked for.

use anyhow::{Result, bail};
use kilroy_case::query::{HostPattern, Pattern};
use kilroy_model::LogCoverage;

use crate::words::short_log;

/// Logs by host and name.
#[derive(Debug, Default)]
pub(crate) struct LogChoice {
    host: Option<HostPattern>,
    log: Option<Pattern>,
}

impl LogChoice {
    /// What `--host` and `--log` ask for.
    pub(crate) fn of(host: Option<&str>, log: Option<&str>) -> Result<Self> {
        let host = match host.map(HostPattern::new) {
            Some(None) => bail!("--host is empty: give a name like srv01, srv01.corp.example or srv*"),
            host => host.flatten(),
        };
        if log.is_some_and(|log| log.trim().is_empty()) {
            bail!("--log is empty: give a name like Security, LocalSessionManager or *Sysmon*");
        }
        Ok(Self { host, log: log.map(|log| Pattern::new(log.trim())) })
    }

    pub(crate) fn takes(&self, row: &LogCoverage) -> bool {
        let log = |log: &Pattern| log.matches(&row.log) || log.matches(short_log(&row.log));
        self.host.as_ref().is_none_or(|host| is_host(host, row)) && self.log.as_ref().is_none_or(log)
    }
}

/// Is the log of this host, by any of its names?
pub(super) fn is_host(host: &HostPattern, row: &LogCoverage) -> bool {
    host.matches(&row.computer) || row.names.iter().any(|name| host.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_is_none() {
        assert!(LogChoice::of(Some(" "), None).is_err());
        assert!(LogChoice::of(None, Some("")).is_err());
        assert!(LogChoice::of(Some("srv*"), Some("security")).is_ok());
    }
}
