//! Sessions, found by what an event says of them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kilroy_model::{AccountKind, EventUid, How, Kind, Luid, SessionUid, Timestamp};

use super::account::Same;
use super::alive::StartLogs;
use super::clocks::{Clocks, Moment};
use super::names::{Names, Number};
use super::spans::{Group, Spans};
use super::stay::Stay;
use super::tables::{OfStay, Tables};
use super::{Belonging, By, Clues, Sure, When};
use crate::hosts::{HostId, Hosts};

/// Windows uses a new logon ID some moments before it logs the logon.
pub(super) const EARLY_MILLIS: i64 = 10_000;

/// The sessions of a case, found by key and time in logarithmic time.
#[derive(Debug)]
pub struct SessionIndex {
    pub(super) tables: Tables,
    pub(super) stays: Vec<Stay>,
    pub(super) hosts: Hosts,
    pub(super) clocks: Clocks,
    pub(super) start_logs: StartLogs,
    pub(super) users: Names,
    pub(super) domains: Names,
    pub(super) sids: Names,
    pub(super) addresses: BTreeMap<IpAddr, Number>,
    pub(super) records: Vec<(EventUid, SessionUid)>,
    /// Numbers of the sessions, by their uid.
    pub(super) by_uid: Vec<u32>,
    /// Places of the rows of logon IDs, by session and logon ID.
    pub(super) luids: Vec<u32>,
}

