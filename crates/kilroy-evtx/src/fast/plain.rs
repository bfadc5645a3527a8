//! The `System` part as nearly all templates have it: each value in a slot of its own, and nothing that decides anew for
//! each record which of them are there.

use super::Refused;
use super::fields::{Slot, is_absent};
use super::plan::{Raw, Source, SystemField, SystemStep};
use super::system::{Numbers, SystemValues, Texts, filled, fitting, name, raw, unsigned};

/// Which slot is which value.
#[derive(Debug)]
pub(super) struct PlainSystem {
    /// Values without which there is no `System`.
    depends: Box<[u16]>,
    /// In the order of [`NUMBERS`].
    numbers: [u16; NUMBERS.len()],
    /// In the order of [`VALUES`].
    values: [Source; VALUES.len()],
    /// In the order of [`NAMES`].
    names: [Option<Source>; NAMES.len()],
}

const NUMBERS: [SystemField; 9] = [
    SystemField::EventId,
    SystemField::Qualifiers,
    SystemField::Version,
    SystemField::Level,
    SystemField::Task,
    SystemField::Opcode,
    SystemField::RecordId,
    SystemField::ProcessId,
    SystemField::ThreadId,
];
const VALUES: [SystemField; 7] = [
    SystemField::ProviderGuid,
    SystemField::EventSourceName,
    SystemField::Keywords,
    SystemField::TimeCreated,
    SystemField::ActivityId,
    SystemField::RelatedActivityId,
    SystemField::UserId,
];
const NAMES: [SystemField; 3] = [SystemField::Provider, SystemField::Channel, SystemField::Computer];

/// No template has this slot.
const NONE: u16 = u16::MAX;

impl PlainSystem {
    /// None if these steps are not plain.
    pub(super) fn new(steps: &[SystemStep]) -> Option<Self> {
        let of = |field: SystemField| steps.iter().find(|step| step.field == field);
        let Source::Slot(event_id) = of(SystemField::EventId)?.source else { return None };
        let (first, others) = steps.split_first()?;
        let common = |slot: &&u16| others.iter().all(|step| step.depends.contains(*slot));
        let depends: Box<[u16]> = first.depends.iter().filter(common).copied().collect();
        // Without its own value a step gives nothing anyhow, and without the event ID the record is none for this way.
        let is_plain = |step: &SystemStep| {
            let own = if let Source::Slot(slot) = step.source { slot } else { NONE };
            step.depends.iter().all(|slot| *slot == own || *slot == event_id || depends.contains(slot))
        };
        if !steps.iter().all(is_plain) {
            return None;
        }
        let mut numbers = [NONE; NUMBERS.len()];
        for (number, field) in numbers.iter_mut().zip(NUMBERS) {
            *number = match of(field).map(|step| step.source) {
                Some(Source::Slot(slot)) => slot,
                Some(Source::Fixed(_)) => return None,
                None => NONE,
            };
        }
        let value = |field| of(field).map_or(Source::Fixed(Raw::default()), |step| step.source);
        let name = |field| of(field).map(|step| step.source);
        Some(Self { numbers, values: VALUES.map(value), names: NAMES.map(name), depends })
    }

    /// Takes the values. Whether all of them are as they should be; if not, the steps have to be gone through.
    #[inline]
    pub(super) fn read(&self, system: &mut SystemValues, values: &[Slot], texts: &Texts<'_>) -> bool {
        self.take(system, values, texts).is_ok()
    }

    #[inline]
    fn take(&self, system: &mut SystemValues, values: &[Slot], texts: &Texts<'_>) -> Result<(), Refused> {
        if is_absent(&self.depends, values) {
            return Err(Refused);
        }
        let number = |slot| number(slot, values, texts.chunk);
        let [event_id, qualifiers, version, level, task, opcode, record_id, process_id, thread_id] =
            self.numbers;
        system.numbers = Numbers {
            event_id: fitting(number(event_id)?)?,
            qualifiers: fitting(number(qualifiers)?)?,
            version: fitting(number(version)?)?,
            level: fitting(number(level)?)?,
            task: fitting(number(task)?)?,
            opcode: fitting(number(opcode)?)?,
            record_id: number(record_id)?,
            process_id: fitting(number(process_id)?)?,
            thread_id: fitting(number(thread_id)?)?,
        };
        let value = |source| raw(source, values).and_then(|raw| filled(raw, texts)).ok_or(Refused);
        let [provider_guid, event_source, keywords, time, activity, related, user] = self.values;
        system.provider_guid = value(provider_guid)?;
        system.event_source_name = value(event_source)?;
        system.keywords = value(keywords)?;
        system.time_created = value(time)?;
        system.activity_id = value(activity)?;
        system.related_activity_id = value(related)?;
        system.user_id = value(user)?;
        let places = [&mut system.provider, &mut system.channel, &mut system.computer];
        for (place, source) in places.into_iter().zip(self.names) {
            let is_there = match source {
                Some(source) => raw(source, values).and_then(|raw| name(place, raw, texts)).ok_or(Refused)?,
                None => false,
            };
            if !is_there {
                place.set("");
            }
        }
        Ok(())
    }
}

/// The number in a slot, if it is there.
#[inline]
fn number(slot: u16, values: &[Slot], chunk: &[u8]) -> Result<Option<u64>, Refused> {
    if values.len() <= usize::from(slot) {
        return Ok(None);
    }
    unsigned(raw(Source::Slot(slot), values).ok_or(Refused)?, chunk)
}
