//! `kilroy tag`: words on things.

use anyhow::{Result, bail};
use kilroy_case::Case;

use super::notes::{author, say, target::target};
use crate::Outcome;
use crate::args::{Lang, TagArgs};
use crate::settings::Look;

pub(crate) fn run(args: &TagArgs) -> Result<Outcome> {
    let tags: Vec<&str> = args.tags.iter().map(|tag| tag.trim()).collect();
    if tags.iter().any(|tag| tag.is_empty()) {
        bail!("a tag must not be empty");
    }
    let case = Case::open(&args.case)?;
    let on = target(&case, &args.target)?;
    let shown = tags.join(", ");
    let done = if args.remove {
        match case.remove_tags(&on, &tags)? {
            0 => format!("{on} had no tag {shown}"),
            _ => format!("{on} has no tag {shown} any more"),
        }
    } else {
        match case.add_tags(&on, &tags, author(&args.author).as_deref())? {
            0 => format!("{on} was tagged {shown} already"),
            _ => format!("{on} is tagged {shown}"),
        }
    };
    say(&done, Look::of(Lang::En))?;
    Ok(Outcome::Done)
}
