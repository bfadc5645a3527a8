//! `kilroy users`: one row per user.

use anyhow::Result;
use kilroy_findings::views::users;

use super::{What, list};
use crate::Outcome;
use crate::args::UsersArgs;
use crate::coverage::About;
use crate::settings::Output;
use crate::views::{Counted, GeoIp, SidesRow, UserRow, counted};

pub(crate) fn run(args: &UsersArgs) -> Result<Outcome> {
    let UsersArgs { of: args, sides } = args;
    let geoip = GeoIp::open(&args.geoip.geoip)?;
    let Counted { case, names, cells, asked } = counted(&args.case, &args.filter, args.background)?;
    let views = users(&cells, &names, &|ip| geoip.land(ip));
    let (about, output) = (About::sessions(&args.filter.actor), Output::of(args.output));
    let outcome = if *sides {
        list(&case, SidesRow::of(&views, &asked), What::Users, &about, args.page, output)
    } else {
        list(&case, UserRow::of(views, &asked), What::Users, &about, args.page, output)
    };
    let told = geoip.tell(output.look.language);
    Ok(outcome?.and(told))
}
