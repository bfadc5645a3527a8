//! What makes no row, and what a receipt says of its session: what is missing and why, who contradicts whom, how sure it is.

mod common;

use kilroy_evtx::{Body, Value};
use kilroy_model::{AccessSession, EndKind, Grade, How, Kind, WhyMissing};
use kilroy_testkit::layouts::logon::{Explicit, explicit_credentials};
use kilroy_testkit::layouts::{legacy, listener, sysmon, system};
use kilroy_testkit::{Account, Client, Edition, Host, Log, Style, log_files, may, seconds};

fn bob() -> Account {
    Account::new("bob", "CORP", 1107)
}

fn laptop() -> Client {
    Client::new("10.20.30.40", 51234, "BOB-LT")
}

fn host(style: Style) -> Host {
    Host::new("SRV01.corp.example", style, may(14, 9, 0, 0))
}

fn rows(host: &Host) -> Vec<AccessSession> {
    let files = log_files(host.events()).expect("a story that can be written");
    common::tables(&files).access.into_iter().filter(|r| !r.background).collect()
}

fn why(row: &AccessSession, event_id: u32) -> Option<WhyMissing> {
    row.missing.iter().find(|m| m.event_id == event_id).map(|m| m.why)
}

/// Connections, credentials for elsewhere and services are no presence.
#[test]
fn what_shows_nobody_here_is_no_row() {
    let mut host = host(Style::Windows10);
    host.boot();
    host.rdp_connect(&laptop());
    host.pass(seconds(60));
    host.log(explicit_credentials(&Explicit {
        subject: bob(),
        subject_luid: 0x51_3da,
        target: Account::new("svc-adm", "CORP", 1183),
        server: "dc01.corp.example".to_owned(),
        info: "dc01.corp.example".to_owned(),
        image: r"C:\Windows\System32\runas.exe",
        address: "-".to_owned(),
        port: None,
    }));
    host.pass(seconds(60));
    host.log(system::service_installed("PSEXESVC", r"%SystemRoot%\PSEXESVC.exe"));
    let rows = rows(&host);
    assert!(rows.is_empty(), "{rows:?}");
}

/// On Server 2008 1149 is written for failures, too: alone it shows nobody.
#[test]
fn a_lone_1149_is_a_row_unless_the_server_is_old() {
    for (version, count) in [("6.00.", 0), ("10.00.", 1)] {
        let mut host = host(Style::Windows10).only(&[Log::System, Log::RemoteConnections]);
        let mut noted = system::windows_version();
        if let Body::UnnamedData(values, _) = &mut noted.spec.body {
            values[0] = Value::Str(version.to_owned());
        }
        host.log(noted);
        host.pass(seconds(60));
        host.log(listener::authenticated("bob", "CORP", "10.20.30.40"));
        host.pass(seconds(60));
        let rows = rows(&host);
        assert_eq!(rows.len(), count, "Windows {version}");
        assert!(rows.iter().all(|r| r.how == How::AuthOnly));
    }
}

/// A process start that names logon and terminal session ties the two, where the session manager is silent.
#[test]
fn sysmon_tells_on_which_desktop_a_logon_runs() {
    let mut host = host(Style::Windows10).only(&[Log::Security, Log::Sysmon]);
    host.boot();
    let logon = host.rdp_logon(&laptop(), &bob());
    let luid = host.desk(logon.session).expect("a desktop").luid();
    host.pass(seconds(5));
    host.log(sysmon::process_created(
        &bob(),
        luid,
        logon.session,
        r"C:\Windows\explorer.exe",
        "explorer.exe",
        8200,
    ));
    host.pass(seconds(60));
    let rows = rows(&host);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].session_id, rows[0].kind), (Some(logon.session), Kind::InteractiveRemote));
}

/// Each reason for what is missing, on the same logon.
#[test]
fn what_is_missing_is_explained() {
    let logon_of = |host: &mut Host| {
        host.boot();
        host.pass(seconds(60));
        host.rdp_logon(&laptop(), &bob());
        host.pass(seconds(600));
    };
    let mut no_log = host(Style::Windows10).without(Log::RdpCore);
    logon_of(&mut no_log);
    assert_eq!(why(&rows(&no_log)[0], 131), Some(WhyMissing::NoSuchLog));

    let mut later = host(Style::Windows10);
    logon_of(&mut later);
    let now = later.now();
    later.wrap(Log::Security, now);
    later.network_logon(&laptop(), &bob());
    assert_eq!(why(&rows(&later)[0], 4624), Some(WhyMissing::BeforeLog));

    let mut cleared = host(Style::Windows10);
    logon_of(&mut cleared);
    cleared.clear_log(Log::Security, &bob(), 0x51_3da);
    cleared.pass(seconds(60));
    cleared.network_logon(&laptop(), &bob());
    assert_eq!(why(&rows(&cleared)[0], 4624), Some(WhyMissing::Cleared));

    let mut off = host(Style::Windows10);
    logon_of(&mut off);
    off.rdp_connect(&laptop());
    off.forget(Log::RemoteConnections, &[1149]);
    // Records were taken out: their numbers are missing.
    assert_eq!(why(&rows(&off)[0], 1149), Some(WhyMissing::Hole));
}

