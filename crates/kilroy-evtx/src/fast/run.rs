//! Carries out plans: from the bytes of one record to its fields.

use std::ops::Range;

use super::cache::{OUTERMOST, Plans};
use super::fields::{Lists, Slot, is_absent, number, take_fields};
use super::plan::{Plan, Raw, RawField};
use super::system::{Numbers, SystemValues, Texts, number_of, raw, read_system};
use super::tree;
use crate::ids::EventIds;
use crate::instance::{DEFINITION_HEADER, FRAGMENT, TEMPLATE};
use crate::names::Names;
use crate::u32_at;
use crate::view::SystemRef;

/// Reads records by plans. What it made of the last one stays until the next.
#[derive(Debug)]
pub(crate) struct Fast {
    plans: Plans,
    pub(crate) names: Names,
    /// Values of the record's templates, one list behind the other.
    slots: Vec<Slot>,
    pub(crate) system: SystemValues,
    pub(crate) fields: Vec<RawField>,
    pub(crate) rendering: Vec<RawField>,
    /// Texts that were put together for this record.
    pub(crate) composed: String,
    /// Two fields may have the same name: in the template, because one became several, or because they are of two
    /// templates.
    repeats: bool,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is read.
    Read,
    /// Nobody wants it.
    Unwanted,
    /// It is one for the slow way.
    Refused,
}

/// Values within values: real records have two levels, three where `UserData` has a value of its own.
const DEEPEST: usize = 4;

/// A template's use.
#[derive(Clone, Copy, Debug)]
struct Instance {
    plan: usize,
    first: usize,
    count: usize,
    /// Where it ends.
    end: usize,
}

impl Fast {
    pub(crate) fn new() -> Self {
        Self {
            plans: Plans::new(),
            names: Names::default(),
            slots: Vec::new(),
            system: SystemValues::default(),
            fields: Vec::new(),
            rendering: Vec::new(),
            composed: String::new(),
            repeats: false,
        }
    }

    /// Another chunk comes.
    pub(crate) fn next_chunk(&mut self) {
        self.plans.next_chunk();
    }

    /// Constants of templates, which fields refer to.
    pub(crate) fn constants(&self) -> &str {
        &self.plans.constants
    }

