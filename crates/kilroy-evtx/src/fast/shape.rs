//! The shape of elements that are in no template: all of them but the texts in them, and the values of attributes.
//!
//! Classic providers log that way, with the same few elements every time. One plan per shape does for all of them, with
//! the texts in the place of a template's values. What is rare in such elements has no shape, and a plan of its own.

use std::ops::Range;

use super::fields::Slot;
use super::tree::{DEEPEST, NAME_HEADER, Node, Piece, Tree, is_text};
use crate::value::kind;
use crate::{u16_at, u32_at};

/// The shape of one element and those in it.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Says everything but the texts.
    pub(super) signature: Vec<u8>,
    /// The texts, in their order.
    pub(super) texts: Vec<Slot>,
}

impl Shape {
    /// Looks through the element that begins at `from`. Gives where it ends; none if it has no shape.
    pub(super) fn read(&mut self, chunk: &[u8], from: usize, end: usize) -> Option<usize> {
        self.signature.clear();
        self.texts.clear();
        let mut scan = Scan { chunk: chunk.get(..end)?, names: chunk, at: from, shape: self };
        scan.element()?;
        Some(scan.at)
    }
}

struct Scan<'c, 's> {
    /// Up to where the tokens may stand.
    chunk: &'c [u8],
    /// Names may stand anywhere.
    names: &'c [u8],
    at: usize,
    shape: &'s mut Shape,
}

/// Sets of the elements that are open, by depth.
#[derive(Default)]
struct Open {
    depth: u32,
    /// Those with a text.
    texts: u64,
    /// Those with elements in them.
    parents: u64,
}

impl Open {
    fn top(&self) -> u64 {
        (1 << self.depth) >> 1
    }
}

impl<'c> Scan<'c, '_> {
    fn element(&mut self) -> Option<()> {
        let mut open = Open::default();
        loop {
            let token = self.byte()?;
            let is_begin = matches!(token, 0x01 | 0x41);
            if open.depth == 0 && !is_begin {
                return None;
            }
            match token {
                0x01 | 0x41 => {
                    // Text beside elements says something only if it is more than blanks.
                    if open.texts & open.top() != 0 {
                        return None;
                    }
                    open.parents |= open.top();
                    open.depth += 1;
                    if open.depth as usize > DEEPEST {
                        return None;
                    }
                    open.texts &= !open.top();
                    open.parents &= !open.top();
                    if self.begin(token == 0x41)? {
                        open.depth -= 1;
                    }
                }
                0x04 => {
                    self.shape.signature.push(4);
                    open.depth -= 1;
                }
                0x05 | 0x45 => {
                    let text = self.text()?;
                    if text.is_empty() {
                        continue;
                    }
                    if (open.texts | open.parents) & open.top() != 0 {
                        return None;
                    }
                    open.texts |= open.top();
                    self.value(text)?;
                }
                _ => return None,
            }
            if open.depth == 0 {
                return Some(());
            }
        }
    }

    /// The begin of an element with its attributes. Whether it ends there, too.
    fn begin(&mut self, has_attributes: bool) -> Option<bool> {
        self.shape.signature.push(1);
        self.u32()?;
        self.name()?;
        if has_attributes {
            self.u32()?;
        }
        // The value of the attribute says what something means.
        let mut is_literal = false;
        let mut token_before = 0;
        loop {
            let token = self.byte()?;
            // A value in several pieces is rare.
            if matches!((token, token_before), (5 | 0x45, 5 | 0x45)) {
                return None;
            }
            token_before = token;
            match token {
                0x06 | 0x46 => {
                    self.shape.signature.push(6);
                    let name = self.name()?;
                    is_literal = is_name(name, "Name") || name.starts_with(XMLNS);
                }
                0x05 | 0x45 => {
                    let text = self.text()?;
                    if is_literal {
                        self.shape.signature.push(7);
                        let bytes = self.chunk.get(text)?;
                        self.sign(bytes);
                    } else if !text.is_empty() {
                        self.value(text)?;
                    }
                }
                0x02 | 0x03 => {
                    self.shape.signature.push(token);
                    return Some(token == 3);
                }
                _ => return None,
            }
        }
    }

    fn text(&mut self) -> Option<Range<usize>> {
        if self.byte()? != kind::STRING {
            return None;
        }
        let length = usize::from(u16_at(self.chunk, self.at)?) * 2;
        let start = self.at + 2;
        self.at = start + length;
        Some(start..self.at)
    }

    /// A text that may be another one in the next element of this shape.
    fn value(&mut self, text: Range<usize>) -> Option<()> {
        if !is_text(self.chunk.get(text.clone())?) {
            return None;
        }
        self.shape.signature.push(5);
        let (start, len) = (u32::try_from(text.start).ok()?, u16::try_from(text.len()).ok()?);
        self.shape.texts.push(Slot { start, len, kind: kind::STRING });
        Some(())
    }

    fn name(&mut self) -> Option<&'c [u8]> {
        let offset = self.u32()? as usize;
        let start = offset.checked_add(NAME_HEADER + 2)?;
        let end = start.checked_add(usize::from(u16_at(self.names, start - 2)?) * 2)?;
        if offset == self.at {
            // A NUL stands behind it.
            self.at = end + 2;
        }
        let name = self.names.get(start..end)?;
        self.sign(name);
        Some(name)
    }

    /// Makes bytes part of the signature.
    fn sign(&mut self, bytes: &[u8]) {
        self.shape.signature.extend_from_slice(&crate::stored(bytes.len()));
        self.shape.signature.extend_from_slice(bytes);
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.chunk.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn u32(&mut self) -> Option<u32> {
        let number = u32_at(self.chunk, self.at)?;
        self.at += 4;
        Some(number)
    }
}

/// `xmlns` in UTF-16.
const XMLNS: &[u8] = b"x\0m\0l\0n\0s\0";

fn is_name(utf16: &[u8], name: &str) -> bool {
    utf16.len() == name.len() * 2
        && utf16.iter().step_by(2).eq(name.as_bytes())
        && utf16.iter().skip(1).step_by(2).all(|high| *high == 0)
}

/// Puts values in the place of the texts, in the order in which a shape has them.
pub(super) fn take_texts_out(tree: &mut Tree) {
    let mut index = 0;
    let mut take = |pieces: &mut Vec<Piece>| {
        pieces.retain(|piece| !piece.is_empty());
        if !pieces.is_empty() {
            *pieces = vec![Piece::Slot { index, kind: kind::STRING }];
            index += 1;
        }
    };
    for node in &mut tree.nodes {
        let Node::Element(element) = node else { continue };
        for (name, pieces) in &mut element.attributes {
            if name != "Name" && !name.starts_with("xmlns") {
                take(pieces);
            }
        }
        take(&mut element.content);
    }
}
