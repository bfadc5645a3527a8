//! The one that writes to standard output.
//!
//! What is for programs goes into files and pipes as it is. On a terminal somebody looks on: there the same formats are written
//! without what could act on it.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use anyhow::Result;
use kilroy_catalog::Language;
use serde::Serialize;

use super::csv;
use super::escape::{escape, escape_json};
use super::table::{Cell, Column, Table};
use crate::args::Format;
use crate::settings::{Look, Output};

/// A kind of row that can be listed in every format.
pub(crate) trait Listing: Serialize {
    /// The keys of the row as JSON, in their order.
    const KEYS: &'static [&'static str];

    /// The columns of the table.
    fn columns(language: Language) -> Vec<Column>;

    /// The row's cells, one per column.
    fn cells(&self, language: Language) -> Vec<Cell>;
}

/// Writes results to standard output.
#[derive(Debug)]
pub(crate) struct Printer<W: Write = BufWriter<Stdout>> {
    out: W,
    look: Look,
    /// It is a terminal that is written to.
    screen: bool,
}

impl Printer {
    pub(crate) fn stdout(look: Look) -> Self {
        let stdout = io::stdout();
        let screen = stdout.is_terminal();
        Self { out: BufWriter::new(stdout), look, screen }
    }
}

#[cfg(test)]
impl Printer<Vec<u8>> {
    /// A terminal, of which a test sees what is written to it.
    pub(crate) fn screen() -> Self {
        let look = Look { language: Language::English, width: 80, row: 80, colour: false };
        Self { out: Vec::new(), look, screen: true }
    }

    pub(crate) fn printed(self) -> String {
        String::from_utf8(self.out).unwrap_or_default()
    }
}

impl<W: Write> Printer<W> {
    /// Is it a terminal that is written to?
    pub(crate) const fn is_screen(&self) -> bool {
        self.screen
    }

    /// Rows in the format asked for.
    pub(crate) fn listing<T: Listing>(&mut self, rows: &[T], output: Output) -> Result<()> {
        match output.format {
            // No headings without rows: whoever looks on has been told so.
            Format::Table if rows.is_empty() => {}
            Format::Table => {
                let mut table = Table::new(T::columns(self.look.language));
                for row in rows {
                    table.row(row.cells(self.look.language));
                }
                self.table(&table)?;
            }
            Format::Json | Format::Jsonl => self.rows(rows, output.format)?,
            Format::Csv => self.csv(T::KEYS, rows)?,
        }
        Ok(())
    }

    /// Rows as CSV with these columns.
    pub(crate) fn csv<T: Serialize>(&mut self, keys: &[&str], rows: &[T]) -> Result<()> {
        self.text(csv::header(keys).as_bytes())?;
        self.csv_rows(keys, rows)
    }

    /// Rows as CSV without the names of the columns: after [`Printer::csv`].
    pub(crate) fn csv_rows<T: Serialize>(&mut self, keys: &[&str], rows: &[T]) -> Result<()> {
        for row in rows {
            self.text(csv::row(keys, &serde_json::to_value(row)?).as_bytes())?;
        }
        Ok(())
    }

    /// Rows as JSON: one document, or one for each row.
    pub(crate) fn rows<T: Serialize>(&mut self, rows: &[T], format: Format) -> Result<()> {
        if format == Format::Json {
            return self.json_rows(rows);
        }
        for row in rows {
            self.json_row(row)?;
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn json_row<T: Serialize>(&mut self, row: &T) -> Result<()> {
        if self.screen {
            return self.json_text(&serde_json::to_vec(row)?);
        }
        serde_json::to_writer(&mut self.out, row)?;
        Ok(())
    }

    /// One document of all rows, one row per line.
    fn json_rows<T: Serialize>(&mut self, rows: &[T]) -> Result<()> {
        self.out.write_all(b"[")?;
        for (n, row) in rows.iter().enumerate() {
            self.out.write_all(if n == 0 { b"\n" } else { b",\n" })?;
            self.json_row(row)?;
        }
        self.out.write_all(if rows.is_empty() { b"]\n" } else { b"\n]\n" })?;
        Ok(())
    }

    /// One document, laid out for reading.
    pub(crate) fn json<T: Serialize>(&mut self, document: &T) -> Result<()> {
        if self.screen {
            self.json_text(&serde_json::to_vec_pretty(document)?)?;
        } else {
            serde_json::to_writer_pretty(&mut self.out, document)?;
        }
        self.out.write_all(b"\n")?;
        Ok(())
    }

    pub(crate) fn table(&mut self, table: &Table) -> Result<()> {
        self.lines(&table.lines(self.look.row, self.look.colour))
    }

    /// Lines that are safe for a terminal already.
    pub(crate) fn lines(&mut self, lines: &[String]) -> Result<()> {
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// Lines of a format that is for programs, such as CSV. On a terminal, what could act on it is written out.
    pub(crate) fn text(&mut self, lines: &[u8]) -> Result<()> {
        if self.screen {
            for line in String::from_utf8_lossy(lines).lines() {
                writeln!(self.out, "{}", escape(line))?;
            }
        } else {
            self.out.write_all(lines)?;
        }
        Ok(())
    }

    /// JSON, or a part of it. On a terminal, what could act on it is escaped as JSON does it: the same text to a parser.
    pub(crate) fn json_text(&mut self, json: &[u8]) -> Result<()> {
        if self.screen {
            self.out.write_all(escape_json(&String::from_utf8_lossy(json)).as_bytes())?;
        } else {
            self.out.write_all(json)?;
        }
        Ok(())
    }

    /// To be called at the end: what is still held back goes out, and an error is not lost.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.out.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NAME: &str = "a\u{1b}[31m\u{7}\u{202e}\u{200b}\u{9b}\u{7f}\u{e0041}é";

    fn printed(screen: bool, print: impl FnOnce(&mut Printer<Vec<u8>>) -> Result<()>) -> String {
        let look = Look { language: Language::English, width: 80, row: 80, colour: false };
        let mut printer = Printer { out: Vec::new(), look, screen };
        print(&mut printer).unwrap();
        String::from_utf8(printer.out).unwrap()
    }

    #[test]
    fn csv_does_nothing_to_a_terminal() {
        let rows = [json!({ "user": NAME, "note": "two\r\nlines\rof" })];
        let csv = |screen| printed(screen, |printer| printer.csv(&["user", "note"], &rows));
        assert_eq!(csv(false), format!("user,note\r\n{NAME},\"two\r\nlines\rof\"\r\n"));
        assert_eq!(
            csv(true),
            "user,note\na\\u{1b}[31m\\u{7}\\u{202e}\\u{200b}\\u{9b}\\u{7f}\\u{e0041}é,\"two\nlines\\rof\"\n"
        );
    }

    #[test]
    fn json_does_nothing_to_a_terminal_and_says_the_same() {
        let row = json!({ "user": NAME });
        for format in [Format::Json, Format::Jsonl] {
            let rows = |screen| printed(screen, |printer| printer.rows(std::slice::from_ref(&row), format));
            assert!(rows(false).contains("\u{202e}"), "{format:?}");
            assert!(!rows(true).replace('\n', "").chars().any(super::super::is_hostile), "{format:?}");
            assert!(rows(true).contains("a\\u001b[31m\\u0007\\u202e\\u200b\\u009b\\u007f\\udb40\\udc41é"));
            let read = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
            assert_eq!(read(rows(true)), read(rows(false)));
        }
        let page = printed(true, |printer| printer.json(&row));
        assert_eq!(page.lines().count(), 3);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&page).unwrap(), row);
    }
}
