//! A logon that succeeds after many failures, and what its session then did.
//!
//! Hypothesis: a guess was right.
//!
//! Needs: failed and successful logons with user and source, or a domain controller that found the password right (4768, 4776);
//! for what followed, process, service, task and share auditing.
//!
//! False positives: somebody who had forgotten the password; a saved old password beside a person who types the new one. Of people
//! who share an address (NAT, terminal server) each one's own failures count.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{
    Action, Certainty, FactName, FindingRecord, RecordPart, Scope, SessionPart, SessionUid, Timestamp, Weight,
};

use super::password_guessing::told_by_no_session;
use super::password_spraying::{Shape, is_spraying};
use super::right_passwords::{Proof, Right, RightPasswords};
use super::{Detector, Found};
use crate::Observation;
use crate::bursts::{Burst, Campaign, Success};
use crate::draft::Draft;
use crate::program::{Started, Twins};
use crate::scene::Scene;

const NAME: &str = "success-after-failures";

/// Up to four wrong passwords in a row are everyday life.
const LEAST_FAILURES: u64 = 5;
/// So many in a row, and nobody was locked out or asked for help: unusual for a person.
const MANY_FAILURES: u64 = 10;
/// Nobody types ten passwords within a minute.
const QUICK_PEAK: u64 = 10;
/// A person tries one name, perhaps two.
const MANY_USERS: usize = 3;
/// Commands that are told.
const MOST_COMMANDS: usize = 10;
/// Records of what followed, so that there is room for the failures.
const MOST_FOLLOWED: u64 = 50;

/// Finds successes after failures.
#[derive(Debug, Default)]
pub(super) struct SuccessAfterFailures {
    /// By the session that came of it.
    watched: BTreeMap<SessionUid, Watched>,
    /// Where no session came of it.
    right: RightPasswords,
    twins: Twins,
}

#[derive(Debug)]
struct Watched {
    draft: Draft,
    /// Place of the campaign in the scene.
    nth: usize,
    failures: Failures,
    /// Failures of this very user.
    own: u64,
    did: BTreeMap<FactName, u64>,
    records: u64,
}

impl Detector for SuccessAfterFailures {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[
            1, 104, 517, 592, 672, 680, 1102, 4648, 4688, 4697, 4698, 4720, 4728, 4732, 4756, 4768, 4776,
            5140, 5145,
        ]
    }

    fn is_idle(&self) -> bool {
        self.watched.is_empty() && self.right.is_idle()
    }

    fn begin(&mut self, scene: &Scene, _found: &mut Found) {
        self.right = RightPasswords::of(&scene.campaigns, |campaign| {
            is_spraying(campaign) || campaign.failures() >= LEAST_FAILURES
        });
        for (nth, campaign) in scene.campaigns.iter().enumerate() {
            let spraying = is_spraying(campaign);
            for burst in &campaign.bursts {
                // Whoever sprays may be right with the first password for a user.
                let others = burst.others.iter().filter(|_| spraying);
                let tried = burst.success.iter().filter(|_| spraying || burst.failures >= LEAST_FAILURES);
                for success in tried.chain(others) {
                    self.watch(nth, burst, success);
                }
            }
        }
    }

    fn event(&mut self, event: &Observation, scene: &Scene, _found: &mut Found) {
        self.right.event(event);
        if self.watched.is_empty() {
            return;
        }
        let Some(kind) = kind(event) else { return };
        let Some(actor) = scene.exact_actor(event) else { return };
        let Some(watched) = self.watched.get_mut(&actor.stay.uid) else { return };
        let told = Started::of(event).is_some_and(|started| self.twins.told(event, &started));
        if !told {
            *watched.did.entry(kind).or_default() += 1;
        }
        if watched.records < MOST_FOLLOWED {
            watched.records += 1;
            watched.draft.event(event, RecordPart::Followed);
        } else {
            watched.draft.more_records(1);
        }
        if let Some(started) = Started::of(event) {
            watched.draft.text_once(FactName::Command, started.line(), MOST_COMMANDS);
        }
    }

    fn finish(&mut self, scene: &Scene, found: &mut Found) {
        let right = self.right.take();
        let mut shapes: BTreeMap<usize, Shape> = BTreeMap::new();
        for (nth, right) in right {
            let campaign = &scene.campaigns[nth];
            let shape = Shape::of(campaign, &right);
            shapes.insert(nth, shape);
            for draft in checked(campaign, right, shape) {
                found.add(draft);
            }
        }
        for watched in std::mem::take(&mut self.watched).into_values() {
            let shape =
                *shapes.entry(watched.nth).or_insert_with(|| Shape::of(&scene.campaigns[watched.nth], &[]));
            if let Some(draft) = watched.over(shape) {
                found.add(draft);
            }
        }
    }
}

