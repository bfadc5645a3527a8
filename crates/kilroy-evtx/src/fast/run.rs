//! Carries out plans: from the bytes of one record to its fields.

use std::ops::Range;

use super::cache::{OUTERMOST, Plans};
use super::fields::{Lists, Slot, is_absent, number, take_fields, take_plain};
use super::plan::{Plan, RawField};
use super::shape::{Shape, take_texts_out};
use super::system::{SystemValues, Texts, number_of, raw, read_system};
use super::tree;
use crate::ids::EventIds;
use crate::instance::{DEFINITION_HEADER, FRAGMENT, TEMPLATE};
use crate::names::Names;
use crate::u32_at;
use crate::value::kind::SID;
use crate::value::odd_bits;
use crate::view::SystemRef;

/// Reads records by plans. What it made of the last one stays until the next.
#[derive(Debug)]
pub(crate) struct Fast {
    plans: Plans,
    pub(crate) names: Names,
    /// Values of the record's templates, one list behind the other.
    slots: Vec<Slot>,
    /// Of elements in no template.
    shape: Shape,
    pub(crate) system: SystemValues,
    pub(crate) fields: Vec<RawField>,
    pub(crate) rendering: Vec<RawField>,
    /// Texts that were put together for this record.
    pub(crate) composed: String,
    /// Two fields may have the same name: in the template, because one became several, or because they are of two
    /// templates.
    repeats: bool,
    /// Names that repeat have their numbers already.
    numbered: bool,
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

/// Elements that are in no template.
enum Elements {
    /// With a plan for all of their shape. Their texts are its values.
    Known(Instance),
    /// With a plan of their own.
    Rare(Box<Plan>, usize),
}

impl Fast {
    pub(crate) fn new() -> Self {
        Self {
            plans: Plans::new(),
            names: Names::default(),
            slots: Vec::new(),
            shape: Shape::default(),
            system: SystemValues::default(),
            fields: Vec::new(),
            rendering: Vec::new(),
            composed: String::new(),
            repeats: false,
            numbered: false,
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
        self.numbered = false;
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
            match self.elements(chunk, at, xml.end, OUTERMOST)? {
                Elements::Known(instance) => (None, instance.end, instance),
                Elements::Rare(plan, end) => {
                    own = plan;
                    (Some(&*own), end, Instance { plan: 0, first: 0, count: 0, end })
                }
            }
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
            number(&mut self.fields, |field| &mut field.name, &mut self.names)?;
            number(&mut self.rendering, |field| &mut field.name, &mut self.names)?;
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
            if (!plan.repeats || fields.is_empty()) && take_plain(plan, values, fields) {
                self.numbered |= plan.repeats;
                return Some(());
            }
            *repeats |= plan.repeats;
            let Some(nested) =
                take_fields(plan, from, values, chunk, &mut Lists { fields, rendering, repeats }).ok()?
            else {
                return Some(());
            };
            from = nested.step + 1;
            let is_last = from == plan.steps.len();
            if !nested.xml.is_empty() {
                self.fragment(chunk, nested.xml, nested.above, depth + 1)?;
                if !is_last {
                    self.more_to_come()?;
                }
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
                    let (own, instance) = match self.elements(chunk, at, xml.end, above)? {
                        Elements::Known(instance) => (None, instance),
                        Elements::Rare(own, end) => {
                            (Some(own), Instance { plan: 0, first: 0, count: 0, end })
                        }
                    };
                    at = instance.end;
                    let plan = own.as_deref().unwrap_or_else(|| self.plans.get(instance.plan));
                    plan.system.is_empty().then_some(())?;
                    self.below(chunk, own.as_deref(), instance, depth)?;
                }
                0 => break,
                _ => return None,
            }
        }
        Some(())
    }

    /// Takes the fields of something nested. Names may be those of other fields.
    fn below(&mut self, chunk: &[u8], own: Option<&Plan>, slots: Instance, depth: usize) -> Option<()> {
        self.more_to_come()?;
        self.steps(chunk, own, slots, depth)
    }

    /// There may be further fields. Those that are here may need a number then.
    fn more_to_come(&mut self) -> Option<()> {
        self.repeats |= !self.fields.is_empty() || !self.rendering.is_empty();
        // Names of one template were numbered by themselves: that is too early, if others have the same name.
        (!self.numbered).then_some(())
    }

    /// The elements at `at`, which are in no template.
    fn elements(&mut self, chunk: &[u8], at: usize, end: usize, above: usize) -> Option<Elements> {
        let Self { plans, names, composed, shape, .. } = self;
        if let Some(end) = shape.read(chunk, at, end) {
            let known = plans.of_shape(&shape.signature, above).copied().unwrap_or_else(|| {
                let (mut tree, _) = tree::element(chunk, at, end, false)?;
                take_texts_out(&mut tree);
                plans.add_shape(chunk, &shape.signature, &tree, above, names)
            });
            if let Some(plan) = known {
                let (first, count) = (self.slots.len(), shape.texts.len());
                self.slots.extend_from_slice(&shape.texts);
                return Some(Elements::Known(Instance { plan, first, count, end }));
            }
        }
        let (tree, end) = tree::element(chunk, at, end, false)?;
        Some(Elements::Rare(Box::new(plans.once(chunk, &tree, above, names, composed)?), end))
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
        let mut start = u32::try_from(first_value).ok()?;
        let (mut odd, mut sids) = (0, false);
        let table = chunk.get(table..first_value)?.as_chunks::<4>().0;
        self.slots.extend(table.iter().map(|&[low, high, kind, _]| {
            let slot = Slot { start, len: u16::from_le_bytes([low, high]), kind };
            odd |= odd_bits(kind, slot.len);
            sids |= kind == SID;
            // A chunk's table has at most 16,384 entries: the sum stays far below the largest number.
            start = start.wrapping_add(slot.len.into());
            slot
        }));
        let start = start as usize;
        let count = self.slots.len() - first;
        let are_sids =
            || self.slots.get(first..).is_some_and(|new| new.iter().all(|slot| slot.may_be_sid(chunk)));
        if sids && !are_sids() {
            return None;
        }
        (odd == 0 && start <= end && start <= chunk.len() && self.plans.get(plan).values <= count)
            .then_some(Instance { plan, first, count, end: start })
    }
}
