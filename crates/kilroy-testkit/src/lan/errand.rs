//! What else people go to another machine for without a desktop: a share, a service, a task, a shell by other means.

use kilroy_model::{HopMethod, Timestamp};

use super::{Lan, Machine, Seat, Way};
use crate::account::Account;
use crate::host::{Plain, Ssh};
use crate::layouts::logon::{Explicit, explicit_credentials};
use crate::layouts::{security, service, system};
use crate::log::Mark;

/// What somebody goes to another machine for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// To read a share: `net use`.
    Share,
    /// To install a service: `sc`.
    Service,
    /// To make a scheduled task: `schtasks`.
    Task,
    /// To start a program through WMI: `wmic`.
    Wmi,
    /// For a PowerShell session.
    PowerShell,
    /// For a shell by SSH.
    SecureShell,
}

/// A visit: what it left open.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Number of the hop.
    pub hop: usize,
    /// Where its programs run there.
    pub seat: Option<Seat>,
    inside: Inside,
}

#[derive(Debug, Clone)]
enum Inside {
    Plain(Plain),
    Shell(Ssh, Account),
}

/// How a client goes about it.
struct Client {
    image: &'static str,
    command: String,
    port: u16,
    service: &'static str,
    /// The kernel makes the connection.
    by_kernel: bool,
}

impl Errand {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Share, Self::Service, Self::Task, Self::Wmi, Self::PowerShell, Self::SecureShell];

    /// The means, as hops are told.
    pub const fn method(self) -> HopMethod {
        match self {
            Self::Share => HopMethod::Smb,
            Self::Service => HopMethod::Service,
            Self::Task => HopMethod::Task,
            Self::Wmi => HopMethod::Wmi,
            Self::PowerShell => HopMethod::WinRm,
            Self::SecureShell => HopMethod::Ssh,
        }
    }

    fn client(self, server: &str, user: &str) -> Client {
        let client =
            |image, command, port, service, by_kernel| Client { image, command, port, service, by_kernel };
        match self {
            Self::Share => client(
                r"C:\Windows\System32\net.exe",
                format!(r"net use \\{server}\data /user:{user}"),
                445,
                "cifs",
                true,
            ),
            Self::Service => client(
                r"C:\Windows\System32\sc.exe",
                format!(r"sc \\{server} create Inventory binPath= C:\ProgramData\inventory.exe"),
                445,
                "cifs",
                true,
            ),
            Self::Task => client(
                r"C:\Windows\System32\schtasks.exe",
                format!(
                    r"schtasks /create /s {server} /u {user} /tn Inventory /tr C:\ProgramData\inventory.exe /sc once /st 23:00"
                ),
                135,
                "HOST",
                false,
            ),
            Self::Wmi => client(
                r"C:\Windows\System32\wbem\WMIC.exe",
                format!("wmic /node:\"{server}\" /user:{user} process call create \"cmd.exe /c hostname\""),
                135,
                "RPCSS",
                false,
            ),
            Self::PowerShell => client(
                r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
                format!(
                    "powershell.exe -NoExit -Command Enter-PSSession -ComputerName {server} -Credential {user}"
                ),
                5985,
                "HTTP",
                false,
            ),
            Self::SecureShell => {
                client(r"C:\Windows\System32\OpenSSH\ssh.exe", format!("ssh {user}@{server}"), 22, "", false)
            }
        }
    }
}

