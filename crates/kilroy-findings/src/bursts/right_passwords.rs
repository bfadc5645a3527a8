//! Passwords that were found right amid the failures of a source, where no session tells of it.
//!
//! A domain controller that grants a ticket (4768), or checks credentials for another machine (4776), makes no session: the
//! logon is elsewhere, or nowhere. Amid failures it says that a guess was right. The detectors of failures share this.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Action, FindingRecord, RecordPart, Timestamp};

use crate::Observation;
use crate::bursts::{Campaign, SUCCESS_WITHIN_MILLIS};
use crate::draft::record_of_event;

/// Events that tell of it: 4768 and 4776, and their predecessors 672 and 680.
pub(super) const EVENTS: [u32; 4] = [672, 680, 4768, 4776];

/// Users of one campaign that are remembered.
const MOST_USERS: usize = 1000;

/// A password that was right, or was not asked for.
#[derive(Debug, Clone)]
pub(super) struct Right {
    /// The user, as logged.
    pub(super) user: String,
    pub(super) time: Timestamp,
    pub(super) record: FindingRecord,
    pub(super) proof: Proof,
    /// Is it among those whose guesses failed?
    pub(super) tried: bool,
}

/// What the user had to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// The password, or its hash.
    Password,
    /// Nothing: the account needs no pre-authentication, and its password can be guessed from the ticket.
    Nothing,
}

/// Gathers them for some of the campaigns.
#[derive(Debug, Default)]
pub(super) struct RightPasswords {
    watched: Vec<Watched>,
    /// Places in `watched`, by source in small letters and by time. Campaigns of one source lie further apart than a success may
    /// lie behind the last failure, so that each event has one at most.
    by_source: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Watched {
    /// Place of the campaign in the scene.
    nth: usize,
    from: Timestamp,
    last: Timestamp,
    tried: BTreeSet<String>,
    /// By user in small letters: the first of each.
    right: BTreeMap<(String, Proof), Right>,
}

impl RightPasswords {
    /// Watches campaigns: those for which `counts` holds.
    pub(super) fn of(campaigns: &[Campaign], counts: impl Fn(&Campaign) -> bool) -> Self {
        let mut all = Self::default();
        for (nth, campaign) in campaigns.iter().enumerate().filter(|(_, campaign)| counts(campaign)) {
            let Some(source) = &campaign.source else { continue };
            all.by_source.entry(source.to_lowercase()).or_default().push(all.watched.len());
            all.watched.push(Watched {
                nth,
                from: campaign.first,
                last: campaign.last,
                tried: campaign.users().into_keys().map(str::to_owned).collect(),
                right: BTreeMap::new(),
            });
        }
        all
    }

    /// Is nothing watched?
    pub(super) fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// Takes an event.
    pub(super) fn event(&mut self, event: &Observation) {
        let Some(proof) = proof(event) else { return };
        let Some(user) = event.account.user.as_deref().filter(|user| !user.ends_with('$')) else { return };
        // A realm may stand behind the name.
        let user = user.split('@').next().unwrap_or(user);
        let ip = event.source.ip.map(|ip| ip.to_string());
        let host = event.source.host.as_deref().map(|host| host.trim_start_matches('\\').to_lowercase());
        let places = [ip, host].into_iter().flatten().find_map(|source| self.by_source.get(&source));
        let Some(places) = places else { return };
        let begun = places
            .partition_point(|place| self.watched.get(*place).is_some_and(|one| one.from <= event.time));
        let place = begun.checked_sub(1).and_then(|last| places.get(last));
        let Some(watched) = place.and_then(|place| self.watched.get_mut(*place)) else { return };
        let key = (user.to_lowercase(), proof);
        // Events come host by host: the first one of all counts.
        let comes_late = match watched.right.get(&key) {
            Some(known) => (known.time, known.record.event_uid) <= (event.time, event.uid),
            None => watched.right.len() >= MOST_USERS,
        };
        if comes_late || !watched.goes_on(event.time) {
            return;
        }
        let right = Right {
            user: user.to_owned(),
            time: event.time,
            record: record_of_event(event, RecordPart::Followed),
            proof,
            tried: watched.tried.contains(&key.0),
        };
        watched.right.insert(key, right);
    }

    /// What was gathered: of each campaign, by its place in the scene, in the order of time.
    pub(super) fn take(&mut self) -> BTreeMap<usize, Vec<Right>> {
        self.by_source.clear();
        let all = std::mem::take(&mut self.watched).into_iter();
        all.map(|watched| {
            let mut right: Vec<Right> = watched.right.into_values().collect();
            right.sort_by_key(|one| (one.time, one.record.event_uid));
            (watched.nth, right)
        })
        .collect()
    }
}

impl Watched {
    fn goes_on(&self, time: Timestamp) -> bool {
        time >= self.from && (time <= self.last || time.within_millis(self.last, SUCCESS_WITHIN_MILLIS))
    }
}

/// Does the record say that credentials were right, and what was there to be known?
fn proof(event: &Observation) -> Option<Proof> {
    let status = event.status.as_deref()?.trim();
    let digits = status.strip_prefix("0x").or_else(|| status.strip_prefix("0X")).unwrap_or(status);
    if u64::from_str_radix(digits, 16) != Ok(0) {
        return None;
    }
    match event.action? {
        Action::CredentialsValidated => Some(Proof::Password),
        Action::KerberosTicketGranted => match event.field("PreAuthType")?.trim() {
            "0" => Some(Proof::Nothing),
            // A time that was encrypted with the password's key, by itself or within a protected channel.
            "2" | "138" => Some(Proof::Password),
            // Certificates are no guesses.
            _ => None,
        },
        _ => None,
    }
}
