//! Logons without a desktop of their own: network, batch, service, other credentials, secure shell.

use super::{Client, Host};
use crate::account::Account;
use crate::layouts::logon::{Failure, Logon, failed};
use crate::layouts::{security, ssh};
use crate::log::Mark;

/// A logon of any kind, with its twin where there is one.
#[derive(Debug, Clone)]
pub struct Plain {
    /// Whose.
    pub account: Account,
    /// Logon IDs.
    pub luids: Vec<u64>,
    /// Logon type.
    pub logon_type: u32,
    /// 4624.
    pub logon: Mark,
    /// 4624, the twin's too, and 4672.
    pub all: Vec<Mark>,
}

/// A session or an attempt by secure shell.
#[derive(Debug, Clone)]
pub struct Ssh {
    /// The logon ID of type 8.
    pub luid: u64,
    /// The line that says how it went.
    pub line: Mark,
    /// 4624 or 4625.
    pub logon: Mark,
    /// Process ID of sshd.
    pub process_id: u32,
    /// Address and port as sshd writes them.
    pub from: String,
    /// All records but those beside.
    pub all: Vec<Mark>,
    /// Of a failure: the line that says the name is unknown, and 4776.
    pub beside: Vec<Mark>,
}

impl Host {
    fn plain(&mut self, logon: Logon, twins: bool) -> Plain {
        let (account, logon_type) = (logon.target.clone(), logon.logon_type);
        let done = self.logons(logon, twins);
        Plain { account, luids: done.luids, logon_type, logon: done.records[0].clone(), all: done.all }
    }

    /// A network logon (type 3): a share is opened, say.
    pub fn network_logon(&mut self, client: &Client, account: &Account) -> Plain {
        let logon = self.network(client, account, Some(client.port));
        self.plain(logon, false)
    }

    /// A network logon by Kerberos: no workstation, but a logon GUID.
    pub fn kerberos_logon(&mut self, client: &Client, account: &Account, guid: u128) -> Plain {
        let logon = Logon {
            process: "Kerberos",
            package: "Kerberos",
            workstation: "-".to_owned(),
            guid,
            lm_package: "-",
            ..self.network(client, account, Some(client.port))
        };
        self.plain(logon, false)
    }

    /// A logon of any type that winlogon or a service asks for at the machine itself: 2, 11 (cached), 4 (batch), 5
    /// (service), 8 (clear text).
    pub fn local_logon(&mut self, account: &Account, logon_type: u32) -> Plain {
        let mut logon = self.own_logon(account, logon_type);
        let interactive = matches!(logon_type, 2 | 7 | 11 | 13);
        if !interactive {
            "-".clone_into(&mut logon.address);
            logon.port = None;
            logon.process = "Advapi  ";
        }
        self.plain(logon, interactive)
    }

    /// A logon of type 10 or 12 (cached) of which only the Security log tells.
    pub fn remote_logon(&mut self, client: &Client, account: &Account, logon_type: u32) -> Plain {
        let mut logon = self.own_logon(account, logon_type);
        logon.address.clone_from(&client.ip);
        self.plain(logon, true)
    }

    /// A logon of type 8 from elsewhere, as a web server makes it.
    pub fn cleartext_logon(&mut self, client: &Client, account: &Account) -> Plain {
        let mut logon = self.own_logon(account, 8);
        logon.address.clone_from(&client.ip);
        logon.port = Some(client.port);
        logon.process = "Advapi  ";
        self.plain(logon, false)
    }

    /// `runas`: another account (type 2 from ::1), asked for by a user.
    pub fn runas(&mut self, by: &Account, by_luid: u64, account: &Account) -> Plain {
        let logon = Logon {
            subject: by.clone(),
            subject_luid: by_luid,
            process: "seclogo",
            address: "::1".to_owned(),
            ..self.own_logon(account, 2)
        };
        self.plain(logon, true)
    }

    /// `runas /netonly`: the same account here, another one on the network (type 9).
    pub fn runas_netonly(&mut self, by: &Account, by_luid: u64, outbound: &Account) -> Plain {
        let logon = Logon {
            subject: by.clone(),
            subject_luid: by_luid,
            process: "seclogo",
            workstation: "-".to_owned(),
            address: "::1".to_owned(),
            outbound: Some(outbound.clone()),
            ..self.own_logon(by, 9)
        };
        self.plain(logon, false)
    }

