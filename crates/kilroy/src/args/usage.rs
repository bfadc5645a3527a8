//! Flags of `kilroy usage`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{OutputFlags, PageFlags};

/// How long each user really was at a machine: hands-on time per user, host and day
///
/// Counted is interactive presence: at the console, by Remote Desktop, in a shell (SSH); not network, batch and service
/// logons. Disconnected time is no presence; locked time and time asleep are shown apart. What overlaps counts once. Days are
/// those of the host's time zone, as its logs tell it. Where no record tells when a session ended, two numbers are given:
/// what is proven, and the most that it can have been.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kilroy usage case
  kilroy usage case --user alice --since 2024-05-13 --until 2024-05-17
  kilroy usage case --by week --timezone Europe/Berlin
  kilroy usage case --host-timezone wks-seoul=Asia/Seoul --host-timezone 'srv-*=UTC'
  kilroy usage case --format csv > usage.csv

Windows records locks only where its audit policy asks for it (Other Logon/Logoff Events). On hosts that have none of
these records, time at a locked screen counts as hands-on, and the locked time is left blank.")]
pub(crate) struct UsageArgs {
    /// Folder of the case
    pub(crate) case: PathBuf,

    /// User: any case, `*` for any text, `DOMAIN\user` to choose by domain, too
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) user: Option<String>,

    /// Host: any case, `*` for any text; a bare name also finds `name.domain`
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) host: Option<String>,

    /// First day, in the time zone of each host: 2024-05-13
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    pub(crate) since: Option<String>,

    /// Last day, in the time zone of each host; it is included
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    pub(crate) until: Option<String>,

    /// What a row is about
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) by: By,

    /// Time zone whose days are shown, for all hosts: Europe/Berlin, UTC, +02:00 [default: what each host's logs say]
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    /// Time zone of one host, or of several with `*`; may be given several times
    #[arg(long, value_name = "HOST=ZONE")]
    pub(crate) host_timezone: Vec<String>,

    /// Draw with letters that every terminal has
    #[arg(long)]
    pub(crate) ascii: bool,

    #[command(flatten)]
    pub(crate) page: PageFlags,

    #[command(flatten)]
    pub(crate) output: OutputFlags,
}

/// What a row of usage is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum By {
    /// A user, a host, a day
    #[default]
    Day,
    /// A user, a host, a week from Monday on
    Week,
    /// A user on all hosts together
    User,
    /// A host and all its users together
    Host,
}