impl SuccessAfterFailures {
    fn watch(&mut self, nth: usize, burst: &Burst, success: &Success) {
        let mut draft = Draft::new(NAME, &["T1110", "T1078"], Weight::Info);
        draft.host(&burst.host);
        if let Some(source) = &burst.source {
            draft.source(source);
            draft.text(FactName::Source, source);
        }
        if let Some(user) = &success.user {
            draft.user(user);
            draft.text(FactName::User, user);
        }
        draft.time(FactName::Success, success.time);
        draft.touch(burst.first);
        draft.touch(success.time);
        draft.session(success.session_uid, SessionPart::Outcome, Certainty::Exact);
        // The success is what the finding stands on; of the failures there are the first and a number.
        draft.records_of_attempts(&burst.records, burst.failures);
        draft.sessions_of_attempts(&burst.attempts, burst.failures);
        if let Some(record) = &success.record {
            draft.record(record.clone());
        }
        let user = success.user.as_deref().map(str::to_lowercase);
        let own = user.and_then(|user| burst.users.get(&user)).map_or(0, |tried| tried.failures);
        let (failures, did) = (Failures::of(burst), BTreeMap::new());
        self.watched.insert(success.session_uid, Watched { draft, nth, failures, own, did, records: 0 });
    }
}

impl Watched {
    /// What is to be told, now that it is known who else got in.
    fn over(self, shape: Shape) -> Option<Draft> {
        let Self { mut draft, failures, own, did, .. } = self;
        let failures = failures.that_count(shape, own)?;
        draft.raise(failures.weight(shape));
        failures.tell(&mut draft, shape);
        for (kind, number) in did {
            draft.number(kind, number);
        }
        Some(draft)
    }
}

/// Passwords that a domain controller found right, where no session came of it: a finding for each user.
fn checked(campaign: &Campaign, right: Vec<Right>, shape: Shape) -> Vec<Draft> {
    let right: Vec<Right> = if shape.is_spray() {
        // The one whose password it was may never have failed.
        let entered: BTreeSet<String> = (campaign.bursts.iter())
            .flat_map(|burst| burst.success.iter().chain(&burst.others))
            .filter_map(|success| success.user.as_deref().map(str::to_lowercase))
            .collect();
        let counts =
            |right: &Right| right.proof == Proof::Password && !entered.contains(&right.user.to_lowercase());
        right.into_iter().filter(counts).collect()
    } else {
        told_by_no_session(right, campaign)
    };
    if right.is_empty() {
        return Vec::new();
    }
    let records: Vec<FindingRecord> =
        campaign.bursts.iter().flat_map(|burst| burst.records.iter().cloned()).collect();
    let attempts: Vec<SessionUid> =
        campaign.bursts.iter().flat_map(|burst| burst.attempts.iter().copied()).collect();
    let mut times: Vec<Timestamp> = records.iter().map(|record| record.time).collect();
    times.sort_unstable();
    let users = campaign.users();
    let tell = |right: Right| {
        let before = times.partition_point(|time| *time <= right.time) as u64;
        let number = if right.time >= campaign.last { campaign.failures() } else { before };
        let peak = if shape.is_spray() { campaign.peak() } else { campaign.peak().min(number) };
        let own = users.get(right.user.to_lowercase().as_str()).map_or(0, |tried| tried.failures);
        let failures = Failures { scope: campaign.scope, peak, number, users: users.len() };
        let failures = failures.that_count(shape, own)?;
        let mut draft = Draft::new(NAME, &["T1110", "T1078"], failures.weight(shape));
        if let Some(source) = &campaign.source {
            draft.source(source);
            draft.text(FactName::Source, source);
        }
        draft.user(&right.user);
        draft.text(FactName::User, &right.user);
        draft.time(FactName::Success, right.time);
        failures.tell(&mut draft, shape);
        draft.text(FactName::Variant, "checked");
        draft.touch(campaign.first);
        draft.records_of_attempts(&records, campaign.failures());
        draft.sessions_of_attempts(&attempts, campaign.failures());
        draft.record(FindingRecord { part: RecordPart::Key, ..right.record });
        Some(draft)
    };
    right.into_iter().filter_map(tell).collect()
}

