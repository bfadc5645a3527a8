//! The case made once more, elsewhere: does it get the same bytes?

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use kilroy_case::{Case, EvidenceRow, Flaw, StoredFile};
use kilroy_evidence::Found;
use kilroy_model::EvidenceId;
use tempfile::TempDir;

use super::report::Check;
use crate::analysis::write_tables;
use crate::ingest::{Files, Progress, Way, ingest};
use crate::notice;
use crate::settings::Budget;
use crate::timings::Timings;
use crate::words::text;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A case and a new one beside it, which goes when this is dropped.
pub(super) struct Anew<'a> {
    case: &'a Case,
    fresh: Case,
    _folder: TempDir,
}

impl<'a> Anew<'a> {
    pub(super) fn prepare(case: &'a Case) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("kilroy-verify-")
            .tempdir()
            .context("no temporary folder could be made")?;
        let fresh = Case::create_or_open(&folder.path().join("case"))?;
        Ok(Self { case, fresh, _folder: folder })
    }

    /// Decodes evidence that is there once more. `hashes` are those of the event files that are sound.
    pub(super) fn event_files(
        &self,
        there: &[Found],
        hashes: &BTreeMap<String, String>,
        threads: usize,
    ) -> Result<Check> {
        let progress = Progress::new(there, notice::is_watched());
        let way = Way { budget: Budget::of_threads(threads), trust_mtime: false };
        ingest(&self.fresh, there, way, &Files, &progress, &Timings::new(false))
            .context("the evidence could not be decoded anew")?;
        progress.clear();
        let decoded: BTreeMap<EvidenceId, EvidenceRow> =
            self.fresh.evidence()?.into_iter().filter_map(|row| Some((row.id?, row))).collect();
        let mut check =
            Check::new("event-files-anew", text("Event files, decoded anew", "다시 해석한 이벤트 파일"));
        let mut fresh: BTreeMap<String, StoredFile> =
            self.fresh.stored_files()?.into_iter().map(|stored| (stored.file.clone(), stored)).collect();
        let mut without = 0_u64;
        for stored in self.case.stored_files()? {
            let again = fresh.remove(&stored.file).and_then(|again| again.sha256);
            match (decoded.contains_key(&stored.id), hashes.get(&stored.file)) {
                (false, _) => without += 1,
                // Told already.
                (true, None) => {}
                (true, own) if own == again.as_ref() => check.sound(),
                (true, _) => differs(&mut check, &stored),
            }
        }
        for file in fresh.into_keys() {
            check.wrong(file, "the evidence gives this file, and the case does not have it");
        }
        match without {
            0 => {}
            1 => check.not_compared("1 event file", "its evidence is not there"),
            n => check.not_compared(format!("{n} event files"), "their evidence is not there"),
        }
        self.rows(&decoded, &mut check)?;
        Ok(check)
    }

    /// What the register says of the contents must be what decoding them anew says.
    fn rows(&self, decoded: &BTreeMap<EvidenceId, EvidenceRow>, check: &mut Check) -> Result<()> {
        let mut told = BTreeSet::new();
        for row in self.case.evidence()? {
            let Some(again) = row.id.and_then(|id| decoded.get(&id)) else { continue };
            let facts = |row: &EvidenceRow| (row.records, row.losses_total, row.first, row.last);
            if facts(&row) != facts(again) && told.insert(row.id) {
                let (a, b) = (facts(&row), facts(again));
                check.wrong(
                    row.path,
                    format!(
                        "{} records and {} losses were noted; decoded anew there are {} and {}",
                        a.0, a.1, b.0, b.1
                    ),
                );
            }
        }
        Ok(())
    }

    /// Makes the session tables once more, of the event files of the case.
    pub(super) fn tables(&self, threads: usize) -> Result<Check> {
        let mut check = Check::new("tables-anew", text("Session tables, made anew", "다시 만든 세션 테이블"));
        let made = write_tables(self.case, &self.fresh, threads, &Timings::new(false));
        if let Err(error) = made {
            check.wrong("session tables", format!("they cannot be made anew: {error:#}"));
            return Ok(check);
        }
        let made_by = self.case.sessions_made_by()?;
        for (_, same) in self.case.same_tables(&self.fresh) {
            match (same, made_by.as_deref()) {
                (Ok(()), _) => check.sound(),
                (Err(Flaw { subject, detail }), None) => {
                    check.wrong(
                        subject,
                        format!("{detail}; an analysis did not finish: run `kilroy analyze` again"),
                    );
                }
                (Err(Flaw { subject, .. }), Some(version)) if version != VERSION => {
                    check.not_compared(subject, by(version));
                }
                (Err(Flaw { subject, detail }), Some(_)) => check.wrong(subject, detail),
            }
        }
        Ok(check)
    }
}

fn differs(check: &mut Check, stored: &StoredFile) {
    match stored.version.as_deref() {
        Some(VERSION) => check.wrong(&stored.file, "decoded anew, the evidence gives other bytes"),
        Some(version) => check.not_compared(&stored.file, by(version)),
        None => check.not_compared(&stored.file, "an older version of Kilroy wrote it"),
    }
}

fn by(version: &str) -> String {
    format!("Kilroy {version} wrote it, and this is {VERSION}")
}
