//! `kilroy analyze`: evidence into a case, then the summary.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kilroy_case::{Case, Order};
use kilroy_catalog::Language;
use kilroy_evidence::{Found, NotEvidence};
use serde_json::json;

use super::summary::print;
use crate::Outcome;
use crate::analysis::update_tables;
use crate::args::AnalyzeArgs;
use crate::filter::Internal;
use crate::ingest::{Files, Ingested, Progress, Way, ingest};
use crate::notice;
use crate::output::{Printer, count};
use crate::settings::{Budget, Look};
use crate::summary::{Facts, typed};
use crate::timings::{Kind, Timings};
use crate::words::text;

pub(crate) fn run(args: &AnalyzeArgs) -> Result<Outcome> {
    let internal = Internal::new(&args.internal.internal)?;
    let budget = Budget::new(args.threads, args.memory.as_deref())?;
    let timings = Timings::new(args.timings);
    let watched = !args.quiet && notice::is_watched();
    let way = Way { budget, trust_mtime: args.again.trust_mtime };
    let wait = match (args.again.wait, args.quiet) {
        (false, _) => Wait::No,
        (true, true) => Wait::Silently,
        (true, false) => Wait::Saying,
    };
    let job = Job { paths: &args.paths, case: &args.output, way, wait, watched, timings: &timings };
    let (outcome, facts) = job.run(&internal)?;
    let look = Look::of(args.report.lang);
    let mut printer = Printer::stdout(look);
    print(&mut printer, &facts, args.report)?;
    printer.finish()?;
    timings.lines(look.width).iter().for_each(|line| notice::say(line));
    Ok(outcome)
}

/// What to do while another run writes to the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Give up after some seconds.
    No,
    /// Wait, and say so.
    Saying,
    Silently,
}

/// One analysis.
pub(super) struct Job<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) case: &'a Path,
    pub(super) way: Way,
    pub(super) wait: Wait,
    /// Show progress and notices.
    pub(super) watched: bool,
    pub(super) timings: &'a Timings,
}

impl Job<'_> {
    /// Reads the evidence, writes the tables, sums up.
    pub(super) fn run(&self, internal: &Internal) -> Result<(Outcome, Facts)> {
        // Everything that can be wrong with what was typed comes before the first byte is written.
        let mut watch = self.timings.whole(Kind::Rest);
        let found = self.find()?;
        let case = self.open()?;
        let settings = json!({ "threads": self.way.budget.threads, "trust_mtime": self.way.trust_mtime });
        let (command, settings) = (self.command(), settings.to_string());
        let run = case.begin_run(&Order { command: &command, settings: &settings, inputs: self.paths })?;
        let progress = Progress::new(&found, self.watched);
        watch.turn(Kind::Evidence);
        let filled = ingest(&case, &found, self.way, &Files, &progress, self.timings).and_then(|ingested| {
            progress.say("putting sessions together");
            watch.turn(Kind::Making);
            update_tables(&case, self.way.budget, self.timings)?;
            Ok(ingested)
        });
        let ingested = match filled {
            Ok(filled) => filled,
            Err(error) => {
                // What stopped the run may well keep this from being noted, too. It is told in any case.
                let _ = case.finish_run(run, &format!("failed: {error:#}"));
                return Err(error);
            }
        };
        watch.turn(Kind::Summary);
        progress.clear();
        if self.watched {
            notice::hint(&in_words(ingested));
        }
        let outcome = if ingested.losses { Outcome::Losses } else { Outcome::Done };
        case.finish_run(run, if ingested.losses { "done, with losses" } else { "done" })?;
        let facts = Facts::of(&case, &shown(self.case), internal)?;
        Ok((outcome, facts))
    }

    fn open(&self) -> Result<Case> {
        if self.wait == Wait::No {
            return Ok(Case::create_or_open(self.case)?);
        }
        let mut waiting = || {
            if self.wait == Wait::Saying {
                let case = shown(self.case);
                notice::say(&format!(
                    "another run of Kilroy is writing to the case {case}: waiting until it is done"
                ));
            }
        };
        Ok(Case::create_or_open_when_free(self.case, &mut waiting)?)
    }

    /// What there is, without what an earlier run wrote: a case may lie within its own evidence folder.
    fn find(&self) -> Result<Vec<Found>> {
        let mut found = kilroy_evidence::find(self.paths)?;
        let everywhere = found.len();
        if let Ok(case) = self.case.canonicalize() {
            found.retain(|f| !f.path.starts_with(&case));
        }
        if found.is_empty() && everywhere > 0 {
            let case = shown(self.case);
            bail!(
                "{case} holds the evidence: name another folder for the case, a new one; nothing was written"
            );
        }
        if found.iter().all(|f| f.kind.is_err()) {
            bail!("{}", no_log(&found));
        }
        Ok(found)
    }

    fn command(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|p| shown(p)).collect();
        format!("analyze {} -o {}", paths.join(" "), shown(self.case))
    }
}

/// Why there is nothing to read.
fn no_log(found: &[Found]) -> String {
    const SHOWN: usize = 3;
    let why = |f: &Found| match f.kind.as_ref().err()? {
        reason @ NotEvidence::Unreadable(_) => Some(format!("{} {reason}", f.shown)),
        reason => Some(format!("{} is {reason}", f.shown)),
    };
    match found.len() {
        0 => "no event log found: there is no file at all; nothing was written".to_owned(),
        n => {
            let some: Vec<String> = found.iter().filter_map(why).take(SHOWN).collect();
            let files = if n == 1 { "1 file".to_owned() } else { format!("{} files", count(n as u64)) };
            let more = if n > SHOWN { "; …" } else { "" };
            format!("no event log among {files}; nothing was written ({}{more})", some.join("; "))
        }
    }
}

fn in_words(ingested: Ingested) -> String {
    let Ingested { read, held, .. } = ingested;
    match (read, held) {
        (0, held) => format!("{} logs, all of them in the case already", count(held)),
        (read, 0) => format!("{} logs read", count(read)),
        (read, held) => format!("{} logs read, {} were in the case already", count(read), count(held)),
    }
}

/// What to type next.
pub(super) fn next(case: &str, language: Language) -> [(String, &'static str); 3] {
    let case = typed(case);
    let step = |command: String, en, ko| (command, text(en, ko).get(language));
    [
        step(format!("kilroy sessions {case}"), "who was here", "누가 있었는가"),
        step(format!("kilroy sources {case}"), "where they came from", "어디에서 왔는가"),
        step(format!("kilroy why {case} SESSION"), "what proves one session", "한 세션의 증거"),
    ]
}

/// A path as Kilroy shows it: with `/`.
pub(super) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}
