//! What can be typed: raw flags, one struct per command. What they mean is resolved in `settings` and `filter`.

mod activity;
mod case;
mod coverage;
mod decode;
mod events;
mod filters;
mod findings;
mod flow;
mod hops;
mod output;
mod sql;
mod summary;
mod turned;
mod usage;
mod views;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use activity::{ActivityArgs, AnnotateArgs, OriginArgs};
pub(crate) use case::{AgainFlags, AuthorFlags, BookmarkArgs, NoteArgs, NotesArgs, TagArgs, VerifyArgs};
pub(crate) use coverage::CoverageArgs;
pub(crate) use decode::{DecodeArgs, DecodeFormat};
pub(crate) use events::{EventArgs, EventsArgs, TimelineArgs, TimelineFormat};
pub(crate) use filters::{ActorFlags, InternalFlags, PageFlags, SessionFlags, SpanFlags};
pub(crate) use findings::{FindingArgs, FindingsArgs};
pub(crate) use flow::{FlowArgs, RdpHealthArgs};
pub(crate) use hops::{GraphFormat, HopsArgs, PathsArgs};
pub(crate) use output::{
    DocumentFlags, DocumentFormat, Format, Lang, OutputFlags, ReportFlags, ReportFormat, SummaryFlags,
    SummaryFormat,
};
pub(crate) use sql::SqlArgs;
pub(crate) use summary::SummaryArgs;
pub(crate) use turned::with_turned_terms;
pub(crate) use usage::{By, UsageArgs};
pub(crate) use views::{
    FirstSeenArgs, MatrixArgs, OffHoursArgs, OffHoursFlags, PlaceBy, RareArgs, SourcesArgs, UsersArgs,
};

/// Who was on these machines, from where, when: Windows event logs in, access sessions with receipts out.
#[derive(Debug, Parser)]
#[command(
    name = "kilroy",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
Start here:
  kilroy demo                        see it work on a made-up incident
  kilroy analyze LOGS -o case        read a folder of event logs into a case
  kilroy summary case                what matters in it, on one page
  kilroy sessions case               who was here
  kilroy why case SESSION            what proves it
  kilroy flow case SESSION           how it went, step by step
  kilroy activity case SESSION       what was done in it

Exit codes: 0 done; 1 done, but something in the evidence could not be read; 2 could not be done."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Analyze(AnalyzeArgs),
    Summary(SummaryArgs),
    Decode(DecodeArgs),
    Sessions(SessionsArgs),
    LogonSessions(LogonSessionsArgs),
    TerminalSessions(TerminalSessionsArgs),
    Why(WhyArgs),
    Flow(FlowArgs),
    Activity(ActivityArgs),
    Origin(OriginArgs),
    Annotate(AnnotateArgs),
    RdpHealth(RdpHealthArgs),
    Users(UsersArgs),
    Findings(FindingsArgs),
    Finding(FindingArgs),
    Sources(SourcesArgs),
    Matrix(MatrixArgs),
    FirstSeen(FirstSeenArgs),
    Rare(RareArgs),
    OffHours(OffHoursArgs),
    Hops(HopsArgs),
    Paths(PathsArgs),
    Usage(UsageArgs),
    Evidence(EvidenceArgs),
    Coverage(CoverageArgs),
    Events(EventsArgs),
    Event(EventArgs),
    Timeline(TimelineArgs),
    Note(NoteArgs),
    Notes(NotesArgs),
    Tag(TagArgs),
    Bookmark(BookmarkArgs),
    Verify(VerifyArgs),
    Sql(SqlArgs),
    Demo(DemoArgs),
}

/// Read event logs into a case and show what matters first
///
/// PATH is a file or a folder, searched to the bottom. A file counts by its content, not by its name. The evidence is
/// opened for reading only and never changed. What the case holds already is not read again: add evidence as it
/// comes, and run a killed run again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy analyze C:/Windows/System32/winevt/Logs -o case
  kilroy analyze host1/ host2/Security.evtx -o case --threads 4
  kilroy analyze logs -o case --format json > summary.json

