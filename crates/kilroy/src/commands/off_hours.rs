//! `kilroy off-hours`: who was there at night and on week-ends.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_findings::views::{HANDS_ON, OffCounts};

use super::{What, list_with};
use crate::Outcome;
use crate::args::OffHoursArgs;
use crate::coverage::About;
use crate::rows::HostNames;
use crate::settings::Output;
use crate::views::{Asked, Clocks, OffHoursRow, Offsets, each_chosen, no_zone};

pub(crate) fn run(args: &OffHoursArgs) -> Result<Outcome> {
    let mut flags = args.filter.clone();
    if flags.kind.is_empty() {
        flags.kind = HANDS_ON.iter().map(|kind| kind.name().to_owned()).collect();
    }
    let clocks = Clocks::of(&Case::open(&args.case)?, &args.hours)?;
    let (mut counts, mut offsets) = (OffCounts::default(), Offsets::default());
    let (case, names) = each_chosen(&args.case, &flags, args.background, &mut |names, visit| {
        counts.add(names, visit, &clocks.hours, |time| {
            offsets.of(&clocks, visit.host, names.text(visit.host), time)
        });
    })?;
    let rows = counts.rows(&names);
    let hosts = HostNames::of(counts.hosts(&names).into_iter());
    let asked = Asked::new(&flags, args.background, hosts).with(clocks.flags());
    let rows = OffHoursRow::of(rows, &clocks, &asked);
    let output = Output::of(args.output);
    let remark = rows.iter().any(OffHoursRow::has_no_zone).then(|| no_zone(output.look.language));
    list_with(&case, rows, What::OffHours, &About::sessions(&args.filter.actor), args.page, output, remark)
}
