//! Sessions of a case, counted: what most views are made of.

use std::path::Path;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_findings::views::{Cells, Names, Visit};

use super::Asked;
use crate::analysis::warn_if_stale;
use crate::args::SessionFlags;
use crate::filter::{Internal, SessionFilter};
use crate::rows::HostNames;
use crate::settings::threads;

/// The sessions that were asked for, counted.
pub(crate) struct Counted {
    pub(crate) case: Case,
    pub(crate) names: Names,
    pub(crate) cells: Cells,
    pub(crate) asked: Asked,
}

/// Opens a case and counts the sessions that the flags ask for.
pub(crate) fn counted(case: &Path, flags: &SessionFlags, background: bool) -> Result<Counted> {
    let mut cells = Cells::default();
    let (case, names) = each_chosen(case, flags, background, &mut |names, visit| cells.add(names, visit))?;
    let asked = Asked::new(flags, background, HostNames::of(cells.hosts(&names).into_iter()));
    Ok(Counted { case, names, cells, asked })
}

/// Opens a case and hands on the sessions that the flags ask for.
pub(crate) fn each_chosen(
    case: &Path,
    flags: &SessionFlags,
    background: bool,
    sink: &mut dyn FnMut(&Names, &Visit),
) -> Result<(Case, Names)> {
    let filter = SessionFilter::of(flags, background)?;
    let internal = Internal::new(&flags.internal.internal)?;
    let case = Case::open(case)?;
    warn_if_stale(&case)?;
    let names = case.each_visit(filter.record_times(), threads(None)?.get(), &mut |names, visit| {
        let scope = internal.scope(visit.scope, visit.ip.map(|ip| names.text(ip)));
        let visit = Visit { scope, ..*visit };
        if filter.takes_visit(names, &visit) {
            sink(names, &visit);
        }
    })?;
    Ok((case, names))
}
