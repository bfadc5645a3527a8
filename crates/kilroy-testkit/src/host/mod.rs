//! A small Windows machine: clock, record IDs, logon IDs, desktops. Its verbs are spread over the files by topic.

mod console;
mod gateway;
mod legacy;
mod network;
mod power;
mod rdp;
mod reconnect;

use std::collections::{BTreeMap, BTreeSet};

use kilroy_evtx::EventSpec;
use kilroy_model::Timestamp;

use crate::account::Account;
use crate::layouts::logon::{Logon, logged_on, privileges};
use crate::layouts::{Entry, sessions};
use crate::log::{Log, Mark};
use crate::seed::Seed;
use crate::time::filetime;

pub use console::{Desk, Locked, LoggedOff};
pub use gateway::GatewayConnection;
pub use legacy::{Edition, OldDesk, OldLogon};
pub use network::{Plain, Ssh};
pub use power::{Booted, ShutDown};
pub use rdp::{Client, Credentials, FailedRdp, NlaHalf, RdpConnection, RdpDenied, RdpDisconnect, RdpLogon};
pub use reconnect::{ConsoleReturn, RdpReconnect};

/// Which Windows it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No linked logon IDs, no activities, no RdpCoreTS, no 39 to 42.
    Windows7,
    /// Windows 10 and Server 2016 to 2022.
    Windows10,
    /// Two network logons for one RDP connection, the first closed at once.
    Windows11,
    /// 4624 tells of Remote Credential Guard.
    Server2025,
}

/// How names of users are written, by what is logged: `user` and `domain` of an account in, text out.
pub type Spelling = fn(&Account) -> String;

/// A machine that logs.
#[derive(Debug, Clone)]
pub struct Host {
    name: String,
    domain: String,
    style: Style,
    now: Timestamp,
    logs: BTreeSet<Log>,
    records: BTreeMap<Log, u64>,
    next_luid: u64,
    console_session: u32,
    next_session: u32,
    /// IDs of desktops that are gone, where they are given out again.
    free_sessions: Option<BTreeSet<u32>>,
    next_connection: u32,
    next_activity: u128,
    desks: BTreeMap<u32, Desk>,
    crashed: Option<Timestamp>,
    spelling: Spelling,
    security_name: Option<String>,
    minutes_east: i64,
    uneven: Option<Seed>,
    settled: usize,
    events: Vec<EventSpec>,
}

impl Host {
    /// A machine with this name, standing at this time. It writes the logs of Windows, not those of SessionServices.
    pub fn new(name: &str, style: Style, now: Timestamp) -> Self {
        let mut logs: BTreeSet<Log> = Log::ALL.into();
        logs.remove(&Log::SessionServices);
        if style == Style::Windows7 {
            logs.remove(&Log::RdpCore);
        }
        Self {
            name: name.to_owned(),
            domain: "CORP".to_owned(),
            style,
            now,
            logs,
            records: BTreeMap::new(),
            next_luid: 0x0010_1a37,
            console_session: 1,
            next_session: 2,
            free_sessions: None,
            next_connection: 0,
            next_activity: 0xF420_0001_1B01_40FC_AEEF_0000_0000_0000,
            desks: BTreeMap::new(),
            crashed: None,
            spelling: Account::qualified,
            security_name: None,
            minutes_east: 0,
            uneven: None,
            settled: 0,
            events: Vec::new(),
        }
    }

    /// Writes these logs and no others.
    #[must_use]
    pub fn only(mut self, logs: &[Log]) -> Self {
        self.logs = logs.iter().copied().collect();
        self
    }

    /// Does not write this log.
    #[must_use]
    pub fn without(mut self, log: Log) -> Self {
        self.logs.remove(&log);
        self
    }

    /// Writes this log, too.
    #[must_use]
    pub fn with(mut self, log: Log) -> Self {
        self.logs.insert(log);
        self
    }

