//! The Security log of Windows 2000, XP and Server 2003: strings in an order, without names.

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, Head, Provider, entry};
use crate::account::Account;
use crate::log::Log;

/// The Security log's source had no provider GUID yet.
const SECURITY: Provider = Provider { name: "Security", guid: None };

const AUDIT_SUCCESS: u64 = 0x00a0_0000_0000_0000;
const AUDIT_FAILURE: u64 = 0x0090_0000_0000_0000;

/// Categories of the audit policy.
mod category {
    pub(super) const SYSTEM: u16 = 1;
    pub(super) const LOGON: u16 = 2;
    pub(super) const PRIVILEGES: u16 = 4;
    pub(super) const TRACKING: u16 = 5;
    pub(super) const ACCOUNT_LOGON: u16 = 9;
}

fn old(event_id: u32, category: u16, success: bool, strings: &[&str]) -> Entry {
    let head = Head {
        task: category,
        keywords: if success { AUDIT_SUCCESS } else { AUDIT_FAILURE },
        ..Head::default()
    };
    let values = strings.iter().map(|s| Value::Str((*s).to_owned())).collect();
    entry(Log::Security, SECURITY, event_id, head, Body::UnnamedData(values, None))
}

/// A logon ID as these logs write it: `(0x0,0xD50845F)`.
fn luid(id: u64) -> String {
    format!("(0x{:X},0x{:X})", id >> 32, id & 0xffff_ffff)
}

/// Who asked for a logon and from where: Server 2003 writes it, Windows 2000 and XP do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who asked; an empty name is written as `-`.
    pub account: Account,
    /// His logon ID.
    pub luid: u64,
    /// Source address, `-` if there is none.
    pub address: String,
    /// Source port, 0 if there is none.
    pub port: u16,
}

/// Everything that 528 and 540 say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldLogonFields {
    /// 540 in place of 528.
    pub network: bool,
    /// Who was logged on.
    pub account: Account,
    /// The new logon ID.
    pub luid: u64,
    /// Logon type.
    pub logon_type: u32,
    /// Logon process, with the blanks that these logs write behind it.
    pub process: &'static str,
    /// Authentication package.
    pub package: &'static str,
    /// Workstation.
    pub workstation: String,
    /// What Server 2003 adds.
    pub caller: Option<Caller>,
}

/// 528: successful logon, or 540: successful network logon.
pub fn logged_on(of: &OldLogonFields) -> Entry {
    let (id, logon_type) = (luid(of.luid), of.logon_type.to_string());
    let mut strings = vec![
        of.account.user.as_str(),
        &of.account.domain,
        &id,
        &logon_type,
        of.process,
        of.package,
        &of.workstation,
        "{00000000-0000-0000-0000-000000000000}",
    ];
    let caller = of.caller.as_ref().map(|c| (c, luid(c.luid), c.port.to_string()));
    if let Some((caller, id, port)) = &caller {
        let port = if caller.port == 0 { "-" } else { port };
        let account = &caller.account;
        strings.extend([account.user.as_str(), &account.domain, id, "412", "-", &caller.address, port]);
    }
    old(if of.network { 540 } else { 528 }, category::LOGON, true, &strings)
}

/// 529 to 536 and 539: a logon failed; the ID is the reason.
pub fn failed(
    event_id: u32,
    user: &str,
    domain: &str,
    logon_type: u32,
    workstation: &str,
    caller: Option<&Caller>,
) -> Entry {
    let logon_type = logon_type.to_string();
    let process = if logon_type == "3" { "NtLmSsp " } else { "User32  " };
    let package = if logon_type == "3" { "NTLM" } else { "Negotiate" };
    let mut strings = vec![user, domain, &logon_type, process, package, workstation];
    let caller = caller.map(|c| (c, luid(c.luid), c.port.to_string()));
    if let Some((caller, id, port)) = &caller {
        let port = if caller.port == 0 { "-" } else { port };
        let account = &caller.account;
        strings.extend([account.user.as_str(), &account.domain, id, "412", "-", &caller.address, port]);
    }
    old(event_id, category::LOGON, false, &strings)
}

/// 537: a logon failed for another reason, with its codes.
pub fn failed_otherwise(
    user: &str,
    domain: &str,
    workstation: &str,
    status: &str,
    sub_status: &str,
) -> Entry {
    let strings = [user, domain, "3", "Kerberos", "Kerberos", workstation, status, sub_status];
    old(537, category::LOGON, false, &strings)
}

/// 538: user logoff.
pub fn logged_off(account: &Account, id: u64, logon_type: u32) -> Entry {
    let strings = [account.user.as_str(), &account.domain, &luid(id), &logon_type.to_string()];
    old(538, category::LOGON, true, &strings)
}

/// 551: the user began to log off.
pub fn logoff_initiated(account: &Account, id: u64) -> Entry {
    old(551, category::LOGON, true, &[&account.user, &account.domain, &luid(id)])
}

/// 576: special privileges went to a new logon.
pub fn privileges(account: &Account, id: u64) -> Entry {
    let list = "SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeDebugPrivilege";
    old(576, category::PRIVILEGES, true, &[&account.user, &account.domain, &luid(id), list])
}

/// 680: an account was used for a logon by NTLM; Server 2003 adds the status.
pub fn credentials_used(user: &str, workstation: &str, status: Option<&str>) -> Entry {
    let mut strings = vec!["MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", user, workstation];
    strings.extend(status);
    let success = status.is_none_or(|s| s == "0x0");
    old(680, category::ACCOUNT_LOGON, success, &strings)
}

/// 682 (`taken up`) or 683: a session was connected to a window station, or disconnected from it.
pub fn window_station(
    taken_up: bool,
    account: &Account,
    id: u64,
    session: &str,
    client: &str,
    address: &str,
) -> Entry {
    let strings = [account.user.as_str(), &account.domain, &luid(id), session, client, address];
    old(if taken_up { 682 } else { 683 }, category::LOGON, true, &strings)
}

/// 512: Windows is starting up.
pub fn starting_up() -> Entry {
    old(512, category::SYSTEM, true, &[])
}

/// 513: Windows is shutting down.
pub fn shutting_down() -> Entry {
    old(513, category::SYSTEM, true, &[])
}

/// 517: the audit log was cleared.
pub fn audit_log_cleared(by: &Account, id: u64) -> Entry {
    let strings = ["SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)", by.user.as_str(), &by.domain, &luid(id)];
    old(517, category::SYSTEM, true, &strings)
}

/// 592: a process was created.
pub fn process_created(by: &Account, id: u64, image: &str, process_id: u32) -> Entry {
    let pid = process_id.to_string();
    old(592, category::TRACKING, true, &[&pid, image, "1200", &by.user, &by.domain, &luid(id)])
}

/// 593: a process has exited.
pub fn process_exited(by: &Account, id: u64, image: &str, process_id: u32) -> Entry {
    let pid = process_id.to_string();
    old(593, category::TRACKING, true, &[&pid, image, &by.user, &by.domain, &luid(id)])
}
