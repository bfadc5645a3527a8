//! Password spraying.
//!
//! Hypothesis: somebody tries one or two likely passwords with many users, so that no account is locked; or looks which names
//! there are.
//!
//! Needs: failed logons (4625 and its predecessors, 4768, 4771, 4776) in which user and source are named; those of a domain
//! controller see all hosts. Its successes (4768, 4776) tell which passwords were right.
//!
//! False positives: addresses that many people share (NAT, VPN, proxies, terminal servers, web mail): several mistype theirs in
//! the morning; a service that checks many accounts.

use kilroy_model::{Certainty, FactName, FindingRecord, RecordPart, SessionPart, Weight};

use super::password_guessing::{attempts, right_passwords};
use super::{Detector, Found};
use crate::bursts::{Campaign, Proof, Right};
use crate::draft::Draft;
use crate::scene::Scene;

const NAME: &str = "password-spraying";

/// Two or three colleagues behind one address may mistype at one time; five do not.
const LEAST_USERS: usize = 5;
/// Lockout begins at 3 in strict policies: who sprays stays below, on average.
const MOST_TRIES_EACH: u64 = 3;
/// Colleagues behind one address need a morning for five mistyped passwords; a program does not.
const QUICK_MILLIS: u64 = 60 * 60 * 1000;

/// Five users within a minute are a program's, whatever it tries.
const PROGRAM_PEAK: u64 = 5;

/// So many who get in from one address share it; somebody who guesses is seldom right so often.
const LEAST_SHARED: usize = 3;

/// What failures of one source are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Many users within a short time, few tries each, and most of them never get in.
    Spray,
    /// The same, slowly.
    SlowSpray,
    /// People who share an address (NAT, terminal server): at least as many get in as do not.
    Shared,
    /// One user or some, many tries.
    Guessing,
}

impl Shape {
    pub(super) fn of(campaign: &Campaign, right: &[&Right]) -> Self {
        let right = right.iter().filter(|right| right.proof == Proof::Password);
        let right: Vec<String> = right.map(|right| right.user.to_lowercase()).collect();
        let mut entered = campaign.entered_users();
        entered.extend(right.iter().map(String::as_str));
        let failed = campaign.users().keys().filter(|user| !entered.contains(**user)).count();
        // A program is none of the people behind the address, whoever they are.
        let by_people = campaign.peak() < PROGRAM_PEAK;
        match () {
            () if by_people && entered.len() >= LEAST_SHARED && entered.len() >= failed => Self::Shared,
            () if !is_spraying(campaign) => Self::Guessing,
            () if is_quick(campaign) => Self::Spray,
            () => Self::SlowSpray,
        }
    }

    pub(super) const fn is_spray(self) -> bool {
        matches!(self, Self::Spray | Self::SlowSpray)
    }
}

/// As many users in each hour as make a spraying?
fn is_quick(campaign: &Campaign) -> bool {
    let (users, length) = (campaign.users().len() as u64, campaign.last.distance(campaign.first) / 10_000);
    length <= QUICK_MILLIS || users * QUICK_MILLIS >= LEAST_USERS as u64 * length
}

/// Many users, few tries each?
pub(super) fn is_spraying(campaign: &Campaign) -> bool {
    let users = campaign.users().len();
    campaign.source.is_some() && users >= LEAST_USERS && campaign.failures() <= users as u64 * MOST_TRIES_EACH
}

/// Finds password spraying.
#[derive(Debug, Default)]
pub(super) struct PasswordSpraying;

impl Detector for PasswordSpraying {
    fn name(&self) -> &'static str {
        NAME
    }

    fn finish(&mut self, scene: &Scene, found: &mut Found) {
        for (nth, campaign) in scene.campaigns.iter().enumerate().filter(|(_, one)| is_spraying(one)) {
            found.add(of(campaign, &scene.right_passwords(nth)));
        }
    }
}

fn of(campaign: &Campaign, right: &[&Right]) -> Draft {
    let users = campaign.users().len() as u64;
    let shape = Shape::of(campaign, right);
    let weight = if shape == Shape::Spray { Weight::Medium } else { Weight::Low };
    let mut draft = Draft::new(NAME, &["T1110.003"], weight);
    let others = campaign.bursts.iter().flat_map(|burst| &burst.others);
    let mut entered = campaign.entered();
    for success in others {
        entered += 1;
        draft.session(success.session_uid, SessionPart::Outcome, Certainty::Likely);
        if let Some(record) = &success.record {
            draft.record(FindingRecord { part: RecordPart::Followed, ..record.clone() });
        }
        if let Some(user) = &success.user {
            draft.text_once(FactName::Account, user, 5);
        }
    }
    for user in campaign.successes().filter_map(|success| success.user.as_deref()) {
        draft.text_once(FactName::Account, user, 5);
    }
    attempts(&mut draft, campaign);
    right_passwords(&mut draft, right);
    if entered > 0 {
        draft.number(FactName::Logons, entered);
    }
    let passwords = right.iter().filter(|right| right.proof == Proof::Password).count() as u64;
    if entered > 0 && shape.is_spray() {
        draft.raise(Weight::Medium);
    }
    if passwords > 0 && shape.is_spray() {
        // Behind an address that many share most passwords are right.
        let by_program = campaign.peak() >= PROGRAM_PEAK && passwords < users;
        draft.raise(if by_program { Weight::High } else { Weight::Medium });
    }
    draft
}

