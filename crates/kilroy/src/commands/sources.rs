//! `kilroy sources`: one row per source address and user.

use anyhow::Result;
use kilroy_findings::views::{By, from_where};

use super::{What, list};
use crate::Outcome;
use crate::args::SourcesArgs;
use crate::coverage::About;
use crate::settings::Output;
use crate::views::{Counted, GeoIp, SourceRow, counted};

pub(crate) fn run(args: &SourcesArgs) -> Result<Outcome> {
    let args = &args.of;
    let geoip = GeoIp::open(&args.geoip.geoip)?;
    let Counted { case, names, cells, asked } = counted(&args.case, &args.filter, args.background)?;
    let rows = from_where(&cells, &names, &|ip| geoip.land(ip), By::Address);
    let about = About::sessions(&args.filter.actor);
    let output = Output::of(args.output);
    let outcome = list(&case, SourceRow::of(rows, &asked), What::Sources, &about, args.page, output);
    let told = geoip.tell(output.look.language);
    Ok(outcome?.and(told))
}
