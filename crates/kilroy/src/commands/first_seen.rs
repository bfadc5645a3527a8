//! `kilroy first-seen`: when each user, source and pair of them was met first.

use anyhow::{Result, bail};
use kilroy_findings::views::{What as Met, sightings};

use super::{What, list_with};
use crate::Outcome;
use crate::args::FirstSeenArgs;
use crate::coverage::{About, logs_from};
use crate::filter::Span;
use crate::settings::Output;
use crate::views::{Counted, FirstSeenRow, LogsFrom, counted, first_day, what};

pub(crate) fn run(args: &FirstSeenArgs) -> Result<Outcome> {
    let whats = whats(&args.what)?;
    let span = Span::of(&args.first())?;
    let Counted { case, names, cells, asked } = counted(&args.case, &args.sessions(), args.background)?;
    let logs = LogsFrom(logs_from(&case)?);
    let mut rows = FirstSeenRow::of(sightings(&cells, &names, &whats), &logs, &asked);
    rows.retain(|row| span.touches(row.first(), row.first()) && (!args.proven || row.is_proven()));
    let output = Output::of(args.output);
    let unproven = rows.iter().any(|row| !row.is_proven());
    let remark = unproven.then(|| first_day(output.look.language));
    list_with(&case, rows, What::Pairs, &About::sessions(&args.actor), args.page, output, remark)
}

fn whats(typed: &[String]) -> Result<Vec<Met>> {
    if typed.is_empty() {
        return Ok(Met::ALL.to_vec());
    }
    let mut whats = Vec::new();
    for text in typed {
        let Some(one) = what(text) else {
            let names: Vec<&str> = Met::ALL.iter().map(|what| what.name()).collect();
            bail!("--what {text:?}: there are {}", names.join(", "));
        };
        whats.push(one);
    }
    whats.sort_unstable();
    whats.dedup();
    Ok(whats)
}
