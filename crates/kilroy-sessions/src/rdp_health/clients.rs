//! Counting by host and client.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::Timestamp;

use super::connection::Connection;
use super::drops::Drop;
use super::record::{Fault, Proof, Proofs};
use super::report::{Client, CodeCount, Lone, LoneKind};
use super::{Claim, Place, RdpHealth};
use crate::logs::{CORE_TS, LSM, SECURITY};

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Clients {
    pub(super) by_place: BTreeMap<Place, Client>,
    /// By host, address and kind.
    pub(super) lone: Vec<(Arc<str>, Lone)>,
}

/// A client that closes a connection and gets through with the next one so soon was only trying: that of Windows does so
/// to ask for credentials or about the certificate.
const FIRST_TRY_MILLIS: u64 = 60 * 1000;

/// What is being counted of one client.
#[derive(Debug, Default)]
struct Count {
    users: BTreeMap<String, String>,
    connections: u64,
    authenticated: u64,
    sessions: u64,
    failures: u64,
    denied: u64,
    drops: u64,
    lengths: Vec<u64>,
    errors: BTreeMap<(Fault, Option<u32>), u64>,
    channels: BTreeMap<Option<u32>, u64>,
    span: Option<(Timestamp, Timestamp)>,
}

impl Count {
    fn user(&mut self, user: &str) {
        // Of several spellings the first one in order is shown.
        let shown = self.users.entry(user.to_lowercase()).or_insert_with(|| user.to_owned());
        if user < shown.as_str() {
            user.clone_into(shown);
        }
    }

    fn time(&mut self, time: Timestamp) {
        self.span = Some(self.span.map_or((time, time), |(a, b)| (a.min(time), b.max(time))));
    }
}

/// All of time.
pub(super) const ALWAYS: (Timestamp, Timestamp) =
    (Timestamp::from_ticks(i64::MIN), Timestamp::from_ticks(i64::MAX));

/// A connection with what became of it.
type Fate<'a> = (Proof, &'a Connection, Option<Claim>);

impl Clients {
    pub(super) fn of(health: &RdpHealth, drops: &[Drop]) -> Self {
        let mut counts: BTreeMap<Place, Count> = BTreeMap::new();
        count_stays(health, &mut counts);
        for drop in drops {
            counts.entry(drop.place.clone()).or_default().drops += 1;
        }
        let fates = count_connections(health, &mut counts);
        let lone = lone(health, &fates);
        let client = |(place, count): (Place, Count)| {
            let (first, last) = count.span.unwrap_or(ALWAYS);
            let knows = health.has_log(&place.0, CORE_TS, first, last);
            (place.clone(), count.client(place.1, knows))
        };
        Self { by_place: counts.into_iter().map(client).collect(), lone }
    }
}

fn count_stays(health: &RdpHealth, counts: &mut BTreeMap<Place, Count>) {
    for stay in &health.stays {
        let count = counts.entry((Arc::clone(&stay.host), stay.ip)).or_default();
        count.authenticated += 1;
        count.sessions += u64::from(stay.has_desktop);
        count.lengths.extend(stay.length());
        stay.user.iter().for_each(|user| count.user(user));
        stay.start.into_iter().chain(stay.end).for_each(|time| count.time(time));
    }
    for (place, failures) in &health.failures {
        let count = counts.entry(place.clone()).or_default();
        count.failures += failures.failed.count();
        count.denied += failures.denied.count();
        failures.users.keys().for_each(|user| count.user(user));
        let proofs = failures.failed.named().iter().chain(failures.denied.named());
        proofs.for_each(|proof| count.time(proof.time));
    }
}

fn count_connections<'h>(
    health: &'h RdpHealth,
    counts: &mut BTreeMap<Place, Count>,
) -> BTreeMap<Place, Vec<Fate<'h>>> {
    let mut fates: BTreeMap<Place, Vec<Fate<'h>>> = BTreeMap::new();
    for ((host, id), connection) in &health.connections {
        let place = (Arc::clone(host), connection.ip());
        let empty = connection.faults.is_empty() && connection.channels.is_empty();
        if connection.accepted.is_none() && empty {
            // UDP beside TCP, or the rest of a connection that began before the log.
            continue;
        }
        let count = counts.entry(place.clone()).or_default();
        for (key, times) in &connection.faults {
            *count.errors.entry(*key).or_default() += times.count;
        }
        for (code, times) in &connection.channels {
            *count.channels.entry(*code).or_default() += times.count;
        }
        connection.span.into_iter().for_each(|(first, last)| {
            count.time(first);
            count.time(last);
        });
        if let Some(accepted) = connection.accepted {
            count.connections += 1;
            let claim = health.claim(host, id.activity(), &connection.uids());
            fates.entry(place).or_default().push((accepted, connection, claim));
        }
    }
    for fates in fates.values_mut() {
        fates.sort_by_key(|(accepted, ..)| *accepted);
    }
    fates
}

