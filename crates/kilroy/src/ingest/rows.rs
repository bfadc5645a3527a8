//! What the register is told of a file.

use kilroy_case::{EvidenceRow, EvidenceStatus, LossRow};
use kilroy_evidence::{Digest, EvidenceFile, Found, LossKind, NotEvidence, ReadError};

/// A file that is no log, or that could not be opened.
pub(crate) fn absent(found: &Found) -> EvidenceRow {
    let (status, reason) = match &found.kind {
        Err(NotEvidence::Unreadable(reason)) => (EvidenceStatus::Unreadable, Some(reason.clone())),
        Err(kind) => (EvidenceStatus::NotEvidence, Some(kind.to_string())),
        Ok(_) => (EvidenceStatus::NotEvidence, None),
    };
    EvidenceRow { status, reason, ..blank(found) }
}

/// A log that could not be read to its end; it does not count as read at all.
pub(crate) fn unreadable(found: &Found, digest: Option<&Digest>, error: &ReadError) -> EvidenceRow {
    let reason = match error {
        ReadError::Unreadable { reason, .. } => reason.clone(),
        ReadError::NotEvidence { kind, .. } => kind.to_string(),
    };
    EvidenceRow { status: EvidenceStatus::Unreadable, reason: Some(reason), ..hashed(found, digest) }
}

/// A log whose content the case holds: the register knows the rest.
pub(crate) fn held(found: &Found, digest: &Digest) -> EvidenceRow {
    EvidenceRow { status: EvidenceStatus::Read, ..hashed(found, Some(digest)) }
}

/// A log that was read from begin to end.
pub(crate) fn read(found: &Found, file: EvidenceFile) -> EvidenceRow {
    let EvidenceFile { id, sha256, size, records, losses_total, losses, first, last, changed } = file;
    let reason = if changed {
        Some("the file was written to while it was read; give a copy of it".to_owned())
    } else {
        (losses_total > 0).then(|| "not all of it could be read".to_owned())
    };
    let status = if reason.is_some() { EvidenceStatus::Damaged } else { EvidenceStatus::Read };
    let losses = losses
        .into_iter()
        .map(|loss| LossRow { offset: loss.offset, kind: what(loss.kind).to_owned(), detail: loss.detail })
        .collect();
    EvidenceRow {
        path: found.shown.clone(),
        sha256: Some(sha256),
        id: Some(id),
        size,
        status,
        reason,
        records,
        losses_total,
        losses,
        first,
        last,
    }
}

/// The name of a kind of loss in the register.
const fn what(kind: LossKind) -> &'static str {
    match kind {
        LossKind::Header => "header",
        LossKind::ChunkMagic => "chunk-magic",
        LossKind::ChunkHeader => "chunk-header",
        LossKind::Chunk => "chunk",
        LossKind::Record => "record",
        LossKind::Checksum => "checksum",
        LossKind::Truncated => "truncated",
        // The decoder may learn to tell more kinds apart.
        _ => "other",
    }
}

fn hashed(found: &Found, digest: Option<&Digest>) -> EvidenceRow {
    EvidenceRow {
        sha256: digest.map(|d| d.sha256.clone()),
        id: digest.map(|d| d.id),
        size: digest.map_or(found.size, |d| d.size),
        ..blank(found)
    }
}

fn blank(found: &Found) -> EvidenceRow {
    EvidenceRow {
        path: found.shown.clone(),
        sha256: None,
        id: None,
        size: found.size,
        status: EvidenceStatus::NotEvidence,
        reason: None,
        records: 0,
        losses_total: 0,
        losses: Vec::new(),
        first: None,
        last: None,
    }
}
