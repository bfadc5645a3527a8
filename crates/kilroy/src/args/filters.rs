//! Flags that choose rows. All are plain text here: `filter` says what they mean, or what is wrong with them.

use clap::Args;

/// Flags that choose by who, from where and on which machine.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ActorFlags {
    /// User: any case, `*` for any text, `DOMAIN\user` or `user@realm` to choose by domain; `-` where no record names one
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) user: Option<String>,

    /// Source: an address, a network like 203.0.113.0/24, LOCAL, or `-` where no record names one
    #[arg(long, value_name = "ADDR|CIDR|LOCAL", help_heading = "Filters")]
    pub(crate) ip: Option<String>,

    /// Host: any case, `*` for any text; a bare name also finds `name.domain`, `name.` does not
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) host: Option<String>,
}

/// Flags that choose by time.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SpanFlags {
    /// Only what goes on at or after this time (UTC): 2024-05-14, '2024-05-14 09:00', 2024-05-14T11:00:00+02:00
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) since: Option<String>,

    /// Only what goes on at or before this time (UTC); a date includes that day
    #[arg(long, value_name = "TIME", help_heading = "Filters")]
    pub(crate) until: Option<String>,
}

/// Flags that choose access sessions.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SessionFlags {
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
    pub(crate) span: SpanFlags,

    #[command(flatten)]
    pub(crate) internal: InternalFlags,
}

/// Flags that say what belongs to one's own network.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct InternalFlags {
    /// Network that counts as internal beside the private ones; may be given several times
    #[arg(long, value_name = "CIDR")]
    pub(crate) internal: Vec<String>,
}

/// How many rows.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct PageFlags {
    /// At most this many rows
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,
}

/// A number of rows. None at all is no page of anything: it would look as if there were nothing.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(0) => Err("give 1 or more".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("give a number like 20".to_owned()),
    }
}
