//! Who and what there is: people, their machines and networks, hosts.

use kilroy_model::Timestamp;

use crate::account::Account;
use crate::host::{Client, Host, Style};
use crate::log::Log;
use crate::seed::Seed;
use crate::time::may;

/// Somebody, and the places that they come from.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) account: Account,
    pub(super) clients: Vec<Client>,
}

/// Names of users: no two alike, for a name is all that some records tell.
const NAMES: [&str; 12] = [
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "김민수",
    "j.doe",
    "mallory",
    "Olivia",
];

/// The one address behind which everybody at home is.
const NAT: &str = "198.51.100.20";

/// Addresses from which strangers come.
pub(super) const STRANGERS: [&str; 5] =
    ["203.0.113.77", "203.0.113.78", "192.0.2.15", "2001:db8:bad::1", "45.33.7.9"];

/// Everybody, with machines in the office, at home behind one address, on the road.
pub(super) fn people(seed: &mut Seed) -> Vec<Figure> {
    let mut people: Vec<Figure> = Vec::new();
    for (name, n) in NAMES.iter().zip(0_u16..) {
        let account = Account::new(name, "CORP", 1100 + u32::from(n));
        let account = if seed.percent(35) { account.admin() } else { account };
        let machine = |place: &str| format!("{}-{place}", name.to_uppercase());
        let mut clients = vec![
            Client::new(&format!("10.20.30.{}", 40 + n), 0, &machine("PC")),
            Client::new(NAT, 0, &machine("HOME")),
            Client::new(&format!("10.8.0.{}", 10 + n), 0, &machine("LT")),
            Client::new(&format!("2001:db8:40::{:x}", 0x10 + n), 0, &machine("LT")),
        ];
        // Some come by a tunnel: from the host itself, it seems.
        if seed.percent(10) {
            clients.push(Client::new("127.0.0.1", 0, "kali"));
        }
        seed.shuffle(&mut clients);
        clients.truncate(2 + seed.below(2));
        people.push(Figure { account, clients });
    }
    seed.shuffle(&mut people);
    people
}

/// A host, with the clock that it goes by.
pub(super) struct Machine {
    pub(super) host: Host,
    pub(super) old: bool,
    pub(super) controller: bool,
}

/// A host of a world. Clocks of hosts differ.
pub(super) fn machine(number: usize, seed: &mut Seed) -> Machine {
    let style = match seed.below(100) {
        0..55 => Style::Windows10,
        55..85 => Style::Windows11,
        _ => Style::Windows7,
    };
    let off = seed.between(-90_000, 90_000);
    let start: Timestamp = may(2, 6, 0, 0).plus_millis(off + seed.between(0, 3_600_000));
    let name = format!("{}{number:02}.corp.example", if seed.percent(60) { "SRV" } else { "WKS" });
    let mut host = Host::new(&name, style, start).uneven(seed.next());
    if seed.percent(40) {
        host = host.reusing_sessions();
    }
    if seed.percent(20) {
        host = host.with(Log::SessionServices);
    }
    if seed.percent(15) {
        host = host.spelling(|a| a.user.clone());
    }
    // Machines that have run for long.
    // No world writes the client's log; without a number for it, each seed keeps its world.
    for log in Log::ALL.into_iter().filter(|log| *log != Log::RdpClient) {
        host.set_record_id(log, seed.next() % 1_000_000);
    }
    Machine { host, old: style == Style::Windows7, controller: seed.percent(25) }
}
