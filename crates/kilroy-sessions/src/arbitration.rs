//! Arbitration (41, 42): the session manager looks for a desktop. Its records stand before the desktop's own, or name a
//! throw-away session.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::Action;

use crate::desktops::{ARBITRATION_MILLIS, Desktop};
use crate::host::{Host, RowId};
use crate::mix::Map;
use crate::words::Id;

/// From the arbitration (41, 42) of a new session to its logon (21).
const ARBITRATION_TO_LOGON_MILLIS: i64 = 30_000;

/// Arbitration events of throw-away sessions belong to the connection of the same activity.
pub(crate) fn give_strays(host: &Host<'_>, desktops: &mut [Desktop], strays: &[RowId]) {
    let mut of_activity: Map<(u32, Id), (RowId, usize, usize)> = Map::default();
    for (d, desktop) in desktops.iter().enumerate() {
        for (c, connection) in desktop.connections.iter().enumerate() {
            if let Some((begin, activity)) =
                connection.begin.and_then(|b| Some((b, host.ev(b).activity_id()?)))
            {
                of_activity.entry((desktop.boot, activity)).or_insert((begin, d, c));
            }
        }
    }
    for &stray in strays {
        let activity = host.ev(stray).activity_id();
        if let Some(&(begin, d, c)) = activity.and_then(|a| of_activity.get(&(host.boot(stray), a)))
            && host.millis(stray, begin).abs() <= ARBITRATION_MILLIS
        {
            desktops[d].connections[c].rows.push(stray);
        }
    }
}

/// Gives each desktop's own arbitration (41, 42 of its session ID right before 21) to its first connection.
pub(crate) fn own_arbitration(host: &Host<'_>, desktops: &mut [Desktop]) {
    let mut begins: BTreeMap<(u32, u32), Vec<(RowId, usize)>> = BTreeMap::new();
    for (d, desktop) in desktops.iter().enumerate() {
        begins.entry((desktop.boot, desktop.session_id)).or_default().extend(desktop.begin.map(|b| (b, d)));
    }
    // Desktops are in the order of their first record, which a reason may be: their begins are nearly always in order.
    let unsorted: BTreeSet<(u32, u32)> =
        begins.iter().filter(|(_, list)| !list.is_sorted()).map(|(key, _)| *key).collect();
    for action in [Action::ArbitrationBegun, Action::ArbitrationEnded] {
        for &id in host.of(action) {
            let Some(session) = host.ev(id).terminal_session() else { continue };
            let key = (host.boot(id), session);
            let Some(list) = begins.get(&key) else { continue };
            let next = if unsorted.contains(&key) {
                list.iter().find(|(begin, _)| *begin > id)
            } else {
                list.get(list.partition_point(|(begin, _)| *begin <= id))
            };
            if let Some(&(begin, d)) = next
                && host.millis(id, begin) <= ARBITRATION_TO_LOGON_MILLIS
                && let Some(connection) = desktops[d].connections.first_mut()
                && !connection.rows.contains(&id)
            {
                connection.rows.push(id);
                connection.rows.sort_unstable();
            }
        }
    }
}
