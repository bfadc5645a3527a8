//! What the records and sessions of one host say of its logs: clears, clock changes, stops of logging, and records that sessions
//! should have left and did not.

use std::collections::BTreeMap;

use kilroy_model::{
    Absence, AccessSession, Action, ClockChange, EventUid, How, Kind, LogClear, LoggingStop, Luid,
    SessionOutcome, SessionUid, Timestamp, WhyMissing,
};

use super::layout::LISTED;
use super::marks::Mark;
use crate::host::Host;
use crate::logs::{LSM, SECURITY};
use crate::mix::Map;

/// Records of desktop sessions that Security and the session manager write each for itself: where one of them has its record and
/// the other has not, somebody may have taken it away.
const TWICE_TOLD: [(&str, u32); 8] = [
    (SECURITY, 4624),
    (SECURITY, 4634),
    (SECURITY, 4778),
    (SECURITY, 4779),
    (LSM, 21),
    (LSM, 23),
    (LSM, 24),
    (LSM, 25),
];

/// What was noted of the logs of a host, by channel in small letters.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(super) by_log: BTreeMap<String, NotedOfLog>,
    /// Somebody used Remote Desktop.
    pub(super) remote: bool,
    /// Of Windows: `10.00`, `6.01`.
    pub(super) version: Option<(u32, u32)>,
}

/// What was noted of one log.
#[derive(Debug, Default)]
pub(super) struct NotedOfLog {
    /// The channel's name.
    pub(super) name: String,
    pub(super) clears: Vec<LogClear>,
    pub(super) clock_changes_total: u64,
    pub(super) clock_changes: Vec<ClockChange>,
    pub(super) stops: Vec<LoggingStop>,
    pub(super) absences: Vec<Absence>,
}

/// Sessions that have one kind of record, and those that lack it.
#[derive(Debug, Default, Clone)]
struct Tally {
    present: u64,
    absent: u64,
    sessions: Vec<SessionUid>,
}

/// Looks on while the sessions of a host are finished.
#[derive(Debug)]
pub(crate) struct Watch<'h> {
    host: &'h Host<'h>,
    marks: Vec<Mark>,
    /// The clears that were done with a logon ID, and the last session of it that began before each.
    clears_of: Map<Luid, Vec<usize>>,
    cleared_in: Vec<Option<(Timestamp, SessionUid)>>,
    tallies: [Tally; TWICE_TOLD.len()],
    remote: bool,
}

impl<'h> Watch<'h> {
    /// `marks`: of this host, in any order, copies included.
    pub(crate) fn new(host: &'h Host<'h>, mut marks: Vec<Mark>) -> Self {
        marks.sort_unstable();
        let mut seen: Option<EventUid> = None;
        marks.retain(|mark| seen.replace(mark.uid) != Some(mark.uid));
        let mut clears_of: Map<Luid, Vec<usize>> = Map::default();
        for (place, mark) in marks.iter().enumerate().filter(|(_, m)| m.action == Action::LogCleared) {
            if let Some(luid) = mark.luid.filter(|luid| luid.0 != 0 && !luid.is_fixed()) {
                clears_of.entry(luid).or_default().push(place);
            }
        }
        let cleared_in = vec![None; marks.len()];
        Self { host, marks, clears_of, cleared_in, tallies: Default::default(), remote: false }
    }

    /// Looks at a session.
    pub(crate) fn session(&mut self, session: &AccessSession) {
        self.remote |= session.kind == Kind::InteractiveRemote;
        self.find_clears(session);
        let desktop = matches!(
            session.kind,
            Kind::InteractiveLocal | Kind::InteractiveRemote | Kind::InteractiveUnknown
        );
        // An end whose begin is not seen is no witness: it may be the end of something else.
        let known = session.how != How::Unknown && session.outcome == SessionOutcome::Success;
        if !desktop || session.background || !known {
            return;
        }
        for ((log, event_id), tally) in TWICE_TOLD.into_iter().zip(&mut self.tallies) {
            let is_it = |id: u32, name: &str| id == event_id && name == log;
            let lacks =
                session.missing.iter().any(|m| m.why == WhyMissing::Unexplained && is_it(m.event_id, &m.log));
            if lacks {
                // A session that only the same log knows is no witness against it.
                let other = if log == SECURITY { LSM } else { SECURITY };
                if session.sources.iter().any(|s| s.log.eq_ignore_ascii_case(other)) {
                    tally.absent += 1;
                    if tally.sessions.len() < LISTED {
                        tally.sessions.push(session.session_uid);
                    }
                }
            } else if session
                .sources
                .iter()
                .any(|s| s.event_id == event_id && s.log.eq_ignore_ascii_case(log))
            {
                tally.present += 1;
            }
        }
    }

    fn find_clears(&mut self, session: &AccessSession) {
        if self.clears_of.is_empty() {
            return;
        }
        let Some(start) = session.start else { return };
        for luid in session.logon_ids.iter().chain(&session.linked_logon_ids) {
            for &place in self.clears_of.get(luid).into_iter().flatten() {
                if start <= self.marks[place].time {
                    self.cleared_in[place] = self.cleared_in[place].max(Some((start, session.session_uid)));
                }
            }
        }
    }

    /// What was noted.
    pub(crate) fn finish(self) -> Noted {
        let mut noted = Noted { remote: self.remote, version: version(self.host), ..Noted::default() };
        for (mark, session) in self.marks.iter().zip(&self.cleared_in) {
            match mark.action {
                Action::LogCleared => {
                    noted.of(mark.cleared()).clears.push(clear(mark, session.map(|(_, uid)| uid)));
                }
                _ => noted.of(&mark.log).clock_changes.push(clock_change(mark)),
            }
        }
        for &row in self.host.of(Action::ClockChanged) {
            noted.of(self.host.ev(row).log()).clock_changes_total += 1;
        }
        for (log, stop) in &self.host.stops {
            noted.of(log).stops.push(stop.clone());
        }
        for ((log, event_id), tally) in TWICE_TOLD.into_iter().zip(self.tallies) {
            let Tally { present, absent, sessions } = tally;
            if absent > 0 {
                noted.of(log).absences.push(Absence { event_id, present, absent, sessions });
            }
        }
        noted
    }
}

impl Noted {
    fn of(&mut self, log: &str) -> &mut NotedOfLog {
        let noted = self.by_log.entry(log.to_lowercase()).or_default();
        if noted.name.is_empty() || log < noted.name.as_str() {
            log.clone_into(&mut noted.name);
        }
        noted
    }
}

fn clear(mark: &Mark, session_uid: Option<SessionUid>) -> LogClear {
    LogClear {
        time: mark.time,
        event_uid: mark.uid,
        noted_in: mark.log.to_string(),
        event_id: mark.event_id,
        record_id: mark.record_id,
        user: mark.user.as_deref().map(str::to_owned),
        logon_id: mark.luid,
        session_uid,
    }
}

fn clock_change(mark: &Mark) -> ClockChange {
    let (old, new) = mark.clock();
    ClockChange {
        time: mark.time,
        event_uid: mark.uid,
        event_id: mark.event_id,
        record_id: mark.record_id,
        old,
        new,
        user: mark.user.as_deref().map(str::to_owned),
        image: mark.image.as_deref().map(str::to_owned),
    }
}

/// The version of Windows that the last boot notes.
fn version(host: &Host<'_>) -> Option<(u32, u32)> {
    let last = host.ev(*host.of(Action::SystemVersion).last()?);
    let mut parts = last.new_value()?.split('.').map(str::trim);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
