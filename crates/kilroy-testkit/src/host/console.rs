//! The desktop at the machine itself: logon, lock, unlock, logoff.

use super::{Client, Host, RdpLogon};
use crate::account::Account;
use crate::layouts::security::WindowStation;
use crate::layouts::sessions::CONSOLE_ACTIVITY;
use crate::layouts::{logon, security, sessions};
use crate::log::Mark;

/// A desktop that exists, connected or not.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Whose it is.
    pub account: Account,
    /// Terminal session ID.
    pub session: u32,
    /// Its logon IDs; the last one is the one that activity runs under.
    pub luids: Vec<u64>,
    /// Logon type.
    pub logon_type: u32,
    /// Who is connected by RDP; none at the console.
    pub client: Option<Client>,
    /// Somebody is connected, or sits before it.
    pub connected: bool,
    /// `RDP-Tcp#5` or `Console`.
    pub session_name: String,
    /// Activity of the connection.
    pub activity: Option<u128>,
    /// Network logons of the connection that are still open.
    pub nla: Vec<u64>,
}

impl Desk {
    /// The logon ID that activity on the desktop runs under.
    pub fn luid(&self) -> u64 {
        self.luids.last().copied().unwrap_or_default()
    }

    /// What LSM writes as address.
    pub(crate) fn address(&self) -> String {
        self.client.as_ref().map_or_else(|| "LOCAL".to_owned(), |c| c.ip.clone())
    }

    pub(crate) fn window_station(&self) -> WindowStation {
        WindowStation {
            account: self.account.clone(),
            luid: self.luid(),
            session_name: self.session_name.clone(),
            client_name: self.client.as_ref().map_or_else(|| "Unknown".to_owned(), |c| c.name.clone()),
            client_address: self.address(),
        }
    }
}

/// A logoff.
#[derive(Debug, Clone, Default)]
pub struct LoggedOff {
    /// LSM 23, or SessionServices' if that is all there is.
    pub end: Option<Mark>,
    /// 4647.
    pub initiated: Option<Mark>,
    /// 4634 of the desktop's own logon IDs.
    pub closed: Vec<Mark>,
    /// All records but those.
    pub all: Vec<Mark>,
}

/// A lock or an unlock.
#[derive(Debug, Clone)]
pub struct Locked {
    /// 4800 or 4801.
    pub mark: Mark,
    /// Logon IDs of the unlock.
    pub luids: Vec<u64>,
    /// 4624 of the unlock, and 4672.
    pub logons: Vec<Mark>,
    /// 4634 of the unlock.
    pub closed: Vec<Mark>,
}

impl Host {
    /// Somebody logs on at the machine.
    pub fn console_logon(&mut self, account: &Account) -> RdpLogon {
        self.console_logon_as(account, 2)
    }

    /// The same with a logon type of choice: 11, if the credentials came from the cache.
    pub fn console_logon_as(&mut self, account: &Account, logon_type: u32) -> RdpLogon {
        let session = self.console_session;
        let logons = self.own_logon(account, logon_type);
        let logons = self.logons(logons, true);
        let activity = (!self.is_old()).then_some(CONSOLE_ACTIVITY);
        let user = self.spelled(account);
        let mut all = logons.all;
        self.pass(200);
        all.extend(self.step(sessions::arbitration_begun(&user, session).of(activity)));
        self.pass(9);
        all.extend(self.step(sessions::arbitration_ended(&user, session).of(activity)));
        self.pass(700);
        let begin = self.step(sessions::logon(&user, session, "LOCAL").of(activity));
        self.pass(1100);
        let shell = self.step(sessions::shell(&user, session, "LOCAL").of(activity));
        let first = begin.first().cloned();
        all.extend(begin);
        all.extend(shell);
        let desk = Desk {
            account: account.clone(),
            session,
            luids: logons.luids.clone(),
            logon_type,
            client: None,
            connected: true,
            session_name: "Console".to_owned(),
            activity,
            nla: vec![],
        };
        self.desks.insert(session, desk);
        RdpLogon {
            session,
            luids: logons.luids,
            logons: logons.records,
            begin: first,
            connection: None,
            nla: vec![],
            authenticated: None,
            all,
        }
    }

    /// The desktop of a session, if it exists.
    pub fn desk(&self, session: u32) -> Option<&Desk> {
        self.desks.get(&session)
    }

    /// Every desktop, by its terminal session.
    pub fn desks(&self) -> impl Iterator<Item = (u32, &Desk)> {
        self.desks.iter().map(|(session, desk)| (*session, desk))
    }

    /// Locks the desktop.
    pub fn lock(&mut self, session: u32) -> Option<Mark> {
        let desk = self.desks.get(&session)?.clone();
        Some(self.log(security::workstation(true, &desk.account, desk.luid(), session)))
    }

    /// Unlocks the desktop: a logon of type 7 (or 13, if the credentials came from the cache) that is closed at once.
    pub fn unlock(&mut self, session: u32, logon_type: u32) -> Option<Locked> {
        let desk = self.desks.get(&session)?.clone();
        let mut logon = self.own_logon(&desk.account, logon_type);
        if let Some(client) = &desk.client {
            logon.address.clone_from(&client.ip);
        }
        let logons = self.logons(logon, true);
        self.pass(4);
        let mark = self.log(security::workstation(false, &desk.account, desk.luid(), session));
        self.pass(3);
        let closed = self.close(&desk.account, &logons.luids, logon_type);
        Some(Locked { mark, luids: logons.luids, logons: logons.all, closed })
    }

    /// The screen saver starts on the desktop, or is dismissed.
    pub fn screen_saver(&mut self, session: u32, starts: bool) -> Option<Mark> {
        let desk = self.desks.get(&session)?.clone();
        Some(self.log(security::screen_saver(starts, &desk.account, desk.luid(), session)))
    }

    /// 4634 of some logon IDs, the last one first.
    pub(crate) fn close(&mut self, account: &Account, luids: &[u64], logon_type: u32) -> Vec<Mark> {
        luids.iter().rev().map(|&luid| self.log(logon::logged_off(account, luid, logon_type))).collect()
    }

    /// The user logs off: 4647, 23, 40 (reason 12), 24, 4634, then the network logons of the connection.
    pub fn logoff(&mut self, session: u32) -> LoggedOff {
        let Some(desk) = self.desks.remove(&session) else { return LoggedOff::default() };
        if session == self.console_session {
            self.console_session = self.new_session();
        }
        self.free_session(session);
        let user = self.spelled(&desk.account);
        let initiated = desk.connected.then(|| self.log(logon::logoff_initiated(&desk.account, desk.luid())));
        self.pass(22);
        let ends = self.step(sessions::logoff(&user, session).of(desk.activity));
        self.pass(380);
        let mut all: Vec<Mark> = initiated.iter().chain(&ends).cloned().collect();
        if desk.connected {
            all.extend(self.step(sessions::reason(session, 12).of(desk.activity)));
            self.pass(130);
            if desk.client.is_some() {
                all.extend(
                    self.step(sessions::disconnected(&user, session, &desk.address()).of(desk.activity)),
                );
            }
        }
        self.pass(100);
        let closed = self.close(&desk.account, &desk.luids, desk.logon_type);
        self.pass(10);
        all.extend(self.close(&desk.account, &desk.nla, 3));
        LoggedOff { end: ends.into_iter().next(), initiated, closed, all }
    }
}
