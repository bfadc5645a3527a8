//! Tables that fit the terminal.

use anstyle::{AnsiColor, Style};

use super::escape;
use super::text::{cut, cut_start, width};

/// How a cell stands out, where there is colour at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    #[default]
    Plain,
    /// It went well.
    Good,
    /// It went wrong, or was refused.
    Bad,
    /// Worth a second look.
    Notable,
    /// Of less weight.
    Faint,
    /// A heading.
    Strong,
}

impl Tone {
    /// The text in this tone.
    pub(crate) fn paint(self, text: &str, colour: bool) -> String {
        let style = match self {
            _ if !colour => return text.to_owned(),
            Self::Plain => return text.to_owned(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Notable => AnsiColor::Yellow.on_default(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// One cell. What it shows is safe for a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self { text: escape(text.as_ref()).into_owned(), tone: Tone::Plain }
    }

    pub(crate) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

impl<T: AsRef<str>> From<Option<T>> for Cell {
    fn from(text: Option<T>) -> Self {
        text.map_or_else(Self::default, Self::new)
    }
}

/// One column, and what may be done to it where the table does not fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    right: bool,
    /// What is cut off is cut off in front.
    keep_end: bool,
    /// May be cut down to this width.
    least: Option<usize>,
    /// May be left out; the highest goes first.
    spare: Option<u8>,
    /// Gets room only when the others have theirs.
    late: bool,
}

impl Column {
    pub(crate) const fn new(title: &'static str) -> Self {
        Self { title, right: false, keep_end: false, least: None, spare: None, late: false }
    }

    /// Numbers stand to the right.
    pub(crate) const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// The end says more than the beginning: a path.
    pub(crate) const fn keep_end(mut self) -> Self {
        self.keep_end = true;
        self
    }

    /// May be cut down to this width.
    pub(crate) const fn least(mut self, columns: usize) -> Self {
        self.least = Some(columns);
        self
    }

    /// Gets room only when the others have theirs: it can be long, and its begin says enough.
    pub(crate) const fn late(mut self) -> Self {
        self.late = true;
        self
    }

    /// May be left out; the highest goes first.
    pub(crate) const fn spare(mut self, order: u8) -> Self {
        self.spare = Some(order);
        self
    }
}

/// Rows under headings.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// Blanks between columns.
const GAP: &str = "  ";

impl Table {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The lines of the table in at most this many columns, if that can be.
    pub(crate) fn lines(&self, columns: usize, colour: bool) -> Vec<String> {
        let shown = self.fit(columns);
        let mut lines = Vec::with_capacity(self.rows.len() + 1);
        let titles: Vec<Cell> =
            self.columns.iter().map(|c| Cell { text: c.title.to_owned(), tone: Tone::Strong }).collect();
        if self.columns.iter().any(|c| !c.title.is_empty()) {
            lines.push(self.line(&titles, &shown, colour));
        }
        lines.extend(self.rows.iter().map(|row| self.line(row, &shown, colour)));
        lines
    }

    /// The table as Markdown, all of it; `safe` makes a text one in which nothing is markup.
    pub(crate) fn markdown(&self, safe: impl Fn(&str) -> String) -> Vec<String> {
        let shown: Vec<usize> = (0..self.columns.len()).filter(|n| self.says_something(*n)).collect();
        let row = |cell: &dyn Fn(usize) -> String| {
            let cells: Vec<String> = shown.iter().map(|n| cell(*n)).collect();
            format!("| {} |", cells.join(" | "))
        };
        let rule = |n: usize| if self.columns[n].right { "---:" } else { "---" }.to_owned();
        let mut lines = vec![row(&|n| safe(self.columns[n].title)), row(&rule)];
        // Cells are safe for a terminal already: what is written out there stays so.
        let text = |cells: &[Cell], n: usize| cells.get(n).map_or_else(String::new, |cell| safe(&cell.text));
        lines.extend(self.rows.iter().map(|cells| row(&|n| text(cells, n))));
        lines
    }

    fn line(&self, cells: &[Cell], shown: &[(usize, usize)], colour: bool) -> String {
        let mut line = String::new();
        let mut owed = String::new();
        for (n, &(column, columns)) in shown.iter().enumerate() {
            if n > 0 {
                owed.push_str(GAP);
            }
            let empty = Cell::default();
            let cell = cells.get(column).unwrap_or(&empty);
            let cut = if self.columns[column].keep_end { cut_start } else { cut };
            let text = cut(&cell.text, columns);
            let blanks = " ".repeat(columns.saturating_sub(width(&text)));
            // Blanks are owed until a letter follows: no line ends in blanks.
            if self.columns[column].right {
                owed.push_str(&blanks);
            }
            if !text.is_empty() {
                line.push_str(&owed);
                owed.clear();
                line.push_str(&cell.tone.paint(&text, colour));
            }
            if !self.columns[column].right {
                owed.push_str(&blanks);
            }
        }
        line
    }

    /// The columns that are shown, each with its width.
    fn fit(&self, columns: usize) -> Vec<(usize, usize)> {
        let natural: Vec<usize> = (0..self.columns.len()).map(|n| self.natural(n)).collect();
        // A column that says nothing is none.
        let mut shown: Vec<usize> = (0..self.columns.len()).filter(|n| self.says_something(*n)).collect();
        loop {
            let room = columns.saturating_sub(GAP.len() * shown.len().saturating_sub(1));
            let least = |n: usize| self.columns[n].least.map_or(natural[n], |least| natural[n].min(least));
            let needed: usize = shown.iter().map(|n| least(*n)).sum();
            if needed <= room {
                return self.widen(&shown, &natural, least, room - needed);
            }
            match shown.iter().copied().filter_map(|n| Some((self.columns[n].spare?, n))).max() {
                Some((_, spare)) => shown.retain(|n| *n != spare),
                // Too narrow for what must be there: the line is longer then.
                None => return shown.iter().map(|n| (*n, least(*n))).collect(),
            }
        }
    }

    /// Gives the room that is left to the columns that lack most.
    fn widen(
        &self,
        shown: &[usize],
        natural: &[usize],
        least: impl Fn(usize) -> usize,
        mut left: usize,
    ) -> Vec<(usize, usize)> {
        let mut widths: Vec<(usize, usize)> = shown.iter().map(|n| (*n, least(*n))).collect();
        while left > 0 {
            let lack = |&(n, width): &(usize, usize)| natural[n] - width;
            let Some(most) = widths
                .iter_mut()
                .filter(|w| lack(w) > 0)
                .max_by_key(|w| (!self.columns[w.0].late, lack(w), usize::MAX - w.0))
            else {
                break;
            };
            most.1 += 1;
            left -= 1;
        }
        widths
    }

    fn natural(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(&cell.text));
        cells.max().unwrap_or(0).max(width(self.columns[column].title))
    }

    fn says_something(&self, column: usize) -> bool {
        self.rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.text.is_empty()))
    }
}

