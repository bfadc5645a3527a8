//! The machine as Windows 2000, XP or Server 2003: it has a Security log and knows no other word of sessions.

use super::{Client, Host};
use crate::account::Account;
use crate::layouts::legacy::{self, Caller, OldLogonFields};
use crate::log::Mark;

/// What an old Windows writes into a logon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Windows 2000 and XP: no address.
    Xp,
    /// Server 2003: who asked, and from where.
    Server2003,
}

/// A logon of an old Windows.
#[derive(Debug, Clone)]
pub struct OldLogon {
    /// Whose.
    pub account: Account,
    /// Logon ID.
    pub luid: u64,
    /// Logon type.
    pub logon_type: u32,
    /// 528 or 540.
    pub logon: Mark,
    /// The same and 576.
    pub all: Vec<Mark>,
}

/// A Terminal Services session of an old Windows that is taken up again.
#[derive(Debug, Clone)]
pub struct OldDesk {
    /// The throw-away logon.
    pub logon: OldLogon,
    /// 682.
    pub station: Mark,
    /// 538 of the throw-away logon.
    pub closed: Mark,
}

impl Host {
    /// Windows starts: 512.
    pub fn old_boot(&mut self) -> Mark {
        self.start_anew();
        let mark = self.log(legacy::starting_up());
        self.pass(2000);
        mark
    }

    fn caller(&self, edition: Edition, address: &str, port: u16) -> Option<Caller> {
        let account = self.computer_account();
        (edition == Edition::Server2003).then(|| Caller {
            account,
            luid: 0x3e7,
            address: address.to_owned(),
            port,
        })
    }

    /// 528 of any type that is no network logon, and 576 of an administrator. The client is one by Terminal Services.
    pub fn old_logon(
        &mut self,
        edition: Edition,
        account: &Account,
        logon_type: u32,
        client: Option<&Client>,
    ) -> OldLogon {
        let address = client.map_or("127.0.0.1", |c| &c.ip);
        let fields = OldLogonFields {
            network: false,
            account: account.clone(),
            luid: self.luid(),
            logon_type,
            process: "User32  ",
            package: "Negotiate",
            workstation: self.bare_name(),
            caller: self.caller(edition, address, client.map_or(0, |c| c.port)),
        };
        self.logged(&fields)
    }

    /// 680, 576 and 540: a network logon by NTLM.
    pub fn old_network_logon(&mut self, edition: Edition, account: &Account, client: &Client) -> OldLogon {
        let status = (edition == Edition::Server2003).then_some("0x0");
        let checked = self.log(legacy::credentials_used(&account.user, &client.name, status));
        let caller = (edition == Edition::Server2003).then(|| Caller {
            account: Account::nobody(),
            luid: 0,
            address: client.ip.clone(),
            port: 0,
        });
        let fields = OldLogonFields {
            network: true,
            account: account.clone(),
            luid: self.luid(),
            logon_type: 3,
            process: "NtLmSsp ",
            package: "NTLM",
            workstation: client.name.clone(),
            caller,
        };
        let mut done = self.logged(&fields);
        done.all.push(checked);
        done
    }

    fn logged(&mut self, fields: &OldLogonFields) -> OldLogon {
        let (account, luid, logon_type) = (fields.account.clone(), fields.luid, fields.logon_type);
        let mut all = Vec::new();
        if account.admin {
            all.push(self.log(legacy::privileges(&account, luid)));
        }
        let logon = self.log(legacy::logged_on(fields));
        all.push(logon.clone());
        OldLogon { account, luid, logon_type, logon, all }
    }

    /// A failure (529 to 536, 539) of any logon type, from a client or at the machine.
    pub fn old_failure(
        &mut self,
        edition: Edition,
        event_id: u32,
        user: &str,
        logon_type: u32,
        client: Option<&Client>,
    ) -> Mark {
        let domain = self.domain.clone();
        let address = client.map_or("127.0.0.1", |c| &c.ip);
        let caller = self.caller(edition, address, client.map_or(0, |c| c.port));
        let workstation =
            client.filter(|_| logon_type == 3).map_or_else(|| self.bare_name(), |c| c.name.clone());
        self.log(legacy::failed(event_id, user, &domain, logon_type, &workstation, caller.as_ref()))
    }

    /// 683: the Terminal Services session is left, and lives on.
    pub fn old_disconnect(&mut self, of: &OldLogon, client: &Client, session: &str) -> Mark {
        self.log(legacy::window_station(false, &of.account, of.luid, session, &client.name, &client.ip))
    }

    /// It is taken up again: a logon for the moment, 682, and that logon's 538.
    pub fn old_reconnect(
        &mut self,
        edition: Edition,
        of: &OldLogon,
        client: &Client,
        session: &str,
    ) -> OldDesk {
        let logon = self.old_logon(edition, &of.account, 10, Some(client));
        self.pass(700);
        let station =
            self.log(legacy::window_station(true, &of.account, of.luid, session, &client.name, &client.ip));
        self.pass(900);
        let closed = self.log(legacy::logged_off(&of.account, logon.luid, 10));
        OldDesk { logon, station, closed }
    }

    /// 551 and 538: the user logs off.
    pub fn old_logoff(&mut self, of: &OldLogon) -> [Mark; 2] {
        let initiated = self.log(legacy::logoff_initiated(&of.account, of.luid));
        self.pass(800);
        [initiated, self.old_close(of)]
    }

    /// 538 alone.
    pub fn old_close(&mut self, of: &OldLogon) -> Mark {
        self.log(legacy::logged_off(&of.account, of.luid, of.logon_type))
    }
}
