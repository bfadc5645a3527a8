//! Collects the values of an event, and recognises the template that it needs.

use super::encode::{self, kind};
use super::error::Refused;
use super::event::XmlElement;
use super::value::Value;
use super::visit::{Part, Visitor};

/// Where a template's values are, and which template it is.
#[derive(Debug, Default)]
pub(super) struct Values<'e> {
    pub(super) table: Vec<Stored>,
    pub(super) bytes: Vec<u8>,
    /// What the values that are elements are made of, in the order of the table.
    pub(super) fragments: Vec<Fragment<'e>>,
    shape: Shape,
}

/// Type and size of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    pub(super) kind: u8,
    pub(super) size: u16,
}

/// A value that is binary XML. It is written when its place in the chunk is known, because it refers to places.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fragment<'e> {
    /// What the event carries.
    Body,
    Element(&'e XmlElement),
}

impl Values<'_> {
    /// An identity made of the template's content: the same in every file and on every machine.
    pub(super) fn template(&self) -> [u8; 16] {
        let mut guid = [0; 16];
        let (low, high) = guid.split_at_mut(8);
        low.copy_from_slice(&self.shape.0.to_le_bytes());
        high.copy_from_slice(&self.shape.1.to_le_bytes());
        guid
    }
}

/// A hash of everything that the template has. That two templates of a log have all 128 bits in common is beyond
/// chance, and nobody gains by making it so.
#[derive(Debug)]
struct Shape(u64, u64);

impl Default for Shape {
    fn default() -> Self {
        Self(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344)
    }
}

impl Shape {
    /// Both halves of the product are used: the upper one depends on every bit. The sums keep a product of zero from
    /// losing what was before.
    fn add(&mut self, word: u64) {
        let (low, high) = (self.0 ^ word).carrying_mul(0x9e37_79b9_7f4a_7c15, 0);
        (self.0, self.1) = (high.wrapping_add(self.1), low ^ self.1.rotate_left(23));
    }

    fn mark(&mut self, what: u8, a: u16, b: u8) {
        self.add(u64::from(what) << 32 | u64::from(a) << 8 | u64::from(b));
    }

    /// The length first, so that neighbours cannot run together.
    fn text(&mut self, what: u8, text: &str) {
        self.add(u64::from(what) << 32 | text.len() as u64);
        let (words, rest) = text.as_bytes().as_chunks();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.add(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }
}

/// Kinds of marks in a shape.
mod mark {
    pub(super) const OPEN: u8 = 1;
    pub(super) const DEPENDENCY: u8 = 2;
    pub(super) const ATTRIBUTE: u8 = 3;
    pub(super) const CONSTANT: u8 = 4;
    pub(super) const SLOT: u8 = 5;
    pub(super) const OPTIONAL_SLOT: u8 = 6;
    pub(super) const CLOSE: u8 = 7;
}

/// Hears an event's XML.
#[derive(Debug)]
pub(super) struct Gather<'e>(pub(super) Values<'e>);

/// What is in a template where a value belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) kind: u8,
    /// The attribute or text is left out when there is no value.
    pub(super) optional: bool,
}

impl Place {
    /// The place for a value.
    pub(super) fn of(part: &Part<'_>) -> Self {
        match part {
            Part::Absent(nominal) => Self { kind: *nominal, optional: true },
            // A value that this event happens not to have.
            Part::Value(Value::Null) => Self { kind: kind::STRING, optional: true },
            Part::Value(_) => Self { kind: part.kind(), optional: false },
            // Windows' own values, and texts of forwarded events: always optional.
            _ => Self { kind: part.kind(), optional: true },
        }
    }
}

impl<'e> Gather<'e> {
    /// Room for most events.
    pub(super) fn new() -> Self {
        let (table, bytes) = (Vec::with_capacity(24), Vec::with_capacity(512));
        Self(Values { table, bytes, ..Values::default() })
    }

    /// Stores a value.
    fn store(&mut self, part: &Part<'e>) -> Result<(), Refused> {
        let values = &mut self.0;
        let start = values.bytes.len();
        match part {
            Part::Str(text) => encode::utf16(text, &mut values.bytes),
            Part::Sid(text) => encode::sid(text, &mut values.bytes)?,
            Part::Bytes(bytes) => values.bytes.extend_from_slice(bytes),
            Part::Value(Value::Xml(element)) => values.fragments.push(Fragment::Element(element)),
            Part::Value(value) => encode::value(value, &mut values.bytes)?,
            Part::Own(value) => encode::value(value, &mut values.bytes)?,
            Part::Body => values.fragments.push(Fragment::Body),
            Part::Absent(_) | Part::Constant(_) | Part::Made(_) | Part::Slot { .. } => {}
        }
        let size = u16::try_from(values.bytes.len() - start).map_err(|_| Refused::TooLarge)?;
        values.table.push(Stored { kind: part.kind(), size });
        Ok(())
    }

    fn part(&mut self, part: &Part<'e>) -> Result<(), Refused> {
        match part {
            Part::Constant(text) => self.0.shape.text(mark::CONSTANT, text),
            Part::Made(text) => self.0.shape.text(mark::CONSTANT, text),
            Part::Slot { index, kind } => self.0.shape.mark(mark::OPTIONAL_SLOT, *index, *kind),
            value => {
                let index = u16::try_from(self.0.table.len()).map_err(|_| Refused::TooLarge)?;
                self.store(value)?;
                let Place { kind, optional } = Place::of(value);
                self.0.shape.mark(if optional { mark::OPTIONAL_SLOT } else { mark::SLOT }, index, kind);
            }
        }
        Ok(())
    }
}

impl<'e> Visitor<'e> for Gather<'e> {
    const INLINE: bool = false;

    fn open(&mut self, name: &str, dependency: Option<u16>) -> Result<(), Refused> {
        self.0.shape.text(mark::OPEN, name);
        if let Some(index) = dependency {
            self.0.shape.mark(mark::DEPENDENCY, index, 0);
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, part: Part<'e>) -> Result<(), Refused> {
        self.0.shape.text(mark::ATTRIBUTE, name);
        self.part(&part)
    }

    fn content(&mut self, part: Part<'e>) -> Result<(), Refused> {
        self.part(&part)
    }

    fn close(&mut self) -> Result<(), Refused> {
        self.0.shape.mark(mark::CLOSE, 0, 0);
        Ok(())
    }

    fn put(&mut self, part: Part<'e>) -> Result<(), Refused> {
        self.store(&part)
    }
}
