//! Writes templates and values as binary XML.

use super::Refused;
use super::chunk::{Chunk, narrow};
use super::template::{Content, Element, Encoded, Filled};
use super::value::{kind, utf16};
use crate::put;

/// Tokens. With `MORE`, an element has attributes, and an attribute has one behind it.
const END: u8 = 0x00;
const OPEN: u8 = 0x01;
const CLOSE_START: u8 = 0x02;
const CLOSE_EMPTY: u8 = 0x03;
const CLOSE: u8 = 0x04;
const TEXT: u8 = 0x05;
const ATTRIBUTE: u8 = 0x06;
const TEMPLATE: u8 = 0x0c;
const SLOT: u8 = 0x0d;
const OPTIONAL_SLOT: u8 = 0x0e;
const MORE: u8 = 0x40;
/// Begin of every fragment: token, version 1.1, no flags.
const FRAGMENT: [u8; 4] = [0x0f, 1, 1, 0];
/// An element that is there whatever its values are.
const NO_DEPENDENCY: u16 = 0xffff;

impl Chunk {
    /// The binary XML of a record.
    pub(super) fn event(&mut self, record: &Encoded) -> Result<(), Refused> {
        self.instance(&record.outer, record.inner.as_ref())?;
        self.bytes.push(END);
        Ok(())
    }

    /// A template with its values. `inner` is the last value, where there is one.
    fn instance(&mut self, filled: &Filled, inner: Option<&Filled>) -> Result<(), Refused> {
        self.bytes.extend(FRAGMENT);
        self.bytes.extend([TEMPLATE, 1]);
        if self.template(&filled.root, guid(&filled.root))? {
            self.definition(&filled.root)?;
        }
        self.u32(narrow(filled.values.len())?);
        let table = self.bytes.len();
        for value in &filled.values {
            self.u16(u16::try_from(value.bytes.len()).map_err(|_| Refused::TooLarge)?);
            self.bytes.extend([value.kind, 0]);
        }
        for value in &filled.values {
            self.bytes.extend(&value.bytes);
        }
        let Some(inner) = inner else { return Ok(()) };
        let start = self.bytes.len();
        self.instance(inner, None)?;
        self.bytes.push(END);
        let size = u16::try_from(self.bytes.len() - start).map_err(|_| Refused::TooLarge)?;
        let last = table + (filled.values.len().saturating_sub(1)) * 4;
        put(&mut self.bytes, last, &size.to_le_bytes());
        Ok(())
    }

    fn definition(&mut self, root: &Element) -> Result<(), Refused> {
        let size = self.sized_later();
        self.bytes.extend(FRAGMENT);
        self.element(root)?;
        self.bytes.push(END);
        self.set_size(size)
    }

    fn element(&mut self, element: &Element) -> Result<(), Refused> {
        let has_attributes = !element.attributes.is_empty();
        self.bytes.push(if has_attributes { OPEN | MORE } else { OPEN });
        self.u16(NO_DEPENDENCY);
        let size = self.sized_later();
        self.name(&element.name)?;
        if has_attributes {
            let size = self.sized_later();
            let mut rest = element.attributes.len();
            for (name, content) in &element.attributes {
                rest -= 1;
                self.bytes.push(if rest > 0 { ATTRIBUTE | MORE } else { ATTRIBUTE });
                self.name(name)?;
                self.content(content)?;
            }
            self.set_size(size)?;
        }
        if element.content.is_empty() {
            self.bytes.push(CLOSE_EMPTY);
        } else {
            self.bytes.push(CLOSE_START);
            for content in &element.content {
                self.content(content)?;
            }
            self.bytes.push(CLOSE);
        }
        self.set_size(size)
    }

    fn content(&mut self, content: &Content) -> Result<(), Refused> {
        match content {
            Content::Element(element) => self.element(element)?,
            Content::Text(text) => {
                let text = utf16(text);
                self.bytes.extend([TEXT, kind::STRING]);
                self.u16(u16::try_from(text.len() / 2).map_err(|_| Refused::TooLarge)?);
                self.bytes.extend(text);
            }
            Content::Slot { index, kind, optional } => {
                self.bytes.push(if *optional { OPTIONAL_SLOT } else { SLOT });
                self.u16(*index);
                self.bytes.push(*kind);
            }
        }
        Ok(())
    }

    /// Leaves room for the size of what follows.
    fn sized_later(&mut self) -> usize {
        let at = self.bytes.len();
        self.u32(0);
        at
    }

    /// Sets the size of what follows the room for it.
    fn set_size(&mut self, at: usize) -> Result<(), Refused> {
        let size = narrow(self.bytes.len() - at - 4)?;
        put(&mut self.bytes, at, &size.to_le_bytes());
        Ok(())
    }
}

/// An identity made of the template's content (FNV-1a over 128 bits): the same in every file and on every machine.
fn guid(root: &Element) -> [u8; 16] {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    fn add(hash: &mut u128, bytes: &[u8]) {
        // The length first, so that neighbours cannot run together.
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            *hash = (*hash ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }
    fn content(hash: &mut u128, content: &Content) {
        match content {
            Content::Element(inner) => element(hash, inner),
            Content::Text(text) => add(hash, text.as_bytes()),
            Content::Slot { index, kind, optional } => {
                let [low, high] = index.to_le_bytes();
                add(hash, &[low, high, *kind, u8::from(*optional)]);
            }
        }
    }
    fn element(hash: &mut u128, element: &Element) {
        add(hash, element.name.as_bytes());
        for (name, value) in &element.attributes {
            add(hash, name.as_bytes());
            content(hash, value);
        }
        for child in &element.content {
            content(hash, child);
        }
        add(hash, b"/");
    }
    let mut hash = BASIS;
    element(&mut hash, root);
    hash.to_be_bytes()
}
