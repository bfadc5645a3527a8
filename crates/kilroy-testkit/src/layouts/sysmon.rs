//! Sysmon.

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, hex, text};
use crate::account::Account;
use crate::log::Log;

pub(super) const SYSMON: Provider =
    Provider { name: "Microsoft-Windows-Sysmon", guid: Some(0x5770_385f_c22a_43e0_bf4c_06f5_698f_fbd9) };

/// The head of an event of Sysmon, whose task is its event ID.
pub(super) fn head(task: u16, version: u8) -> Head {
    Head {
        version,
        level: INFORMATION,
        task,
        keywords: 0x8000_0000_0000_0000,
        process_id: 2284,
        sid: Some("S-1-5-18"),
        ..Head::default()
    }
}

/// 1: a process was created. It names logon ID and terminal session together.
pub fn process_created(
    by: &Account,
    luid: u64,
    session: u32,
    image: &str,
    command_line: &str,
    process_id: u32,
) -> Entry {
    // Sysmon's GUIDs hold the machine's, the time and the logon ID; the stories need only that they differ.
    let guid = |part: u64| Value::Guid(0x94f7_48d5_b287_5a44_0000_0000_0000_0000 | u128::from(part));
    let fields = vec![
        text("RuleName", "-"),
        text("UtcTime", ""),
        field("ProcessGuid", guid(0x0010_67ed_0000 | u64::from(process_id))),
        field("ProcessId", Value::U32(process_id)),
        text("Image", image),
        text("CommandLine", command_line),
        text("CurrentDirectory", r"C:\Windows\system32\"),
        text("User", by.qualified()),
        field("LogonGuid", guid(luid)),
        hex("LogonId", luid),
        field("TerminalSessionId", Value::U32(session)),
        text("IntegrityLevel", "Medium"),
        text("Hashes", "SHA256=0000000000000000000000000000000000000000000000000000000000000001"),
        field("ParentProcessGuid", guid(1)),
        field("ParentProcessId", Value::U32(0x1a4c)),
        text("ParentImage", r"C:\Windows\explorer.exe"),
        text("ParentCommandLine", r"C:\Windows\explorer.exe"),
    ];
    entry(Log::Sysmon, SYSMON, 1, head(1, 5), Body::EventData(fields))
}
