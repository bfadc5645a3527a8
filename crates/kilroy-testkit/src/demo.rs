//! The story behind `kilroy demo`: a server that can be reached from the internet, and a workstation.
//!
//! Morning: ordinary work on both. Around noon somebody guesses Alice's password from outside, gets in, leaves, comes back
//! from another address, and moves on to the workstation. In the evening a log is cleared and the server goes down.

use kilroy_evtx::EventSpec;

use crate::account::Account;
use crate::host::{Client, Desk, Host, Style};
use crate::layouts::{security, sysmon, system};
use crate::log::Log;
use crate::time::{may, seconds};

const SERVER: &str = "SRV-RDP01.corp.example";
const WORKSTATION: &str = "WKS-ALICE.corp.example";
const EXPLORER: &str = r"C:\Windows\explorer.exe";

/// Every record of the story, host after host, each in the order of logging. The same on every call.
pub fn demo() -> Vec<EventSpec> {
    let mut events = server();
    events.extend(workstation());
    events
}

fn alice() -> Account {
    Account::new("alice", "CORP", 1104).admin()
}

fn server() -> Vec<EventSpec> {
    let mut host = Host::new(SERVER, Style::Windows10, may(14, 6, 30, 0));
    host.boot();
    host.background_logons();
    backups(&mut host);
    office_hours(&mut host);
    let session = intrusion(&mut host);
    aftermath(&mut host, session);
    host.events().to_vec()
}

/// The backup server reads a share every hour of the morning.
fn backups(host: &mut Host) {
    let backup = Client::new("10.20.0.9", 49700, "SRV-BACKUP");
    let account = Account::new("svc-backup", "CORP", 1190);
    for hour in 7..12 {
        host.at(may(14, hour, 5, 0));
        let client = Client { port: backup.port + u16::from(hour), ..backup.clone() };
        let plain = host.network_logon(&client, &account);
        host.pass(40);
        let luid = plain.luids[0];
        host.log(security::share_opened(&account, luid, &client.ip, client.port, r"\\*\finance$"));
        host.pass(seconds(20));
        host.end(&plain);
    }
}

/// A colleague works by RDP; another one is not allowed to.
fn office_hours(host: &mut Host) {
    let bob = Account::new("bob", "CORP", 1107);
    host.at(may(14, 12, 10, 0));
    let logon = host.rdp_logon(&Client::new("10.20.30.41", 52311, "BOB-PC"), &bob);
    work(host, &bob, logon.session, &[r"C:\Reports\may.xlsx", r"C:\Reports\april.xlsx"]);
    host.pass(seconds(900));
    host.logoff(logon.session);
    host.at(may(14, 12, 41, 0));
    let trainee = Account::new("dana", "CORP", 1142);
    host.denied(&Client::new("10.20.30.58", 50877, "DANA-PC"), &trainee);
}

/// Programs are started and files read on a desktop.
fn work(host: &mut Host, account: &Account, session: u32, files: &[&str]) {
    let Some(luid) = host.desk(session).map(Desk::luid) else { return };
    for (path, number) in files.iter().zip(0_u32..) {
        host.pass(seconds(35));
        let image = r"C:\Program Files\Office\excel.exe";
        let command = format!("\"{image}\" \"{path}\"");
        let process_id = 0x1f30 + number * 4;
        host.log(security::process_created(account, luid, image, &command, process_id.into()));
        host.log(sysmon::process_created(account, luid, session, image, &command, process_id));
        host.pass(seconds(2));
        host.log(security::file_read(account, luid, path, EXPLORER));
    }
}

