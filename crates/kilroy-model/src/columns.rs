//! Columns in the making, made for events: most columns of most events are empty, and many texts come many at once.
//!
//! A column keeps its values and the rows that have one. Empty rows cost nothing until the batch is finished.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, MapArray, PrimitiveArray, StringArray, StructArray,
};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, Field, Fields};

use crate::ids::hex;
use crate::{EventUid, Guid, Luid, TextSlice};

/// Texts, one behind the other.
#[derive(Debug, Default)]
struct Block {
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<i32>,
}

impl Block {
    #[inline]
    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.close();
    }

    /// What was added to the bytes is a text.
    #[inline]
    fn close(&mut self) {
        // What does not fit is found out at the end: see [`Self::emptied`].
        self.ends.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }

    /// Adds many at once.
    #[inline]
    fn extend(&mut self, texts: TextSlice<'_>) {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(texts.text().as_bytes());
        self.ends.extend(texts.ends().iter().map(|end| i32::try_from(before + end).unwrap_or(i32::MAX)));
    }

    /// All texts as an array without empty rows. Leaves room for as many.
    fn take(&mut self) -> Result<StringArray, ArrowError> {
        let Self { bytes, ends } = self.emptied()?;
        let offsets = std::iter::once(0).chain(ends).collect();
        StringArray::try_new(OffsetBuffer::new(offsets), Buffer::from_vec(bytes), None)
    }

    /// Empties it and keeps room: the next batch will be much like this one. Offsets are numbers of 32 bits.
    fn emptied(&mut self) -> Result<Self, ArrowError> {
        let len = self.bytes.len();
        let room =
            Self { bytes: Vec::with_capacity(len + len / 8), ends: Vec::with_capacity(self.ends.len()) };
        let full = std::mem::replace(self, room);
        if i32::try_from(len).is_err() { Err(ArrowError::OffsetOverflowError(len)) } else { Ok(full) }
    }
}

/// Which rows have a value.
#[derive(Debug, Default)]
struct Rows(Vec<u32>);

impl Rows {
    #[inline]
    fn push(&mut self, row: usize) {
        self.0.push(u32::try_from(row).unwrap_or(u32::MAX));
    }

    fn take(&mut self) -> Self {
        let room = Vec::with_capacity(self.0.len());
        Self(std::mem::replace(&mut self.0, room))
    }

    /// None if all of so many rows have one.
    fn nulls(&self, count: usize) -> Option<NullBuffer> {
        if self.0.len() == count {
            return None;
        }
        let mut valid = BooleanBufferBuilder::new(count);
        valid.append_n(count, false);
        for row in &self.0 {
            valid.set_bit(*row as usize, true);
        }
        Some(NullBuffer::new(valid.finish()))
    }

    /// Puts values into their rows.
    fn scatter<T: Copy + Default>(&self, values: Vec<T>, count: usize) -> Vec<T> {
        if self.0.len() == count {
            return values;
        }
        let mut all = vec![T::default(); count];
        for (row, value) in self.0.iter().zip(values) {
            if let Some(place) = all.get_mut(*row as usize) {
                *place = value;
            }
        }
        all
    }
}

/// A column of numbers, or of times.
#[derive(Debug)]
pub(crate) struct Numbers<T: ArrowPrimitiveType> {
    rows: Rows,
    values: Vec<T::Native>,
}

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Self { rows: Rows::default(), values: Vec::new() }
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: T::Native) {
        self.rows.push(row);
        self.values.push(value);
    }

    pub(crate) fn finish(&mut self, count: usize) -> Result<PrimitiveArray<T>, ArrowError> {
        let rows = self.rows.take();
        let room = Vec::with_capacity(self.values.len());
        let values = rows.scatter(std::mem::replace(&mut self.values, room), count);
        PrimitiveArray::try_new(values.into(), rows.nulls(count))
    }
}

/// A column of yes and no.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    rows: Rows,
    values: Vec<bool>,
}

impl Flags {
    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: bool) {
        self.rows.push(row);
        self.values.push(value);
    }

    pub(crate) fn finish(&mut self, count: usize) -> BooleanArray {
        let rows = self.rows.take();
        let values = rows.scatter(std::mem::take(&mut self.values), count);
        BooleanArray::new(values.into(), rows.nulls(count))
    }
}

/// A column of texts.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    rows: Rows,
    block: Block,
}

impl Texts {
    #[inline]
    pub(crate) fn push(&mut self, row: usize, text: &str) {
        self.rows.push(row);
        self.block.push(text);
    }

    /// What a value is shown as.
    #[inline]
    pub(crate) fn show(&mut self, row: usize, value: &impl Show) {
        self.rows.push(row);
        value.show(&mut self.block.bytes);
        self.block.close();
    }

    pub(crate) fn finish(&mut self, count: usize) -> Result<StringArray, ArrowError> {
        let rows = self.rows.take();
        let Block { bytes, ends } = self.block.emptied()?;
        let mut offsets = Vec::with_capacity(count + 1);
        offsets.push(0);
        let mut last = 0;
        for (row, end) in rows.0.iter().zip(ends) {
            offsets.resize(*row as usize + 1, last);
            offsets.push(end);
            last = end;
        }
        offsets.resize(count + 1, last);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        StringArray::try_new(offsets, Buffer::from_vec(bytes), rows.nulls(count))
    }
}

