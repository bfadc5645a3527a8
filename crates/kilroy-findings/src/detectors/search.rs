//! The search: sessions first, then events.

use std::collections::BTreeSet;
use std::sync::Arc;

use kilroy_model::{AccessSession, Finding};

use super::redundant::without_repeats;
use super::{Detector, Found, all};
use crate::Observation;
use crate::activity::SessionIndex;
use crate::bursts::Folding;
use crate::scene::{Scene, Stays};

/// A search that is given the sessions.
pub struct Search {
    detectors: Vec<Box<dyn Detector>>,
    folding: Folding,
    stays: Stays,
    found: Found,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            detectors: all(),
            folding: Folding::default(),
            stays: Stays::default(),
            found: Found::default(),
        }
    }
}

impl Search {
    /// Takes the next session, in the order of the table.
    pub fn session(&mut self, session: &AccessSession) {
        self.folding.session(session);
        self.stays.session(session);
        for detector in &mut self.detectors {
            detector.session(session, &mut self.found);
        }
    }

    /// There are no more sessions: now events are looked at. `index`: of all of them.
    pub fn look(self, index: Arc<SessionIndex>) -> Look {
        let Self { mut detectors, folding, stays, mut found } = self;
        let (bursts, victims) = folding.finish();
        let scene = Scene::new(stays, index, bursts, victims);
        for detector in &mut detectors {
            detector.begin(&scene, &mut found);
        }
        Look { detectors, scene, found }
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search").finish_non_exhaustive()
    }
}

/// A search that is given the events.
pub struct Look {
    detectors: Vec<Box<dyn Detector>>,
    scene: Scene,
    found: Found,
}

impl Look {
    /// Event IDs of the events that are needed, now that the sessions are known.
    pub fn event_ids(&self) -> BTreeSet<u32> {
        let at_work = self.detectors.iter().filter(|detector| !detector.is_idle());
        at_work.flat_map(|detector| detector.events()).chain(self.scene.events()).copied().collect()
    }

    /// Takes the next event: host by host, those of each in the order of time.
    pub fn event(&mut self, event: &Observation) {
        self.scene.event(event);
        for detector in &mut self.detectors {
            detector.event(event, &self.scene, &mut self.found);
        }
    }

    /// All that was found, by time.
    pub fn finish(self) -> Vec<Finding> {
        let Self { mut detectors, scene, mut found } = self;
        for detector in &mut detectors {
            detector.finish(&scene, &mut found);
        }
        let mut findings = found.0;
        findings.sort_by_key(|finding| (finding.first, finding.finding_uid));
        findings.dedup_by(|a, b| a.finding_uid == b.finding_uid);
        without_repeats(findings)
    }
}

impl std::fmt::Debug for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look").field("found", &self.found.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use kilroy_model::{AccessSession, Kind};

    use super::*;
    use crate::detectors::testing::{at, failure, process, session, share};

    /// Some hosts on which people work, while somebody guesses at them without end.
    fn made(n: i64) -> (Vec<AccessSession>, impl Iterator<Item = Observation>) {
        let host = |n: i64| format!("host{}", n % 20);
        let sessions = (0..n).map(move |k| {
            if k % 10 == 0 {
                session(
                    &host(k / 10),
                    k,
                    &format!("user{}", k % 300),
                    Kind::Network,
                    &format!("10.1.{}.9", k % 200),
                )
            } else {
                failure(&host(k / 10), k * 7, "administrator", &format!("203.0.113.{}", k / 40 % 250))
            }
        });
        let mut sessions: Vec<_> = sessions.collect();
        sessions.sort_by(|a, b| (&a.computer, a.attempt).cmp(&(&b.computer, b.attempt)));
        let events = (0..n).map(move |k| {
            let minute = k / 10 * 10;
            let luid = 0x1000 + u64::try_from(minute).unwrap();
            let (host, second) = (host(k / 10), minute * 60 + k % 10);
            if k % 2 == 0 {
                process(
                    &host,
                    second,
                    luid,
                    r"C:\Windows\System32\cmd.exe",
                    "cmd /c dir",
                    Some(r"C:\Windows\explorer.exe"),
                )
            } else {
                share(&host, second, "user1", luid, r"\\*\IPC$", "srvsvc")
            }
        });
        (sessions, events)
    }

    fn run(n: i64) -> (usize, f64) {
        let (sessions, events) = made(n);
        let begin = Instant::now();
        let mut search = Search::default();
        for session in &sessions {
            search.session(session);
        }
        let mut look = search.look(Arc::new(SessionIndex::new(&sessions, &[], &[])));
        let mut spent = begin.elapsed();
        for event in events {
            let begin = Instant::now();
            look.event(&event);
            spent += begin.elapsed();
        }
        let begin = Instant::now();
        let found = look.finish().len();
        (found, (spent + begin.elapsed()).as_secs_f64())
    }

    #[test]
    #[allow(clippy::cast_precision_loss, reason = "it is for people")]
    #[ignore = "it measures"]
    fn cost_is_linear_in_events() {
        for n in [100_000, 200_000, 400_000] {
            let (found, seconds) = run(n);
            println!(
                "{n} sessions and {n} events: {found} findings, {seconds:.2} s, {:.2} µs each",
                seconds / n as f64 / 2.0 * 1e6
            );
        }
    }

    /// Tickets are read where somebody guessed, and a domain controller has millions of them.
    #[test]
    fn tickets_are_read_where_their_success_tells_something() {
        let ids = |failures: i64| {
            let mut search = Search::default();
            (0..failures).for_each(|n| search.session(&failure("dc", n, "bob", "10.0.0.9")));
            search.look(Arc::new(SessionIndex::new(&[], &[], &[]))).event_ids()
        };
        assert!(!ids(4).contains(&4768) && ids(5).contains(&4768));
    }

    #[test]
    fn findings_are_in_order_and_each_is_there_once() {
        let (sessions, events) = made(3_000);
        let mut search = Search::default();
        for session in &sessions {
            search.session(session);
        }
        let mut look = search.look(Arc::new(SessionIndex::new(&sessions, &[], &[])));
        events.for_each(|event| look.event(&event));
        let found = look.finish();
        assert!(!found.is_empty());
        assert!(
            found
                .windows(2)
                .all(|pair| (pair[0].first, pair[0].finding_uid) < (pair[1].first, pair[1].finding_uid))
        );
        assert!(found.iter().all(|finding| finding.records.len() <= 100 && finding.first >= at(0)));
    }
}
