//! Remote Desktop from one machine to another.

use kilroy_model::HopMethod;

use super::{Lan, Seat, TrueHop, Way};
use crate::account::Account;
use crate::layouts::logon::{Explicit, explicit_credentials};
use crate::layouts::program::Process;
use crate::layouts::rdp_client;
use crate::log::Mark;

const MSTSC: &str = r"C:\Windows\System32\mstsc.exe";
const LSASS: &str = r"C:\Windows\System32\lsass.exe";

/// How the server's and the user's name are typed into the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// Bare name of the server, `DOM\user`.
    Names,
    /// Full name of the server, user without a domain.
    FullName,
    /// Address of the server, `DOM\user`.
    Address,
}

/// A desktop on another machine.
#[derive(Debug, Clone)]
pub struct Desktop {
    /// Terminal session there.
    pub session: u32,
    /// The client that shows it.
    pub client: Process,
    /// Number of the hop.
    pub hop: usize,
}

impl Lan {
    /// Somebody at a desktop goes to another machine by Remote Desktop and gets a new desktop there.
    pub fn rdp(&mut self, way: Way, seat: &Seat, account: &Account, typed: Typed) -> Desktop {
        self.by_client(way, seat, account, typed, None)
    }

    /// The same, to a desktop that is there already.
    pub fn rdp_again(
        &mut self,
        way: Way,
        seat: &Seat,
        account: &Account,
        typed: Typed,
        session: u32,
    ) -> Desktop {
        self.by_client(way, seat, account, typed, Some(session))
    }

    fn by_client(
        &mut self,
        way: Way,
        seat: &Seat,
        account: &Account,
        typed: Typed,
        existing: Option<u32>,
    ) -> Desktop {
        let line = self.line(way);
        let far = self.far_end(way.to, 3389);
        let server = match typed {
            Typed::Names => self.machines[way.to].bare_name(),
            Typed::FullName => far.name.clone(),
            Typed::Address => far.ip.clone(),
        };
        let domain = if typed == Typed::FullName { "" } else { account.domain.as_str() };
        let source = &mut self.machines[way.from];
        source.at(way.at);
        let (client, mut left) = source.start(seat, MSTSC, &format!("\"{MSTSC}\" /v:{server}"));
        source.host.pass(3900);
        left.push(source.host.log(rdp_client::connecting(&seat.account, &server)));
        source.host.pass(240);
        left.extend(source.connect(&seat.account, &client, line.port, far.clone(), true));
        let opened = source.true_now();
        source.host.pass(60);
        left.push(source.host.log(rdp_client::user_hashed(&seat.account, &account.user, domain)));
        source.host.pass(2200);
        left.push(source.host.log(explicit_credentials(&Explicit {
            subject: seat.account.clone(),
            subject_luid: seat.luid,
            target: account.clone(),
            server: far.name.to_lowercase(),
            info: format!("TERMSRV/{server}"),
            image: LSASS,
            address: "-".to_owned(),
            port: None,
        })));
        source.host.pass(700);
        left.push(source.host.log(rdp_client::address(&seat.account, &far.ip)));
        source.host.pass(400);
        left.push(source.host.log(rdp_client::connected(&seat.account)));

        let target = &mut self.machines[way.to];
        target.at(opened.plus_millis(12));
        let mut reached = {
            let termsrv = target.process(r"C:\Windows\System32\svchost.exe", "svchost.exe -k termsvcs");
            let service = Account::network_service();
            target.connect(&service, &termsrv, 3389, Self::near_end(&line), false)
        };
        let (session, records) = match existing {
            None => {
                let logon = target.host.rdp_logon(&line.client, account);
                (logon.session, logon.all)
            }
            Some(session) => {
                let back = target.host.rdp_reconnect(&line.client, session);
                (session, back.map(|b| b.all).unwrap_or_default())
            }
        };
        reached.extend(records);
        let done = target.true_now();
        let source = &mut self.machines[way.from];
        source.at(done.plus_millis(30));
        source.host.log(rdp_client::session(&seat.account, &account.domain, session));
        let hop = self.went(way, seat, (account, &line.client.ip), existing.is_some(), left, reached);
        Desktop { session, client, hop }
    }

    fn went(
        &mut self,
        way: Way,
        seat: &Seat,
        (account, address): (&Account, &str),
        reconnect: bool,
        source: Vec<Mark>,
        target: Vec<Mark>,
    ) -> usize {
        let hop = self.true_hop(way, Some(seat), (account, address), HopMethod::Rdp, source, target);
        self.hops.push(TrueHop { reconnect, ..hop });
        self.hops.len() - 1
    }

    /// A hop between two machines of the network.
    pub(super) fn true_hop(
        &self,
        way: Way,
        by: Option<&Seat>,
        (account, address): (&Account, &str),
        method: HopMethod,
        source: Vec<Mark>,
        target: Vec<Mark>,
    ) -> TrueHop {
        let (left, reached) = (&self.machines[way.from], &self.machines[way.to]);
        TrueHop {
            from: Some(left.host.name().to_owned()),
            address: address.to_owned(),
            to: reached.host.name().to_owned(),
            by: by.map(|seat| seat.account.user.clone()),
            user: account.user.clone(),
            method,
            time: way.at,
            clock_difference: reached.ahead - left.ahead,
            reconnect: false,
            source,
            target,
        }
    }

    /// The client is closed, or the line breaks: the desktop is left, with the reason that LSM 40 gives.
    pub fn rdp_leave(&mut self, way: Way, by: &Account, session: u32, reason: u32) {
        let target = self.machine(way.to);
        target.at(way.at);
        target.host.rdp_disconnect(session, reason);
        let source = self.machine(way.from);
        source.at(way.at.plus_millis(90));
        source.host.log(rdp_client::disconnected(by, if reason == 0 { 2308 } else { 1 }));
    }

    /// The user logs off from the desktop.
    pub fn rdp_logoff(&mut self, way: Way, by: &Account, session: u32) {
        let target = self.machine(way.to);
        target.at(way.at);
        target.host.logoff(session);
        let source = self.machine(way.from);
        source.at(way.at.plus_millis(900));
        source.host.log(rdp_client::disconnected(by, 2));
    }
}
