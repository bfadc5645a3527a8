//! Remote Desktop: connections, logons, disconnects, failures, denials.

use super::{Desk, Host, Style};
use crate::account::Account;
use crate::layouts::logon::{Explicit, Failure, Logon};
use crate::layouts::{listener, logon, security, sessions};
use crate::log::Mark;

/// Where somebody comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Address, as LSM, RCM and Security write it.
    pub ip: String,
    /// Port, as RdpCoreTS writes it.
    pub port: u16,
    /// What the client calls itself.
    pub name: String,
    /// Network Level Authentication: a network logon before the desktop.
    pub nla: bool,
    /// What becomes of the credentials.
    pub credentials: Credentials,
}

/// What a client does with its user's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Sends them: winlogon logs on with them (4648).
    Sent,
    /// Restricted Admin mode: the host gets none.
    RestrictedAdmin,
    /// Remote Credential Guard: requests go back to the client.
    Guarded,
}

impl Client {
    /// A client with NLA.
    pub fn new(ip: &str, port: u16, name: &str) -> Self {
        Self { ip: ip.to_owned(), port, name: name.to_owned(), nla: true, credentials: Credentials::Sent }
    }

    /// The same client without NLA.
    #[must_use]
    pub fn without_nla(mut self) -> Self {
        self.nla = false;
        self
    }

    /// The same client with another way for credentials.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Address and port as RdpCoreTS writes them.
    pub(crate) fn with_port(&self) -> String {
        if self.ip.contains(':') {
            format!("[{}]:{}", self.ip, self.port)
        } else {
            format!("{}:{}", self.ip, self.port)
        }
    }
}

/// A connection to the listener.
#[derive(Debug, Clone)]
pub struct RdpConnection {
    /// Its activity.
    pub activity: Option<u128>,
    /// Its name, `RDP-Tcp#5`.
    pub name: String,
    /// 131.
    pub accepted: Mark,
    /// 261.
    pub received: Mark,
    /// Both.
    pub all: Vec<Mark>,
}

/// A network logon of NLA.
#[derive(Debug, Clone)]
pub struct NlaHalf {
    /// Logon ID.
    pub luid: u64,
    /// 4624 of type 3.
    pub logon: Mark,
    /// 4672, and the 4634 of a half that is closed at once.
    pub others: Vec<Mark>,
    /// Still open.
    pub open: bool,
}

/// A logon at a new desktop, by RDP or at the console.
#[derive(Debug, Clone)]
pub struct RdpLogon {
    /// Terminal session ID.
    pub session: u32,
    /// Every logon ID, those of NLA too.
    pub luids: Vec<u64>,
    /// 4624 of the desktop.
    pub logons: Vec<Mark>,
    /// LSM 21, or SessionServices' if that is all there is.
    pub begin: Option<Mark>,
    /// The connection, by RDP.
    pub connection: Option<RdpConnection>,
    /// Network logons of NLA.
    pub nla: Vec<NlaHalf>,
    /// 1149.
    pub authenticated: Option<Mark>,
    /// All records.
    pub all: Vec<Mark>,
}

/// A disconnect.
#[derive(Debug, Clone)]
pub struct RdpDisconnect {
    /// LSM 24, or SessionServices' if that is all there is.
    pub end: Option<Mark>,
    /// 4779.
    pub station: Mark,
    /// 4634 of the network logons of NLA.
    pub closed: Vec<Mark>,
    /// All records but those.
    pub all: Vec<Mark>,
}

/// A failed logon by RDP.
#[derive(Debug, Clone)]
pub struct FailedRdp {
    /// The connection.
    pub connection: RdpConnection,
    /// 4625.
    pub failure: Mark,
    /// 140.
    pub rejected: Mark,
    /// All records.
    pub all: Vec<Mark>,
}

/// A denied logon by RDP.
#[derive(Debug, Clone)]
pub struct RdpDenied {
    /// Every logon ID.
    pub luids: Vec<u64>,
    /// The connection.
    pub connection: RdpConnection,
    /// 4825.
    pub denied: Mark,
    /// 4634 of every logon ID.
    pub closed: Vec<Mark>,
    /// All records but those.
    pub all: Vec<Mark>,
}

impl Host {
    /// Somebody connects to the listener: 131, 65, 261.
    pub fn rdp_connect(&mut self, client: &Client) -> RdpConnection {
        let activity = self.activity();
        let name = format!("RDP-Tcp#{}", self.next_connection);
        self.next_connection += 1;
        let accepted = self.log(listener::accepted("TCP", &client.with_port()).of(activity));
        self.pass(60);
        self.log(listener::named(&name).of(activity));
        self.pass(40);
        let received = self.log(listener::connection_received().of(activity));
        let all = vec![accepted.clone(), received.clone()];
        RdpConnection { activity, name, accepted, received, all }
    }

