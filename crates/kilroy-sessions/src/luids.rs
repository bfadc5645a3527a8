//! Logon IDs grow within a boot. Where they start again, Windows was started, logged or not.

use std::collections::BTreeMap;

use kilroy_model::{Action, Luid, Timestamp};

use crate::record::Ev;
use crate::words::Id;

/// Below this logon ID a boot is so young that IDs come out of order.
const SETTLED_LUID: u64 = 0x10_0000;

/// Watches for logon IDs that start again: a boot nobody logged.
#[derive(Debug, Default)]
pub(crate) struct LuidWatch {
    highest: u64,
    /// Logon IDs in their order, each with its time and account name: nearly all come in order.
    grown: Vec<Seen>,
    /// Those that came after higher ones.
    late: BTreeMap<u64, Seen>,
}

/// When a logon ID was last seen, and for whom.
#[derive(Debug, Clone, Copy)]
struct Seen {
    luid: u64,
    time: Timestamp,
    user: Option<Id>,
}

impl LuidWatch {
    /// Does this logon show a boot that nobody logged? Then when its logon ID, or a higher one, was seen before.
    pub(crate) fn starts_again(&mut self, event: Ev<'_>) -> Option<Timestamp> {
        let luid = event.luid().filter(|l: &Luid| event.action == Action::Logon && !l.is_fixed() && l.0 != 0);
        let Luid(luid) = luid?;
        let fell = self.highest >= SETTLED_LUID && luid < self.highest / 2;
        let highest = self.grown.last().filter(|_| fell).map(|seen| seen.time);
        let now = Seen { luid, time: event.time, user: event.user_id() };
        if luid > self.highest {
            self.grown.push(now);
            self.highest = luid;
            return None;
        }
        let seen = match self.grown.binary_search_by_key(&luid, |s| s.luid) {
            Ok(at) => Some(std::mem::replace(&mut self.grown[at], now)),
            Err(_) => self.late.insert(luid, now),
        };
        // The newest logon ID may be logged twice; one that others followed was given anew.
        let repeated = seen.filter(|seen| {
            let followed = luid < self.highest && !seen.time.within_millis(event.time, 1000);
            seen.user != now.user || followed
        });
        highest.or(repeated.map(|seen| seen.time))
    }
}
