//! What is known of a host as a whole, from all of its records.

use std::collections::BTreeSet;

use kilroy_model::{Action, LoggingStop, Timestamp, host_key};

use crate::boots::{BootSpan, range_of};
use crate::coverage::{HostCoverage, stops};
use crate::mix::Map;
use crate::record::{Ev, Row};
use crate::words::{Id, Words};

/// What is known of a host as a whole.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) words: &'a Words,
    pub(crate) boots: Vec<BootSpan>,
    pub(crate) coverage: HostCoverage<'a>,
    /// Each spelling of the host's names, and the name that is shown.
    names: Map<Id, (u32, String)>,
    /// How the first record of each boot spells the name.
    spellings: Vec<Option<Id>>,
    /// Stops of event logging, each with the log that notes it.
    pub(crate) stops: Vec<(&'a str, LoggingStop)>,
    /// RCM of Windows Server 2008 and earlier writes 1149 for failures, too.
    pub(crate) old_rcm: bool,
    /// Windows 2000, XP or Server 2003: event IDs of three digits, and no other log of sessions.
    pub(crate) is_legacy: bool,
    /// Does any record tell of privileges (4672)?
    pub(crate) tells_privileges: bool,
}

impl<'a> Facts<'a> {
    /// From all records, by boot, time and record ID, and their times to order and compare by.
    pub(crate) fn new(
        rows: &[Row],
        at: &[Timestamp],
        words: &'a Words,
        boots: Vec<BootSpan>,
        coverage: HostCoverage<'a>,
    ) -> Self {
        let ev = |row| Ev { row, words };
        let mut names = Map::default();
        let mut last_spelling = None;
        let (mut old_rcm, mut tells_privileges) = (false, false);
        // The oldest and the newest of each: a machine that was upgraded is a new one.
        let mut ends: [Option<(u32, u32)>; NUMBERED.len()] = Default::default();
        for row in rows {
            let spelling = ev(row).host_id();
            if last_spelling.replace(spelling) != Some(spelling) {
                names.entry(spelling).or_insert_with(|| (0, host_key(words.get(spelling))));
            }
            tells_privileges |= row.action == Action::PrivilegesAssigned;
            if let Some(n) = NUMBERED.iter().position(|action| *action == row.action) {
                let id = ev(row).event_id();
                ends[n] = Some((ends[n].map_or(id, |(first, _)| first), id));
            }
            if row.action == Action::SystemVersion {
                let version = ev(row).new_value();
                old_rcm |= version.is_some_and(|v| v.starts_with("5.") || v.starts_with("6.00"));
            }
        }
        rank(&mut names);
        let first = |boot| rows[range_of(rows, boot)].first().map(|row| ev(row).host_id());
        Self {
            spellings: (0..boots.len()).map(first).collect(),
            stops: stops(rows, at, words),
            is_legacy: is_legacy(ends.iter().flatten().flat_map(|(first, last)| [*first, *last])),
            words,
            boots,
            coverage,
            names,
            old_rcm,
            tells_privileges,
        }
    }

    /// The host's name as a record has it, as it is shown.
    pub(crate) fn computer(&self, ev: Ev<'_>) -> &str {
        self.shown(ev.host_id())
    }

    fn shown(&self, spelling: Id) -> &str {
        self.names.get(&spelling).map_or("", |(_, name)| name)
    }

    /// The host's name in a boot; none if nothing is left of that boot.
    pub(crate) fn computer_in(&self, boot: usize) -> Option<&str> {
        self.spellings.get(boot).copied().flatten().map(|spelling| self.shown(spelling))
    }

    /// The place of a record's name among all of the host's, in their order.
    pub(crate) fn rank(&self, ev: Ev<'_>) -> u32 {
        self.names.get(&ev.host_id()).map_or(0, |(rank, _)| *rank)
    }

    /// What is known of a boot.
    pub(crate) fn span(&self, boot: u32) -> Option<&BootSpan> {
        self.boots.get(boot as usize)
    }
}

/// Actions whose numbers differ between Windows before Vista and later ones.
const NUMBERED: [Action; 3] = [Action::Logon, Action::Logoff, Action::LogonFailed];

/// Do logons and logoffs have the numbers of Windows before Vista, and no others?
fn is_legacy(mut ids: impl Iterator<Item = u32>) -> bool {
    let is_old = |id: u32| (500..1000).contains(&id);
    ids.next().is_some_and(is_old) && ids.all(is_old)
}

/// Numbers names in their order; one name may have several spellings.
fn rank(names: &mut Map<Id, (u32, String)>) {
    let sorted: BTreeSet<String> = names.values().map(|(_, name)| name.clone()).collect();
    for (place, name) in names.values_mut() {
        *place = u32::try_from(sorted.range(..name.clone()).count()).unwrap_or(u32::MAX);
    }
}
