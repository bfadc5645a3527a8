//! `kilroy decode`: event logs in formats that other programs read.

use std::path::PathBuf;

use anyhow::{Result, bail};
use kilroy_evidence::{Found, NotEvidence};

use crate::Outcome;
use crate::args::{DecodeArgs, DecodeFormat, Format};
use crate::decode::{
    Bytes, Content, CountRow, Counting, CsvRows, Decoding, Encode, Filter, JsonLines, Losses, Step, Table,
    TableRows, Target, XmlRecords,
};
use crate::notice;
use crate::output::{Printer, count};
use crate::settings::{Look, Output, threads};

pub(crate) fn run(args: &DecodeArgs) -> Result<Outcome> {
    // Everything that can be wrong with what was typed comes before the first file is opened.
    let filter = Filter::of(&args.filter)?;
    let threads = threads(args.threads)?;
    let found = kilroy_evidence::find(&args.paths)?;
    let (files, others): (Vec<&Found>, Vec<&Found>) =
        found.iter().partition(|file| is_read(file, args.carve));
    if files.is_empty() {
        bail!("{}", nothing(&others, args.carve));
    }
    let format = args.format.unwrap_or_default();
    let xml = format == DecodeFormat::Xml;
    let DecodeArgs { recover, carve, .. } = *args;
    let decoding = Decoding { recover, carve, xml, filter: &filter, threads };
    let whole = match format {
        _ if args.count => counts(args, &decoding, &files)?,
        DecodeFormat::Jsonl => {
            records(args, &decoding, &files, "", &|file| Box::new(JsonLines::new(file)), "")?
        }
        DecodeFormat::Csv => {
            let header = CsvRows::header();
            records(args, &decoding, &files, &header, &|file| Box::new(CsvRows::new(file)), "")?
        }
        DecodeFormat::Xml => {
            let (begin, end) = (XmlRecords::BEGIN, XmlRecords::END);
            records(args, &decoding, &files, begin, &|_| Box::new(XmlRecords), end)?
        }
        DecodeFormat::Parquet => table(args, &decoding, &files)?,
    };
    let unreadable = tell(&others, found.len());
    Ok(if whole && !unreadable { Outcome::Done } else { Outcome::Losses })
}

/// Writes the records between `begin` and `end`. Whether all could be read.
fn records(
    args: &DecodeArgs,
    decoding: &Decoding<'_>,
    files: &[&Found],
    begin: &str,
    encoder: &(dyn Fn(&str) -> Box<dyn Encode> + Sync),
    end: &str,
) -> Result<bool> {
    let look = Look::of(args.lang);
    let content = match args.format.unwrap_or_default() {
        DecodeFormat::Jsonl => Content::Json,
        DecodeFormat::Csv | DecodeFormat::Xml => Content::Text,
        DecodeFormat::Parquet => Content::Parquet,
    };
    let mut target = Target::of(args.output.as_deref(), &paths(files), content, look)?;
    target.write(begin.as_bytes())?;
    let mut lost = Losses::new(false);
    decoding.read(files, &|file| Bytes::new(encoder(file)), &mut |file, step| {
        lost.enter(file, &step);
        match step {
            Step::Piece { output, .. } => target.write(&output),
            Step::End(_) => Ok(()),
        }
    })?;
    target.write(end.as_bytes())?;
    target.finish()?;
    Ok(lost.total() == 0)
}

/// Writes the records as one table. Whether all could be read.
fn table(args: &DecodeArgs, decoding: &Decoding<'_>, files: &[&Found]) -> Result<bool> {
    let (content, look) = (Content::Parquet, Look::of(args.lang));
    let mut target = Target::of(args.output.as_deref(), &paths(files), content, look)?;
    let mut table = Table::new()?;
    let mut lost = Losses::new(false);
    decoding.read(files, &TableRows::new, &mut |file, step| {
        lost.enter(file, &step);
        match step {
            Step::Piece { output, .. } => target.write(&table.write(output)?),
            Step::End(_) => Ok(()),
        }
    })?;
    target.write(&table.finish()?)?;
    target.finish()?;
    Ok(lost.total() == 0)
}

fn paths(files: &[&Found]) -> Vec<PathBuf> {
    files.iter().map(|file| file.path.clone()).collect()
}

/// Prints how many records and losses there are. Whether all could be read.
fn counts(args: &DecodeArgs, decoding: &Decoding<'_>, files: &[&Found]) -> Result<bool> {
    let look = Look::of(args.lang);
    let format = match args.format {
        None => Format::Table,
        Some(DecodeFormat::Jsonl) => Format::Jsonl,
        Some(DecodeFormat::Csv) => Format::Csv,
        Some(format @ (DecodeFormat::Xml | DecodeFormat::Parquet)) => {
            let name = if format == DecodeFormat::Xml { "XML" } else { "Parquet" };
            bail!("--count has no {name}: leave --format out for a table, or give jsonl or csv")
        }
    };
    let mut lost = Losses::new(true);
    let mut rows = Vec::new();
    let count = |_: &str| Bytes::new(Box::new(Counting::default()));
    decoding.read(files, &count, &mut |file, step| {
        rows.extend(lost.enter(file, &step).map(|tally| CountRow::new(file, tally)));
        Ok(())
    })?;
    if format == Format::Table && rows.len() > 1 {
        rows.push(CountRow::total(&rows, look.language));
    }
    let mut printer = Printer::stdout(look);
    printer.listing(&rows, Output { format, look })?;
    printer.finish()?;
    Ok(lost.total() == 0)
}

/// Whether a file is read at all. Pipes and devices never are, whatever is looked for in them.
fn is_read(file: &Found, carve: bool) -> bool {
    match &file.kind {
        Ok(_) => true,
        Err(NotEvidence::NotEvtx(_)) => carve,
        Err(_) => false,
    }
}

/// Says which files are not read. Whether some of them should have been.
fn tell(others: &[&Found], all: usize) -> bool {
    let (unreadable, skipped): (Vec<&Found>, Vec<&Found>) =
        others.iter().partition(|file| matches!(file.kind, Err(NotEvidence::Unreadable(_))));
    for file in &unreadable {
        notice::say(&why(file));
    }
    if !skipped.is_empty() {
        let (skipped_count, all) = (count(skipped.len() as u64), count(all as u64));
        notice::say(&format!("{skipped_count} of {all} files left out: {}", some(&skipped)));
    }
    !unreadable.is_empty()
}

/// Why there is nothing to read.
fn nothing(others: &[&Found], carve: bool) -> String {
    let hint = if carve { "" } else { "; --carve looks for records of logs in any file" };
    match others.len() {
        0 => "no event log found: there is no file at all".to_owned(),
        1 => format!("no event log: {}{hint}", some(others)),
        n => format!("no event log among {} files: {}{hint}", count(n as u64), some(others)),
    }
}

/// The first few of these files, and why they are not read.
fn some(files: &[&Found]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = files.iter().take(SHOWN).map(|file| why(file)).collect();
    format!("{}{}", shown.join("; "), if files.len() > SHOWN { "; …" } else { "" })
}

fn why(file: &Found) -> String {
    match &file.kind {
        Err(reason @ NotEvidence::Unreadable(_)) => format!("{} {reason}", file.shown),
        Err(reason) => format!("{} is {reason}", file.shown),
        Ok(_) => file.shown.clone(),
    }
}
