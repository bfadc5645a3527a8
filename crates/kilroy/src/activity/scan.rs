//! Which events of the case are asked for, and which of them are the session's.
//!
//! Two rounds: the first finds the session's processes, so that the second can ask for what these did. Each asks for one
//! host, the time of the session and its identities, so that little is read of a large case.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_case::query::{Check, Column, Expr, Filter, Pattern, UserPattern};
use kilroy_findings::Observation;
use kilroy_findings::activity::{Clues, Follower, ProcessTree, SessionIndex, Share, Sure, Turn};
use kilroy_model::{AccessSession, EventUid, Guid, Luid, Timestamp};

use super::OneHost;
use crate::settings::threads;

/// Of more identities than this no list is made: whatever has one at all is looked at.
const LISTED: usize = 64;

/// An event of the session, and how it belongs to it.
pub(crate) struct Part {
    pub(crate) event: Observation,
    pub(crate) share: Share,
}

/// A session and its processes: what to look for.
pub(crate) struct Activity<'a> {
    case: &'a Case,
    session: &'a AccessSession,
    host: OneHost,
    index: SessionIndex,
    own: BTreeSet<EventUid>,
    exact: bool,
    pub(crate) tree: ProcessTree,
    guids: BTreeSet<Guid>,
    pids: BTreeSet<u64>,
}

impl<'a> Activity<'a> {
    /// Finds the processes of a session. `exact`: what only user and time speak for is left out.
    pub(crate) fn of(case: &'a Case, session: &'a AccessSession, exact: bool) -> Result<Self> {
        let host = OneHost::of(case, &session.computer)?;
        let index = case.session_index(&|name| host.is(name), &mut |_| {})?;
        let own = session.sources.iter().map(|source| source.event_uid).collect();
        let (tree, guids, pids) = (ProcessTree::default(), BTreeSet::new(), BTreeSet::new());
        let mut activity = Self { case, session, host, index, own, exact, tree, guids, pids };
        activity.find_processes()?;
        Ok(activity)
    }

    fn find_processes(&mut self) -> Result<()> {
        let starts = ["process-started", "process-ended"].map(Pattern::new).to_vec();
        let filter = self.place()?.and(Expr::Test(column("action")?, Check::Text(starts)));
        let mut follower = Follower::new(&self.index, self.session.session_uid);
        let (mut tree, mut guids, mut pids) = (ProcessTree::default(), BTreeSet::new(), BTreeSet::new());
        self.in_order(&filter, &mut |event| {
            if let Some(share) = follower.follow(&event).filter(|share| self.counts(*share)) {
                guids.extend(event.process.guid);
                pids.extend(event.process.pid);
                tree.take(&event, share);
            }
            ControlFlow::Continue(())
        })?;
        (self.tree, self.guids, self.pids) = (tree, guids, pids);
        Ok(())
    }

