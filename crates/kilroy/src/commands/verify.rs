//! `kilroy verify`: is the case as it was written, and does its evidence give it again?

mod anew;
mod evidence;
mod report;
mod words;

use std::collections::BTreeMap;

use anyhow::Result;
use kilroy_case::{Case, Flaw};

use self::anew::Anew;
use self::evidence::Search;
use self::report::{Check, Report};
use super::analyze::shown;
use crate::Outcome;
use crate::args::{SummaryFormat, VerifyArgs};
use crate::output::Printer;
use crate::settings::{Look, threads};
use crate::words::text;

pub(crate) fn run(args: &VerifyArgs) -> Result<Outcome> {
    let threads = threads(args.threads)?.get();
    // Nobody may write meanwhile: what is half written is no flaw.
    let case = Case::open_alone(&args.case)?;
    let mut report = Report::new(&shown(&args.case));
    let sound = report.add(register(&case)?);
    if sound {
        let (files, hashes) = event_files(&case)?;
        report.add(files);
        let rows = case.evidence()?;
        let (evidence, there) = Search { rows: &rows, dirs: &args.evidence, threads }.run()?;
        report.add(evidence);
        let anew = Anew::prepare(&case)?;
        report.add(anew.event_files(&there, &hashes, threads)?);
        report.add(anew.tables(threads)?);
    }
    let look = Look::of(args.summary.lang);
    let mut printer = Printer::stdout(look);
    match args.summary.format {
        SummaryFormat::Table => printer.lines(&report.page(look))?,
        SummaryFormat::Json => printer.json(&report)?,
    }
    printer.finish()?;
    Ok(if report.is_sound() { Outcome::Done } else { Outcome::Losses })
}

/// What follows asks the register: if that is damaged, nothing else can be said.
fn register(case: &Case) -> Result<Check> {
    let mut check = Check::new("register", text("Register", "등록 정보"));
    check.looked_at(case.check_register()?);
    Ok(check)
}

/// Also gives the SHA-256 of each event file that is sound.
fn event_files(case: &Case) -> Result<(Check, BTreeMap<String, String>)> {
    let mut check = Check::new("event-files", text("Event files", "이벤트 파일"));
    let mut hashes = BTreeMap::new();
    for stored in case.stored_files()? {
        match case.check_event_file(&stored) {
            Ok(sha256) => {
                hashes.insert(stored.file, sha256);
                check.sound();
            }
            Err(Flaw { subject, detail }) => check.wrong(subject, detail),
        }
    }
    for Flaw { subject, detail } in case.strays()? {
        check.wrong(subject, detail);
    }
    Ok((check, hashes))
}
