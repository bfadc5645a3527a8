//! Made-up records of one busy machine: a domain controller, or a server with many desktops.

mod scenes;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use kilroy_model::{Action, EventUid, Luid, Timestamp};
use kilroy_sessions::SessionEvent;

const SECURITY: &str = "Security";
const SYSTEM: &str = "System";

/// Ticks of 100 ns in a millisecond.
const MILLI: i64 = 10_000;

/// Which machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Network logons by the million, a few administrators at the desktop.
    Controller,
    /// Remote desktops: logons, reconnects, locks, guessing of passwords, a secure shell.
    Desktops,
}

/// A small generator (splitmix64), so that a seed gives the same records everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn millis(&mut self, from: u64, to: u64) -> i64 {
        i64::try_from(from + self.below(to - from)).unwrap_or(0) * MILLI
    }
}

/// One account and the machine it comes from.
#[derive(Debug, Clone)]
struct Person {
    user: Arc<str>,
    domain: Arc<str>,
    sid: Arc<str>,
    ip: IpAddr,
    machine: Arc<str>,
    /// The name as tickets have it.
    principal: Arc<str>,
}

/// Writes records in the order of their time.
pub(crate) struct World {
    dice: Dice,
    shape: Shape,
    host: Arc<str>,
    texts: BTreeMap<&'static str, Arc<str>>,
    /// Last record ID of each log.
    ids: BTreeMap<&'static str, u64>,
    /// Records that are still to come, by time and number.
    waiting: BTreeMap<Reverse<(i64, u64)>, (&'static str, SessionEvent)>,
    number: u64,
    now: i64,
    /// When Windows started.
    booted: i64,
    session: u32,
    people: Vec<Person>,
    machines: Vec<Person>,
}

impl World {
    pub(crate) fn new(shape: Shape, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut person = |n: u64, user: String| Person {
            principal: format!("{user}@CORP.EXAMPLE").into(),
            user: user.into(),
            domain: "CORP".into(),
            sid: format!("S-1-5-21-1004336348-1177238915-682003330-{}", 1100 + n).into(),
            ip: IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + u32::try_from(dice.below(0xffff)).unwrap_or(1) + 1)),
            machine: format!("PC-{n:04}").into(),
        };
        let people = (0..400).map(|n| person(n, format!("User.{n:04}"))).collect();
        let machines = (400..2400).map(|n| person(n, format!("PC-{n:04}$"))).collect();
        Self {
            shape,
            host: "DC01.corp.example".into(),
            texts: BTreeMap::new(),
            ids: BTreeMap::new(),
            waiting: BTreeMap::new(),
            number: 0,
            now: 17_000_000_000_000_000 + dice.millis(0, 1000),
            booted: 0,
            session: 1,
            people,
            machines,
            dice,
        }
    }

    /// Makes about this many records, in order, each with the log it stands in.
    pub(crate) fn run(mut self, count: u64, sink: &mut dyn FnMut(SessionEvent)) {
        let mut made = 0;
        let boot_every = (count / 6).max(5000);
        let mut next_boot = 0;
        while made < count {
            if made >= next_boot {
                next_boot += boot_every;
                made += self.flush(i64::MAX, sink);
                self.boot(made > 0);
            }
            match self.shape {
                Shape::Controller => self.controller(),
                Shape::Desktops => self.desktops(),
            }
            made += self.flush(self.now, sink);
        }
        self.flush(i64::MAX, sink);
    }

    fn flush(&mut self, until: i64, sink: &mut dyn FnMut(SessionEvent)) -> u64 {
        let mut count = 0;
        while let Some(entry) = self.waiting.last_entry() {
            if entry.key().0.0 > until {
                break;
            }
            let (log, mut event) = entry.remove();
            let id = self.ids.entry(log).or_insert(1000);
            *id += 1;
            event.record_id = *id;
            let mut uid = Dice(*id ^ (log.len() as u64) << 48);
            event.uid = EventUid(u128::from(uid.next()) << 64 | u128::from(uid.next()));
            if until == i64::MAX {
                self.now = self.now.max(event.time.ticks());
            }
            sink(event);
            count += 1;
        }
        count
    }

    #[allow(clippy::unnecessary_wraps, reason = "a record's texts are optional")]
    fn text(&mut self, text: &'static str) -> Option<Arc<str>> {
        Some(Arc::clone(self.texts.entry(text).or_insert_with(|| text.into())))
    }

    /// A record that stands in a log from now plus some ticks on.
    fn put(
        &mut self,
        log: &'static str,
        event_id: u32,
        action: Action,
        after: i64,
        fill: impl FnOnce(&mut SessionEvent),
    ) {
        let name = self.text(log).unwrap_or_else(|| log.into());
        let time = self.now + after;
        let place = (Arc::clone(&self.host), name);
        let mut event =
            SessionEvent::bare(EventUid(0), Timestamp::from_ticks(time), place, 0, event_id, action);
        fill(&mut event);
        self.number += 1;
        self.waiting.insert(Reverse((time, self.number)), (log, event));
    }

    /// A logon ID given some ticks from now: they grow with time.
    fn luid(&mut self, after: i64) -> Luid {
        self.number += 1;
        let millis = u64::try_from((self.now + after - self.booted) / MILLI).unwrap_or(0);
        Luid(0x1_0000 + millis * 64 + self.number % 64)
    }

    fn person(&mut self, machine: bool) -> Person {
        let list = if machine { &self.machines } else { &self.people };
        // A few accounts are busier than all others together.
        let all = list.len() as u64;
        let limit = if self.dice.below(3) == 0 { 8 } else { all };
        let at = usize::try_from(self.dice.below(limit)).unwrap_or(0);
        list[at].clone()
    }

    /// Somebody who comes to the desktop: on a controller that is one of a few administrators.
    fn at_desktop(&mut self) -> Person {
        match self.shape {
            Shape::Controller => {
                let at = usize::try_from(self.dice.below(12)).unwrap_or(0);
                self.people[self.people.len() - 1 - at].clone()
            }
            Shape::Desktops => self.person(false),
        }
    }

    fn boot(&mut self, stops: bool) {
        if stops {
            let why = self.text("a planned restart");
            self.put(SYSTEM, 1074, Action::ShutdownInitiated, 0, |e| e.new_value = why);
            self.put(SECURITY, 1100, Action::LoggingStopped, 2000 * MILLI, |_| {});
            self.put(SYSTEM, 13, Action::KernelStopped, 3000 * MILLI, |_| {});
            self.now += 60_000 * MILLI;
        }
        self.booted = self.now;
        self.session = 1;
        self.put(SYSTEM, 12, Action::KernelStarted, 0, |_| {});
        self.put(SECURITY, 4608, Action::AuditStarted, 4000 * MILLI, |_| {});
        let version = self.text("10.00.");
        self.put(SYSTEM, 6009, Action::SystemVersion, 9000 * MILLI, |e| e.new_value = version);
        self.put(SYSTEM, 6005, Action::LoggingStarted, 9001 * MILLI, |_| {});
        self.now += 20_000 * MILLI;
    }

    fn controller(&mut self) {
        self.now += self.dice.millis(0, 30);
        match self.dice.below(1000) {
            0..350 => self.network_logon(false, true),
            350..650 => self.network_logon(true, true),
            650..850 => self.network_logon(false, false),
            850..860 => self.explicit(),
            860..940 => self.failure(),
            940..995 => self.service(),
            995..998 => self.remote_desktop(),
            _ => self.guessing(),
        }
    }

    fn desktops(&mut self) {
        self.now += self.dice.millis(0, 4000);
        match self.dice.below(100) {
            0..50 => self.remote_desktop(),
            50..70 => self.network_logon(false, false),
            70..75 => self.explicit(),
            75..80 => self.service(),
            80..90 => self.guessing(),
            _ => self.secure_shell(),
        }
    }
}
