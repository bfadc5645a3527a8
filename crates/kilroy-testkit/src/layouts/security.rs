//! Events of the Security log other than logons.

use kilroy_evtx::{Body, Value};
use kilroy_model::Timestamp;

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, hex, sid, text};
use crate::account::Account;
use crate::log::Log;
use crate::time::filetime;

pub(super) const AUDITING: Provider = Provider {
    name: "Microsoft-Windows-Security-Auditing",
    guid: Some(0x5484_9625_5478_4994_a5ba_3e3b_0328_c30d),
};
pub(super) const EVENT_LOG: Provider =
    Provider { name: "Microsoft-Windows-Eventlog", guid: Some(0xfc65_ddd8_d6ef_4962_83d5_6e5c_fe9c_e148) };

const AUDIT_SUCCESS: u64 = 0x8020_0000_0000_0000;
const AUDIT_FAILURE: u64 = 0x8010_0000_0000_0000;
/// Process ID of lsass.exe in the stories.
const LSASS: u32 = 684;
/// Categories of the audit policy.
pub(super) mod task {
    pub(super) const SYSTEM: u16 = 12288;
    pub(super) const OTHER_LOGON: u16 = 12551;
    pub(super) const FILE: u16 = 12800;
    pub(super) const OTHER_OBJECT: u16 = 12804;
    pub(super) const SHARE: u16 = 12808;
    pub(in crate::layouts) const FILTERING_PLATFORM: u16 = 12810;
    pub(super) const DETAILED_SHARE: u16 = 12811;
    pub(in crate::layouts) const SECURITY_EXTENSION: u16 = 12289;
    pub(in crate::layouts) const PROCESS: u16 = 13312;
    pub(super) const CREDENTIALS: u16 = 14336;
    pub(super) const TICKETS: u16 = 14339;
}
/// Namespace of the event log service's own events.
const EVENT_LOG_NAMESPACE: &str = "http://manifests.microsoft.com/win/2004/08/windows/eventlog";

/// An audit record; `success` decides on the keywords.
pub(super) fn audit(
    event_id: u32,
    version: u8,
    task: u16,
    success: bool,
    fields: Vec<(String, Value)>,
) -> Entry {
    let keywords = if success { AUDIT_SUCCESS } else { AUDIT_FAILURE };
    let head = Head { version, task, keywords, process_id: LSASS, ..Head::default() };
    entry(Log::Security, AUDITING, event_id, head, Body::EventData(fields))
}

pub(super) fn subject(account: &Account, luid: u64) -> Vec<(String, Value)> {
    vec![
        sid("SubjectUserSid", &account.sid),
        text("SubjectUserName", &account.user),
        text("SubjectDomainName", &account.domain),
        hex("SubjectLogonId", luid),
    ]
}

/// 4608: Windows is starting up.
pub fn starting_up() -> Entry {
    audit(4608, 0, task::SYSTEM, true, vec![])
}

/// 4616: the system time was changed.
pub fn time_changed(by: &Account, luid: u64, before: Timestamp, after: Timestamp) -> Entry {
    let mut fields = subject(by, luid);
    fields.extend([
        field("PreviousTime", Value::FileTime(filetime(before))),
        field("NewTime", Value::FileTime(filetime(after))),
        hex("ProcessId", 0x4),
        text("ProcessName", ""),
    ]);
    audit(4616, 1, task::SYSTEM, true, fields)
}

fn event_log(event_id: u32, task: u16, element: &str, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        level: INFORMATION,
        task,
        keywords: 0x4020_0000_0000_0000,
        process_id: 1236,
        ..Head::default()
    };
    let namespace = EVENT_LOG_NAMESPACE.to_owned();
    let body = Body::UserData { element: element.to_owned(), namespace, fields };
    entry(Log::Security, EVENT_LOG, event_id, head, body)
}

/// 1100: the event logging service has shut down.
pub fn service_shut_down() -> Entry {
    event_log(1100, 103, "ServiceShutdown", vec![])
}

/// 1102: the audit log was cleared.
pub fn audit_log_cleared(by: &Account, luid: u64) -> Entry {
    event_log(1102, 104, "LogFileCleared", subject(by, luid))
}

/// 104 (System): another log, or the System log itself, was cleared.
pub fn log_cleared(by: &Account, channel: &str) -> Entry {
    let head = Head {
        level: INFORMATION,
        task: 104,
        keywords: 0x8000_0000_0000_0000,
        process_id: 1236,
        ..Head::default()
    };
    let fields = vec![
        text("SubjectUserName", &by.user),
        text("SubjectDomainName", &by.domain),
        text("Channel", channel),
        text("BackupPath", ""),
    ];
    let body = Body::UserData {
        element: "LogFileCleared".to_owned(),
        namespace: EVENT_LOG_NAMESPACE.to_owned(),
        fields,
    };
    let mut cleared = entry(Log::System, EVENT_LOG, 104, head, body);
    cleared.spec.user_sid = Some(by.sid.clone());
    cleared
}

