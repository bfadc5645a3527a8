//! `kilroy activity`: what one session did.

use std::ops::ControlFlow;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::HostPattern;
use kilroy_findings::activity::Sure;
use kilroy_model::AccessSession;
use serde::Serialize;

use super::nothing::{What, limited, nothing};
use super::places::case_and;
use crate::Outcome;
use crate::activity::{self, Activity, Days, EventLine, ProcessRow, SessionRow};
use crate::analysis::warn_if_stale;
use crate::args::{ActivityArgs, Format};
use crate::coverage::About;
use crate::events::session_named;
use crate::notice;
use crate::output::Printer;
use crate::settings::Output;

pub(crate) fn run(args: &ActivityArgs) -> Result<Outcome> {
    let (case, named) = case_and(&args.case, &args.session);
    let case = Case::open(&case)?;
    warn_if_stale(&case)?;
    let output = Output::of(args.output);
    let session = session_named(&case, &named)?;
    let found = Activity::of(&case, &session, args.exact)?;
    let mut printer = Printer::stdout(output.look);
    let counts = match output.format {
        Format::Table => page(&mut printer, &session, &found, args, output)?,
        Format::Json => document(&mut printer, &session, &found, args, output)?,
        Format::Jsonl | Format::Csv => rows(&mut printer, &found, args, output)?,
    };
    printer.finish()?;
    if counts.others == 0 {
        let host = HostPattern::new(&session.computer);
        notice::say(&nothing(&case, What::Activity, &About::everything_on(host), output.look.language)?);
    }
    let all = counts.all();
    if all > counts.shown {
        let what = What::Activity.plural();
        let said = limited(counts.shown, all, what, "--limit", output.look.language);
        // The page says how many events there are of each kind: it must not look as if it showed them all.
        if output.format == Format::Table { notice::say(&said) } else { notice::hint(&said) }
    }
    Ok(Outcome::Done)
}

/// What was found, whether it is shown or not.
#[derive(Default)]
struct Counts {
    /// Exact, likely, possible.
    by_sure: [u64; 3],
    /// Events that are no record of the session itself.
    others: u64,
    shown: u64,
}

impl Counts {
    fn all(&self) -> u64 {
        self.by_sure.iter().sum()
    }
}

/// Hands on the events as lines, at most as many as asked for.
fn each(
    found: &Activity<'_>,
    args: &ActivityArgs,
    output: Output,
    sink: &mut dyn FnMut(EventLine) -> Result<()>,
) -> Result<Counts> {
    let mut counts = Counts::default();
    let most = args.page.limit.map_or(u64::MAX, |limit| limit as u64);
    found.events(&mut |part| {
        counts.others += u64::from(part.share.by != kilroy_findings::activity::By::Record);
        let place = match part.share.sure {
            Sure::Exact => 0,
            Sure::Likely => 1,
            Sure::Possible | Sure::None => 2,
        };
        counts.by_sure[place] += 1;
        if counts.shown < most {
            counts.shown += 1;
            sink(EventLine::of(part, output.look.language))?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(counts)
}

fn page(
    printer: &mut Printer,
    session: &AccessSession,
    found: &Activity<'_>,
    args: &ActivityArgs,
    output: Output,
) -> Result<Counts> {
    let look = output.look;
    printer.lines(&activity::head(session, look))?;
    printer.lines(&activity::tree_lines(&found.tree, args.page.limit, look))?;
    printer.lines(&activity::legend(look))?;
    let mut days = Days::default();
    let counts =
        each(found, args, output, &mut |event| printer.lines(&activity::lines(&event, &mut days, look)))?;
    printer.lines(&[String::new(), activity::sum(counts.by_sure, look.language)])?;
    Ok(counts)
}

#[derive(Serialize)]
struct Document<'a> {
    session: SessionRow<'a>,
    processes: Vec<ProcessRow<'a>>,
    events: Vec<EventLine>,
}

fn document(
    printer: &mut Printer,
    session: &AccessSession,
    found: &Activity<'_>,
    args: &ActivityArgs,
    output: Output,
) -> Result<Counts> {
    let mut events = Vec::new();
    let counts = each(found, args, output, &mut |event| {
        events.push(event);
        Ok(())
    })?;
    let processes = found.tree.branches().iter().map(ProcessRow::of).collect();
    printer.json(&Document { session: SessionRow::of(session), processes, events })?;
    Ok(counts)
}

fn rows(printer: &mut Printer, found: &Activity<'_>, args: &ActivityArgs, output: Output) -> Result<Counts> {
    if output.format == Format::Csv {
        printer.csv::<EventLine>(EventLine::KEYS, &[])?;
    }
    each(found, args, output, &mut |event| match output.format {
        Format::Csv => printer.csv_rows(EventLine::KEYS, &[event]),
        _ => printer.rows(&[event], Format::Jsonl),
    })
}