    /// Hands on the events of the session in the order in which they happened, until it is enough.
    pub(crate) fn events(&self, sink: &mut dyn FnMut(Part) -> Result<ControlFlow<()>>) -> Result<()> {
        let filter = self.place()?.and(Expr::Any(self.traces()?));
        let mut follower = Follower::new(&self.index, self.session.session_uid);
        let mut failed = None;
        self.in_order(&filter, &mut |event| {
            let own = self.own.contains(&event.uid);
            let share = follower.follow(&event);
            let share = if own { Some(Share::of_record()) } else { share };
            let Some(share) = share.filter(|share| self.counts(*share)) else {
                return ControlFlow::Continue(());
            };
            sink(Part { event, share }).unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            })
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Hands on the events of the session's boot, and its own records. Where the clock was set back the events are read once for
    /// each time that it showed twice.
    fn in_order(&self, filter: &Filter, sink: &mut dyn FnMut(Observation) -> ControlFlow<()>) -> Result<()> {
        let turns = self.index.turns(self.session.session_uid);
        // A session in which nobody got in has no place in the index.
        let all = turns.is_empty();
        let mut stopped = false;
        for (nth, turn) in turns.iter().map(Some).chain(all.then_some(None)).enumerate() {
            self.case.observations(filter, threads(None)?.get(), &mut |event| {
                let clues = Clues::of(&event);
                let within = |turn: &Turn| self.index.is_in(turn, &clues);
                // A record of its own is one wherever its clock puts it.
                let astray = || nth == 0 && self.own.contains(&event.uid) && !turns.iter().any(within);
                if turn.is_some_and(|turn| !within(turn)) && !astray() {
                    return ControlFlow::Continue(());
                }
                let flow = sink(event);
                stopped = flow.is_break();
                flow
            })?;
            if stopped {
                break;
            }
        }
        Ok(())
    }

    fn counts(&self, share: Share) -> bool {
        !self.exact || share.sure == Sure::Exact
    }

    /// The host, and the time that the session can have had; its own records may lie outside of it. One in which nobody got in
    /// has nothing but these.
    fn place(&self) -> Result<Filter> {
        let records = self.session.sources.iter().map(|source| (source.time, source.time));
        let times = records.chain(self.index.logged(self.session.session_uid));
        let all = times.reduce(|(from, to), (first, last)| (from.min(first), to.max(last)));
        let end = Timestamp::from_ticks;
        let (from, to) = all.unwrap_or((end(i64::MIN), end(i64::MAX)));
        Ok(Filter::default()
            .and(Expr::Test(column("host")?, Check::Host(self.host.patterns())))
            .and(Expr::between(from, to)))
    }

    /// What an event of the session can be known by.
    fn traces(&self) -> Result<Vec<Expr>> {
        let session = self.session;
        let luids = session.logon_ids.iter().chain(&session.linked_logon_ids);
        let known = self.index.luids(session.session_uid);
        let luids: BTreeSet<Luid> = luids.copied().chain(known).filter(|luid| !luid.is_fixed()).collect();
        let luids: Vec<String> = luids.iter().map(ToString::to_string).collect();
        let uids: Vec<String> = self.own.iter().map(ToString::to_string).collect();
        let mut any = vec![texts("event_uid", &uids)?];
        if !luids.is_empty() {
            for name in ["logon_id", "subject_logon_id"] {
                any.push(texts(name, &luids)?);
            }
            // Events that the catalog does not know.
            let name = Pattern::new("SubjectLogonId");
            let values = luids.iter().map(|luid| Pattern::new(luid)).collect();
            any.push(Expr::All(vec![
                Expr::Not(Box::new(texts("subject_logon_id", &["*".to_owned()])?)),
                Expr::Test(column("channel")?, Check::Text(vec![Pattern::new("Security")])),
                Expr::Test(column("fields")?, Check::Field(Some(name), values)),
            ]));
        }
        if let Some(id) = session.session_id {
            any.push(numbers("terminal_session", [u64::from(id)])?);
        }
        if let Some(activity) = session.activity_id {
            any.push(texts("activity_id", &[activity.to_string()])?);
        }
        any.extend(self.traces_of_processes()?);
        if !self.exact {
            any.extend(self.traces_of_the_user()?);
        }
        Ok(any)
    }

    fn traces_of_processes(&self) -> Result<Vec<Expr>> {
        let mut any = Vec::new();
        if !self.guids.is_empty() {
            let few = self.guids.len() <= LISTED;
            let all = || vec!["*".to_owned()];
            let guids = if few { self.guids.iter().map(ToString::to_string).collect() } else { all() };
            any.push(texts("process_guid", &guids)?);
        }
        if !self.pids.is_empty() {
            for name in ["pid", "system_process_id"] {
                any.push(if self.pids.len() <= LISTED {
                    numbers(name, self.pids.iter().copied())?
                } else {
                    Expr::Test(column(name)?, Check::Numbers(vec![(1, u64::MAX)]))
                });
            }
        }
        Ok(any)
    }

    fn traces_of_the_user(&self) -> Result<Vec<Expr>> {
        let mut any = Vec::new();
        // A name with a star in it would be a pattern.
        let plain = |name: &&str| !name.contains('*');
        if let Some(user) = self.session.user.as_deref().filter(plain) {
            for name in ["user", "subject_user"] {
                let user = UserPattern { user: Pattern::new(user), domain: None, realm: None };
                any.push(Expr::Test(column(name)?, Check::User(vec![user])));
            }
        }
        if let Some(sid) = self.session.sid.clone() {
            for name in ["sid", "subject_sid", "security_sid"] {
                any.push(texts(name, std::slice::from_ref(&sid))?);
            }
        }
        Ok(any)
    }
}

fn column(name: &str) -> Result<Column> {
    match Column::named(name) {
        Some(column) => Ok(column),
        None => bail!("events have no column {name}"),
    }
}

fn texts(name: &str, values: &[String]) -> Result<Expr> {
    Ok(Expr::Test(column(name)?, Check::Text(values.iter().map(|value| Pattern::new(value)).collect())))
}

fn numbers(name: &str, values: impl IntoIterator<Item = u64>) -> Result<Expr> {
    let ranges = values.into_iter().map(|value| (value, value)).collect();
    Ok(Expr::Test(column(name)?, Check::Numbers(ranges)))
}
