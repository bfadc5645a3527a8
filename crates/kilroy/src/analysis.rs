//! From the events of a case to its session tables.

use anyhow::{Context, Result};
use kilroy_case::{Case, SessionEvents};
use kilroy_model::{AccessSession, Boot, LogCoverage, LogonSession, TerminalSession};
use kilroy_sessions::{Neighbours, Records, Sink, Tables, sessionize_neighbours};

use crate::followed;
use crate::notice;
use crate::settings::Budget;
use crate::side_by_side::parts_side_by_side;
use crate::timings::{Kind, Timings, Watch};

/// What the engine goes by, as the register knows it. There is nothing to set yet.
const SETTINGS: &str = "{}";

/// Sees to it that the session tables are those of all events that the case holds.
///
/// Tables that are there, and were made of just these events by this version, are not made again.
pub(crate) fn update_tables(case: &Case, budget: Budget, timings: &Timings) -> Result<()> {
    if case.sessions_made(SETTINGS)?.is_some() {
        return Ok(());
    }
    let threads = budget.engines(case.hosts()?.iter().map(|host| host.events));
    write_tables(case, case, threads, timings)?;
    Ok(case.note_sessions_made(SETTINGS, "")?)
}

/// Says so if the session tables are not those of the events that the case holds: an analysis was stopped in between, and
/// there may be more events to come.
pub(crate) fn warn_if_stale(case: &Case) -> Result<()> {
    if case.sessions_made(SETTINGS)?.is_none() {
        notice::say(
            "The last analysis of this case did not finish, or is still at work: events may be missing, and its \
             sessions may be older than its events. Run `kilroy analyze` on the evidence again.",
        );
    }
    Ok(())
}

/// Makes the session tables from all events that a case holds, and writes them into the same or another case.
///
/// Always from all of them: new evidence can change any session. The same records give the same tables. Host by host,
/// several at a time: what is in memory are the records of so many hosts, and of each thread a few sessions. The tables
/// are in the order of the hosts, whichever is ready first.
pub(crate) fn write_tables(from: &Case, into: &Case, threads: usize, timings: &Timings) -> Result<()> {
    from.write_repeats(into)?;
    let events = from.session_source()?;
    let hosts = Neighbours::of([], &from.renames(threads)?, &events.reach()?);
    let making = Making { events: &events, timings };
    let written = || -> Result<()> {
        let mut tables = into.session_writer()?;
        let work =
            |some: &Neighbours, hand_over: &mut dyn FnMut(Tables) -> Result<()>| making.of(some, hand_over);
        parts_side_by_side(&hosts, threads, &work, &mut |_, part| {
            let _watch = timings.thread(Kind::Tables);
            part.hand_on(&mut tables);
            Ok(tables.state()?)
        })?;
        let _watch = timings.thread(Kind::Tables);
        Ok(tables.finish()?)
    };
    written().context("the session tables could not be written")?;
    followed::write(from, into, threads, timings).context("hops and findings could not be written")
}

/// What all hosts' sessions are made of.
struct Making<'a> {
    events: &'a SessionEvents,
    timings: &'a Timings,
}

impl Making<'_> {
    /// Reads the events of a few hosts, and makes their sessions.
    fn of(&self, hosts: &Neighbours, hand_over: &mut dyn FnMut(Tables) -> Result<()>) -> Result<()> {
        let mut watch = self.timings.thread(Kind::ReadBack);
        let coverage = self.events.coverage(hosts.names())?;
        let mut records = Records::new();
        self.events.of(hosts.names(), &mut |event| records.push(&event))?;
        watch.turn(Kind::Sessions);
        let mut parts = Parts { part: Tables::default(), rows: 0, watch, hand_over, failed: None };
        sessionize_neighbours(hosts, records, &coverage, &mut parts);
        parts.finish()
    }
}

/// Sessions that are handed over at a time.
const ROWS_PER_PART: usize = 512;

/// Hands over sessions as they are made.
struct Parts<'a> {
    part: Tables,
    rows: usize,
    watch: Watch<'a>,
    hand_over: &'a mut dyn FnMut(Tables) -> Result<()>,
    /// The engine knows nothing of failures, so it is told at the end.
    failed: Option<anyhow::Error>,
}

impl Parts<'_> {
    fn finish(mut self) -> Result<()> {
        self.pass();
        self.failed.map_or(Ok(()), Err)
    }

    fn pass(&mut self) {
        self.rows = 0;
        let part = std::mem::take(&mut self.part);
        if self.failed.is_none() {
            self.failed = self.watch.during(Kind::HandOver, || (self.hand_over)(part)).err();
        }
    }

    fn took(&mut self) {
        self.rows += 1;
        if self.rows == ROWS_PER_PART {
            self.pass();
        }
    }
}

impl Sink for Parts<'_> {
    fn access(&mut self, session: AccessSession) {
        self.part.access.push(session);
        self.took();
    }

    fn logon(&mut self, session: LogonSession) {
        self.part.logon.push(session);
        self.took();
    }

    fn terminal(&mut self, session: TerminalSession) {
        self.part.terminal.push(session);
        self.took();
    }

    fn boot(&mut self, boot: Boot) {
        self.part.boots.push(boot);
        self.took();
    }

    fn coverage(&mut self, log: LogCoverage) {
        self.part.coverage.push(log);
        self.took();
    }
}
