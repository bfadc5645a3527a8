//! One file per command. A command reads its flags, asks others, and hands what they say to the printer.

mod analyze;
mod bookmark;
mod decode;
mod demo;
mod event;
mod events;
mod evidence;
mod logon_sessions;
mod notes;
mod sessions;
mod sources;
mod sql;
mod tag;
mod terminal_sessions;
mod timeline;
mod users;
mod verify;
mod why;

use anyhow::Result;
use kilroy_case::Case;

use crate::Outcome;
use crate::args::{Command, PageFlags};
use crate::notice;
use crate::output::{Listing, Printer, count, span};
use crate::settings::Output;

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Analyze(args) => analyze::run(&args),
        Command::Decode(args) => decode::run(&args),
        Command::Sessions(args) => sessions::run(&args),
        Command::LogonSessions(args) => logon_sessions::run(&args),
        Command::TerminalSessions(args) => terminal_sessions::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Users(args) => users::run(&args),
        Command::Sources(args) => sources::run(&args),
        Command::Evidence(args) => evidence::run(&args),
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

/// Prints rows, at most as many as asked for. `what` names them in the plural.
fn list<T: Listing>(
    case: &Case,
    rows: Vec<T>,
    what: &str,
    page: PageFlags,
    output: Output,
) -> Result<Outcome> {
    let empty = rows.is_empty();
    show(rows, what, page, output)?;
    if empty {
        notice::say(&nothing(case, what)?);
    }
    Ok(Outcome::Done)
}

/// Like [`list`], of rows that may not be all: one more than asked for stands for any number.
fn list_some<T: Listing>(
    case: &Case,
    mut rows: Vec<T>,
    what: &str,
    page: PageFlags,
    output: Output,
) -> Result<Outcome> {
    let all = rows.len();
    rows.truncate(page.limit.unwrap_or(usize::MAX));
    let shown = rows.len();
    let outcome = list(case, rows, what, page, output)?;
    if all > shown {
        notice::hint(&format!("the first {} {what}; there are more (--limit)", count(shown as u64)));
    }
    Ok(outcome)
}

/// Prints rows, at most as many as asked for.
fn show<T: Listing>(mut rows: Vec<T>, what: &str, page: PageFlags, output: Output) -> Result<()> {
    let all = rows.len();
    rows.truncate(page.limit.unwrap_or(usize::MAX));
    let mut printer = Printer::stdout(output.look);
    printer.listing(&rows, output)?;
    printer.finish()?;
    if all > rows.len() {
        notice::hint(&format!("{} of {} {what} (--limit)", count(rows.len() as u64), count(all as u64)));
    }
    Ok(())
}

/// Says that nothing matches, together with the time that this holds for.
fn nothing(case: &Case, what: &str) -> Result<String> {
    let hosts = case.hosts()?;
    let first = hosts.iter().filter_map(|h| h.first).min();
    let last = hosts.iter().filter_map(|h| h.last).max();
    let on = match hosts.len() {
        1 => "1 host".to_owned(),
        n => format!("{} hosts", count(n as u64)),
    };
    Ok(match span(first, last) {
        Some(span) => format!("No {what} match; the case covers {span} UTC on {on}."),
        None => format!("No {what} match; the case holds no records with a time."),
    })
}
