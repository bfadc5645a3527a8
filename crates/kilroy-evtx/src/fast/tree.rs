//! The elements of a template, or of a record without one, from their tokens.
//!
//! Tokens are those of [MS-EVEN6] 2.2.12. What is rare in logs is refused here, and read the slow way.

use std::ops::Range;

use crate::value::kind;
use crate::{u16_at, u32_at};

/// More than a chunk's template has in practice. Deeper and longer ones take the slow way.
pub(super) const DEEPEST: usize = 32;
const MOST_NODES: usize = 2_048;

/// Elements in the order of their begin, each with its parent.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// Where offsets of names stand.
    pub(super) links: Vec<Link>,
}

/// A piece of a tree.
#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    /// The place of a value that is binary XML itself.
    Nested {
        slot: u16,
        parent: usize,
    },
}

#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) parent: Option<usize>,
    pub(super) attributes: Vec<(String, Vec<Piece>)>,
    pub(super) content: Vec<Piece>,
    pub(super) has_children: bool,
    /// One of its children is there whatever the values are.
    pub(super) keeps_a_child: bool,
    /// The value without which it is not there.
    pub(super) dependency: Option<u16>,
}

/// What an attribute or a text is made of.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// UTF-16 in the chunk.
    Text(Range<usize>),
    Letter(char),
    Slot {
        index: u16,
        kind: u8,
    },
}

impl Piece {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Text(range) if range.is_empty())
    }
}

/// A name's offset in the chunk.
#[derive(Debug)]
pub(super) struct Link {
    /// Where it stands.
    pub(super) at: usize,
    /// The name it leads to: its length and its letters.
    pub(super) name: Range<usize>,
}

impl Link {
    /// The name follows its offset.
    pub(super) fn is_inline(&self) -> bool {
        self.name.start == self.at + 4 + NAME_HEADER
    }
}

/// Offset of the next name, and a hash.
pub(super) const NAME_HEADER: usize = 6;

/// Reads the one element that begins at `from`. Gives also where it ends.
pub(super) fn element(chunk: &[u8], from: usize, end: usize, is_template: bool) -> Option<(Tree, usize)> {
    let mut reader = Reader {
        chunk: chunk.get(..end)?,
        names: chunk,
        at: from,
        is_template,
        tree: Tree::default(),
        open: Vec::new(),
    };
    reader.element()?;
    Some((reader.tree, reader.at))
}

struct Reader<'c> {
    /// Up to where the tokens may stand.
    chunk: &'c [u8],
    /// Names may stand anywhere.
    names: &'c [u8],
    at: usize,
    is_template: bool,
    tree: Tree,
    open: Vec<usize>,
}

