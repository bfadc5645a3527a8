//! Rows as they stand in a file.

use std::io::{self, BufRead};

/// A cell in quotes that goes on for longer than this is none: a quote was forgotten.
const LONGEST: usize = 256 << 10;

/// After so many forgotten quotes no cell of the file is taken to go over several lines.
const FORGOTTEN: u32 = 100;

/// Cuts a file into rows. A row ends with its line, unless that is inside of quotes.
pub(crate) struct Records<R> {
    input: R,
    /// Between the cells; none: quotes mean nothing.
    delimiter: Option<u8>,
    /// Read, and not yet handed on.
    ahead: Vec<u8>,
    forgotten: u32,
    /// Lines that were handed on, and the one that the last row began in.
    lines: u64,
    began: u64,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, delimiter: None, ahead: Vec::new(), forgotten: 0, lines: 0, began: 0 }
    }

    /// From now on cells have this between them, and quotes around them.
    pub(crate) fn separate(&mut self, delimiter: Option<u8>) {
        self.delimiter = delimiter;
    }

    /// Number of the line that the last row began in.
    pub(crate) fn line(&self) -> u64 {
        self.began
    }

    /// Puts the next row into `record`, with its end of line. False: there is none.
    pub(crate) fn next(&mut self, record: &mut Vec<u8>) -> io::Result<bool> {
        record.clear();
        if !self.take_line(record)? {
            return Ok(false);
        }
        self.lines += 1;
        self.began = self.lines;
        let Some(delimiter) = self.delimiter.filter(|_| self.forgotten < FORGOTTEN) else { return Ok(true) };
        let mut state = Quotes::default();
        let (mut seen, first) = (0, record.len());
        let mut lines = 0;
        loop {
            state.pass(&record[seen..], delimiter);
            seen = record.len();
            if !state.inside {
                self.lines += lines;
                return Ok(true);
            }
            if seen > LONGEST || !self.take_line(record)? {
                self.give_back(record, first);
                return Ok(true);
            }
            lines += 1;
        }
    }

    /// The quote of the first line was never closed: it stands for itself.
    fn give_back(&mut self, record: &mut Vec<u8>, first: usize) {
        let mut rest = record.split_off(first);
        if !rest.is_empty() {
            self.forgotten += 1;
            rest.append(&mut self.ahead);
            self.ahead = rest;
        }
    }

    fn take_line(&mut self, record: &mut Vec<u8>) -> io::Result<bool> {
        if self.ahead.is_empty() {
            return Ok(self.input.read_until(b'\n', record)? > 0);
        }
        let end = self.ahead.iter().position(|byte| *byte == b'\n').map_or(self.ahead.len(), |at| at + 1);
        let rest = self.ahead.split_off(end);
        let line = std::mem::replace(&mut self.ahead, rest);
        record.extend_from_slice(&line);
        if !line.ends_with(b"\n") {
            self.input.read_until(b'\n', record)?;
        }
        Ok(true)
    }
}

/// Where in a row quotes are open. A quote opens at the begin of a cell only.
#[derive(Default)]
struct Quotes {
    inside: bool,
    /// A quote inside of quotes: the end, or the first half of one that is meant.
    closing: bool,
    in_plain: bool,
}

impl Quotes {
    fn pass(&mut self, bytes: &[u8], delimiter: u8) {
        for &byte in bytes {
            match byte {
                b'"' if self.inside => (self.inside, self.closing) = (false, true),
                b'"' if self.closing => (self.inside, self.closing) = (true, false),
                b'"' if !self.in_plain => self.inside = true,
                _ if self.inside => {}
                _ if byte == delimiter || byte == b'\n' => (self.closing, self.in_plain) = (false, false),
                _ => (self.closing, self.in_plain) = (false, true),
            }
        }
    }
}

/// A row without its end of line, and that end.
pub(super) fn ending(record: &[u8]) -> (&[u8], &[u8]) {
    let end = if record.ends_with(b"\r\n") { 2 } else { usize::from(record.ends_with(b"\n")) };
    record.split_at(record.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let mut records = Records::new(text.as_bytes());
        records.separate(Some(b','));
        let (mut rows, mut record) = (Vec::new(), Vec::new());
        while records.next(&mut record).unwrap() {
            rows.push(String::from_utf8(record.clone()).unwrap());
        }
        rows
    }

    #[test]
    fn cells_over_several_lines() {
        assert_eq!(rows("a,\"b\nc\",d\r\ne\n"), ["a,\"b\nc\",d\r\n", "e\n"]);
        assert_eq!(rows("a,\"say \"\"x\"\"\ny\",d\n1"), ["a,\"say \"\"x\"\"\ny\",d\n", "1"]);
        // A quote within a cell is a letter.
        assert_eq!(rows("5\" disk,x\nb\n"), ["5\" disk,x\n", "b\n"]);
    }

    #[test]
    fn a_quote_that_is_never_closed() {
        assert_eq!(rows("a,\"b\nc,d\ne,f"), ["a,\"b\n", "c,d\n", "e,f"]);
        let many = format!("a,\"b\n{}", "c,d\n".repeat(200_000));
        assert_eq!(rows(&many).len(), 200_001);
    }

    #[test]
    fn nothing_is_lost() {
        for text in ["", "\n", "a", "\"", "\"\n\"", "\"a\"b\"\nc", "a\r\n\r\n\"\r\n"] {
            assert_eq!(rows(text).concat(), text, "{text:?}");
        }
    }
}