impl Lan {
    /// Somebody goes to another machine for something, in another account's name.
    pub fn visit(&mut self, way: Way, seat: &Seat, account: &Account, errand: Errand) -> Visit {
        let line = self.line(way);
        let server = self.machines[way.to].bare_name();
        let user = if errand == Errand::SecureShell { account.user.clone() } else { account.qualified() };
        let client = errand.client(&server, &user);
        let far = self.far_end(way.to, client.port);
        let guid = self.guid();
        let source = &mut self.machines[way.from];
        source.at(way.at);
        let (process, mut left) = source.start(seat, client.image, &client.command);
        source.host.pass(210);
        if errand != Errand::SecureShell {
            left.push(source.host.log(explicit_credentials(&Explicit {
                subject: seat.account.clone(),
                subject_luid: seat.luid,
                target: account.clone(),
                server: far.name.to_lowercase(),
                info: format!("{}/{server}", client.service),
                image: client.image,
                address: "-".to_owned(),
                port: None,
            })));
        }
        source.host.pass(20);
        let (owner, program) = if client.by_kernel {
            (Account::system(), source.kernel())
        } else {
            (seat.account.clone(), process)
        };
        left.extend(source.connect(&owner, &program, line.port, far, true));
        let opened = source.true_now();

        let target = &mut self.machines[way.to];
        target.at(opened.plus_millis(3));
        let kernel = target.kernel();
        let mut reached =
            target.connect(&Account::system(), &kernel, client.port, Self::near_end(&line), false);
        target.host.pass(24);
        let (inside, seat_there) = if errand == Errand::SecureShell {
            let shell = target.host.ssh_logon(&line.client, account, 5_000 + u32::from(line.port) % 4_000);
            reached.extend(shell.all.iter().cloned());
            (Inside::Shell(shell, account.clone()), None)
        } else {
            let logon = target.host.kerberos_logon(&line.client, account, guid);
            reached.extend(logon.all.iter().cloned());
            let luid = logon.luids.first().copied().unwrap_or_default();
            let (seat, marks) = done(target, account, luid, (&line.client.ip, line.client.port), errand);
            reached.extend(marks);
            (Inside::Plain(logon), seat)
        };
        let who = (account, line.client.ip.as_str());
        let hop = self.true_hop(way, Some(seat), who, errand.method(), left, reached);
        self.hops.push(hop);
        Visit { hop: self.hops.len() - 1, seat: seat_there, inside }
    }

    /// The visit ends.
    pub fn leave(&mut self, to: usize, at: Timestamp, visit: &Visit) {
        let host = self.machine(to).at(at);
        match &visit.inside {
            Inside::Plain(logon) => {
                host.end(logon);
            }
            Inside::Shell(shell, account) => {
                host.ssh_end(shell, account);
            }
        }
    }
}

/// What the visitor does there, and where programs run that go on.
fn done(
    machine: &mut Machine,
    account: &Account,
    luid: u64,
    peer: (&str, u16),
    errand: Errand,
) -> (Option<Seat>, Vec<Mark>) {
    let (ip, port) = peer;
    let mut marks = Vec::new();
    let mut log = |machine: &mut Machine, millis: i64, entry| {
        machine.host.pass(millis);
        marks.push(machine.host.log(entry));
    };
    let parent = match errand {
        Errand::Share => {
            log(machine, 15, security::share_opened(account, luid, ip, port, r"\\*\data"));
            None
        }
        Errand::Service => {
            log(machine, 15, security::share_opened(account, luid, ip, port, r"\\*\IPC$"));
            let pipe = security::share_entry_opened(account, luid, peer, r"\\*\IPC$", "svcctl", true);
            log(machine, 4, pipe);
            let program = r"C:\ProgramData\inventory.exe";
            log(machine, 30, service::installed(account, luid, "Inventory", program));
            log(machine, 2, system::service_installed("Inventory", program));
            None
        }
        Errand::Task => {
            let program = r"C:\ProgramData\inventory.exe";
            log(machine, 60, security::task_created(account, luid, r"\Inventory", program));
            None
        }
        Errand::Wmi => Some((r"C:\Windows\System32\wbem\WmiPrvSE.exe", "cmd.exe /c hostname")),
        Errand::PowerShell => Some((r"C:\Windows\System32\svchost.exe", "")),
        Errand::SecureShell => None,
    };
    let Some((parent, command)) = parent else { return (None, marks) };
    let parent = machine.process(parent, parent);
    let own = Seat { account: account.clone(), luid, session: 0, shell: parent };
    machine.host.pass(70);
    let (shell, started) = match command {
        "" => machine.start(
            &own,
            r"C:\Windows\System32\wsmprovhost.exe",
            r"C:\Windows\system32\wsmprovhost.exe -Embedding",
        ),
        command => machine.start(&own, r"C:\Windows\System32\cmd.exe", command),
    };
    marks.extend(started);
    (Some(Seat { shell, ..own }), marks)
}
