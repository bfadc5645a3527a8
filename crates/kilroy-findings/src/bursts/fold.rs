//! Failures into bursts.

use std::collections::BTreeMap;

use kilroy_model::{AccessSession, How, Kind, SessionOutcome, Timestamp};
use kilroy_sessions::first_known;

use super::burst::{Burst, failed_at, source};
use super::{PAUSE_MILLIS, SUCCESS_WITHIN_MILLIS, Victims};
use crate::runs::Runs;

/// Folds sessions, which come in the order of their table: host by host, and by time within a host.
#[derive(Debug)]
pub struct Folding {
    host: String,
    /// By source. Where no record names one, by kind: a program that guesses at the machine itself tries one name after the other.
    going: Runs<(String, String), Burst>,
    /// Bursts of the host that a success ended, by source: whoever knows the password now comes again.
    entered: BTreeMap<(String, String), Burst>,
    bursts: Vec<Burst>,
    victims: Victims,
}

impl Default for Folding {
    fn default() -> Self {
        let (host, entered, bursts) = (String::new(), BTreeMap::new(), Vec::new());
        Self { host, going: Runs::new(PAUSE_MILLIS), entered, bursts, victims: Victims::default() }
    }
}

impl Folding {
    /// Takes the next session.
    pub fn session(&mut self, session: &AccessSession) {
        if session.computer != self.host {
            self.host.clone_from(&session.computer);
            self.next_host();
            self.victims.next_host();
        }
        if let Some(time) = failed_at(session) {
            let mut over = Vec::new();
            let mut is_new = false;
            let begin = || {
                is_new = true;
                Burst::of(session, time)
            };
            let burst = self.going.at(&key(session), time, begin, &mut |burst| over.push(burst));
            if is_new {
                over.extend(self.entered.remove(&key(session)));
            } else {
                burst.add(session, time);
            }
            self.bursts.append(&mut over);
            self.victims.failure(session, time);
        } else if let Some(time) = entered_at(session) {
            self.success(session, time);
        }
    }

    fn success(&mut self, session: &AccessSession, time: Timestamp) {
        if source(session).is_none() {
            return;
        }
        let key = key(session);
        let user = session.user.as_deref();
        let is_soon = |burst: &Burst| burst.last.within_millis(time, SUCCESS_WITHIN_MILLIS);
        match self.going.going(&key, time) {
            Some(burst) if !is_soon(burst) => {}
            Some(burst) if !burst.tried(user) => burst.other(session, time),
            Some(_) => {
                if let Some(mut burst) = self.going.end(&key) {
                    burst.enter(session, time);
                    self.bursts.extend(self.entered.insert(key, burst));
                }
            }
            None => {
                if let Some(burst) = self.entered.get_mut(&key).filter(|burst| is_soon(burst)) {
                    if burst.tried(user) { burst.enter(session, time) } else { burst.other(session, time) }
                }
            }
        }
    }

    fn next_host(&mut self) {
        self.bursts.extend(self.going.finish());
        self.bursts.extend(std::mem::take(&mut self.entered).into_values());
    }

    /// All bursts, by host and time; and who was guessed at from many sources.
    pub fn finish(mut self) -> (Vec<Burst>, Vec<super::Victim>) {
        self.next_host();
        self.bursts.sort_by(|a, b| {
            (&a.host, a.first, &a.source, &a.attempts).cmp(&(&b.host, b.first, &b.source, &b.attempts))
        });
        (self.bursts, self.victims.finish())
    }
}

fn key(session: &AccessSession) -> (String, String) {
    match source(session) {
        Some(source) => (source.to_lowercase(), String::new()),
        None => (String::new(), session.kind.name().to_owned()),
    }
}

/// The time of a success that a guess may have led to. Services and tasks log on by themselves.
fn entered_at(session: &AccessSession) -> Option<Timestamp> {
    let counts = session.outcome == SessionOutcome::Success
        && session.how != How::Unknown
        && !matches!(session.kind, Kind::Service | Kind::Batch | Kind::NewCredentials);
    counts.then(|| first_known(session)).flatten()
}
