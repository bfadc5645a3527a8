//! What is the same in all records of one kind of event of one log: looked up once.

use std::collections::HashMap;

use kilroy_catalog::{EventEntry, FieldRole};
use kilroy_evtx::{NameId, RecordRef, SystemRef};
use kilroy_model::{EventKind, TextList};

/// A case has some hundred kinds. A hostile log could have a new one in every record: then all is forgotten now and then.
const MOST_KINDS: usize = 4_096;
/// Layouts of one kind that are kept: versions of the event, and what it leaves out.
const MOST_LAYOUTS: usize = 8;

/// All kinds that were met.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    list: Vec<Kind>,
    by_id: HashMap<u32, Vec<usize>>,
    /// The kind of the last record: often that of the next one too.
    last: usize,
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
    layouts: Vec<(Vec<NameId>, Layout)>,
    /// Of the last record whose names have no numbers.
    unnumbered: Option<Layout>,
}

/// What follows from the names of a record's fields.
#[derive(Debug)]
pub(crate) struct Layout {
    /// What the names and the kind give to the identity of a record.
    pub(crate) identity: EventKind,
    /// Roles with the numbers of the fields that play them, in the order of the entry.
    pub(crate) roles: Vec<(FieldRole, usize)>,
    /// The names of the fields.
    pub(crate) names: TextList,
    /// A field may have the name of one that is not the event's own.
    pub(crate) may_clash: bool,
}

impl Kinds {
    /// The kind of a record.
    pub(crate) fn of(&mut self, system: &SystemRef<'_>) -> &mut Kind {
        if !self.list.get(self.last).is_some_and(|kind| kind.is(system)) {
            self.last = self.find(system);
        }
        &mut self.list[self.last]
    }

    fn find(&mut self, system: &SystemRef<'_>) -> usize {
        let numbers = self.by_id.get(&system.event_id);
        let is_it = |n: &usize| self.list.get(*n).is_some_and(|kind| kind.is(system));
        if let Some(known) = numbers.and_then(|numbers| numbers.iter().copied().find(is_it)) {
            return known;
        }
        if self.list.len() >= MOST_KINDS {
            self.list.clear();
            self.by_id.clear();
        }
        self.list.push(Kind::new(system));
        let new = self.list.len() - 1;
        self.by_id.entry(system.event_id).or_default().push(new);
        new
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
            layouts: Vec::new(),
            unnumbered: None,
        }
    }

    fn is(&self, system: &SystemRef<'_>) -> bool {
        self.event_id == system.event_id
            && *self.host == *system.computer
            && *self.channel == *system.channel
            && *self.provider == *system.provider
            && match &self.source {
                // The provider was enough to find the entry, or there is no source.
                None => self.entry.is_some() || system.event_source_name.is_none(),
                Some(source) => system.event_source_name.is_some_and(|name| name.to_text() == **source),
            }
    }

    /// The layout of a record of this kind.
    pub(crate) fn layout(&mut self, record: &RecordRef<'_>) -> &Layout {
        let is_same = |(names, _): &(Vec<NameId>, Layout)| {
            names.len() == record.field_count()
                && record.names().zip(names).all(|((_, id), known)| id == Some(*known))
        };
        if let Some(place) = self.layouts.iter().position(is_same) {
            return &self.layouts[place].1;
        }
        let layout = self.new_layout(record);
        match record.names().map(|(_, id)| id).collect() {
            Some(names) => {
                self.layouts.truncate(MOST_LAYOUTS - 1);
                self.layouts.insert(0, (names, layout));
                &self.layouts[0].1
            }
            None => self.unnumbered.insert(layout),
        }
    }

    fn new_layout(&self, record: &RecordRef<'_>) -> Layout {
        let names = || record.names().map(|(name, _)| name);
        let field = |wanted: &str| {
            // The case of names differs between versions of Windows (`LogonID`, `LogonId`).
            let exact = names().position(|name| name == wanted);
            exact.or_else(|| names().position(|name| name.eq_ignore_ascii_case(wanted)))
        };
        let roles = self.entry.map_or(&[][..], |entry| entry.roles);
        Layout {
            names: names().collect(),
            identity: EventKind::new(&self.host, &self.channel, &self.provider, self.event_id, names()),
            roles: roles.iter().filter_map(|(role, name)| Some((*role, field(name)?))).collect(),
            may_clash: names().any(|name| name.contains('.')),
        }
    }
}

#[cfg(test)]
mod tests {
    use kilroy_evtx::{Record, System};

    use super::*;

    fn field_of_logon_id(names: &[&str]) -> Option<usize> {
        let record = Record {
            system: System {
                provider: "Microsoft-Windows-Security-Auditing".to_owned(),
                event_id: 4634,
                ..System::default()
            },
            data: names.iter().map(|name| ((*name).to_owned(), String::new())).collect(),
            rendering: Vec::new(),
            offset: 0,
            header_time_filetime: 0,
            header_record_id: 0,
            recovered: false,
        };
        let record = RecordRef::from(&record);
        let mut kinds = Kinds::default();
        let layout = kinds.of(&record.system).layout(&record);
        layout.roles.iter().find(|(role, _)| *role == FieldRole::LogonId).map(|(_, field)| *field)
    }

    #[test]
    fn field_names_differ_in_case_only() {
        assert_eq!(field_of_logon_id(&["TargetLogonID", "TargetLogonId"]), Some(1));
        assert_eq!(field_of_logon_id(&["x", "TARGETLOGONID", "TargetLogonID"]), Some(1));
        assert_eq!(field_of_logon_id(&["TargetLogon"]), None);
    }
}
