//! Flags of the commands that look across hosts: `kilroy hops` and `kilroy paths`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::filters::at_least_one;
use super::{ActorFlags, OutputFlags, PageFlags, SpanFlags};

/// Who went from which machine to which: both sides of each remote logon, clocks allowed for
///
/// A row is one remote logon between two machines, of which at least one is in the case. `both` sides tell of it, or only
/// the one that was left (`source`) or reached (`target`). How sure it is: `exact` (both name one port), `likely`, `possible`.
/// In the table, network logons of which nothing but shares is seen are left out unless --all or --method asks for them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy hops case
  kilroy hops case --user svc-deploy --method rdp,psexec
  kilroy hops case --host srv-app --since 2024-05-14 --format jsonl
  kilroy hops case --export graphml > hops.graphml
  kilroy hops case --addresses         which host each address was, and what says so

--user and --host find either side; with --addresses, --host, --ip, --since and --until choose. json and jsonl have every proof; `kilroy paths` puts hops one after the other.")]
pub(crate) struct HopsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) actor: ActorFlags,

    /// Means: rdp, psexec, service, task, wmi, dcom, winrm, ssh, smb, network; several with commas
    #[arg(long, value_name = "METHOD", value_delimiter = ',', help_heading = "Filters")]
    pub(crate) method: Vec<String>,

    /// How sure it is at least: exact, likely, possible
    #[arg(long, value_name = "CERTAINTY", default_value = "possible", help_heading = "Filters")]
    pub(crate) sure: String,

    #[command(flatten)]
    pub(crate) span: SpanFlags,

    /// In the table: plain network logons and shares, too
    #[arg(long)]
    pub(crate) all: bool,

    /// A graph for another program, instead of rows
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with_all = ["addresses", "format", "limit"])]
    pub(crate) export: Option<GraphFormat>,

    /// Instead of hops: which host each address was, from when to when, and what says so
    #[arg(long, conflicts_with_all = ["user", "method", "sure", "all"])]
    pub(crate) addresses: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Formats of graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// GraphML: Gephi, yEd, Cytoscape, NetworkX
    Graphml,
    /// DOT: Graphviz
    Dot,
    /// Cypher: Neo4j, Memgraph
    Cypher,
}

/// How somebody got from one place to a machine: hops in the order of time, each from within the session before it
///
/// The shortest way comes first, then the earliest. Of ways over the same machines the earliest is told.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy paths case --from 203.0.113.99 --to srv-files
  kilroy paths case --from srv-gate --to srv-files
  kilroy paths case --from svc-deploy --to srv-files --lang ko

json is one document; jsonl has a line for each path, csv one for each step.")]
pub(crate) struct PathsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// An address, a host or a user. A name that is both is taken for the host
    #[arg(long, value_name = "ADDR|HOST|USER")]
    pub(crate) from: String,

    /// The host that was reached
    #[arg(long, value_name = "HOST")]
    pub(crate) to: String,

    /// At most this many ways
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) span: SpanFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}
