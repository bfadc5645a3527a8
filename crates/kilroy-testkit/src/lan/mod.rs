//! Several machines, and people who go from one to another: both sides of each remote logon, as both machines log it.
//!
//! Each machine goes by a clock of its own. The verbs take the true time; what is logged carries the time that the machine
//! believes in. Whoever goes through address translation is seen with another address and port than the own ones.

mod errand;
mod machine;
mod psexec;
mod remote_desktop;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use kilroy_evtx::EventSpec;
use kilroy_model::Timestamp;

use crate::host::Client;
use crate::layouts::connection::End;
use crate::log::Mark;
use crate::time::filetime;

pub use errand::{Errand, Visit};
pub use machine::{Machine, Seat};
pub use psexec::PsExec;
pub use remote_desktop::{Desktop, Typed};
pub use truth::TrueHop;

/// A network.
#[derive(Debug, Clone, Default)]
pub struct Lan {
    /// The machines.
    pub machines: Vec<Machine>,
    /// Every remote logon between them, in the order of telling.
    pub hops: Vec<TrueHop>,
    /// Machines that others see with this address, by their number.
    pub translated: BTreeMap<usize, String>,
    next_translated: u16,
    next_guid: u128,
}

/// Where somebody goes from, where to, and when in true time.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// Number of the machine that is left.
    pub from: usize,
    /// Number of the machine that is reached.
    pub to: usize,
    /// When.
    pub at: Timestamp,
}

/// A connection as each side sees it.
#[derive(Debug, Clone)]
struct Line {
    /// Port on the side that makes it.
    port: u16,
    /// Who the side that takes it sees.
    client: Client,
}

impl Lan {
    /// A network of these machines.
    pub fn new(machines: Vec<Machine>) -> Self {
        Self { machines, next_translated: 1024, next_guid: 0x7c1d_20e1, ..Self::default() }
    }

    /// The machine of this number.
    pub fn machine(&mut self, number: usize) -> &mut Machine {
        &mut self.machines[number]
    }

    /// Puts each machine's records into the order of time; what is true of them is told with their new numbers.
    pub fn settle(&mut self) {
        for machine in &mut self.machines {
            let name = machine.host.name().to_owned();
            let numbers = machine.host.settle();
            let renumber = |mark: &mut Mark| {
                if mark.computer == name
                    && let Some(new) = numbers.get(&(mark.log, mark.record_id))
                {
                    mark.record_id = *new;
                }
            };
            for hop in &mut self.hops {
                hop.source.iter_mut().chain(&mut hop.target).for_each(renumber);
            }
        }
    }

    /// Takes out of the truth what no machine has kept: a log that is off, cleared or wrapped proves nothing.
    pub fn only_kept(&mut self) {
        let kept: BTreeSet<(&str, &str, u64, u64)> = self
            .machines
            .iter()
            .flat_map(|m| m.host.events())
            .map(|e| (e.computer.as_str(), e.channel.as_str(), e.record_id, e.time_filetime))
            .collect();
        let is_kept =
            |m: &Mark| kept.contains(&(m.computer.as_str(), m.log.channel(), m.record_id, filetime(m.time)));
        for hop in &mut self.hops {
            hop.source.retain(is_kept);
            hop.target.retain(is_kept);
        }
    }

    /// Everything logged, machine after machine.
    pub fn events(&self) -> Vec<EventSpec> {
        self.machines.iter().flat_map(|m| m.host.events()).cloned().collect()
    }

    /// Opens a line from one machine to another.
    fn line(&mut self, way: Way) -> Line {
        let source = &mut self.machines[way.from];
        let (port, name, own) = (source.port(), source.bare_name(), source.ip.clone());
        let client = match self.translated.get(&way.from) {
            None => Client::new(&own, port, &name),
            Some(address) => {
                self.next_translated = self.next_translated.checked_add(1).unwrap_or(1024);
                Client::new(address, self.next_translated, &name)
            }
        };
        Line { port, client }
    }

    /// The other end of a line as the machine sees it that makes it.
    fn far_end(&self, to: usize, port: u16) -> End {
        let target = &self.machines[to];
        End { ip: target.ip.clone(), port, name: target.host.name().to_owned() }
    }

    /// The other end of a line as the machine sees it that takes it.
    fn near_end(line: &Line) -> End {
        End { ip: line.client.ip.clone(), port: line.client.port, name: String::new() }
    }

    /// A Kerberos logon GUID.
    fn guid(&mut self) -> u128 {
        self.next_guid += 1;
        0x5b1f_93a2_0000_4000_8000_0000_0000_0000 | self.next_guid
    }
}
