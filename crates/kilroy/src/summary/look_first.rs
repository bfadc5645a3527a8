//! Where to look first: a handful of plain facts that often matter, each with a session to follow.
//!
//! These are pointers, not verdicts. Each says what is there; what it means is for the reader to find out.

use std::collections::HashMap;

use kilroy_model::{
    AccessSession, How, Kind, Luid, Scope, SessionOutcome, SessionUid, TerminalSession, Timestamp, WhyMissing,
};
use serde::Serialize;

use super::failures::{Address, LastFailures};
use crate::analysis::Clear;
use crate::output::{count, seconds};
use crate::rows::who;
use crate::words::short_log;

/// One thing worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Pointer {
    /// What it is, always the same words.
    pub(crate) what: &'static str,
    /// This one, in a sentence.
    pub(crate) text: String,
    /// The session to follow.
    pub(crate) session_uid: Option<SessionUid>,
    /// How many more of the same there are.
    pub(crate) more: u64,
    /// Flags of `kilroy sessions` that show them.
    pub(crate) filter: Option<String>,
}

/// One mistyped password is everyday life inside the house; from outside it is not.
const FAILURES_INSIDE: u32 = 3;
/// Failures from one source without a success before it counts as guessing.
const GUESSES: u64 = 10;

/// The first of some sessions by a key, and how many there are. Of several with the same key the one that came first.
#[derive(Debug)]
struct Found<K> {
    first: Option<(K, AccessSession)>,
    count: u64,
}

impl<K> Default for Found<K> {
    fn default() -> Self {
        Self { first: None, count: 0 }
    }
}

impl<K: Ord> Found<K> {
    fn add(&mut self, key: K, session: &AccessSession) {
        self.count += 1;
        if self.first.as_ref().is_none_or(|(first, _)| key < *first) {
            self.first = Some((key, session.clone()));
        }
    }

    fn pointer(&self, what: &'static str, text: impl FnOnce(&AccessSession) -> String) -> Option<Pointer> {
        let (_, first) = self.first.as_ref()?;
        Some(Pointer {
            what,
            text: text(first),
            session_uid: Some(first.session_uid),
            more: self.count - 1,
            filter: None,
        })
    }

    fn ip_filter(&self) -> Option<String> {
        self.first.as_ref()?.1.ip.as_ref().map(|ip| format!("--ip {ip}"))
    }
}

/// Finds what is worth a look among the sessions of people, while they pass by in the order of their table.
#[derive(Debug)]
pub(crate) struct LookFirst<'a> {
    clears: &'a [Clear],
    /// The clears that were done with a logon ID, and the last session of it that began before each.
    clears_of: HashMap<Luid, Vec<usize>>,
    cleared_in: Vec<Option<(Option<Timestamp>, SessionUid)>>,
    moves: Moves,
    after_failures: Found<(bool, u32, SessionUid)>,
    loopback: Found<()>,
    external: Found<bool>,
    denied: Found<()>,
    moved: Found<(bool, SessionUid)>,
    unexplained: Found<(usize, SessionUid)>,
}

impl<'a> LookFirst<'a> {
    pub(crate) fn new(clears: &'a [Clear], moves: Moves) -> Self {
        let mut clears_of: HashMap<Luid, Vec<usize>> = HashMap::new();
        for (n, clear) in clears.iter().enumerate() {
            if let Some(luid) = clear.luid {
                clears_of.entry(luid).or_default().push(n);
            }
        }
        Self {
            clears,
            clears_of,
            cleared_in: vec![None; clears.len()],
            moves,
            after_failures: Found::default(),
            loopback: Found::default(),
            external: Found::default(),
            denied: Found::default(),
            moved: Found::default(),
            unexplained: Found::default(),
        }
    }

    /// Looks at a session of people.
    pub(crate) fn add(&mut self, session: &AccessSession) {
        let outside = session.scope == Scope::External;
        self.note_clears(session);
        for _ in 0..self.moves.of.get(&session.session_uid).map_or(0, |m| m.times) {
            self.moved.add((!outside, session.session_uid), session);
        }
        if session.outcome == SessionOutcome::Denied {
            self.denied.add((), session);
        }
        if session.outcome != SessionOutcome::Success {
            return;
        }
        if session.prior_failures >= if outside { 1 } else { FAILURES_INSIDE } {
            // From outside first, then the most failures.
            let key = (!outside, u32::MAX - session.prior_failures, session.session_uid);
            self.after_failures.add(key, session);
        }
        if session.kind == Kind::InteractiveRemote && session.scope == Scope::Loopback {
            self.loopback.add((), session);
        }
        if outside {
            // Whoever had a desktop could do more than who reached a share.
            let share = session.kind != Kind::InteractiveRemote && session.kind != Kind::Ssh;
            self.external.add(share, session);
        }
        let missing = unexplained(session).count();
        if missing > 0 {
            self.unexplained.add((usize::MAX - missing, session.session_uid), session);
        }
    }

    /// The session in which a log was cleared: that of the logon ID, the last that began before.
    fn note_clears(&mut self, session: &AccessSession) {
        if self.clears_of.is_empty() {
            return;
        }
        for luid in session.logon_ids.iter().chain(&session.linked_logon_ids) {
            for &n in self.clears_of.get(luid).into_iter().flatten() {
                let clear = &self.clears[n];
                let before = session.start.is_some_and(|start| start <= clear.time);
                if before && session.computer == clear.host {
                    self.cleared_in[n] = self.cleared_in[n].max(Some((session.start, session.session_uid)));
                }
            }
        }
    }

