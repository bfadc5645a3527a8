//! Flags of `kilroy activity`, `kilroy annotate` and `kilroy origin`.

use std::path::PathBuf;

use clap::Args;

use super::{DocumentFlags, Lang, OutputFlags, PageFlags};
use crate::annotate::TimeFormat;

/// What one session did: its processes as a tree, and every event of it in order, each with how sure that is
///
/// Exact is what carries a logon ID, a process or a terminal session of this session; likely is what its user did while no
/// other session of that user was there; possible is what fits others as well. A reconnect goes on under the logon ID of the
/// session before: whose user was there at that time is meant.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy activity case 3f9a0c11       the beginning of a session's uid, as the tables show it
  kilroy activity case 3f9a0c11 --exact
  kilroy activity case 3f9a0c11 --format csv > activity.csv

json is one document with the tree; jsonl and csv have a row for each event.")]
pub(crate) struct ActivityArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// uid of the session, or event uid of any of its records; the first digits do if no other begins with them
    pub(crate) session: String,

    /// Only what is proven to be of this session, and nothing by user and time
    #[arg(long)]
    pub(crate) exact: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Somebody else's timeline with the session of each row: who was behind it, and from where
///
/// FILE is CSV, JSON Lines, a body file or TLN, as Plaso, mactime, EZ tools, KAPE, Timesketch, Hayabusa, Chainsaw and many
/// others write them. Every row comes out as it went in, in the same order, with columns behind: session_uid, session_user,
/// source_address, client, session_start, session_end, sure, by. Without a user in the row it is whoever was on that host at
/// that time, and only possible.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy annotate case timeline.csv -o annotated.csv
  kilroy annotate case bodyfile --host srv01 > annotated.body
  kilroy annotate case export.csv --time-column 'Event Time' --timezone Asia/Seoul
  kilroy annotate case events.jsonl --host-column host.name

Exit codes: 0 done; 1 done, but the time of some rows could not be read; 2 could not be done.")]
pub(crate) struct AnnotateArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// The timeline
    pub(crate) file: PathBuf,

    /// File to write to; else standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,

    /// Host that all rows are of
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,

    /// Column with the time; in JSON, the way to it with dots
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    pub(crate) time_column: Option<String>,

    /// Column with the user
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    pub(crate) user_column: Option<String>,

    /// Column with the host
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    pub(crate) host_column: Option<String>,

    /// Zone of times that do not say theirs: Asia/Seoul, +02:00 [default: the file's own column, else UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    /// How times are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) time_format: TimeFormat,

    /// Language of notices
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

/// Who was behind a process, a file or share access, or any other event: the session, its source, and the way to it
///
/// Goes from the event to its process, to the ones above it, to the service that they run as and to who installed that, until
/// a step belongs to a session. Says how sure that is, and by what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy origin case 5d41402a         the beginning of an event's uid, as `kilroy events` shows it
  kilroy origin case Security:4711    a record of a log
  kilroy origin case Sysmon:812 --host srv01 --format json")]
pub(crate) struct OriginArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// uid of the event, its first digits, or LOG:RECORD
    pub(crate) event: String,

    /// Host: any case; a bare name also finds `name.domain`
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,

    #[command(flatten)]
    pub(crate) output: DocumentFlags,
}
