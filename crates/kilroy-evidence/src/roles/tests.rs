use std::net::IpAddr;

use kilroy_catalog::FieldRole as R;
use kilroy_model::{Guid, Luid};

use super::*;

/// The columns of one field of one role.
fn one(role: R, value: &str) -> Columns<'_> {
    columns(&[(role, value)])
}

fn columns<'a>(fields: &[(R, &'a str)]) -> Columns<'a> {
    let mut columns = Columns::default();
    for (role, value) in fields {
        columns.fill(*role, Logged::text(value));
    }
    columns
}

/// All that was filled.
fn shown(columns: &Columns<'_>) -> String {
    let Columns { session, authentication, outcome, network, process, object, old_value, new_value, .. } =
        columns;
    let accounts = (columns.account(), columns.subject());
    format!(
        "{accounts:?} {session:?} {authentication:?} {outcome:?} {network:?} {process:?} {object:?} {old_value:?} {new_value:?}"
    )
}

/// As columns hold it.
#[expect(clippy::unnecessary_wraps)]
fn s(text: &str) -> Option<&str> {
    Some(text)
}

fn ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

const GUID: &str = "{F4205BAC-1B01-40FC-AEEF-3C971C730000}";
const NIL: &str = "{00000000-0000-0000-0000-000000000000}";

#[test]
fn every_role_fills_its_own_column() {
    let guid: Option<Guid> = GUID.parse().ok();
    assert_eq!(one(R::User, "alice").account().user, s("alice"));
    assert_eq!(one(R::Domain, "CORP").account().domain, s("CORP"));
    assert_eq!(one(R::Sid, "S-1-5-18").account().sid, s("S-1-5-18"));
    assert_eq!(one(R::SubjectUser, "HOST$").subject().user, s("HOST$"));
    assert_eq!(one(R::SubjectDomain, "CORP").subject().domain, s("CORP"));
    assert_eq!(one(R::SubjectSid, "S-1-5-18").subject().sid, s("S-1-5-18"));
    assert_eq!(one(R::LogonId, "0x513da").session.logon_id, Some(Luid(0x513da)));
    assert_eq!(one(R::SubjectLogonId, "0x3e7").session.subject_logon_id, Some(Luid(0x3e7)));
    assert_eq!(one(R::LinkedLogonId, "0x513ff").session.linked_logon_id, Some(Luid(0x513ff)));
    assert_eq!(one(R::LogonGuid, GUID).session.logon_guid, guid);
    assert_eq!(one(R::LogonType, "10").session.logon_type, Some(10));
    assert_eq!(one(R::TerminalSession, "2").session.terminal_session, Some(2));
    assert_eq!(one(R::SessionName, "RDP-Tcp#5").session.session_name, s("RDP-Tcp#5"));
    assert_eq!(one(R::AuthPackage, "Negotiate").authentication.package, s("Negotiate"));
    assert_eq!(one(R::LogonProcess, "User32 ").authentication.logon_process, s("User32"));
    assert_eq!(one(R::LmPackage, "NTLM V2").authentication.lm_package, s("NTLM V2"));
    assert_eq!(one(R::Elevated, "%%1842").authentication.elevated, Some(true));
    assert_eq!(one(R::RestrictedAdmin, "%%1843").authentication.restricted_admin, Some(false));
    assert_eq!(one(R::CredentialGuard, "%%1842").authentication.credential_guard, Some(true));
    assert_eq!(one(R::Status, "0xc000006d").outcome.status, s("0xc000006d"));
    assert_eq!(one(R::SubStatus, "0xc000006a").outcome.sub_status, s("0xc000006a"));
    assert_eq!(one(R::Reason, "12").outcome.reason, Some(12));
    assert_eq!(one(R::SrcAddress, "10.0.0.1").network.src.ip, ip("10.0.0.1"));
    assert_eq!(one(R::SrcPort, "50123").network.src.port, Some(50123));
    assert_eq!(one(R::SrcHost, " KALI ").network.src.host, s("KALI"));
    assert_eq!(one(R::DstAddress, "10.0.0.2").network.dst.ip, ip("10.0.0.2"));
    assert_eq!(one(R::DstPort, "3389").network.dst.port, Some(3389));
    assert_eq!(one(R::DstHost, "TERMSRV/DC").network.dst.host, s("TERMSRV/DC"));
    assert_eq!(one(R::ProcessGuid, GUID).process.guid, guid);
    assert_eq!(one(R::Pid, "0x1a4").process.pid, Some(0x1a4));
    assert_eq!(one(R::Image, "C:\\x.exe").process.image, s("C:\\x.exe"));
    assert_eq!(one(R::CommandLine, "x  y ").process.command_line, s("x  y "));
    assert_eq!(one(R::ParentGuid, GUID).process.parent_guid, guid);
    assert_eq!(one(R::ParentPid, "420").process.parent_pid, Some(420));
    assert_eq!(one(R::ParentImage, "C:\\p.exe").process.parent_image, s("C:\\p.exe"));
    assert_eq!(one(R::ParentCommandLine, "p -k ").process.parent_command_line, s("p -k "));
    assert_eq!(one(R::Hashes, "MD5=0A").process.hashes, s("MD5=0A"));
    assert_eq!(one(R::Object, "PSEXESVC").object, s("PSEXESVC"));
    assert_eq!(one(R::OldValue, "WIN-OLD").old_value, s("WIN-OLD"));
    assert_eq!(one(R::NewValue, "WIN-NEW").new_value, s("WIN-NEW"));
}

