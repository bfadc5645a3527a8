//! Decodes the records of one chunk.
//!
//! Where the records are is decided here (see [`live`]); how one is decoded is the `evtx` crate's. The crate walks a
//! chunk by what its header says, so it gets a copy whose header says what is true.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, ParserSettings};

use crate::graft::Templates;
use crate::instance::instances;
use crate::live::{Live, Span};
use crate::mask::{mask, unmask};
use crate::record::{Item, Loss, LossKind, Position, Record};
use crate::xml;
use crate::{CHUNK, CHUNK_HEADER, CHUNK_MAGIC, RECORD_HEADER, RECORD_MAGIC, put, stored, u64_at};

/// Where a chunk stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// How many chunks were found before it.
    pub(crate) number: u64,
    /// Its offset in the file.
    pub(crate) offset: u64,
}

/// Gives the records of `block`, and what of it cannot be read.
pub(crate) fn decode(
    block: &[u8],
    place: Place,
    live: &Live,
    templates: &mut Templates,
    sink: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let lost = |at: usize, detail: String| {
        Item::Loss(Loss { offset: place.offset + at as u64, kind: LossKind::Record, detail })
    };
    let mut gaps = live.gaps.iter().peekable();
    let mut outcomes = render(block, live, templates).into_iter();
    for span in &live.spans {
        while let Some(gap) = gaps.next_if(|gap| gap.start < span.start) {
            sink(lost(gap.start, format!("{} bytes between records belong to none", gap.len())))?;
        }
        let outcome = outcomes.next().unwrap_or_else(|| Err("it was not decoded".to_owned()));
        // Its values may be cut. Where the chunk's header says that it is a record it is given all the same.
        let outcome =
            if span.damaged && span.beyond { Err("its end is missing".to_owned()) } else { outcome };
        let item = match outcome.and_then(|rendered| record(block, place, span, &rendered)) {
            Ok(record) => {
                if span.damaged {
                    let detail = format!("record {} is damaged: values may be missing", span.record_id);
                    sink(lost(span.start, detail))?;
                }
                Item::Record(record)
            }
            Err(why) => lost(span.start, format!("record {} cannot be decoded: {why}", span.record_id)),
        };
        sink(item)?;
    }
    for gap in gaps {
        sink(lost(gap.start, format!("{} bytes behind the last record belong to none", gap.len())))?;
    }
    ControlFlow::Continue(())
}

fn record(block: &[u8], place: Place, span: &Span, rendered: &Rendered) -> Result<Record, String> {
    let fields = xml::fields(&rendered.xml).map_err(|e| e.to_string())?;
    Ok(Record {
        system: fields.system,
        data: fields.data,
        rendering: fields.rendering,
        position: Position { chunk: place.number, offset: place.offset + span.start as u64 },
        header_time_filetime: u64_at(block, span.start + 16).unwrap_or_default(),
        header_record_id: span.record_id,
        recovered: span.beyond || rendered.grafted,
    })
}

/// What the crate made of a record.
struct Rendered {
    xml: String,
    /// With a template of another chunk.
    grafted: bool,
}

/// The XML of every live record, or why there is none.
fn render(block: &[u8], live: &Live, templates: &mut Templates) -> Vec<Result<Rendered, String>> {
    let mut copy = mended(block, live);
    let mut placed = HashMap::new();
    let mut preparations = Vec::with_capacity(live.spans.len());
    for span in &live.spans {
        let instances = instances(&copy, span);
        let grafted = templates.mend(&mut copy, &instances, &mut placed);
        let masked = mask(&mut copy, &instances);
        preparations.push((instances, grafted, masked));
    }
    let outcomes = walk(copy, live);
    let prepared = preparations.into_iter().zip(outcomes);
    let prepared = prepared.map(|((instances, grafted, masked), outcome)| {
        let xml = outcome?;
        templates.learn(block, &instances);
        Ok(Rendered { xml: if masked { unmask(&xml) } else { xml }, grafted })
    });
    prepared.collect()
}

/// Has the crate walk a mended copy.
fn walk(copy: Vec<u8>, live: &Live) -> Vec<Result<String, String>> {
    let settings = Arc::new(ParserSettings::new().indent(false));
    let failed = |why: String| vec![Err(why); live.spans.len()];
    let data = EvtxChunkData::new(copy, false).and_then(|mut data| {
        if data.parse(Arc::clone(&settings)).is_ok() {
            return Ok(data);
        }
        // A damaged table of names spoils every record, and nothing needs it: names are found without it.
        put(&mut data.data, 128, &[0; 64 * 4]);
        EvtxChunkData::new(data.data, false)
    });
    let mut data = match data {
        Ok(data) => data,
        Err(e) => return failed(plain(&e)),
    };
    let mut chunk = match data.parse(settings) {
        Ok(chunk) => chunk,
        Err(e) => return failed(plain(&e)),
    };
    let mut outcomes = Outcomes { spans: &live.spans, done: Vec::with_capacity(live.spans.len()), why: None };
    for item in chunk.iter() {
        match item {
            Ok(record) => {
                let start = usize::try_from(record.binxml_offset).unwrap_or(0).saturating_sub(RECORD_HEADER);
                outcomes.put(
                    |span| span.start == start,
                    || record.into_xml().map(|r| r.data).map_err(|e| plain(&e)),
                );
            }
            Err(EvtxError::FailedToParseRecord { record_id, source }) => {
                outcomes.put(|span| span.record_id == record_id, || Err(plain(&*source)));
            }
            Err(e) => outcomes.why = Some(plain(&e)),
        }
    }
    outcomes.finish()
}

/// What became of each span, in their order.
struct Outcomes<'s> {
    spans: &'s [Span],
    done: Vec<Result<String, String>>,
    /// What the crate last said of a place that is none of a record it gave.
    why: Option<String>,
}

impl Outcomes<'_> {
    /// Sets the outcome of the next span that `is_it`. Those before it were skipped. What is no span is no live record.
    fn put(&mut self, is_it: impl Fn(&Span) -> bool, outcome: impl FnOnce() -> Result<String, String>) {
        let rest = self.spans.get(self.done.len()..).unwrap_or_default();
        let Some(skipped) = rest.iter().position(is_it) else { return };
        for _ in 0..skipped {
            self.skip();
        }
        self.done.push(outcome());
    }

    fn skip(&mut self) {
        self.done.push(Err(self.why.clone().unwrap_or_else(|| "it was passed over".to_owned())));
    }

    fn finish(mut self) -> Vec<Result<String, String>> {
        while self.done.len() < self.spans.len() {
            self.skip();
        }
        self.done
    }
}

/// A copy of the chunk with a header, and record headers, that lead from record to record.
fn mended(block: &[u8], live: &Live) -> Vec<u8> {
    let mut copy = block.to_vec();
    copy.resize(CHUNK.max(CHUNK_HEADER), 0);
    let end = live.spans.last().map_or(CHUNK_HEADER, |span| span.end);
    put(&mut copy, 0, CHUNK_MAGIC);
    // Any record ID may come, and none is the last one.
    put(&mut copy, 24, &0_u64.to_le_bytes());
    put(&mut copy, 32, &u64::MAX.to_le_bytes());
    put(&mut copy, 44, &stored(CHUNK));
    put(&mut copy, 48, &stored(end));
    for span in &live.spans {
        put(&mut copy, span.start, RECORD_MAGIC);
        put(&mut copy, span.start + 4, &stored(span.end - span.start));
        // Not used, and a wild one would make the crate refuse the record.
        put(&mut copy, span.start + 16, &0_u64.to_le_bytes());
    }
    copy
}

/// An error and its causes in one line.
fn plain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