impl Reader<'_> {
    fn element(&mut self) -> Option<()> {
        self.open_start()?;
        while !self.open.is_empty() {
            match self.byte()? {
                0x01 | 0x41 => {
                    self.at -= 1;
                    self.open_start()?;
                }
                0x04 => {
                    self.open.pop();
                }
                token => {
                    let piece = self.piece(token)?;
                    let parent = *self.open.last()?;
                    if let Piece::Slot { index, kind: kind::BINXML } = piece {
                        self.tree.nodes.push(Node::Nested { slot: index, parent });
                        self.parent(parent)?.has_children = true;
                    } else {
                        self.parent(parent)?.content.push(piece);
                    }
                }
            }
        }
        Some(())
    }

    /// The begin of an element with its attributes, up to where its content begins, or ends.
    fn open_start(&mut self) -> Option<()> {
        let has_attributes = match self.byte()? {
            0x01 => false,
            0x41 => true,
            _ => return None,
        };
        let dependency = if self.is_template { Some(self.u16()?).filter(|d| *d != 0xffff) } else { None };
        self.u32()?;
        let name = self.name()?;
        if has_attributes {
            self.u32()?;
        }
        let mut attributes: Vec<(String, Vec<Piece>)> = Vec::new();
        let closed = loop {
            match self.byte()? {
                0x06 | 0x46 => attributes.push((self.name()?, Vec::new())),
                0x02 => break false,
                0x03 => break true,
                token => {
                    let piece = self.piece(token)?;
                    if matches!(piece, Piece::Slot { kind: kind::BINXML, .. }) {
                        return None;
                    }
                    attributes.last_mut()?.1.push(piece);
                }
            }
        };
        let parent = self.open.last().copied();
        if let Some(parent) = parent {
            let parent = self.parent(parent)?;
            parent.has_children = true;
            parent.keeps_a_child |= dependency.is_none();
        }
        let index = self.tree.nodes.len();
        let content = Vec::new();
        let element = Element {
            name,
            parent,
            attributes,
            content,
            has_children: false,
            keeps_a_child: false,
            dependency,
        };
        self.tree.nodes.push(Node::Element(element));
        if !closed {
            self.open.push(index);
        }
        (self.open.len() <= DEEPEST && self.tree.nodes.len() <= MOST_NODES).then_some(())
    }

    fn piece(&mut self, token: u8) -> Option<Piece> {
        match token {
            0x05 | 0x45 if self.byte()? == kind::STRING => {
                let length = usize::from(self.u16()?) * 2;
                let text = self.at..self.at.checked_add(length)?;
                self.chunk.get(text.clone())?;
                self.at = text.end;
                Some(Piece::Text(text))
            }
            0x08 | 0x48 => {
                // A control character has no place in XML.
                let letter = char::from_u32(u32::from(self.u16()?))?;
                (letter >= ' ' || matches!(letter, '\t' | '\r' | '\n')).then_some(Piece::Letter(letter))
            }
            0x09 | 0x49 => Some(Piece::Letter(match self.name()?.as_str() {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => return None,
            })),
            0x0d | 0x0e if self.is_template => Some(Piece::Slot { index: self.u16()?, kind: self.byte()? }),
            _ => None,
        }
    }

    fn parent(&mut self, index: usize) -> Option<&mut Element> {
        match self.tree.nodes.get_mut(index)? {
            Node::Element(element) => Some(element),
            Node::Nested { .. } => None,
        }
    }

    fn name(&mut self) -> Option<String> {
        let at = self.at;
        let offset = self.u32()? as usize;
        let length = offset.checked_add(NAME_HEADER)?;
        let end = length.checked_add(2)?.checked_add(usize::from(u16_at(self.names, length)?) * 2)?;
        let text = text(self.names.get(length + 2..end)?)?;
        if offset == self.at {
            // A NUL stands behind it.
            self.at = end + 2;
        }
        // What is no name in XML would change the meaning of the rest.
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        if text.is_empty() || !text.chars().all(is_name) {
            return None;
        }
        self.tree.links.push(Link { at, name: length..end });
        Some(text)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.chunk.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn u16(&mut self) -> Option<u16> {
        let number = u16_at(self.chunk, self.at)?;
        self.at += 2;
        Some(number)
    }

    fn u32(&mut self) -> Option<u32> {
        let number = u32_at(self.chunk, self.at)?;
        self.at += 4;
        Some(number)
    }
}

/// A text that is part of the XML itself. None if it has what XML cannot carry.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    is_text(bytes).then(|| {
        let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
        char::decode_utf16(units).map_while(Result::ok).collect()
    })
}

/// Whether there is nothing in a text that XML cannot carry.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let units = bytes.as_chunks::<2>().0;
    // All of them in one go: most texts are ASCII.
    let odd = units
        .iter()
        .fold(false, |odd, unit| odd | !(u16::from(b' ')..0x7f).contains(&u16::from_le_bytes(*unit)));
    let is_plain =
        |c: char| (c >= ' ' || matches!(c, '\t' | '\r' | '\n')) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    !odd || char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
        .all(|c| c.is_ok_and(is_plain))
}