Exit codes: 0 all was read; 1 something in the evidence could not be read (see `kilroy evidence`); 2 could not be done.")]
pub(crate) struct AnalyzeArgs {
    /// Files and folders with event logs
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Folder of the case; made if it is not there
    #[arg(short, long, value_name = "CASE")]
    pub(crate) output: PathBuf,

    /// Files to decode at the same time [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,

    /// How much memory to get by with, as in 512M or 2G [default: what is quickest, some 100 MB per thread]
    ///
    /// Fewer files and hosts are worked on at a time, and more is sorted on disk. The sessions of one host are made in
    /// memory in any case: some 250 bytes for each event that has to do with sessions.
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<String>,

    /// No progress bar and no notices; the summary and errors remain
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// At the end, say on standard error how much time each kind of work took
    #[arg(long)]
    pub(crate) timings: bool,

    #[command(flatten)]
    pub(crate) again: AgainFlags,

    #[command(flatten)]
    pub(crate) internal: InternalFlags,

    #[command(flatten)]
    pub(crate) report: ReportFlags,
}

/// Who was here: one row per stay, failed attempts included
///
/// A row is one stay of one user on one machine, from the attempt to get in to the logoff or disconnect. All times are
/// UTC. Machine, system and window-manager accounts are hidden unless --background is given.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy sessions case --user 'adm*' --since 2024-05-14 --until 2024-05-16
  kilroy sessions case --ip 203.0.113.0/24 --outcome success
  kilroy sessions case --kind interactive-remote --host srv-rdp01
  kilroy sessions case --format csv > sessions.csv

The first column of the table is enough for `kilroy why case SESSION`.")]
pub(crate) struct SessionsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) filter: SessionFlags,

    /// Show machine, system and window-manager accounts, too
    #[arg(long)]
    pub(crate) background: bool,

    /// Only what began at night or on a day off, by the clock of its host
    #[arg(long, help_heading = "Hours")]
    pub(crate) off_hours: bool,

    #[command(flatten)]
    pub(crate) hours: OffHoursFlags,

    /// In the table: one row for each failure, too; else a run of failures from one source shares a row
    #[arg(long)]
    pub(crate) each: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Windows logon sessions: one row per logon ID of a boot, background accounts included
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy logon-sessions case --user alice
  kilroy logon-sessions case --no-background --since '2024-05-14 09:00'")]
pub(crate) struct LogonSessionsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) actor: ActorFlags,

    #[command(flatten)]
    pub(crate) span: SpanFlags,

    /// Leave out machine, system and window-manager accounts
    #[arg(long)]
    pub(crate) no_background: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Terminal sessions: one row per desktop, with its connections one after the other
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy terminal-sessions case --host srv-rdp01
  kilroy terminal-sessions case --ip 198.51.100.7 --format jsonl")]
pub(crate) struct TerminalSessionsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) actor: ActorFlags,

    #[command(flatten)]
    pub(crate) span: SpanFlags,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// The receipt of one session: its records, why they belong together, and what is missing
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy why case 3f9a0c11            the beginning of a session's uid, as the tables show it
  kilroy why case 5d41402abc4b2a76b9719d911017c592
                                      the event uid of any record of the session
  kilroy why case 3f9a0c11 --lang ko")]
pub(crate) struct WhyArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// uid of the session, or event uid of any of its records; the first digits do if no other begins with them
    pub(crate) session: String,

    /// Language
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

/// Every file that was looked at: what it is, its hash, its records, and what could not be read
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy evidence case
  kilroy evidence case --losses       each piece that could not be read, with its place and the reason
  kilroy evidence case --format csv > evidence.csv")]
pub(crate) struct EvidenceArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// List each loss: file, offset, reason
    #[arg(long)]
    pub(crate) losses: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// See it work: writes a made-up incident as real event logs, analyses them, shows the sessions
///
/// Nothing is needed and nothing leaves this machine. The logs lie below DIR/logs, the case is DIR/case.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy demo
  kilroy demo -o try-kilroy")]
pub(crate) struct DemoArgs {
    /// Folder to write to; made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = "kilroy-demo")]
    pub(crate) output: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_fit_together() {
        Cli::command().debug_assert();
    }
}
