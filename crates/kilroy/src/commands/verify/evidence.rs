//! Is the evidence still what it was?

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, anyhow};
use kilroy_case::{EvidenceRow, EvidenceStatus};
use kilroy_evidence::{Digest, Found, ReadError};

use super::report::Check;
use crate::words::text;

/// What is looked for, and where.
pub(super) struct Search<'a> {
    pub(super) rows: &'a [EvidenceRow],
    /// Empty: each file where it was last seen.
    pub(super) dirs: &'a [PathBuf],
    pub(super) threads: usize,
}

/// A file that may be one of the evidence, and what it is.
struct Candidate {
    found: Found,
    digest: Result<Digest, ReadError>,
}

impl Search<'_> {
    /// What was compared, and one file of each content that is still there.
    pub(super) fn run(&self) -> Result<(Check, Vec<Found>)> {
        let rows: Vec<&EvidenceRow> = self.rows.iter().filter(|row| is_read(row)).collect();
        let found = if self.dirs.is_empty() { last_seen(&rows)? } else { self.given(&rows)? };
        let candidates = hashed(found, self.threads)?;
        let mut by_hash = BTreeMap::new();
        for (at, candidate) in candidates.iter().enumerate() {
            if let Ok(digest) = &candidate.digest {
                by_hash.entry(digest.sha256.as_str()).or_insert(at);
            }
        }
        let known: BTreeSet<&str> = self.rows.iter().filter_map(|row| row.sha256.as_deref()).collect();
        let mut check = Check::new("evidence", text("Evidence", "증거"));
        let mut there = BTreeSet::new();
        for row in rows {
            let sha256 = row.sha256.as_deref().unwrap_or_default();
            if let Some(at) = by_hash.get(sha256) {
                there.insert(*at);
                check.sound();
                continue;
            }
            match candidates.iter().find(|candidate| self.is_place_of(row, candidate)).map(|c| &c.digest) {
                None => check.not_compared(&row.path, self.not_found(row)),
                Some(Err(error)) => check.not_compared(&row.path, error.to_string()),
                Some(Ok(digest)) if known.contains(digest.sha256.as_str()) => {
                    check.not_compared(&row.path, "another content of this file has been read since");
                }
                Some(Ok(digest)) => check.wrong(
                    &row.path,
                    format!("it has changed: its SHA-256 was {sha256} and is {}", digest.sha256),
                ),
            }
        }
        let there = candidates.into_iter().enumerate().filter(|(at, _)| there.contains(at));
        Ok((check, there.map(|(_, candidate)| candidate.found).collect()))
    }

    /// Files in the folders that may be evidence: by their size, or by their name.
    fn given(&self, rows: &[&EvidenceRow]) -> Result<Vec<Found>> {
        let sizes: BTreeSet<u64> = rows.iter().map(|row| row.size).collect();
        let tails: BTreeSet<&str> = rows.iter().map(|row| tail(&row.path)).collect();
        let mut found = kilroy_evidence::find(self.dirs)?;
        found.retain(|f| sizes.contains(&f.size) || tails.contains(tail(&f.shown)));
        Ok(found)
    }

    fn is_place_of(&self, row: &EvidenceRow, candidate: &Candidate) -> bool {
        if self.dirs.is_empty() {
            place(row).is_some_and(|place| real(place) == candidate.found.path)
        } else {
            tail(&row.path) == tail(&candidate.found.shown)
        }
    }

    fn not_found(&self, row: &EvidenceRow) -> String {
        match place(row) {
            _ if !self.dirs.is_empty() => "it is not there".to_owned(),
            Some(place) => format!("it is no more where it was last seen, {}", super::shown(place)),
            None => "where it was is not known: give its folder with --evidence".to_owned(),
        }
    }
}

/// Only what was read can be compared.
fn is_read(row: &EvidenceRow) -> bool {
    row.sha256.is_some() && matches!(row.status, EvidenceStatus::Read | EvidenceStatus::Damaged)
}

fn place(row: &EvidenceRow) -> Option<&Path> {
    row.seen.as_ref().map(|seen| seen.place.as_path())
}

/// As [`kilroy_evidence::find`] names what it is given.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A path without the name of what was given: evidence may lie below another folder by now.
fn tail(path: &str) -> &str {
    path.split_once('/').map_or(path, |(_, tail)| tail)
}

fn last_seen(rows: &[&EvidenceRow]) -> Result<Vec<Found>> {
    let places: BTreeSet<&Path> =
        rows.iter().filter_map(|row| place(row)).filter(|place| place.is_file()).collect();
    let places: Vec<PathBuf> = places.into_iter().map(Path::to_owned).collect();
    if places.is_empty() { Ok(Vec::new()) } else { Ok(kilroy_evidence::find(&places)?) }
}

/// The hashes of files, several at a time.
fn hashed(found: Vec<Found>, threads: usize) -> Result<Vec<Candidate>> {
    let next = AtomicUsize::new(0);
    let digests = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some((at, file)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, found.get(at)?)))
        {
            let digest = kilroy_evidence::hash(file, &|_| {});
            digests.lock().unwrap_or_else(PoisonError::into_inner).insert(at, digest);
        }
    };
    thread::scope(|scope| (0..threads.min(found.len())).for_each(|_| _ = scope.spawn(work)));
    let mut digests = digests.into_inner().unwrap_or_else(PoisonError::into_inner);
    let candidates = found.into_iter().enumerate().map(|(at, found)| {
        let digest =
            digests.remove(&at).ok_or_else(|| anyhow!("a thread stopped: this is a bug in Kilroy"))?;
        Ok(Candidate { found, digest })
    });
    candidates.collect()
}
