//! What is the same in all records of one kind of event of one log: looked up once.

use std::collections::HashMap;

use kilroy_catalog::{EventEntry, FieldRole};
use kilroy_evtx::{NameId, RecordRef, SystemRef};
use kilroy_model::EventKind;

/// A case has some hundred kinds. A hostile log could have a new one in every record: then all is forgotten now and then.
const MOST_KINDS: usize = 4_096;
/// Lists of names of one kind that are kept: versions of its layout.
const MOST_LAYOUTS: usize = 8;
/// Roles of one event that are looked up by number. No entry has so many.
pub(crate) const MOST_ROLES: usize = 64;

/// All kinds that were met.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    kinds: Vec<Kind>,
    by_id: HashMap<u32, Vec<usize>>,
}

/// One kind of event of one log of one host.
#[derive(Debug)]
pub(crate) struct Kind {
    host: Box<str>,
    channel: Box<str>,
    provider: Box<str>,
    /// An old source has another name than the provider. Only that of an event that needs it for its entry.
    source: Option<Box<str>>,
    event_id: u32,
    pub(crate) entry: Option<&'static EventEntry>,
    /// By the number of a name: which roles it plays.
    plays: Vec<Plays>,
    layouts: Vec<(Vec<NameId>, EventKind)>,
}

/// Roles as bits: number in the entry's list.
#[derive(Debug, Clone, Copy, Default)]
struct Plays {
    /// The name is the entry's.
    exact: u64,
    /// It differs in case: so do versions of Windows (`LogonID`, `LogonId`).
    folded: u64,
}

impl Plays {
    fn of(entry: Option<&'static EventEntry>, name: &str) -> Self {
        let mut plays = Self::default();
        for (n, (_, field)) in roles(entry).iter().enumerate().take(MOST_ROLES) {
            if *field == name {
                plays.exact |= 1 << n;
            } else if field.eq_ignore_ascii_case(name) {
                plays.folded |= 1 << n;
            }
        }
        plays
    }
}

pub(crate) fn roles(entry: Option<&'static EventEntry>) -> &'static [(FieldRole, &'static str)] {
    entry.map_or(&[][..], |entry| entry.roles)
}

/// Which field of a record plays each role of its entry.
#[derive(Debug)]
pub(crate) struct Cast {
    fields: [Option<u32>; MOST_ROLES],
    exact: u64,
}

impl Cast {
    /// The number of the field that plays role number `role`.
    pub(crate) fn field(&self, role: usize) -> Option<usize> {
        self.fields.get(role).copied().flatten().map(|n| n as usize)
    }

    /// Of two fields the one with the exact name plays the role, else the first one.
    fn add(&mut self, field: usize, plays: Plays) {
        let taken = |cast: &Self, role: usize| cast.fields[role].is_some();
        for (bits, is_exact) in [(plays.exact, true), (plays.folded, false)] {
            let mut bits = bits;
            while bits != 0 {
                let role = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if is_exact && self.exact & (1 << role) == 0 || !taken(self, role) {
                    self.fields[role] = u32::try_from(field).ok();
                    self.exact |= u64::from(is_exact) << role;
                }
            }
        }
    }
}

impl Kinds {
    /// The kind of a record.
    pub(crate) fn of(&mut self, system: &SystemRef<'_>) -> &mut Kind {
        let known = self.by_id.get(&system.event_id).and_then(|numbers| {
            numbers.iter().copied().find(|n| self.kinds.get(*n).is_some_and(|kind| kind.is(system)))
        });
        let number = known.unwrap_or_else(|| {
            if self.kinds.len() >= MOST_KINDS {
                self.kinds.clear();
                self.by_id.clear();
            }
            self.kinds.push(Kind::new(system));
            self.by_id.entry(system.event_id).or_default().push(self.kinds.len() - 1);
            self.kinds.len() - 1
        });
        &mut self.kinds[number]
    }
}

impl Kind {
    fn new(system: &SystemRef<'_>) -> Self {
        let by_provider = kilroy_catalog::event(system.provider, system.channel, system.event_id);
        // Old logs name the provider by its event source.
        let source = system.event_source_name.map(|name| name.to_text());
        let entry = by_provider
            .or_else(|| kilroy_catalog::event(source.as_deref()?, system.channel, system.event_id));
        Self {
            host: system.computer.into(),
            channel: system.channel.into(),
            provider: system.provider.into(),
            source: source.filter(|_| by_provider.is_none()).map(Into::into),
            event_id: system.event_id,
            entry,
            plays: Vec::new(),
            layouts: Vec::new(),
        }
    }

    fn is(&self, system: &SystemRef<'_>) -> bool {
        *self.host == *system.computer
            && *self.channel == *system.channel
            && *self.provider == *system.provider
            && match &self.source {
                // The provider was enough to find the entry, or there is no source.
                None => self.entry.is_some() || system.event_source_name.is_none(),
                Some(source) => system.event_source_name.is_some_and(|name| name.to_text() == **source),
            }
    }

    /// Which fields of a record play the roles of this event.
    pub(crate) fn cast(&mut self, record: &RecordRef<'_>) -> Cast {
        let mut cast = Cast { fields: [None; MOST_ROLES], exact: 0 };
        if roles(self.entry).is_empty() {
            return cast;
        }
        for (n, (name, id)) in record.names().enumerate() {
            let plays = self.plays(name, id);
            if plays.exact | plays.folded != 0 {
                cast.add(n, plays);
            }
        }
        cast
    }

    fn plays(&mut self, name: &str, id: Option<NameId>) -> Plays {
        let Some(id) = id else { return Plays::of(self.entry, name) };
        if let Some(Some(plays)) = self.plays.get(id.index()).map(|p| p.known()) {
            return plays;
        }
        let plays = Plays::of(self.entry, name);
        if self.plays.len() <= id.index() {
            self.plays.resize(id.index() + 1, Plays::UNKNOWN);
        }
        self.plays[id.index()] = plays;
        plays
    }

    /// What these names and this kind give to the identity of a record.
    pub(crate) fn identity(&mut self, record: &RecordRef<'_>) -> EventKind {
        let same = |layout: &(Vec<NameId>, EventKind)| {
            layout.0.len() == record.field_count()
                && record.names().zip(&layout.0).all(|((_, id), known)| id == Some(*known))
        };
        if let Some(place) = self.layouts.iter().position(same) {
            return self.layouts[place].1;
        }
        let names = record.names().map(|(name, _)| name);
        let kind = EventKind::new(&self.host, &self.channel, &self.provider, self.event_id, names);
        let ids: Option<Vec<NameId>> = record.names().map(|(_, id)| id).collect();
        if let Some(ids) = ids {
            self.layouts.truncate(MOST_LAYOUTS - 1);
            self.layouts.insert(0, (ids, kind));
        }
        kind
    }
}

impl Plays {
    /// A name that nobody has asked for yet. No name is exact and folded for all roles at once.
    const UNKNOWN: Self = Self { exact: u64::MAX, folded: u64::MAX };

    fn known(self) -> Option<Self> {
        (self.exact & self.folded == 0).then_some(self)
    }
}