    /// All pointers, the most telling first.
    pub(crate) fn pointers(&self, sources: &[Address], last_failures: &LastFailures) -> Vec<Pointer> {
        [
            self.after_failures(),
            self.log_cleared(),
            self.loopback(),
            self.external(),
            self.denied(),
            self.moved(),
            guessing(sources, last_failures),
            self.unexplained(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// A success that failures of the same source led up to: a guessed password, or a forgotten one.
    fn after_failures(&self) -> Option<Pointer> {
        let pointer = self.after_failures.pointer("success after failures", |first| {
            let failures = count(u64::from(first.prior_failures));
            let s = if first.prior_failures == 1 { "" } else { "s" };
            format!("{}, after {failures} failure{s} from the same source", sentence(first))
        })?;
        Some(Pointer { filter: self.after_failures.ip_filter(), ..pointer })
    }

    /// A cleared log: something may be missing from it, and somebody wanted that.
    fn log_cleared(&self) -> Option<Pointer> {
        let mut found: Vec<(&Clear, Option<SessionUid>)> =
            self.clears.iter().zip(self.cleared_in.iter().map(|found| found.map(|(_, uid)| uid))).collect();
        // One that leads somewhere first.
        found.sort_by_key(|(_, session)| session.is_none());
        let (first, session_uid) = *found.first()?;
        let by = first.user.as_ref().map(|user| format!(" by {user}")).unwrap_or_default();
        let text = format!("{} on {} at {}{by}", short_log(&first.log), first.host, seconds(first.time));
        let more = self.clears.len() as u64 - 1;
        // There is no list of cleared logs yet; where there is no session, the host's are the next best.
        let filter = session_uid.is_none().then(|| format!("--host {}", first.host)).filter(|_| more == 0);
        Some(Pointer { what: "log cleared", text, session_uid, more, filter })
    }

    /// Remote Desktop from the machine to itself: what a tunnel looks like.
    fn loopback(&self) -> Option<Pointer> {
        let text = |first: &AccessSession| format!("{}: what a tunnel looks like", sentence(first));
        let pointer = self.loopback.pointer("Remote Desktop from loopback", text)?;
        Some(Pointer { filter: self.loopback.ip_filter(), ..pointer })
    }

    /// Somebody from outside was in.
    fn external(&self) -> Option<Pointer> {
        let pointer = self.external.pointer("external source", sentence)?;
        Some(Pointer { filter: self.external.ip_filter(), ..pointer })
    }

    /// Right password, no right to be there.
    fn denied(&self) -> Option<Pointer> {
        let text = |first: &AccessSession| format!("{}: the password was right", sentence(first));
        let pointer = self.denied.pointer("denied", text)?;
        Some(Pointer { filter: Some("--outcome denied".to_owned()), ..pointer })
    }

    /// A desktop that was taken up again from another address than before.
    fn moved(&self) -> Option<Pointer> {
        self.moved.pointer("reconnect from another address", |first| {
            let before = self.moves.of.get(&first.session_uid).map_or("", |m| &m.before);
            format!("{}; the desktop was used from {before} before", sentence(first))
        })
    }

    /// A record that should be there and is not, without any reason: a removed record looks like this.
    fn unexplained(&self) -> Option<Pointer> {
        self.unexplained.pointer("record missing without a reason", |first| {
            let missing: Vec<String> = unexplained(first).collect();
            format!("{}: no {}, though the log covers the time", sentence(first), missing.join(", no "))
        })
    }
}

/// Desktops that were taken up again from another address, by the session that took them.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    of: HashMap<SessionUid, Move>,
}

#[derive(Debug)]
struct Move {
    /// The address before.
    before: String,
    times: u64,
}

impl Moves {
    pub(crate) fn add(&mut self, desktop: &TerminalSession) {
        let mut before: Option<&str> = None;
        for connection in &desktop.connections {
            let Some(address) = connection.address.as_deref() else { continue };
            if let (Some(before), Some(session)) = (before, connection.session_uid)
                && before != address
                && connection.how == How::Reconnect
            {
                let new = || Move { before: before.to_owned(), times: 0 };
                self.of.entry(session).or_insert_with(new).times += 1;
            }
            before = Some(address);
        }
    }
}

/// Many failures from one source, and no success.
fn guessing(sources: &[Address], last_failures: &LastFailures) -> Option<Pointer> {
    let mut found = sources.iter().filter(|a| a.failures >= GUESSES && a.sessions == 0);
    let first = found.next()?;
    let session_uid = Some(last_failures.of(&first.source)?);
    let users = match first.users_failed.as_slice() {
        [user] => user.clone(),
        users => format!("{} users", count(users.len() as u64)),
    };
    let text =
        format!("{} failures from {} for {users}, none succeeded", count(first.failures), first.source);
    let more = found.count() as u64;
    let filter = Some("--outcome failure".to_owned());
    Some(Pointer { what: "guessing", text, session_uid, more, filter })
}

/// Records that are missing though nothing tells why.
fn unexplained(session: &AccessSession) -> impl Iterator<Item = String> + '_ {
    let missing = session.missing.iter().filter(|m| m.why == WhyMissing::Unexplained);
    missing.map(|m| format!("{} {}", short_log(&m.log), m.event_id))
}

/// `CORP\alice on srv-rdp01 from 203.0.113.5 at 2024-05-14 09:00:01`.
fn sentence(session: &AccessSession) -> String {
    let from = session.ip.as_ref().or(session.client.as_ref());
    let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
    let at =
        kilroy_sessions::first_known(session).map(|t| format!(" at {}", seconds(session.start.unwrap_or(t))));
    format!("{} on {}{from}{}", who(session), session.computer, at.unwrap_or_default())
}
