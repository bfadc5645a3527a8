//! Password guessing.
//!
//! Hypothesis: somebody tries passwords until one fits: many failures of one source, or of one user from many sources.
//!
//! Needs: failed logons (4625 and its predecessors, 4771, 4776, RDP 140, sshd), in which the source is named; 4768 and 4776 for
//! passwords that were right where no session tells of it.
//!
//! False positives: an old password that a service, a mapped drive, a telephone or a saved connection keeps trying (one user,
//! one internal source, slowly); scanners of one's own; addresses that many share (NAT, VPN, proxies, terminal servers).

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Certainty, FactName, FindingRecord, RecordPart, Scope, SessionPart, Timestamp, Weight};

use super::password_spraying::is_spraying;
use super::{Detector, Found};
use crate::bursts::{Campaign, PAUSE_MILLIS, Proof, Right, Victim};
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

/// Users that are named whose password was right.
const MOST_NAMED: usize = 20;

/// Finds password guessing.
#[derive(Debug, Default)]
pub(super) struct PasswordGuessing;

impl Detector for PasswordGuessing {
    fn name(&self) -> &'static str {
        NAME
    }

    fn finish(&mut self, scene: &Scene, found: &mut Found) {
        let guessing = scene.campaigns.iter().enumerate().filter(|(_, campaign)| is_guessing(campaign));
        let guessing = guessing.map(|(nth, campaign)| Guessing {
            campaign,
            right: told_by_no_session(scene.right_passwords(nth), campaign)
                .into_iter()
                .filter(|right| campaign.has_tried(&right.user))
                .collect(),
        });
        for crowd in crowds(guessing.collect()) {
            if crowd.len() < LEAST_CROWD {
                for one in &crowd {
                    found.add(of_source(one));
                }
            } else {
                found.add(of_crowd(&crowd));
            }
        }
        for victim in &scene.victims {
            if victim.sources.len() >= LEAST_SOURCES && victim.failures >= LEAST_DISTRIBUTED {
                found.add(of_victim(victim));
            }
        }
    }
}

/// One source that guesses, and what it found out.
struct Guessing<'a> {
    campaign: &'a Campaign,
    right: Vec<&'a Right>,
}

fn is_guessing(campaign: &Campaign) -> bool {
    campaign.failures() >= LEAST_FAILURES && !is_spraying(campaign)
}

/// Passwords of users who have no session that says the same.
pub(super) fn told_by_no_session<'a>(right: Vec<&'a Right>, campaign: &Campaign) -> Vec<&'a Right> {
    if right.is_empty() {
        return right;
    }
    let entered = campaign.entered_users();
    let counts = |right: &&Right| {
        right.proof == Proof::Password && !entered.contains(right.user.to_lowercase().as_str())
    };
    right.into_iter().filter(counts).collect()
}

