//! What goes on every day, and must not be mistaken.

use kilroy_model::Timestamp;

use super::hanna;
use crate::account::Account;
use crate::host::Client;
use crate::lan::{Lan, Machine, Typed, Way};
use crate::layouts::{security, service, system};
use crate::time::{may, seconds};

/// The backup server reads a share.
pub(super) fn backup(machine: &mut Machine, at: Timestamp, port: u16) {
    let account = Account::new("svc-backup", "CORP", 1190);
    let client = Client::new("10.40.0.9", port, "SRV-BACKUP");
    let host = machine.at(at);
    let logon = host.network_logon(&client, &account);
    host.pass(40);
    host.log(security::share_opened(&account, logon.luids[0], &client.ip, port, r"\\*\backup$"));
    host.pass(seconds(21));
    host.end(&logon);
}

/// A colleague mistypes the password once, then reads a share for a while.
pub(super) fn colleague(machine: &mut Machine, at: Timestamp) {
    let account = Account::new("bob", "CORP", 1130);
    let client = Client::new("10.40.8.31", 51_877, "BOB-PC");
    let host = machine.at(at);
    host.failed_logon(Some(&client), &account.user, 3, (0xc000_006d, 0xc000_006a));
    host.pass(seconds(12));
    let logon = host.network_logon(&client, &account);
    host.pass(30);
    host.log(security::share_opened(&account, logon.luids[0], &client.ip, client.port, r"\\*\projects"));
    host.pass(seconds(1400));
    host.end(&logon);
}

/// A program updates itself: a service is installed at the machine, by nobody from elsewhere.
pub(super) fn updater(machine: &mut Machine, at: Timestamp) {
    let program = r"C:\Program Files\Contoso\Updater\updater.exe";
    let host = machine.at(at);
    let own = host.computer_account();
    host.log(service::installed(&own, 0x3e7, "Contoso Updater", program));
    host.pass(3);
    host.log(system::service_installed("Contoso Updater", program));
    host.pass(400);
    host.log(service::state("Contoso Updater", "running"));
    host.pass(seconds(90));
    host.log(service::state("Contoso Updater", "stopped"));
}

/// The administrator works on the second host from her own machine.
pub(super) fn administration(machine: &mut Machine, at: Timestamp, port: u16) {
    let client = Client::new("10.40.8.15", port, "HANNA-PC");
    machine.at(at);
    let session = machine.host.rdp_logon(&client, &hanna()).session;
    if let Some(seat) = machine.seat(session) {
        machine.host.pass(seconds(40));
        machine.start(&seat, r"C:\Windows\System32\mmc.exe", "mmc.exe services.msc");
        machine.host.pass(seconds(300));
        machine.start(&seat, r"C:\Windows\System32\perfmon.exe", "perfmon.exe /res");
    }
    machine.host.pass(seconds(600));
    machine.host.logoff(session);
}

/// The administrator goes to the first host, and from there to the third by Remote Desktop.
pub(super) fn rounds(lan: &mut Lan, from: usize, to: usize) {
    let client = Client::new("10.40.8.15", 52_410, "HANNA-PC");
    let gate = lan.machine(from);
    gate.at(may(14, 8, 50, 0));
    let outer = gate.host.rdp_logon(&client, &hanna()).session;
    if let Some(seat) = gate.seat(outer) {
        let way = |minute, second| Way { from, to, at: may(14, 8, minute, second) };
        let desktop = lan.rdp(way(53, 20), &seat, &hanna(), Typed::FullName);
        lan.rdp_logoff(way(59, 0), &hanna(), desktop.session);
    }
    let gate = lan.machine(from);
    gate.at(may(14, 9, 14, 0));
    gate.host.logoff(outer);
}
