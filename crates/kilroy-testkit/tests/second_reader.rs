//! Stories of a second reader: shapes that the scenarios do not tell, with the answers that the rules demand.

mod common;
#[allow(unused_imports, reason = "the other test uses all of it")]
#[path = "oracle/mod.rs"]
mod oracle;

use kilroy_model::{AccessSession, EndKind, How, Kind, Reason, SessionOutcome};
use kilroy_testkit::layouts::logon::{Logon, logged_off, logged_on, logoff_initiated};
use kilroy_testkit::layouts::security::{WindowStation, disconnected, preauthentication_failed, reconnected};
use kilroy_testkit::layouts::sessions;
use kilroy_testkit::{Account, Client, Host, Log, Style, log_files, may, seconds};

fn alice() -> Account {
    Account::new("alice", "CORP", 1104).admin()
}

fn bob() -> Account {
    Account::new("bob", "CORP", 1107)
}

fn laptop() -> Client {
    Client::new("10.20.30.40", 51234, "ALICE-LT")
}

/// A machine that has just started.
fn started(style: Style, logs: Option<&[Log]>) -> Host {
    let mut host = Host::new("SRV01.corp.example", style, may(14, 9, 0, 0));
    if let Some(logs) = logs {
        host = host.only(logs);
    }
    host.boot();
    host
}

fn rows(host: &Host) -> Vec<AccessSession> {
    let files = log_files(host.events()).expect("a story that can be written");
    let apart = oracle::History::of_files(&files).differences();
    assert!(apart.is_empty(), "engine and oracle differ:\n{}", apart.join("\n"));
    common::tables(&files).access.into_iter().filter(|r| !r.background).collect()
}

fn event_ids(row: &AccessSession) -> Vec<u32> {
    row.sources.iter().map(|s| s.event_id).collect()
}

fn count(row: &AccessSession, event_id: u32) -> usize {
    event_ids(row).iter().filter(|id| **id == event_id).count()
}

/// Two users behind one address arrive within five seconds: each keeps its own connection.
#[test]
fn two_users_behind_one_address() {
    for style in [Style::Windows10, Style::Windows7] {
        let mut host = started(style, None);
        let first = host.rdp_authenticate_only(&laptop(), &bob());
        host.pass(300);
        let second = host.rdp_authenticate_only(&laptop(), &alice());
        host.pass(300);
        let attempts: Vec<_> = [&first, &second]
            .iter()
            .filter_map(|a| a.connection.as_ref())
            .map(|c| if style == Style::Windows7 { c.received.time } else { c.accepted.time })
            .collect();
        host.rdp_desktop(first, &laptop(), &bob());
        host.rdp_desktop(second, &laptop(), &alice());
        let rows = rows(&host);
        assert_eq!(rows.len(), 2);
        for (row, attempt) in rows.iter().zip(attempts) {
            assert_eq!(row.attempt, Some(attempt));
            assert_eq!(count(row, 1149), 1);
            assert_eq!(count(row, 261), 1);
        }
    }
}

/// A failure and a success from one address within ten seconds: 131, 261, 140 and 1149 go where they belong.
#[test]
fn failure_then_success_within_seconds() {
    let mut host = started(Style::Windows10, None);
    let failed = host.failed_rdp(&laptop(), "bob", 0xc000_006a);
    host.pass(2000);
    let logon = host.rdp_logon(&laptop(), &bob());
    let rows = rows(&host);
    let [failure, success] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!(failure.outcome, SessionOutcome::Failure);
    assert_eq!(failure.attempt, Some(failed.connection.accepted.time));
    assert_eq!(event_ids(failure), [131, 261, 4625, 140]);
    assert_eq!(success.attempt, logon.connection.map(|c| c.accepted.time));
    assert_eq!((count(success, 131), count(success, 261), count(success, 1149)), (1, 1, 1));
    assert_eq!(success.prior_failures, 1);
}

