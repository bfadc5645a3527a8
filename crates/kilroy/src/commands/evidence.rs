//! `kilroy evidence`: what was looked at, and what could not be read.

use anyhow::Result;
use kilroy_case::Case;

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
    if none {
        notice::say(&format!("No losses in {} files.", count(evidence.len() as u64)));
    }
    for row in evidence.iter().filter(|row| row.losses_total > row.losses.len() as u64) {
        let more = count(row.losses_total - row.losses.len() as u64);
        notice::say(&format!("{}: {more} more losses were counted, but not kept", row.path));
    }
    Ok(Outcome::Done)
}
