//! Which stays ended although nobody asked for it, and were taken up again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kilroy_model::{Guid, Timestamp};

use super::LineError;
use super::connection::{Connection, ConnectionId};
use super::record::Proof;
use super::stay::Stay;

/// A user who is back so soon did not mean to go. Who takes a break stays away longer; the client of Windows tries for
/// about a minute by itself, and a person then needs a moment to notice.
pub(super) const BACK_WITHIN_MILLIS: u64 = 5 * 60 * 1000;

/// A client that comes back by itself can be there before the server has noticed that it was gone.
const BEFORE_THE_END_MILLIS: i64 = 60 * 1000;

/// A connection that lasted so long was used for work; tools and first tries are over sooner.
const WORKED_MILLIS: u64 = 30 * 1000;

/// One stay that was cut off, or a connection of which no session is known.
#[derive(Debug)]
pub(super) struct Drop {
    /// Place of the stay among all.
    pub(super) stay: Option<usize>,
    pub(super) place: super::Place,
    /// The error of the network that was logged.
    pub(super) error: Option<(LineError, u32, Proof)>,
    /// From the end to the return.
    pub(super) gap: u64,
    /// The end and the return.
    pub(super) proofs: Vec<Proof>,
}

/// All drops. Stays must be sorted.
pub(super) fn drops(
    stays: &[Stay],
    connections: &BTreeMap<(Arc<str>, ConnectionId), Connection>,
) -> Vec<Drop> {
    let mut drops: Vec<Drop> = stays
        .chunk_by(|a, b| a.host == b.host && a.name() == b.name())
        .scan(0, |from, of_user| {
            let begin = *from;
            *from += of_user.len();
            Some((begin, of_user))
        })
        .flat_map(|(begin, of_user)| of_one_user(begin, of_user, connections))
        .collect();
    drops.extend(without_sessions(stays, connections));
    drops
}

fn of_one_user(
    begin: usize,
    stays: &[Stay],
    connections: &BTreeMap<(Arc<str>, ConnectionId), Connection>,
) -> Vec<Drop> {
    let mut drops = Vec::new();
    for (n, stay) in stays.iter().enumerate().filter(|(_, stay)| stay.has_desktop && stay.was_disconnected())
    {
        let Some(end) = stay.end else { continue };
        let connection = connection_of(stay, connections);
        if connection.is_some_and(|c| c.client_closed.is_some()) || was_asked_for(stay.reason) {
            continue;
        }
        let earliest = end.plus_millis(-BEFORE_THE_END_MILLIS);
        let is_back = |other: &&Stay| {
            other.has_desktop && other.ip == stay.ip && other.start.is_some_and(|start| start >= earliest)
        };
        // Sorted by their begin: the first one that fits is the next one.
        let soon = stays.iter().skip(n + 1).take_while(|other| other.start.is_none_or(|s| is_soon(end, s)));
        let Some(back) = soon.into_iter().find(is_back) else { continue };
        let gap = back.start.filter(|start| *start > end).map_or(0, |start| start.distance(end));
        drops.push(Drop {
            stay: Some(begin + n),
            place: (Arc::clone(&stay.host), stay.ip),
            error: connection.and_then(Connection::line_error),
            gap,
            proofs: stay.finish.into_iter().chain(back.begin).collect(),
        });
    }
    drops
}

/// Was this end wished for, or a rule of the server? 5, replaced by another connection, is neither if the same client is
/// back at once: then it came back before the server had noticed that it was gone.
fn was_asked_for(reason: Option<u32>) -> bool {
    matches!(reason, Some(1..=4 | 7..=12))
}

fn is_soon(end: Timestamp, start: Timestamp) -> bool {
    start <= end || start.within_millis(end, BACK_WITHIN_MILLIS)
}

/// The connection of a stay.
pub(super) fn connection_of<'c>(
    stay: &Stay,
    connections: &'c BTreeMap<(Arc<str>, ConnectionId), Connection>,
) -> Option<&'c Connection> {
    let by_activity = |activity: Guid| (Arc::clone(&stay.host), ConnectionId::Activity(activity));
    let by_record = |uid: &kilroy_model::EventUid| (Arc::clone(&stay.host), ConnectionId::Record(*uid));
    stay.activity
        .and_then(|activity| connections.get(&by_activity(activity)))
        .or_else(|| stay.connections.iter().find_map(|uid| connections.get(&by_record(uid))))
}

/// Where no session is known, the transport alone tells: a connection that had got through broke, and the same client is
/// back with one that gets through.
fn without_sessions(
    stays: &[Stay],
    connections: &BTreeMap<(Arc<str>, ConnectionId), Connection>,
) -> Vec<Drop> {
    let mut by_place: BTreeMap<super::Place, Vec<(Proof, &Connection)>> = BTreeMap::new();
    for ((host, _), connection) in connections {
        let real = connection.got_through() && connection.scan.is_none();
        if let (true, Some(accepted)) = (real, connection.accepted) {
            by_place.entry((Arc::clone(host), connection.ip())).or_default().push((accepted, connection));
        }
    }
    let hosts: BTreeSet<&Arc<str>> = stays.iter().map(|stay| &stay.host).collect();
    let mut drops = Vec::new();
    for (place, mut connections) in by_place.into_iter().filter(|(place, _)| !hosts.contains(&place.0)) {
        connections.sort_by_key(|(accepted, _)| *accepted);
        for pair in connections.windows(2) {
            let [(_, one), (back, _)] = pair else { continue };
            if !one.lasted(WORKED_MILLIS) {
                continue;
            }
            let (Some(end), Some(error)) = (one.end(), one.line_error()) else { continue };
            if back.time >= end.plus_millis(-BEFORE_THE_END_MILLIS) && is_soon(end, back.time) {
                let gap = if back.time > end { back.time.distance(end) } else { 0 };
                let proofs = vec![*back];
                drops.push(Drop { stay: None, place: place.clone(), error: Some(error), gap, proofs });
            }
        }
    }
    drops
}
