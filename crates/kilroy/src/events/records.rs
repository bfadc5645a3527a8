//! The records of a session as they stand in the case.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_case::query::{Check, Column, Expr, Filter, Order, Pattern};
use kilroy_model::{AccessSession, EventUid};

use super::rows::{EventRow, events};
use crate::activity::OneHost;
use crate::settings::threads;

/// Every record of a session with all that it says, by its uid.
pub(crate) fn records_of(case: &Case, session: &AccessSession) -> Result<BTreeMap<EventUid, EventRow>> {
    let (Some(uid), Some(by)) = (Column::named("event_uid"), Column::named("time")) else {
        bail!("events have no uid");
    };
    let times = || session.sources.iter().map(|source| source.time);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(BTreeMap::new()) };
    let uids = session.sources.iter().map(|source| Pattern::new(&source.event_uid.to_string())).collect();
    let mut filter =
        Filter::default().and(Expr::between(first, last)).and(Expr::Test(uid, Check::Text(uids)));
    // Only the files of this host need to be looked at.
    if let Some(host) = Column::named("host") {
        let names = OneHost::of(case, &session.computer)?.patterns();
        filter = filter.and(Expr::Test(host, Check::Host(names)));
    }
    let columns: Vec<Column> = Column::all().collect();
    let scan = case.scan(&filter, threads(None)?.get())?;
    let page = scan.page(&columns, Order { by, descending: false }, 0, session.sources.len())?;
    let by_uid = |row: EventRow| Some((row.text("event_uid")?.parse().ok()?, row));
    Ok(events(&page.events, &columns, true).into_iter().filter_map(by_uid).collect())
}