/// Fast user switching as Security tells it: 4779 and 4778 of one logon ID at the console, again and again.
#[test]
fn switching_users_at_the_console_by_security() {
    let mut host = started(Style::Windows10, Some(&[Log::Security]));
    let logon = host.console_logon(&bob());
    let luid = logon.luids[0];
    let station = WindowStation {
        account: bob(),
        luid,
        session_name: "Console".to_owned(),
        client_name: "Unknown".to_owned(),
        client_address: "LOCAL".to_owned(),
    };
    for _ in 0..3 {
        host.pass(seconds(600));
        host.log(disconnected(&station));
        host.pass(seconds(600));
        host.log(reconnected(&station));
    }
    host.pass(seconds(60));
    let asked = host.log(logoff_initiated(&bob(), luid));
    host.pass(300);
    host.log(logged_off(&bob(), luid, 2));
    let rows = rows(&host);
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|r| r.kind == Kind::InteractiveLocal && r.client.is_none()));
    assert!(rows[1..].iter().all(|r| r.how == How::Reconnect && r.ip.as_deref() == Some("LOCAL")));
    assert!(rows[..3].iter().all(|r| r.end_kind == EndKind::Disconnect));
    assert_eq!((rows[3].end_kind, rows[3].end), (EndKind::Logoff, Some(asked.time)));
}

/// The same as LSM tells it, with the throw-away session of the switch back.
#[test]
fn switching_users_at_the_console_by_lsm() {
    let (bob, alice) = ("CORP\\bob", "CORP\\alice");
    let mut host = Host::new("PC", Style::Windows10, may(14, 9, 0, 0)).only(&[Log::LocalSessions]);
    host.log(sessions::logon(bob, 1, "LOCAL"));
    host.pass(seconds(600));
    host.log(sessions::reason(1, 5));
    host.pass(100);
    host.log(sessions::disconnected(bob, 1, "LOCAL"));
    host.pass(500);
    host.log(sessions::arbitration_begun(alice, 2));
    host.pass(10);
    host.log(sessions::arbitration_ended(alice, 2));
    host.pass(400);
    host.log(sessions::logon(alice, 2, "LOCAL"));
    host.pass(seconds(600));
    host.log(sessions::reason(2, 5));
    host.pass(50);
    host.log(sessions::disconnected(alice, 2, "LOCAL"));
    host.pass(300);
    host.log(sessions::arbitration_begun(bob, 3));
    host.pass(10);
    host.log(sessions::reason(3, 0));
    host.pass(50);
    host.log(sessions::reconnected(bob, 1, "LOCAL"));
    host.pass(50);
    host.log(sessions::arbitration_ended(bob, 3));
    host.pass(seconds(60));
    host.log(sessions::logoff(bob, 1));
    host.pass(60);
    host.log(sessions::reason(1, 12));
    let rows = rows(&host);
    let told: Vec<_> = rows.iter().map(|r| (r.session_id, r.how, r.end_kind, r.reason.clone())).collect();
    let reason = |n| Some(Reason::Number(n));
    assert_eq!(
        told,
        [
            (Some(1), How::Logon, EndKind::Disconnect, reason(5)),
            (Some(2), How::Logon, EndKind::Disconnect, reason(5)),
            (Some(1), How::Reconnect, EndKind::Logoff, reason(12)),
        ]
    );
}

/// The logoff of a disconnected desktop hours later moves nothing and is no row.
#[test]
fn logoff_of_a_disconnected_desktop() {
    let mut host = started(Style::Windows10, None);
    let logon = host.rdp_logon(&laptop(), &bob());
    host.pass(seconds(60));
    let left = host.rdp_disconnect(logon.session, 0).expect("a desktop");
    host.pass(seconds(7200));
    host.logoff(logon.session);
    let rows = rows(&host);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].end_kind, rows[0].end), (EndKind::Disconnect, left.end.map(|m| m.time)));
}

/// The token of one half of an administrator goes early: the session goes on until the user leaves.
#[test]
fn one_half_closes_early() {
    let mut host = started(Style::Windows10, None);
    let logon = host.rdp_logon(&laptop(), &alice());
    host.pass(seconds(60));
    host.log(logged_off(&alice(), logon.luids[1], 10));
    host.pass(seconds(3600));
    let left = host.rdp_disconnect(logon.session, 11).expect("a desktop");
    let rows = rows(&host);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].end_kind, rows[0].end), (EndKind::Disconnect, left.end.map(|m| m.time)));
}

