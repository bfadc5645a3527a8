//! A logon that succeeds after many failures, and what its session then did.
//!
//! Hypothesis: a guess was right.
//!
//! Needs: failed and successful logons with user and source, or a domain controller that found the password right (4768, 4776);
//! for what followed, process, service, task and share auditing.
//!
//! False positives: somebody who had forgotten the password; a saved old password beside a person who types the new one.

use std::collections::BTreeMap;

use kilroy_model::{
    Action, Certainty, FactName, FindingRecord, RecordPart, Scope, SessionPart, SessionUid, Weight,
};

use super::password_guessing::told_by_no_session;
use super::password_spraying::is_spraying;
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
        for campaign in &scene.campaigns {
            let spraying = is_spraying(campaign);
            for burst in &campaign.bursts {
                // Whoever sprays may be right with the first password for a user.
                let others = burst.others.iter().filter(|_| spraying);
                let tried = burst.success.iter().filter(|_| spraying || burst.failures >= LEAST_FAILURES);
                for success in tried.chain(others) {
                    self.watch(burst, success, spraying);
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
        for (nth, right) in self.right.take() {
            let campaign = &scene.campaigns[nth];
            for draft in checked(campaign, right) {
                found.add(draft);
            }
        }
        for mut watched in std::mem::take(&mut self.watched).into_values() {
            for (kind, number) in watched.did {
                watched.draft.number(kind, number);
            }
            found.add(watched.draft);
        }
    }
}

impl SuccessAfterFailures {
    fn watch(&mut self, burst: &Burst, success: &Success, spraying: bool) {
        let mut draft = Draft::new(NAME, &["T1110", "T1078"], Failures::of(burst).weight(spraying));
        draft.host(&burst.host);
        if let Some(source) = &burst.source {
            draft.source(source);
            draft.text(FactName::Source, source);
        }
        if let Some(user) = &success.user {
            draft.user(user);
            draft.text(FactName::User, user);
        }
        draft.text(FactName::Variant, if spraying { "spraying" } else { "guessing" });
        draft.number(FactName::Failures, burst.failures);
        draft.number(FactName::Users, burst.users.len() as u64);
        draft.number(FactName::Peak, burst.peak);
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
        self.watched.insert(success.session_uid, Watched { draft, did: BTreeMap::new(), records: 0 });
    }
}

/// Passwords that a domain controller found right, where no session came of it: a finding for each user.
fn checked(campaign: &Campaign, right: Vec<Right>) -> Vec<Draft> {
    let spraying = is_spraying(campaign);
    let entered: Vec<&Success> =
        campaign.bursts.iter().flat_map(|burst| burst.success.iter().chain(&burst.others)).collect();
    let has_session = |right: &Right| {
        let is_same = |user: &str| user.eq_ignore_ascii_case(&right.user);
        entered.iter().any(|success| success.user.as_deref().is_some_and(is_same))
    };
    let right: Vec<Right> = if spraying {
        // The one whose password it was may never have failed.
        let counts = |right: &Right| right.proof == Proof::Password && !has_session(right);
        right.into_iter().filter(counts).collect()
    } else {
        told_by_no_session(right, campaign)
    };
    let failures_before = |right: &Right| -> u64 {
        let listed = campaign.bursts.iter().flat_map(|burst| &burst.records);
        let before = listed.filter(|record| record.time <= right.time).count() as u64;
        if right.time >= campaign.last { campaign.failures() } else { before }
    };
    let weight = |failures: u64| {
        let peak = if spraying { campaign.peak() } else { campaign.peak().min(failures) };
        let failures =
            Failures { scope: campaign.scope, peak, number: failures, users: campaign.users().len() };
        failures.weight(spraying)
    };
    right
        .into_iter()
        .map(|right| (failures_before(&right), right))
        .filter(|(failures, _)| spraying || *failures >= LEAST_FAILURES)
        .map(|(failures, right)| {
            let mut draft = Draft::new(NAME, &["T1110", "T1078"], weight(failures));
            if let Some(source) = &campaign.source {
                draft.source(source);
                draft.text(FactName::Source, source);
            }
            draft.user(&right.user);
            draft.text(FactName::User, &right.user);
            draft.text(FactName::Variant, if spraying { "spraying" } else { "guessing" });
            draft.text(FactName::Variant, "checked");
            draft.number(FactName::Failures, failures);
            draft.number(FactName::Users, campaign.users().len() as u64);
            draft.number(FactName::Peak, campaign.peak());
            draft.time(FactName::Success, right.time);
            draft.touch(campaign.first);
            let records: Vec<_> =
                campaign.bursts.iter().flat_map(|burst| burst.records.iter().cloned()).collect();
            let attempts: Vec<_> =
                campaign.bursts.iter().flat_map(|burst| burst.attempts.iter().copied()).collect();
            draft.records_of_attempts(&records, campaign.failures());
            draft.sessions_of_attempts(&attempts, campaign.failures());
            draft.record(FindingRecord { part: RecordPart::Key, ..right.record });
            draft
        })
        .collect()
}

/// What tells how much a success after failures weighs.
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

    fn weight(&self, spraying: bool) -> Weight {
        let by_program = self.peak >= QUICK_PEAK || self.users >= MANY_USERS;
        match self.scope {
            // Whoever sits at the machine.
            Scope::Local if !by_program => Weight::Low,
            _ if spraying || (by_program && self.number >= MANY_FAILURES) => Weight::High,
            _ if self.number >= MANY_FAILURES || self.scope == Scope::External => Weight::Medium,
            _ => Weight::Low,
        }
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