    /// Writes users in the terminal logs in this way; else it is `DOM\user`.
    #[must_use]
    pub fn spelling(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// Goes by another name in the Security log: the bare one, say.
    #[must_use]
    pub fn security_name(mut self, name: &str) -> Self {
        self.security_name = Some(name.to_owned());
        self
    }

    /// Its clock on the wall is so many minutes ahead of UTC.
    #[must_use]
    pub fn ahead_of_utc(mut self, minutes: i64) -> Self {
        self.minutes_east = minutes;
        self
    }

    /// Takes a little more or less time for everything, as the seed has it, down to the 100 ns that Windows writes.
    #[must_use]
    pub fn uneven(mut self, seed: u64) -> Self {
        self.uneven = Some(Seed::new(seed));
        self
    }

    /// Gives terminal session IDs out again once their desktops are gone, the lowest first.
    #[must_use]
    pub fn reusing_sessions(mut self) -> Self {
        self.free_sessions = Some(BTreeSet::new());
        self
    }

    /// Name, as logged.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does it write this log?
    pub fn writes(&self, log: Log) -> bool {
        self.logs.contains(&log)
    }

    /// What its clock shows.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Waits until this time.
    pub fn at(&mut self, time: Timestamp) -> &mut Self {
        self.now = time;
        self
    }

    /// Waits for so many milliseconds; an uneven host for up to four tenths more or less.
    pub fn pass(&mut self, millis: i64) -> &mut Self {
        let ticks = match &mut self.uneven {
            None => millis * 10_000,
            Some(seed) => millis * seed.between(6_000, 14_000) + seed.between(0, 99),
        };
        self.now = Timestamp::from_ticks(self.now.ticks() + ticks);
        self
    }

    /// Everything it has logged, in the order of logging.
    pub fn events(&self) -> &[EventSpec] {
        &self.events
    }

    /// Puts what was logged since the last call into the order of time, and numbers it anew within each log.
    ///
    /// For several people at once: a verb tells all of what one of them does, then the clock goes back and another verb
    /// tells what somebody else did meanwhile. Returns the final record ID of each one that was given out before.
    pub fn settle(&mut self) -> BTreeMap<(Log, u64), u64> {
        let from = self.settled.min(self.events.len());
        let mut last = self.events.split_off(from);
        let mut ids: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for event in &last {
            ids.entry(event.channel.clone()).or_default().insert(event.record_id);
        }
        last.sort_by_key(|e| e.time_filetime);
        let mut renumbered = BTreeMap::new();
        for event in &mut last {
            let free = ids.get_mut(&event.channel).and_then(BTreeSet::pop_first);
            let log = Log::ALL.into_iter().find(|log| log.channel() == event.channel);
            if let (Some(new), Some(log)) = (free, log) {
                renumbered.insert((log, event.record_id), new);
                event.record_id = new;
            }
        }
        self.events.append(&mut last);
        self.settled = self.events.len();
        renumbered
    }

    /// Logs an event now. A log that is off takes nothing; the mark then tells when it would have been.
    pub fn log(&mut self, entry: Entry) -> Mark {
        let Entry { log, mut spec } = entry;
        let event_id = spec.event_id & 0xffff;
        let mut record_id = 0;
        let own = self.security_name.as_ref().filter(|_| log == Log::Security);
        let computer = own.unwrap_or(&self.name).clone();
        if self.logs.contains(&log) {
            let last = self.records.entry(log).or_insert(0);
            *last += 1;
            record_id = *last;
            spec.record_id = record_id;
            spec.time_filetime = filetime(self.now);
            spec.computer.clone_from(&computer);
            self.events.push(spec);
        }
        Mark { computer, log, event_id, record_id, time: self.now }
    }

    /// Record IDs of this log go on after this one: as on a machine that has run for long, or whose log begins anew.
    pub fn set_record_id(&mut self, log: Log, last: u64) -> &mut Self {
        self.records.insert(log, last);
        self
    }

    /// Logon IDs go on from this one.
    pub fn set_luid(&mut self, next: u64) -> &mut Self {
        self.next_luid = next;
        self
    }

    /// Goes by another name from now on; nothing is logged of it.
    pub fn set_name(&mut self, name: &str) -> &mut Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The oldest records of a log are overwritten: those before this time are gone.
    pub fn wrap(&mut self, log: Log, before: Timestamp) -> &mut Self {
        self.lose(log, Timestamp::from_ticks(i64::MIN / 2), before)
    }

    /// The records of a log from one time up to another are gone.
    pub fn lose(&mut self, log: Log, from: Timestamp, before: Timestamp) -> &mut Self {
        let lost = filetime(from)..filetime(before);
        self.keep(|e| e.channel != log.channel() || !lost.contains(&e.time_filetime));
        self
    }

    /// Keeps these records only; what was put in order stays so.
    pub(crate) fn keep(&mut self, kept: impl Fn(&EventSpec) -> bool) {
        let settled = self.settled.min(self.events.len());
        self.settled = self.events[..settled].iter().filter(|e| kept(e)).count();
        self.events.retain(kept);
    }

    /// The records of these event IDs of a log are gone, as if auditing had been off for them.
    pub fn forget(&mut self, log: Log, event_ids: &[u32]) -> &mut Self {
        self.keep(|e| e.channel != log.channel() || !event_ids.contains(&(e.event_id & 0xffff)));
        self
    }

    pub(crate) fn luid(&mut self) -> u64 {
        let luid = self.next_luid;
        self.next_luid += 0x1a37;
        luid
    }

    /// The ID of a new terminal session.
    pub(crate) fn new_session(&mut self) -> u32 {
        if let Some(free) = self.free_sessions.as_mut().and_then(BTreeSet::pop_first) {
            return free;
        }
        let new = self.next_session;
        self.next_session += 1;
        new
    }

    /// The terminal session is gone.
    pub(crate) fn free_session(&mut self, session: u32) {
        if let Some(free) = &mut self.free_sessions {
            free.insert(session);
        }
    }

    /// Name of the machine as NetBIOS knows it.
    pub(crate) fn bare_name(&self) -> String {
        self.name.split('.').next().unwrap_or_default().to_uppercase()
    }

    pub(crate) fn computer_account(&self) -> Account {
        Account::computer(&self.name, &self.domain)
    }

    pub(crate) fn spelled(&self, account: &Account) -> String {
        (self.spelling)(account)
    }

    pub(crate) fn is_old(&self) -> bool {
        self.style == Style::Windows7
    }

    fn logon_version(&self) -> u8 {
        match self.style {
            Style::Windows7 => 0,
            Style::Windows10 | Style::Windows11 => 2,
            Style::Server2025 => 3,
        }
    }

    /// An activity of this Windows; Windows 7 has none.
    pub(crate) fn activity(&mut self) -> Option<u128> {
        let activity = self.next_activity;
        self.next_activity += 1 << 96;
        (!self.is_old()).then_some(activity)
    }

    /// A step of the local session manager, in its own log and, of 21 to 25, as SessionServices tells it, if that log is
    /// written. The session manager's own record comes first.
    pub(crate) fn step(&mut self, entry: Entry) -> Vec<Mark> {
        let new_kind = matches!(entry.spec.event_id, 39..=42);
        if self.is_old() && new_kind {
            return vec![];
        }
        let mirrored =
            matches!(entry.spec.event_id, 21..=25).then(|| sessions::as_session_services(entry.clone()));
        let mut marks = Vec::new();
        for entry in std::iter::once(entry).chain(mirrored) {
            if self.logs.contains(&entry.log) {
                marks.push(self.log(entry));
            }
        }
        marks
    }

    /// A logon asked for by winlogon or a service, at the machine itself.
    pub(crate) fn own_logon(&mut self, target: &Account, logon_type: u32) -> Logon {
        Logon {
            version: self.logon_version(),
            subject: self.computer_account(),
            subject_luid: 0x3e7,
            target: target.clone(),
            luid: self.luid(),
            linked: 0,
            logon_type,
            process: "User32 ",
            package: "Negotiate",
            workstation: self.bare_name(),
            guid: 0,
            lm_package: "-",
            image: r"C:\Windows\System32\svchost.exe",
            address: "127.0.0.1".to_owned(),
            port: Some(0),
            outbound: None,
            elevated: target.admin,
            restricted_admin: None,
            credential_guard: None,
        }
    }

    /// Logs a logon. An administrator gets two under UAC, elevated first, and 4672 for the elevated one.
    pub(crate) fn logons(&mut self, logon: Logon, twins: bool) -> Logons {
        let mut done = Logons::default();
        let admin = logon.target.admin;
        let mut halves = vec![logon];
        if admin && twins {
            let mut limited = halves[0].clone();
            limited.luid = self.luid();
            limited.elevated = false;
            if !self.is_old() {
                limited.linked = halves[0].luid;
                halves[0].linked = limited.luid;
            }
            halves.push(limited);
        }
        for half in &halves {
            done.luids.push(half.luid);
            done.records.push(self.log(logged_on(half)));
        }
        done.all.clone_from(&done.records);
        if admin {
            done.all.push(self.log(privileges(&halves[0].target, halves[0].luid)));
        }
        done
    }
}

/// One logon, with its UAC twin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logons {
    pub(crate) luids: Vec<u64>,
    pub(crate) records: Vec<Mark>,
    pub(crate) all: Vec<Mark>,
}
