//! How an event's XML is told: element by element, to whoever needs it.
//!
//! The same telling is heard by [`Gather`](super::gather::Gather), which collects the values and recognises the
//! template, and by [`Markup`](super::markup::Markup), which writes binary XML. So the two cannot differ, and no tree
//! is built.

use super::encode::{kind, kind_of};
use super::error::Refused;
use super::event::XmlElement;
use super::value::Value;

/// What stands in an attribute or in an element.
#[derive(Clone, Debug)]
pub(super) enum Part<'e> {
    /// Text of the template.
    Constant(&'e str),
    /// Text of the template made for this event.
    Made(String),
    /// A text that is a value.
    Str(&'e str),
    /// A SID that is a value.
    Sid(&'e str),
    /// Bytes that are a value.
    Bytes(&'e [u8]),
    /// A value.
    Value(&'e Value),
    /// A value of its own.
    Own(Value),
    /// No value where one of this type may be.
    Absent(u8),
    /// What the event carries, as a fragment of binary XML.
    Body,
    /// The place of a value that was [put](Visitor::put) before.
    Slot {
        /// Its index.
        index: u16,
        /// Its type.
        kind: u8,
    },
}

impl<'e> Part<'e> {
    /// A value that may be missing.
    pub(super) fn maybe(kind: u8, value: Option<Value>) -> Self {
        value.map_or(Self::Absent(kind), Self::Own)
    }

    /// A text that may be missing.
    pub(super) fn maybe_str(text: Option<&'e str>) -> Self {
        text.map_or(Self::Absent(kind::STRING), Self::Str)
    }

    /// A SID that may be missing.
    pub(super) fn maybe_sid(sid: Option<&'e str>) -> Self {
        sid.map_or(Self::Absent(kind::SID), Self::Sid)
    }

    /// The type under which it is stored.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Str(_) => kind::STRING,
            Self::Sid(_) => kind::SID,
            Self::Bytes(_) => kind::BINARY,
            Self::Value(value) => kind_of(value),
            Self::Own(value) => kind_of(value),
            Self::Body => kind::BINXML,
            Self::Absent(_) | Self::Constant(_) | Self::Made(_) | Self::Slot { .. } => kind::NULL,
        }
    }

    /// The element that it is.
    pub(super) fn element(&self) -> Option<&'e XmlElement> {
        match self {
            Self::Value(Value::Xml(element)) => Some(element),
            _ => None,
        }
    }
}

/// Hears an event's XML in the order of the document.
pub(super) trait Visitor<'e> {
    /// Whether values stand right where they are, as text: there is no template.
    const INLINE: bool;

    /// An element begins. With a dependency it is left out where that value is missing.
    fn open(&mut self, name: &str, dependency: Option<u16>) -> Result<(), Refused>;
    /// An attribute of the element that has just begun.
    fn attribute(&mut self, name: &str, part: Part<'e>) -> Result<(), Refused>;
    /// Something in the element.
    fn content(&mut self, part: Part<'e>) -> Result<(), Refused>;
    /// The element ends.
    fn close(&mut self) -> Result<(), Refused>;
    /// A value whose place comes later.
    fn put(&mut self, part: Part<'e>) -> Result<(), Refused>;
}