/// Guesses from outside, a success, a disconnect, and a return from another address. Returns the terminal session.
fn intrusion(host: &mut Host) -> u32 {
    let names = ["administrator", "admin", "test", "alice"];
    host.at(may(14, 13, 2, 0));
    for n in 0..24_u16 {
        let guess = Client::new("203.0.113.77", 40000 + n, "kali");
        let (user, why) = match usize::from(n) {
            n if n < 12 => (names[n % 4], if n % 4 == 3 { 0xc000_006a } else { 0xc000_0064 }),
            _ => ("alice", 0xc000_006a),
        };
        host.failed_rdp(&guess, user, why);
        host.pass(seconds(4) + i64::from(n % 5) * 700);
    }
    let user = alice();
    let logon = host.rdp_logon(&Client::new("203.0.113.77", 40177, "kali"), &user);
    let session = logon.session;
    work(host, &user, session, &[r"D:\Finance\payroll.xlsx", r"D:\Finance\accounts.xlsx"]);
    host.pass(seconds(400));
    host.rdp_disconnect(session, 0);
    host.at(may(14, 14, 20, 0));
    host.rdp_reconnect(&Client::new("198.51.100.23", 61022, "kali"), session);
    host.pass(seconds(60));
    if let Some(luid) = host.desk(session).map(Desk::luid) {
        let image = r"C:\Windows\System32\mstsc.exe";
        host.log(security::process_created(&user, luid, image, "mstsc.exe /v:WKS-ALICE", 0x2a40));
        host.log(sysmon::process_created(&user, luid, session, image, "mstsc.exe /v:WKS-ALICE", 0x2a40));
    }
    host.at(may(14, 14, 30, 0));
    host.log(system::service_installed("Updater", r"C:\ProgramData\upd\updater.exe"));
    session
}

/// A shell by SSH, a cleared log, a shutdown.
fn aftermath(host: &mut Host, session: u32) {
    let user = alice();
    host.at(may(14, 15, 40, 0));
    host.rdp_disconnect(session, 11);
    host.at(may(14, 16, 5, 0));
    let outside = Client::new("192.0.2.66", 51514, "");
    host.ssh_failure(&outside, "oracle", 5848);
    host.pass(seconds(9));
    let shell = host.ssh_logon(&outside, &user, 5860);
    host.pass(seconds(310));
    host.ssh_end(&shell, &user);
    host.pass(seconds(120));
    host.clear_log(Log::System, &user, shell.luid);
    host.at(may(14, 18, 30, 0));
    host.shutdown(&user);
}

fn workstation() -> Vec<EventSpec> {
    let mut host = Host::new(WORKSTATION, Style::Windows10, may(14, 7, 40, 0));
    let user = alice();
    host.boot();
    host.background_logons();
    host.at(may(14, 8, 1, 30));
    let logon = host.console_logon(&user);
    let session = logon.session;
    work(
        &mut host,
        &user,
        session,
        &[r"C:\Users\alice\Documents\plan.docx", r"C:\Users\alice\Documents\notes.docx"],
    );
    for hour in [9, 10, 12] {
        host.at(may(14, hour, 30, 0));
        host.lock(session);
        host.pass(seconds(780));
        host.unlock(session, 7);
        work(&mut host, &user, session, &[r"C:\Users\alice\Documents\plan.docx"]);
    }
    host.at(may(14, 14, 10, 0));
    host.lock(session);
    // From the server, while Alice is at lunch: her locked desktop is taken over.
    host.at(may(14, 14, 21, 30));
    host.take_over(&Client::new("10.20.0.5", 49911, "SRV-RDP01"), session);
    work(&mut host, &user, session, &[r"C:\Users\alice\Documents\passwords.xlsx"]);
    host.pass(seconds(500));
    host.rdp_disconnect(session, 11);
    host.at(may(14, 17, 5, 0));
    let logon = host.console_logon(&Account::new("carol", "CORP", 1129));
    host.pass(seconds(1500));
    host.logoff(logon.session);
    host.at(may(14, 18, 0, 0));
    host.shutdown(&user);
    host.events().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_rich_and_the_same_each_time() {
        let events = demo();
        assert!((200..1000).contains(&events.len()), "{} records", events.len());
        assert_eq!(events, demo());
        for host in [SERVER, WORKSTATION] {
            let logs: std::collections::BTreeSet<_> =
                events.iter().filter(|e| e.computer == host).map(|e| e.channel.as_str()).collect();
            assert!(logs.len() >= 5, "{host}: {logs:?}");
        }
    }

    #[test]
    fn the_story_can_be_written() {
        let files = crate::log_files(&demo()).expect("every record fits");
        assert!(files.iter().all(|f| kilroy_evtx::is_evtx(&f.bytes)));
    }
}
