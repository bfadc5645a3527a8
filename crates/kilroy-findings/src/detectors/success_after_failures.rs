//! A logon that succeeds after many failures, and what its session then did.
//!
//! Hypothesis: a guess was right.
//!
//! Needs: failed and successful logons with user and source, or a domain controller that found the password right (4768, 4776);
//! for what followed, process, service, task and share auditing.
//!
//! False positives: somebody who had forgotten the password; a saved old password beside a person who types the new one. Of people
//! who share an address (NAT, terminal server) each one's own failures count.

use std::collections::BTreeMap;

use kilroy_model::{
    Action, Certainty, FactName, FindingRecord, RecordPart, Scope, SessionPart, SessionUid, Timestamp, Weight,
};

use super::password_guessing::told_by_no_session;
use super::password_spraying::{Shape, is_spraying};
use super::{Detector, Found};
use crate::Observation;
use crate::bursts::{Burst, Campaign, LEAST_FAILURES, Right, Success, Tried};
use crate::draft::Draft;
use crate::program::{Started, Twins};
use crate::scene::Scene;

const NAME: &str = "success-after-failures";

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
    watched: Vec<Watched>,
    /// Places in `watched`, by the sessions that came of it.
    by_session: BTreeMap<SessionUid, usize>,
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
        &[1, 104, 517, 592, 1102, 4648, 4688, 4697, 4698, 4720, 4728, 4732, 4756, 5140, 5145]
    }

    fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    fn begin(&mut self, scene: &Scene, _found: &mut Found) {
        for (nth, campaign) in scene.campaigns.iter().enumerate() {
            let spraying = is_spraying(campaign);
            for burst in &campaign.bursts {
                let success = burst.success.iter().filter(|_| spraying || burst.failures >= LEAST_FAILURES);
                // Whoever sprays may be right with several users, and with the first password for one.
                let more = burst.again.iter().chain(&burst.others).filter(|_| spraying);
                let mut all: Vec<&Success> = success.chain(more).collect();
                all.sort_by_key(|success| (success.time, success.session_uid));
                self.watch(nth, burst, &all);
            }
        }
    }

    fn event(&mut self, event: &Observation, scene: &Scene, _found: &mut Found) {
        if self.watched.is_empty() {
            return;
        }
        let Some(kind) = kind(event) else { return };
        let Some(actor) = scene.exact_actor(event) else { return };
        let place = self.by_session.get(&actor.stay.uid);
        let Some(watched) = place.and_then(|place| self.watched.get_mut(*place)) else { return };
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
        let mut watched = std::mem::take(&mut self.watched).into_iter().peekable();
        for (nth, campaign) in scene.campaigns.iter().enumerate() {
            let right = scene.right_passwords(nth);
            if right.is_empty() && watched.peek().is_none_or(|one| one.nth != nth) {
                continue;
            }
            let shape = Shape::of(campaign, &right);
            for draft in checked(campaign, right, shape) {
                found.add(draft);
            }
            while let Some(one) = watched.next_if(|one| one.nth == nth) {
                if let Some(draft) = one.over(shape) {
                    found.add(draft);
                }
            }
        }
    }
}

impl SuccessAfterFailures {
    /// Logons within or after a burst, by time: whoever knows a password now comes again, and is told of once.
    fn watch(&mut self, nth: usize, burst: &Burst, all: &[&Success]) {
        let mut by_user: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for success in all {
            let user = success.user.as_deref().map(str::to_lowercase);
            let place = *by_user.entry(user).or_insert(self.watched.len());
            if let Some(known) = self.watched.get_mut(place) {
                known.again(success);
            } else {
                self.watched.push(Watched::of(nth, burst, success));
            }
            self.by_session.insert(success.session_uid, place);
        }
    }
}

impl Watched {
    fn of(nth: usize, burst: &Burst, success: &Success) -> Self {
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
        let (failures, did) = (Failures::of(burst, success.time), BTreeMap::new());
        Self { draft, nth, failures, own, did, records: 0 }
    }

