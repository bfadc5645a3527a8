//! The one that writes to standard output.

use std::io::{self, BufWriter, Stdout, Write};

use anyhow::Result;
use kilroy_catalog::Language;
use serde::Serialize;

use super::csv;
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
}

impl Printer {
    pub(crate) fn stdout(look: Look) -> Self {
        Self { out: BufWriter::new(io::stdout()), look }
    }
}

impl<W: Write> Printer<W> {
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
        self.out.write_all(csv::header(keys).as_bytes())?;
        self.csv_rows(keys, rows)
    }

    /// Rows as CSV without the names of the columns: after [`Printer::csv`].
    pub(crate) fn csv_rows<T: Serialize>(&mut self, keys: &[&str], rows: &[T]) -> Result<()> {
        for row in rows {
            self.out.write_all(csv::row(keys, &serde_json::to_value(row)?).as_bytes())?;
        }
        Ok(())
    }

    /// Rows as JSON: one document, or one for each row.
    pub(crate) fn rows<T: Serialize>(&mut self, rows: &[T], format: Format) -> Result<()> {
        if format == Format::Json {
            return self.json_rows(rows);
        }
        for row in rows {
            serde_json::to_writer(&mut self.out, row)?;
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// One document of all rows, one row per line.
    fn json_rows<T: Serialize>(&mut self, rows: &[T]) -> Result<()> {
        self.out.write_all(b"[")?;
        for (n, row) in rows.iter().enumerate() {
            self.out.write_all(if n == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut self.out, row)?;
        }
        self.out.write_all(if rows.is_empty() { b"]\n" } else { b"\n]\n" })?;
        Ok(())
    }

    /// One document, laid out for reading.
    pub(crate) fn json<T: Serialize>(&mut self, document: &T) -> Result<()> {
        serde_json::to_writer_pretty(&mut self.out, document)?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    pub(crate) fn table(&mut self, table: &Table) -> Result<()> {
        self.lines(&table.lines(self.look.width, self.look.colour))
    }

    /// Lines that are safe for a terminal already.
    pub(crate) fn lines(&mut self, lines: &[String]) -> Result<()> {
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// Bytes of a format that is not for people: they go out as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes)?;
        Ok(())
    }

    /// To be called at the end: what is still held back goes out, and an error is not lost.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.out.flush()?;
        Ok(())
    }
}
