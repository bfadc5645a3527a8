//! Random histories, each from a number: days on a small machine, some of whose records are lost; and soups of records that
//! no machine would write.

use std::sync::Arc;

use kilroy_evtx::EventSpec;
use kilroy_model::{Action, EventUid, Luid, Timestamp};
use kilroy_sessions::SessionEvent;
use kilroy_testkit::{Account, Client, Host, Log, Style, may, seconds};

/// Numbers that look random and are the same on every run (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

/// A day on a machine of this name.
pub(crate) fn day(name: &str, seed: u64) -> Vec<EventSpec> {
    let mut dice = Dice::new(seed);
    let style = dice.pick(&[Style::Windows10, Style::Windows10, Style::Windows11, Style::Windows7]);
    let mut host = Host::new(name, style, may(14, 9, 0, 0));
    host = match dice.below(8) {
        0 => host.only(&[Log::Security]),
        1 => host.only(&[Log::LocalSessions]),
        2 => host.without(Log::Security),
        3 => host.without(Log::LocalSessions),
        4 => host.without(dice.pick(&[Log::RdpCore, Log::RemoteConnections, Log::System])),
        _ => host,
    };
    if dice.chance(70) {
        host.boot();
    }
    let users = [
        Account::new("alice", "CORP", 1104).admin(),
        Account::new("bob", "CORP", 1107),
        Account::new("carol", "CORP", 1108),
    ];
    let clients = [
        Client::new("10.20.30.40", 51234, "ALICE-LT"),
        Client::new("10.20.30.41", 51235, "BOB-PC"),
        Client::new("203.0.113.77", 60222, "HOME-PC"),
        Client::new("10.20.30.42", 51236, "OLD-PC").without_nla(),
    ];
    let mut desks: Vec<u32> = Vec::new();
    let mut plain = Vec::new();
    let mut shells = Vec::new();
    let mut console = false;
    for _ in 0..3 + dice.below(8) {
        let wait = dice.pick(&[700, 3_000, 12_000, 40_000, 300_000, 1_800_000, 4_000_000]);
        host.pass(wait);
        let user = dice.pick(&users);
        let client = dice.pick(&clients);
        let desk = if desks.is_empty() { None } else { Some(dice.below(desks.len())) };
        match (dice.below(22), desk) {
            (0..=3, _) => {
                if !desks.iter().any(|d| host.desk(*d).is_some_and(|k| k.account.user == user.user)) {
                    desks.push(host.rdp_logon(&client, &user).session);
                }
            }
            (4..=6, Some(d)) => {
                if host.desk(desks[d]).is_some_and(|k| k.connected) {
                    host.rdp_disconnect(desks[d], dice.pick(&[0, 5, 11]));
                }
            }
            (7..=8, Some(d)) => {
                if host.desk(desks[d]).is_some_and(|k| !k.connected) {
                    if dice.chance(50) {
                        host.rdp_reconnect(&client, desks[d]);
                    } else {
                        host.rdp_reconnect_unlock(&client, desks[d]);
                    }
                }
            }
            (9, Some(d)) => {
                if host.desk(desks[d]).is_some_and(|k| k.connected) {
                    host.take_over(&client, desks[d]);
                }
            }
            (10..=11, Some(d)) => {
                let session = desks.remove(d);
                host.logoff(session);
            }
            (12, Some(d)) => {
                if host.desk(desks[d]).is_some_and(|k| k.connected) {
                    host.lock(desks[d]);
                    host.pass(wait);
                    host.unlock(desks[d], dice.pick(&[7, 13]));
                }
            }
            (13, _) if !console => {
                if !desks.iter().any(|d| host.desk(*d).is_some_and(|k| k.account.user == user.user)) {
                    desks.push(host.console_logon(&user).session);
                    console = true;
                }
            }
            (14, _) => plain.push(host.network_logon(&client, &user)),
            (15, _) => plain.push(host.local_logon(&user, dice.pick(&[4, 5, 8, 11]))),
            (16, _) => {
                if let Some(p) = plain.pop() {
                    host.end(&p);
                }
            }
            (17, _) => {
                host.failed_rdp(&client, &user.user, 0xc000_006a);
            }
            (18, _) => {
                let logon_type = dice.pick(&[2, 3, 3, 7, 10]);
                host.failed_logon(Some(&client), &user.user, logon_type, (0xc000_006d, 0xc000_006a));
            }
            (19, _) => match dice.below(4) {
                0 => drop(host.denied(&client, &user)),
                1 => drop(host.rdp_authenticate_only(&client, &user)),
                2 => shells.push((host.ssh_logon(&client, &user, 4000), user.clone())),
                _ => {
                    if let Some((shell, user)) = shells.pop() {
                        host.ssh_end(&shell, &user);
                    } else {
                        host.ssh_failure(&client, "nosuch", 4001);
                    }
                }
            },
            (20, _) => {
                match dice.below(4) {
                    0 => {
                        host.crash();
                    }
                    1 => {}
                    _ => {
                        host.shutdown(&user);
                    }
                }
                host.pass(wait + seconds(30));
                host.boot();
                desks.clear();
                plain.clear();
                shells.clear();
                console = false;
            }
            _ => {
                host.background_logons();
            }
        }
    }
    host.events().to_vec()
}

