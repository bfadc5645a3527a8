//! The register of evidence as rows.

use kilroy_case::{EvidenceRow, EvidenceStatus};
use kilroy_catalog::Language;
use kilroy_model::Timestamp;
use serde::Serialize;

use super::grouping::number;
use crate::output::{Cell, Column, Listing, Tone, bytes, count, seconds};
use crate::reasons::reason;
use crate::words::text;

/// One file that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct EvidenceListing {
    path: String,
    status: &'static str,
    reason: Option<String>,
    size: u64,
    sha256: Option<String>,
    evidence_id: Option<String>,
    records: u64,
    losses: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LossListing {
    path: String,
    evidence_id: Option<String>,
    offset: u64,
    kind: String,
    detail: String,
}

pub(crate) fn evidence_rows(rows: &[EvidenceRow]) -> Vec<EvidenceListing> {
    rows.iter().map(EvidenceListing::of).collect()
}

/// The losses of all files, in the order of files and offsets.
pub(crate) fn loss_rows(rows: &[EvidenceRow]) -> Vec<LossListing> {
    let of = |row: &EvidenceRow| {
        let (path, id) = (row.path.clone(), row.id.map(|id| id.to_string()));
        let losses = row.losses.iter().map(move |loss| LossListing {
            path: path.clone(),
            evidence_id: id.clone(),
            offset: loss.offset,
            kind: loss.kind.clone(),
            detail: loss.detail.clone(),
        });
        losses.collect::<Vec<_>>()
    };
    rows.iter().flat_map(of).collect()
}

impl EvidenceListing {
    fn of(row: &EvidenceRow) -> Self {
        Self {
            path: row.path.clone(),
            status: row.status.name(),
            reason: row.reason.clone(),
            size: row.size,
            sha256: row.sha256.clone(),
            evidence_id: row.id.map(|id| id.to_string()),
            records: row.records,
            losses: row.losses_total,
            first: row.first,
            last: row.last,
        }
    }

    fn tone(&self) -> Tone {
        if self.status == EvidenceStatus::Damaged.name() || self.status == EvidenceStatus::Unreadable.name() {
            Tone::Bad
        } else if self.status == EvidenceStatus::NotEvidence.name() {
            Tone::Faint
        } else {
            Tone::Plain
        }
    }
}

impl Listing for EvidenceListing {
    const KEYS: &'static [&'static str] =
        &["path", "status", "reason", "size", "sha256", "evidence_id", "records", "losses", "first", "last"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("FILE", "파일").least(24).keep_end(),
            title("STATUS", "상태"),
            title("SIZE", "크기").right().spare(5),
            title("RECORDS", "레코드").right(),
            title("LOST", "손실").right(),
            title("FIRST (UTC)", "처음(UTC)").spare(2),
            title("LAST (UTC)", "마지막(UTC)").spare(3),
            title("WHY", "이유").least(20).spare(1),
            title("SHA-256", "SHA-256").spare(6),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let status = match self.status {
            "read" => text("read", "읽음"),
            "damaged" => text("damaged", "손상됨"),
            "not-evidence" => text("no log", "로그 아님"),
            _ => text("unreadable", "읽을 수 없음"),
        };
        let records = if self.sha256.is_some() { count(self.records) } else { String::new() };
        vec![
            Cell::new(&self.path),
            Cell::new(status.get(language)).tone(self.tone()),
            Cell::new(bytes(self.size)),
            Cell::new(records),
            Cell::new(number(self.losses)).tone(Tone::Bad),
            self.first.map(seconds).into(),
            self.last.map(seconds).into(),
            self.reason.as_deref().map(|said| reason(said, language)).into(),
            self.sha256.as_ref().into(),
        ]
    }
}

impl Listing for LossListing {
    const KEYS: &'static [&'static str] = &["path", "evidence_id", "offset", "kind", "detail"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("FILE", "파일").least(20).keep_end(),
            title("OFFSET", "오프셋").right(),
            title("WHAT", "종류").spare(1),
            title("WHY", "이유").least(44),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        vec![
            Cell::new(&self.path),
            Cell::new(count(self.offset)),
            Cell::new(&self.kind),
            Cell::new(reason(&self.detail, language)),
        ]
    }
}
