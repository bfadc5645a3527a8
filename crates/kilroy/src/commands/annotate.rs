//! `kilroy annotate`: the session of each row of a timeline.

use anyhow::{Context, Result};
use kilroy_case::Case;
use kilroy_sessions::usage::Zone;

use super::places::case_and;
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::annotate::{Asking, Chosen, Clock, Encoding, People, Records, Shape, Tally, open, separator};
use crate::args::AnnotateArgs;
use crate::decode::{Content, Target};
use crate::notice;
use crate::settings::Look;

pub(crate) fn run(args: &AnnotateArgs) -> Result<Outcome> {
    let (case, file) = case_and(&args.case, &args.file.to_string_lossy());
    let file = std::path::PathBuf::from(file);
    let case = Case::open(&case)?;
    warn_if_stale(&case)?;
    let look = Look::of(args.lang);
    let zone = args.timezone.as_deref().map(Zone::named).transpose().context("--timezone")?;
    let zone_is_given = zone.is_some();
    let clock = Clock { format: args.time_format, zone: zone.unwrap_or(Zone::UTC), zone_is_given };
    let (input, encoding) = open(&file)?;
    let mut records = Records::new(input);
    let mut record = Vec::new();
    let unread = || format!("cannot read {}", file.display());
    let mut tally = Tally::default();
    let files = std::slice::from_ref(&file);
    let mut target = Target::of(args.output.as_deref(), files, Content::Text, look)?;
    // A terminal reads UTF-8, however the file is written.
    let encoding = if target.is_screen() { Encoding::SHOWN } else { encoding };
    target.write(encoding.mark())?;
    // Blank lines at the top stay where they are.
    let mut there = records.next(&mut record).with_context(unread)?;
    while there && record.iter().all(u8::is_ascii_whitespace) {
        target.write(&encoding.encode(record.clone()))?;
        there = records.next(&mut record).with_context(unread)?;
    }
    let separator = separator(&record).filter(|_| there);
    if separator.is_some() {
        target.write(&encoding.encode(record.clone()))?;
        there = records.next(&mut record).with_context(unread)?;
    }
    if there {
        let chosen = Chosen {
            time: args.time_column.clone(),
            user: args.user_column.clone(),
            host: args.host_column.clone(),
        };
        let shape = Shape::of(&record, separator, chosen).with_context(|| file.display().to_string())?;
        target.is_of(shape.content());
        let people = People::of(&case)?;
        let host = people.host(args.host.as_deref(), shape.says_host(), &file.display().to_string())?;
        let asking = Asking { people: &people, clock: &clock, host };
        records.separate(shape.quoted_by());
        if shape.has_names() {
            target.write(&encoding.encode(shape.head(&record)))?;
            there = records.next(&mut record).with_context(unread)?;
        }
        while there {
            let row = shape.row(&record, records.line(), &asking, &mut tally);
            target.write(&encoding.encode(row))?;
            there = records.next(&mut record).with_context(unread)?;
        }
    }
    target.finish()?;
    for said in tally.in_words(look.language) {
        notice::say(&said);
    }
    Ok(if tally.has_losses() { Outcome::Losses } else { Outcome::Done })
}