/// Where the desktop asks for the password there is no 1149 to miss. Without Security nobody can tell.
#[test]
fn without_nla_no_authentication_is_missed() {
    for (security, missed) in [(true, None), (false, Some(WhyMissing::AuditingOff))] {
        let mut host = host(Style::Windows10);
        if !security {
            host = host.without(Log::Security);
        }
        host.boot();
        host.rdp_logon(&laptop().without_nla(), &bob());
        host.pass(seconds(60));
        host.rdp_connect(&laptop());
        let rows = rows(&host);
        let desktop = rows.iter().find(|r| r.session_id.is_some()).expect("a desktop");
        assert_eq!(why(desktop, 1149), missed, "Security: {security}");
    }
}

/// Server 2003 has no other log of sessions, and its events have their own numbers.
#[test]
fn what_an_old_windows_never_writes_is_not_missed() {
    let mut host = host(Style::Windows7).only(&[Log::Security]);
    host.old_boot();
    let logon = host.old_logon(Edition::Server2003, &bob(), 10, Some(&laptop()));
    host.pass(seconds(600));
    let off = host.old_logoff(&logon);
    let rows = rows(&host);
    assert_eq!((rows[0].end, rows[0].end_kind), (Some(off[0].time), EndKind::Logoff));
    assert_eq!(rows[0].grade, Grade::Complete);
    assert!(!rows[0].missing.is_empty());
    assert!(rows[0].missing.iter().all(|m| m.why == WhyMissing::NotOnThisVersion), "{:?}", rows[0].missing);

    let mut left = host;
    left.pass(seconds(60));
    left.log(legacy::window_station(true, &bob(), 0x99_999, "RDP-Tcp#9", "HOME-PC", "203.0.113.77"));
    let back = rows_of_user(&left, How::Reconnect);
    assert_eq!(back.client.as_deref(), Some("HOME-PC"));
}

fn rows_of_user(host: &Host, how: How) -> AccessSession {
    rows(host).into_iter().find(|r| r.how == how).expect("such a row")
}

/// An address translator between two logs: the session manager's word counts, the other one is kept.
#[test]
fn a_source_that_another_log_denies_is_kept_as_a_contradiction() {
    let mut host = host(Style::Windows10);
    host.boot();
    let arrived = host.rdp_authenticate_only(&laptop(), &bob());
    let translated = Client::new("192.0.2.200", 51234, "BOB-LT");
    host.rdp_desktop(arrived, &translated, &bob());
    host.pass(seconds(60));
    let rows = rows(&host);
    let row = rows.iter().find(|r| r.session_id.is_some()).expect("a desktop");
    assert_eq!(row.ip.as_deref(), Some("192.0.2.200"));
    let source = row.proofs.iter().find(|p| p.field == "source").expect("a proof of the source");
    assert!(source.contradictions.iter().any(|c| c.value == "10.20.30.40"), "{source:?}");
    assert!(!source.proven_by.is_empty());
}

/// One record alone is graded as such; begin and end with all that belongs to them are complete.
#[test]
fn grades_follow_the_proof() {
    let mut whole = host(Style::Windows10);
    whole.boot();
    let logon = whole.rdp_logon(&laptop(), &bob());
    whole.pass(seconds(600));
    whole.rdp_disconnect(logon.session, 11).expect("a desktop");
    whole.pass(seconds(60));
    assert_eq!(rows(&whole)[0].grade, Grade::Complete);

    let mut open = host(Style::Windows10);
    open.boot();
    open.rdp_logon(&laptop(), &bob());
    open.pass(seconds(600));
    assert_eq!(rows(&open)[0].grade, Grade::Partial, "nothing ends it");

    let mut one = host(Style::Windows10).only(&[Log::Security]);
    one.boot();
    one.network_logon(&laptop(), &bob());
    assert_eq!(rows(&one)[0].grade, Grade::SingleSource);
}