/// 4634 some milliseconds before its 4624: one row, ended.
#[test]
fn logoff_a_moment_before_its_logon() {
    let mut host = started(Style::Windows10, Some(&[Log::Security]));
    let end = host.log(logged_off(&bob(), 0x88_888, 3));
    host.pass(5);
    let logon = Logon {
        version: 2,
        subject: Account::nobody(),
        subject_luid: 0,
        target: bob(),
        luid: 0x88_888,
        linked: 0,
        logon_type: 3,
        process: "NtLmSsp ",
        package: "NTLM",
        workstation: "ALICE-LT".to_owned(),
        guid: 0,
        lm_package: "NTLM V2",
        image: "-",
        address: "10.20.30.40".to_owned(),
        port: Some(0),
        outbound: None,
        elevated: false,
        restricted_admin: None,
        credential_guard: None,
    };
    host.log(logged_on(&logon));
    let rows = rows(&host);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].end_kind, rows[0].end), (EndKind::Logoff, Some(end.time)));
}

/// A local and a domain account of one name, connected at once: what ends one does not end the other.
#[test]
fn two_accounts_of_one_name() {
    let mut host = started(Style::Windows10, None);
    let domain = Account::new("Administrator", "CORP", 500);
    let local = Account::with_sid("Administrator", "SRV01", "S-1-5-21-9-9-9-500");
    let first = host.rdp_logon(&laptop(), &domain);
    let second = host.rdp_logon(&laptop(), &local);
    host.pass(seconds(60));
    host.rdp_disconnect(first.session, 0);
    host.pass(1000);
    host.logoff(second.session);
    let rows = rows(&host);
    let told: Vec<_> = rows.iter().map(|r| (r.domain.as_deref(), r.session_id, r.end_kind)).collect();
    assert_eq!(
        told,
        [
            (Some("CORP"), Some(first.session), EndKind::Disconnect),
            (Some("SRV01"), Some(second.session), EndKind::Logoff),
        ]
    );
}

/// 25 from another address while the 24 is not in the log: the old presence is superseded, and bounded.
#[test]
fn taken_over_without_a_disconnect() {
    let user = "CORP\\bob";
    let mut host = Host::new("PC", Style::Windows10, may(14, 9, 0, 0)).only(&[Log::LocalSessions]);
    host.log(sessions::logon(user, 3, "10.0.0.1"));
    host.pass(seconds(600));
    let back = host.log(sessions::reconnected(user, 3, "10.0.0.2"));
    host.pass(seconds(60));
    host.log(sessions::disconnected(user, 3, "10.0.0.2"));
    let rows = rows(&host);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].end_kind, rows[0].end), (EndKind::Superseded, None));
    assert_eq!(rows[0].end_not_after, Some(back.time));
    assert_eq!((rows[1].how, rows[1].end_kind), (How::Reconnect, EndKind::Disconnect));
}

/// "Other Logon/Logoff Events" are not audited by default: no 4778, no 4779, and LSM tells all the same.
#[test]
fn reconnect_without_window_station_events() {
    let mut host = started(Style::Windows10, None);
    let logon = host.rdp_logon(&laptop(), &bob());
    host.pass(seconds(60));
    host.rdp_disconnect(logon.session, 0);
    host.pass(seconds(600));
    host.rdp_reconnect(&laptop(), logon.session);
    host.pass(seconds(600));
    host.logoff(logon.session);
    host.forget(Log::Security, &[4778, 4779]);
    let rows = rows(&host);
    let told: Vec<_> = rows.iter().map(|r| (r.how, r.end_kind, r.logon_ids.len())).collect();
    assert_eq!(told, [(How::Logon, EndKind::Disconnect, 2), (How::Reconnect, EndKind::Logoff, 3)]);
    assert_eq!(count(&rows[1], 4647), 1);
}

/// LSM without its ends: 4779 ends each presence.
#[test]
fn session_manager_without_ends() {
    let mut host = started(Style::Windows10, None);
    let logon = host.rdp_logon(&laptop(), &bob());
    host.pass(seconds(60));
    let left = host.rdp_disconnect(logon.session, 0).expect("a desktop");
    host.pass(seconds(60));
    host.rdp_reconnect(&laptop(), logon.session);
    host.pass(seconds(60));
    let gone = host.rdp_disconnect(logon.session, 0).expect("a desktop");
    host.forget(Log::LocalSessions, &[24, 40]);
    let rows = rows(&host);
    let ends: Vec<_> = rows.iter().map(|r| (r.end_kind, r.end)).collect();
    assert_eq!(
        ends,
        [(EndKind::Disconnect, Some(left.station.time)), (EndKind::Disconnect, Some(gone.station.time)),]
    );
}

