//! Statements and the commands that begin with a backslash, wherever they come from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use kilroy_case::Case;
use kilroy_case::sql::{FUNCTIONS, Parameters, Sql, SqlError, TableInfo, statements};

use super::grid::{Layout, Shown};
use super::results::Results;
use crate::args::Format;
use crate::coverage::{About, reach};
use crate::notice;
use crate::output::{Printer, count};
use crate::settings::Output;

/// What the shell knows, for those who look.
pub(super) const HELP: &[(&str, &str)] = &[
    ("\\d", "the tables and functions"),
    ("\\d TABLE", "the columns of a table"),
    ("\\f FORMAT", "how to print: table, json, jsonl, csv"),
    ("\\i FILE", "runs the statements of a file"),
    ("\\param NAME=VALUE", "a value for :NAME"),
    ("\\timing", "says how long each query took, or no more"),
    ("\\q", "ends"),
];

/// Whether more can be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    More,
    Quit,
}

/// Answers what is typed.
pub(crate) struct Shell<'a> {
    case: &'a Case,
    sql: Sql,
    output: Output,
    parameters: Parameters,
    timing: bool,
    /// Somebody types, and reads one answer after the other: then each may be a document of its own.
    typed: bool,
    has_document: bool,
    /// A query runs: Ctrl-C stops it, and not the program.
    running: Arc<AtomicBool>,
}

