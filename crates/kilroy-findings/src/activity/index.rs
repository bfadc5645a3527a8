//! Sessions, found by what an event says of them.

use std::net::IpAddr;

use kilroy_model::{
    AccessSession, AccountKind, Boot, EventUid, Guid, How, Kind, LogonSession, Luid, SessionUid, Timestamp,
};

use super::build::{Boots, IndexBuilder};
use super::names::Names;
use super::spans::{Group, Span, Spans};
use super::stay::{FOREVER, Stay};
use super::{Belonging, By, Clues, Sure, When};
use crate::hosts::{HostId, Hosts};

/// Windows uses a new logon ID some moments before it logs the logon.
const EARLY_MILLIS: i64 = 10_000;

/// Programs that are still at it after a logoff end within minutes.
const LATE_MILLIS: i64 = 10 * 60_000;

/// The sessions of a case, found by key and time in logarithmic time.
#[derive(Debug)]
pub struct SessionIndex {
    pub(super) tables: Tables,
    pub(super) stays: Vec<Stay>,
    pub(super) hosts: Hosts,
    pub(super) boots: Boots,
    pub(super) users: Names,
    pub(super) domains: Names,
    pub(super) sids: Names,
    pub(super) records: Vec<(EventUid, SessionUid)>,
    /// Numbers of the sessions.
    pub(super) by_uid: Vec<(SessionUid, u32)>,
    pub(super) luids: Vec<(SessionUid, Luid)>,
}

/// Spans of sessions by each key. No key of Windows is one without the host, and most are not without the boot.
#[derive(Debug)]
pub(super) struct Tables {
    /// Host, logon ID, boot; and is it the other half of a UAC logon?
    pub(super) luids: Spans<(u32, Luid, u32, bool)>,
    /// Host, boot, terminal session.
    pub(super) desktops: Spans<(u32, u32, u32)>,
    pub(super) activities: Spans<(u32, Guid)>,
    pub(super) users: Spans<(u32, u32)>,
    pub(super) sids: Spans<(u32, u32)>,
    pub(super) addresses: Spans<(u32, IpAddr, Option<u16>)>,
    /// Everybody who is no machine and no service.
    pub(super) people: Spans<u32>,
}

/// A logon ID of a session.
pub(super) struct LuidSpan {
    pub(super) luid: Luid,
    pub(super) linked: bool,
}

impl SessionIndex {
    /// Of all sessions, in any order.
    pub fn new(sessions: &[AccessSession], logons: &[LogonSession], boots: &[Boot]) -> Self {
        let mut builder = IndexBuilder::default();
        for session in sessions {
            builder.session(session);
        }
        for logon in logons {
            builder.logon(logon);
        }
        for boot in boots {
            builder.boot(boot);
        }
        builder.build()
    }

    /// To which session something belongs. The strongest key that leads to a session decides.
    pub fn of(&self, clues: &Clues<'_>) -> Belonging {
        if let Some(found) = clues.record.and_then(|record| self.by_record(record)) {
            return found;
        }
        let Some(host) = self.host(clues) else { return Belonging::NONE };
        let exact = || self.by_luids(host, clues).or_else(|| self.by_activity(host, clues));
        exact()
            .or_else(|| self.by_desktop(host, clues))
            .or_else(|| self.by_port(host, clues))
            .or_else(|| self.by_user(host, clues))
            .or_else(|| self.by_address(host, clues))
            .unwrap_or(Belonging::NONE)
    }

    /// Who was on a host at a moment. More than [`Sure::Possible`] it never is that one of them did something.
    pub fn present(&self, host: Option<&str>, time: Timestamp) -> Belonging {
        let clues = Clues { host, ..Clues::at(time) };
        let Some(host) = self.host(&clues) else { return Belonging::NONE };
        let there = self.there(self.tables.people.of(host), time);
        answer(&there, By::Time, Sure::Possible)
    }

    /// Does the case know a host of this name?
    pub fn knows_host(&self, name: &str) -> bool {
        self.hosts.named(name).is_some()
    }

    /// Is there one host only, so that it need not be named?
    pub fn has_one_host(&self) -> bool {
        self.hosts.only().is_some()
    }

