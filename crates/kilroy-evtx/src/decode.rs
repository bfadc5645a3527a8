//! Decodes the records of one chunk.
//!
//! Where the records are is decided in [`crate::live`]. A record is read the fast way if it can be, else the slow way.

use std::iter::Peekable;
use std::ops::{ControlFlow, Range};

use crate::RECORD_HEADER;
use crate::detail;
use crate::fast::{Fast, Verdict};
use crate::graft::Grafts;
use crate::ids::EventIds;
use crate::live::{self, Live, Span};
use crate::record::{Loss, LossKind};
use crate::slow::{self, Slow};
use crate::u64_at;
use crate::view::{Header, RecordRef, SystemRef};

/// How records are read, and which.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'s> {
    /// All, if there is no list.
    pub(crate) ids: Option<&'s EventIds>,
    /// All, if there is no condition.
    pub(crate) wanted: Option<&'s (dyn Fn(&SystemRef<'_>) -> bool + Sync)>,
    /// Only the slow way.
    pub(crate) slow: bool,
    /// With the XML of each record: that is the slow way too.
    pub(crate) xml: bool,
    /// Also what is left over from earlier.
    pub(crate) recover: bool,
}

/// What a chunk gives.
pub(crate) enum Found<'a> {
    Record(&'a RecordRef<'a>),
    Loss(Loss),
}

/// Decodes chunks, one after the other. Keeps what it learnt of templates.
#[derive(Debug)]
pub(crate) struct Decoder<'g> {
    fast: Fast,
    grafts: &'g Grafts<'g>,
}

/// What the slow way made of records, with their numbers in the chunk.
type Outcomes = Peekable<std::vec::IntoIter<(usize, Result<Slow, String>)>>;

/// A chunk at work.
struct Work<'w> {
    block: &'w [u8],
    offset: u64,
    spans: &'w [Span],
}

impl<'g> Decoder<'g> {
    pub(crate) fn new(grafts: &'g Grafts<'g>) -> Self {
        Self { fast: Fast::new(), grafts }
    }

    /// Gives the records of `block`, which stands at `offset`, and what of it cannot be read.
    pub(crate) fn chunk(
        &mut self,
        block: &[u8],
        offset: u64,
        live: &Live,
        settings: &Settings<'_>,
        sink: &mut dyn FnMut(Found<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.fast.next_chunk();
        let mut spans = std::borrow::Cow::Borrowed(&live.spans);
        if settings.recover {
            let slack = live::slack(block, live);
            if !slack.is_empty() {
                spans.to_mut().extend(slack);
                spans.to_mut().sort_by_key(|span| span.start);
            }
        }
        let work = Work { block, offset, spans: &spans };
        let mut gaps = live.gaps.iter().peekable();
        // What the slow way made of the records that need it, once the first of them has come.
        let mut slow: Option<Outcomes> = None;
        for (n, span) in work.spans.iter().enumerate() {
            while let Some(gap) = gaps.next_if(|gap| gap.start < span.start) {
                sink(work.gap(gap, live))?;
            }
            match self.verdict(&work, span, settings) {
                Verdict::Unwanted => continue,
                Verdict::Read => {
                    if let Some(record) = RecordRef::fast(&self.fast, block, work.header(span, false)) {
                        sink(Found::Record(&record))?;
                    }
                    continue;
                }
                Verdict::Refused => {}
            }
            let outcomes = slow.get_or_insert_with(|| self.slow(&work, n, settings));
            let outcome = match outcomes.next_if(|(of, _)| *of == n) {
                Some((_, outcome)) => Some(outcome),
                // It became one for the slow way only now: there are too many names or templates.
                None => slow::read(block, &spans, &[n], self.grafts, settings.xml).pop(),
            };
            let outcome = outcome.unwrap_or_else(|| Err("it was not decoded".to_owned()));
            work.give(span, outcome, settings, sink)?;
        }
        for gap in gaps {
            sink(work.gap(gap, live))?;
        }
        ControlFlow::Continue(())
    }

    fn verdict(&mut self, work: &Work<'_>, span: &Span, settings: &Settings<'_>) -> Verdict {
        // A damaged record may have lost its end: the slow way finds out.
        if settings.slow || settings.xml || span.damaged {
            return Verdict::Refused;
        }
        let xml = span.start + RECORD_HEADER..span.end.saturating_sub(4).min(work.block.len());
        self.fast.record(work.block, xml, settings.ids, settings.wanted)
    }

    /// All records from number `from` on that need the slow way, read together: it has to prepare a whole chunk.
    fn slow(&mut self, work: &Work<'_>, from: usize, settings: &Settings<'_>) -> Outcomes {
        let rest = work.spans.iter().enumerate().skip(from + 1);
        let refused = rest.filter(|(_, span)| self.verdict(work, span, settings) == Verdict::Refused);
        let mut chosen = vec![from];
        chosen.extend(refused.map(|(n, _)| n));
        let outcomes = slow::read(work.block, work.spans, &chosen, self.grafts, settings.xml);
        chosen.into_iter().zip(outcomes).collect::<Vec<_>>().into_iter().peekable()
    }
}

impl Work<'_> {
    fn header(&self, span: &Span, grafted: bool) -> Header {
        Header {
            offset: self.offset + span.start as u64,
            time_filetime: u64_at(self.block, span.start + 16).unwrap_or_default(),
            record_id: span.record_id,
            recovered: span.beyond || grafted,
        }
    }

    /// Hands over what the slow way made of a record.
    fn give(
        &self,
        span: &Span,
        outcome: Result<Slow, String>,
        settings: &Settings<'_>,
        sink: &mut dyn FnMut(Found<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // Its values may be cut. Where the chunk's header says that it is a record it is given all the same.
        let outcome = if span.damaged && span.beyond { Err(detail::end_missing()) } else { outcome };
        match outcome {
            Ok(slow) => {
                let system = &slow.fields.system;
                if settings.ids.is_some_and(|ids| !ids.contains(system.event_id))
                    || settings.wanted.is_some_and(|wanted| !wanted(&SystemRef::from(system)))
                {
                    return ControlFlow::Continue(());
                }
                let damage = match (span.damaged, slow.overrun) {
                    (true, _) => Some(detail::values_missing()),
                    // What is left over from earlier may be overwritten in part: that is no loss.
                    (false, true) if !span.slack => Some(detail::values_overrun()),
                    (false, _) => None,
                };
                if let Some(damage) = damage {
                    let detail = detail::record_damaged(span.record_id, &damage);
                    sink(self.lost(span.start, detail))?;
                }
                sink(Found::Record(&RecordRef::slow(&slow, self.header(span, slow.grafted))))
            }
            // What is left over from earlier is no loss.
            Err(_) if span.slack => ControlFlow::Continue(()),
            Err(why) => sink(self.lost(span.start, detail::record_undecodable(span.record_id, &why))),
        }
    }

    /// Bytes that belong to no record.
    fn gap(&self, gap: &Range<usize>, live: &Live) -> Found<'static> {
        let is_last = live.spans.last().is_none_or(|last| last.start < gap.start);
        let detail = if is_last { detail::behind_records } else { detail::between_records };
        self.lost(gap.start, detail(gap.len()))
    }

    fn lost(&self, at: usize, detail: String) -> Found<'static> {
        Found::Loss(Loss { offset: self.offset + at as u64, kind: LossKind::Record, detail })
    }
}
