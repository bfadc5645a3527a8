//! Passwords that were found right amid the failures of a source.
//!
//! A domain controller that grants a ticket (4768), or checks credentials for another machine (4776), makes no session: the
//! logon is elsewhere, or nowhere. Amid failures it says that a guess was right. The detectors of failures share this.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kilroy_model::{Action, FindingRecord, RecordPart, Timestamp};

use super::{Campaign, SUCCESS_WITHIN_MILLIS};
use crate::Observation;
use crate::draft::record_of_event;

/// Events that tell of it: 4768 and 4776, and their predecessors 672 and 680.
pub(crate) const EVENTS: [u32; 4] = [672, 680, 4768, 4776];

/// Up to four wrong passwords in a row are everyday life: what succeeds after fewer tells nothing.
pub(crate) const LEAST_FAILURES: u64 = 5;

/// Users of one campaign that are remembered.
const MOST_USERS: usize = 1000;

/// A password that was right, or was not asked for.
#[derive(Debug, Clone)]
pub(crate) struct Right {
    /// The user, as logged.
    pub(crate) user: String,
    pub(crate) time: Timestamp,
    pub(crate) record: FindingRecord,
    pub(crate) proof: Proof,
}

/// What the user had to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// The password, or its hash.
    Password,
    /// Nothing: the account needs no pre-authentication, and its password can be guessed from the ticket.
    Nothing,
}

/// Gathers them for the campaigns that are long enough.
#[derive(Debug, Default)]
pub(crate) struct RightPasswords {
    /// By the place of the campaign in the scene.
    watched: BTreeMap<usize, Watched>,
    /// The campaigns of each address, by time. Those of one source lie further apart than a success may lie behind the last failure,
    /// so that each event has one at most.
    by_ip: BTreeMap<IpAddr, Vec<usize>>,
    /// Those of machines by name, in small letters.
    by_name: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Watched {
    from: Timestamp,
    last: Timestamp,
    /// By user in small letters: the first of each.
    right: BTreeMap<(String, Proof), Right>,
}

impl RightPasswords {
    /// Watches campaigns, which are in the order of time.
    pub(crate) fn of(campaigns: &[Campaign]) -> Self {
        let mut all = Self::default();
        for (nth, campaign) in campaigns.iter().enumerate() {
            let Some(source) = campaign.source.as_deref().filter(|_| campaign.failures() >= LEAST_FAILURES)
            else {
                continue;
            };
            let places = match source.parse() {
                Ok(ip) => all.by_ip.entry(ip).or_default(),
                Err(_) => all.by_name.entry(source.to_lowercase()).or_default(),
            };
            places.push(nth);
            let (from, last) = (campaign.first, campaign.last);
            all.watched.insert(nth, Watched { from, last, right: BTreeMap::new() });
        }
        all
    }

    /// Is nothing watched?
    pub(crate) fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// Takes an event. Of a busy domain controller most have nothing to do with any campaign: that is found out first.
    pub(crate) fn event(&mut self, event: &Observation) {
        let Some(proof) = proof(event) else { return };
        let Some(user) = event.account.user.as_deref().filter(|user| !user.ends_with('$')) else { return };
        let Some(watched) = self.place(event).and_then(|nth| self.watched.get_mut(&nth)) else { return };
        if !watched.goes_on(event.time) {
            return;
        }
        // A realm may stand behind the name.
        let user = user.split('@').next().unwrap_or(user);
        let key = (user.to_lowercase(), proof);
        // Events come host by host: the first one of all counts.
        let comes_late = match watched.right.get(&key) {
            Some(known) => (known.time, known.record.event_uid) <= (event.time, event.uid),
            None => watched.right.len() >= MOST_USERS,
        };
        if comes_late {
            return;
        }
        let record = record_of_event(event, RecordPart::Followed);
        watched.right.insert(key, Right { user: user.to_owned(), time: event.time, record, proof });
    }

    /// The campaign of the event's source that began last before it.
    fn place(&self, event: &Observation) -> Option<usize> {
        let by_ip = event.source.ip.and_then(|ip| self.by_ip.get(&ip));
        let by_name = || {
            let host = event.source.host.as_deref().filter(|_| !self.by_name.is_empty())?;
            self.by_name.get(&host.trim_start_matches('\\').to_lowercase())
        };
        let places = by_ip.or_else(by_name)?;
        let has_begun = |nth: &usize| self.watched.get(nth).is_some_and(|one| one.from <= event.time);
        places.get(places.partition_point(has_begun).checked_sub(1)?).copied()
    }

    /// What was gathered of a campaign, in the order of time.
    pub(crate) fn of_campaign(&self, nth: usize) -> Vec<&Right> {
        let watched = self.watched.get(&nth);
        let mut right: Vec<&Right> = watched.into_iter().flat_map(|watched| watched.right.values()).collect();
        right.sort_by_key(|one| (one.time, one.record.event_uid));
        right
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
