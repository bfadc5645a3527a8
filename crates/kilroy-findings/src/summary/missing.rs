//! What is missing: logs that are not there, clears, holes, records that sessions should have left.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use kilroy_model::{GapWhy, LogCoverage, LogState, SessionUid, Timestamp};

/// Logs that sessions are made of. Others are only told of when somebody cleared them.
const SESSION_LOGS: [&str; 5] = [
    "security",
    "system",
    "microsoft-windows-terminalservices-localsessionmanager/operational",
    "microsoft-windows-terminalservices-remoteconnectionmanager/operational",
    "microsoft-windows-remotedesktopservices-rdpcorets/operational",
];

/// What one log lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Somebody cleared it.
    Cleared {
        /// When.
        time: Timestamp,
        /// Account that did it.
        user: Option<String>,
        /// The session it was done in.
        session_uid: Option<SessionUid>,
    },
    /// Sessions should have left records, which are not there and nothing explains it.
    Unexplained {
        /// Event ID of the records.
        event_id: u32,
        /// How many sessions lack theirs.
        absent: u64,
        /// Of how many.
        of: u64,
        /// The first of these sessions.
        session_uid: Option<SessionUid>,
    },
    /// Record IDs are missing between these times.
    Hole {
        /// The last record before.
        from: Timestamp,
        /// The first record after.
        to: Timestamp,
        /// How many are missing; none where record IDs begin anew.
        lost: Option<u64>,
    },
    /// Record IDs are missing everywhere: a filtered export, or a sample.
    Filtered {
        /// Records that are there.
        records: u64,
        /// Records that are missing between them.
        lost: u64,
    },
    /// The case holds no record of it.
    Absent,
}

impl Lack {
    /// The name used in tables.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cleared { .. } => "cleared",
            Self::Unexplained { .. } => "unexplained",
            Self::Hole { .. } => "hole",
            Self::Filtered { .. } => "filtered",
            Self::Absent => "absent",
        }
    }

    /// What says most comes first.
    pub(super) fn weight(&self) -> (u8, Reverse<u64>) {
        match self {
            Self::Cleared { .. } => (0, Reverse(0)),
            Self::Unexplained { absent, .. } => (1, Reverse(*absent)),
            Self::Hole { lost, .. } => (2, Reverse(lost.unwrap_or(u64::MAX))),
            Self::Filtered { lost, .. } => (3, Reverse(*lost)),
            Self::Absent => (4, Reverse(0)),
        }
    }
}

/// Something that is missing, on one host or, where it is the same on all of them, on several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What.
    pub lack: Lack,
    /// From which log.
    pub log: String,
    /// On which hosts.
    pub hosts: Vec<String>,
}

/// What a log lacks; of its holes only the largest.
pub(super) fn of_log(log: &LogCoverage) -> impl Iterator<Item = Lack> {
    let clears = log.clears.iter().map(|clear| Lack::Cleared {
        time: clear.time,
        user: clear.user.clone(),
        session_uid: clear.session_uid,
    });
    let counts = SESSION_LOGS.contains(&log.log.to_lowercase().as_str());
    let absences = log.absences.iter().filter(move |_| counts).map(|absence| Lack::Unexplained {
        event_id: absence.event_id,
        absent: absence.absent,
        of: absence.present + absence.absent,
        session_uid: absence.sessions.first().copied(),
    });
    let filtered = matches!(log.state, LogState::Filtered | LogState::Scattered);
    let lost = (filtered && counts).then_some(Lack::Filtered { records: log.records, lost: log.lost });
    // A gap where the log was cleared is told with the clear.
    let holes = log.gaps.iter().filter(|gap| gap.why != GapWhy::Cleared && !filtered && counts);
    let largest = holes.max_by_key(|gap| (gap.lost.unwrap_or(u64::MAX), Reverse(gap.from)));
    let hole = largest.map(|gap| Lack::Hole {
        from: gap.from.min(gap.to),
        to: gap.from.max(gap.to),
        lost: gap.lost,
    });
    let absent = (log.state == LogState::Absent && counts).then_some(Lack::Absent);
    clears.chain(absences).chain(lost).chain(hole).chain(absent)
}

/// Everything that is missing. Absent and filtered logs are told once for all hosts.
pub(super) fn missing(logs: &[LogCoverage]) -> Vec<Missing> {
    let mut all: Vec<Missing> = Vec::new();
    let mut shared: BTreeMap<(bool, String), usize> = BTreeMap::new();
    for log in logs {
        for lack in of_log(log) {
            let host = || log.computer.clone();
            let is_absent = lack == Lack::Absent;
            if is_absent || matches!(lack, Lack::Filtered { .. }) {
                let key = (is_absent, log.log.to_lowercase());
                if let Some(known) = shared.get(&key).and_then(|at| all.get_mut(*at)) {
                    known.add(&lack, host());
                    continue;
                }
                shared.insert(key, all.len());
            }
            all.push(Missing { lack, log: log.log.clone(), hosts: vec![host()] });
        }
    }
    all.sort_by_key(|missing| {
        let when = match &missing.lack {
            Lack::Cleared { time, .. } | Lack::Hole { from: time, .. } => Some(*time),
            _ => None,
        };
        (
            missing.lack.weight(),
            Reverse(missing.hosts.len()),
            when,
            missing.log.clone(),
            missing.hosts.clone(),
        )
    });
    all
}

impl Missing {
    fn add(&mut self, lack: &Lack, host: String) {
        if let (Lack::Filtered { records, lost }, Lack::Filtered { records: more, lost: gone }) =
            (&mut self.lack, lack)
        {
            *records += more;
            *lost += gone;
        }
        self.hosts.push(host);
    }
}