/// What 4778 and 4779 say of a desktop and the connection to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowStation {
    /// Whose desktop.
    pub account: Account,
    /// Logon ID of the desktop, not of the connection.
    pub luid: u64,
    /// `RDP-Tcp#5` or `Console`.
    pub session_name: String,
    /// What the client calls itself, `Unknown` at the console.
    pub client_name: String,
    /// Address of the client, `LOCAL` at the console.
    pub client_address: String,
}

fn window_station(event_id: u32, of: &WindowStation) -> Entry {
    let fields = vec![
        text("AccountName", &of.account.user),
        text("AccountDomain", &of.account.domain),
        hex("LogonID", of.luid),
        text("SessionName", &of.session_name),
        text("ClientName", &of.client_name),
        text("ClientAddress", &of.client_address),
    ];
    audit(event_id, 0, task::OTHER_LOGON, true, fields)
}

/// 4778: a session was reconnected to a window station.
pub fn reconnected(of: &WindowStation) -> Entry {
    window_station(4778, of)
}

/// 4779: a session was disconnected from a window station.
pub fn disconnected(of: &WindowStation) -> Entry {
    window_station(4779, of)
}

/// 4800 (locked) and 4801 (unlocked).
pub fn workstation(locked: bool, account: &Account, luid: u64, session: u32) -> Entry {
    of_workstation(if locked { 4800 } else { 4801 }, account, luid, session)
}

/// 4802 (the screen saver was invoked) and 4803 (it was dismissed).
pub fn screen_saver(started: bool, account: &Account, luid: u64, session: u32) -> Entry {
    of_workstation(if started { 4802 } else { 4803 }, account, luid, session)
}

fn of_workstation(event_id: u32, account: &Account, luid: u64, session: u32) -> Entry {
    let fields = vec![
        sid("TargetUserSid", &account.sid),
        text("TargetUserName", &account.user),
        text("TargetDomainName", &account.domain),
        hex("TargetLogonId", luid),
        field("SessionId", Value::U32(session)),
    ];
    audit(event_id, 0, task::OTHER_LOGON, true, fields)
}

/// 4825: a user was denied Remote Desktop, because not a member of Remote Desktop Users.
pub fn denied(account: &Account, luid: u64, address: &str) -> Entry {
    let fields = vec![
        text("AccountName", &account.user),
        text("AccountDomain", &account.domain),
        hex("LogonID", luid),
        text("ClientAddress", address),
    ];
    audit(4825, 0, task::OTHER_LOGON, false, fields)
}

/// 4776: the credentials of an account were checked by NTLM.
pub fn credentials_validated(user: &str, workstation: &str, status: u32) -> Entry {
    let fields = vec![
        text("PackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"),
        text("TargetUserName", user),
        text("Workstation", workstation),
        field("Status", Value::HexU32(status)),
    ];
    audit(4776, 0, task::CREDENTIALS, status == 0, fields)
}

/// 4768: a Kerberos ticket-granting ticket was asked for; the addresses of controllers come as `::ffff:…`.
pub fn ticket_granted(account: &Account, address: &str, port: u16, status: u32) -> Entry {
    let granted = status == 0;
    let nobody = "S-1-0-0";
    let fields = vec![
        text("TargetUserName", &account.user),
        text("TargetDomainName", &account.domain),
        sid("TargetSid", if granted { &account.sid } else { nobody }),
        text("ServiceName", if granted { "krbtgt".to_owned() } else { format!("krbtgt/{}", account.domain) }),
        sid("ServiceSid", nobody),
        field("TicketOptions", Value::HexU32(0x4081_0010)),
        field("Status", Value::HexU32(status)),
        field("TicketEncryptionType", Value::HexU32(if granted { 0x12 } else { 0xffff_ffff })),
        text("PreAuthType", if granted { "2" } else { "-" }),
        text("IpAddress", address),
        text("IpPort", port.to_string()),
        text("CertIssuerName", ""),
        text("CertSerialNumber", ""),
        text("CertThumbprint", ""),
    ];
    audit(4768, 0, task::TICKETS, granted, fields)
}

/// 4768 by a certificate: a smart card, or Windows Hello with a certificate.
pub fn ticket_granted_by_certificate(account: &Account, address: &str, port: u16, issuer: &str) -> Entry {
    let mut entry = ticket_granted(account, address, port, 0);
    if let Body::EventData(fields) = &mut entry.spec.body {
        for (name, value) in fields {
            let said = match name.as_str() {
                "PreAuthType" => "15",
                "CertIssuerName" => issuer,
                "CertSerialNumber" => "6d00000004a1",
                "CertThumbprint" => "0F1B2C3D4E5F60718293A4B5C6D7E8F901122334",
                _ => continue,
            };
            *value = Value::Str(said.to_owned());
        }
    }
    entry
}

