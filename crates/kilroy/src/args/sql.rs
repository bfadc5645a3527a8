//! What can be typed after `kilroy sql`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

/// Questions in SQL: SQLite over the events, sessions and register of a case
///
/// The case is read and never changed. Without a query, `kilroy sql CASE` asks for one: line by line on a terminal, else it
/// takes statements from standard input. Times are texts in UTC like 2024-05-14T09:00:01.1234567Z. A query that SQLite
/// sorts or groups may use the folder for temporary files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy sql case                     a prompt; \\d shows the tables, \\q ends
  kilroy sql case 'SELECT user, count(*) FROM events WHERE event_id = 4625 GROUP BY user'
  kilroy sql case \"SELECT time, user FROM events('ip:203.0.113.0/24') ORDER BY time\"
  kilroy sql case --file night-logons.sql --param from=20 --format csv > nights.csv

Ctrl-C stops a query. The cookbook in the documentation has recipes to begin with.")]
pub(crate) struct SqlArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// What to ask: one statement or more, with `;` between them
    pub(crate) query: Option<String>,

    /// File with the statements
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub(crate) file: Option<PathBuf>,

    /// Value of a parameter: `--param user=alice` for `:user`
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// Threads that count [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}
