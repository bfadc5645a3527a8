//! Stories of a second reader: shapes that the scenarios do not tell, beside what SESSIONS.md says of them.
#![allow(clippy::print_stdout, dead_code)]

mod common;

use kilroy_model::{AccessSession, Timestamp};
use kilroy_testkit::layouts::logon::{Failure, Logon, failed, logged_off, logged_on, logoff_initiated};
use kilroy_testkit::layouts::security::{WindowStation, disconnected as station_left, reconnected as station_back};
use kilroy_testkit::layouts::{listener, logon, security, sessions, ssh};
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
fn server() -> Host {
    Host::new("SRV01.corp.example", Style::Windows10, may(14, 9, 0, 0))
}
fn short(t: Option<Timestamp>) -> String {
    t.map_or_else(|| "-".into(), |t| t.to_string()[11..23].to_owned())
}
fn show(name: &str, host: &Host) -> Vec<AccessSession> {
    let tables = common::tables(&log_files(host.events()).unwrap());
    let rows: Vec<AccessSession> = tables.access.into_iter().filter(|r| !r.background).collect();
    println!("== {name}: {} rows", rows.len());
    for r in &rows {
        let s: Vec<String> = r.sources.iter().map(|s| format!("{}{}", s.event_id, if s.role == kilroy_model::Role::Nla {"n"} else {""})).collect();
        println!(
            "  {} {} {} {} ip {:?} cl {:?} att {} start {} end {} {} na {} rsn {:?} sid {:?} prior {} luids {} | {}",
            r.user.as_deref().unwrap_or("-"), r.kind, r.how, r.outcome, r.ip, r.client, short(r.attempt), short(r.start), short(r.end),
            r.end_kind, short(r.end_not_after), r.reason, r.session_id, r.prior_failures, r.logon_ids.len(), s.join(" ")
        );
    }
    rows
}
fn base(host: &Host, who: &Account, luid: u64, t: u32, ip: &str) -> Logon {
    let _ = host;
    Logon { version: 2, subject: Account::nobody(), subject_luid: 0, target: who.clone(), luid, linked: 0, logon_type: t,
        process: if t == 3 {"NtLmSsp "} else {"User32 "}, package: "NTLM", workstation: "WS".into(), guid: 0, lm_package: "-", image: "-",
        address: ip.into(), port: Some(0), outbound: None, elevated: false }
}