    /// 4634 of every logon ID.
    pub fn end(&mut self, plain: &Plain) -> Vec<Mark> {
        self.close(&plain.account, &plain.luids, plain.logon_type)
    }

    /// A failed logon of any type; the sub-status may be 0.
    pub fn failed_logon(
        &mut self,
        client: Option<&Client>,
        user: &str,
        logon_type: u32,
        status: (u32, u32),
    ) -> Mark {
        let remote = client.is_some() && logon_type == 3;
        let failure = Failure {
            subject: if remote { Account::nobody() } else { self.computer_account() },
            subject_luid: if remote { 0 } else { 0x3e7 },
            user: user.to_owned(),
            domain: self.domain.clone(),
            status: status.0,
            sub_status: status.1,
            logon_type,
            process: if remote { "NtLmSsp " } else { "User32 " },
            package: if remote { "NTLM" } else { "Negotiate" },
            workstation: client.filter(|_| remote).map_or_else(|| self.bare_name(), |c| c.name.clone()),
            image: if remote { "-" } else { r"C:\Windows\System32\svchost.exe" },
            address: client.map_or_else(|| "127.0.0.1".to_owned(), |c| c.ip.clone()),
            port: Some(client.filter(|_| remote).map_or(0, |c| c.port)),
        };
        self.log(failed(&failure))
    }

    /// Somebody logs on by secure shell with a password.
    pub fn ssh_logon(&mut self, client: &Client, account: &Account, process_id: u32) -> Ssh {
        let logon = Logon {
            process: "Advapi  ",
            image: r"C:\Windows\System32\OpenSSH\sshd.exe",
            address: "-".to_owned(),
            port: None,
            ..self.own_logon(account, 8)
        };
        let done = self.logons(logon, false);
        self.pass(120);
        let from = format!("{} port {}", client.ip, client.port);
        let line = self
            .log(ssh::line(process_id, &format!("Accepted password for {} from {from} ssh2", account.user)));
        let mut all = done.all;
        all.push(line.clone());
        Ssh {
            luid: done.luids[0],
            line,
            logon: done.records[0].clone(),
            process_id,
            from,
            all,
            beside: vec![],
        }
    }

    /// The secure shell session ends; returns the lines and the 4634 of its logon.
    pub fn ssh_end(&mut self, of: &Ssh, account: &Account) -> (Vec<Mark>, Mark) {
        let received = format!("Received disconnect from {}:11: disconnected by user", of.from);
        let disconnected = format!("Disconnected from user {} {}", account.user, of.from);
        let lines = [received, disconnected]
            .map(|text| self.log(ssh::line(of.process_id, &text)))
            .into_iter()
            .collect();
        self.pass(40);
        let closed = self.close(account, &[of.luid], 8);
        (lines, closed[0].clone())
    }

    /// A name that does not exist is tried by secure shell: the Security log knows it as NOUSER.
    pub fn ssh_failure(&mut self, client: &Client, user: &str, process_id: u32) -> Ssh {
        let from = format!("{} port {}", client.ip, client.port);
        let unknown = self.log(ssh::line(process_id, &format!("Invalid user {user} from {from}")));
        self.pass(690);
        let workstation = self.bare_name();
        let checked = self.log(security::credentials_validated("NOUSER", &workstation, 0xc000_0064));
        let failure = Failure {
            subject: self.computer_account(),
            subject_luid: 0x3e7,
            user: "NOUSER".to_owned(),
            domain: String::new(),
            status: 0xc000_006d,
            sub_status: 0xc000_0064,
            logon_type: 8,
            process: "Advapi  ",
            package: "Negotiate",
            workstation,
            image: r"C:\Windows\System32\OpenSSH\sshd.exe",
            address: "-".to_owned(),
            port: None,
        };
        let logon = self.log(failed(&failure));
        let text = format!("Failed password for invalid user {user} from {from} ssh2");
        let line = self.log(ssh::line(process_id, &text));
        let all = vec![logon.clone(), line.clone()];
        Ssh { luid: 0, line, logon, process_id, from, all, beside: vec![unknown, checked] }
    }
}
