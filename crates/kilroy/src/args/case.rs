//! Flags for looking after a case: what people add to it, and whether it is sound.

use std::path::PathBuf;

use clap::Args;

use super::{OutputFlags, PageFlags, SummaryFlags};

/// Flags for analysing into a case that is there already.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct AgainFlags {
    /// Do not even read a file whose path, size and time of the last write are as when it was last read
    #[arg(long)]
    pub(crate) trust_mtime: bool,

    /// If another run writes to the case, wait until it is done
    #[arg(long)]
    pub(crate) wait: bool,
}

/// Who adds something.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AuthorFlags {
    /// Who you are, as it is to stand in the case [default: your user name on this system]
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

/// Write a note on a session, record, finding, host, user or evidence file; without a text: show what is noted on it
///
/// Notes stay when the case is analysed again, and nothing that Kilroy makes changes them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy note case 3f9a0c11 'the stolen laptop, see ticket 4711'
  kilroy note case host:srv-rdp01 'reinstalled on 2024-05-20'
  kilroy note case 3f9a0c11                       what is noted on it
  kilroy note case 3f9a0c11 'ticket 4712' --change 3
  kilroy note case 3f9a0c11 --remove 3

TARGET is a uid or an evidence ID as the tables show it (the first digits do if nothing else begins
with them), the path of an evidence file, or the name of a host or user (CORP\\alice does, too).
Where one word names several things, say which is meant: session:…, event:…, finding:…, host:…,
user:…, evidence:…")]
pub(crate) struct NoteArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// What the note is on
    pub(crate) target: String,

    /// What it says
    pub(crate) text: Option<String>,

    /// Give this note the text instead of writing a new one
    #[arg(long, value_name = "NUMBER", requires = "text", conflicts_with = "remove")]
    pub(crate) change: Option<i64>,

    /// Remove this note
    #[arg(long, value_name = "NUMBER", conflicts_with = "text")]
    pub(crate) remove: Option<i64>,

    #[command(flatten)]
    pub(crate) author: AuthorFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Everything that people have added to the case: notes, tags and bookmarks
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy notes case
  kilroy notes case --format csv > notes.csv")]
pub(crate) struct NotesArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Put tags on a session, record, finding, host, user or evidence file, or take them off
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy tag case 3f9a0c11 attacker phase-2
  kilroy tag case user:alice attacker --remove

TARGET is what `kilroy note` takes.")]
pub(crate) struct TagArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// What the tags are for
    pub(crate) target: String,

    /// Tags
    #[arg(value_name = "TAG", required = true)]
    pub(crate) tags: Vec<String>,

    /// Take them off
    #[arg(long)]
    pub(crate) remove: bool,

    #[command(flatten)]
    pub(crate) author: AuthorFlags,
}

/// Set a bookmark on a session, record, finding, host, user or evidence file, or remove it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy bookmark case 3f9a0c11
  kilroy bookmark case 3f9a0c11 --remove

TARGET is what `kilroy note` takes.")]
pub(crate) struct BookmarkArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// What it is on
    pub(crate) target: String,

    /// Remove it
    #[arg(long)]
    pub(crate) remove: bool,

    #[command(flatten)]
    pub(crate) author: AuthorFlags,
}

/// Check that the case is as it was written, and that its evidence gives the same case again
///
/// Looks at the register, at every event file, and at the evidence where it still is: same SHA-256? Then makes the tables
/// anew, in a temporary folder that is as large as the case: same bytes? Nothing in the case is changed. What was not there
/// to be compared is told and counts as no finding.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy verify case
  kilroy verify case --evidence /mnt/archive/logs
  kilroy verify case --format json > verified.json

Exit codes: 0 all is as it was written; 1 something is not; 2 could not be done.")]
pub(crate) struct VerifyArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// Where the evidence is now; several times for several places [default: where each file was last seen]
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Vec<PathBuf>,

    /// Files to read at the same time [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,

    #[command(flatten)]
    pub(crate) summary: SummaryFlags,
}