/// A paragraph in at most this many columns, each line but the first behind blanks. Blanks at its begin stay, and so do those
/// between words of one line.
pub(crate) fn wrap(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let words = text.trim_start_matches(' ');
    let mut line = " ".repeat(text.len() - words.len());
    let mut lines: Vec<String> = Vec::new();
    let mut empty = true;
    for word in words.split(' ') {
        // Where a new line would begin further in than this one has come, it gives no room.
        if !empty && width(&line) >= indent && width(&line) + 1 + width(word) > columns {
            let full = std::mem::replace(&mut line, " ".repeat(indent));
            lines.push(full.trim_end_matches(' ').to_owned());
            empty = true;
        }
        if empty && word.is_empty() {
            continue;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    if !empty || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(vec![
            Column::new("USER").least(5),
            Column::new("HOST").least(4).spare(1),
            Column::new("N").right(),
            Column::new("PROOF").spare(2),
            Column::new("EMPTY"),
        ]);
        for (user, host, n, proof) in [
            ("administrator", "srv-rdp01", "7", "complete"),
            ("홍길동", "ws", "1,204", "partial"),
            ("evil\u{1b}[2J", "ws", "1", ""),
        ] {
            table.row(vec![
                Cell::new(user),
                Cell::new(host),
                Cell::new(n),
                Cell::new(proof),
                Cell::default(),
            ]);
        }
        table
    }

    fn text(columns: usize) -> String {
        table().lines(columns, false).join("\n")
    }

    #[test]
    fn all_that_fits() {
        insta::assert_snapshot!(text(80), @r"
        USER           HOST           N  PROOF
        administrator  srv-rdp01      7  complete
        홍길동         ws         1,204  partial
        evil\u{1b}[2J  ws             1
        ");
    }

    #[test]
    fn room_goes_to_others_first() {
        let mut table = Table::new(vec![Column::new("A").least(2).late(), Column::new("B").least(2)]);
        table.row(vec![Cell::new("abcdefghij"), Cell::new("klmno")]);
        assert_eq!(table.lines(10, false)[1], "ab…  klmno");
        assert_eq!(table.lines(17, false)[1], "abcdefghij  klmno");
    }

    #[test]
    fn shortened_before_anything_is_left_out() {
        insta::assert_snapshot!(text(34), @r"
        USER        HOST       N  PROOF
        administr…  srv-…      7  complete
        홍길동      ws     1,204  partial
        evil\u{1b…  ws         1
        ");
    }

    #[test]
    fn the_least_needed_goes_first() {
        insta::assert_snapshot!(text(22), @r"
        USER       HOST      N
        administ…  srv…      7
        홍길동     ws    1,204
        evil\u{1…  ws        1
        ");
        insta::assert_snapshot!(text(12), @r"
        USER       N
        admi…      7
        홍길…  1,204
        evil…      1
        ");
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        for columns in 12..60 {
            for line in table().lines(columns, false) {
                assert!(width(&line) <= columns, "{columns}: {line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }

    #[test]
    fn colour_only_where_wanted() {
        let mut table = Table::new(vec![Column::new("A")]);
        table.row(vec![Cell::new("x").tone(Tone::Bad)]);
        assert_eq!(table.lines(80, false), ["A", "x"]);
        assert_eq!(table.lines(80, true), ["\u{1b}[1mA\u{1b}[0m", "\u{1b}[31mx\u{1b}[0m"]);
    }

    #[test]
    fn paragraphs() {
        assert_eq!(wrap("one two three", 8, 2), ["one two", "  three"]);
        assert_eq!(wrap("  one two", 6, 4), ["  one", "    two"]);
        assert_eq!(wrap("  value:  x", 80, 4), ["  value:  x"]);
        assert_eq!(wrap("averylongword x", 4, 0), ["averylongword", "x"]);
        assert_eq!(wrap("one two  three", 8, 2), ["one two", "  three"]);
        assert_eq!(wrap("one  two  ", 6, 2), ["one", "  two"]);
        assert_eq!(wrap("12:00  averylongword x", 12, 8), ["12:00  averylongword", "        x"]);
    }
}
