//! What services and pipes leave behind: Security 4697, System 7036, Sysmon 11, 17 and 18.

use std::fmt::Write as _;

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, Head, INFORMATION, entry, field, hex, text};
use super::program::Process;
use super::security::{audit, subject, task};
use super::sysmon::{SYSMON, head};
use super::system::{CLASSIC_RESERVED, OLD_SOURCE_SERVICES, SERVICES};
use crate::account::Account;
use crate::log::Log;

/// 4697: a service was installed, by somebody in a logon.
pub fn installed(by: &Account, luid: u64, name: &str, image: &str) -> Entry {
    let mut fields = subject(by, luid);
    fields.extend([
        text("ServiceName", name),
        text("ServiceFileName", image),
        hex("ServiceType", 0x10),
        field("ServiceStartType", Value::U32(3)),
        text("ServiceAccount", "LocalSystem"),
    ]);
    audit(4697, 0, task::SECURITY_EXTENSION, true, fields)
}

/// 7036: a service entered a state (`running`, `stopped`).
pub fn state(name: &str, state: &str) -> Entry {
    let head = Head { level: INFORMATION, keywords: CLASSIC_RESERVED, process_id: 492, ..Head::default() };
    let units = format!("{name}/{}\0", if state == "running" { 4 } else { 1 });
    let mut binary = String::new();
    for byte in units.encode_utf16().flat_map(u16::to_le_bytes) {
        let _ = write!(binary, "{byte:02X}");
    }
    let fields = vec![text("param1", name), text("param2", state), text("Binary", binary)];
    entry(Log::System, SERVICES, OLD_SOURCE_SERVICES + 7036, head, Body::EventData(fields))
}

/// Sysmon 17 (a pipe was made) and 18 (somebody connected to it).
pub fn pipe(made: bool, by: &Process, name: &str) -> Entry {
    let fields = vec![
        text("RuleName", "-"),
        text("EventType", if made { "CreatePipe" } else { "ConnectPipe" }),
        text("UtcTime", ""),
        field("ProcessGuid", Value::Guid(by.guid)),
        field("ProcessId", Value::U32(by.pid)),
        text("PipeName", name),
        text("Image", &by.image),
    ];
    let event_id = if made { 17 } else { 18 };
    let task = if made { 17 } else { 18 };
    entry(Log::Sysmon, SYSMON, event_id, head(task, 1), Body::EventData(fields))
}

/// Sysmon 11: a file was made.
pub fn file_created(by: &Process, path: &str) -> Entry {
    let fields = vec![
        text("RuleName", "-"),
        text("UtcTime", ""),
        field("ProcessGuid", Value::Guid(by.guid)),
        field("ProcessId", Value::U32(by.pid)),
        text("Image", &by.image),
        text("TargetFilename", path),
        text("CreationUtcTime", ""),
    ];
    entry(Log::Sysmon, SYSMON, 11, head(11, 2), Body::EventData(fields))
}
