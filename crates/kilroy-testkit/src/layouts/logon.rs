//! Logons and what comes with them: 4624, 4625, 4634, 4647, 4648, 4672.

use kilroy_evtx::Value;

use super::entry::{Entry, field, hex, sid, text};
use super::security::{audit, subject};
use crate::account::Account;

const LOGON: u16 = 12544;
const LOGOFF: u16 = 12545;
const SPECIAL_LOGON: u16 = 12548;

const YES: &str = "%%1842";
const NO: &str = "%%1843";

/// Everything that 4624 says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logon {
    /// Layout: 0 up to Windows 7, 1 with Windows 8, 2 since Windows 10, 3 with Windows 11 24H2 and Server 2025.
    pub version: u8,
    /// Who asked for the logon.
    pub subject: Account,
    /// Logon ID of the one who asked.
    pub subject_luid: u64,
    /// Who was logged on.
    pub target: Account,
    /// The new logon ID.
    pub luid: u64,
    /// The other half of a UAC logon, 0 if there is none.
    pub linked: u64,
    /// Logon type.
    pub logon_type: u32,
    /// Logon process; `NtLmSsp` comes with a blank behind it.
    pub process: &'static str,
    /// Authentication package.
    pub package: &'static str,
    /// Workstation; `-` if there is none.
    pub workstation: String,
    /// Kerberos logon GUID, 0 if there is none.
    pub guid: u128,
    /// `NTLM V2` or `-`.
    pub lm_package: &'static str,
    /// Program that asked.
    pub image: &'static str,
    /// Source address; `-` if there is none.
    pub address: String,
    /// Source port; 0 is written as 0, none as `-`.
    pub port: Option<u16>,
    /// User and domain for the network, of type 9.
    pub outbound: Option<Account>,
    /// Elevated token?
    pub elevated: bool,
    /// Remote Desktop in Restricted Admin mode? Said of type 10 only.
    pub restricted_admin: Option<bool>,
    /// Remote Desktop with Remote Credential Guard? Since layout 3.
    pub credential_guard: Option<bool>,
}

fn yes_or_no(said: Option<bool>) -> &'static str {
    match said {
        Some(true) => YES,
        Some(false) => NO,
        None => "-",
    }
}

fn port_text(port: Option<u16>) -> String {
    port.map_or_else(|| "-".to_owned(), |p| p.to_string())
}

/// 4624: an account was logged on.
pub fn logged_on(logon: &Logon) -> Entry {
    let mut fields = subject(&logon.subject, logon.subject_luid);
    fields.extend([
        sid("TargetUserSid", &logon.target.sid),
        text("TargetUserName", &logon.target.user),
        text("TargetDomainName", &logon.target.domain),
        hex("TargetLogonId", logon.luid),
        field("LogonType", Value::U32(logon.logon_type)),
        text("LogonProcessName", logon.process),
        text("AuthenticationPackageName", logon.package),
        text("WorkstationName", &logon.workstation),
        field("LogonGuid", Value::Guid(logon.guid)),
        text("TransmittedServices", "-"),
        text("LmPackageName", logon.lm_package),
        field("KeyLength", Value::U32(if logon.lm_package == "-" { 0 } else { 128 })),
        hex("ProcessId", if logon.image == "-" { 0 } else { 0x5e4 }),
        text("ProcessName", logon.image),
        text("IpAddress", &logon.address),
        text("IpPort", port_text(logon.port)),
    ]);
    if logon.version >= 1 {
        fields.push(text("ImpersonationLevel", "%%1833"));
    }
    if logon.version >= 2 {
        let outbound = |part: fn(&Account) -> &String| {
            logon.outbound.as_ref().map_or_else(|| "-".to_owned(), |a| part(a).clone())
        };
        fields.push(text("RestrictedAdminMode", yes_or_no(logon.restricted_admin)));
        if logon.version >= 3 {
            fields.push(text("RemoteCredentialGuard", yes_or_no(logon.credential_guard)));
        }
        fields.extend([
            text("TargetOutboundUserName", outbound(|a| &a.user)),
            text("TargetOutboundDomainName", outbound(|a| &a.domain)),
            text("VirtualAccount", NO),
            hex("TargetLinkedLogonId", logon.linked),
            text("ElevatedToken", if logon.elevated { YES } else { NO }),
        ]);
    }
    audit(4624, logon.version, LOGON, true, fields)
}