/// A few records of one host, in an order and with gaps that few machines would write, close to the limits of the rules:
/// session-manager steps, or logons of the Security log, or boots with some of both. What a logon ID or a session ID stands
/// for stays the same throughout; everything else is thrown together.
pub(crate) fn soup(seed: u64) -> Vec<SessionEvent> {
    let mut dice = Dice::new(seed ^ 0x50_0b);
    let kinds = [STEPS, LOGONS, BOOTS][usize::try_from(seed % 3).unwrap_or(0)];
    let count = 2 + dice.below(9);
    let mut time: Timestamp = may(14, 9, 0, 0);
    let mut records = std::collections::BTreeMap::new();
    let mut known: Vec<Known> = Vec::new();
    let mut soup = Vec::new();
    for n in 0..count {
        let wait = dice.pick(&[
            1, 40, 300, 900, 1_900, 2_100, 2_900, 3_100, 4_900, 5_100, 9_900, 10_100, 29_900, 30_100, 61_000,
            600_000, 3_600_000,
        ]);
        time = time.plus_millis(wait);
        let (action, event_id, log) = dice.pick(kinds);
        if action == Action::KernelStarted {
            // Marks this close to each other are of one start.
            time = time.plus_millis(150_000);
        }
        let uid = EventUid((u128::from(seed) << 32) + n as u128 + 1);
        let mut e = blank(uid, time, 0, log, event_id, action);
        if !fill(&mut e, &mut dice, &mut known, seed.is_multiple_of(3)) {
            continue;
        }
        if soup.iter().any(|earlier| says_it_again(earlier, &e, &soup)) {
            continue;
        }
        // A start tells of itself in several ways, of which some are kept.
        let mut told = vec![e];
        if action == Action::KernelStarted {
            let more = [
                (Action::AuditStarted, 4608, SECURITY, 5_000),
                (Action::UnexpectedShutdown, 6008, SYSTEM, 20_000),
                (Action::LoggingStarted, 6005, SYSTEM, 21_000),
            ];
            for (k, (action, event_id, log, later)) in (1..).zip(more) {
                if dice.chance(50) {
                    let uid = EventUid(uid.0 + (k << 16));
                    told.push(blank(uid, time.plus_millis(later), 0, log, event_id, action));
                }
            }
            if dice.chance(30) {
                told.remove(0);
            }
            time = time.plus_millis(22_000);
            known.clear();
        }
        for mut e in told {
            let record = records.entry(e.log.to_string()).or_insert(0_u64);
            *record += 1;
            e.record_id = *record;
            soup.push(e);
        }
    }
    soup
}

/// Nothing is said of a logon ID after its 4634, nor of a session after its 23 before somebody logs on again; and nobody
/// leaves twice within moments.
fn says_it_again(earlier: &SessionEvent, e: &SessionEvent, soup: &[SessionEvent]) -> bool {
    let of_logon = e.luid.is_some() && earlier.luid == e.luid;
    let of_session = e.terminal_session.is_some() && earlier.terminal_session == e.terminal_session;
    let since = || soup.iter().filter(|o| o.time > earlier.time && o.terminal_session == e.terminal_session);
    let begun = || since().any(|o| matches!(o.action, Action::TerminalLogon | Action::TerminalReconnected));
    let near = earlier.time.within_millis(e.time, 12_000);
    let asked = earlier.action == Action::LogoffInitiated && e.action != Action::Logoff;
    (of_logon && (earlier.action == Action::Logoff || asked))
        || (of_session && earlier.action == Action::TerminalReason && earlier.action == e.action && !begun())
        || (of_logon && earlier.action == e.action && (near || e.action == Action::LogoffInitiated))
        || (of_session
            && earlier.action == Action::TerminalLogoff
            && !matches!(e.action, Action::TerminalLogon | Action::TerminalReconnected)
            && !(e.action != Action::TerminalLogoff && near)
            && !begun())
        || (of_session && earlier.action == e.action && near && !begun())
}

/// A logon ID, and what it stands for.
#[derive(Debug, Clone)]
struct Known {
    luid: u64,
    user: &'static str,
    logon_type: u8,
    ip: &'static str,
}

pub(crate) const SECURITY: &str = "Security";
pub(crate) const SYSTEM: &str = "System";
pub(crate) const LSM: &str = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";

type Kinds = &'static [(Action, u32, &'static str)];

const STEPS: Kinds = &[
    (Action::TerminalLogon, 21, LSM),
    (Action::TerminalLogon, 21, LSM),
    (Action::TerminalLogoff, 23, LSM),
    (Action::TerminalDisconnected, 24, LSM),
    (Action::TerminalDisconnected, 24, LSM),
    (Action::TerminalReconnected, 25, LSM),
    (Action::TerminalReconnected, 25, LSM),
    (Action::TerminalReason, 40, LSM),
];

