//! Where in a record its templates are named and its values stand.

use std::ops::Range;

use crate::live::Span;
use crate::value::kind;
use crate::{RECORD_HEADER, u32_at};

/// Token of a fragment's begin; three bytes of version and flags follow.
pub(crate) const FRAGMENT: u8 = 0x0f;
/// Token of a template with its values.
pub(crate) const TEMPLATE: u8 = 0x0c;
/// What stands in a definition before its XML: next definition, GUID, size.
pub(crate) const DEFINITION_HEADER: usize = 4 + 16 + 4;
/// Values within values within values: real records have two levels.
const DEEPEST: usize = 8;

/// A template's use: which one, and with which values.
#[derive(Debug)]
pub(crate) struct Instance {
    /// Short name of the template: the begin of its GUID.
    pub(crate) id: u32,
    /// Where the offset of the definition stands.
    pub(crate) link: usize,
    /// Offset of the definition.
    pub(crate) definition: usize,
    /// Type and place of every value.
    pub(crate) values: Vec<(u8, Range<usize>)>,
}

impl Instance {
    /// The definition stands within the record.
    pub(crate) fn defines(&self) -> bool {
        self.definition == self.link + 4
    }
}

/// The templates of the record at `span`, the outer one first. What is damaged is left out.
pub(crate) fn instances(chunk: &[u8], span: &Span) -> Vec<Instance> {
    let mut found = Vec::new();
    collect(chunk, span.start.saturating_add(RECORD_HEADER)..span.end.min(chunk.len()), 0, &mut found);
    found
}

fn collect(chunk: &[u8], xml: Range<usize>, depth: usize, found: &mut Vec<Instance>) {
    let Some(instance) = instance(chunk, xml) else { return };
    let nested = |(kind, _): &&(u8, Range<usize>)| *kind == kind::BINXML;
    let inner: Vec<Range<usize>> = instance.values.iter().filter(nested).map(|(_, at)| at.clone()).collect();
    found.push(instance);
    if depth < DEEPEST {
        for xml in inner {
            collect(chunk, xml, depth + 1, found);
        }
    }
}

fn instance(chunk: &[u8], xml: Range<usize>) -> Option<Instance> {
    let mut at = xml.start;
    if chunk.get(at) == Some(&FRAGMENT) {
        at += 4;
    }
    if chunk.get(at) != Some(&TEMPLATE) {
        return None;
    }
    let (id, link) = (u32_at(chunk, at + 2)?, at + 6);
    let definition = u32_at(chunk, link)? as usize;
    at = link + 4;
    if definition == at {
        at = at.checked_add(DEFINITION_HEADER)?.checked_add(u32_at(chunk, at + 20)? as usize)?;
    }
    let table = at.checked_add(4)?;
    let end = table.checked_add((u32_at(chunk, at)? as usize).checked_mul(4)?)?;
    // Values lie within the value that they belong to: so nesting cannot multiply.
    if end > xml.end {
        return None;
    }
    let mut start = end;
    let mut values = Vec::new();
    for &[low, high, kind, _] in chunk.get(table..end)?.as_chunks::<4>().0 {
        let end = start + usize::from(u16::from_le_bytes([low, high]));
        if end > xml.end {
            return None;
        }
        values.push((kind, start..end));
        start = end;
    }
    Some(Instance { id, link, definition, values })
}
