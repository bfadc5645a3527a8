//! Flags of the views: `kilroy users`, `sources`, `matrix`, `first-seen`, `rare`, `off-hours`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ActorFlags, InternalFlags, OutputFlags, PageFlags, SessionFlags, SpanFlags};

/// Databases that say where addresses are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct GeoIpFlags {
    /// MaxMind database (.mmdb) that knows countries or networks (ASN) of addresses; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) geoip: Vec<PathBuf>,
}

/// Which hours are off.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OffHoursFlags {
    /// Night: from and until which time of day, or none [default: 22:00-06:00]
    #[arg(long, value_name = "FROM-UNTIL", help_heading = "Hours")]
    pub(crate) night: Option<String>,

    /// Days off: mon, tue, wed, thu, fri, sat, sun, or none [default: sat,sun]
    #[arg(long, value_name = "DAYS", help_heading = "Hours")]
    pub(crate) weekend: Option<String>,

    /// Time zone of all hosts: Europe/Berlin, UTC, +02:00 [default: what each host's logs say]
    #[arg(long, value_name = "ZONE", help_heading = "Hours")]
    pub(crate) timezone: Option<String>,

    /// Time zone of one host, or of several with `*`; may be given several times
    #[arg(long, value_name = "HOST=ZONE", help_heading = "Hours")]
    pub(crate) host_timezone: Vec<String>,
}

/// Flags that all views of users and sources share.
#[derive(Debug, Args)]
pub(crate) struct ActorsArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) filter: SessionFlags,

    /// Count machine, system and window-manager accounts, too
    #[arg(long)]
    pub(crate) background: bool,

    #[command(flatten)]
    pub(crate) geoip: GeoIpFlags,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Every user: sessions, failures, hosts and sources, first and last time, and ranges it does not usually come from
///
/// Accounts of one name share a row, whatever their domain: logs name the domain in many ways, or not at all. The
/// domains are listed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy users case
  kilroy users case --sides           the sources of each user inside and outside, side by side
  kilroy users case --ip 203.0.113.0/24 --format csv
  kilroy users case --geoip GeoLite2-Country.mmdb --geoip GeoLite2-ASN.mmdb

Every row of json, jsonl and csv has in `filter` the flags with which `kilroy sessions` shows the sessions behind it.")]
pub(crate) struct UsersArgs {
    #[command(flatten)]
    pub(crate) of: ActorsArgs,

    /// The sources of each user side by side: internal, external, the machine itself; with sessions, and +failures
    #[arg(long)]
    pub(crate) sides: bool,
}

/// Every source of every user: from where, how often, how often in vain, to which hosts, and what is unusual about it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy sources case
  kilroy sources case --user alice
  kilroy sources case --outcome failure --internal 192.0.2.0/24

Every row of json, jsonl and csv has in `filter` the flags with which `kilroy sessions` shows the sessions behind it.")]
pub(crate) struct SourcesArgs {
    #[command(flatten)]
    pub(crate) of: ActorsArgs,
}

/// Users by source address: sessions, failures, first and last time; what is unusual for the user is marked
///
/// Usual is what a user does often: with ten sessions or more, a range of addresses from which only one or two came is
/// rare; a range, country or network that is first seen a day or more after the user was, is new; and who mostly comes
/// from inside is from the other side when outside. Guesses do not count: only sessions with the right password do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy matrix case
  kilroy matrix case --by range       /24 inside, /16 outside, /48 of IPv6
  kilroy matrix case --unusual        only what is marked
  kilroy matrix case --user alice --geoip GeoLite2-City.mmdb
  kilroy matrix case --format csv > matrix.csv

Every row of json, jsonl and csv has in `filter` the flags with which `kilroy sessions` shows the sessions behind it.")]
pub(crate) struct MatrixArgs {
    #[command(flatten)]
    pub(crate) of: ActorsArgs,

    /// What a row is about, beside the user
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) by: PlaceBy,

    /// Only what is unusual for the user
    #[arg(long)]
    pub(crate) unusual: bool,
}

/// How closely places are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum PlaceBy {
    /// Each address
    #[default]
    Address,
    /// A range of addresses
    Range,
}

