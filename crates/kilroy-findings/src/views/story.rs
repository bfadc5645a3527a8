//! Stories for tests: sessions, as short as they can be told.

use kilroy_model::{How, Kind, Scope, SessionOutcome, SessionUid, Timestamp};

use super::{Cells, Names, Visit};

/// So many minutes after the first of May.
pub(crate) fn at(minute: i64) -> Timestamp {
    let may: Timestamp = "2024-05-01T00:00:00Z".parse().unwrap();
    may.plus_millis(minute * 60_000)
}

/// Sessions as they come, minutes after the first of May.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) names: Names,
    pub(crate) visits: Vec<Visit>,
}

impl Story {
    pub(crate) fn came(&mut self, user: &str, host: &str, ip: &str, minute: i64, outcome: SessionOutcome) {
        let time = at(minute);
        let names = &mut self.names;
        let visit = Visit {
            session_uid: SessionUid(self.visits.len() as u64),
            host: names.name(host),
            user: (!user.is_empty()).then(|| names.name(user)),
            domain: None,
            ip: Some(names.name(ip)),
            client: None,
            kind: Kind::InteractiveRemote,
            how: How::Logon,
            outcome,
            background: false,
            scope: ip.parse().map_or(Scope::Local, Scope::of),
            prior_failures: 0,
            attempt: Some(time),
            start: Some(time),
            end: Some(time.plus_millis(1000)),
            end_not_after: None,
            records: None,
        };
        self.visits.push(visit);
    }

    pub(crate) fn was_in(&mut self, user: &str, host: &str, ip: &str, minute: i64) {
        self.came(user, host, ip, minute, SessionOutcome::Success);
    }

    /// Some sessions, one a day.
    pub(crate) fn days(&mut self, user: &str, host: &str, ip: &str, days: std::ops::Range<i64>) {
        for day in days {
            self.was_in(user, host, ip, day * 24 * 60);
        }
    }

    pub(crate) fn cells(&self) -> Cells {
        let mut cells = Cells::default();
        self.visits.iter().for_each(|visit| cells.add(&self.names, visit));
        cells
    }
}
