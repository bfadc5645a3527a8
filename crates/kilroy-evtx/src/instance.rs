//! Where in a record its templates are named and its values stand.

use std::ops::Range;

use crate::live::Span;
use crate::value::{kind, width};
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

/// The templates of a record.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    /// The outer one first. What is damaged is left out.
    pub(crate) list: Vec<Instance>,
    /// Some values run past the end of what they belong to: they may be anything.
    pub(crate) overrun: bool,
}

/// The templates of the record at `span`.
pub(crate) fn instances(chunk: &[u8], span: &Span) -> Instances {
    let mut found = Instances::default();
    collect(chunk, span.start.saturating_add(RECORD_HEADER)..span.end.min(chunk.len()), 0, &mut found);
    found
}

fn collect(chunk: &[u8], xml: Range<usize>, depth: usize, found: &mut Instances) {
    let instance = match instance(chunk, xml) {
        Some(Ok(instance)) => instance,
        Some(Err(Overrun)) => {
            found.overrun = true;
            return;
        }
        None => return,
    };
    let nested = |(kind, at): &&(u8, Range<usize>)| *kind == kind::BINXML && !at.is_empty();
    let inner: Vec<Range<usize>> = instance.values.iter().filter(nested).map(|(_, at)| at.clone()).collect();
    found.list.push(instance);
    if depth < DEEPEST {
        for xml in inner {
            collect(chunk, xml, depth + 1, found);
        }
    }
}

/// Values run past the end of what they belong to.
struct Overrun;

fn instance(chunk: &[u8], xml: Range<usize>) -> Option<Result<Instance, Overrun>> {
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
        return Some(Err(Overrun));
    }
    let mut start = end;
    let mut values = Vec::new();
    for &[low, high, kind, _] in chunk.get(table..end)?.as_chunks::<4>().0 {
        let end = start + usize::from(u16::from_le_bytes([low, high]));
        // The slow way takes as many bytes as the type has, whatever the length says.
        let own = match kind {
            kind::SID => 8 + 4 * chunk.get(start + 1).map_or(0, |count| usize::from(*count)),
            kind => width(kind).unwrap_or(0),
        };
        if end.max(start + own) > xml.end {
            return Some(Err(Overrun));
        }
        values.push((kind, start..end));
        start = end;
    }
    Some(Ok(Instance { id, link, definition, values }))
}
