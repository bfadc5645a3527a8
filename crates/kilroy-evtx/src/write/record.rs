//! Writes an event's record: templates, the values that go into them, and plain binary XML.

use super::chunk::Chunk;
use super::encode::kind;
use super::error::Refused;
use super::event::{Body, EventSpec, Layout};
use super::gather::{Fragment, Gather, Values};
use super::markup::{Markup, token};
use super::{body, shape};
use crate::{RECORD_HEADER, RECORD_MAGIC, put};

/// Begin of every fragment: token, version 1.1, no flags.
const FRAGMENT: [u8; 4] = [0x0f, 1, 1, 0];

/// An event, ready to be put into a chunk.
#[derive(Debug)]
pub(super) struct Encoded<'e> {
    event: &'e EventSpec,
    /// Values of the outer template, which has `System`.
    outer: Values<'e>,
    /// Values of the inner one.
    inner: Values<'e>,
}

/// One of an event's two templates.
#[derive(Clone, Copy)]
enum Which {
    Outer,
    Inner,
}

impl<'e> Encoded<'e> {
    pub(super) fn new(event: &'e EventSpec) -> Result<Self, Refused> {
        let mut record = Self { event, outer: Values::default(), inner: Values::default() };
        if event.layout == Layout::Plain {
            return Ok(record);
        }
        let mut gather = Gather::new();
        shape::event(&mut gather, event)?;
        record.outer = gather.0;
        if event.layout != Layout::PlainBody && event.body != Body::Empty {
            let mut gather = Gather::new();
            body::body(&mut gather, event)?;
            record.inner = gather.0;
        }
        Ok(record)
    }

    pub(super) fn record_id(&self) -> u64 {
        self.event.header_record_id.unwrap_or(self.event.record_id)
    }

    fn values(&self, which: Which) -> &Values<'e> {
        match which {
            Which::Outer => &self.outer,
            Which::Inner => &self.inner,
        }
    }
}

impl Chunk {
    /// Puts a record at the end of what is there.
    pub(super) fn record(&mut self, record: &Encoded<'_>) -> Result<(), Refused> {
        let start = self.bytes.len();
        let time = record.event.header_time_filetime.unwrap_or(record.event.time_filetime);
        self.bytes.extend(RECORD_MAGIC);
        self.u32(0);
        self.u64(record.record_id());
        self.u64(time);
        debug_assert_eq!(self.bytes.len(), start + RECORD_HEADER);
        if record.event.layout == Layout::Plain {
            self.bytes.extend(FRAGMENT);
            shape::event(&mut Markup::<true>::new(self), record.event)?;
        } else {
            self.instance(record, Which::Outer)?;
        }
        self.bytes.push(token::END);
        // Windows keeps records at multiples of eight.
        while !(self.bytes.len() + 4).is_multiple_of(8) {
            self.bytes.push(0);
        }
        let size = self.since(start)? + 4;
        self.u32(size);
        put(&mut self.bytes, start + 4, &size.to_le_bytes());
        Ok(())
    }

    /// A template with its values.
    fn instance(&mut self, record: &Encoded<'_>, which: Which) -> Result<(), Refused> {
        let values = record.values(which);
        self.bytes.extend(FRAGMENT);
        self.bytes.extend([token::TEMPLATE, 1]);
        if self.template(values.template())? {
            self.definition(record, which)?;
        }
        self.u32(u32::try_from(values.table.len()).map_err(|_| Refused::TooLarge)?);
        let table = self.bytes.len();
        for value in &values.table {
            self.u16(value.size);
            self.bytes.extend([value.kind, 0]);
        }
        if values.fragments.is_empty() {
            self.bytes.extend_from_slice(&values.bytes);
            return Ok(());
        }
        let mut bytes = values.bytes.as_slice();
        let mut fragments = values.fragments.iter();
        for (index, value) in values.table.iter().enumerate() {
            if value.kind == kind::BINXML {
                let start = self.bytes.len();
                fragments.next().map_or(Ok(()), |fragment| self.fragment(record, *fragment))?;
                let size = u16::try_from(self.since(start)?).map_err(|_| Refused::TooLarge)?;
                put(&mut self.bytes, table + index * 4, &size.to_le_bytes());
                continue;
            }
            let (own, rest) = bytes.split_at_checked(usize::from(value.size)).unwrap_or((bytes, &[]));
            self.bytes.extend_from_slice(own);
            bytes = rest;
        }
        Ok(())
    }

    fn definition(&mut self, record: &Encoded<'_>, which: Which) -> Result<(), Refused> {
        let size = self.sized_later();
        self.bytes.extend(FRAGMENT);
        let mut markup = Markup::<false>::new(self);
        match which {
            Which::Outer => shape::event(&mut markup, record.event)?,
            Which::Inner => body::body(&mut markup, record.event)?,
        }
        self.bytes.push(token::END);
        self.set_size(size)
    }

    /// A value that is binary XML. Plain ones have no begin of their own in real logs.
    fn fragment(&mut self, record: &Encoded<'_>, fragment: Fragment<'_>) -> Result<(), Refused> {
        match fragment {
            Fragment::Body if record.event.layout == Layout::PlainBody => {
                body::body(&mut Markup::<true>::new(self), record.event)?;
            }
            Fragment::Body => self.instance(record, Which::Inner)?,
            Fragment::Element(element) => body::element(&mut Markup::<true>::new(self), element)?,
        }
        self.bytes.push(token::END);
        Ok(())
    }
}
