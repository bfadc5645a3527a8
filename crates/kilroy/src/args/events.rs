//! Flags of `kilroy events`, `kilroy event` and `kilroy timeline`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::filters::at_least_one;
use super::{DocumentFlags, Lang, OutputFlags};

/// The events themselves: filtered, sorted, page by page, counted
///
/// A record that stands in several files is shown once. All times are UTC.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy events case user:alice event_id:4624,4625
  kilroy events case 'ip:10.0.0.0/8 time:2024-05-14.. -logon_type:5'
  kilroy events case mimikatz                                  a word, anywhere in what was logged
  kilroy events case 'fields.ServiceName:psexe*' --columns time,host,object,user
  kilroy events case channel:Security --top event_id
  kilroy events case event_id:4625 --histogram day
  kilroy events case --follow-session 3f9a0c11
  kilroy events case event_id:1102 --format jsonl | jq .fields

A filter is made of terms name:value, all of which must hold. Names are those of the columns (see
--columns list), and ip, computer, uid, luid for src_ip, host, event_uid, logon_id. Commas mean or;
`..` is a range; `*` stands for any text, alone for any value; - or ! in front turns a term round;
quotes keep blanks together: 'channel:\"Windows PowerShell\"'. fields.NAME asks for a field as it was
logged. Case does not matter.")]
pub(crate) struct EventsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// Which events; several filters must all hold
    #[arg(value_name = "FILTER")]
    pub(crate) filter: Vec<String>,

    /// Columns to show, with commas; `all` for all, `list` to see which there are
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,

    /// Column to sort by
    #[arg(long, value_name = "COLUMN", default_value = "time")]
    pub(crate) sort: String,

    /// The largest, or latest, first
    #[arg(long)]
    pub(crate) descending: bool,

    /// At most this many events [default: 50 in a table, else all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,

    /// Leave out so many first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) skip: usize,

    /// Only events of this access session: its records, and whatever its logon IDs and its desktop did
    #[arg(long, value_name = "SESSION")]
    pub(crate) follow_session: Option<String>,

    /// Print only how many there are
    #[arg(long, group = "instead")]
    pub(crate) count: bool,

    /// Print the most frequent values of a column, or of several with commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', group = "instead")]
    pub(crate) top: Vec<String>,

    /// Print how many there are in each span of time
    #[arg(long, value_enum, value_name = "SPAN", group = "instead")]
    pub(crate) histogram: Option<Bucket>,

    /// Threads to work with [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// A span of time that events are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bucket {
    /// Each minute
    Minute,
    /// Each hour
    Hour,
    /// Each day, from midnight UTC
    Day,
    /// Seven days, from Thursday, as 1970 began on one
    Week,
}

impl Bucket {
    pub(crate) const fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        }
    }
}

/// One event in full: what it means, all its fields, and its XML made anew from the evidence
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy event case 5d41402abc4b2a76b9719d911017c592
  kilroy event case 5d41402a --xml                    as Windows renders it, from the evidence
  kilroy event case 5d41402a --xml --evidence E:/triage")]
pub(crate) struct EventArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// event uid; the first digits do if no other begins with them
    #[arg(value_name = "UID")]
    pub(crate) uid: String,

    /// Also its XML, read again from the evidence
    #[arg(long)]
    pub(crate) xml: bool,

    /// Where the evidence is now, if not where it was; may be given several times
    #[arg(long, value_name = "PATH", requires = "xml")]
    pub(crate) evidence: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) output: DocumentFlags,
}

/// All events of all hosts in one stream, in the order of time
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy timeline case -o timeline.csv
  kilroy timeline case 'time:2024-05-14 user:alice' --format jsonl
  kilroy timeline case --format timesketch -o case.timesketch.csv
  kilroy timeline case --format parquet -o timeline.parquet

Memory does not grow with the case. Filters are those of `kilroy events`.")]
pub(crate) struct TimelineArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// Which events; several filters must all hold
    #[arg(value_name = "FILTER")]
    pub(crate) filter: Vec<String>,

    /// How to write
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: TimelineFormat,

    /// File to write to, instead of standard output; it takes its place when it is whole
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Language of what an event is called
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

/// How a timeline is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum TimelineFormat {
    /// For spreadsheets; no cell can begin a formula
    #[default]
    Csv,
    /// One JSON object per line
    Jsonl,
    /// A Parquet file
    Parquet,
    /// CSV as Timesketch imports it: message, datetime, `timestamp_desc`, and the rest
    Timesketch,
}
