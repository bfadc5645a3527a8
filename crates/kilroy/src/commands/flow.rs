//! `kilroy flow`: one session as a story.

use anyhow::{Result, bail};
use kilroy_case::{Case, CaseError};
use kilroy_sessions::flow::flow;

use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{FlowArgs, Format};
use crate::events::{records_of, session_named};
use crate::flow::{Story, page};
use crate::output::Printer;
use crate::settings::Output;

pub(crate) fn run(args: &FlowArgs) -> Result<Outcome> {
    let case = match Case::open(&args.case) {
        Err(CaseError::NoSuchCase { .. }) if std::path::Path::new(&args.session).is_dir() => {
            bail!("the case comes first: kilroy flow {} {}", args.session, args.case.display())
        }
        opened => opened?,
    };
    warn_if_stale(&case)?;
    let output = Output::of(args.output);
    let session = session_named(&case, &args.session)?;
    let records = records_of(&case, &session)?;
    let story = Story::new(&session, &flow(&session), &records, output.look.language);
    let mut printer = Printer::stdout(output.look);
    match output.format {
        Format::Table => printer.lines(&page(&story, output.look))?,
        Format::Json => printer.json(&story)?,
        Format::Jsonl => printer.rows(&story.steps, Format::Jsonl)?,
        Format::Csv => printer.csv(Story::KEYS, &story.lines())?,
    }
    printer.finish()?;
    Ok(Outcome::Done)
}
