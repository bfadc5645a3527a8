//! Flags of `kilroy decode`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Lang;

/// Write every record of event logs as JSON lines, CSV, XML or Parquet, all fields as logged
///
/// FILE is a file or a folder, searched to the bottom. A file counts by its content, not by its name. Records come in the
/// order of the files, sorted by path, and within a file in its order. Nothing is interpreted, and no case is needed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy decode Security.evtx | jq -r '[.time, .event_id, .data.TargetUserName] | @tsv'
  kilroy decode C:/Windows/System32/winevt/Logs -o logs.jsonl
  kilroy decode logs --filter 'channel:Security event_id:4624,4625 time:2024-05-14..2024-05-15'
  kilroy decode logs --filter 'provider:*sysmon level:critical..warning' --format csv -o sysmon.csv
  kilroy decode logs --format parquet -o logs.parquet
  kilroy decode logs --count          how many records there are, and what cannot be read
  kilroy decode memory.dmp --carve    records of logs in anything

A filter chooses by channel, event_id, provider, time, computer, record_id, level, version, task,
opcode, process_id, thread_id, user_id, activity_id and related_activity_id. Commas mean or; several
terms must all hold; `..` is a range; `*` stands for any text; - or ! in front turns a term round;
quotes keep blanks together: 'channel:\"Windows PowerShell\"'.

Exit codes: 0 all was read; 1 something could not be read, as standard error says; 2 could not be
done.")]
pub(crate) struct DecodeArgs {
    /// Files and folders with event logs
    #[arg(value_name = "FILE", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// How to write records; with --count: how to print the counts, a table if not given
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<DecodeFormat>,

    /// File to write to, instead of standard output; it takes its place when it is whole
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Only records for which this holds, like 'event_id:4624,4625 channel:Security'; several filters must all hold
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true, help_heading = "Filters")]
    pub(crate) filter: Vec<String>,

    /// Also whole records that are left over in the unused space of a log; they are marked
    #[arg(long)]
    pub(crate) recover: bool,

    /// Look for records of logs anywhere in any file: disk images, memory dumps, unallocated space
    #[arg(long)]
    pub(crate) carve: bool,

    /// Decode everything, but print only how many records and losses each file has
    #[arg(long, conflicts_with = "output")]
    pub(crate) count: bool,

    /// Threads to decode with; the output is the same with any number of them [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,

    /// Language of the table of --count
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum DecodeFormat {
    /// One JSON object per line; the default
    #[default]
    Jsonl,
    /// For spreadsheets; no cell can begin a formula
    Csv,
    /// One document with every record as Windows renders it; slower than the others
    Xml,
    /// One table with typed columns, for DuckDB, pandas, Polars and the like; needs --output or a pipe
    Parquet,
}