/// A question to the index: which session a key of the clues leads to at a moment.
type Key = fn(&SessionIndex, u32, Moment, &Clues<'_>) -> Option<Belonging>;

/// What leads to a session, strongest first.
const KEYS: [Key; 6] = [
    SessionIndex::by_luids,
    SessionIndex::by_activity,
    SessionIndex::by_desktop,
    SessionIndex::by_port,
    SessionIndex::by_user,
    SessionIndex::by_address,
];

impl SessionIndex {
    /// To which session something belongs. The strongest key that leads to a session decides.
    pub fn of(&self, clues: &Clues<'_>) -> Belonging {
        if let Some(found) = clues.record.and_then(|record| self.by_record(record)) {
            return found;
        }
        let Some(host) = self.host(clues) else { return Belonging::NONE };
        let moments = self.clocks.moments(host, clues.place, clues.time);
        KEYS.iter()
            .find_map(|key| either(moments.iter().filter_map(|moment| key(self, host, *moment, clues))))
            .unwrap_or(Belonging::NONE)
    }

    /// Who was on a host at a moment. More than [`Sure::Possible`] it never is that one of them did something.
    pub fn present(&self, host: Option<&str>, time: Timestamp) -> Belonging {
        let clues = Clues { host, ..Clues::at(time) };
        let Some(host) = self.host(&clues) else { return Belonging::NONE };
        let moments = self.clocks.moments(host, None, time);
        let there = moments.into_iter().filter_map(|moment| {
            let there = self.there(&self.spans(&self.tables.people, (host, moment.boot)), moment.at);
            answer(&there, By::Time, Sure::Possible)
        });
        either(there).unwrap_or(Belonging::NONE)
    }

    /// Does the case know a host of this name?
    pub fn knows_host(&self, name: &str) -> bool {
        self.hosts.named(name).is_some()
    }

    /// Every logon ID that leads to a session, fixed ones not among them; those of the sessions whose desktop it took up, too.
    pub fn luids(&self, session: SessionUid) -> impl Iterator<Item = Luid> + '_ {
        let row = |place: &u32| self.tables.luids.rows()[*place as usize];
        let number = self.number(session);
        let from =
            number.map_or(self.luids.len(), |number| self.luids.partition_point(|at| row(at).stay < number));
        let all = self.luids[from..].iter().map(row);
        all.take_while(move |row| Some(row.stay) == number).map(|row| row.luid)
    }

    /// Number of a session.
    pub(super) fn number(&self, session: SessionUid) -> Option<u32> {
        let at =
            self.by_uid.binary_search_by_key(&session, |number| self.stays[*number as usize].uid).ok()?;
        self.by_uid.get(at).copied()
    }

    pub(super) fn host(&self, clues: &Clues<'_>) -> Option<u32> {
        match clues.host {
            Some(name) => self.hosts.named(name),
            None => self.hosts.only(),
        }
        .map(HostId::number)
    }

    fn spans<'a, R: OfStay>(&'a self, spans: &'a Spans<R>, key: R::Key) -> Group<'a, R> {
        spans.of(&self.stays, key)
    }

    fn stay(&self, row: impl OfStay) -> &Stay {
        &self.stays[row.stay() as usize]
    }

    fn by_record(&self, record: EventUid) -> Option<Belonging> {
        let at = self.records.partition_point(|(known, _)| *known < record);
        let mut all =
            self.records[at..].iter().take_while(|(known, _)| *known == record).map(|(_, uid)| *uid);
        Some(Belonging {
            session: Some(all.next()?),
            others: all.collect(),
            sure: Sure::Exact,
            by: Some(By::Record),
            when: When::Present,
        })
    }

    fn by_luids(&self, host: u32, moment: Moment, clues: &Clues<'_>) -> Option<Belonging> {
        let luids = clues.luids.into_iter().enumerate();
        let luids = luids.filter_map(|(nth, luid)| Some((nth, luid.filter(|luid| names_a_logon(*luid))?)));
        luids.into_iter().find_map(|(nth, luid)| {
            let through = clues.through.filter(|_| nth == 0);
            [(false, By::LogonId), (true, By::LinkedLogonId)].into_iter().find_map(|(linked, by)| {
                let group = self.spans(&self.tables.luids, (host, luid, moment.boot, linked));
                let mut picked = self.pick(&group, host, moment)?;
                if nth == 0 {
                    picked.sure = picked.sure.min(clues.luid_sure);
                }
                Some(picked.by(through.unwrap_or(by)))
            })
        })
    }

    /// Of the sessions that shared a logon, the one whose user was there; else the one that left it running.
    fn pick<R: OfStay>(&self, group: &Group<'_, R>, host: u32, moment: Moment) -> Option<Picked<'_>> {
        let time = moment.at;
        let picked = |stay, sure, when| Some(Picked { stay, sure, when });
        if let Some(there) = self.last(&group.at(time)) {
            return picked(there, Sure::Exact, When::Present);
        }
        let next = group.next(time).map(|row| self.stay(row));
        if let Some(soon) = next.filter(|stay| stay.from <= time.plus_millis(EARLY_MILLIS)) {
            return picked(soon, Sure::Exact, When::BeforeStart);
        }
        if let Some(left) = group.last_begun(time).map(|row| self.stay(row)) {
            let when = if left.left_running() { When::AfterDisconnect } else { When::AfterEnd };
            // Behind the last record of the host nothing is known, not even whether it started anew.
            let beyond = self.clocks.is_beyond(host, moment);
            return picked(left, if beyond { Sure::Possible } else { Sure::Exact }, when);
        }
        // What names a logon cannot have happened before it: then it is another one with the same number.
        match next? {
            stay if stay.how == How::Reconnect => picked(stay, Sure::Likely, When::BeforeStart),
            stay if stay.how == How::Unknown => picked(stay, Sure::Exact, When::BeforeStart),
            _ => None,
        }
    }

    fn by_activity(&self, host: u32, moment: Moment, clues: &Clues<'_>) -> Option<Belonging> {
        let activity = clues.activity_id.filter(|id| id.is_connection_activity())?;
        let group = self.spans(&self.tables.activities, (host, moment.boot, activity));
        Some(self.pick(&group, host, moment)?.by(By::Connection))
    }

    /// What runs in somebody's terminal session is his as long as nobody else's name is on it.
    fn by_desktop(&self, host: u32, moment: Moment, clues: &Clues<'_>) -> Option<Belonging> {
        let id = Some(clues.terminal_session?);
        let group = self.spans(&self.tables.desktops, (host, moment.boot, id));
        let mut picked = self.pick(&group, host, moment)?;
        // The number goes to somebody else after a logoff.
        if picked.when == When::AfterEnd {
            return None;
        }
        if self.is_of(picked.stay, clues) < Same::Yes {
            picked.sure = picked.sure.min(Sure::Likely);
        }
        Some(picked.by(By::TerminalSession))
    }

    /// Is the account that the clues name the one of the session, or none named?
    fn is_of(&self, stay: &Stay, clues: &Clues<'_>) -> Same {
        let same_name = match clues.user {
            Some(user) => stay.user.is_some() && self.users.get(user) == stay.user,
            None => clues.sid.is_none() || stay.sid.is_some(),
        };
        let both = clues.sid.is_some() && stay.sid.is_some();
        if same_name || both { self.same_account(stay, clues) } else { Same::No }
    }

    fn by_user(&self, host: u32, moment: Moment, clues: &Clues<'_>) -> Option<Belonging> {
        if (clues.user.is_none() && clues.sid.is_none())
            || AccountKind::of(clues.user, clues.domain, clues.sid).is_background()
        {
            return None;
        }
        let sid = clues.sid.and_then(|sid| self.sids.get(sid));
        let of_sid = sid.map(|sid| self.spans(&self.tables.sids, (host, moment.boot, Some(sid))));
        let mut there = of_sid.map(|group| self.there(&group, moment.at)).unwrap_or_default();
        let mut same = Same::Surely;
        if there.is_empty() {
            let user = self.users.get(clues.user?)?;
            there = self.there(&self.spans(&self.tables.users, (host, moment.boot, Some(user))), moment.at);
            // One name, several accounts.
            same = there.iter().map(|stay| self.same_account(stay, clues)).max()?;
            let least = if same == Same::Yes { Same::Perhaps } else { same };
            there.retain(|stay| self.same_account(stay, clues) >= least.max(Same::Perhaps));
        }
        let most = if same == Same::Perhaps { Sure::Possible } else { Sure::Likely };
        answer(&there, By::User, at_most(clues, &there).min(most))
    }

    fn by_port(&self, host: u32, moment: Moment, clues: &Clues<'_>) -> Option<Belonging> {
        let (ip, port) = (self.address(clues)?, clues.port?);
        let group = self.spans(&self.tables.ports, (host, moment.boot, Some(ip), Some(port)));
        let there = self.there(&group, moment.at);
        answer(&there, By::Port, at_most(clues, &there))
    }

    fn address(&self, clues: &Clues<'_>) -> Option<Number> {
        self.addresses.get(&clues.ip?).copied()
    }

    fn by_address(&self, host: u32, moment: Moment, clues: &Clues<'_>) -> Option<Belonging> {
        let ip = self.address(clues)?;
        let group = self.spans(&self.tables.addresses, (host, moment.boot, Some(ip)));
        let there = self.there(&group, moment.at);
        // Somebody else from the same place is somebody else.
        let named = clues.user.is_some() || clues.sid.is_some();
        let same = there.iter().map(|stay| self.is_of(stay, clues)).max()?;
        if named && same == Same::No {
            return None;
        }
        let most = if named && same == Same::Perhaps { Sure::Possible } else { Sure::Likely };
        answer(&there, By::Address, at_most(clues, &there).min(most))
    }

    /// The sessions of these spans whose user was there, last begun first. An unlocking is no session beside the one that
    /// goes on.
    fn there<R: OfStay>(&self, group: &Group<'_, R>, time: Timestamp) -> Vec<&Stay> {
        let mut there: Vec<&Stay> = group.at(time).into_iter().map(|row| self.stay(row)).collect();
        if there.iter().any(|stay| stay.kind != Kind::Unlock) {
            there.retain(|stay| stay.kind != Kind::Unlock);
        }
        there.sort_unstable_by_key(|stay| std::cmp::Reverse((stay.from, stay.uid)));
        there
    }

    /// Of sessions that are there at the same time, the one that began last.
    fn last<R: OfStay>(&self, rows: &[R]) -> Option<&Stay> {
        let stays = || rows.iter().map(|row| self.stay(*row));
        let lasting =
            stays().filter(|stay| stay.kind != Kind::Unlock).max_by_key(|stay| (stay.from, stay.uid));
        lasting.or_else(|| stays().max_by_key(|stay| (stay.from, stay.uid)))
    }
}

/// A session that was picked by an exact key.
struct Picked<'a> {
    stay: &'a Stay,
    sure: Sure,
    when: When,
}