#[cfg(test)]
mod tests {
    use kilroy_model::Kind;

    use super::*;
    use crate::detectors::testing::{Story, checked, failure, session};

    #[test]
    fn many_users_few_tries() {
        let mut all: Vec<_> =
            (0..12).map(|n| failure("dc", n * 10, &format!("user{n}"), "10.0.0.66")).collect();
        let hit = session("dc", 3, "svc-print", Kind::Network, "10.0.0.66");
        all.push(hit.clone());
        let found = Story::of(all).found_by(NAME);
        assert_eq!((found.len(), found[0].weight), (1, Weight::Medium));
        assert_eq!(found[0].number(FactName::Users), Some(12));
        // The one whose password it was never failed.
        assert_eq!(found[0].text(FactName::Account), Some("svc-print"));
        assert!(found[0].sessions.iter().any(|s| s.session_uid == hit.session_uid));
    }

    #[test]
    fn four_colleagues_are_none_and_many_tries_are_guessing() {
        let colleagues = (0..8).map(|n| failure("dc", n * 10, &format!("user{}", n % 4), "10.0.0.66"));
        assert!(Story::of(colleagues.collect()).found_by(NAME).is_empty());
        let guessing = (0..60).map(|n| failure("dc", n, &format!("user{}", n % 6), "10.0.0.66"));
        assert!(Story::of(guessing.collect()).found_by(NAME).is_empty());
    }

    /// A terminal server on a Monday morning: each mistypes once, and is in with the next try.
    #[test]
    fn people_behind_one_address_who_get_in_weigh_little() {
        let mistyped = |n: i64| failure("dc", n * 600, &format!("user{n}"), "10.0.0.66");
        let mut all: Vec<_> = (0..8).map(mistyped).collect();
        let found = Story::of(all.clone()).found_by(NAME);
        assert_eq!(found[0].weight, Weight::Medium, "nobody gets in");
        all.extend(
            (0..8).map(|n| session("dc", n * 10 + 1, &format!("user{n}"), Kind::Network, "10.0.0.66")),
        );
        let found = Story::of(all).found_by(NAME);
        assert_eq!((found.len(), found[0].weight), (1, Weight::Low));
        assert_eq!(found[0].number(FactName::Logons), Some(8));
    }

    #[test]
    fn one_try_on_each_of_many_hosts_is_seen() {
        let on = |n: i64| failure(&format!("host{n}"), n * 5, &format!("user{n}"), "10.0.0.66");
        let found = Story::of((0..6).map(on).collect()).found_by(NAME);
        assert_eq!((found.len(), found[0].hosts.len()), (1, 6));
    }

    fn sprayed() -> Story {
        Story::of((0..9).map(|n| failure("dc", n, &format!("user{n}"), "10.0.0.66")).collect())
    }

    /// The domain controller grants a ticket and that is all: no session tells that the password was right.
    #[test]
    fn a_password_that_was_right_is_the_heart_of_it() {
        let mut story = sprayed();
        story.event(checked("dc", 4, "normal", "10.0.0.66", "2"));
        story.event(checked("dc", 5, "normal", "10.0.0.66", "2"));
        story.event(checked("dc", 6, "roast", "10.0.0.66", "0"));
        let found = story.found_by(NAME);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!(finding.weight, Weight::High);
        assert_eq!(finding.texts(FactName::RightPassword).collect::<Vec<_>>(), ["normal"]);
        assert_eq!(finding.texts(FactName::NoPreauthentication).collect::<Vec<_>>(), ["roast"]);
        assert!(
            finding.users.contains(&"normal".to_owned()) && finding.attack.contains(&"T1558.004".to_owned())
        );
        assert_eq!(finding.records.iter().filter(|r| r.part == RecordPart::Followed).count(), 2);
        // It is the same finding as without them.
        assert_eq!(finding.finding_uid, sprayed().found_by(NAME)[0].finding_uid);
    }

    #[test]
    fn tickets_of_others_of_machines_of_another_time_and_refusals_are_none() {
        let mut story = sprayed();
        story.event(checked("dc", 4, "normal", "10.0.0.67", "2"));
        story.event(checked("dc", 4, "SRV$", "10.0.0.66", "2"));
        story.event(checked("dc", 4, "smartcard", "10.0.0.66", "15"));
        story.event(checked("dc", 3600, "later", "10.0.0.66", "2"));
        let mut refused = checked("dc", 5, "refused", "10.0.0.66", "2");
        refused.status = Some("0x18".to_owned());
        story.event(refused);
        let found = story.found_by(NAME);
        assert_eq!((found[0].weight, found[0].text(FactName::RightPassword)), (Weight::Medium, None));
    }

    /// Many behind one address: most get their tickets, some mistype.
    #[test]
    fn where_most_passwords_are_right_it_weighs_no_more() {
        let mut story = sprayed();
        (0..12).for_each(|n| story.event(checked("dc", n, &format!("colleague{n}"), "10.0.0.66", "2")));
        assert_eq!(story.found_by(NAME)[0].weight, Weight::Medium);
    }
}
