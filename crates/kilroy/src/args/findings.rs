//! Flags of `kilroy findings` and `kilroy finding`.

use std::path::PathBuf;

use clap::Args;

use super::{ActorFlags, AuthorFlags, OutputFlags, PageFlags, SpanFlags};

/// What the detectors found: guessed passwords, taken-over sessions, programs run from afar, cleared logs, …
///
/// Findings come by weight, the heaviest first: high is what an intrusion looks like, medium is not ordinary, low mostly is,
/// info explains others. Each names the sessions and records that it is taken from. What somebody dismissed is hidden.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy findings case
  kilroy findings case --min-weight medium --host srv-rdp01
  kilroy findings case --detector password-spraying,success-after-failures
  kilroy findings case --dismissed                what was dismissed, and why
  kilroy findings case --format jsonl | jq 'select(.weight == \"high\") | .text'

`kilroy finding case UID` opens one: hypothesis, records, sessions, what else it may be, what to do next.")]
pub(crate) struct FindingsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// Detector; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Filters")]
    pub(crate) detector: Vec<String>,

    /// The least weight: info, low, medium, high
    #[arg(long, value_name = "WEIGHT", help_heading = "Filters")]
    pub(crate) min_weight: Option<String>,

    #[command(flatten)]
    pub(crate) actor: ActorFlags,

    #[command(flatten)]
    pub(crate) span: SpanFlags,

    /// Only what was dismissed
    #[arg(long, help_heading = "Filters")]
    pub(crate) dismissed: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// One finding: what was seen, its records and sessions, what else it may be and what to do next; or dismiss it
///
/// A dismissal is kept in the case, with its note, and holds when the case is analysed again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy finding case 3f9a0c11        the beginning of a finding's uid, as `kilroy findings` shows it
  kilroy finding case 3f9a0c11 --dismiss --note 'our scanner, see ticket 4711'
  kilroy finding case 3f9a0c11 --restore")]
pub(crate) struct FindingArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// uid of the finding; the first digits do if no other begins with them
    pub(crate) finding: String,

    /// Dismiss it: it is looked at and need not be seen again
    #[arg(long, conflicts_with = "restore")]
    pub(crate) dismiss: bool,

    /// Why it is dismissed
    #[arg(long, value_name = "TEXT", requires = "dismiss")]
    pub(crate) note: Option<String>,

    /// Take the dismissal back
    #[arg(long)]
    pub(crate) restore: bool,

    #[command(flatten)]
    pub(crate) author: AuthorFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}
