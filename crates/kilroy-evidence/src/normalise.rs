//! From a decoded record to an event: typed where people ask, and every other field by its own name.

use std::collections::HashSet;
use std::sync::Arc;

use kilroy_evtx::Record;
use kilroy_model::{
    Event, EventIdentity, EvidenceId, Fields, Guid, Origin, SessionRefs, System, TimeBasis, Timestamp,
    event_uid,
};

use crate::roles::Columns;
use crate::values::{filetime, guid, number, text, time};

/// How many names are shared. A log has a few hundred; a hostile one could have a new one in every record.
const NAMES_SHARED: usize = 65_536;

/// Turns the records of one evidence file into events.
#[derive(Debug)]
pub struct Normaliser {
    evidence: EvidenceId,
    /// Names of hosts, logs, providers and fields: the same few in every record, kept once.
    names: HashSet<Arc<str>>,
}

impl Normaliser {
    /// For the records of one evidence file.
    pub fn new(evidence: EvidenceId) -> Self {
        Self { evidence, names: HashSet::new() }
    }

    /// The event that a record tells of. What the catalog does not know is kept all the same, without an action.
    pub fn event(&mut self, record: Record) -> Event {
        let Record { system, data, rendering, header_time_filetime, header_record_id, recovered, .. } =
            record;
        // Old logs name the provider by its event source.
        let entry = kilroy_catalog::event(&system.provider, &system.channel, system.event_id).or_else(|| {
            kilroy_catalog::event(system.event_source_name.as_deref()?, &system.channel, system.event_id)
        });
        let columns = Columns::read(entry.map_or(&[][..], |e| e.roles), &data);

        let origin = Origin {
            host: self.name(&system.computer),
            channel: self.name(&system.channel),
            provider: self.name(&system.provider),
            event_id: system.event_id,
            version: system.version,
            level: system.level,
        };
        let own_time = system.time_created.as_deref().and_then(time);
        let (time, time_basis) = basis(own_time, header_time_filetime);
        let record_id = system.record_id.unwrap_or(header_record_id);
        let mut fields: Fields = data.into_iter().map(|(name, value)| (self.name(&name), value)).collect();
        // Of the event's own words only: an export has rendered texts, another file another header, the record is one.
        let uid = event_uid(&origin, record_id, own_time, &fields);
        for (name, value) in rendering {
            self.add(&mut fields, &format!("RenderingInfo.{name}"), value);
        }
        for (name, value) in without_column(&system) {
            self.add(&mut fields, name, value);
        }

        Event {
            identity: EventIdentity { uid, evidence: self.evidence, record_id, recovered },
            time,
            time_basis,
            origin,
            action: entry.and_then(|e| e.action),
            account: columns.account,
            subject: columns.subject,
            session: SessionRefs {
                activity_id: system.activity_id.as_deref().and_then(guid),
                ..columns.session
            },
            authentication: columns.authentication,
            outcome: columns.outcome,
            network: columns.network,
            process: columns.process,
            object_kind: entry.and_then(|e| e.object_kind).map(str::to_owned),
            object: columns.object,
            old_value: columns.old_value,
            new_value: columns.new_value,
            fields,
            system: System {
                task: system.task,
                opcode: system.opcode,
                keywords: system.keywords.as_deref().and_then(number),
                process_id: system.process_id,
                thread_id: system.thread_id,
                security_sid: system.user_id.as_deref().and_then(text).map(str::to_owned),
                related_activity_id: system.related_activity_id.as_deref().and_then(guid),
            },
        }
    }

    /// A name, shared with all the other events that have it.
    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let name: Arc<str> = Arc::from(name);
        if self.names.len() < NAMES_SHARED {
            self.names.insert(name.clone());
        }
        name
    }

    /// Adds a field that is not the event's own. An event may have chosen the same name: both are kept.
    fn add(&mut self, fields: &mut Fields, name: &str, value: String) {
        let taken = |name: &str| fields.iter().any(|(n, _)| &**n == name);
        let mut unique = name.to_owned();
        let mut count = 2;
        while taken(&unique) {
            unique = format!("{name}[{count}]");
            count += 1;
        }
        let unique = self.name(&unique);
        fields.push((unique, value));
    }
}

/// The time of an event: its own, else that of its record header (which lies in exported logs, but is better than none).
fn basis(own: Option<Timestamp>, header: u64) -> (Option<Timestamp>, TimeBasis) {
    match (own, filetime(header)) {
        (Some(own), _) => (Some(own), TimeBasis::Event),
        (None, Some(header)) => (Some(header), TimeBasis::Header),
        (None, None) => (None, TimeBasis::None),
    }
}

/// What stands in the event's `System` part and has no column, or does not fit its column.
fn without_column(system: &kilroy_evtx::System) -> impl Iterator<Item = (&'static str, String)> {
    /// The text, unless its column holds it or it says nothing.
    fn unread<T>(value: Option<&String>, read: impl Fn(&str) -> Option<T>) -> Option<String> {
        value.filter(|v| text(v).is_some() && read(v).is_none()).cloned()
    }
    let never = |_: &str| None::<()>;
    // All zeros is Windows' way to say that there is none: nothing to keep.
    let any_guid = |t: &str| t.parse::<Guid>().ok();
    let in_column = |t: &str| time(t).and_then(Timestamp::nanos);
    [
        ("System.ProviderGuid", unread(system.provider_guid.as_ref(), never)),
        ("System.EventSourceName", unread(system.event_source_name.as_ref(), never)),
        ("System.Qualifiers", system.qualifiers.map(|q| q.to_string())),
        ("System.TimeCreated", unread(system.time_created.as_ref(), in_column)),
        ("System.Keywords", unread(system.keywords.as_ref(), number::<u64>)),
        ("System.ActivityID", unread(system.activity_id.as_ref(), any_guid)),
        ("System.RelatedActivityID", unread(system.related_activity_id.as_ref(), any_guid)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

#[cfg(test)]
mod tests;
