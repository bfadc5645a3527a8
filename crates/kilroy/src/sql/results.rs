//! Rows on their way out, in the format asked for: none waits for the last.

use std::ops::ControlFlow;

use anyhow::{Error, Result, bail};
use kilroy_case::sql::{Cell, Rows};
use serde_json::Value;

use super::grid::{Layout, Shown};
use crate::args::Format;
use crate::output::{Printer, csv_cell, csv_header};
use crate::settings::Output;

/// So many rows decide how a table is laid out.
const DECIDE: usize = 1000;

/// Prints what statements give.
pub(super) struct Results {
    printer: Printer,
    output: Output,
    names: Vec<String>,
    /// Rows of a table that wait for its layout.
    waiting: Vec<Vec<Shown>>,
    layout: Option<Layout>,
    /// Of this statement.
    rows: u64,
    /// A document was printed before: there is no second one in its place.
    has_document: bool,
    failed: Option<Error>,
}

impl Results {
    pub(super) fn new(output: Output, has_document: bool) -> Self {
        Self {
            printer: Printer::stdout(output.look),
            output,
            names: Vec::new(),
            waiting: Vec::new(),
            layout: None,
            rows: 0,
            has_document,
            failed: None,
        }
    }

    /// What is still held back goes out; an error is not lost.
    pub(super) fn finish(self) -> Result<()> {
        match self.failed {
            Some(error) => Err(error),
            None => self.printer.finish(),
        }
    }

    fn note(&mut self, done: Result<()>) -> ControlFlow<()> {
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn begin(&mut self, names: &[String]) -> Result<()> {
        if self.output.format == Format::Json {
            if self.has_document {
                bail!(
                    "--format json is one document, the rows of one statement: use jsonl, or ask one statement at a time"
                );
            }
            self.has_document = true;
        }
        self.names = apart(names);
        (self.rows, self.layout) = (0, None);
        self.waiting.clear();
        if self.output.format == Format::Csv {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            self.printer.text(csv_header(&names).as_bytes())?;
        }
        Ok(())
    }

    fn write(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        self.rows += 1;
        match self.output.format {
            Format::Table => {
                self.waiting.push(cells.iter().map(shown).collect());
                if self.layout.is_some() || self.waiting.len() >= DECIDE { self.lay_out() } else { Ok(()) }
            }
            Format::Json => {
                let start: &[u8] = if self.rows == 1 { b"[\n" } else { b",\n" };
                self.printer.json_text(start)?;
                let object = object(&self.names, cells)?;
                self.printer.json_text(&object)
            }
            Format::Jsonl => {
                let mut line = object(&self.names, cells)?;
                line.push(b'\n');
                self.printer.json_text(&line)
            }
            Format::Csv => {
                let mut line = Vec::new();
                for (n, cell) in cells.iter().enumerate() {
                    if n > 0 {
                        line.push(b',');
                    }
                    let shown = plain(cell);
                    // A number is no formula, whatever it begins with.
                    if shown.number {
                        line.extend_from_slice(shown.text.as_bytes());
                    } else {
                        csv_cell(&mut line, &shown.text);
                    }
                }
                line.extend_from_slice(b"\r\n");
                self.printer.text(&line)
            }
        }
    }

    fn lay_out(&mut self) -> Result<()> {
        let names: Vec<Shown> = self.names.iter().map(|name| Shown::text(name)).collect();
        let waiting = std::mem::take(&mut self.waiting);
        let first = self.rows - waiting.len() as u64;
        let layout = if let Some(layout) = self.layout.take() {
            layout
        } else {
            let layout = Layout::of(&names, &waiting, self.output.look.width);
            self.printer.lines(&layout.heading(&names).into_iter().collect::<Vec<_>>())?;
            layout
        };
        for (row, number) in waiting.iter().zip(first + 1..) {
            self.printer.lines(&layout.lines(&names, row, number))?;
        }
        self.layout = Some(layout);
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        match self.output.format {
            Format::Table => self.lay_out(),
            Format::Json => self.printer.json_text(if self.rows == 0 { b"[]\n" } else { b"\n]\n" }),
            Format::Jsonl | Format::Csv => Ok(()),
        }
    }

    /// Has a document been printed, now or before?
    pub(super) fn has_document(&self) -> bool {
        self.has_document
    }

    /// Rows of the last statement.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Did the last statement ask for rows, and was there none?
    pub(super) fn is_empty(&self) -> bool {
        !self.names.is_empty() && self.rows == 0
    }
}

impl Rows for Results {
    fn columns(&mut self, names: &[String]) -> ControlFlow<()> {
        let done = self.begin(names);
        self.note(done)
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> ControlFlow<()> {
        let done = self.write(cells);
        self.note(done)
    }

    fn done(&mut self) -> ControlFlow<()> {
        let done = self.end();
        self.note(done)
    }
}

/// The names, each once: an object has no two keys alike.
fn apart(names: &[String]) -> Vec<String> {
    let mut apart: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let mut free = name.clone();
        let mut number = 1;
        while apart.contains(&free) {
            number += 1;
            free = format!("{name}_{number}");
        }
        apart.push(free);
    }
    apart
}

fn object(names: &[String], cells: &[Cell<'_>]) -> Result<Vec<u8>> {
    let mut line = vec![b'{'];
    for (n, (name, cell)) in names.iter().zip(cells).enumerate() {
        if n > 0 {
            line.push(b',');
        }
        serde_json::to_writer(&mut line, name)?;
        line.push(b':');
        let value = match cell {
            Cell::Null => Value::Null,
            Cell::Integer(number) => (*number).into(),
            Cell::Real(number) => (*number).into(),
            Cell::Text(text) => {
                serde_json::to_writer(&mut line, text)?;
                continue;
            }
            Cell::Bytes(bytes) => hex(bytes).into(),
        };
        serde_json::to_writer(&mut line, &value)?;
    }
    line.push(b'}');
    Ok(line)
}

fn plain(cell: &Cell<'_>) -> Shown {
    match cell {
        Cell::Null => Shown::nothing(),
        Cell::Integer(number) => Shown::number(number),
        Cell::Real(number) => Shown::number(number),
        Cell::Text(text) => Shown { text: (*text).to_owned(), number: false },
        Cell::Bytes(bytes) => Shown { text: hex(bytes), number: false },
    }
}

fn shown(cell: &Cell<'_>) -> Shown {
    match cell {
        Cell::Text(text) => Shown::text(text),
        other => plain(other),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
