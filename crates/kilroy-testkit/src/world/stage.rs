//! One host and what happens on it: the clock goes from one actor's step to the next, whoever is next.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use kilroy_model::Timestamp;

use crate::account::Account;
use crate::host::{Client, Host};
use crate::log::Mark;
use crate::seed::Seed;
use crate::world::truth::Truth;

/// What somebody is about to do, as far as it could be taken for something else that happens at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// Comes in by Remote Desktop.
    Arriving,
    /// Fails.
    Failing,
    /// Logs on over the network.
    Visiting,
}

/// Who does it, from where and when.
#[derive(Debug, Clone)]
struct Claim {
    actor: usize,
    user: String,
    ip: String,
    doing: Doing,
    at: Timestamp,
}

/// Seconds between a failure and anything else of the same address, unless one actor does both.
const AROUND_FAILURES: u64 = 40;
/// Seconds between two logons of one user from one address, of which one is by Remote Desktop.
const AROUND_ARRIVALS: u64 = 50;
/// Seconds between two connections to a Windows 7, whose 261 names nobody.
const AROUND_NAMELESS: u64 = 20;

/// Who does things on a host, step by step.
pub(super) trait Actor {
    /// Does the next step; returns after how many milliseconds the one after it is due, if there is one.
    fn act(&mut self, me: usize, stage: &mut Stage) -> Option<i64>;
}

/// One host and what happens on it.
pub(super) struct Stage {
    pub(super) host: Host,
    pub(super) seed: Seed,
    pub(super) truths: Vec<Truth>,
    /// Windows 7: no activities, no RdpCoreTS, no 39 to 42.
    pub(super) old: bool,
    /// Number of this boot.
    pub(super) boot: u32,
    /// Terminal sessions that somebody is connected to.
    pub(super) connected: BTreeSet<u32>,
    /// Truths before this one are of earlier boots.
    of_boot: usize,
    claims: Vec<Claim>,
}

impl Stage {
    pub(super) fn new(host: Host, seed: Seed, old: bool) -> Self {
        Self {
            host,
            seed,
            truths: vec![],
            old,
            boot: 0,
            connected: BTreeSet::new(),
            of_boot: 0,
            claims: vec![],
        }
    }

    /// A session begins; returns its number.
    pub(super) fn begin(&mut self, truth: Truth) -> usize {
        self.truths.push(truth);
        self.truths.len() - 1
    }

    /// May this be done now? If not, the logs could not tell it from something else; else others keep away from it.
    pub(super) fn may(&mut self, me: usize, account: &Account, client: &Client, doing: Doing) -> bool {
        let new = Claim {
            actor: me,
            user: account.user.to_lowercase(),
            ip: client.ip.clone(),
            doing,
            at: self.host.now(),
        };
        let old = self.old;
        let free = self.claims.iter().all(|known| !conflict(known, &new, old));
        if free {
            self.claims.push(new);
        }
        free
    }

    /// The client on a port of its own.
    pub(super) fn port(&mut self, client: &Client) -> Client {
        let port = u16::try_from(self.seed.between(49_152, 65_000)).unwrap_or(50_000);
        Client { port, ..client.clone() }
    }

    /// Lets everybody act in turn until this time, then the logs are put in order.
    pub(super) fn run(&mut self, actors: &mut [Box<dyn Actor>], until: Timestamp) {
        let mut queue: BinaryHeap<Reverse<(Timestamp, usize)>> = BinaryHeap::new();
        let from = self.host.now();
        for number in 0..actors.len() {
            let at = from.plus_millis(self.seed.between(5_000, 3_600_000));
            queue.push(Reverse((at, number)));
        }
        while let Some(Reverse((at, number))) = queue.pop() {
            if at >= until {
                continue;
            }
            self.host.at(at);
            if let Some(wait) = actors[number].act(number, self) {
                // Never at a full second, where another one may be.
                let wait = wait * 10_000 + self.seed.between(1, 9_999_999);
                queue.push(Reverse((Timestamp::from_ticks(self.host.now().ticks() + wait), number)));
            }
        }
        self.host.at(until);
        self.claims.clear();
        self.settle();
    }

    /// Puts the logs in order.
    pub(super) fn settle(&mut self) {
        let new = self.host.settle();
        let renumber = |mark: &mut Mark| {
            if let Some(id) = new.get(&(mark.log, mark.record_id)) {
                mark.record_id = *id;
            }
        };
        for truth in &mut self.truths[self.of_boot..] {
            truth.marks().for_each(renumber);
        }
    }

    /// Windows stops, in this way: what is open in this boot is bounded by it. Call after the logs were put in order.
    pub(super) fn stop(&mut self, kind: kilroy_model::EndKind, not_after: Timestamp) {
        for truth in self.truths[self.of_boot..].iter_mut().filter(|t| t.is_open()) {
            truth.tell(|a| a.bounded(kind, Some(not_after)));
        }
        self.of_boot = self.truths.len();
        self.connected.clear();
        self.boot += 1;
    }
}

fn conflict(a: &Claim, b: &Claim, old: bool) -> bool {
    let within = |seconds: u64| a.at.within_millis(b.at, seconds * 1000);
    let one_of = |doing: Doing| a.doing == doing || b.doing == doing;
    let others = a.actor != b.actor;
    let failures = others && a.ip == b.ip && one_of(Doing::Failing) && within(AROUND_FAILURES);
    let one_user = a.user == b.user && a.ip == b.ip && one_of(Doing::Arriving) && within(AROUND_ARRIVALS);
    // Somebody's own wrong passwords right before the right one are told apart.
    let arrivals = one_user && (others || !one_of(Doing::Failing));
    let listened = |doing: Doing| doing != Doing::Visiting;
    let nameless = old && others && listened(a.doing) && listened(b.doing) && within(AROUND_NAMELESS);
    failures || arrivals || nameless
}