    /// Reads the record whose binary XML is `xml`. `wanted` decides by its `System` part, before anything else of it is
    /// looked at.
    pub(crate) fn record(
        &mut self,
        chunk: &[u8],
        xml: Range<usize>,
        ids: Option<&EventIds>,
        wanted: Option<&(dyn Fn(&SystemRef<'_>) -> bool + Sync)>,
    ) -> Verdict {
        self.begin();
        self.outer(chunk, xml, ids, wanted).unwrap_or(Verdict::Refused)
    }

    fn begin(&mut self) {
        self.slots.clear();
        self.fields.clear();
        self.rendering.clear();
        self.composed.clear();
        self.repeats = false;
        let system = &mut self.system;
        system.numbers = Numbers::default();
        let nothing = Raw::default();
        system.provider_guid = nothing;
        system.event_source_name = nothing;
        system.keywords = nothing;
        system.time_created = nothing;
        system.activity_id = nothing;
        system.related_activity_id = nothing;
        system.user_id = nothing;
    }

    fn outer(
        &mut self,
        chunk: &[u8],
        xml: Range<usize>,
        ids: Option<&EventIds>,
        wanted: Option<&(dyn Fn(&SystemRef<'_>) -> bool + Sync)>,
    ) -> Option<Verdict> {
        let mut at = xml.start;
        if chunk.get(at) == Some(&FRAGMENT) {
            at += 4;
        }
        let own;
        let (plan, end, slots) = if chunk.get(at) == Some(&TEMPLATE) {
            let instance = self.instance(chunk, at, xml.end, OUTERMOST)?;
            (None, instance.end, instance)
        } else {
            let (tree, end) = tree::element(chunk, at, xml.end, false)?;
            let Self { plans, names, composed, .. } = self;
            own = plans.once(chunk, &tree, OUTERMOST, names, composed)?;
            (Some(&own), end, Instance { plan: 0, first: 0, count: 0, end })
        };
        // Behind it there is an end mark, and padding.
        if !matches!(chunk.get(end..xml.end), Some([] | [0, ..])) {
            return None;
        }
        {
            let Self { plans, slots: all, system, composed, .. } = self;
            let plan = plan.unwrap_or_else(|| plans.get(slots.plan));
            let values = all.get(slots.first..slots.first + slots.count)?;
            let texts = Texts { chunk, constants: &plans.constants, composed };
            if let (Some(ids), Some(step)) = (ids, plan.event_id.and_then(|n| plan.system.get(n)))
                && !is_absent(&step.depends, values)
                && let Some(id) = number_of(raw(step.source, values)?, &texts).ok()?
                && !ids.contains(id)
            {
                return Some(Verdict::Unwanted);
            }
            read_system(system, plan, values, &texts)?;
        }
        self.system.numbers.event_id?;
        if let Some(wanted) = wanted {
            let system = SystemRef::of(&self.system, chunk, &self.plans.constants, &self.composed)?;
            if !wanted(&system) {
                return Some(Verdict::Unwanted);
            }
        }
        self.steps(chunk, plan, slots, 0)?;
        if self.repeats {
            number(&mut self.fields, &mut self.names)?;
            number(&mut self.rendering, &mut self.names)?;
        }
        Some(Verdict::Read)
    }

    /// Takes the fields of a template, or of elements with a plan of their own, and of what is nested in them.
    fn steps(&mut self, chunk: &[u8], own: Option<&Plan>, slots: Instance, depth: usize) -> Option<()> {
        let mut from = 0;
        // What is nested needs plans of its own: those are found between the steps.
        loop {
            let Self { plans, slots: all, fields, rendering, repeats, .. } = self;
            let plan = own.unwrap_or_else(|| plans.get(slots.plan));
            let values = all.get(slots.first..slots.first + slots.count)?;
            *repeats |= plan.repeats;
            let Some(nested) =
                take_fields(plan, from, values, chunk, &mut Lists { fields, rendering, repeats }).ok()?
            else {
                return Some(());
            };
            from = nested.step + 1;
            if !nested.xml.is_empty() {
                self.fragment(chunk, nested.xml, nested.above, depth + 1)?;
            }
        }
    }

    /// A value that is binary XML: templates and elements.
    fn fragment(&mut self, chunk: &[u8], xml: Range<usize>, above: usize, depth: usize) -> Option<()> {
        (depth <= DEEPEST).then_some(())?;
        let mut at = xml.start;
        while at < xml.end {
            match chunk.get(at)? {
                &FRAGMENT => at += 4,
                &TEMPLATE => {
                    let instance = self.instance(chunk, at, xml.end, above)?;
                    at = instance.end;
                    self.plans.get(instance.plan).system.is_empty().then_some(())?;
                    self.below(chunk, None, instance, depth)?;
                }
                0x01 | 0x41 => {
                    let (tree, end) = tree::element(chunk, at, xml.end, false)?;
                    let Self { plans, names, composed, .. } = self;
                    let plan = plans.once(chunk, &tree, above, names, composed)?;
                    plan.system.is_empty().then_some(())?;
                    at = end;
                    self.below(chunk, Some(&plan), Instance { plan: 0, first: 0, count: 0, end }, depth)?;
                }
                0 => break,
                _ => return None,
            }
        }
        Some(())
    }

    /// Takes the fields of something nested. Names may be those of other fields.
    fn below(&mut self, chunk: &[u8], own: Option<&Plan>, slots: Instance, depth: usize) -> Option<()> {
        self.repeats |= !self.fields.is_empty() || !self.rendering.is_empty();
        self.steps(chunk, own, slots, depth)
    }

    /// The template used at `at`, and its values.
    fn instance(&mut self, chunk: &[u8], at: usize, end: usize, above: usize) -> Option<Instance> {
        let id = u32_at(chunk, at + 2)?;
        let definition = u32_at(chunk, at + 6)? as usize;
        // The template that stands there must be the one that is meant.
        if u32_at(chunk, definition.checked_add(4)?)? != id {
            return None;
        }
        let mut at = at + 10;
        if definition == at {
            at = at.checked_add(DEFINITION_HEADER)?.checked_add(u32_at(chunk, at + 20)? as usize)?;
        }
        let plan = self.plans.find(chunk, definition, above, &mut self.names)?;
        let table = at.checked_add(4)?;
        let first_value = table.checked_add((u32_at(chunk, at)? as usize).checked_mul(4)?)?;
        if first_value > end {
            return None;
        }
        let first = self.slots.len();
        let mut start = first_value;
        for &[low, high, kind, _] in chunk.get(table..first_value)?.as_chunks::<4>().0 {
            let len = u16::from_le_bytes([low, high]);
            self.slots.push(Slot { start: u32::try_from(start).ok()?, len, kind });
            start += usize::from(len);
        }
        let count = self.slots.len() - first;
        (start <= end && start <= chunk.len() && self.plans.get(plan).values <= count).then_some(Instance {
            plan,
            first,
            count,
            end: start,
        })
    }
}
