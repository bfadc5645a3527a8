//! Password guessing.
//!
//! Hypothesis: somebody tries passwords until one fits: many failures of one source, or of one user from many sources.
//!
//! Needs: failed logons (4625 and its predecessors, 4771, 4776, RDP 140, sshd), in which the source is named.
//!
//! False positives: an old password that a service, a mapped drive, a telephone or a saved connection keeps trying (one user,
//! one internal source, slowly); scanners of one's own; addresses that many share (NAT, VPN, proxies, terminal servers).

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Certainty, FactName, Scope, SessionPart, Timestamp, Weight};

use super::password_spraying::is_spraying;
use super::{Detector, Found};
use crate::bursts::{Campaign, PAUSE_MILLIS, Victim};
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
/// Two or three sources are told by themselves; more are a crowd.
const LEAST_CROWD: usize = 4;
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
        let guessing = scene
            .campaigns
            .iter()
            .filter(|campaign| campaign.failures() >= LEAST_FAILURES && !is_spraying(campaign));
        for crowd in crowds(guessing) {
            match &crowd[..] {
                [one] => found.add(of_source(one)),
                several if several.len() < LEAST_CROWD => {
                    for campaign in several {
                        found.add(of_source(campaign));
                    }
                }
                several => found.add(of_crowd(several)),
            }
        }
        for victim in &scene.victims {
            if victim.sources.len() >= LEAST_SOURCES && victim.failures >= LEAST_DISTRIBUTED {
                found.add(of_victim(victim));
            }
        }
    }
}

/// Puts together who guesses at the same hosts at the same time from outside and does not get in. Whatever can be reached from
/// the internet is guessed at by many.
fn crowds<'a>(campaigns: impl Iterator<Item = &'a Campaign>) -> Vec<Vec<&'a Campaign>> {
    let mut crowds: Vec<Vec<&Campaign>> = Vec::new();
    let mut going: BTreeMap<Vec<&str>, (usize, Timestamp)> = BTreeMap::new();
    for campaign in campaigns {
        let entered = campaign.bursts.iter().any(|burst| burst.success.is_some());
        if entered || campaign.scope != Scope::External {
            crowds.push(vec![campaign]);
            continue;
        }
        let hosts: Vec<&str> = campaign.hosts().into_iter().collect();
        let open = going
            .get_mut(&hosts)
            .filter(|(_, last)| campaign.first <= *last || campaign.first.within_millis(*last, PAUSE_MILLIS));
        if let Some((nth, last)) = open {
            *last = campaign.last.max(*last);
            if let Some(crowd) = crowds.get_mut(*nth) {
                crowd.push(campaign);
            }
        } else {
            going.insert(hosts, (crowds.len(), campaign.last));
            crowds.push(vec![campaign]);
        }
    }
    crowds
}

fn of_crowd(crowd: &[&Campaign]) -> Draft {
    let weight = crowd.iter().map(|campaign| weight(campaign)).max().unwrap_or(Weight::Low);
    let mut draft = Draft::new(NAME, &["T1110.001"], weight);
    draft.text(FactName::Variant, "crowd");
    let mut users = BTreeSet::new();
    for campaign in crowd {
        attempts(&mut draft, campaign);
        users.extend(campaign.users().into_keys());
    }
    draft.forget(FactName::Source);
    draft.forget(FactName::Victim);
    draft.number(FactName::Failures, crowd.iter().map(|campaign| campaign.failures()).sum());
    draft.number(FactName::Peak, crowd.iter().map(|campaign| campaign.peak()).max().unwrap_or(0));
    draft.number(FactName::Users, users.len() as u64);
    draft.number(FactName::Sources, crowd.len() as u64);
    draft
}

fn weight(campaign: &Campaign) -> Weight {
    let by_program = campaign.peak() >= QUICK_PEAK || campaign.failures() >= MANY_FAILURES;
    if by_program { Weight::Medium } else { Weight::Low }
}

fn of_source(campaign: &Campaign) -> Draft {
    let weight = weight(campaign);
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
        burst.attempts.iter().for_each(|uid| draft.session(*uid, SessionPart::Attempt, Certainty::Exact));
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
    victim.attempts.iter().for_each(|uid| draft.session(*uid, SessionPart::Attempt, Certainty::Exact));
    victim.records.iter().for_each(|record| draft.record(record.clone()));
    draft.more_sessions(victim.failures.saturating_sub(victim.attempts.len() as u64));
    draft.more_records(victim.failures.saturating_sub(victim.records.len() as u64));
    draft
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilroy_model::Kind;

    use crate::detectors::testing::{Story, failure, session};

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

    /// What can be reached from the internet is guessed at by many: that is one finding, but for the one who got in.
    #[test]
    fn a_crowd_is_one_finding() {
        let mut all = Vec::new();
        for k in 0..20_i64 {
            let ip = format!("203.0.113.{k}");
            all.extend((0..12).map(|n| failure("srv", k * 600 + n, "admin", &ip)));
        }
        all.push(session("srv", 11, "admin", Kind::InteractiveRemote, "203.0.113.1"));
        let found = Story::of(all).found_by(NAME);
        let variants: Vec<_> = found.iter().filter_map(|finding| finding.text(FactName::Variant)).collect();
        assert_eq!(variants.iter().filter(|variant| **variant == "crowd").count(), 1, "{variants:?}");
        let crowd = found.iter().find(|finding| finding.text(FactName::Variant) == Some("crowd")).unwrap();
        assert_eq!(
            (crowd.number(FactName::Sources), crowd.number(FactName::Failures)),
            (Some(19), Some(19 * 12))
        );
        assert_eq!((crowd.sources.len(), crowd.records_total), (19, 19 * 12));
        let single: Vec<_> = found.iter().filter(|f| f.text(FactName::Variant) == Some("source")).collect();
        assert_eq!(single.len(), 1);
        assert_eq!(single[0].sources, ["203.0.113.1"]);
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
