//! `kilroy usage`: how long each user really was at a machine.

use std::ops::Range;

use anyhow::{Result, bail};
use jiff::civil::Date;
use kilroy_case::Case;
use kilroy_sessions::usage::Usage;

use super::{What, limited, list, nothing};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{By, Format, UsageArgs};
use crate::coverage::About;
use crate::filter::{host_pattern, user_pattern};
use crate::notice;
use crate::output::Printer;
use crate::settings::{Output, plain_letters, threads};
use crate::usage::{Asked, UsageListing, Zones, facts, page, parts};
use crate::words::text;

pub(crate) fn run(args: &UsageArgs) -> Result<Outcome> {
    let asked = Asked {
        user: args.user.as_deref().map(user_pattern).transpose()?,
        host: args.host.as_deref().map(host_pattern).transpose()?,
    };
    let dates = dates(args.since.as_deref(), args.until.as_deref())?;
    let zones = Zones::of(args.timezone.as_deref(), &args.host_timezone)?;
    let case = Case::open(&args.case)?;
    let zones = zones.of_hosts_there(&case)?;
    warn_if_stale(&case)?;
    let usage = Usage::new(facts(&case, &asked, &zones, threads(None)?.get())?, &dates);
    let output = Output::of(args.output);
    let rows = match args.by {
        By::Day if output.format == Format::Table => return calendar(&case, &usage, &asked, args, output),
        By::Day => usage.days(0),
        By::Week => usage.weeks(),
        By::User => usage.users(),
        By::Host => usage.hosts(),
    };
    let about = About::sessions_on(asked.host.as_ref());
    list(&case, UsageListing::of(rows, args.by != By::Host), What::Hours, &about, args.page, output)
}

fn calendar(case: &Case, usage: &Usage, asked: &Asked, args: &UsageArgs, output: Output) -> Result<Outcome> {
    let mut days = usage.days(parts(output.look.width));
    let all = days.len();
    days.truncate(args.page.limit.unwrap_or(usize::MAX));
    let shown = days.len();
    let mut printer = Printer::stdout(output.look);
    printer.lines(&page(usage, days, output.look, plain_letters(args.ascii)))?;
    printer.finish()?;
    if all == 0 {
        let about = About::sessions_on(asked.host.as_ref());
        notice::say(&nothing(case, What::Hours, &about, output.look.language)?);
    } else if all > shown {
        let days = text("days", "일");
        notice::hint(&limited(shown as u64, all as u64, days, "--limit", output.look.language));
    }
    Ok(Outcome::Done)
}

/// From one day to another, both included.
fn dates(since: Option<&str>, until: Option<&str>) -> Result<Range<Option<Date>>> {
    let date = |flag: &str, text: &str| match text.trim().parse::<Date>() {
        Ok(date) if text.trim().len() == "2024-05-14".len() => Ok(date),
        _ => bail!("--{flag} {text:?}: give a day like 2024-05-14"),
    };
    let since = since.map(|text| date("since", text)).transpose()?;
    let until = until.map(|text| date("until", text)).transpose()?;
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        bail!("--since is after --until: nothing can lie between them");
    }
    Ok(since..until)
}
