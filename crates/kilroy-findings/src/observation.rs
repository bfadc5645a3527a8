//! An event as those see it who ask what somebody did.

use std::net::IpAddr;

use kilroy_model::{Action, EventUid, Guid, Luid, Timestamp};

/// One record: what it is, and what it says of accounts, sessions, connections, processes and things acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Identity of the record.
    pub uid: EventUid,
    /// When.
    pub time: Timestamp,
    /// Host as sessions name it: see [`kilroy_model::host_key`].
    pub host: String,
    /// Full channel name.
    pub log: String,
    /// Provider, as logged.
    pub provider: String,
    /// Event ID.
    pub event_id: u32,
    /// Record ID within its log.
    pub record_id: u64,
    /// What happened, if the catalog knows.
    pub action: Option<Action>,
    /// Account it is about.
    pub account: Person,
    /// Account that caused it.
    pub subject: Person,
    /// Kerberos logon GUID.
    pub logon_guid: Option<Guid>,
    /// Windows logon type.
    pub logon_type: Option<u8>,
    /// Terminal session ID.
    pub terminal_session: Option<u32>,
    /// `Correlation@ActivityID`.
    pub activity_id: Option<Guid>,
    /// Where a connection came from.
    pub source: Place,
    /// Where it went.
    pub target: Place,
    /// The process it is about, or that caused it.
    pub process: ObservedProcess,
    /// Who wrote the record.
    pub logged_by: LoggedBy,
    /// What was acted on: its kind (`service`, `share`, `task`, `pipe`, `file`…).
    pub object_kind: Option<String>,
    /// What was acted on: its name.
    pub object: Option<String>,
    /// Status code as logged.
    pub status: Option<String>,
    /// Every field by its original name, in the order of the log.
    pub fields: Vec<(String, Option<String>)>,
}

/// An account, and the logon it acted in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Account name.
    pub user: Option<String>,
    /// Account domain.
    pub domain: Option<String>,
    /// Account SID.
    pub sid: Option<String>,
    /// Logon ID.
    pub luid: Option<Luid>,
}

impl Person {
    /// Is it Windows itself: SYSTEM, LOCAL SERVICE or NETWORK SERVICE? Their names differ by language (`SERVICE LOCAL`), their SIDs
    /// and logon IDs do not; where a record has neither, the English names and those of machines count.
    pub fn is_windows(&self) -> bool {
        if let Some(sid) = &self.sid {
            return matches!(sid.as_str(), "S-1-5-18" | "S-1-5-19" | "S-1-5-20");
        }
        if let Some(luid) = self.luid.filter(|luid| luid.0 != 0) {
            return matches!(luid.0, 0x3e7 | 0x3e5 | 0x3e4);
        }
        self.user.as_deref().is_some_and(|user| {
            let is = |name: &&str| user.eq_ignore_ascii_case(name);
            user.ends_with('$') || ["SYSTEM", "LOCAL SERVICE", "NETWORK SERVICE"].iter().any(is)
        })
    }
}

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Address.
    pub ip: Option<IpAddr>,
    /// Port.
    pub port: Option<u16>,
    /// Name of the machine.
    pub host: Option<String>,
}

/// The process and the account that wrote a record. Of some logs (PowerShell, services, WMI) they are those who acted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedBy {
    /// Process ID.
    pub pid: Option<u64>,
    /// SID of the account.
    pub sid: Option<String>,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedProcess {
    /// Sysmon's process GUID.
    pub guid: Option<Guid>,
    /// Process ID.
    pub pid: Option<u64>,
    /// Full path of the program.
    pub image: Option<String>,
    /// Command line.
    pub command_line: Option<String>,
    /// Process GUID of the parent.
    pub parent_guid: Option<Guid>,
    /// Process ID of the parent.
    pub parent_pid: Option<u64>,
    /// Full path of the parent program.
    pub parent_image: Option<String>,
    /// Command line of the parent.
    pub parent_command_line: Option<String>,
}

impl Observation {
    /// A field by its original name, without regard to case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let named = |(known, _): &&(String, Option<String>)| known.eq_ignore_ascii_case(name);
        self.fields.iter().find(named).and_then(|(_, value)| value.as_deref())
    }

    /// The named pipe that was opened from afar (5145).
    pub fn opened_pipe(&self) -> Option<&str> {
        let is_ipc = self.event_id == 5145
            && self.object.as_deref().is_some_and(|share| share.to_lowercase().ends_with("ipc$"));
        is_ipc.then(|| self.field("RelativeTargetName")).flatten().map(|name| name.trim_start_matches('\\'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_by_its_sid_and_logon_id_whatever_the_language() {
        let person = |user: &str, sid: Option<&str>, luid: Option<u64>| {
            let (user, sid) = (Some(user.to_owned()), sid.map(str::to_owned));
            Person { user, sid, luid: luid.map(Luid), domain: None }.is_windows()
        };
        assert!(person("Système", Some("S-1-5-18"), None));
        assert!(person("Lokaler Dienst", None, Some(0x3e5)));
        assert!(person("SRV$", None, Some(0x3e7)) && person("system", None, None));
        // A person may be called so, and a machine may come over the network.
        assert!(!person("system", Some("S-1-5-21-1-2-3-1001"), None));
        assert!(!person("DC01$", Some("S-1-5-21-1-2-3-1001"), Some(0x51234)));
        assert!(!Person::default().is_windows());
    }
}
