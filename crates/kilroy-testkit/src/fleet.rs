//! Fleets: many hosts with clocks that differ, people who go from one to another all day, and what is true of it.
//!
//! A seed and a number of hosts make a fleet. Clocks are up to ten minutes off. Some hosts are behind address translation:
//! others see them with one address, and with ports that are not theirs. Not all watch connections. People start at the
//! machine itself and go on by Remote Desktop and by other means, sometimes further from there; machines log on to the
//! controller in their own name, shares are read, and strangers guess passwords.

use std::collections::BTreeSet;

use kilroy_evtx::EventSpec;
use kilroy_model::Timestamp;

use crate::account::Account;
use crate::host::{Client, Host, Style};
use crate::lan::{Errand, Lan, Machine, Seat, TrueHop, Typed, Way};
use crate::log::{Log, Mark};
use crate::seed::Seed;
use crate::time::{may, seconds};

/// What clocks are off at most, in milliseconds.
const OFF: i64 = 600_000;
/// The address behind which some hosts are.
const TRANSLATED: &str = "10.99.0.1";
/// Rounds that everybody makes: to a host, perhaps further, and back.
const ROUNDS: i64 = 6;

/// Hosts, what they logged, and what is true.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// Everything logged, host after host, each in the order of logging.
    pub events: Vec<EventSpec>,
    /// Every remote logon from one host to another.
    pub hops: Vec<TrueHop>,
    /// Names of the hosts, and how far their clocks are ahead of the true time, in milliseconds.
    pub clocks: Vec<(String, i64)>,
}

impl Fleet {
    /// The fleet of a seed with so many hosts, two at least: the same each time.
    pub fn of(seed: u64, hosts: usize) -> Self {
        let mut dice = Seed::new(seed);
        let mut lan = lan(&mut dice, hosts.max(2));
        let start = may(14, 7, 0, 0);
        for number in 0..lan.machines.len() {
            wake(&mut lan, number, start.plus_millis(dice.between(0, seconds(600))));
        }
        for person in 0..lan.machines.len() {
            Day { dice: Seed::new(dice.next()), number: person }.spend(&mut lan, start);
        }
        lan.settle();
        lan.only_kept();
        let clocks = lan.machines.iter().map(|m| (m.host.name().to_owned(), m.ahead)).collect();
        Self { events: lan.events(), clocks, hops: lan.hops }
    }
}

/// What is lost of a fleet's logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Nothing.
    Nothing,
    /// Of every third host: whatever tells that somebody goes away from it.
    Departures,
    /// Every third host: its logs were not collected.
    Hosts,
}

impl Fleet {
    /// The same fleet, of whose logs something is lost.
    #[must_use]
    pub fn without(mut self, lost: Lost) -> Self {
        let third: BTreeSet<String> =
            self.clocks.iter().skip(1).step_by(3).map(|(name, _)| name.clone()).collect();
        let gone = |computer: &str, channel: &str, event_id: u32| {
            third.contains(computer)
                && match lost {
                    Lost::Nothing => false,
                    Lost::Hosts => true,
                    Lost::Departures => {
                        channel == Log::Sysmon.channel()
                            || channel == Log::RdpClient.channel()
                            || (channel == Log::Security.channel() && matches!(event_id, 4648 | 4688 | 5156))
                    }
                }
        };
        self.events.retain(|e| !gone(&e.computer, &e.channel, e.event_id & 0xffff));
        let kept = |mark: &Mark| !gone(&mark.computer, mark.log.channel(), mark.event_id);
        for hop in &mut self.hops {
            hop.source.retain(kept);
            hop.target.retain(kept);
        }
        if lost == Lost::Hosts {
            // Nobody in the case is left: what remains is a session from an address that is no host's.
            self.hops.retain(|hop| hop.from.as_ref().is_none_or(|from| !third.contains(from)));
        }
        self
    }
}

fn lan(dice: &mut Seed, hosts: usize) -> Lan {
    let mut machines = Vec::new();
    for number in 0..hosts {
        let style = if dice.percent(70) { Style::Windows10 } else { Style::Windows11 };
        let name = format!("H{number:03}.corp.example");
        let host = Host::new(&name, style, may(14, 5, 0, 0)).uneven(dice.next());
        let ip = format!("10.20.{}.{}", number / 200, 10 + number % 200);
        let mut machine = Machine::new(host, &ip, dice.between(-OFF, OFF));
        machine.connections = (dice.percent(60), dice.percent(20));
        machines.push(machine);
    }
    let mut lan = Lan::new(machines);
    // Never the first, which is the controller; of two hosts the other one is.
    for number in 1..hosts {
        if hosts == 2 || dice.percent(12) {
            lan.translated.insert(number, TRANSLATED.to_owned());
        }
    }
    lan
}

/// A host starts, and tells the controller so in its own name.
fn wake(lan: &mut Lan, number: usize, at: Timestamp) {
    let machine = lan.machine(number);
    machine.at(at);
    machine.host.boot();
    machine.host.background_logons();
    if number == 0 {
        return;
    }
    let (own, ip) = (machine.host.computer_account(), machine.ip.clone());
    let ip = lan.translated.get(&number).cloned().unwrap_or(ip);
    let controller = lan.machine(0).at(at.plus_millis(seconds(20)));
    let client = Client::new(&ip, 50_000, "-");
    let logon = controller.kerberos_logon(&client, &own, 0x77 << 64 | number as u128);
    controller.pass(400);
    controller.end(&logon);
}