/// What tells how much a success after failures weighs.
#[derive(Debug, Clone, Copy)]
struct Failures {
    scope: Scope,
    peak: u64,
    number: u64,
    users: usize,
}

impl Failures {
    fn of(burst: &Burst) -> Self {
        // Whoever uses `runas` is at the machine, by keyboard or by Remote Desktop.
        let scope = if burst.runas == burst.failures { Scope::Local } else { burst.scope };
        Self { scope, peak: burst.peak, number: burst.failures, users: burst.users.len() }
    }

    /// Those that count; none if they are too few. Whoever sprays may be right with the first password for a user; of people who
    /// share an address only the user's own tell anything.
    fn that_count(self, shape: Shape, own: u64) -> Option<Self> {
        let counts = match shape {
            Shape::Spray | Shape::SlowSpray => return Some(self),
            Shape::Shared => Self { number: own, users: 1, peak: self.peak.min(own), ..self },
            Shape::Guessing => self,
        };
        (counts.number >= LEAST_FAILURES).then_some(counts)
    }

    fn weight(&self, shape: Shape) -> Weight {
        let by_program = self.peak >= QUICK_PEAK || self.users >= MANY_USERS;
        match self.scope {
            // Whoever sits at the machine.
            Scope::Local if !by_program => Weight::Low,
            _ if shape == Shape::Spray || (by_program && self.number >= MANY_FAILURES) => Weight::High,
            _ if shape == Shape::SlowSpray => Weight::Medium,
            _ if self.number >= MANY_FAILURES || self.scope == Scope::External => Weight::Medium,
            _ => Weight::Low,
        }
    }

    fn tell(&self, draft: &mut Draft, shape: Shape) {
        draft.text(FactName::Variant, if shape.is_spray() { "spraying" } else { "guessing" });
        draft.number(FactName::Failures, self.number);
        draft.number(FactName::Users, self.users as u64);
        draft.number(FactName::Peak, self.peak);
    }
}

/// What somebody did, if it is told.
fn kind(event: &Observation) -> Option<FactName> {
    Some(match (event.action, event.event_id) {
        (Some(Action::ProcessStarted), _) => FactName::Processes,
        (Some(Action::ServiceInstalled), _) => FactName::Services,
        (Some(Action::LogCleared), _) => FactName::Clears,
        (Some(Action::ExplicitCredentials), _) => FactName::Logons,
        (Some(Action::ShareAccessed), _) if is_administrative(event) => FactName::Shares,
        (_, 4698) => FactName::Tasks,
        (_, 4720 | 4728 | 4732 | 4756) => FactName::Accounts,
        _ => return None,
    })
}

fn is_administrative(event: &Observation) -> bool {
    event
        .object
        .as_deref()
        .is_some_and(|share| share.ends_with('$') && !share.to_lowercase().ends_with("ipc$"))
}

#[cfg(test)]
mod tests {
    use kilroy_model::{Kind, Luid};

    use super::*;
    use crate::detectors::testing::{Story, checked, event, failure, on, process, session};

    fn guessed(failures: i64, seconds: i64, then: AccessSession) -> Story {
        let mut all: Vec<_> =
            (0..failures).map(|n| failure("srv", n * seconds, "bob", "203.0.113.9")).collect();
        all.push(then);
        Story::of(all)
    }

    use kilroy_model::AccessSession;