/// When each user, source and pair of them was seen first
///
/// A first sight is worth as much as the logs reach before it: what is seen in the first day of a host's logs is
/// marked with `<` and proves nothing, since the logs may only begin later than the user did.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy first-seen case
  kilroy first-seen case --proven --since 2024-05-14      what is new since that day
  kilroy first-seen case --what user-host,user-source --user alice
  kilroy first-seen case --outcome success --format csv

Every row of json, jsonl and csv has in `filter` the flags with which `kilroy sessions` shows the sessions behind it.")]
pub(crate) struct FirstSeenArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// Of what: user, source, user-host, user-source, host-source; several with commas [default: all]
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) what: Vec<String>,

    /// Only what the logs of its host reach a day or more before
    #[arg(long)]
    pub(crate) proven: bool,

    #[command(flatten)]
    pub(crate) actor: ActorFlags,

    /// Kind: interactive-remote, interactive-local, network, ssh, …; several with commas
    #[arg(long, value_name = "KIND", value_delimiter = ',', help_heading = "Filters")]
    pub(crate) kind: Vec<String>,

    /// Outcome: success, failure, denied; several with commas
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',', help_heading = "Filters")]
    pub(crate) outcome: Vec<String>,

    /// Name of the source machine: any case, `*` for any text; `-` where no record names one
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) client: Option<String>,

    /// What kind of place the source is: internal, external, loopback, local, unknown; several with commas
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', help_heading = "Filters")]
    pub(crate) scope: Vec<String>,

    #[command(flatten)]
    pub(crate) span: FirstSpanFlags,

    #[command(flatten)]
    pub(crate) internal: InternalFlags,

    /// Machine, system and window-manager accounts, too
    #[arg(long)]
    pub(crate) background: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Flags that choose by the time of the first sight.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FirstSpanFlags {
    /// Only what was first seen at or after this time (UTC): 2024-05-14, '2024-05-14 09:00'
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,

    /// Only what was first seen at or before this time (UTC); a date includes that day
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) until: Option<String>,
}

impl FirstSeenArgs {
    /// The flags that choose sessions; the time of the first sight is not one of them.
    pub(crate) fn sessions(&self) -> SessionFlags {
        SessionFlags {
            actor: self.actor.clone(),
            kind: self.kind.clone(),
            outcome: self.outcome.clone(),
            client: self.client.clone(),
            scope: self.scope.clone(),
            internal: self.internal.clone(),
            ..SessionFlags::default()
        }
    }

    /// When the first sight may be.
    pub(crate) fn first(&self) -> SpanFlags {
        SpanFlags { since: self.span.since.clone(), until: self.span.until.clone() }
    }
}

/// Pairs that are met seldom: a user on a host, a user from a source, a source on a host, out of many sessions
///
/// Only pairs with a right password count, of users (or hosts) with ten sessions or more. The rarest come first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy rare case
  kilroy rare case --at-most 1 --kind interactive-remote
  kilroy rare case --format csv > rare.csv

Every row of json, jsonl and csv has in `filter` the flags with which `kilroy sessions` shows the sessions of the pair, and in
`of_filter` those for all sessions that it is compared with.")]
pub(crate) struct RareArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// How many sessions of a pair are still few
    #[arg(long, value_name = "N", default_value_t = kilroy_findings::views::FEW)]
    pub(crate) at_most: u64,

    #[command(flatten)]
    pub(crate) filter: SessionFlags,

    /// Machine, system and window-manager accounts, too
    #[arg(long)]
    pub(crate) background: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// Who was there at night and on week-ends, by the clock of each host
///
/// Counted are sessions that need somebody at a keyboard (console, Remote Desktop, SSH, gateway), returns to a locked or
/// disconnected desktop and failed attempts too, by when they began. --kind chooses others. Hours are those of the host's time zone, as its logs tell it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy off-hours case
  kilroy off-hours case --night 20:00-07:00 --weekend fri,sat
  kilroy off-hours case --kind network --outcome success --host-timezone 'srv-*=Asia/Seoul'
  kilroy sessions case --off-hours --user alice      the sessions themselves

Every row of json, jsonl and csv has in `filter` the flags with which `kilroy sessions` shows the sessions behind it.")]
pub(crate) struct OffHoursArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    #[command(flatten)]
    pub(crate) hours: OffHoursFlags,

    #[command(flatten)]
    pub(crate) filter: SessionFlags,

    /// Machine, system and window-manager accounts, too
    #[arg(long)]
    pub(crate) background: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}
