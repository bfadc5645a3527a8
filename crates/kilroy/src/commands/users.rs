//! `kilroy users`: one row per user.

use anyhow::Result;

use super::{What, list, sessions::chosen};
use crate::Outcome;
use crate::args::ActorsArgs;
use crate::coverage::About;
use crate::rows::user_rows;
use crate::settings::Output;

pub(crate) fn run(args: &ActorsArgs) -> Result<Outcome> {
    let (case, sessions) = chosen(&args.case, &args.filter, args.background, &|_| false)?;
    let about = About::sessions(&args.filter.actor);
    list(&case, user_rows(sessions.iter()), What::Users, &about, args.page, Output::of(args.output))
}
