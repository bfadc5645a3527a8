//! `kilroy demo`: a made-up incident from event logs to sessions.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kilroy_case::Case;
use kilroy_model::{AccessSession, How, SessionOutcome};
use kilroy_testkit::LogFile;

use super::analyze::{Job, Wait, shown};
use crate::Outcome;
use crate::args::{DemoArgs, Format, Lang};
use crate::filter::Internal;
use crate::ingest::Way;
use crate::output::{Printer, count};
use crate::rows::folded;
use crate::settings::Budget;
use crate::settings::{Look, Output};
use crate::summary::{page, section, steps, typed};
use crate::timings::Timings;

/// Where the logs and the case lie below the folder.
const LOGS: &str = "logs";
const CASE: &str = "case";

pub(crate) fn run(args: &DemoArgs) -> Result<Outcome> {
    let dir = &args.output;
    let files = kilroy_testkit::log_files(&kilroy_testkit::demo())?;
    check(dir)?;
    write(&dir.join(LOGS), &files)?;
    let case = dir.join(CASE);
    let timings = Timings::new(false);
    let way = Way { budget: Budget::of_threads(1), trust_mtime: false };
    let job =
        Job { paths: &[dir.join(LOGS)], case: &case, way, wait: Wait::No, watched: false, timings: &timings };
    let (outcome, facts) = job.run(&Internal::default())?;
    let mut sessions = Case::open(&case)?.access_sessions()?;
    sessions.retain(|session| !session.background);

    let look = Look::of(Lang::En);
    let mut printer = Printer::stdout(look);
    printer.lines(&[
        format!(
            "A made-up incident as {} event logs below {}",
            count(files.len() as u64),
            shown(&dir.join(LOGS))
        ),
        String::new(),
    ])?;
    printer.lines(&page(&facts, look))?;
    printer.lines(&section("All sessions of people", look))?;
    printer.listing(&folded(&sessions), Output { format: Format::Table, look })?;
    printer.lines(&steps("Try this", &tries(&case, &sessions), look))?;
    printer.finish()?;
    Ok(outcome)
}

/// Only a new folder, or one of an earlier demo: nobody's files shall get between the logs.
fn check(dir: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(dir) else { return Ok(()) };
    let ours = |name: &std::ffi::OsStr| name == LOGS || name == CASE;
    if entries.flatten().any(|entry| !ours(&entry.file_name())) {
        bail!("{} holds other files: name a new folder with -o DIR", shown(dir));
    }
    Ok(())
}

fn write(logs: &Path, files: &[LogFile]) -> Result<()> {
    for file in files {
        let path = file.name.split('/').fold(logs.to_owned(), |path, part| path.join(part));
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .with_context(|| format!("cannot make {}", shown(logs)))?;
        fs::write(&path, &file.bytes).with_context(|| format!("cannot write {}", shown(&path)))?;
    }
    Ok(())
}

/// What to type next; the receipt is that of the session with the most to tell.
fn tries(case: &Path, sessions: &[AccessSession]) -> Vec<(String, &'static str)> {
    let case = typed(&shown(case));
    let telling = sessions
        .iter()
        .filter(|s| s.outcome == SessionOutcome::Success && s.how == How::Logon)
        .max_by_key(|s| (s.prior_failures, s.sources.len()));
    let mut tries = Vec::new();
    if let Some(session) = telling {
        tries.push((format!("kilroy why {case} {}", session.session_uid), "the receipt of the break-in"));
    }
    tries.push((format!("kilroy sources {case}"), "who came from where"));
    tries.push((format!("kilroy sessions {case} --outcome failure"), "what failed"));
    tries.push((format!("kilroy sessions {case} --format jsonl"), "for other programs"));
    tries
}
