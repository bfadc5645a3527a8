//! Password spraying.
//!
//! Hypothesis: somebody tries one or two likely passwords with many users, so that no account is locked; or looks which names
//! there are.
//!
//! Needs: failed logons (4625 and its predecessors, 4768, 4771, 4776) in which user and source are named; those of a domain
//! controller see all hosts.
//!
//! False positives: addresses that many people share (NAT, VPN, proxies, terminal servers, web mail): several mistype theirs in
//! the morning; a service that checks many accounts.

use kilroy_model::{Certainty, FactName, RecordPart, SessionPart, Weight};

use super::password_guessing::attempts;
use super::{Detector, Found};
use crate::bursts::Campaign;
use crate::draft::Draft;
use crate::scene::Scene;

const NAME: &str = "password-spraying";

/// Two or three colleagues behind one address may mistype at one time; five do not.
const LEAST_USERS: usize = 5;
/// Lockout begins at 3 in strict policies: who sprays stays below, on average.
const MOST_TRIES_EACH: u64 = 3;
/// Colleagues behind one address need a morning for five mistyped passwords; a program does not.
const QUICK_MILLIS: u64 = 60 * 60 * 1000;

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

    fn begin(&mut self, scene: &Scene, found: &mut Found) {
        for campaign in scene.campaigns.iter().filter(|campaign| is_spraying(campaign)) {
            found.add(of(campaign));
        }
    }
}

fn of(campaign: &Campaign) -> Draft {
    let users = campaign.users().len() as u64;
    let length = campaign.last.distance(campaign.first) / 10_000;
    // As many users in each hour as make a spraying.
    let quick = length <= QUICK_MILLIS || users * QUICK_MILLIS >= LEAST_USERS as u64 * length;
    let mut draft = Draft::new(NAME, &["T1110.003"], if quick { Weight::Medium } else { Weight::Low });
    attempts(&mut draft, campaign);
    let successes = campaign.bursts.iter().flat_map(|burst| burst.success.iter().chain(&burst.others));
    let mut entered = 0;
    for success in successes {
        entered += 1;
        draft.session(success.session_uid, SessionPart::Outcome, Certainty::Likely);
        if let Some(record) = &success.record {
            draft.record(kilroy_model::FindingRecord { part: RecordPart::Followed, ..record.clone() });
        }
        if let Some(user) = &success.user {
            draft.text_once(FactName::Account, user, 5);
        }
    }
    if entered > 0 {
        draft.number(FactName::Logons, entered);
        draft.raise(Weight::Medium);
    }
    draft
}

#[cfg(test)]
mod tests {
    use kilroy_model::Kind;

    use super::*;
    use crate::detectors::testing::{Story, failure, session};

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

    #[test]
    fn one_try_on_each_of_many_hosts_is_seen() {
        let on = |n: i64| failure(&format!("host{n}"), n * 5, &format!("user{n}"), "10.0.0.66");
        let found = Story::of((0..6).map(on).collect()).found_by(NAME);
        assert_eq!((found.len(), found[0].hosts.len()), (1, 6));
    }
}
