//! `kilroy bookmark`: things to come back to.

use anyhow::Result;
use kilroy_case::Case;

use super::notes::{author, say, target::target};
use crate::Outcome;
use crate::args::{BookmarkArgs, Lang};
use crate::settings::Look;

pub(crate) fn run(args: &BookmarkArgs) -> Result<Outcome> {
    let case = Case::open(&args.case)?;
    let on = target(&case, &args.target)?;
    let done = if args.remove {
        let removed = case.remove_bookmark(&on)?;
        if removed {
            format!("no bookmark on {on} any more")
        } else {
            format!("there was no bookmark on {on}")
        }
    } else {
        let added = case.add_bookmark(&on, author(&args.author).as_deref())?;
        if added { format!("bookmark on {on}") } else { format!("there was a bookmark on {on} already") }
    };
    say(&done, Look::of(Lang::En))?;
    Ok(Outcome::Done)
}