/// A column in which each row has names with texts.
#[derive(Debug, Default)]
pub(crate) struct TextMap {
    keys: Block,
    values: Block,
    ends: Vec<i32>,
}

impl TextMap {
    /// Adds some to the row in the making. There must be as many names as texts.
    #[inline]
    pub(crate) fn extend(&mut self, names: TextSlice<'_>, texts: TextSlice<'_>) -> Result<(), ArrowError> {
        if names.len() != texts.len() {
            let (names, texts) = (names.len(), texts.len());
            return Err(ArrowError::InvalidArgumentError(format!("{names} names for {texts} texts")));
        }
        self.keys.extend(names);
        self.values.extend(texts);
        Ok(())
    }

    /// Adds one to it.
    #[inline]
    pub(crate) fn push(&mut self, name: &str, text: &str) {
        self.keys.push(name);
        self.values.push(text);
    }

    /// The row is complete.
    #[inline]
    pub(crate) fn close(&mut self) {
        self.ends.push(i32::try_from(self.keys.ends.len()).unwrap_or(i32::MAX));
    }

    /// `entry` is the field of its entries, with the names and the texts in it.
    pub(crate) fn finish(&mut self, entry: &Arc<Field>, columns: &Fields) -> Result<MapArray, ArrowError> {
        let (keys, values): (ArrayRef, ArrayRef) =
            (Arc::new(self.keys.take()?), Arc::new(self.values.take()?));
        let entries = StructArray::try_new(columns.clone(), vec![keys, values], None)?;
        let room = Vec::with_capacity(self.ends.len());
        let ends = std::mem::replace(&mut self.ends, room);
        let offsets = OffsetBuffer::new(std::iter::once(0).chain(ends).collect());
        MapArray::try_new(entry.clone(), offsets, entries, None, false)
    }
}

/// A value that is a text in its column: as its `Display` has it, only quicker.
pub(crate) trait Show {
    fn show(&self, out: &mut Vec<u8>);
}

impl Show for EventUid {
    fn show(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&hex(self.0.to_be_bytes()));
    }
}

impl Show for Guid {
    fn show(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.letters());
    }
}

impl Show for Luid {
    fn show(&self, out: &mut Vec<u8>) {
        let digits = hex(u128::from(self.0).to_be_bytes());
        let zeros = 16 + (self.0.leading_zeros() / 4).min(15) as usize;
        out.extend_from_slice(b"0x");
        out.extend_from_slice(digits.get(zeros..).unwrap_or_default());
    }
}

/// An address as the table has it.
pub(crate) enum Address {
    Ip(IpAddr),
    Local,
}

impl Show for Address {
    fn show(&self, out: &mut Vec<u8>) {
        // Writing into memory cannot fail.
        let _ = match self {
            Self::Ip(IpAddr::V4(ip)) => {
                let [a, b, c, d] = ip.octets();
                for (number, end) in [(a, &b"."[..]), (b, b"."), (c, b"."), (d, b"")] {
                    decimal(out, number);
                    out.extend_from_slice(end);
                }
                Ok(())
            }
            Self::Ip(ip) => write!(out, "{ip}"),
            Self::Local => out.write_all(b"LOCAL"),
        };
    }
}

#[inline]
fn decimal(out: &mut Vec<u8>, number: u8) {
    if number >= 100 {
        out.push(b'0' + number / 100);
    }
    if number >= 10 {
        out.push(b'0' + number / 10 % 10);
    }
    out.push(b'0' + number % 10);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(value: &impl Show) -> String {
        let mut out = Vec::new();
        value.show(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn values_are_shown_as_everywhere(number in any::<u128>(), small in any::<u64>(), shift in 0..64_u32, ip in any::<u32>()) {
            prop_assert_eq!(shown(&EventUid(number)), EventUid(number).to_string());
            prop_assert_eq!(shown(&Guid(number)), Guid(number).to_string());
            prop_assert_eq!(shown(&Luid(small >> shift)), Luid(small >> shift).to_string());
            let ip = IpAddr::V4(ip.into());
            prop_assert_eq!(shown(&Address::Ip(ip)), ip.to_string());
        }

        #[test]
        fn a_column_has_its_values_in_their_rows(rows in prop::collection::vec(prop::option::of("[a-zé]{0,4}"), 0..40)) {
            let (mut texts, mut numbers) = (Texts::default(), Numbers::<arrow_array::types::UInt32Type>::default());
            // Twice: the second batch must know nothing of the first.
            for _ in 0..2 {
                for (row, text) in rows.iter().enumerate() {
                    if let Some(text) = text {
                        texts.push(row, text);
                        numbers.push(row, u32::try_from(text.len()).unwrap());
                    }
                }
                let array = texts.finish(rows.len()).unwrap();
                let want = StringArray::from(rows.clone());
                prop_assert_eq!(array, want);
                let array = numbers.finish(rows.len()).unwrap();
                let lengths = rows.iter().map(|text| text.as_ref().map(|t| u32::try_from(t.len()).unwrap()));
                let want: arrow_array::UInt32Array = lengths.collect();
                prop_assert_eq!(array, want);
            }
        }
    }

    #[test]
    fn values_of_the_edges() {
        assert_eq!(shown(&Luid(0)), "0x0");
        assert_eq!(shown(&Address::Local), "LOCAL");
        assert_eq!(shown(&Address::Ip("::1".parse().unwrap())), "::1");
    }
}
