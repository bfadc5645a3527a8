//! Programs that are started: Security 4688 and Sysmon 1, which tell of the same start.

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, entry, field, hex, sid, text};
use super::security::{audit, subject, task};
use super::sysmon::{SYSMON, head};
use crate::account::Account;
use crate::log::Log;

/// A running program: what names it in the records of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Process GUID of Sysmon.
    pub guid: u128,
    /// Process ID.
    pub pid: u32,
    /// Full path.
    pub image: String,
    /// Command line.
    pub command_line: String,
}

/// A start of a program: who, in which logon and on which desktop, and from which program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Whose program it is.
    pub account: Account,
    /// Logon ID that it runs under.
    pub luid: u64,
    /// Terminal session.
    pub session: u32,
    /// The program.
    pub process: Process,
    /// The program that started it.
    pub parent: Process,
}

impl Start {
    fn integrity(&self) -> (&'static str, &'static str) {
        match (self.account.sid.as_str(), self.account.admin) {
            ("S-1-5-18" | "S-1-5-19" | "S-1-5-20", _) => ("System", "S-1-16-16384"),
            (_, true) => ("High", "S-1-16-12288"),
            _ => ("Medium", "S-1-16-8192"),
        }
    }

    /// Security 4688.
    pub fn audited(&self) -> Entry {
        let mut fields = subject(&self.account, self.luid);
        fields.extend([
            hex("NewProcessId", self.process.pid.into()),
            text("NewProcessName", &self.process.image),
            text("TokenElevationType", if self.account.admin { "%%1937" } else { "%%1936" }),
            hex("ProcessId", self.parent.pid.into()),
            text("CommandLine", &self.process.command_line),
            sid("TargetUserSid", "S-1-0-0"),
            text("TargetUserName", "-"),
            text("TargetDomainName", "-"),
            hex("TargetLogonId", 0),
            text("ParentProcessName", &self.parent.image),
            sid("MandatoryLabel", self.integrity().1),
        ]);
        audit(4688, 2, task::PROCESS, true, fields)
    }

    /// Sysmon 1.
    pub fn watched(&self) -> Entry {
        let fields = vec![
            text("RuleName", "-"),
            text("UtcTime", ""),
            field("ProcessGuid", Value::Guid(self.process.guid)),
            field("ProcessId", Value::U32(self.process.pid)),
            text("Image", &self.process.image),
            text("CommandLine", &self.process.command_line),
            text("CurrentDirectory", r"C:\Windows\system32\"),
            text("User", self.account.qualified()),
            // Sysmon makes the GUID of a logon from the machine's part, the time and the logon ID.
            field(
                "LogonGuid",
                Value::Guid(self.process.guid >> 96 << 96 | 0xb287 << 80 | u128::from(self.luid)),
            ),
            hex("LogonId", self.luid),
            field("TerminalSessionId", Value::U32(self.session)),
            text("IntegrityLevel", self.integrity().0),
            text("Hashes", "SHA256=0000000000000000000000000000000000000000000000000000000000000001"),
            field("ParentProcessGuid", Value::Guid(self.parent.guid)),
            field("ParentProcessId", Value::U32(self.parent.pid)),
            text("ParentImage", &self.parent.image),
            text("ParentCommandLine", &self.parent.command_line),
        ];
        entry(Log::Sysmon, SYSMON, 1, head(1, 5), Body::EventData(fields))
    }
}
