//! What is known of all access sessions of a host before any is finished: their order, their names, and the failures
//! before each.
//!
//! A finished session is twenty times as large as its draft. So they are finished one by one, in their order, and handed on.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use kilroy_model::{AccessSession, SessionOutcome, SessionUid, Timestamp};

use crate::access::builder::Builder;
use crate::access::draft::DraftId;
use crate::access::finish::{
    anchor, attempt, client, end, finish, machine, named, place, session_uid, ssh_account, start,
};
use crate::access::whole::{Gathering, Whole};
use crate::apart::{ApartId, ApartSessions};
use crate::host::{Host, RowId};
use crate::mix::Map;
use crate::words::Id;

/// Failures this long before an attempt are its prelude.
const PRELUDE_MILLIS: i64 = 30 * 60 * 1000;

/// A session in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    from: From,
    prior_failures: u32,
}

/// What a session is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum From {
    Draft(u32),
    Apart(u32),
}

/// What a session is put into order by, and what becomes known of it on the way.
#[derive(Debug, Clone, Copy)]
struct Sorting {
    /// Place of the computer's name among the host's.
    computer: u32,
    /// The time that it is sorted by.
    since: Option<Timestamp>,
    /// Of its anchor: what happened at the same time is in the order of the log.
    record_id: u64,
    uid: SessionUid,
    from: From,
    prior_failures: u32,
}

/// What a session does to the count of failures before the next one from the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Failed,
    /// Somebody is in: what failed before is over.
    Succeeded,
    /// Neither.
    Other,
}

/// When a session began, its number, its origin's, and how it went.
type Begun = (Timestamp, u32, u32, Attempt);

/// The names of all sessions.
pub(crate) struct Uids {
    /// By draft.
    pub(crate) drafts: Vec<SessionUid>,
    /// By logon that stands apart.
    pub(crate) apart: Vec<SessionUid>,
}

/// Looks through all drafts, and the logons that stand apart: sessions in their order, and the name of each.
pub(crate) fn known(b: &Builder<'_>, apart: &mut ApartSessions<'_>) -> (Vec<Known>, Uids) {
    let mut uids =
        Uids { drafts: vec![SessionUid(0); b.drafts.len()], apart: Vec::with_capacity(apart.len()) };
    let mut all = Vec::with_capacity(b.drafts.len() + apart.len());
    let mut times: Vec<Begun> = Vec::new();
    let mut gathering = Gathering::default();
    let mut origins = Origins::default();
    let mut add = |host: &Host<'_>, draft: &Whole<'_>, from: From, uids: &mut dyn FnMut(SessionUid)| {
        let anchor = anchor(host, draft);
        let (attempt, start) = (attempt(host, draft), start(host, draft));
        let begun = attempt.or(start);
        let since = begun
            .or_else(|| end(host, draft, start).time)
            .or_else(|| draft.parts.first().map(|p| host.ev(p.row).time));
        let uid = session_uid(host, anchor);
        uids(uid);
        let at = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let went = match draft.outcome {
            SessionOutcome::Failure => Attempt::Failed,
            SessionOutcome::Success if !draft.background => Attempt::Succeeded,
            _ => Attempt::Other,
        };
        let origin = origins.number(host, draft, anchor);
        times.extend(start.or(attempt).zip(origin).map(|(time, from)| (time, at, from, went)));
        all.push(Sorting {
            computer: host.rank(host.ev(anchor)),
            since,
            record_id: host.ev(anchor).record_id,
            uid,
            from,
            prior_failures: 0,
        });
    };
    let number = |id: usize| u32::try_from(id).unwrap_or(u32::MAX);
    for id in (0..b.drafts.len()).filter(|&id| b.drafts[id].parts.len > 0) {
        let draft = gathering.of(b, id);
        add(b.host, &draft, From::Draft(number(id)), &mut |uid| uids.drafts[id] = uid);
    }
    for id in 0..apart.len() {
        let host = apart.host;
        add(host, &apart.whole(id), From::Apart(number(id)), &mut |uid| uids.apart.push(uid));
    }
    // What began at one time is in the order of the log.
    times.sort_by(|a, b| {
        let ties = |&(_, at, ..): &Begun| (all[at as usize].record_id, all[at as usize].uid, at);
        a.0.cmp(&b.0).then_with(|| ties(a).cmp(&ties(b)))
    });
    count_prior_failures(&times, &mut all);
    drop(times);
    // Stable sorts are quick where little is out of order.
    all.sort_by_key(|s| (s.computer, s.since, s.record_id, s.uid, s.from));
    let known = |Sorting { from, prior_failures, .. }: Sorting| Known { from, prior_failures };
    (all.into_iter().map(known).collect(), uids)
}