    /// Every logon ID that leads to a session, fixed ones not among them; those of the sessions whose desktop it took up, too.
    pub fn luids(&self, session: SessionUid) -> impl Iterator<Item = Luid> + '_ {
        let from = self.luids.partition_point(|(known, _)| *known < session);
        self.luids[from..].iter().take_while(move |(known, _)| *known == session).map(|(_, luid)| *luid)
    }

    /// The latest that something can belong to a session: after a disconnect its programs run on until the machine starts
    /// anew, after a logoff some take a while to end.
    pub fn latest(&self, session: SessionUid) -> Timestamp {
        let at = self.by_uid.partition_point(|(known, _)| *known < session);
        let number = self.by_uid.get(at).filter(|(known, _)| *known == session).map(|(_, number)| *number);
        match number.and_then(|number| self.stays.get(number as usize)) {
            Some(stay) if stay.left_running() => {
                self.boots.start_after(stay.host, stay.boot).unwrap_or(FOREVER)
            }
            Some(stay) => stay.to.plus_millis(LATE_MILLIS),
            None => FOREVER,
        }
    }

    /// When the boot began that a moment is in, if a record marks it.
    pub fn boot_of(&self, host: &str, time: Timestamp) -> Option<Timestamp> {
        self.boots.start_before(self.hosts.named(host)?.number(), time)
    }

    fn host(&self, clues: &Clues<'_>) -> Option<u32> {
        match clues.host {
            Some(name) => self.hosts.named(name),
            None => self.hosts.only(),
        }
        .map(HostId::number)
    }

    fn stay<K>(&self, span: &Span<K>) -> Option<&Stay> {
        self.stays.get(span.stay as usize)
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

    fn by_luids(&self, host: u32, clues: &Clues<'_>) -> Option<Belonging> {
        let boot = self.boots.number(host, clues.time);
        let luids = clues.luids.into_iter().enumerate();
        let luids = luids.filter_map(|(nth, luid)| Some((nth, luid.filter(|luid| names_a_logon(*luid))?)));
        luids.into_iter().find_map(|(nth, luid)| {
            let through = clues.through.filter(|_| nth == 0);
            [(false, By::LogonId), (true, By::LinkedLogonId)].into_iter().find_map(|(linked, by)| {
                let group = self.tables.luids.of((host, luid, boot, linked));
                Some(self.pick(group, clues.time)?.by(through.unwrap_or(by)))
            })
        })
    }

    /// Of the sessions that shared a logon, the one whose user was there; else the one that left it running.
    fn pick<K: Copy + Ord>(&self, group: Group<'_, K>, time: Timestamp) -> Option<Picked<'_>> {
        let picked = |stay, sure, when| Some(Picked { stay, sure, when });
        if let Some(there) = self.last(&group.at(time)) {
            return picked(there, Sure::Exact, When::Present);
        }
        let next = group.next(time).and_then(|span| self.stay(span));
        if let Some(soon) = next.filter(|stay| stay.from <= time.plus_millis(EARLY_MILLIS)) {
            return picked(soon, Sure::Exact, When::BeforeStart);
        }
        if let Some(left) = group.last_begun(time).and_then(|span| self.stay(span)) {
            let when = if left.left_running() { When::AfterDisconnect } else { When::AfterEnd };
            return picked(left, Sure::Exact, when);
        }
        // What names a logon cannot have happened before it: then it is another one with the same number.
        match next? {
            stay if stay.how == How::Reconnect => picked(stay, Sure::Likely, When::BeforeStart),
            stay if stay.how == How::Unknown => picked(stay, Sure::Exact, When::BeforeStart),
            _ => None,
        }
    }

    fn by_activity(&self, host: u32, clues: &Clues<'_>) -> Option<Belonging> {
        let activity = clues.activity_id.filter(|id| id.is_connection_activity())?;
        Some(self.pick(self.tables.activities.of((host, activity)), clues.time)?.by(By::Connection))
    }

    /// What runs in somebody's terminal session is his as long as nobody else's name is on it.
    fn by_desktop(&self, host: u32, clues: &Clues<'_>) -> Option<Belonging> {
        let boot = self.boots.number(host, clues.time);
        let group = self.tables.desktops.of((host, boot, clues.terminal_session?));
        let mut picked = self.pick(group, clues.time)?;
        // The number goes to somebody else after a logoff.
        if picked.when == When::AfterEnd {
            return None;
        }
        if !self.is_of(picked.stay, clues) {
            picked.sure = picked.sure.min(Sure::Likely);
        }
        Some(picked.by(By::TerminalSession))
    }

    /// Is the account that the clues name the one of the session, or none named?
    fn is_of(&self, stay: &Stay, clues: &Clues<'_>) -> bool {
        if let (Some(sid), Some(own)) = (clues.sid.and_then(|sid| self.sids.get(sid)), stay.sid) {
            return sid == own;
        }
        match clues.user {
            Some(user) => stay.user.is_some() && self.users.get(user) == stay.user,
            None => clues.sid.is_none(),
        }
    }

    fn by_user(&self, host: u32, clues: &Clues<'_>) -> Option<Belonging> {
        if (clues.user.is_none() && clues.sid.is_none())
            || AccountKind::of(clues.user, clues.domain, clues.sid).is_background()
        {
            return None;
        }
        let sid = clues.sid.and_then(|sid| self.sids.get(sid));
        let mut there =
            sid.map(|sid| self.there(self.tables.sids.of((host, sid)), clues.time)).unwrap_or_default();
        if there.is_empty() {
            let user = self.users.get(clues.user?)?;
            there = self.there(self.tables.users.of((host, user)), clues.time);
            // One name, two accounts.
            there.retain(|stay| stay.sid.zip(sid).is_none_or(|(own, named)| own == named));
            if let Some(domain) = clues.domain.and_then(|domain| self.domains.get(domain))
                && there.iter().any(|stay| stay.domain == Some(domain))
            {
                there.retain(|stay| stay.domain == Some(domain));
            }
        }
        Some(answer(&there, By::User, at_most(clues, &there))).filter(|found| found.session.is_some())
    }

    fn by_port(&self, host: u32, clues: &Clues<'_>) -> Option<Belonging> {
        let group = self.tables.addresses.of((host, clues.ip?, Some(clues.port?)));
        let there = self.there(group, clues.time);
        Some(answer(&there, By::Port, at_most(clues, &there))).filter(|found| found.session.is_some())
    }

    fn by_address(&self, host: u32, clues: &Clues<'_>) -> Option<Belonging> {
        let there = self.there(self.tables.addresses.of((host, clues.ip?, None)), clues.time);
        // Somebody else from the same place is somebody else.
        let named = clues.user.is_some() || clues.sid.is_some();
        if named && !there.iter().any(|stay| self.is_of(stay, clues)) {
            return None;
        }
        Some(answer(&there, By::Address, at_most(clues, &there))).filter(|found| found.session.is_some())
    }

    /// The sessions of these spans whose user was there, last begun first. An unlocking is no session beside the one that
    /// goes on.
    fn there<K: Copy + Ord>(&self, group: Group<'_, K>, time: Timestamp) -> Vec<&Stay> {
        let mut there: Vec<&Stay> = group.at(time).into_iter().filter_map(|span| self.stay(span)).collect();
        if there.iter().any(|stay| stay.kind != Kind::Unlock) {
            there.retain(|stay| stay.kind != Kind::Unlock);
        }
        there.sort_unstable_by_key(|stay| std::cmp::Reverse((stay.from, stay.uid)));
        there
    }

    /// Of sessions that are there at the same time, the one that began last.
    fn last<K>(&self, spans: &[&Span<K>]) -> Option<&Stay> {
        let stays = || spans.iter().filter_map(|span| self.stay(span));
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

fn answer(there: &[&Stay], by: By, at_most: Sure) -> Belonging {
    let Some((first, others)) = there.split_first() else { return Belonging::NONE };
    Belonging {
        session: Some(first.uid),
        others: others.iter().map(|stay| stay.uid).collect(),
        sure: if others.is_empty() { at_most } else { Sure::Possible },
        by: Some(by),
        when: When::Present,
    }
}