/// Puts together who guesses at the same hosts at the same time from outside and does not get in. Whatever can be reached from
/// the internet is guessed at by many.
fn crowds(guessing: Vec<Guessing<'_>>) -> Vec<Vec<Guessing<'_>>> {
    let mut crowds: Vec<Vec<Guessing<'_>>> = Vec::new();
    let mut going: BTreeMap<Vec<&str>, (usize, Timestamp)> = BTreeMap::new();
    for one in guessing {
        let campaign = one.campaign;
        let knows = campaign.entered() > 0 || !one.right.is_empty();
        if knows || campaign.scope != Scope::External {
            crowds.push(vec![one]);
            continue;
        }
        let hosts: Vec<&str> = campaign.hosts().into_iter().collect();
        let open = going
            .get_mut(&hosts)
            .filter(|(_, last)| campaign.first <= *last || campaign.first.within_millis(*last, PAUSE_MILLIS));
        if let Some((nth, last)) = open {
            *last = campaign.last.max(*last);
            if let Some(crowd) = crowds.get_mut(*nth) {
                crowd.push(one);
            }
        } else {
            going.insert(hosts, (crowds.len(), campaign.last));
            crowds.push(vec![one]);
        }
    }
    crowds
}

fn of_crowd(crowd: &[Guessing<'_>]) -> Draft {
    let crowd: Vec<&Campaign> = crowd.iter().map(|one| one.campaign).collect();
    let weight = crowd.iter().map(|campaign| weight(campaign)).max().unwrap_or(Weight::Low);
    let mut draft = Draft::new(NAME, &["T1110.001"], weight);
    draft.text(FactName::Variant, "crowd");
    let mut users = BTreeSet::new();
    for campaign in &crowd {
        if let Some(source) = &campaign.source {
            draft.source(source);
        }
        for (user, tried) in campaign.users() {
            draft.user(&tried.user);
            users.insert(user.to_owned());
        }
        listed(&mut draft, campaign);
    }
    let hosts: BTreeSet<&str> = crowd.iter().flat_map(|campaign| campaign.hosts()).collect();
    draft.number(FactName::Failures, crowd.iter().map(|campaign| campaign.failures()).sum());
    draft.number(FactName::Peak, crowd.iter().map(|campaign| campaign.peak()).max().unwrap_or(0));
    draft.number(FactName::Users, users.len() as u64);
    draft.number(FactName::Hosts, hosts.len() as u64);
    draft.number(FactName::Sources, crowd.len() as u64);
    draft
}

fn weight(campaign: &Campaign) -> Weight {
    let by_program = campaign.peak() >= QUICK_PEAK || campaign.failures() >= MANY_FAILURES;
    if by_program { Weight::Medium } else { Weight::Low }
}

fn of_source(one: &Guessing<'_>) -> Draft {
    let weight = weight(one.campaign);
    let mut draft = Draft::new(NAME, &["T1110.001"], weight);
    draft.text(FactName::Variant, "source");
    if one.campaign.is_runas() {
        draft.text(FactName::Variant, "runas");
    }
    attempts(&mut draft, one.campaign);
    right_passwords(&mut draft, &one.right);
    draft
}

/// Which passwords were right, as far as no session tells of it.
pub(super) fn right_passwords(draft: &mut Draft, right: &[&Right]) {
    for right in right {
        let name = match right.proof {
            Proof::Password => FactName::RightPassword,
            Proof::Nothing => {
                draft.attack("T1558.004");
                FactName::NoPreauthentication
            }
        };
        if right.proof == Proof::Password && !draft.has(FactName::Success) {
            draft.time(FactName::Success, right.time);
        }
        draft.user(&right.user);
        draft.text_once(name, &right.user, MOST_NAMED);
        draft.record(right.record.clone());
    }
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
    if let Some(first) = campaign.successes().map(|success| success.time).min() {
        draft.time(FactName::Success, first);
        draft.number(FactName::Count, campaign.entered());
        draft.touch(first);
    }
    listed(draft, campaign);
}

/// The sessions and records of a campaign. Crowds have some ten thousand campaigns: no fact is told of each.
fn listed(draft: &mut Draft, campaign: &Campaign) {
    draft.touch(campaign.first);
    draft.touch(campaign.last);
    // What came of it first: of the failures there may be too many to list all.
    for success in campaign.successes() {
        draft.session(success.session_uid, SessionPart::Outcome, Certainty::Exact);
        if let Some(record) = &success.record {
            draft.record(FindingRecord { part: RecordPart::Followed, ..record.clone() });
        }
    }
    for burst in &campaign.bursts {
        draft.host(&burst.host);
        burst.attempts.iter().for_each(|uid| draft.session(*uid, SessionPart::Attempt, Certainty::Exact));
        burst.records.iter().for_each(|record| draft.record(record.clone()));
        draft.more_sessions(burst.failures.saturating_sub(burst.attempts.len() as u64));
        draft.more_records(burst.failures.saturating_sub(burst.records.len() as u64));
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

    use crate::detectors::testing::{Story, checked, failure, session};

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

    /// The first failure of all is that of the busiest source, too: both are told.
    #[test]
    fn a_source_and_a_victim_whose_first_failure_is_one() {
        let busy = (0..30).map(|n| failure("srv", n, "administrator", "203.0.113.9"));
        let others =
            (0..12).map(|n| failure("srv", 40 + n, "administrator", &format!("203.0.113.{}", 20 + n % 6)));
        let found = Story::of(busy.chain(others).collect()).found_by(NAME);
        let variants: Vec<_> = found.iter().filter_map(|finding| finding.text(FactName::Variant)).collect();
        assert!(variants.contains(&"source") && variants.contains(&"distributed"), "{variants:?}");
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

    /// Whatever is open to the internet is guessed at from some ten thousand addresses. With facts for each of them it took minutes.
    #[test]
    fn a_crowd_of_thousands_is_told_at_once() {
        let mut folding = crate::bursts::Folding::default();
        (0..12).for_each(|n| folding.session(&failure("srv", n, "admin", "203.0.113.9")));
        let campaigns = crate::bursts::campaigns(folding.finish().0);
        let one = || Guessing { campaign: &campaigns[0], right: Vec::new() };
        let crowd: Vec<_> = (0..20_000).map(|_| one()).collect();
        let found = of_crowd(&crowd).finish().unwrap();
        assert_eq!(found.number(FactName::Failures), Some(12 * 20_000));
        assert!(found.facts.len() < 10);
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

    /// The first time counts, and how often.
    #[test]
    fn the_first_success_and_all_of_them() {
        let mut all: Vec<_> = (0..12).map(|n| failure("srv", n, "alice", "10.0.0.5")).collect();
        all.extend([1, 3, 20].map(|minute| session("srv", minute, "alice", Kind::Network, "10.0.0.5")));
        all.push(failure("srv", 1300, "alice", "10.0.0.5"));
        all.push(session("srv", 25, "alice", Kind::Network, "10.0.0.5"));
        let found = Story::of(all).found_by(NAME);
        let [finding] = &found[..] else { panic!("{found:?}") };
        let first = crate::detectors::testing::at(60);
        assert_eq!(
            (finding.time(FactName::Success), finding.number(FactName::Count)),
            (Some(first), Some(4))
        );
        let outcomes = finding.sessions.iter().filter(|s| s.part == SessionPart::Outcome).count();
        let followed = finding.records.iter().filter(|r| r.part == RecordPart::Followed).count();
        assert_eq!((outcomes, followed, finding.records_total), (4, 4, 17));
    }

    /// Failures by the hundred do not push out the success.
    #[test]
    fn a_success_is_listed_however_many_failures_there_are() {
        let mut all: Vec<_> = (0..300).map(|n| failure("srv", n, "alice", "10.0.0.5")).collect();
        all.push(session("srv", 6, "alice", Kind::Network, "10.0.0.5"));
        let found = Story::of(all).found_by(NAME);
        assert_eq!((found[0].records.len(), found[0].records_total), (100, 301));
        assert!(found[0].records.iter().any(|record| record.part == RecordPart::Followed));
        assert!(found[0].sessions.iter().any(|session| session.part == SessionPart::Outcome));
    }

    #[test]
    fn a_ticket_tells_that_a_guess_was_right() {
        let guessed = || Story::of((0..12).map(|n| failure("dc", n, "alice", "10.0.0.5")).collect());
        let mut story = guessed();
        story.event(checked("dc", 13, "Alice", "10.0.0.5", "2"));
        story.event(checked("dc", 14, "bob", "10.0.0.5", "2"));
        let found = story.found_by(NAME);
        assert_eq!(found[0].texts(FactName::RightPassword).collect::<Vec<_>>(), ["Alice"]);
        assert_eq!(found[0].finding_uid, guessed().found_by(NAME)[0].finding_uid);
    }

    /// `runas` at the machine itself is somebody who is there already.
    #[test]
    fn runas_is_said() {
        let runas = |n: i64| {
            let mut failure = failure("srv", n * 20, "alice", "::1");
            failure.authentication.logon_process = Some("seclogo".to_owned());
            failure
        };
        let found = Story::of((0..12).map(runas).collect()).found_by(NAME);
        assert!(found[0].texts(FactName::Variant).any(|variant| variant == "runas"));
        assert_eq!(found[0].weight, Weight::Low);
    }
}
