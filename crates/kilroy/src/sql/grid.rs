//! Rows of any statement as a table, or one below the other where they are too wide for that.

use crate::output::{cut, escape, width};

/// Columns between two cells.
const GAP: usize = 2;
/// No cell is cut down to less than this.
const LEAST: usize = 8;
/// A time to the second, and the mark where it was cut.
const SECONDS: usize = "2024-05-14T09:00:01…".len() - 2;

/// A value as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) number: bool,
}

impl Shown {
    /// What comes from logs is safe for a terminal from here on.
    pub(super) fn text(text: &str) -> Self {
        Self { text: escape(text).into_owned(), number: false }
    }

    pub(super) fn number(number: &impl ToString) -> Self {
        Self { text: number.to_string(), number: true }
    }

    pub(super) fn nothing() -> Self {
        Self { text: String::new(), number: false }
    }
}

/// How rows are laid out; the first of them decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// Width of each column, and whether it stands to the right.
    Table(Vec<(usize, bool)>),
    /// Names of columns take so much.
    Below(usize),
}

impl Layout {
    pub(super) fn of(names: &[Shown], rows: &[Vec<Shown>], room: usize) -> Self {
        let column = |n: usize| rows.iter().filter_map(move |row| row.get(n));
        let natural: Vec<usize> = names
            .iter()
            .enumerate()
            .map(|(n, name)| column(n).chain([name]).map(|cell| width(&cell.text)).max().unwrap_or(0))
            .collect();
        let right = |n: usize| {
            let mut some = column(n).filter(|cell| !cell.text.is_empty()).peekable();
            some.peek().is_some() && some.all(|cell| cell.number)
        };
        let room = room.saturating_sub(GAP * names.len().saturating_sub(1));
        let least = |n: usize| match () {
            () if right(n) => natural[n],
            () if column(n).any(|cell| is_time(&cell.text)) => natural[n].min(SECONDS),
            () => natural[n].min(LEAST),
        };
        if (0..names.len()).map(least).sum::<usize>() > room {
            return Self::Below(names.iter().map(|name| width(&name.text)).max().unwrap_or(0));
        }
        let mut widths = natural.clone();
        while widths.iter().sum::<usize>() > room {
            // The widest gives first.
            let widest = (0..widths.len()).filter(|n| widths[*n] > least(*n)).max_by_key(|n| widths[*n]);
            match widest {
                Some(widest) => widths[widest] -= 1,
                None => break,
            }
        }
        Self::Table(widths.into_iter().enumerate().map(|(n, width)| (width, right(n))).collect())
    }

    /// The line above the rows; none if names stand beside each value.
    pub(super) fn heading(&self, names: &[Shown]) -> Option<String> {
        match self {
            Self::Table(_) => self.lines(names, names, 0).pop(),
            Self::Below(_) => None,
        }
    }

    /// A row.
    pub(super) fn lines(&self, names: &[Shown], row: &[Shown], number: u64) -> Vec<String> {
        match self {
            Self::Table(widths) => {
                let mut line = String::new();
                for (cell, (room, right)) in row.iter().zip(widths) {
                    let text = cut(&cell.text, *room);
                    let blanks = " ".repeat(room.saturating_sub(width(&text)));
                    let (before, after) = if *right { (blanks.as_str(), "") } else { ("", blanks.as_str()) };
                    if !line.is_empty() || !std::ptr::eq(cell, &raw const row[0]) {
                        line.push_str(&" ".repeat(GAP));
                    }
                    line.push_str(before);
                    line.push_str(&text);
                    line.push_str(after);
                }
                vec![line.trim_end().to_owned()]
            }
            Self::Below(room) => {
                let mut lines = vec![format!("row {number}")];
                for (name, cell) in names.iter().zip(row).filter(|(_, cell)| !cell.text.is_empty()) {
                    let blanks = " ".repeat(room.saturating_sub(width(&name.text)));
                    lines.push(format!("  {}{blanks}  {}", name.text, cell.text));
                }
                lines
            }
        }
    }
}

/// `2024-05-14T09:00:01.1234567Z`.
fn is_time(text: &str) -> bool {
    text.len() == 28 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(room: usize) -> String {
        let names = ["user", "command_line", "n"].map(Shown::text);
        let rows = [
            vec![Shown::text("alice"), Shown::text("powershell.exe -enc AAAA\u{1b}[2J"), Shown::number(&7)],
            vec![Shown::text("홍길동"), Shown::nothing(), Shown::number(&1204)],
        ];
        let layout = Layout::of(&names, &rows, room);
        let mut lines: Vec<String> = layout.heading(&names).into_iter().collect();
        for (row, number) in rows.iter().zip(1..) {
            lines.extend(layout.lines(&names, row, number));
        }
        lines.join("\n")
    }

    #[test]
    fn wide_narrow_and_too_narrow() {
        insta::assert_snapshot!(shown(80), @r"
        user    command_line                          n
        alice   powershell.exe -enc AAAA\u{1b}[2J     7
        홍길동                                     1204
        ");
        insta::assert_snapshot!(shown(30), @r"
        user    command_line         n
        alice   powershell.exe …     7
        홍길동                    1204
        ");
        insta::assert_snapshot!(shown(18), @r"
        row 1
          user          alice
          command_line  powershell.exe -enc AAAA\u{1b}[2J
          n             7
        row 2
          user          홍길동
          n             1204
        ");
    }
}
