//! Flags of the commands that explain: `kilroy flow` and `kilroy rdp-health`.

use std::path::PathBuf;

use clap::Args;

use super::{OutputFlags, SpanFlags};

/// The story of one session: its steps in order, what each means, and which expected step is not there
///
/// Records that say one thing in several logs share a step. `kilroy why` has the proof: which rule ties which record to
/// the session, and which record proves what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy flow case 3f9a0c11           the beginning of a session's uid, as the tables show it
  kilroy flow case 5d41402abc4b2a76b9719d911017c592
                                      the event uid of any record of the session
  kilroy flow case 3f9a0c11 --lang ko
  kilroy flow case 3f9a0c11 --format csv > flow.csv

json is one document; jsonl has a line for each step, csv one for each record and each that is missing.")]
pub(crate) struct FlowArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// uid of the session, or event uid of any of its records; the first digits do if no other begins with them
    pub(crate) session: String,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Why does Remote Desktop keep dropping? Connections, drops and errors per client, and what follows from them
///
/// Reads the transport's log (RdpCoreTS), the listener's certificates (System) and the sessions of the case. Each finding
/// says how sure it is and names the records that prove it; what cannot be said for want of a log is said, too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy rdp-health case
  kilroy rdp-health case --host srv-rdp01 --since 2024-05-14 --until 2024-05-16
  kilroy rdp-health case --ip 10.20.0.0/16 --lang ko
  kilroy rdp-health case --format jsonl | jq 'select(.row == \"finding\")'

json is one document; jsonl and csv have a row for each client, each group of connections without a logon, each
finding, and each log that is missing: see the column `row`.")]
pub(crate) struct RdpHealthArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// Host: any case, `*` for any text; a bare name also finds `name.domain`
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) host: Option<String>,

    /// Client: an address or a network like 203.0.113.0/24
    #[arg(long, value_name = "ADDR|CIDR", help_heading = "Filters")]
    pub(crate) ip: Option<String>,

    #[command(flatten)]
    pub(crate) span: SpanFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}
