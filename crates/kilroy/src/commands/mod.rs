//! One file per command. A command reads its flags, asks others, and hands what they say to the printer.

mod activity;
mod analyze;
mod annotate;
mod bookmark;
mod coverage;
mod decode;
mod demo;
mod event;
mod events;
mod evidence;
mod finding;
mod findings;
mod first_seen;
mod flow;
mod hops;
mod logon_sessions;
mod matrix;
mod notes;
mod nothing;
mod off_hours;
mod origin;
mod paths;
mod places;
mod rare;
mod rdp_health;
mod sessions;
mod sources;
mod sql;
mod summary;
mod tag;
mod terminal_sessions;
mod timeline;
mod usage;
mod users;
mod verify;
mod why;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_catalog::{Language, Text};

use self::nothing::{What, limited, nothing};
use crate::Outcome;
use crate::args::{Command, Format, PageFlags};
use crate::coverage::About;
use crate::notice;
use crate::output::{Listing, Printer, count, wrap};
use crate::settings::Output;

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Analyze(args) => analyze::run(&args),
        Command::Activity(args) => activity::run(&args),
        Command::Origin(args) => origin::run(&args),
        Command::Annotate(args) => annotate::run(&args),
        Command::Summary(args) => summary::run(&args),
        Command::Decode(args) => decode::run(&args),
        Command::Sessions(args) => sessions::run(&args),
        Command::LogonSessions(args) => logon_sessions::run(&args),
        Command::TerminalSessions(args) => terminal_sessions::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Flow(args) => flow::run(&args),
        Command::RdpHealth(args) => rdp_health::run(&args),
        Command::Findings(args) => findings::run(&args),
        Command::Finding(args) => finding::run(&args),
        Command::Users(args) => users::run(&args),
        Command::Sources(args) => sources::run(&args),
        Command::Matrix(args) => matrix::run(&args),
        Command::FirstSeen(args) => first_seen::run(&args),
        Command::Rare(args) => rare::run(&args),
        Command::OffHours(args) => off_hours::run(&args),
        Command::Hops(args) => hops::run(&args),
        Command::Paths(args) => paths::run(&args),
        Command::Usage(args) => usage::run(&args),
        Command::Evidence(args) => evidence::run(&args),
        Command::Coverage(args) => coverage::run(&args),
        Command::Events(args) => events::run(&args),
        Command::Event(args) => event::run(&args),
        Command::Timeline(args) => timeline::run(&args),
        Command::Note(args) => notes::note(&args),
        Command::Notes(args) => notes::run(&args),
        Command::Tag(args) => tag::run(&args),
        Command::Bookmark(args) => bookmark::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Sql(args) => sql::run(&args),
        Command::Demo(args) => demo::run(&args),
    }
}

/// Prints rows, at most as many as asked for; if there are none, what that holds for.
fn list<T: Listing>(
    case: &Case,
    rows: Vec<T>,
    what: What,
    about: &About,
    page: PageFlags,
    output: Output,
) -> Result<Outcome> {
    let empty = rows.is_empty();
    show(rows, what.plural(), page, output)?;
    if empty {
        notice::say(&nothing(case, what, about, output.look.language)?);
    }
    Ok(Outcome::Done)
}

/// Like [`list`], with a line below the table that says what is to be known about it.
fn list_with<T: Listing>(
    case: &Case,
    rows: Vec<T>,
    what: What,
    about: &About,
    page: PageFlags,
    output: Output,
    remark: Option<&str>,
) -> Result<Outcome> {
    let some = !rows.is_empty();
    let outcome = list(case, rows, what, about, page, output)?;
    if let Some(remark) = remark.filter(|_| some && output.format == Format::Table) {
        let mut printer = Printer::stdout(output.look);
        printer.lines(&[String::new()])?;
        printer.lines(&wrap(remark, output.look.width, 2))?;
        printer.finish()?;
    }
    Ok(outcome)
}

/// Like [`list`], of rows that may not be all: one more than asked for stands for any number.
fn list_some<T: Listing>(
    case: &Case,
    mut rows: Vec<T>,
    what: What,
    about: &About,
    page: PageFlags,
    output: Output,
) -> Result<Outcome> {
    let all = rows.len();
    rows.truncate(page.limit.unwrap_or(usize::MAX));
    let shown = rows.len();
    let outcome = list(case, rows, what, about, page, output)?;
    if all > shown {
        let (shown, what) = (count(shown as u64), what.plural().get(output.look.language));
        notice::hint(&match output.look.language {
            Language::English => format!("the first {shown} {what}; there are more (--limit)"),
            Language::Korean => format!("처음 {shown}개의 {what}만 표시, 더 있음(--limit)"),
        });
    }
    Ok(outcome)
}

/// Prints rows, at most as many as asked for.
fn show<T: Listing>(mut rows: Vec<T>, what: Text, page: PageFlags, output: Output) -> Result<()> {
    let all = rows.len();
    rows.truncate(page.limit.unwrap_or(usize::MAX));
    let mut printer = Printer::stdout(output.look);
    printer.listing(&rows, output)?;
    printer.finish()?;
    if all > rows.len() {
        notice::hint(&limited(rows.len() as u64, all as u64, what, "--limit", output.look.language));
    }
    Ok(())
}
