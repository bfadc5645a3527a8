//! What the register is told of a file.

use kilroy_case::{EvidenceRow, EvidenceStatus, LossRow, Seen};
use kilroy_evidence::{Decoded, EvidenceFile, Found, LossKind, NotEvidence, ReadError};

use super::hashed::Hashed;

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
pub(crate) fn unreadable(found: &Found, hashed: Option<&Hashed>, error: &ReadError) -> EvidenceRow {
    let reason = match error {
        ReadError::Unreadable { reason, .. } => reason.clone(),
        ReadError::NotEvidence { kind, .. } => kind.to_string(),
    };
    EvidenceRow { status: EvidenceStatus::Unreadable, reason: Some(reason), ..known(found, hashed) }
}

/// A log whose content the case holds: the register knows the rest.
pub(crate) fn held(found: &Found, hashed: &Hashed) -> EvidenceRow {
    EvidenceRow { status: EvidenceStatus::Read, ..known(found, Some(hashed)) }
}

/// A log that was read from begin to end.
pub(crate) fn read(found: &Found, hashed: Hashed, decoded: Decoded) -> EvidenceRow {
    let Hashed { digest, modified } = hashed;
    // Of a file that changed meanwhile nobody knows what it is now.
    let modified = modified.filter(|_| !decoded.changed);
    let seen = Seen { place: found.path.clone(), size: digest.size, modified };
    let file = EvidenceFile::new(digest, decoded);
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
        seen: Some(seen),
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

fn known(found: &Found, hashed: Option<&Hashed>) -> EvidenceRow {
    let Some(Hashed { digest, modified }) = hashed else { return blank(found) };
    EvidenceRow {
        sha256: Some(digest.sha256.clone()),
        id: Some(digest.id),
        size: digest.size,
        seen: Some(Seen { place: found.path.clone(), size: digest.size, modified: *modified }),
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
        seen: Some(Seen { place: found.path.clone(), size: found.size, modified: None }),
    }
}
