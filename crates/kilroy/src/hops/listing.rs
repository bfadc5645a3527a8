//! Hops as rows.

use kilroy_catalog::Language;
use kilroy_model::{Certainty, Hop, SessionOutcome};
use serde::{Serialize, Serializer};

use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::rows::HostNames;
use crate::words::{Named, text};

/// One hop as a row; as JSON it is the hop itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HopListing<'a> {
    hop: &'a Hop,
    names: &'a HostNames,
}

impl<'a> HopListing<'a> {
    /// All rows of one table.
    pub(crate) fn of(hops: &'a [Hop], names: &'a HostNames) -> Vec<Self> {
        hops.iter().map(|hop| Self { hop, names }).collect()
    }

    /// Every host that hops name.
    pub(crate) fn names(hops: &[Hop]) -> HostNames {
        let hosts = hops.iter().flat_map(|hop| {
            let sources = hop.source_host.iter().chain(&hop.source_candidates);
            sources.map(String::as_str).chain([hop.target_host.as_str()])
        });
        HostNames::of(hosts)
    }

    fn from(&self) -> Cell {
        let several: Vec<&str> =
            self.hop.source_candidates.iter().map(|host| self.names.short(host)).collect();
        match &self.hop.source_host {
            Some(host) => Cell::new(self.names.short(host)),
            None => Cell::new(several.join(" | ")).tone(Tone::Notable),
        }
    }

    fn to(&self) -> Cell {
        let cell = Cell::new(self.names.short(&self.hop.target_host));
        if self.hop.target_known { cell } else { cell.tone(Tone::Faint) }
    }
}

impl Serialize for HopListing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.hop.serialize(serializer)
    }
}

/// `+4.2±0.8 s`: how far the clock of the target is ahead.
pub(crate) fn ahead(difference: Option<i64>, error: Option<u64>) -> Option<String> {
    let tenths = |millis: u64| format!("{}.{}", millis / 1000, millis % 1000 / 100);
    let (difference, error) = (difference?, error?);
    let sign = if difference < 0 { '-' } else { '+' };
    Some(format!("{sign}{}±{} s", tenths(difference.unsigned_abs()), tenths(error)))
}

impl Listing for HopListing<'_> {
    const KEYS: &'static [&'static str] = &[
        "hop_uid",
        "time",
        "method",
        "outcome",
        "certainty",
        "sides",
        "source_host",
        "source_candidates",
        "source_address",
        "source_port",
        "source_session",
        "source_user",
        "source_domain",
        "source_time",
        "target_host",
        "target_known",
        "target_address",
        "target_session",
        "user",
        "domain",
        "target_time",
        "end",
        "clock_difference_ms",
        "clock_error_ms",
        "keys",
        "proofs",
        "missing",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("HOP", "홉"),
            title("TIME (UTC)", "시간(UTC)"),
            title("FROM", "원본").least(12),
            title("TO", "대상").least(12),
            title("METHOD", "방법"),
            title("BY", "실행 계정").least(8).spare(2),
            title("AS", "로그온 계정").least(8),
            title("SURE", "확실성"),
            title("SIDES", "기록").spare(1),
            title("ADDRESS", "주소").least(12).spare(3),
            title("CLOCK", "시계 차이").spare(4),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let hop = self.hop;
        let method = Cell::new(hop.method.name());
        let method = match hop.outcome {
            Some(SessionOutcome::Failure | SessionOutcome::Denied) => method.tone(Tone::Bad),
            _ => method,
        };
        let sure = Cell::new(hop.certainty.in_words(language));
        let sure = match hop.certainty {
            Certainty::Exact => sure.tone(Tone::Good),
            Certainty::Likely => sure,
            Certainty::Possible => sure.tone(Tone::Faint),
        };
        vec![
            Cell::new(&hop.hop_uid.to_string()[..8]),
            Cell::new(seconds(hop.time)),
            self.from(),
            self.to(),
            method,
            hop.source_user.as_ref().into(),
            hop.user.as_ref().into(),
            sure,
            Cell::new(hop.sides.in_words(language)),
            hop.source_address.as_ref().into(),
            ahead(hop.clock_difference_ms, hop.clock_error_ms).into(),
        ]
    }
}
