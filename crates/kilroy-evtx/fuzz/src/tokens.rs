//! Binary XML of any shape, out of the fuzzer's bytes: whole tokens with right offsets and sizes, so that what is strange
//! is the meaning and not the form. The tokens are those of MS-EVEN6 2.2.12.

use std::collections::HashMap;

use arbitrary::{Result, Unstructured};

use crate::shape::{CHUNK_HEADER, RECORD_HEADER, put, stored};

/// Names that mean something, and some that do not.
const NAMES: &[&str] = &[
    "Data",
    "Name",
    "EventData",
    "UserData",
    "RenderingInfo",
    "System",
    "EventID",
    "Qualifiers",
    "Provider",
    "Guid",
    "EventSourceName",
    "Version",
    "Level",
    "Task",
    "Opcode",
    "Keywords",
    "TimeCreated",
    "SystemTime",
    "EventRecordID",
    "Correlation",
    "ActivityID",
    "RelatedActivityID",
    "Execution",
    "ProcessID",
    "ThreadID",
    "Channel",
    "Computer",
    "Security",
    "UserID",
    "xmlns",
    "xmlns:x",
    "Event",
    "Binary",
    "Message",
    "Keyword",
    "x",
    "a:b",
    "ProcessingErrorData",
    "DebugData",
    "이름",
];
/// Names of entities, known and not.
const ENTITIES: &[&str] = &["amp", "lt", "gt", "quot", "apos", "nbsp", "x"];
/// Types of values: all that there are, arrays of them, and binary XML.
const KINDS: &[u8] = &[
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10,
    0x11, 0x12, 0x13, 0x14, 0x15, 0x21, 0x21, 0x81, 0x82, 0x83, 0x84, 0x86, 0x88, 0x8a, 0x8d, 0x8f, 0x91,
    0x94, 0x95,
];
const DEEPEST: u8 = 4;
/// About as many bytes as a chunk has room for.
const MOST: usize = 40_000;

/// The binary XML of one record, for a chunk that has no other.
pub fn record(data: &[u8]) -> Vec<u8> {
    let mut tokens = Tokens { bytes: Vec::new(), names: HashMap::new(), values: None };
    let mut u = Unstructured::new(data);
    // When the fuzzer's bytes end within it, what there is must do.
    _ = tokens.fragment(&mut u, DEEPEST, true);
    tokens.bytes
}

struct Tokens {
    bytes: Vec<u8>,
    /// Where names stand, in the chunk.
    names: HashMap<String, u32>,
    /// How many values the template has that is being written; none outside of templates.
    values: Option<u16>,
}

impl Tokens {
    fn here(&self) -> usize {
        CHUNK_HEADER + RECORD_HEADER + self.bytes.len()
    }

    fn u16(&mut self, number: u16) {
        self.bytes.extend(number.to_le_bytes());
    }

    fn offset(&mut self, number: usize) {
        self.bytes.extend(stored(number));
    }

    /// Leaves room for the size of what follows.
    fn sized_later(&mut self) -> usize {
        self.bytes.extend([0; 4]);
        self.bytes.len()
    }

    fn set_size(&mut self, start: usize) {
        let size = stored(self.bytes.len() - start);
        put(&mut self.bytes, start - 4, &size);
    }

    /// A template with its values, or plain elements.
    fn fragment(&mut self, u: &mut Unstructured<'_>, depth: u8, is_event: bool) -> Result<()> {
        if u.ratio(7, 8)? {
            self.bytes.extend([0x0f, 1, 1, 0]);
        }
        if depth > 0 && u.ratio(3, 4)? {
            self.template(u, depth, is_event)?;
        } else {
            let outer = self.values.take();
            let done = self.root(u, depth, is_event);
            self.values = outer;
            done?;
        }
        if u.ratio(15, 16)? {
            self.bytes.push(0);
        }
        Ok(())
    }