    /// A network logon of somebody from elsewhere.
    pub(crate) fn network(&mut self, client: &Client, account: &Account, port: Option<u16>) -> Logon {
        Logon {
            subject: Account::nobody(),
            subject_luid: 0,
            process: "NtLmSsp ",
            package: "NTLM",
            workstation: client.name.clone(),
            lm_package: "NTLM V2",
            image: "-",
            address: client.ip.clone(),
            port,
            ..self.own_logon(account, 3)
        }
    }

    /// The network logons of NLA: one, or two on Windows 11, of which the first is closed at once.
    pub(crate) fn nla(&mut self, client: &Client, account: &Account) -> Vec<NlaHalf> {
        let count = match (client.nla, self.style) {
            (false, _) => 0,
            (true, Style::Windows11) => 2,
            (true, _) => 1,
        };
        let mut halves = Vec::new();
        for n in 0..count {
            let logon = self.network(client, account, Some(0));
            let done = self.logons(logon, false);
            let mut others = done.all[1..].to_vec();
            let open = n + 1 == count;
            self.pass(15);
            if !open {
                others.extend(self.close(account, &done.luids, 3));
                self.pass(700);
            }
            halves.push(NlaHalf { luid: done.luids[0], logon: done.records[0].clone(), others, open });
        }
        halves
    }

    /// 4648 and 4624 of type 10, as winlogon asks for them on behalf of the client.
    pub(crate) fn remote_logons(
        &mut self,
        client: &Client,
        account: &Account,
        logon_type: u32,
    ) -> super::Logons {
        let explicit = Explicit {
            subject: self.computer_account(),
            subject_luid: 0x3e7,
            target: account.clone(),
            server: "localhost".to_owned(),
            info: "localhost".to_owned(),
            image: r"C:\Windows\System32\svchost.exe",
            address: client.ip.clone(),
            port: Some(0),
        };
        // Without credentials there is nothing to be explicit about.
        let sent = client.credentials == Credentials::Sent;
        let explicit = sent.then(|| self.log(logon::explicit_credentials(&explicit)));
        let mut logon = self.own_logon(account, logon_type);
        logon.address.clone_from(&client.ip);
        if logon_type == 10 && (!sent || logon.version >= 3) {
            logon.restricted_admin = Some(client.credentials == Credentials::RestrictedAdmin);
            logon.credential_guard = Some(client.credentials == Credentials::Guarded);
        }
        let mut done = self.logons(logon, true);
        done.all.extend(explicit);
        done
    }

    /// Connects and authenticates, and no session follows: 131, 261, network logon, 1149.
    pub fn rdp_authenticate_only(&mut self, client: &Client, account: &Account) -> RdpLogon {
        let connection = self.rdp_connect(client);
        self.pass(2400);
        self.rdp_authenticate(connection, client, account)
    }

    /// Authenticates on a connection. Without NLA nothing happens before the desktop asks for a password.
    pub fn rdp_authenticate(
        &mut self,
        connection: RdpConnection,
        client: &Client,
        account: &Account,
    ) -> RdpLogon {
        let nla = self.nla(client, account);
        let mut all = connection.all.clone();
        all.extend(nla.iter().flat_map(|h| std::iter::once(&h.logon).chain(&h.others)).cloned());
        self.pass(40);
        let authenticated = client.nla.then(|| {
            let entry = listener::authenticated(&account.user, &account.domain, &client.ip);
            self.log(entry.of(connection.activity))
        });
        all.extend(authenticated.clone());
        RdpLogon {
            session: 0,
            luids: nla.iter().map(|h| h.luid).collect(),
            logons: vec![],
            begin: None,
            connection: Some(connection),
            nla,
            authenticated,
            all,
        }
    }

    /// Somebody logs on by RDP and gets a new desktop.
    pub fn rdp_logon(&mut self, client: &Client, account: &Account) -> RdpLogon {
        let arrived = self.rdp_authenticate_only(client, account);
        self.rdp_desktop(arrived, client, account)
    }

    /// The same on a terminal session ID of choice.
    pub fn rdp_logon_on(&mut self, client: &Client, account: &Account, session: u32) -> RdpLogon {
        self.next_session = session;
        self.rdp_logon(client, account)
    }