impl Picked<'_> {
    fn by(self, by: By) -> Belonging {
        let Self { stay, sure, when } = self;
        Belonging { session: Some(stay.uid), others: Vec::new(), sure, by: Some(by), when }
    }
}

/// Fixed logon IDs are of no person, and zero is none.
fn names_a_logon(luid: Luid) -> bool {
    !luid.is_fixed() && luid.0 != 0
}

/// Who names a logon that no session has may be in another one that nobody logged.
fn at_most(clues: &Clues<'_>, there: &[&Stay]) -> Sure {
    let other = clues.luids.iter().flatten().any(|luid| names_a_logon(*luid));
    let lone = there.iter().all(|stay| stay.how == How::AuthOnly);
    if other || lone { Sure::Possible } else { Sure::Likely }
}

fn answer(there: &[&Stay], by: By, at_most: Sure) -> Option<Belonging> {
    let (first, others) = there.split_first()?;
    Some(Belonging {
        session: Some(first.uid),
        others: others.iter().map(|stay| stay.uid).collect(),
        sure: if others.is_empty() { at_most } else { Sure::Possible },
        by: Some(by),
        when: When::Present,
    })
}

/// One answer of those for each moment that a time may be.
fn either(answers: impl Iterator<Item = Belonging>) -> Option<Belonging> {
    let mut answers: Vec<Belonging> = answers.collect();
    if answers.iter().any(|found| found.when == When::Present) {
        answers.retain(|found| found.when == When::Present);
    }
    // The latest boot last.
    let mut best = answers.pop()?;
    for other in answers.into_iter().rev() {
        for uid in other.sessions() {
            if best.sessions().all(|known| known != uid) {
                best.others.push(uid);
                best.sure = best.sure.min(Sure::Possible);
            }
        }
    }
    Some(best)
}
