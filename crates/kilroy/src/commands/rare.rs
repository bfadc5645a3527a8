//! `kilroy rare`: pairs that are met seldom.

use anyhow::Result;
use kilroy_findings::views::rare;

use super::{What, list};
use crate::Outcome;
use crate::args::RareArgs;
use crate::coverage::About;
use crate::settings::Output;
use crate::views::{Counted, RareRow, counted};

pub(crate) fn run(args: &RareArgs) -> Result<Outcome> {
    let Counted { case, names, cells, asked } = counted(&args.case, &args.filter, args.background)?;
    let rows = RareRow::of(rare(&cells, &names, args.at_most), &asked);
    let about = About::sessions(&args.filter.actor);
    list(&case, rows, What::Pairs, &about, args.page, Output::of(args.output))
}
