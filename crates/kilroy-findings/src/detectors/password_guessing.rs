//! Password guessing.
//!
//! Hypothesis: somebody tries passwords until one fits: many failures of one source, or of one user from many sources.
//!
//! Needs: failed logons (4625 and its predecessors, 4771, 4776, RDP 140, sshd), in which the source is named.
//!
//! False positives: an old password that a service, a mapped drive, a telephone or a saved connection keeps trying (one user,
//! one internal source, slowly); scanners of one's own; addresses that many share (NAT, VPN, proxies, terminal servers).

use kilroy_model::{FactName, SessionPart, Sure, Weight};

use super::password_spraying::is_spraying;
use super::{Detector, Found};
use crate::bursts::{Campaign, Victim};
use crate::draft::Draft;
use crate::scene::Scene;

pub(super) const NAME: &str = "password-guessing";

/// A person who has forgotten a password stops before that, by choice or by lockout (3 to 10 in most policies).
const LEAST_FAILURES: u64 = 10;
/// Nobody types ten passwords within a minute.
const QUICK_PEAK: u64 = 10;
/// So many are a program's; an old password in a telephone takes hours for it.
const MANY_FAILURES: u64 = 100;
/// One user fails from two or three places: home, office, telephone. Not from five within half an hour.
const LEAST_SOURCES: usize = 5;
/// Users of one name that several machines keep trying (`administrator`) have some failures at any time.
const LEAST_DISTRIBUTED: u64 = 20;

/// Finds password guessing.
#[derive(Debug, Default)]
pub(super) struct PasswordGuessing;

impl Detector for PasswordGuessing {
    fn name(&self) -> &'static str {
        NAME
    }

    fn begin(&mut self, scene: &Scene, found: &mut Found) {
        for campaign in &scene.campaigns {
            if campaign.failures() >= LEAST_FAILURES && !is_spraying(campaign) {
                found.add(of_source(campaign));
            }
        }
        for victim in &scene.victims {
            if victim.sources.len() >= LEAST_SOURCES && victim.failures >= LEAST_DISTRIBUTED {
                found.add(of_victim(victim));
            }
        }
    }
}

fn of_source(campaign: &Campaign) -> Draft {
    let by_program = campaign.peak() >= QUICK_PEAK || campaign.failures() >= MANY_FAILURES;
    let weight = if by_program { Weight::Medium } else { Weight::Low };
    let mut draft = Draft::new(NAME, &["T1110.001"], weight);
    draft.text(FactName::Variant, "source");
    attempts(&mut draft, campaign);
    draft
}

/// What the detectors of failures say of a campaign.
pub(super) fn attempts(draft: &mut Draft, campaign: &Campaign) {
    let users = campaign.users();
    if let Some(source) = &campaign.source {
        draft.source(source);
        draft.text(FactName::Source, source);
    }
    let mut by_failures: Vec<_> = users.values().collect();
    by_failures.sort_by(|a, b| (b.failures, &a.user).cmp(&(a.failures, &b.user)));
    for tried in &by_failures {
        draft.user(&tried.user);
    }
    for tried in by_failures.iter().take(5) {
        draft.text(FactName::Victim, &tried.user);
    }
    draft.number(FactName::Failures, campaign.failures());
    draft.number(FactName::Peak, campaign.peak());
    draft.number(FactName::Users, users.len() as u64);
    draft.number(FactName::Hosts, campaign.hosts().len() as u64);
    draft.touch(campaign.first);
    draft.touch(campaign.last);
    for burst in &campaign.bursts {
        draft.host(&burst.host);
        burst.attempts.iter().for_each(|uid| draft.session(*uid, SessionPart::Attempt, Sure::Exact));
        burst.records.iter().for_each(|record| draft.record(record.clone()));
        draft.more_sessions(burst.failures.saturating_sub(burst.attempts.len() as u64));
        draft.more_records(burst.failures.saturating_sub(burst.records.len() as u64));
        if let Some(success) = &burst.success {
            draft.time(FactName::Success, success.time);
        }
    }
}

fn of_victim(victim: &Victim) -> Draft {
    let weight = if victim.failures >= MANY_FAILURES { Weight::Medium } else { Weight::Low };
    let mut draft = Draft::new(NAME, &["T1110.001"], weight);
    draft.text(FactName::Variant, "distributed");
    draft.user(&victim.user);
    draft.text(FactName::Victim, &victim.user);
    draft.host(&victim.host);
    victim.sources.iter().for_each(|source| draft.source(source));
    draft.number(FactName::Failures, victim.failures);
    draft.number(FactName::Sources, victim.sources.len() as u64);
    draft.touch(victim.first);
    draft.touch(victim.last);
    victim.attempts.iter().for_each(|uid| draft.session(*uid, SessionPart::Attempt, Sure::Exact));
    victim.records.iter().for_each(|record| draft.record(record.clone()));
    draft.more_sessions(victim.failures.saturating_sub(victim.attempts.len() as u64));
    draft.more_records(victim.failures.saturating_sub(victim.records.len() as u64));
    draft
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{Story, failure};

    #[test]
    fn a_program_that_guesses_and_a_person_who_mistypes() {
        let quick = (0..30).map(|n| failure("srv", n, "administrator", "203.0.113.9")).collect();
        let found = Story::of(quick).found_by(NAME);
        assert_eq!((found.len(), found[0].weight, found[0].records_total), (1, Weight::Medium, 30));
        assert_eq!(found[0].number(FactName::Failures), Some(30));
        let person = (0..5).map(|n| failure("srv", n * 20, "alice", "10.0.0.5")).collect();
        assert!(Story::of(person).found_by(NAME).is_empty());
    }

    /// An old password in a telephone: many failures, but never many at a time.
    #[test]
    fn an_old_password_weighs_little() {
        let slow = (0..40).map(|n| failure("srv", n * 300, "alice", "10.0.0.5")).collect();
        let found = Story::of(slow).found_by(NAME);
        assert_eq!((found.len(), found[0].weight), (1, Weight::Low));
    }

    #[test]
    fn one_user_from_many_addresses() {
        let from = |n: i64| failure("srv", n * 10, "administrator", &format!("203.0.113.{}", n % 7));
        let found = Story::of((0..21).map(from).collect()).found_by(NAME);
        assert_eq!((found.len(), found[0].text(FactName::Variant)), (1, Some("distributed")));
        assert_eq!(found[0].number(FactName::Sources), Some(7));
        let few = |n: i64| failure("srv", n * 10, "administrator", &format!("203.0.113.{}", n % 3));
        assert!(Story::of((0..21).map(few).collect()).found_by(NAME).is_empty());
    }

    /// The same attempts on several hosts are one campaign; a day later they are another.
    #[test]
    fn one_finding_for_all_hosts_and_one_for_each_time() {
        let on = |host: &str, day: i64| -> Vec<_> {
            (0..12).map(|n| failure(host, day * 86_400 + n, "root", "10.9.9.9")).collect()
        };
        let all = [on("a", 0), on("b", 0), on("a", 1)].concat();
        let found = Story::of(all).found_by(NAME);
        let hosts: Vec<_> = found.iter().map(|finding| finding.hosts.join(" ")).collect();
        assert_eq!(hosts, ["a b", "a"]);
    }
}