    /// Somebody who is authenticated gets a new desktop.
    pub fn rdp_desktop(&mut self, arrived: RdpLogon, client: &Client, account: &Account) -> RdpLogon {
        let session = self.new_session();
        let RdpLogon { connection, nla, authenticated, mut all, mut luids, .. } = arrived;
        let (activity, name) = connection.as_ref().map(|c| (c.activity, c.name.clone())).unwrap_or_default();
        self.pass(300);
        self.log(listener::established().of(activity));
        self.log(listener::assigned(&name, session).of(activity));
        self.pass(2000);
        let logons = self.remote_logons(client, account, 10);
        all.extend(logons.all);
        luids.extend(&logons.luids);
        let user = self.spelled(account);
        self.pass(25);
        all.extend(self.step(sessions::arbitration_begun(&user, session).of(activity)));
        self.pass(10);
        all.extend(self.step(sessions::arbitration_ended(&user, session).of(activity)));
        self.pass(900);
        let begin = self.step(sessions::logon(&user, session, &client.ip).of(activity));
        all.extend(begin.iter().cloned());
        self.pass(1100);
        all.extend(self.step(sessions::shell(&user, session, &client.ip).of(activity)));
        let desk = Desk {
            account: account.clone(),
            session,
            luids: logons.luids,
            logon_type: 10,
            client: Some(client.clone()),
            connected: true,
            session_name: name,
            activity,
            nla: nla.iter().filter(|h| h.open).map(|h| h.luid).collect(),
        };
        self.desks.insert(session, desk);
        RdpLogon {
            session,
            luids,
            logons: logons.records,
            begin: begin.into_iter().next(),
            connection,
            nla,
            authenticated,
            all,
        }
    }

    /// The desktop is disconnected, with the reason that LSM 40 gives (11 by the user, 0 the line, 5 taken over).
    pub fn rdp_disconnect(&mut self, session: u32, reason: u32) -> Option<RdpDisconnect> {
        let desk = self.desks.get_mut(&session)?;
        let nla = std::mem::take(&mut desk.nla);
        let desk = desk.clone();
        let user = self.spelled(&desk.account);
        let mut all = self.step(sessions::reason(session, reason).of(desk.activity));
        self.pass(110);
        let station = self.log(security::disconnected(&desk.window_station()));
        all.push(station.clone());
        self.pass(450);
        let ends = self.step(sessions::disconnected(&user, session, &desk.address()).of(desk.activity));
        all.extend(ends.iter().cloned());
        self.pass(90);
        if desk.client.is_some() {
            self.log(listener::ended().of(desk.activity));
            self.log(listener::disconnect_reason(reason).of(desk.activity));
        }
        self.pass(60);
        let closed = self.close(&desk.account, &nla, 3);
        if let Some(desk) = self.desks.get_mut(&session) {
            desk.activity = None;
            desk.connected = false;
        }
        Some(RdpDisconnect { end: ends.into_iter().next(), station, closed, all })
    }

    /// A logon by RDP with NLA fails: 131, 65, 261, 4625 of type 3, 140, 102, 103.
    pub fn failed_rdp(&mut self, client: &Client, user: &str, sub_status: u32) -> FailedRdp {
        let connection = self.rdp_connect(client);
        self.pass(450);
        let failure = Failure {
            subject: Account::nobody(),
            subject_luid: 0,
            user: user.to_owned(),
            domain: String::new(),
            status: 0xc000_006d,
            sub_status,
            logon_type: 3,
            process: "NtLmSsp ",
            package: "NTLM",
            workstation: client.name.clone(),
            image: "-",
            address: client.ip.clone(),
            port: Some(0),
        };
        let failure = self.log(logon::failed(&failure));
        self.pass(80);
        let rejected = self.log(listener::rejected(&client.ip).of(connection.activity));
        self.pass(200);
        self.log(listener::ended().of(connection.activity));
        self.log(listener::disconnect_reason(14).of(connection.activity));
        let mut all = connection.all.clone();
        all.extend([failure.clone(), rejected.clone()]);
        FailedRdp { connection, failure, rejected, all }
    }

    /// Somebody with the right password is not in Remote Desktop Users.
    pub fn denied(&mut self, client: &Client, account: &Account) -> RdpDenied {
        let arrived = self.rdp_authenticate_only(client, account);
        let RdpLogon { connection, nla, mut all, mut luids, .. } = arrived;
        self.pass(1900);
        let logons = self.remote_logons(client, account, 10);
        all.extend(logons.all);
        luids.extend(&logons.luids);
        self.pass(180);
        let luid = logons.luids.last().copied().unwrap_or_default();
        let denied = self.log(security::denied(account, luid, &client.ip));
        all.push(denied.clone());
        self.pass(190);
        let mut closed = self.close(account, &logons.luids, 10);
        let open: Vec<u64> = nla.iter().filter(|h| h.open).map(|h| h.luid).collect();
        self.pass(90);
        closed.extend(self.close(account, &open, 3));
        let connection = connection.unwrap_or_else(|| self.rdp_connect(client));
        RdpDenied { luids, connection, denied, closed, all }
    }
}
