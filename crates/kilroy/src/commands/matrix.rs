//! `kilroy matrix`: users by source address.

use anyhow::Result;
use kilroy_findings::views::{By, by_user, from_where};

use super::{What, list};
use crate::Outcome;
use crate::args::{MatrixArgs, PlaceBy};
use crate::coverage::About;
use crate::settings::Output;
use crate::views::{Counted, GeoIp, MatrixRow, counted};

pub(crate) fn run(args: &MatrixArgs) -> Result<Outcome> {
    let MatrixArgs { of: args, by, unusual } = args;
    let geoip = GeoIp::open(&args.geoip.geoip)?;
    let Counted { case, names, cells, asked } = counted(&args.case, &args.filter, args.background)?;
    let by = match by {
        PlaceBy::Address => By::Address,
        PlaceBy::Range => By::Range,
    };
    let mut rows = from_where(&cells, &names, &|ip| geoip.land(ip), by);
    by_user(&mut rows);
    rows.retain(|row| !unusual || !row.marks.is_empty());
    let about = About::sessions(&args.filter.actor);
    let output = Output::of(args.output);
    let outcome = list(&case, MatrixRow::of(rows, &asked), What::Sources, &about, args.page, output);
    let told = geoip.tell(output.look.language);
    Ok(outcome?.and(told))
}