impl Count {
    fn client(self, ip: Option<IpAddr>, knows_connections: bool) -> Client {
        let error = |((fault, code), count)| CodeCount { fault, code, count };
        Client {
            ip,
            users: self.users.into_values().collect(),
            connections: knows_connections.then_some(self.connections),
            authenticated: self.authenticated,
            sessions: self.sessions,
            failures: self.failures,
            denied: self.denied,
            drops: self.drops,
            median: median(self.lengths),
            errors: self.errors.into_iter().map(error).collect(),
            channels: self.channels.into_iter().collect(),
            first: self.span.map(|(first, _)| first),
            last: self.span.map(|(_, last)| last),
        }
    }
}

/// The middle one; of two in the middle, what lies between them.
pub(super) fn median(mut lengths: Vec<u64>) -> Option<u64> {
    lengths.sort_unstable();
    let middle = lengths.len() / 2;
    let upper = *lengths.get(middle)?;
    Some(match (lengths.len() % 2, middle.checked_sub(1).and_then(|n| lengths.get(n))) {
        (0, Some(lower)) => lower.midpoint(upper),
        _ => upper,
    })
}

/// Connections that never led to a logon, by host, address and how far they came.
fn lone(health: &RdpHealth, fates: &BTreeMap<Place, Vec<Fate<'_>>>) -> Vec<(Arc<str>, Lone)> {
    let mut found: BTreeMap<(Place, LoneKind), (Proofs, Timestamp)> = BTreeMap::new();
    let mut add = |place: &Place, kind, proof: Proof| {
        let entry = found.entry((place.clone(), kind));
        let (proofs, last) = entry.or_insert_with(|| (Proofs::default(), proof.time));
        proofs.add(proof);
        *last = (*last).max(proof.time);
    };
    for (place, fates) in fates {
        // Where neither log of logons has a record of that day, nobody can say that none followed.
        let tells = |time| {
            health.has_log(&place.0, LSM, time, time) || health.has_log(&place.0, SECURITY, time, time)
        };
        let through: Vec<Timestamp> = fates
            .iter()
            .filter(|(_, connection, claim)| connection.got_through() || claim.is_some())
            .map(|(accepted, ..)| accepted.time)
            .collect();
        for (accepted, connection, claim) in fates {
            if !connection.is_lone(*claim) {
                continue;
            }
            let next = through.partition_point(|time| *time <= accepted.time);
            let soon = |time: &Timestamp| time.within_millis(accepted.time, FIRST_TRY_MILLIS);
            let kind = match () {
                () if connection.security_error().is_some() => LoneKind::Security,
                () if connection.got_through() && tells(accepted.time) => LoneKind::LogonScreen,
                () if connection.got_through() => continue,
                () if through.get(next).is_some_and(soon) => LoneKind::FirstTry,
                () if connection.is_over() || tells(accepted.time) => LoneKind::Silent,
                () => LoneKind::Unseen,
            };
            add(place, kind, *accepted);
        }
    }
    let seen: BTreeSet<(&Arc<str>, kilroy_model::Guid)> = health
        .connections
        .iter()
        .filter(|(_, connection)| connection.accepted.is_some())
        .filter_map(|((host, id), _)| Some((host, id.activity()?)))
        .collect();
    for (host, activity, proof) in &health.received {
        let is_seen = activity.is_some_and(|activity| seen.contains(&(host, activity)));
        // The transport's own log counts connections better where it is there.
        let counted = is_seen || health.has_log(host, CORE_TS, proof.time, proof.time);
        if !counted && health.claim(host, *activity, &[proof.uid]).is_none() {
            add(&(Arc::clone(host), None), LoneKind::ListenerOnly, *proof);
        }
    }
    let row = |((place, kind), (proofs, last)): ((Place, LoneKind), _)| {
        (place.0, Lone { ip: place.1, kind, proofs, last })
    };
    found.into_iter().map(row).collect()
}
