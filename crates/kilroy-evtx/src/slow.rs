//! The slow way from records to their fields: the `evtx` crate renders XML, and that is read again.
//!
//! Records come here that [`crate::fast`] refuses. The crate walks a chunk by what its headers say, so it gets a copy
//! whose headers say what is true, and lead past the records that are not wanted.

use std::collections::HashMap;
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, ParserSettings};

use crate::graft::Grafts;
use crate::instance::instances;
use crate::live::Span;
use crate::mask::mask;
use crate::xml::{self, Fields};
use crate::{CHUNK, CHUNK_HEADER, CHUNK_MAGIC, RECORD_HEADER, RECORD_MAGIC, put, stored, u64_at};

/// What the slow way made of a record.
#[derive(Debug)]
pub(crate) struct Slow {
    pub(crate) fields: Fields,
    /// With a template of another chunk.
    pub(crate) grafted: bool,
    /// Values run past its end: they may be anything.
    pub(crate) overrun: bool,
    /// Its XML, if it was asked for.
    pub(crate) xml: Option<String>,
}

/// A record as XML.
#[derive(Debug)]
struct Rendered {
    xml: String,
    /// With a template of another chunk.
    grafted: bool,
    overrun: bool,
}

/// The fields of the chosen ones among the records of a chunk, or why there are none. `chosen` rises. Where the XML is
/// wanted too it is as Windows renders it, with `_` for characters that XML cannot carry, and so are the fields.
pub(crate) fn read(
    block: &[u8],
    spans: &[Span],
    chosen: &[usize],
    grafts: &Grafts<'_>,
    with_xml: bool,
) -> Vec<Result<Slow, String>> {
    let fields = |rendered: Rendered| {
        let fields = xml::fields(&rendered.xml).map_err(|e| e.to_string())?;
        let Rendered { grafted, overrun, .. } = rendered;
        Ok(Slow { fields, grafted, overrun, xml: with_xml.then_some(rendered.xml) })
    };
    render(block, spans, chosen, grafts, !with_xml)
        .into_iter()
        .map(|outcome| outcome.and_then(fields))
        .collect()
}

/// The XML of the chosen records, or why there is none. With `keeps`, control characters stay that XML cannot carry.
fn render(
    block: &[u8],
    spans: &[Span],
    chosen: &[usize],
    grafts: &Grafts<'_>,
    keeps: bool,
) -> Vec<Result<Rendered, String>> {
    let mut copy = mended(block, spans, chosen);
    let wanted: Vec<&Span> = chosen.iter().filter_map(|n| spans.get(*n)).collect();
    let mut placed = HashMap::new();
    let mut preparations = Vec::with_capacity(wanted.len());
    for span in &wanted {
        let instances = instances(&copy, span);
        let grafted = grafts.mend(&mut copy, &instances.list, &mut placed);
        let masked = if keeps { mask(&mut copy, &instances.list) } else { None };
        preparations.push((grafted, instances.overrun, masked));
    }
    let outcomes = walk(copy, &wanted);
    let prepared = preparations.into_iter().zip(outcomes);
    let prepared = prepared.map(|((grafted, overrun, masked), outcome)| {
        let xml = outcome?;
        let xml = if let Some(stand_ins) = masked { stand_ins.unmask(&xml) } else { xml };
        Ok(Rendered { xml, grafted, overrun })
    });
    prepared.collect()
}

/// Has the crate walk a mended copy.
fn walk(copy: Vec<u8>, spans: &[&Span]) -> Vec<Result<String, String>> {
    let settings = Arc::new(ParserSettings::new().indent(false));
    let failed = |why: String| vec![Err(why); spans.len()];
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
    let mut outcomes = Outcomes { spans, done: Vec::with_capacity(spans.len()), why: None };
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
    spans: &'s [&'s Span],
    done: Vec<Result<String, String>>,
    /// What the crate last said of a place that is none of a record it gave.
    why: Option<String>,
}

impl Outcomes<'_> {
    /// Sets the outcome of the next span that `is_it`. Those before it were skipped. What is no span is no live record.
    fn put(&mut self, is_it: impl Fn(&Span) -> bool, outcome: impl FnOnce() -> Result<String, String>) {
        let rest = self.spans.get(self.done.len()..).unwrap_or_default();
        let Some(skipped) = rest.iter().position(|span| is_it(span)) else { return };
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

/// A copy of the chunk with a header, and record headers, that lead from one chosen record to the next.
fn mended(block: &[u8], spans: &[Span], chosen: &[usize]) -> Vec<u8> {
    let mut copy = block.to_vec();
    copy.resize(CHUNK.max(CHUNK_HEADER), 0);
    let end = spans.last().map_or(CHUNK_HEADER, |span| span.end);
    put(&mut copy, 0, CHUNK_MAGIC);
    // Any record ID may come, and none is the last one: behind that the crate would read no more.
    let is_taken = |id: u64| spans.iter().any(|span| span.record_id == id);
    let last = (0..=u64::MAX).rev().find(|id| !is_taken(*id)).unwrap_or(u64::MAX);
    put(&mut copy, 24, &0_u64.to_le_bytes());
    put(&mut copy, 32, &last.to_le_bytes());
    put(&mut copy, 44, &stored(CHUNK));
    put(&mut copy, 48, &stored(end));
    let mut chosen = chosen.iter().peekable();
    let mut hidden: Option<std::ops::Range<usize>> = None;
    for (n, span) in spans.iter().enumerate() {
        if chosen.next_if(|next| **next == n).is_some() {
            hide(&mut copy, hidden.take());
            header(&mut copy, span.start, span.end);
            continue;
        }
        hidden = match hidden {
            Some(run) if run.end == span.start => Some(run.start..span.end),
            other => {
                hide(&mut copy, other);
                Some(span.start..span.end)
            }
        };
    }
    hide(&mut copy, hidden);
    copy
}

/// The last time that the crate can represent: 9999-12-30.
const LAST_TIME: u64 = 2_650_466_807_999_999_999;

/// Makes one empty record of a run of records: what others need of them, their templates, stays.
fn hide(copy: &mut [u8], run: Option<std::ops::Range<usize>>) {
    let Some(run) = run else { return };
    header(copy, run.start, run.end);
    put(copy, run.start + RECORD_HEADER, &[0]);
}

fn header(copy: &mut [u8], start: usize, end: usize) {
    put(copy, start, RECORD_MAGIC);
    put(copy, start + 4, &stored(end - start));
    // The time is not used, but a wild one would make the crate refuse the record.
    if u64_at(copy, start + 16).is_none_or(|time| time > LAST_TIME) {
        put(copy, start + 16, &0_u64.to_le_bytes());
    }
}

/// An error and its causes in one line, without those that only say that something went wrong.
fn plain(error: &dyn std::error::Error) -> String {
    const SAYS_NOTHING: &str = "An error occurred while trying to ";
    let all: Vec<String> =
        std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    let telling: Vec<&str> =
        all.iter().map(String::as_str).filter(|text| !text.starts_with(SAYS_NOTHING)).collect();
    if telling.is_empty() { all.join(": ") } else { telling.join(": ") }
}