    fn template(&mut self, u: &mut Unstructured<'_>, depth: u8, is_event: bool) -> Result<()> {
        let count = u.int_in_range(0..=12)?;
        self.bytes.extend([0x0c, 1]);
        let id: u32 = u.arbitrary()?;
        self.bytes.extend(id.to_le_bytes());
        self.offset(self.here() + 4);
        self.bytes.extend([0; 4]);
        self.bytes.extend(id.to_le_bytes());
        self.bytes.extend([0; 12]);
        let size = self.sized_later();
        self.bytes.extend([0x0f, 1, 1, 0]);
        let outer = self.values.replace(count);
        let done = self.root(u, depth, is_event);
        self.values = outer;
        done?;
        self.bytes.push(0);
        self.set_size(size);
        self.offset(usize::from(count));
        let table = self.bytes.len();
        let mut kinds = Vec::new();
        for _ in 0..count {
            let kind = *u.choose(KINDS)?;
            kinds.push(kind);
            self.bytes.extend([0, 0, kind, 0]);
        }
        for (n, kind) in kinds.into_iter().enumerate() {
            let start = self.bytes.len();
            self.value(u, kind, depth - 1)?;
            let [low, high, ..] = stored(self.bytes.len() - start);
            put(&mut self.bytes, table + n * 4, &[low, high]);
        }
        Ok(())
    }

    fn value(&mut self, u: &mut Unstructured<'_>, kind: u8, depth: u8) -> Result<()> {
        if kind == 0x21 {
            return if depth > 0 { self.fragment(u, depth, false) } else { Ok(()) };
        }
        let width = match kind & 0x7f {
            0x03 | 0x04 => 1,
            0x05 | 0x06 => 2,
            0x07 | 0x08 | 0x0b | 0x0d | 0x14 => 4,
            0x09 | 0x0a | 0x0c | 0x10 | 0x11 | 0x15 => 8,
            0x0f | 0x12 => 16,
            _ => 0,
        };
        let count = if kind & 0x80 == 0 { 1 } else { u.int_in_range(0..=3)? };
        match kind & 0x7f {
            0x00 => {}
            // Each text of an array ends with a NUL.
            0x01 => {
                for _ in 0..count {
                    let text = text(u)?;
                    self.text(&text);
                    if kind & 0x80 != 0 || u.ratio(1, 8)? {
                        self.u16(0);
                    }
                }
            }
            0x13 => {
                let parts = u.int_in_range(0..=4)?;
                self.bytes.extend([1, parts, 0, 0, 0, 0, 0, 5]);
                let rest: [u8; 16] = u.arbitrary()?;
                self.bytes.extend(&rest[..usize::from(parts) * 4]);
            }
            _ if width > 0 => {
                let bytes: [u8; 16] = u.arbitrary()?;
                (0..count).for_each(|_| self.bytes.extend(&bytes[..width]));
            }
            _ => {
                let bytes: &[u8] = u.arbitrary()?;
                self.bytes.extend(bytes.iter().take(40));
            }
        }
        // Now and then one byte that does not belong there.
        if u.ratio(1, 64)? {
            self.bytes.push(0);
        }
        Ok(())
    }

    /// The root element. That of an event has `System` with an `EventID`, or nothing would come of it.
    fn root(&mut self, u: &mut Unstructured<'_>, depth: u8, is_event: bool) -> Result<()> {
        if !is_event {
            return self.element(u, depth);
        }
        self.open("Event", false);
        self.open("System", false);
        self.open("EventID", false);
        if u.ratio(1, 8)? {
            self.content(u, 0)?;
        } else {
            self.bytes.extend([0x05, 1, 1, 0, b'1', 0]);
        }
        self.bytes.push(4);
        self.children(u, depth)?;
        self.bytes.push(4);
        self.children(u, depth)?;
        self.bytes.push(4);
        Ok(())
    }

    /// Begins an element without attributes.
    fn open(&mut self, name: &str, has_attributes: bool) {
        self.bytes.push(if has_attributes { 0x41 } else { 1 });
        if self.values.is_some() {
            self.u16(0xffff);
        }
        // Its size: readers go by the tokens.
        self.bytes.extend([0; 4]);
        self.name(name);
        if !has_attributes {
            self.bytes.push(2);
        }
    }

    fn children(&mut self, u: &mut Unstructured<'_>, depth: u8) -> Result<()> {
        // Exhausted bytes would say yes for ever.
        while depth > 0 && !u.is_empty() && self.bytes.len() < MOST && u.ratio(3, 4)? {
            self.element(u, depth - 1)?;
        }
        Ok(())
    }

