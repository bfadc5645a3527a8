//! Bursts of one source on all hosts, put together.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Scope, Timestamp};

use super::{Burst, PAUSE_MILLIS, Success, Tried};

/// What one source tried, on one host or many, without a long pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Address, else the name of the source machine.
    pub source: Option<String>,
    /// What kind of place the source is.
    pub scope: Scope,
    /// First failure.
    pub first: Timestamp,
    /// Last failure.
    pub last: Timestamp,
    /// Its bursts, by time.
    pub bursts: Vec<Burst>,
}

/// Puts bursts of one source together.
pub fn campaigns(bursts: Vec<Burst>) -> Vec<Campaign> {
    let mut by_source: BTreeMap<String, Vec<Burst>> = BTreeMap::new();
    let mut campaigns = Vec::new();
    for burst in bursts {
        match &burst.source {
            Some(source) => by_source.entry(source.to_lowercase()).or_default().push(burst),
            None => campaigns.push(Campaign::of(burst)),
        }
    }
    for mut bursts in by_source.into_values() {
        bursts.sort_by(|a, b| (a.first, &a.host).cmp(&(b.first, &b.host)));
        let mut going: Option<Campaign> = None;
        for burst in bursts {
            match &mut going {
                Some(campaign) if burst.first.ticks() <= campaign.last.ticks() + PAUSE_TICKS => {
                    campaign.add(burst);
                }
                _ => campaigns.extend(going.replace(Campaign::of(burst))),
            }
        }
        campaigns.extend(going);
    }
    campaigns.sort_by(|a, b| (a.first, &a.source).cmp(&(b.first, &b.source)));
    campaigns
}

#[allow(clippy::cast_possible_wrap, reason = "half an hour is far from the limit")]
const PAUSE_TICKS: i64 = PAUSE_MILLIS as i64 * 10_000;

impl Campaign {
    fn of(burst: Burst) -> Self {
        let (source, scope, first, last) = (burst.source.clone(), burst.scope, burst.first, burst.last);
        Self { source, scope, first, last, bursts: vec![burst] }
    }

    fn add(&mut self, burst: Burst) {
        self.last = self.last.max(burst.last);
        self.bursts.push(burst);
    }

    /// How many failures.
    pub fn failures(&self) -> u64 {
        self.bursts.iter().map(|burst| burst.failures).sum()
    }

    /// Logons of users that were tried, in the order of hosts and time.
    pub fn successes(&self) -> impl Iterator<Item = &Success> {
        self.bursts.iter().flat_map(|burst| burst.success.iter().chain(&burst.again))
    }

    /// How many there are.
    pub fn entered(&self) -> u64 {
        self.bursts.iter().map(|burst| burst.entered).sum()
    }

    /// All users who logged on from there, tried or not, by their names in small letters.
    pub fn entered_users(&self) -> BTreeSet<&str> {
        self.bursts.iter().flat_map(|burst| &burst.entered_users).map(String::as_str).collect()
    }

    /// Was this user tried?
    pub fn has_tried(&self, user: &str) -> bool {
        let user = user.to_lowercase();
        self.bursts.iter().any(|burst| burst.users.contains_key(&user))
    }

    /// How many failures there were up to this time, if that is known.
    pub fn failures_until(&self, time: Timestamp) -> Option<u64> {
        self.bursts.iter().map(|burst| burst.failures_until(time)).sum()
    }

    /// Were all failures those of `runas`?
    pub fn is_runas(&self) -> bool {
        self.bursts.iter().all(|burst| burst.runas == burst.failures)
    }

    /// Most failures within one minute on one host.
    pub fn peak(&self) -> u64 {
        self.bursts.iter().map(|burst| burst.peak).max().unwrap_or(0)
    }

    /// Users that were tried, by their names in small letters.
    pub fn users(&self) -> BTreeMap<&str, Tried> {
        let mut users: BTreeMap<&str, Tried> = BTreeMap::new();
        for (key, tried) in self.bursts.iter().flat_map(|burst| &burst.users) {
            let known = users.entry(key).or_insert_with(|| Tried { failures: 0, ..tried.clone() });
            known.failures += tried.failures;
            known.first = known.first.min(tried.first);
        }
        users
    }

    /// Hosts that were tried.
    pub fn hosts(&self) -> BTreeSet<&str> {
        self.bursts.iter().map(|burst| burst.host.as_str()).collect()
    }
}
