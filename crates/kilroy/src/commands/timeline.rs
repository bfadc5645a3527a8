//! `kilroy timeline`: all events in one stream.

use std::ops::ControlFlow;

use anyhow::Result;
use kilroy_case::Case;

use super::{What, events, nothing};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{TimelineArgs, TimelineFormat};
use crate::coverage::About;
use crate::decode::{Content, Target};
use crate::events::Timeline;
use crate::notice;
use crate::settings::Look;

pub(crate) fn run(args: &TimelineArgs) -> Result<Outcome> {
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let filter = events::filter(&args.filter)?;
    let scan = case.scan(&filter, 1)?;
    let look = Look::of(args.lang);
    let mut timeline = Timeline::new(args.format, args.lang.into())?;
    let content = match args.format {
        TimelineFormat::Jsonl => Content::Json,
        TimelineFormat::Csv | TimelineFormat::Timesketch => Content::Text,
        TimelineFormat::Parquet => Content::Parquet,
    };
    let mut target = Target::of(args.output.as_deref(), &[], content, look)?;
    let columns = timeline.columns().to_vec();
    target.write(&timeline.head())?;
    let mut failed = None;
    let mut total = 0;
    scan.in_order(&columns, &mut |batch| {
        total += batch.num_rows();
        let written = timeline.write(&batch).and_then(|bytes| target.write(&bytes));
        Ok(match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    target.write(&timeline.finish()?)?;
    target.finish()?;
    if total == 0 {
        notice::say(&nothing(&case, What::Events, &About::events(&filter), look.language)?);
    }
    Ok(Outcome::Done)
}
