//! The prompt: lines with a history, completed as far as they can be.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use kilroy_case::sql::{FUNCTIONS, statements};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper};

use super::shell::{HELP, Next, Shell};
use crate::notice;

/// Lines of the history.
const REMEMBERED: usize = 1000;

/// Asks for statements until there are no more.
pub(crate) fn prompt(shell: &mut Shell<'_>) -> Result<()> {
    shell.is_typed();
    let config = Config::builder().max_history_size(REMEMBERED).context("no history")?.build();
    let mut editor: Editor<Words, DefaultHistory> =
        Editor::with_config(config).context("cannot work with this terminal")?;
    editor.set_helper(Some(Words::of(shell)));
    let history = history();
    if let Some(history) = &history {
        // The first time there is none.
        let _ = editor.load_history(history);
    }
    notice::say(
        "SQL over the case, for reading. \\d shows the tables, \\? helps, \\q ends; a statement ends with `;`.",
    );
    loop {
        match editor.readline("kilroy> ") {
            Ok(typed) if typed.trim().is_empty() => {}
            Ok(typed) => {
                editor.add_history_entry(typed.trim_end()).context("no history")?;
                if let Some(history) = &history {
                    // What cannot be remembered can still be asked.
                    let _ = editor.append_history(history);
                }
                match shell.take(&typed) {
                    Ok(Next::More) => {}
                    Ok(Next::Quit) => return Ok(()),
                    Err(error) => notice::say(&format!("{error:#}")),
                }
            }
            // Ctrl-C drops what was typed.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(error).context("cannot read from this terminal"),
        }
    }
}

/// Where the history is: with what this user's programs remember, never in the case.
fn history() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        set("LOCALAPPDATA")?
    } else {
        set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local").join("state")))?
    };
    let folder = folder.join("kilroy");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("sql_history"))
}

/// What can be completed.
struct Words {
    all: Vec<String>,
    commands: Vec<String>,
}

const KEYWORDS: &[&str] = &[
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COLLATE",
    "COUNT",
    "CROSS",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FROM",
    "FULL",
    "GLOB",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INTERSECT",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MATERIALIZED",
    "MAX",
    "MIN",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "RECURSIVE",
    "SELECT",
    "THEN",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

impl Words {
    fn of(shell: &Shell<'_>) -> Self {
        let mut all: Vec<String> = KEYWORDS.iter().map(|word| (*word).to_owned()).collect();
        for table in shell.tables() {
            all.push(table.name.to_owned());
            all.extend(table.columns.iter().map(|column| column.name.clone()));
        }
        all.extend(FUNCTIONS.iter().map(|function| function.name.to_owned()));
        all.sort();
        all.dedup();
        let commands = HELP.iter().filter_map(|(command, _)| command.split(' ').next()).map(str::to_owned);
        Self { all, commands: commands.collect() }
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..at).unwrap_or_default();
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\\'))
            .map_or(0, |n| n + before[n..].chars().next().map_or(1, char::len_utf8));
        let typed = &before[start..];
        if typed.is_empty() {
            return Ok((at, Vec::new()));
        }
        let known = if typed.starts_with('\\') { &self.commands } else { &self.all };
        let fits =
            |word: &&String| word.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed));
        Ok((start, known.iter().filter(fits).cloned().collect()))
    }
}

impl Validator for Words {
    fn validate(&self, typed: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = typed.input();
        let complete = text.trim_start().starts_with('\\') || statements(text).complete;
        Ok(if complete { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_completed() {
        let words = Words {
            all: ["SELECT", "src_ip", "src_port", "sessions"].map(str::to_owned).into(),
            commands: vec!["\\d".to_owned(), "\\timing".to_owned()],
        };
        let history = DefaultHistory::new();
        let complete = |line: &str| words.complete(line, line.len(), &Context::new(&history)).unwrap();
        assert_eq!(complete("sel"), (0, vec!["SELECT".to_owned()]));
        assert_eq!(complete("SELECT src_"), (7, vec!["src_ip".to_owned(), "src_port".to_owned()]));
        assert_eq!(complete("SELECT max(SRC_p"), (11, vec!["src_port".to_owned()]));
        assert_eq!(complete("\\t"), (0, vec!["\\timing".to_owned()]));
        assert_eq!(complete("SELECT ").1, [""; 0]);
        assert_eq!(complete("홍"), (0, vec![]));
    }
}