/// Windows 7 writes the date of a clock change apart from the time of day.
#[test]
fn a_date_stands_in_front_of_its_value() {
    let mut texts = Default::default();
    let mut clock = columns(&[
        (R::OldValue, "4:48:01 AM"),
        (R::NewValue, "10:58:47 PM"),
        (R::OldDate, "8/23/2015"),
        (R::NewDate, "9/1/2015"),
    ]);
    clock.with_dates(&mut texts);
    assert_eq!((clock.old_value, clock.new_value), (s("8/23/2015 4:48:01 AM"), s("9/1/2015 10:58:47 PM")));
    let mut texts = Default::default();
    let mut apart = columns(&[(R::OldValue, "a"), (R::NewDate, "9/1/2015")]);
    apart.with_dates(&mut texts);
    assert_eq!((apart.old_value, apart.new_value), (s("a"), None));
}

#[test]
fn what_says_nothing_fills_nothing() {
    let empty = shown(&Columns::default());
    for role in R::ALL {
        for nothing in ["", " ", "-"] {
            assert_eq!(shown(&one(*role, nothing)), empty, "{role:?} {nothing:?}");
        }
    }
    for (role, value) in [
        (R::LogonId, "0x0"),
        (R::SubjectLogonId, "0x0000000000000000"),
        (R::LinkedLogonId, "0x0"),
        (R::LogonGuid, NIL),
        (R::ProcessGuid, NIL),
        (R::SrcPort, "0"),
        (R::SrcAddress, "KALI"),
        (R::LogonType, "300"),
        (R::TerminalSession, "RDP-Tcp"),
        (R::Elevated, "%%9999"),
        (R::Sid, "S-1-0-0"),
        (R::Reason, "-1"),
    ] {
        assert_eq!(shown(&one(role, value)), empty, "{role:?} {value:?}");
    }
}

#[test]
fn a_name_brings_its_domain_along() {
    let account = one(R::User, "CORP\\alice").account();
    assert_eq!((account.user, account.domain), (s("alice"), s("CORP")));
    let account = columns(&[(R::User, "alice"), (R::Domain, " ")]).account();
    assert_eq!((account.user, account.domain), (s("alice"), None));
}

#[test]
fn addresses_and_ports_go_together() {
    let src = one(R::SrcAddress, "[fe80::1%10]:50123").network.src;
    assert_eq!((src.ip, src.port, src.local), (ip("fe80::1"), Some(50123), false));
    let src = columns(&[(R::SrcAddress, "::ffff:10.0.0.1"), (R::SrcPort, "4711")]).network.src;
    assert_eq!((src.ip, src.port), (ip("10.0.0.1"), Some(4711)));
    let src = one(R::SrcAddress, "LOCAL").network.src;
    assert_eq!((src.ip, src.local), (None, true));
}

#[test]
fn of_several_fields_the_first_that_says_something_counts() {
    let user = |a: &'static str, b: &'static str| columns(&[(R::User, a), (R::User, b)]).account().user;
    assert_eq!(user("alice", "bob"), s("alice"));
    assert_eq!(user("-", "bob"), s("bob"));
    let src = columns(&[(R::SrcAddress, "-"), (R::SrcAddress, "LOCAL"), (R::SrcAddress, "10.0.0.1")]);
    assert_eq!((src.network.src.local, src.network.src.ip), (true, None));
}