    #[test]
    fn a_guess_that_was_right_and_what_followed() {
        let then = session("srv", 2, "Bob", Kind::InteractiveRemote, "203.0.113.9");
        let mut story = guessed(40, 1, then.clone());
        story.event(process("srv", 200, 0x1002, r"C:\Windows\System32\whoami.exe", "whoami /all", None));
        story.event(process("srv", 201, 0x1009, r"C:\Windows\System32\other.exe", "other", None));
        let mut cleared = on(event("srv", 300, 1102), "Security", Some(Action::LogCleared));
        cleared.subject.luid = Some(Luid(0x1002));
        story.event(cleared);
        let found = story.found_by(NAME);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!((finding.weight, finding.number(FactName::Failures)), (Weight::High, Some(40)));
        assert_eq!(finding.number(FactName::Processes), Some(1));
        assert_eq!(finding.number(FactName::Clears), Some(1));
        assert_eq!(finding.text(FactName::Command), Some("whoami /all"));
        assert!(finding.sessions.iter().any(|s| s.session_uid == then.session_uid));
    }

    #[test]
    fn a_person_another_user_and_another_day_are_none() {
        let success = |minute, user| session("srv", minute, user, Kind::InteractiveRemote, "203.0.113.9");
        assert!(guessed(4, 5, success(2, "bob")).found_by(NAME).is_empty());
        assert!(guessed(40, 1, success(2, "carol")).found_by(NAME).is_empty());
        assert!(guessed(40, 1, success(60, "bob")).found_by(NAME).is_empty());
        let slow = guessed(8, 10, success(3, "bob")).found_by(NAME);
        assert_eq!(slow[0].weight, Weight::Medium, "from outside");
    }

    /// One mistyped password each, over a morning, and each gets in with the next.
    #[test]
    fn people_who_share_an_address_are_no_spray() {
        let morning = |tries: i64| {
            let mut all = Vec::new();
            for n in 0..8_i64 {
                let user = format!("user{n}");
                all.extend((0..tries).map(|k| failure("srv", n * 900 + k * 15, &user, "10.0.0.66")));
                all.push(session("srv", n * 15 + 3, &user, Kind::InteractiveRemote, "10.0.0.66"));
            }
            Story::of(all).found_by(NAME)
        };
        assert!(morning(1).is_empty() && morning(2).is_empty());
        let stubborn = morning(6);
        assert!(stubborn.iter().all(|finding| finding.weight == Weight::Low), "{stubborn:?}");
        assert_eq!(stubborn[0].number(FactName::Failures), Some(6));
    }

    /// Many users at once, one of whom gets in.
    #[test]
    fn a_spray_that_was_right_once_weighs_most() {
        let mut all: Vec<_> =
            (0..9).map(|n| failure("srv", n * 10, &format!("user{n}"), "10.0.0.66")).collect();
        all.push(session("srv", 2, "svc-print", Kind::Network, "10.0.0.66"));
        let found = Story::of(all.clone()).found_by(NAME);
        assert_eq!((found.len(), found[0].weight), (1, Weight::High));
        // The same over a whole day is nobody's hurry.
        let slow = (0..9).map(|n| failure("srv", n * 1700, &format!("user{n}"), "10.0.0.66"));
        let hit = session("srv", 230, "svc-print", Kind::Network, "10.0.0.66");
        let found = Story::of(slow.chain([hit]).collect()).found_by(NAME);
        assert_eq!((found.len(), found[0].weight), (1, Weight::Medium));
    }

    /// A domain controller says that a password is right and has no session to show for it.
    #[test]
    fn a_ticket_after_failures_is_a_success() {
        let found = |failures: i64, second| {
            let tries = (0..failures).map(|n| failure("dc", n, "bob", "10.0.0.9")).collect();
            let mut story = Story::of(tries);
            story.event(checked("dc", second, "bob", "10.0.0.9", "2"));
            story.found_by(NAME)
        };
        let hit = found(12, 20).remove(0);
        assert_eq!((hit.weight, hit.number(FactName::Failures)), (Weight::High, Some(12)));
        assert!(hit.texts(FactName::Variant).any(|variant| variant == "checked"));
        assert_eq!(hit.records.iter().filter(|record| record.part == RecordPart::Key).count(), 1);
        assert!(found(4, 20).is_empty() && found(12, 3).is_empty());
    }

    /// The session of the same success says it already.
    #[test]
    fn a_ticket_beside_its_session_is_told_once() {
        let mut story = guessed(12, 1, session("srv", 1, "bob", Kind::Network, "203.0.113.9"));
        story.event(checked("dc", 60, "bob", "203.0.113.9", "2"));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].sessions[0].part), (1, SessionPart::Outcome));
    }
}