const LOGONS: Kinds = &[
    (Action::Logon, 4624, SECURITY),
    (Action::Logon, 4624, SECURITY),
    (Action::Logon, 4624, SECURITY),
    (Action::Logoff, 4634, SECURITY),
    (Action::Logoff, 4634, SECURITY),
    (Action::LogoffInitiated, 4647, SECURITY),
    (Action::SessionReconnected, 4778, SECURITY),
    (Action::SessionDisconnected, 4779, SECURITY),
    (Action::SessionDisconnected, 4779, SECURITY),
    (Action::LogonFailed, 4625, SECURITY),
];

const BOOTS: Kinds = &[
    (Action::KernelStarted, 12, SYSTEM),
    (Action::KernelStarted, 12, SYSTEM),
    (Action::KernelStopped, 13, SYSTEM),
    (Action::LoggingStopped, 6006, SYSTEM),
    (Action::Logon, 4624, SECURITY),
    (Action::Logon, 4624, SECURITY),
    (Action::Logoff, 4634, SECURITY),
    (Action::TerminalLogon, 21, LSM),
    (Action::TerminalDisconnected, 24, LSM),
];

pub(crate) fn blank(
    uid: EventUid,
    time: Timestamp,
    record_id: u64,
    log: &str,
    event_id: u32,
    action: Action,
) -> SessionEvent {
    SessionEvent::bare(uid, time, (Arc::from("SRV01"), Arc::from(log)), record_id, event_id, action)
}

/// Fills in a record's fields; false if it cannot be. Users who move come from several addresses.
fn fill(e: &mut SessionEvent, dice: &mut Dice, known: &mut Vec<Known>, moving: bool) -> bool {
    let home = |user: &str| if user == "alice" { "10.0.0.1" } else { "10.0.0.2" };
    e.domain = Some(Arc::from("CORP"));
    match e.action {
        Action::Logon => {
            let user = dice.pick(&["alice", "bob"]);
            let new = Known {
                luid: 0x11_0000
                    + 0x1000 * known.len() as u64
                    + (e.time.ticks() / 10_000_000 % 0x1000).unsigned_abs(),
                user,
                logon_type: dice.pick(&[3, 10, 10, 2, 7]),
                ip: home(user),
            };
            e.user = Some(Arc::from(new.user));
            e.luid = Some(Luid(new.luid));
            e.logon_type = Some(new.logon_type);
            e.ip = if matches!(new.logon_type, 2 | 7) { "127.0.0.1" } else { new.ip }.parse().ok();
            e.src_host = (new.logon_type == 3).then(|| Arc::from("CLIENT"));
            known.push(new);
        }
        Action::Logoff
        | Action::LogoffInitiated
        | Action::SessionReconnected
        | Action::SessionDisconnected => {
            let desktop = e.action != Action::Logoff;
            let of_kind: Vec<Known> =
                known.iter().filter(|k| !desktop || matches!(k.logon_type, 2 | 10)).cloned().collect();
            if of_kind.is_empty() {
                return false;
            }
            let of = dice.pick(&of_kind);
            e.user = Some(Arc::from(of.user));
            e.luid = Some(Luid(of.luid));
            e.logon_type = (!desktop).then_some(of.logon_type);
            if matches!(e.action, Action::SessionReconnected | Action::SessionDisconnected) {
                e.session_name = Some(Arc::from("RDP-Tcp#1"));
                e.ip = of.ip.parse().ok();
                e.src_host = Some(Arc::from("CLIENT"));
            }
        }
        Action::LogonFailed => {
            e.user = Some(Arc::from(dice.pick(&["alice", "bob"])));
            e.logon_type = Some(dice.pick(&[3, 3, 10]));
            e.ip = dice.pick(&["10.0.0.1", "10.0.0.2"]).parse().ok();
            e.status = Some(Arc::from("0xc000006d"));
            e.sub_status = Some(Arc::from("0xc000006a"));
        }
        Action::TerminalLogon
        | Action::TerminalReconnected
        | Action::TerminalDisconnected
        | Action::TerminalLogoff => {
            let session = dice.pick(&[2, 3]);
            e.terminal_session = Some(session);
            e.user = Some(Arc::from(if session == 2 { "alice" } else { "bob" }));
            if e.action != Action::TerminalLogoff {
                let elsewhere = dice.pick(&["10.0.0.1", "10.0.0.2"]);
                let at_home = home(if session == 2 { "alice" } else { "bob" });
                e.ip = if moving { elsewhere } else { at_home }.parse().ok();
            }
        }
        Action::TerminalReason => {
            e.domain = None;
            e.terminal_session = Some(dice.pick(&[2, 3]));
            e.reason = Some(dice.pick(&[0, 5, 11, 12]));
        }
        _ => e.domain = None,
    }
    true
}
