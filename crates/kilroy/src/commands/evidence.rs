//! `kilroy evidence`: what was looked at, and what could not be read.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_catalog::Language;

use super::{What, list, show};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::EvidenceArgs;
use crate::coverage::About;
use crate::notice;
use crate::output::count;
use crate::rows::{evidence_rows, loss_rows};
use crate::settings::Output;
use crate::words::text;

pub(crate) fn run(args: &EvidenceArgs) -> Result<Outcome> {
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let evidence = case.evidence()?;
    let output = Output::of(args.output);
    if !args.losses {
        return list(&case, evidence_rows(&evidence), What::Files, &About::nothing(), args.page, output);
    }
    let rows = loss_rows(&evidence);
    let none = rows.is_empty();
    show(rows, text("losses", "손실"), args.page, output)?;
    let language = output.look.language;
    if none {
        notice::say(&no_losses(evidence.len() as u64, language));
    }
    for row in evidence.iter().filter(|row| row.losses_total > row.losses.len() as u64) {
        notice::say(&not_kept(&row.path, row.losses_total - row.losses.len() as u64, language));
    }
    Ok(Outcome::Done)
}

fn no_losses(files: u64, language: Language) -> String {
    match language {
        Language::English if files == 1 => "No losses in 1 file.".to_owned(),
        Language::English => format!("No losses in {} files.", count(files)),
        Language::Korean => format!("파일 {}개에 손실이 없습니다.", count(files)),
    }
}

/// The register keeps the first losses of a file, and how many there are in all.
fn not_kept(path: &str, more: u64, language: Language) -> String {
    let more = count(more);
    match language {
        Language::English => format!("{path}: {more} more losses were counted, but not kept"),
        Language::Korean => {
            format!("{path}: 손실 {more}개가 더 있으나, 개수만 세고 내용은 저장하지 않았습니다")
        }
    }
}
