//! Desktops that are taken up again, and taken over.

use super::{Client, Desk, Host, Logons, NlaHalf, RdpConnection};
use crate::account::Account;
use crate::layouts::{listener, security, sessions};
use crate::log::Mark;

/// A reconnect.
#[derive(Debug, Clone)]
pub struct RdpReconnect {
    /// Every logon ID: those of NLA and of the throw-away logon, and the desktop's own.
    pub luids: Vec<u64>,
    /// The connection.
    pub connection: RdpConnection,
    /// Network logons of NLA.
    pub nla: Vec<NlaHalf>,
    /// 1149.
    pub authenticated: Mark,
    /// 4778.
    pub station: Mark,
    /// LSM 25, or SessionServices' if that is all there is.
    pub begin: Option<Mark>,
    /// 4624 of the throw-away logon.
    pub logons: Vec<Mark>,
    /// 4634 of the throw-away logon.
    pub closed: Vec<Mark>,
    /// All records but those.
    pub all: Vec<Mark>,
}

/// A desktop that is taken up again at the machine itself.
#[derive(Debug, Clone)]
pub struct ConsoleReturn {
    /// Every logon ID: those of the throw-away logon, and the desktop's own.
    pub luids: Vec<u64>,
    /// 4624 of the throw-away logon.
    pub logons: Vec<Mark>,
    /// 4778.
    pub station: Mark,
    /// LSM 25.
    pub begin: Option<Mark>,
    /// 4634 of the throw-away logon.
    pub closed: Vec<Mark>,
    /// All records but those.
    pub all: Vec<Mark>,
}

/// How Windows checks who comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A throw-away session with a logon of type 10 before the 25.
    ThrowAway,
    /// A logon of type 7 after the 25, as on Windows 10 and 11 clients.
    Unlock,
}

impl Host {
    /// The user of a desktop takes it up again from a client; arbitration uses a throw-away session.
    pub fn rdp_reconnect(&mut self, client: &Client, session: u32) -> Option<RdpReconnect> {
        self.come_back(client, session, Way::ThrowAway)
    }

    /// The same as Windows 10 and 11 clients do it: no throw-away session, a logon of type 7 after the 25.
    pub fn rdp_reconnect_unlock(&mut self, client: &Client, session: u32) -> Option<RdpReconnect> {
        self.come_back(client, session, Way::Unlock)
    }

    /// The connected desktop of a user is taken over from another client. Returns what ended the old presence and what
    /// began the new one.
    pub fn take_over(
        &mut self,
        client: &Client,
        session: u32,
    ) -> Option<(super::RdpDisconnect, RdpReconnect)> {
        let mut desk = self.desks.get(&session)?.clone();
        let arrival = self.rdp_authenticate_only(client, &desk.account);
        let connection = arrival.connection?;
        let throw_away = self.throw_away(&connection, client, &desk.account);
        let ended = self.rdp_disconnect(session, 5)?;
        self.pass(40);
        let mut all = arrival.all;
        all.extend(throw_away.all.iter().cloned());
        let mut luids = arrival.luids;
        luids.extend(&throw_away.logons.luids);
        desk.client = Some(client.clone());
        desk.connected = true;
        desk.session_name.clone_from(&connection.name);
        desk.activity = connection.activity;
        desk.nla = arrival.nla.iter().filter(|h| h.open).map(|h| h.luid).collect();
        self.desks.insert(session, desk.clone());
        let (station, begin) = self.reattach(&desk, &mut all);
        self.end_throw_away(&throw_away, &connection, &desk.account, &mut all);
        luids.push(desk.luid());
        let closed = self.close(&desk.account, &throw_away.logons.luids, 10);
        let came = RdpReconnect {
            luids,
            nla: arrival.nla,
            authenticated: arrival.authenticated?,
            connection,
            station,
            begin,
            logons: throw_away.logons.records.clone(),
            closed,
            all,
        };
        Some((ended, came))
    }