    fn element(&mut self, u: &mut Unstructured<'_>, depth: u8) -> Result<()> {
        let attributes: u8 = if u.arbitrary()? { u.int_in_range(1..=3)? } else { 0 };
        self.bytes.push(if attributes > 0 { 0x41 } else { 1 });
        if let Some(count) = self.values {
            let depends = u.ratio(1, 4)?;
            let on = if depends { u.int_in_range(0..=count)? } else { 0xffff };
            self.u16(on);
        }
        let size = self.sized_later();
        self.name(u.choose(NAMES)?);
        if attributes > 0 {
            let list = self.sized_later();
            for n in (0..attributes).rev() {
                self.bytes.push(if n > 0 { 0x46 } else { 0x06 });
                self.name(u.choose(NAMES)?);
                for _ in 0..u.int_in_range(0..=2)? {
                    self.content(u, 0)?;
                }
            }
            self.set_size(list);
        }
        if u.ratio(1, 4)? {
            self.bytes.push(3);
        } else {
            self.bytes.push(2);
            for _ in 0..u.int_in_range(0..=3)? {
                self.content(u, depth)?;
            }
            self.bytes.push(4);
        }
        self.set_size(size);
        Ok(())
    }

    /// A text, a value's place, a character, an entity or, where there may be one, an element; seldom something rarer.
    fn content(&mut self, u: &mut Unstructured<'_>, depth: u8) -> Result<()> {
        match (u.int_in_range(0..=63)?, self.values) {
            (0..=15, _) => {
                let text = text(u)?;
                self.bytes.extend([0x05, 1]);
                self.counted(&text);
            }
            (16..=39, Some(count)) => {
                let token = *u.choose(&[0x0d, 0x0e])?;
                self.bytes.push(token);
                let index = u.int_in_range(0..=count)?;
                self.u16(index);
                // Binary XML only where elements may stand, but for now and then.
                let kind = *u.choose(KINDS)?;
                let fits = kind != 0x21 || depth > 0 || u.ratio(1, 16)?;
                self.bytes.push(if fits { kind } else { 0x01 });
            }
            (40..=42, _) => {
                self.bytes.push(0x08);
                let letter = if u.arbitrary()? { u16::from(b'A') } else { u.arbitrary()? };
                self.u16(letter);
            }
            (43..=45, _) => {
                self.bytes.push(0x09);
                self.name(u.choose(ENTITIES)?);
            }
            (46, _) => {
                let text = text(u)?;
                self.bytes.push(0x07);
                self.counted(&text);
            }
            (47, _) => {
                self.bytes.push(0x0a);
                self.name(u.choose(NAMES)?);
                let text = text(u)?;
                self.bytes.push(0x0b);
                self.counted(&text);
            }
            _ if depth > 0 => self.element(u, depth - 1)?,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &[u16]) {
        self.bytes.extend(text.iter().flat_map(|unit| unit.to_le_bytes()));
    }

    fn counted(&mut self, text: &[u16]) {
        self.u16(u16::try_from(text.len()).unwrap_or(u16::MAX));
        self.text(text);
    }

    /// A name: right here when it comes for the first time, else by its place.
    fn name(&mut self, name: &str) {
        if let Some(at) = self.names.get(name) {
            self.bytes.extend(at.to_le_bytes());
            return;
        }
        let at = stored(self.here() + 4);
        self.bytes.extend(at);
        self.names.insert(name.to_owned(), u32::from_le_bytes(at));
        self.bytes.extend([0; 6]);
        self.counted(&name.encode_utf16().collect::<Vec<_>>());
        self.u16(0);
    }
}

/// Short texts: letters that mean something in XML, numbers, blanks, and anything.
fn text(u: &mut Unstructured<'_>) -> Result<Vec<u16>> {
    const TEXTS: &[&str] =
        &["", "1", "4624", "-1", "0x3e7", " ", "\t\r\n", "<&>\"'", "]]>", "한글", "a\u{1}b", "\u{fffe}"];
    if u.ratio(3, 4)? {
        return Ok(u.choose(TEXTS)?.encode_utf16().collect());
    }
    let units: [u16; 3] = u.arbitrary()?;
    Ok(units.to_vec())
}