/// What one person does all day.
struct Day {
    dice: Seed,
    number: usize,
}

/// A place on the way: a host and where somebody sits there.
struct Place {
    host: usize,
    seat: Seat,
}

impl Day {
    fn own(&self) -> Account {
        Account::new(
            &format!("user{:03}", self.number),
            "CORP",
            2000 + u32::try_from(self.number).unwrap_or(0),
        )
    }

    /// The account for work on other hosts: an own one for each, or one for all.
    fn other(&mut self) -> Account {
        let number = self.number;
        match self.dice.below(3) {
            0 => self.own(),
            1 => Account::new("svc-admin", "CORP", 1900).admin(),
            _ => Account::new(&format!("adm{number:03}"), "CORP", 5000 + u32::try_from(number).unwrap_or(0))
                .admin(),
        }
    }

    fn spend(&mut self, lan: &mut Lan, start: Timestamp) {
        let host = self.number;
        let own = self.own();
        let mut now = start.plus_millis(self.dice.between(seconds(700), seconds(3600)));
        let machine = lan.machine(host);
        machine.at(now);
        let session = machine.host.console_logon(&own).session;
        for _ in 0..ROUNDS {
            now = now.plus_millis(self.dice.between(seconds(300), seconds(3_000)));
            let Some(seat) = lan.machine(host).seat(session) else { return };
            now = self.round(lan, &Place { host, seat }, now);
            if self.dice.percent(30) {
                guess(lan, host, now, &mut self.dice);
            }
        }
    }

    /// To another host, perhaps on from there, and back. Returns when everybody is back.
    fn round(&mut self, lan: &mut Lan, from: &Place, now: Timestamp) -> Timestamp {
        let Some(to) = self.goal(lan, &[from.host]) else { return now };
        let account = self.other();
        let way = Way { from: from.host, to, at: now };
        if self.dice.percent(45) {
            return self.desktop(lan, from, way, &account);
        }
        if self.dice.percent(20) {
            let shell = lan.psexec(way, &from.seat, &account);
            let left = now.plus_millis(self.dice.between(seconds(30), seconds(600)));
            lan.psexec_leave(to, left, &shell);
            return left;
        }
        let errand = *self.dice.pick(&Errand::ALL);
        let visit = lan.visit(way, &from.seat, &account, errand);
        let left = now.plus_millis(self.dice.between(seconds(12), seconds(400)));
        lan.leave(to, left, &visit);
        left
    }

    fn desktop(&mut self, lan: &mut Lan, from: &Place, way: Way, account: &Account) -> Timestamp {
        let typed = *self.dice.pick(&[Typed::Names, Typed::FullName, Typed::Address]);
        let desktop = lan.rdp(way, &from.seat, account, typed);
        let mut now = way.at.plus_millis(self.dice.between(seconds(60), seconds(600)));
        let further = self.goal(lan, &[from.host, way.to]).filter(|_| self.dice.percent(35));
        if let (Some(to), Some(seat)) = (further, lan.machine(way.to).seat(desktop.session)) {
            let account = self.other();
            let errand = *self.dice.pick(&Errand::ALL);
            let visit = lan.visit(Way { from: way.to, to, at: now }, &seat, &account, errand);
            now = now.plus_millis(self.dice.between(seconds(20), seconds(300)));
            lan.leave(to, now, &visit);
        }
        now = now.plus_millis(self.dice.between(seconds(30), seconds(900)));
        let back = Way { at: now, ..way };
        if self.dice.percent(25) {
            lan.rdp_leave(back, &from.seat.account, desktop.session, 0);
            now = now.plus_millis(self.dice.between(seconds(40), seconds(400)));
            let again = Way { at: now, ..way };
            lan.rdp_again(again, &from.seat, account, typed, desktop.session);
            now = now.plus_millis(self.dice.between(seconds(60), seconds(500)));
        }
        lan.rdp_logoff(Way { at: now, ..way }, &from.seat.account, desktop.session);
        now
    }

    /// A host to go to. Nobody gets to those behind translation.
    fn goal(&mut self, lan: &Lan, been: &[usize]) -> Option<usize> {
        let free: Vec<usize> = (0..lan.machines.len())
            .filter(|n| !been.contains(n) && !lan.translated.contains_key(n))
            .collect();
        if free.is_empty() { None } else { Some(*self.dice.pick(&free)) }
    }
}

/// A stranger guesses a password once.
fn guess(lan: &mut Lan, host: usize, at: Timestamp, dice: &mut Seed) {
    let port = u16::try_from(dice.between(40_000, 60_000)).unwrap_or(40_000);
    let client = Client::new("203.0.113.50", port, "kali");
    lan.machine(host).at(at.plus_millis(seconds(7))).failed_rdp(&client, "administrator", 0xc000_006a);
}
