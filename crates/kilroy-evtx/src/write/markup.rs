//! Writes elements as binary XML: the definition of a template, or plain.

use std::borrow::Cow;

use super::body;
use super::chunk::Chunk;
use super::encode::{self, kind};
use super::error::Refused;
use super::gather::Place;
use super::text::text;
use super::value::Value;
use super::visit::{Part, Visitor};
use crate::put;

/// Tokens (MS-EVEN6 2.2.12). With `MORE`, an element has attributes, and an attribute has one behind it.
pub(super) mod token {
    pub(in super::super) const END: u8 = 0x00;
    pub(super) const OPEN: u8 = 0x01;
    pub(super) const CLOSE_START: u8 = 0x02;
    pub(super) const CLOSE_EMPTY: u8 = 0x03;
    pub(super) const CLOSE: u8 = 0x04;
    pub(super) const TEXT: u8 = 0x05;
    pub(super) const ATTRIBUTE: u8 = 0x06;
    pub(in super::super) const TEMPLATE: u8 = 0x0c;
    pub(super) const SLOT: u8 = 0x0d;
    pub(super) const OPTIONAL_SLOT: u8 = 0x0e;
    pub(super) const MORE: u8 = 0x40;
}

/// An element that is there whatever its values are.
const NO_DEPENDENCY: u16 = 0xffff;

/// Writes what it hears to a chunk. `PLAIN`: values are text and stand where they are; there is no template.
pub(super) struct Markup<'c, const PLAIN: bool> {
    chunk: &'c mut Chunk,
    open: Vec<Open>,
    /// Index of the next value.
    next: u16,
}

/// An element that has begun.
struct Open {
    /// Where its token stands.
    start: usize,
    /// Where its size belongs.
    size: usize,
    /// Where the size of its attributes belongs, and the token of the last one.
    attributes: Option<(usize, usize)>,
    has_content: bool,
}

impl<'c, const PLAIN: bool> Markup<'c, PLAIN> {
    pub(super) fn new(chunk: &'c mut Chunk) -> Self {
        Self { chunk, open: Vec::with_capacity(8), next: 0 }
    }

    /// The start tag of the innermost element ends: something stands in it.
    fn begin_content(&mut self) -> Result<(), Refused> {
        let Some(open) = self.open.last_mut().filter(|open| !open.has_content) else { return Ok(()) };
        open.has_content = true;
        let attributes = open.attributes;
        if let Some((size, _)) = attributes {
            self.chunk.set_size(size)?;
        }
        self.chunk.bytes.push(token::CLOSE_START);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Refused> {
        self.chunk.bytes.extend([token::TEXT, kind::STRING]);
        let length = self.chunk.bytes.len();
        self.chunk.u16(0);
        encode::utf16(text, &mut self.chunk.bytes);
        let units = (self.chunk.bytes.len() - length) / 2 - 1;
        let units = u16::try_from(units).map_err(|_| Refused::TooLarge)?;
        put(&mut self.chunk.bytes, length, &units.to_le_bytes());
        Ok(())
    }

    fn next(&mut self) -> Result<u16, Refused> {
        let index = self.next;
        self.next = index.checked_add(1).ok_or(Refused::TooLarge)?;
        Ok(index)
    }

    /// The place of a value in a template.
    fn place(&mut self, part: &Part<'_>) -> Result<(), Refused> {
        let (index, place) = match part {
            Part::Slot { index, kind } => (*index, Place { kind: *kind, optional: true }),
            part => (self.next()?, Place::of(part)),
        };
        self.chunk.bytes.push(if place.optional { token::OPTIONAL_SLOT } else { token::SLOT });
        self.chunk.u16(index);
        self.chunk.bytes.push(place.kind);
        Ok(())
    }
}

impl<'e, const PLAIN: bool> Visitor<'e> for Markup<'_, PLAIN> {
    const INLINE: bool = PLAIN;

    fn open(&mut self, name: &str, dependency: Option<u16>) -> Result<(), Refused> {
        self.begin_content()?;
        let start = self.chunk.bytes.len();
        self.chunk.bytes.push(token::OPEN);
        // Outside of templates nothing can depend on a value.
        if !PLAIN {
            self.chunk.u16(dependency.unwrap_or(NO_DEPENDENCY));
        }
        let size = self.chunk.sized_later();
        self.chunk.name(name)?;
        self.open.push(Open { start, size, attributes: None, has_content: false });
        Ok(())
    }

    fn attribute(&mut self, name: &str, part: Part<'e>) -> Result<(), Refused> {
        let value = if PLAIN { inline(&part) } else { constant(&part) };
        if PLAIN && value.is_none() {
            return Ok(());
        }
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        let more = match &mut open.attributes {
            Some((_, last)) => std::mem::replace(last, self.chunk.bytes.len()),
            none => {
                let size = self.chunk.sized_later();
                *none = Some((size, self.chunk.bytes.len()));
                open.start
            }
        };
        if let Some(token) = self.chunk.bytes.get_mut(more) {
            *token |= token::MORE;
        }
        self.chunk.bytes.push(token::ATTRIBUTE);
        self.chunk.name(name)?;
        match value {
            Some(text) => self.text(&text),
            None => self.place(&part),
        }
    }

    fn content(&mut self, part: Part<'e>) -> Result<(), Refused> {
        self.begin_content()?;
        if PLAIN && let Some(element) = part.element() {
            return body::element(self, element);
        }
        let value = if PLAIN { inline(&part) } else { constant(&part) };
        match value {
            // Windows has no token for no text.
            Some(text) if text.is_empty() => Ok(()),
            Some(text) => self.text(&text),
            None if PLAIN => Ok(()),
            None => self.place(&part),
        }
    }

    fn close(&mut self) -> Result<(), Refused> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        if open.has_content {
            self.chunk.bytes.push(token::CLOSE);
        } else {
            if let Some((size, _)) = open.attributes {
                self.chunk.set_size(size)?;
            }
            self.chunk.bytes.push(token::CLOSE_EMPTY);
        }
        self.chunk.set_size(open.size)
    }

    fn put(&mut self, _: Part<'e>) -> Result<(), Refused> {
        self.next().map(|_| ())
    }
}

/// The text of the template.
fn constant<'p>(part: &'p Part<'_>) -> Option<Cow<'p, str>> {
    match part {
        Part::Constant(text) => Some(Cow::Borrowed(text)),
        Part::Made(text) => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

/// The text of anything that has one.
fn inline<'p>(part: &'p Part<'_>) -> Option<Cow<'p, str>> {
    match part {
        Part::Constant(text) | Part::Str(text) | Part::Sid(text) => Some(Cow::Borrowed(text)),
        Part::Made(text) | Part::Value(Value::Str(text) | Value::StrNul(text)) => Some(Cow::Borrowed(text)),
        Part::Bytes(bytes) => text(&Value::Binary(bytes.to_vec())).map(Cow::Owned),
        Part::Value(value) => text(value).map(Cow::Owned),
        Part::Own(value) => text(value).map(Cow::Owned),
        Part::Absent(_) | Part::Body | Part::Slot { .. } => None,
    }
}