/// 4771: Kerberos pre-authentication failed.
pub fn preauthentication_failed(account: &Account, address: &str, port: u16, status: u32) -> Entry {
    let fields = vec![
        text("TargetUserName", &account.user),
        sid("TargetSid", &account.sid),
        text("ServiceName", format!("krbtgt/{}", account.domain)),
        field("TicketOptions", Value::HexU32(0x4081_0010)),
        field("Status", Value::HexU32(status)),
        text("PreAuthType", "2"),
        text("IpAddress", address),
        text("IpPort", port.to_string()),
        text("CertIssuerName", ""),
        text("CertSerialNumber", ""),
        text("CertThumbprint", ""),
    ];
    audit(4771, 0, task::TICKETS, false, fields)
}

/// 4688: a process was created.
pub fn process_created(by: &Account, luid: u64, image: &str, command_line: &str, process_id: u64) -> Entry {
    let mut fields = subject(by, luid);
    fields.extend([
        hex("NewProcessId", process_id),
        text("NewProcessName", image),
        text("TokenElevationType", "%%1938"),
        hex("ProcessId", 0x1a4c),
        text("CommandLine", command_line),
        sid("TargetUserSid", "S-1-0-0"),
        text("TargetUserName", "-"),
        text("TargetDomainName", "-"),
        hex("TargetLogonId", 0),
        text("ParentProcessName", r"C:\Windows\explorer.exe"),
        sid("MandatoryLabel", "S-1-16-8192"),
    ]);
    audit(4688, 2, task::PROCESS, true, fields)
}

/// 4663: a file was read.
pub fn file_read(by: &Account, luid: u64, path: &str, image: &str) -> Entry {
    let mut fields = subject(by, luid);
    fields.extend([
        text("ObjectServer", "Security"),
        text("ObjectType", "File"),
        text("ObjectName", path),
        hex("HandleId", 0x5a8),
        text("AccessList", "%%4416\r\n\t\t\t\t"),
        field("AccessMask", Value::HexU32(1)),
        hex("ProcessId", 0x1f30),
        text("ProcessName", image),
        text("ResourceAttributes", "S:AI"),
    ]);
    audit(4663, 1, task::FILE, true, fields)
}

/// 5140: a network share was opened.
pub fn share_opened(by: &Account, luid: u64, address: &str, port: u16, share: &str) -> Entry {
    let mut fields = subject(by, luid);
    fields.extend([
        text("ObjectType", "File"),
        text("IpAddress", address),
        text("IpPort", port.to_string()),
        text("ShareName", share),
        text("ShareLocalPath", ""),
        field("AccessMask", Value::HexU32(1)),
        text("AccessList", "%%4416\r\n\t\t\t\t"),
    ]);
    audit(5140, 1, task::SHARE, true, fields)
}

/// 5145: a file or a pipe of a share was asked for.
pub fn share_entry_opened(
    by: &Account,
    luid: u64,
    (address, port): (&str, u16),
    share: &str,
    path: &str,
    writes: bool,
) -> Entry {
    let mut fields = subject(by, luid);
    let (mask, rights) = if writes {
        (0x12_019f, ["%%1538", "%%1541", "%%4416", "%%4417", "%%4418"].join("\r\n\t\t\t\t"))
    } else {
        (0x1, "%%4416".to_owned())
    };
    fields.extend([
        text("ObjectType", "File"),
        text("IpAddress", address),
        text("IpPort", port.to_string()),
        text("ShareName", share),
        text("ShareLocalPath", if share.ends_with("ADMIN$") { r"\??\C:\Windows" } else { "" }),
        text("RelativeTargetName", path),
        field("AccessMask", Value::HexU32(mask)),
        text("AccessList", format!("{rights}\r\n\t\t\t\t")),
        text("AccessReason", "-"),
    ]);
    audit(5145, 0, task::DETAILED_SHARE, true, fields)
}

/// 4698: a scheduled task was made.
pub fn task_created(by: &Account, luid: u64, name: &str, command: &str) -> Entry {
    let mut fields = subject(by, luid);
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\" \
         xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n  <Actions Context=\"Author\">\r\n    \
         <Exec>\r\n      <Command>{command}</Command>\r\n    </Exec>\r\n  </Actions>\r\n</Task>"
    );
    fields.extend([text("TaskName", name), text("TaskContent", content)]);
    audit(4698, 0, task::OTHER_OBJECT, true, fields)
}
