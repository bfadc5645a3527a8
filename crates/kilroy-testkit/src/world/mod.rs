//! Worlds: random histories of several hosts, with what is true of them.
//!
//! A seed makes a world: people with machines in the office, at home behind one address, on the road; hosts of several
//! versions of Windows whose clocks differ; strangers who guess. On each host many things go on at once. Whoever acts next
//! does one step with the verbs of [`Host`], then the clock goes to the next one's step, back in time if need be; at the
//! end the records are put in the order in which a machine would have written them. So each session's truth is written
//! down by the step that makes it, whatever others do meanwhile, and never by the engine.
//!
//! Some coincidences no log can tell apart; the generator keeps them out:
//!
//! - Two accounts of one name. Some records tell only the name.
//! - A failure, and within 40 seconds something else from the same address by somebody else: 131 and 140 within 10
//!   seconds decide whether a failure was by Remote Desktop, and the order of both decides on `prior_failures`.
//! - A network logon of a user less than 50 seconds from a Remote Desktop logon of the same user from the same address: the
//!   rules take it for that one's Network Level Authentication. Two Remote Desktop logons likewise, and an unlock within
//!   Remote Desktop, which the rules take for a reconnect where the session manager's log is missing.
//! - Two connections to a Windows 7 within 20 seconds: its 261 names neither an address nor an activity.
//! - Two presences of one user on one host at once, but for unlocks, shares, tasks and the like.
//! - Records of other logs than Security within the stretch of time that a clock, set back, shows twice.

mod cast;
mod guesses;
mod person;
mod power;
pub(crate) mod prior;
mod stage;
mod truth;
mod visitor;

use std::collections::BTreeSet;

use kilroy_evtx::EventSpec;

use crate::host::{Client, Host};
use crate::log::{Log, Mark};
use crate::seed::Seed;
use crate::time::filetime;
use cast::{Figure, STRANGERS, machine, people};
use guesses::Stranger;
use person::Person;
use stage::{Actor, Stage};
use visitor::{Errand, Visitor};

pub use truth::Truth;

/// A history, and what is true of it.
#[derive(Debug, Clone)]
pub struct World {
    /// What it was made from.
    pub seed: u64,
    /// Everything logged, host after host, each in the order of logging.
    pub events: Vec<EventSpec>,
    /// Every session, in the order in which they began to be told, host after host.
    pub truths: Vec<Truth>,
}

impl World {
    /// The world of a seed: the same each time.
    pub fn of(seed: u64) -> Self {
        let mut dice = Seed::new(seed);
        let hosts = dice.between(2, 3);
        let people = people(&mut dice);
        let mut world = Self { seed, events: vec![], truths: vec![] };
        for number in 1..=hosts {
            let own = Seed::new(dice.next());
            world.add(usize::try_from(number).unwrap_or(1), own, &people);
        }
        world
    }

    fn add(&mut self, number: usize, mut seed: Seed, people: &[Figure]) {
        let made = machine(number, &mut seed);
        let mut stage = Stage::new(made.host, seed, made.old);
        let boots = stage.seed.between(2, 4);
        for n in 1..=boots {
            power::start(&mut stage);
            let mut actors = actors(&mut stage, people, made.controller);
            let until = stage.host.now().plus_millis(stage.seed.between(2, 9) * 3_600_000);
            power::run(&mut stage, &mut actors, until);
            power::stop(&mut stage, n == boots);
        }
        prior::count(&mut stage.truths);
        let Stage { host, mut truths, .. } = stage;
        only_kept(&host, &mut truths);
        self.events.extend(host.events().iter().cloned());
        self.truths.append(&mut truths);
    }
}

/// Who acts during a boot. Everybody has accounts of their own for what could be mistaken for one another.
fn actors(stage: &mut Stage, people: &[Figure], controller: bool) -> Vec<Box<dyn Actor>> {
    let mut free = people.to_vec();
    stage.seed.shuffle(&mut free);
    let mut actors: Vec<Box<dyn Actor>> = Vec::new();
    let desks = stage.seed.below(4) + 3;
    for n in 0..desks {
        let Some(figure) = free.pop() else { break };
        // Their own machines open shares, too.
        if stage.seed.percent(40) {
            let rounds = stage.seed.between(2, 5);
            actors.push(Box::new(Visitor::new(Errand::Share, figure.clone(), rounds)));
        }
        actors.push(Box::new(Person::new(figure, n == 0)));
    }
    for errand in Errand::ALL {
        let often = match errand {
            Errand::Controller if !controller => 0,
            Errand::Denied | Errand::NoSession => 50,
            _ => 65,
        };
        if stage.seed.percent(often)
            && let Some(figure) = free.pop()
        {
            let rounds = stage.seed.between(1, 6);
            actors.push(Box::new(Visitor::new(errand, figure, rounds)));
        }
    }
    for address in STRANGERS {
        if stage.seed.percent(22) {
            let client = Client::new(address, 0, "kali");
            let (guesses, gets_in) = (stage.seed.between(2, 25), stage.seed.percent(40));
            let by_shell = stage.seed.percent(25);
            actors.push(Box::new(Stranger::new(client, guesses, gets_in, by_shell)));
        }
    }
    actors
}

/// Leaves only marks of records that the host has kept.
fn only_kept(host: &Host, truths: &mut [Truth]) {
    let kept: BTreeSet<(&str, u64, u64)> =
        host.events().iter().map(|e| (e.channel.as_str(), e.record_id, e.time_filetime)).collect();
    let is_kept = |m: &Mark| kept.contains(&(Log::channel(m.log), m.record_id, filetime(m.time)));
    for truth in truths {
        truth.answer.sources.retain(is_kept);
        truth.answer.allowed.retain(is_kept);
        truth.ends.retain(is_kept);
    }
}
