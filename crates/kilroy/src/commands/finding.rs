//! `kilroy finding`: one finding, opened or dismissed.

use anyhow::{Result, bail};
use kilroy_case::Case;

use super::notes::{author, say};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{FindingArgs, Format};
use crate::findings::{Row, opened};
use crate::output::Printer;
use crate::settings::Output;

pub(crate) fn run(args: &FindingArgs) -> Result<Outcome> {
    let output = Output::of(args.output);
    let case = Case::open(&args.case)?;
    let row = named(Row::all(&case, output.look.language)?, &args.finding)?;
    let uid = row.finding().finding_uid;
    if args.dismiss {
        let note = args.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
        case.dismiss(uid, note, author(&args.author).as_deref())?;
        say(&format!("finding {uid} is dismissed; --restore takes that back"), output.look)?;
        return Ok(Outcome::Done);
    }
    if args.restore {
        let done = if case.restore(uid)? { "is restored" } else { "was not dismissed" };
        say(&format!("finding {uid} {done}"), output.look)?;
        return Ok(Outcome::Done);
    }
    warn_if_stale(&case)?;
    let mut printer = Printer::stdout(output.look);
    match output.format {
        Format::Table => printer.lines(&opened(&row, output.look))?,
        Format::Json => printer.json(&row)?,
        Format::Jsonl => printer.rows(&[row], Format::Jsonl)?,
        Format::Csv => printer.csv(Row::KEYS, &[row])?,
    }
    printer.finish()?;
    Ok(Outcome::Done)
}

/// The one finding whose uid begins like this.
fn named(rows: Vec<Row>, typed: &str) -> Result<Row> {
    let digits = typed.trim().to_lowercase();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!("{typed:?} is no uid: give the hexadecimal digits that `kilroy findings` shows");
    }
    let begins = |row: &Row| row.finding().finding_uid.to_string().starts_with(&digits);
    let mut found = rows.into_iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(row), None) => Ok(row),
        (None, _) => bail!("no finding has a uid that begins with {typed}; see `kilroy findings`"),
        (Some(_), Some(_)) => bail!("several findings begin with {typed}: give more digits"),
    }
}