    /// The user of a disconnected desktop takes it up again at the machine itself: a logon of type 2 that is closed at once,
    /// 4778 with `Console`, 25 with `LOCAL`.
    pub fn console_return(&mut self, session: u32) -> Option<ConsoleReturn> {
        let mut desk = self.desks.get(&session)?.clone();
        let logon = self.own_logon(&desk.account, 2);
        let logons = self.logons(logon, true);
        let mut all = logons.all.clone();
        self.pass(500);
        desk.client = None;
        desk.connected = true;
        "Console".clone_into(&mut desk.session_name);
        desk.activity = (!self.is_old()).then_some(sessions::CONSOLE_ACTIVITY);
        self.desks.insert(session, desk.clone());
        let (station, begin) = self.reattach(&desk, &mut all);
        self.pass(300);
        let closed = self.close(&desk.account, &logons.luids, 2);
        let mut luids = logons.luids;
        luids.push(desk.luid());
        Some(ConsoleReturn { luids, logons: logons.records, station, begin, closed, all })
    }

    fn come_back(&mut self, client: &Client, session: u32, way: Way) -> Option<RdpReconnect> {
        let mut desk = self.desks.get(&session)?.clone();
        let arrival = self.rdp_authenticate_only(client, &desk.account);
        let connection = arrival.connection?;
        let (mut all, mut luids) = (arrival.all, arrival.luids);
        self.pass(900);
        let throw_away = (way == Way::ThrowAway).then(|| self.throw_away(&connection, client, &desk.account));
        desk.client = Some(client.clone());
        desk.connected = true;
        desk.session_name.clone_from(&connection.name);
        desk.activity = connection.activity;
        desk.nla = arrival.nla.iter().filter(|h| h.open).map(|h| h.luid).collect();
        self.desks.insert(session, desk.clone());
        if let Some(throw_away) = &throw_away {
            all.extend(throw_away.all.iter().cloned());
        }
        let (station, begin) = self.reattach(&desk, &mut all);
        let (logons, closed) = if let Some(throw_away) = throw_away {
            self.end_throw_away(&throw_away, &connection, &desk.account, &mut all);
            luids.extend(&throw_away.logons.luids);
            self.pass(600);
            (throw_away.logons.records, self.close(&desk.account, &throw_away.logons.luids, 10))
        } else {
            self.pass(1200);
            let logons = self.remote_logons(client, &desk.account, 7);
            all.extend(logons.all);
            luids.extend(&logons.luids);
            self.pass(5);
            all.push(self.log(security::workstation(false, &desk.account, desk.luid(), session)));
            self.pass(5);
            (logons.records, self.close(&desk.account, &logons.luids, 7))
        };
        luids.push(desk.luid());
        Some(RdpReconnect {
            luids,
            nla: arrival.nla,
            authenticated: arrival.authenticated?,
            connection,
            station,
            begin,
            logons,
            closed,
            all,
        })
    }

    /// 4778 and 25 of a desktop whose connection is set.
    fn reattach(&mut self, desk: &Desk, all: &mut Vec<Mark>) -> (Mark, Option<Mark>) {
        let user = self.spelled(&desk.account);
        let station = self.log(security::reconnected(&desk.window_station()));
        all.push(station.clone());
        self.pass(200);
        let begin = self.step(sessions::reconnected(&user, desk.session, &desk.address()).of(desk.activity));
        all.extend(begin.iter().cloned());
        (station, begin.into_iter().next())
    }

    /// The throw-away session of a reconnect: 66, 4624 of type 10, 41, 40 with reason 0.
    fn throw_away(&mut self, connection: &RdpConnection, client: &Client, account: &Account) -> ThrowAway {
        let session = self.new_session();
        self.log(listener::assigned(&connection.name, session).of(connection.activity));
        self.pass(1000);
        let logons = self.remote_logons(client, account, 10);
        let mut all = logons.all.clone();
        self.pass(30);
        let user = self.spelled(account);
        all.extend(self.step(sessions::arbitration_begun(&user, session).of(connection.activity)));
        self.pass(300);
        all.extend(self.step(sessions::reason(session, 0).of(connection.activity)));
        self.pass(400);
        ThrowAway { session, logons, all }
    }

    fn end_throw_away(
        &mut self,
        of: &ThrowAway,
        connection: &RdpConnection,
        account: &Account,
        all: &mut Vec<Mark>,
    ) {
        let user = self.spelled(account);
        self.pass(1);
        all.extend(self.step(sessions::arbitration_ended(&user, of.session).of(connection.activity)));
        self.free_session(of.session);
        self.pass(300);
    }
}

/// A session that lives for the length of a reconnect.
struct ThrowAway {
    session: u32,
    logons: Logons,
    all: Vec<Mark>,
}
