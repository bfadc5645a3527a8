//! Flags of `kilroy summary`.

use std::path::PathBuf;

use clap::Args;

use super::{InternalFlags, ReportFlags};

/// What matters in a case, on one page: hosts and covered time, people and where they came from, failures and what
/// followed, where to look first, and what is missing
///
/// It is the page that `kilroy analyze` ends with. Each part names the command that shows more.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy summary case
  kilroy summary case --format md > report.md
  kilroy summary case --lang ko
  kilroy summary case --format json | jq .look_first")]
pub(crate) struct SummaryArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) internal: InternalFlags,

    #[command(flatten)]
    pub(crate) report: ReportFlags,
}