    /// One more logon of that user.
    fn again(&mut self, success: &Success) {
        self.draft.session(success.session_uid, SessionPart::Outcome, Certainty::Exact);
        if let Some(record) = &success.record {
            self.draft.record(FindingRecord { part: RecordPart::Followed, ..record.clone() });
        }
    }

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
fn checked(campaign: &Campaign, right: Vec<&Right>, shape: Shape) -> Vec<Draft> {
    let mut right = told_by_no_session(right, campaign);
    // Within a spraying, the one whose password it was may never have failed.
    right.retain(|right| shape.is_spray() || campaign.has_tried(&right.user));
    if right.is_empty() {
        return Vec::new();
    }
    let records: Vec<FindingRecord> =
        campaign.bursts.iter().flat_map(|burst| burst.records.iter().cloned()).collect();
    let attempts: Vec<SessionUid> =
        campaign.bursts.iter().flat_map(|burst| burst.attempts.iter().copied()).collect();
    let users = campaign.users();
    let tell = |right: &Right| {
        let until = campaign.failures_until(right.time);
        let (number, tried) = so_far(until, campaign.failures(), users.values(), right.time);
        let peak = if shape.is_spray() { campaign.peak() } else { campaign.peak().min(number) };
        let own = users.get(right.user.to_lowercase().as_str()).map_or(0, |tried| tried.failures);
        let failures = Failures { scope: campaign.scope, peak, number, users: tried };
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
        draft.record(FindingRecord { part: RecordPart::Key, ..right.record.clone() });
        Some(draft)
    };
    right.into_iter().filter_map(tell).collect()
}

/// Failures and the users who failed up to a time; both in all, where it is not known how many failures there were by then.
fn so_far<'a>(
    until: Option<u64>,
    all: u64,
    users: impl ExactSizeIterator<Item = &'a Tried>,
    time: Timestamp,
) -> (u64, usize) {
    match until {
        Some(until) => (until, users.filter(|tried| tried.first <= time).count()),
        None => (all, users.len()),
    }
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
    fn of(burst: &Burst, time: Timestamp) -> Self {
        // Whoever uses `runas` is at the machine, by keyboard or by Remote Desktop.
        let scope = if burst.runas == burst.failures { Scope::Local } else { burst.scope };
        let until = burst.failures_until(time);
        let (number, users) = so_far(until, burst.failures, burst.users.values(), time);
        Self { scope, peak: burst.peak, number, users }
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

    /// Three of those who were sprayed at get in one after the other, and a fourth who never failed: each is told once, and no
    /// ticket beside their sessions is told as one without.
    #[test]
    fn everybody_who_gets_in_within_a_spraying_is_told_once() {
        let mut all: Vec<_> = (0..9).map(|n| failure("dc", n, &format!("user{n}"), "10.0.0.66")).collect();
        let came = [(2, "user3"), (3, "User5"), (4, "svc-print"), (5, "user5")];
        all.extend(came.map(|(minute, user)| session("dc", minute, user, Kind::Network, "10.0.0.66")));
        let mut story = Story::of(all);
        story.event(checked("dc", 180, "user5", "10.0.0.66", "2"));
        story.event(checked("dc", 240, "svc-print", "10.0.0.66", "2"));
        story.event(process("dc", 301, 0x1005, r"C:\Windows\System32\whoami.exe", "whoami", None));
        let found = story.found_by(NAME);
        let users: Vec<_> = found.iter().filter_map(|finding| finding.text(FactName::User)).collect();
        assert_eq!(users, ["user3", "User5", "svc-print"]);
        assert!(found.iter().all(|finding| finding.weight == Weight::High));
        // What was done in the second session belongs to the same success.
        assert_eq!(found[1].number(FactName::Processes), Some(1));
        let outcomes = found[1].sessions.iter().filter(|session| session.part == SessionPart::Outcome);
        assert_eq!(outcomes.count(), 2);
    }

    /// Failures and users are both those up to the success; both in all, if only the first of the failures are known by time.
    #[test]
    fn failures_and_users_are_of_one_time() {
        let mut all: Vec<_> =
            (0..9).map(|n| failure("dc", n * 10, &format!("user{n}"), "10.0.0.66")).collect();
        let told = |all: Vec<AccessSession>, second, user| {
            let mut story = Story::of(all);
            story.event(checked("dc", second, user, "10.0.0.66", "2"));
            let found = story.found_by(NAME).remove(0);
            [FactName::Failures, FactName::Users].map(|name| found.number(name).unwrap())
        };
        assert_eq!(told(all.clone(), 35, "svc-print"), [4, 4]);
        assert_eq!(told(all.clone(), 90, "svc-print"), [9, 9]);
        all = (0..9000).map(|n| failure("dc", n, &format!("user{}", n / 3000), "10.0.0.66")).collect();
        assert_eq!(told(all.clone(), 50, "user0"), [51, 1]);
        assert_eq!(told(all, 5000, "user1"), [9000, 3]);
    }
}