/// Finishes the sessions in their order, one by one.
pub(crate) fn finish_all(
    b: &Builder<'_>,
    apart: &mut ApartSessions<'_>,
    known: &[Known],
    uids: &Uids,
    sink: &mut dyn FnMut(AccessSession),
) {
    let mut gathering = Gathering::default();
    for Known { from, prior_failures } in known {
        sink(match from {
            From::Draft(id) => {
                let id = *id as DraftId;
                finish(b.host, &gathering.of(b, id), uids.drafts[id], *prior_failures)
            }
            From::Apart(id) => {
                let (host, id) = (apart.host, *id as ApartId);
                finish(host, &apart.whole(id), uids.apart[id], *prior_failures)
            }
        });
    }
}

/// Where failures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Origin {
    Address(IpAddr),
    /// A user at a workstation: numbers of their names in small letters.
    Account(u32, u32),
}

/// Failures on this host from the same address in the 30 minutes before, back to the last success; of the same user and
/// workstation where there is no address.
fn count_prior_failures(times: &[Begun], all: &mut [Sorting]) {
    // Per origin: times of its failures since its last success.
    let mut failures: Map<u32, VecDeque<Timestamp>> = Map::default();
    for &(at, index, origin, went) in times {
        let list = match failures.get_mut(&origin) {
            Some(list) => list,
            None if went == Attempt::Failed => failures.entry(origin).or_default(),
            None => continue,
        };
        let since = at.plus_millis(-PRELUDE_MILLIS);
        while list.front().is_some_and(|t| *t < since) {
            list.pop_front();
        }
        all[index as usize].prior_failures = u32::try_from(list.len()).unwrap_or(u32::MAX);
        match went {
            Attempt::Failed => list.push_back(at),
            Attempt::Succeeded => list.clear(),
            Attempt::Other => {}
        }
    }
}

/// Origins, numbered as they come.
#[derive(Default)]
struct Origins {
    numbers: Map<Origin, u32>,
    names: Names,
}

impl Origins {
    fn number(&mut self, host: &Host<'_>, draft: &Whole<'_>, anchor: RowId) -> Option<u32> {
        let origin = self.names.origin(host, draft, anchor)?;
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        Some(*self.numbers.entry(origin).or_insert(next))
    }
}

/// Names in small letters, by number; 0 is the empty one.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
    users: Map<Id, u32>,
    machines: Map<Id, u32>,
}

impl Names {
    fn origin(&mut self, host: &Host<'_>, draft: &Whole<'_>, anchor: RowId) -> Option<Origin> {
        if let Some(ip) = place(host, draft).ip {
            return Some(Origin::Address(ip));
        }
        let user = if let Some(said) = ssh_account(draft) {
            self.number(&said.user?.to_lowercase())
        } else {
            let ev = host.ev(named(host, draft, anchor)?);
            self.of_user(ev.user_id()?, || ev.user().unwrap_or_default().to_lowercase())
        };
        let of_client = |row: RowId| {
            let ev = host.ev(row);
            let small = || machine(ev).unwrap_or_default().to_lowercase();
            ev.src_host_id().map(|id| self.of_machine(id, small))
        };
        let client = client(host, draft).and_then(of_client);
        Some(Origin::Account(user, client.unwrap_or_default()))
    }

    fn number(&mut self, small: &str) -> u32 {
        if small.is_empty() {
            return 0;
        }
        let next = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        *self.numbers.entry(small.to_owned()).or_insert(next)
    }

    fn of_user(&mut self, user: Id, small: impl FnOnce() -> String) -> u32 {
        if let Some(&known) = self.users.get(&user) {
            return known;
        }
        let number = self.number(&small());
        self.users.insert(user, number);
        number
    }

    fn of_machine(&mut self, machine: Id, small: impl FnOnce() -> String) -> u32 {
        if let Some(&known) = self.machines.get(&machine) {
            return known;
        }
        let number = self.number(&small());
        self.machines.insert(machine, number);
        number
    }
}
