//! `kilroy sources`: one row per source address and user.

use anyhow::Result;

use super::{What, list, sessions::chosen};
use crate::Outcome;
use crate::args::SourcesArgs;
use crate::coverage::About;
use crate::rows::source_rows;
use crate::settings::Output;

pub(crate) fn run(args: &SourcesArgs) -> Result<Outcome> {
    let args = &args.of;
    let (case, sessions) = chosen(&args.case, &args.filter, args.background, &|_| false)?;
    let about = About::sessions(&args.filter.actor);
    list(&case, source_rows(sessions.iter()), What::Sources, &about, args.page, Output::of(args.output))
}