/// Everything that 4625 says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Who asked for the logon.
    pub subject: Account,
    /// Logon ID of the one who asked.
    pub subject_luid: u64,
    /// The name that was tried.
    pub user: String,
    /// The domain that was tried.
    pub domain: String,
    /// Status.
    pub status: u32,
    /// Sub-status, 0 if the status says it all.
    pub sub_status: u32,
    /// Logon type.
    pub logon_type: u32,
    /// Logon process.
    pub process: &'static str,
    /// Authentication package.
    pub package: &'static str,
    /// Workstation; `-` if there is none.
    pub workstation: String,
    /// Program that asked.
    pub image: &'static str,
    /// Source address; `-` if there is none.
    pub address: String,
    /// Source port.
    pub port: Option<u16>,
}

/// 4625: an account failed to log on.
pub fn failed(failure: &Failure) -> Entry {
    let mut fields = subject(&failure.subject, failure.subject_luid);
    fields.extend([
        sid("TargetUserSid", "S-1-0-0"),
        text("TargetUserName", &failure.user),
        text("TargetDomainName", &failure.domain),
        field("Status", Value::HexU32(failure.status)),
        text("FailureReason", if failure.sub_status == 0 { "%%2304" } else { "%%2313" }),
        field("SubStatus", Value::HexU32(failure.sub_status)),
        field("LogonType", Value::U32(failure.logon_type)),
        text("LogonProcessName", failure.process),
        text("AuthenticationPackageName", failure.package),
        text("WorkstationName", &failure.workstation),
        text("TransmittedServices", "-"),
        text("LmPackageName", "-"),
        field("KeyLength", Value::U32(0)),
        hex("ProcessId", if failure.image == "-" { 0 } else { 0x5e4 }),
        text("ProcessName", failure.image),
        text("IpAddress", &failure.address),
        text("IpPort", port_text(failure.port)),
    ]);
    audit(4625, 0, LOGON, false, fields)
}

fn target(account: &Account, luid: u64) -> Vec<(String, Value)> {
    vec![
        sid("TargetUserSid", &account.sid),
        text("TargetUserName", &account.user),
        text("TargetDomainName", &account.domain),
        hex("TargetLogonId", luid),
    ]
}

/// 4634: an account was logged off.
pub fn logged_off(account: &Account, luid: u64, logon_type: u32) -> Entry {
    let mut fields = target(account, luid);
    fields.push(field("LogonType", Value::U32(logon_type)));
    audit(4634, 0, LOGOFF, true, fields)
}

/// 4647: the user began to log off.
pub fn logoff_initiated(account: &Account, luid: u64) -> Entry {
    audit(4647, 0, LOGOFF, true, target(account, luid))
}

/// What 4648 says: whose credentials were used, by whom, for which machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explicit {
    /// Who used them.
    pub subject: Account,
    /// Logon ID of the one who used them.
    pub subject_luid: u64,
    /// Whose they are.
    pub target: Account,
    /// The machine they are for.
    pub server: String,
    /// What of it: `TERMSRV/…`, `cifs/…`, or the machine again.
    pub info: String,
    /// Program.
    pub image: &'static str,
    /// Address, of winlogon the client's; `-` if there is none.
    pub address: String,
    /// Port.
    pub port: Option<u16>,
}

/// 4648: a logon was tried with explicit credentials.
pub fn explicit_credentials(of: &Explicit) -> Entry {
    let mut fields = subject(&of.subject, of.subject_luid);
    fields.extend([
        field("LogonGuid", Value::Guid(0)),
        text("TargetUserName", &of.target.user),
        text("TargetDomainName", &of.target.domain),
        field("TargetLogonGuid", Value::Guid(0)),
        text("TargetServerName", &of.server),
        text("TargetInfo", &of.info),
        hex("ProcessId", 0x5e4),
        text("ProcessName", of.image),
        text("IpAddress", &of.address),
        text("IpPort", port_text(of.port)),
    ]);
    audit(4648, 0, LOGON, true, fields)
}

/// 4672: special privileges went to a new logon.
pub fn privileges(account: &Account, luid: u64) -> Entry {
    let mut fields = subject(account, luid);
    let list = ["SeSecurityPrivilege", "SeBackupPrivilege", "SeRestorePrivilege", "SeDebugPrivilege"];
    fields.push(text("PrivilegeList", list.join("\r\n\t\t\t")));
    audit(4672, 0, SPECIAL_LOGON, true, fields)
}