/// An unlock at the console without 4800 and 4801 is a row beside the session.
#[test]
fn unlock_without_lock_events() {
    let mut host = started(Style::Windows10, None);
    let logon = host.console_logon(&alice());
    host.pass(seconds(600));
    host.lock(logon.session);
    host.pass(seconds(60));
    host.unlock(logon.session, 7);
    host.pass(seconds(60));
    host.logoff(logon.session);
    host.forget(Log::Security, &[4800, 4801]);
    let rows = rows(&host);
    let kinds: Vec<_> = rows.iter().map(|r| (r.kind, r.end_kind)).collect();
    assert_eq!(kinds, [(Kind::InteractiveLocal, EndKind::Logoff), (Kind::Unlock, EndKind::Logoff)]);
    assert_eq!(rows[1].logon_ids.len(), 2);
}

/// Kerberos and the logon fail together on a controller: one attempt, one row.
#[test]
fn kerberos_failure_beside_its_4625() {
    let mut host = started(Style::Windows10, None);
    host.log(preauthentication_failed(&bob(), "::1", 0, 0x18));
    host.pass(10);
    host.failed_logon(None, "bob", 2, (0xc000_006d, 0xc000_006a));
    let rows = rows(&host);
    assert_eq!(rows.len(), 1);
    assert_eq!(event_ids(&rows[0]), [4771, 4625]);
}

/// The session manager's log begins after the logon: what it shows of the end belongs to the logon that Security shows.
#[test]
fn a_desktop_whose_begin_lsm_has_forgotten() {
    for logoff in [false, true] {
        let mut host = started(Style::Windows10, None);
        let logon = host.rdp_logon(&laptop(), &alice());
        host.pass(seconds(600));
        if logoff {
            host.logoff(logon.session);
        } else {
            host.rdp_disconnect(logon.session, 11);
        }
        let all = rows(&host);
        host.forget(Log::LocalSessions, &[21, 22, 41, 42]);
        let rows = rows(&host);
        let ([whole], [row]) = (all.as_slice(), rows.as_slice()) else {
            panic!("{} and {}", all.len(), rows.len())
        };
        assert_eq!(
            (row.end, row.end_kind, row.reason.clone()),
            (whole.end, whole.end_kind, whole.reason.clone())
        );
        assert_eq!((row.session_id, row.how), (whole.session_id, How::Logon));
    }
}

/// A null session from the same address is no success that would make the guesses before it forgotten.
#[test]
fn background_logons_do_not_reset_prior_failures() {
    let mut host = started(Style::Windows10, Some(&[Log::Security]));
    for _ in 0..5 {
        host.failed_logon(Some(&laptop()), "bob", 3, (0xc000_006d, 0xc000_006a));
        host.pass(1000);
    }
    host.network_logon(&laptop(), &Account::new("SRV02$", "CORP", 1001));
    host.pass(1000);
    host.network_logon(&laptop(), &bob());
    let rows = rows(&host);
    let success = rows.iter().find(|r| r.outcome == SessionOutcome::Success).expect("bob gets in");
    assert_eq!(success.prior_failures, 5);
}

/// 23 is lost; 4647 and 4634 beside the 24 say that the user logged off.
#[test]
fn a_logoff_of_which_lsm_kept_the_disconnect_only() {
    let mut host = started(Style::Windows10, None);
    let logon = host.rdp_logon(&laptop(), &bob());
    host.pass(seconds(600));
    host.logoff(logon.session);
    host.forget(Log::LocalSessions, &[23]);
    let rows = rows(&host);
    let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!(row.end_kind, EndKind::Logoff);
    let asked = row.sources.iter().find(|s| s.event_id == 4647).map(|s| s.time);
    assert_eq!(row.end, asked);
}

/// Security begins within the session of an administrator: both halves of the logon close, and that is one logoff.
#[test]
fn the_second_half_of_a_forgotten_logon_is_no_presence() {
    let mut host = started(Style::Windows10, None);
    let logon = host.rdp_logon(&laptop(), &alice());
    host.pass(seconds(600));
    let middle = may(14, 9, 5, 0);
    host.logoff(logon.session);
    host.wrap(Log::Security, middle);
    let rows = rows(&host);
    let desktop: Vec<_> = rows.iter().filter(|r| r.kind != Kind::Network).collect();
    let [row] = desktop.as_slice() else { panic!("{} rows", desktop.len()) };
    assert_eq!((row.how, row.end_kind), (How::Logon, EndKind::Logoff));
}