#[test]
fn explore() {
    // 1 LSM begins in the middle (21, 22 gone), Security whole; disconnect
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(1800));
    let cut = h.now(); h.rdp_disconnect(l.session, 11); h.wrap(Log::LocalSessions, cut);
    show("1 LSM wrapped before 21, disconnect", &h);
    // 1b logoff
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &alice()); h.pass(seconds(1800));
    let cut = h.now(); h.logoff(l.session); h.wrap(Log::LocalSessions, cut);
    show("1b LSM wrapped before 21, logoff, admin", &h);
    // 1c LSM wrapped between 24 and 25: reconnect 4778 without 25
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(1800));
    h.rdp_disconnect(l.session, 11); h.pass(seconds(600)); h.rdp_reconnect(&laptop(), l.session); h.pass(seconds(600));
    let cut = h.now(); h.rdp_disconnect(l.session, 11); h.wrap(Log::LocalSessions, cut);
    show("1c LSM wrapped before 25, Security whole", &h);
    // 2 23 then 24 5 s later
    let mut h = server().only(&[Log::LocalSessions]); 
    h.log(sessions::logon("CORP\\bob", 3, "10.20.30.40")); h.pass(seconds(600));
    h.log(sessions::logoff("CORP\\bob", 3)); h.pass(5000); h.log(sessions::disconnected("CORP\\bob", 3, "10.20.30.40"));
    show("2 23, 5 s, 24", &h);
    // 2b 40 then 24 6 s later
    let mut h = server().only(&[Log::LocalSessions]); 
    h.log(sessions::logon("CORP\\bob", 3, "10.20.30.40")); h.pass(seconds(600));
    h.log(sessions::reason(3, 0)); h.pass(6000); h.log(sessions::disconnected("CORP\\bob", 3, "10.20.30.40"));
    show("2b 40, 6 s, 24", &h);
    // 2c 24 then 23 4 s later
    let mut h = server().only(&[Log::LocalSessions]); 
    h.log(sessions::logon("CORP\\bob", 3, "10.20.30.40")); h.pass(seconds(600));
    h.log(sessions::disconnected("CORP\\bob", 3, "10.20.30.40")); h.pass(4000); h.log(sessions::logoff("CORP\\bob", 3));
    show("2c 24, 4 s, 23", &h);
    // 3 reconnect whose 41/42 names the live session; then 24
    let mut h = server().only(&[Log::LocalSessions]);
    h.log(sessions::logon("CORP\\bob", 3, "10.20.30.40")); h.pass(seconds(600));
    h.log(sessions::arbitration_begun("CORP\\bob", 3)); h.pass(10); h.log(sessions::arbitration_ended("CORP\\bob", 3)); h.pass(seconds(60));
    h.log(sessions::disconnected("CORP\\bob", 3, "10.20.30.40"));
    show("3 41/42 of live session then 24", &h);
    // 4 SMB type 3 between NLA and desktop, session open
    let mut h = server(); h.boot();
    let a = h.rdp_authenticate_only(&laptop(), &bob()); h.pass(500);
    let smb = h.network_logon(&laptop(), &bob()); h.pass(500);
    h.rdp_desktop(a, &laptop(), &bob()); h.pass(seconds(12)); h.end(&smb); h.pass(seconds(3600)); h.network_logon(&laptop(), &alice());
    show("4 SMB among NLA, RDP session open (LSM there)", &h);
    // 5 unlock in RDP session with SMB just before
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(1800)); h.lock(l.session); h.pass(seconds(300));
    let smb = h.network_logon(&laptop(), &bob()); h.pass(seconds(5)); h.unlock(l.session, 7); h.pass(seconds(10)); h.end(&smb); h.pass(seconds(60)); h.logoff(l.session);
    show("5 unlock inside RDP, SMB 5 s before", &h);
    // 6 prior failures reset by anonymous
    let mut h = server(); h.boot();
    for _ in 0..5 { h.failed_logon(Some(&laptop()), "bob", 3, (0xc000_006d, 0xc000_006a)); h.pass(1000); }
    let l = base(&h, &Account::anonymous(), 0x55555, 3, "10.20.30.40"); h.log(logged_on(&l)); h.pass(1000);
    h.network_logon(&laptop(), &bob());
    show("6 five failures, anonymous, success: prior 5?", &h);
    // 7 no NLA: 4625 type 10 then 4624 type 10 on the same connection
    let mut h = server(); h.boot();
    let c = laptop().without_nla();
    let a = h.rdp_authenticate_only(&c, &bob()); h.pass(3000);
    h.failed_logon(Some(&c), "bob", 10, (0xc000_006d, 0xc000_006a)); h.pass(3000);
    h.rdp_desktop(a, &c, &bob());
    show("7 4625 type 10 then success on one connection: prior 1?", &h);
    // 8 Windows 7 admin without 4672 in the export
    let mut h = Host::new("W7", Style::Windows7, may(14, 9, 0, 0)); h.boot();
    let l = h.rdp_logon(&laptop(), &alice()); h.pass(seconds(600)); h.logoff(l.session); h.forget(Log::Security, &[4672]);
    show("8 win7 admin, export without 4672", &h);
    let mut h = Host::new("W7", Style::Windows7, may(14, 9, 0, 0)).only(&[Log::Security]); h.boot();
    let l = h.console_logon(&alice()); h.pass(seconds(600)); h.logoff(l.session); h.forget(Log::Security, &[4672]);
    show("8b win7 console admin, Security only without 4672", &h);
    // 9 two 1149 on one connection
    let mut h = server(); h.boot();
    let a = h.rdp_authenticate_only(&laptop(), &bob()); h.pass(700);
    let act = a.connection.as_ref().unwrap().activity;
    h.log(listener::authenticated("bob", "CORP", "10.20.30.40").of(act)); h.pass(200);
    h.rdp_desktop(a, &laptop(), &bob());
    show("9 two 1149 on one ActivityID", &h);
    // 10 NLA then 45 s (legal notice, MFA) then desktop
    let mut h = server(); h.boot();
    let a = h.rdp_authenticate_only(&laptop(), &bob()); h.pass(seconds(45)); h.rdp_desktop(a, &laptop(), &bob());
    show("10 45 s from NLA to desktop", &h);
    // 11 4647/4634 with LSM 24 but no 23
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(600)); h.logoff(l.session); h.forget(Log::LocalSessions, &[23]);
    show("11 logoff without 23 (24 there)", &h);
    // 12 duplicate LUID 4624 2 s later (same user)
    let mut h = server().only(&[Log::Security]); h.boot();
    let l = base(&h, &bob(), 0x77777, 3, "10.20.30.40"); h.log(logged_on(&l)); h.pass(2000); h.log(logged_on(&l)); h.pass(2000); h.log(logged_off(&bob(), 0x77777, 3));
    show("12 same LUID twice", &h);
    // 13 FUS on console, Security only
    let mut h = server().only(&[Log::Security]); h.boot();
    let l = h.console_logon(&bob()); let luid = l.luids[0];
    let ws = WindowStation { account: bob(), luid, session_name: "Console".into(), client_name: "Unknown".into(), client_address: "LOCAL".into() };
    for _ in 0..3 { h.pass(seconds(600)); h.log(station_left(&ws)); h.pass(seconds(600)); h.log(station_back(&ws)); }
    h.pass(seconds(60)); h.log(logoff_initiated(&bob(), luid)); h.pass(300); h.log(logged_off(&bob(), luid, 2));
    show("13 FUS console Security only", &h);
    // 14 two 4779 without 4778
    let mut h = server().only(&[Log::Security]); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(60)); h.rdp_disconnect(l.session, 0); h.pass(seconds(600)); h.rdp_reconnect(&laptop(), l.session); h.pass(seconds(60)); h.rdp_disconnect(l.session, 0);
    h.forget(Log::Security, &[4778, 4624]);
    show("14 two 4779 of one LUID, no 4778, no 4624", &h);
    // 15 publickey: type 3 logon of sshd
    let mut h = server(); h.boot();
    let mut l = base(&h, &bob(), 0x99999, 3, "-"); l.image = "C:\\Windows\\System32\\OpenSSH\\sshd.exe"; l.process = "sshd"; h.log(logged_on(&l)); h.pass(100);
    h.log(ssh::line(77, "Accepted publickey for bob from 10.20.30.40 port 50022 ssh2: ED25519 SHA256:x")); h.pass(seconds(60));
    h.log(ssh::line(77, "Disconnected from user bob 10.20.30.40 port 50022")); h.pass(20); h.log(logged_off(&bob(), 0x99999, 3));
    show("15 ssh publickey type 3", &h);
    // 16 4625 without address, 140 with
    let mut h = server(); h.boot();
    let c = Client::new("-", 5, "KALI"); let conn = h.rdp_connect(&laptop()); h.pass(400);
    h.failed_logon(Some(&c), "administrator", 3, (0xc000_006d, 0xc000_006a)); h.pass(80);
    h.log(listener::rejected("10.20.30.40").of(conn.activity));
    show("16 4625 without address + 140", &h);
    // 17 disconnected session logged off hours later
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(60)); h.rdp_disconnect(l.session, 0); h.pass(seconds(7200)); h.logoff(l.session);
    show("17 logoff hours later", &h);
    // 18 two users behind NAT within 5 s
    let mut h = server(); h.boot();
    let a = h.rdp_authenticate_only(&laptop(), &bob()); h.pass(300);
    let b = h.rdp_authenticate_only(&laptop(), &alice()); h.pass(300);
    h.rdp_desktop(a, &laptop(), &bob()); h.rdp_desktop(b, &laptop(), &alice());
    show("18 NAT", &h);
    let mut h = Host::new("W7", Style::Windows7, may(14, 9, 0, 0)); h.boot();
    let a = h.rdp_authenticate_only(&laptop(), &bob()); h.pass(300);
    let b = h.rdp_authenticate_only(&laptop(), &alice()); h.pass(300);
    h.rdp_desktop(a, &laptop(), &bob()); h.rdp_desktop(b, &laptop(), &alice());
    show("18b NAT, Windows 7", &h);
    // 19 failure then success
    let mut h = server(); h.boot();
    h.failed_rdp(&laptop(), "bob", 0xc000_006a); h.pass(2000); h.rdp_logon(&laptop(), &bob());
    show("19 failed then success", &h);
    let mut h = Host::new("W7", Style::Windows7, may(14, 9, 0, 0)); h.boot();
    h.failed_rdp(&laptop(), "bob", 0xc000_006a); h.pass(2000); h.rdp_logon(&laptop(), &bob());
    show("19b failed then success, Windows 7", &h);
    // 20 several 4625 one connection (no activity in Security)
    let mut h = server(); h.boot();
    let c = laptop().without_nla(); let conn = h.rdp_connect(&c); h.pass(1000);
    for _ in 0..3 { h.failed_logon(Some(&c), "bob", 10, (0xc000_006d, 0xc000_006a)); h.pass(4000); }
    let _ = conn; show("20 three 4625 type 10, one connection", &h);
    // 21 kicked by admin
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(60)); h.log(sessions::kicked(l.session, 1)); h.pass(20); h.rdp_disconnect(l.session, 11);
    show("21 kicked", &h);
    // 22 only 1149 + LSM
    let mut h = server().without(Log::Security).without(Log::RdpCore); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(60)); h.rdp_disconnect(l.session, 0);
    show("22 no Security", &h);
    // 23 local and domain Administrator, two sessions
    let mut h = server().spelling(|a| a.qualified()); h.boot();
    let ad = Account::new("Administrator", "CORP", 500); let al = Account::with_sid("Administrator", "SRV01", "S-1-5-21-9-9-9-500");
    let x = h.rdp_logon(&laptop(), &ad); let y = h.rdp_logon(&laptop(), &al); h.pass(seconds(60)); h.rdp_disconnect(x.session, 0); h.pass(1000); h.logoff(y.session);
    show("23 two Administrators", &h);
    // 24 shutdown while connected: NLA 4634
    let mut h = server(); h.boot();
    h.rdp_logon(&laptop(), &bob()); h.pass(seconds(600)); h.shutdown(&alice()); h.pass(seconds(30)); h.boot();
    show("24 shutdown", &h);
    // 25 22 without 21 in LSM, begins in the middle within the logon
    let mut h = server(); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(60)); h.forget(Log::LocalSessions, &[21,41,42]); h.rdp_disconnect(l.session, 0);
    show("25 22 but no 21", &h);
    // 26 4634 few ms before 4624 / 4779 before 4624
    let mut h = server().only(&[Log::Security]); h.boot();
    h.log(logged_off(&bob(), 0x88888, 3)); h.pass(5); let l = base(&h, &bob(), 0x88888, 3, "10.20.30.40"); h.log(logged_on(&l));
    show("26 4634 5 ms before 4624", &h);
    // 27 clock step in System only
    let mut h = server().only(&[Log::System, Log::LocalSessions]); h.boot();
    let l = h.rdp_logon(&laptop(), &bob()); h.pass(seconds(600)); h.rdp_disconnect(l.session, 0); h.pass(seconds(3600));
    let l2 = h.rdp_logon(&laptop(), &alice()); let _ = l2; h.pass(seconds(60));
    h.shutdown(&alice()); h.pass(seconds(36000)); h.log(kilroy_testkit::layouts::system::started(h.now())); h.pass(100); h.log(kilroy_testkit::layouts::system::boot_status(true)); h.clock_back(9); h.pass(8000);
    h.log(kilroy_testkit::layouts::system::windows_version()); h.log(kilroy_testkit::layouts::system::log_service_started(h.now())); h.pass(5000); h.rdp_logon(&laptop(), &bob());
    let t = common::tables(&log_files(h.events()).unwrap()); for b in &t.boots { println!("   boot {:?} {:?} {:?}", b.start, b.end_kind, b.end_not_after); }
    show("27 clock back at boot, System + LSM", &h);
    let _ = (failed as fn(&Failure) -> _, logon::privileges as fn(&Account, u64) -> _, security::starting_up as fn() -> _);
}
