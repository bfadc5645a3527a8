//! Flags of `kilroy coverage`.

use std::path::PathBuf;

use clap::Args;

use super::OutputFlags;

/// How far the logs reach: gaps, clears, clock changes, logs that are not there, records that are missing without a reason
///
/// Says for which hosts, logs and times an answer holds: "no logon of alice" is worth as much as the logs that could tell of
/// one. The table has a row for each log of each host; below it stands what it means.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy coverage case
  kilroy coverage case --host srv-rdp01 --log Security
  kilroy coverage case --format json > coverage.json     every gap with its record IDs")]
pub(crate) struct CoverageArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// Host: any case, `*` for any text; a bare name also finds `name.domain`
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) host: Option<String>,

    /// Log, by its full or short name: Security, LocalSessionManager; any case, `*` for any text
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) log: Option<String>,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}