impl<'a> Shell<'a> {
    pub(crate) fn new(case: &'a Case, sql: Sql, output: Output, parameters: Parameters) -> Result<Self> {
        let running = Arc::new(AtomicBool::new(false));
        let (interrupt, is_running) = (sql.interrupt(), Arc::clone(&running));
        ctrlc::set_handler(move || {
            if is_running.load(Ordering::Relaxed) {
                interrupt.interrupt();
            } else {
                std::process::exit(2);
            }
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self { case, sql, output, parameters, timing: false, typed: false, has_document: false, running })
    }

    /// Somebody types.
    pub(super) fn is_typed(&mut self) {
        self.typed = true;
    }

    pub(super) fn tables(&self) -> &[TableInfo] {
        self.sql.tables()
    }

    /// Runs statements that belong together: what they say of parameters holds for them alone.
    pub(crate) fn ask(&mut self, text: &str) -> Result<()> {
        let mut parameters = self.parameters.clone();
        parameters.read_defaults(text);
        if statements(text).all.is_empty() {
            bail!("there is no statement in the query: give one like 'SELECT count(*) FROM events'");
        }
        if let Some(unused) = parameters.names().find(|name| !uses(text, name)) {
            bail!("--param {unused}: there is no :{unused} in the query");
        }
        self.run(text, &parameters)
    }

    fn run(&mut self, text: &str, parameters: &Parameters) -> Result<()> {
        let begin = Instant::now();
        let mut results = Results::new(self.output, self.has_document && !self.typed);
        self.running.store(true, Ordering::Relaxed);
        let done = self.sql.run(text, parameters, &mut results);
        self.running.store(false, Ordering::Relaxed);
        let (rows, empty) = (results.rows(), results.is_empty());
        self.has_document |= results.has_document();
        // What there is goes out first: it comes before the error.
        results.finish()?;
        done.map_err(pointed)?;
        if empty {
            let held = reach(self.case, &About::nothing(), self.output.look.language)?;
            notice::say(&format!("No rows. {}", held.unwrap_or_default()));
        }
        if self.timing {
            notice::say(&format!("{} rows in {:.3} s", count(rows), begin.elapsed().as_secs_f64()));
        }
        Ok(())
    }

    /// Answers lines, until one goes wrong.
    pub(crate) fn lines(&mut self, text: &str) -> Result<()> {
        let mut typed = String::new();
        for line in text.lines() {
            if typed.trim().is_empty() && line.trim_start().starts_with('\\') {
                if self.take(line)? == Next::Quit {
                    return Ok(());
                }
                continue;
            }
            typed.push_str(line);
            typed.push('\n');
            if line.contains(';') && statements(&typed).complete {
                self.take(&typed)?;
                typed.clear();
            }
        }
        self.take(&typed).map(|_| ())
    }

    /// Answers what was typed: a command, or statements.
    pub(super) fn take(&mut self, typed: &str) -> Result<Next> {
        let Some(command) = typed.trim().strip_prefix('\\') else {
            let mut parameters = self.parameters.clone();
            parameters.read_defaults(typed);
            return self.run(typed, &parameters).map(|()| Next::More);
        };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim().trim_end_matches(';');
        match (name, rest) {
            ("q", _) => return Ok(Next::Quit),
            ("d", "") => self.describe()?,
            ("d", table) => self.describe_table(table)?,
            ("f", format) => match Format::from_str(format, true) {
                Ok(format) => self.output.format = format,
                Err(_) => bail!("\\f {format}: give table, json, jsonl or csv"),
            },
            ("timing", _) => {
                self.timing = !self.timing;
                notice::say(if self.timing { "Timing is on." } else { "Timing is off." });
            }
            ("param", text) => {
                let (name, value) = parameter(text)?;
                self.parameters.set(name, value);
            }
            ("i", "") => bail!("\\i: name a file"),
            ("i", file) => {
                let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
                let mut parameters = self.parameters.clone();
                parameters.read_defaults(&text);
                self.run(&text, &parameters)?;
            }
            ("?" | "h" | "help", _) => {
                self.grid(&["command", "does"], HELP.iter().map(|(a, b)| vec![*a, *b]))?;
            }
            (other, _) => {
                let known: Vec<&str> = HELP.iter().map(|(command, _)| *command).collect();
                bail!("\\{other}: there is no such command; there are {}", known.join(", "));
            }
        }
        Ok(Next::More)
    }

    fn describe(&self) -> Result<()> {
        self.grid(&["table", "rows"], self.tables().iter().map(|table| vec![table.name, table.about]))?;
        self.grid(&["", ""], std::iter::empty())?;
        self.grid(
            &["function", "gives"],
            FUNCTIONS.iter().map(|function| vec![function.usage, function.about]),
        )
    }

    fn describe_table(&self, name: &str) -> Result<()> {
        let Some(table) = self.tables().iter().find(|table| table.name.eq_ignore_ascii_case(name)) else {
            let known: Vec<&str> = self.tables().iter().map(|table| table.name).collect();
            bail!("\\d {name}: there is no such table; tables are {}", known.join(", "));
        };
        self.grid(
            &["column", "holds"],
            table.columns.iter().map(|column| vec![column.name.as_str(), column.kind]),
        )
    }

    fn grid<'r>(&self, names: &[&str], rows: impl Iterator<Item = Vec<&'r str>>) -> Result<()> {
        let names: Vec<Shown> = names.iter().map(|name| Shown::text(name)).collect();
        let rows: Vec<Vec<Shown>> = rows.map(|row| row.into_iter().map(Shown::text).collect()).collect();
        let layout = Layout::of(&names, &rows, self.output.look.width);
        let mut lines: Vec<String> = layout.heading(&names).into_iter().collect();
        for (row, number) in rows.iter().zip(1..) {
            lines.extend(layout.lines(&names, row, number));
        }
        let mut printer = Printer::stdout(self.output.look);
        printer.lines(&lines)?;
        printer.finish()
    }
}

/// `NAME=VALUE`.
pub(crate) fn parameter(text: &str) -> Result<(&str, &str)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        _ => bail!("{text}: give a parameter like user=alice"),
    }
}

fn uses(text: &str, name: &str) -> bool {
    [':', '@', '$'].iter().any(|sign| text.contains(&format!("{sign}{name}")))
}

/// Shows the place of an error above it.
fn pointed(error: SqlError) -> anyhow::Error {
    if let SqlError::Statement { place: Some(place), .. } = &error {
        // The line as it is shown: what is escaped in it is longer.
        let before: String = place.line.chars().take(place.letters).collect();
        let blanks = crate::output::width(&crate::output::escape(&before));
        notice::say(&format!("line {}: {}", place.number, place.line));
        let prefix = format!("line {}: ", place.number).len();
        notice::say(&format!("{}^", " ".repeat(prefix + blanks)));
    }
    anyhow!(error)
}
