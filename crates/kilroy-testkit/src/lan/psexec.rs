//! PsExec from one machine to another: a network logon, a program in ADMIN$, a service, pipes, a shell.

use kilroy_model::{HopMethod, Timestamp};

use super::{Lan, Machine, Seat, Way};
use crate::account::Account;
use crate::host::Plain;
use crate::layouts::logon::{Explicit, explicit_credentials};
use crate::layouts::{security, service, system};
use crate::log::Mark;

const CLIENT: &str = r"C:\Users\Public\PsExec64.exe";
const SERVICE: &str = "PSEXESVC";
const PROGRAM: &str = r"C:\Windows\PSEXESVC.exe";

/// A shell on another machine.
#[derive(Debug, Clone)]
pub struct PsExec {
    /// The network logon that it came with.
    pub logon: Plain,
    /// Where its programs run: SYSTEM, without a desktop.
    pub seat: Seat,
    /// Number of the hop.
    pub hop: usize,
}

impl Lan {
    /// Somebody at a desktop starts a shell on another machine with PsExec, in another account's name.
    pub fn psexec(&mut self, way: Way, seat: &Seat, account: &Account) -> PsExec {
        let line = self.line(way);
        let far = self.far_end(way.to, 445);
        let server = self.machines[way.to].bare_name();
        let typed = account.qualified();
        let source = &mut self.machines[way.from];
        source.at(way.at);
        let command = format!(r"{CLIENT} \\{server} -accepteula -u {typed} -s cmd.exe");
        let (client, mut left) = source.start(seat, CLIENT, &command);
        source.host.pass(180);
        left.push(source.host.log(explicit_credentials(&Explicit {
            subject: seat.account.clone(),
            subject_luid: seat.luid,
            target: account.clone(),
            server: far.name.to_lowercase(),
            info: format!("cifs/{server}"),
            image: CLIENT,
            address: "-".to_owned(),
            port: None,
        })));
        source.host.pass(25);
        // The kernel makes connections to shares, whoever asks for them.
        let kernel = source.kernel();
        left.extend(source.connect(&Account::system(), &kernel, line.port, far, true));
        let opened = source.true_now();

        let target = &mut self.machines[way.to];
        target.at(opened.plus_millis(4));
        let kernel = target.kernel();
        let mut reached = target.connect(&Account::system(), &kernel, 445, Self::near_end(&line), false);
        target.host.pass(30);
        let logon = target.host.network_logon(&line.client, account);
        reached.extend(logon.all.iter().cloned());
        let luid = logon.luids.first().copied().unwrap_or_default();
        let peer = (line.client.ip.as_str(), line.client.port);
        let name = format!("{}-{}", self.machines[way.from].bare_name(), client.pid);
        let (shell, started) = service_and_shell(&mut self.machines[way.to], (account, luid), peer, &name);
        reached.extend(started);
        let who = (account, line.client.ip.as_str());
        let hop = self.true_hop(way, Some(seat), who, HopMethod::PsExec, left, reached);
        self.hops.push(hop);
        PsExec { logon, seat: shell, hop: self.hops.len() - 1 }
    }

    /// The shell is left: the service stops, and the network logon ends.
    pub fn psexec_leave(&mut self, to: usize, at: Timestamp, shell: &PsExec) {
        let target = self.machine(to);
        target.at(at);
        target.host.log(service::state(SERVICE, "stopped"));
        target.host.pass(45);
        target.host.end(&shell.logon);
    }
}

/// The program is put into ADMIN$ and installed as a service, which opens its pipes and starts a shell.
fn service_and_shell(
    machine: &mut Machine,
    (account, luid): (&Account, u64),
    peer: (&str, u16),
    client: &str,
) -> (Seat, Vec<Mark>) {
    let kernel = machine.kernel();
    let (ip, port) = peer;
    let mut marks = Vec::new();
    let mut log = |machine: &mut Machine, millis: i64, entry| {
        machine.host.pass(millis);
        marks.push(machine.host.log(entry));
    };
    log(machine, 6, security::share_opened(account, luid, ip, port, r"\\*\IPC$"));
    log(machine, 9, security::share_opened(account, luid, ip, port, r"\\*\ADMIN$"));
    let program = security::share_entry_opened(account, luid, peer, r"\\*\ADMIN$", "PSEXESVC.exe", true);
    log(machine, 4, program);
    log(machine, 12, service::file_created(&kernel, PROGRAM));
    let control = security::share_entry_opened(account, luid, peer, r"\\*\IPC$", "svcctl", true);
    log(machine, 110, control);
    log(machine, 40, service::installed(account, luid, SERVICE, r"%SystemRoot%\PSEXESVC.exe"));
    log(machine, 2, system::service_installed(SERVICE, r"%SystemRoot%\PSEXESVC.exe"));

    let services = machine.process(r"C:\Windows\System32\services.exe", r"C:\Windows\system32\services.exe");
    let system = Seat { account: Account::system(), luid: 0x3e7, session: 0, shell: services };
    machine.host.pass(35);
    let (own, started) = machine.start(&system, PROGRAM, PROGRAM);
    let mut marks: Vec<Mark> = marks.into_iter().chain(started).collect();
    let mut log = |machine: &mut Machine, millis: i64, entry| {
        machine.host.pass(millis);
        marks.push(machine.host.log(entry));
    };
    log(machine, 8, service::state(SERVICE, "running"));
    log(machine, 5, service::pipe(true, &own, &format!(r"\{SERVICE}")));
    log(machine, 30, service::pipe(false, &kernel, &format!(r"\{SERVICE}")));
    for stream in ["stdin", "stdout", "stderr"] {
        let pipe = format!("{SERVICE}-{client}-{stream}");
        log(machine, 6, service::pipe(true, &own, &format!(r"\{pipe}")));
        let opened = security::share_entry_opened(account, luid, peer, r"\\*\IPC$", &pipe, true);
        log(machine, 3, opened);
        log(machine, 1, service::pipe(false, &kernel, &format!(r"\{pipe}")));
    }
    machine.host.pass(50);
    let seat = Seat { shell: own, ..system };
    let (shell, started) = machine.start(&seat, r"C:\Windows\System32\cmd.exe", "cmd.exe");
    marks.extend(started);
    (Seat { shell, ..seat }, marks)
}
