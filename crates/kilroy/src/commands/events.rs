//! `kilroy events`: the events themselves.

use anyhow::{Result, anyhow};
use kilroy_case::Case;
use kilroy_case::query::{Column, Filter, Key, Order, Scan, Value};
use serde_json::{Map, Value as Json};

use super::{What, limited, nothing};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{EventsArgs, Format};
use crate::coverage::About;
use crate::events::{Brief, columns_named, csv_lines, events, follow, print};
use crate::notice;
use crate::output::{Cell, Column as Shown, Printer, Table, count, csv_cell, seconds};
use crate::settings::{Output, threads};
use crate::words::text;

/// Rows of a table, if nobody says how many.
const IN_A_TABLE: usize = 50;
/// Rows that are read and printed at a time.
const AT_A_TIME: usize = 10_000;

pub(crate) fn run(args: &EventsArgs) -> Result<Outcome> {
    let output = Output::of(args.output);
    if args.columns.iter().any(|name| name.trim() == "list") {
        return list();
    }
    let columns = columns_named(&args.columns)?;
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let mut filter = filter(&args.filter)?;
    if let Some(session) = &args.follow_session {
        filter = filter.with(follow(&case, &args.case, session)?);
    }
    let scan = case.scan(&filter, threads(args.threads)?.get())?;
    let none = || -> Result<()> {
        notice::say(&nothing(&case, What::Events, &About::events(&filter), output.look.language)?);
        Ok(())
    };
    if args.count {
        let found = scan.count()?;
        let mut printer = Printer::stdout(output.look);
        printer.lines(&[found.to_string()])?;
        printer.finish()?;
        if found == 0 {
            none()?;
        }
        return Ok(Outcome::Done);
    }
    let is_empty = if !args.top.is_empty() {
        top(&scan, args, output)?
    } else if let Some(bucket) = args.histogram {
        histogram(&scan, bucket.seconds(), output)?
    } else {
        page(&scan, columns.as_deref(), args, output)?
    };
    if is_empty {
        none()?;
    }
    Ok(Outcome::Done)
}

/// From what was typed; all of it must hold.
pub(super) fn filter(typed: &[String]) -> Result<Filter> {
    Filter::parse(&typed.join(" ")).map_err(|e| anyhow!("{e}"))
}

fn list() -> Result<Outcome> {
    let mut printer = Printer::stdout(crate::settings::Look::of(crate::args::Lang::En));
    let names: Vec<String> = Column::all().map(|column| column.name().to_owned()).collect();
    printer.lines(&names)?;
    printer.finish()?;
    Ok(Outcome::Done)
}

/// Prints some events; is there none?
fn page(scan: &Scan, columns: Option<&[Column]>, args: &EventsArgs, output: Output) -> Result<bool> {
    let Some(by) = Column::named(&args.sort) else {
        anyhow::bail!("--sort {}: there is no such column; see --columns list", args.sort);
    };
    let order = Order { by, descending: args.descending };
    let wanted: Vec<Column> = match (columns, output.format) {
        (Some(columns), _) => columns.to_vec(),
        (None, Format::Table) => Brief::COLUMNS.into_iter().filter_map(Column::named).collect(),
        (None, _) => Column::all().collect(),
    };
    let table = output.format == Format::Table;
    let limit = args.limit.unwrap_or(if table { IN_A_TABLE } else { usize::MAX });
    let mut printer = Printer::stdout(output.look);
    let by_time = Column::named("time") == Some(by) && !args.descending;
    let mut shown = 0;
    let total;
    if !table && output.format != Format::Json && limit == usize::MAX && args.skip == 0 && by_time {
        total = stream(scan, columns.is_none(), &wanted, &mut printer, output)?;
        shown = total;
    } else {
        let page = scan.page(&wanted, order, args.skip, limit)?;
        total = page.total;
        let rows = events(&page.events, &wanted, columns.is_none());
        shown += rows.len() as u64;
        print(&mut printer, &rows, columns, &wanted, output)?;
    }
    printer.finish()?;
    if shown < total && (table || args.limit.is_some()) {
        let options = "--limit, --skip";
        let what = limited(shown, total, What::Events.plural(), options, output.look.language);
        if table { notice::say(&what) } else { notice::hint(&what) }
    }
    Ok(total == 0)
}

/// All events in the order of time, without having them all in memory.
fn stream(scan: &Scan, brief: bool, wanted: &[Column], printer: &mut Printer, output: Output) -> Result<u64> {
    let mut columns = wanted.to_vec();
    columns.extend(Column::named("time").filter(|time| !wanted.contains(time)));
    let mut total = 0;
    let mut failed: Option<anyhow::Error> = None;
    if output.format == Format::Csv {
        print(printer, &[], None, wanted, output)?;
    }
    scan.in_order(&columns, &mut |batch| {
        total += batch.num_rows() as u64;
        let rows = events(&batch, wanted, brief);
        for some in rows.chunks(AT_A_TIME) {
            let printed = match output.format {
                Format::Csv => csv_lines(printer, some, wanted),
                _ => printer.rows(some, Format::Jsonl),
            };
            if let Err(error) = printed {
                failed.get_or_insert(error);
                return Ok(std::ops::ControlFlow::Break(()));
            }
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    match failed {
        Some(error) => Err(error),
        None => Ok(total),
    }
}

/// Prints the most frequent values; is there none?
fn top(scan: &Scan, args: &EventsArgs, output: Output) -> Result<bool> {
    let Some(columns) = columns_named(&args.top)? else { anyhow::bail!("--top: name a column") };
    let keys: Vec<Key> = columns.iter().map(|column| Key::Column(*column)).collect();
    let mut counts: Vec<(Vec<Option<Value>>, u64)> =
        scan.group(&keys)?.into_iter().filter(|(values, _)| values.iter().any(Option::is_some)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all = counts.len();
    let table = output.format == Format::Table;
    counts.truncate(args.limit.unwrap_or(if table { IN_A_TABLE } else { usize::MAX }));
    let names: Vec<&'static str> = columns.iter().map(|column| column.name()).collect();
    counted(&names, &counts, output)?;
    if counts.len() < all {
        let values = text("values", "값");
        notice::say(&limited(counts.len() as u64, all as u64, values, "--limit", output.look.language));
    }
    Ok(counts.is_empty())
}

/// Prints how many there are in each span of time; is there none?
fn histogram(scan: &Scan, seconds: u64, output: Output) -> Result<bool> {
    let counts: Vec<(Vec<Option<Value>>, u64)> = scan
        .histogram(seconds)?
        .into_iter()
        .map(|(time, count)| (vec![Some(Value::Time(time))], count))
        .collect();
    counted(&["time"], &counts, output)?;
    Ok(counts.is_empty())
}

/// The widest bar, in columns.
const BAR: u64 = 40;

/// Prints values with how often they were found.
fn counted(names: &[&'static str], counts: &[(Vec<Option<Value>>, u64)], output: Output) -> Result<()> {
    let mut printer = Printer::stdout(output.look);
    match output.format {
        Format::Table if counts.is_empty() => {}
        Format::Table => {
            let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
            let mut shown: Vec<Shown> = names.iter().map(|name| Shown::new(name).least(8)).collect();
            shown.extend([Shown::new("events").right(), Shown::new("").spare(1)]);
            let mut table = Table::new(shown);
            for (values, number) in counts {
                let mut cells: Vec<Cell> = values
                    .iter()
                    .map(|value| match value {
                        Some(Value::Time(time)) => Cell::new(seconds(*time)),
                        value => Cell::from(value.as_ref().map(ToString::to_string)),
                    })
                    .collect();
                let bar = usize::try_from((number * BAR).div_ceil(most)).unwrap_or(0);
                cells.extend([Cell::new(count(*number)), Cell::new("▇".repeat(bar))]);
                table.row(cells);
            }
            printer.table(&table)?;
        }
        Format::Json | Format::Jsonl => {
            let rows: Vec<Json> = counts
                .iter()
                .map(|(values, number)| {
                    let mut row = Map::new();
                    for (name, value) in names.iter().zip(values) {
                        row.insert((*name).to_owned(), serde_json::to_value(value).unwrap_or_default());
                    }
                    row.insert("events".to_owned(), (*number).into());
                    Json::Object(row)
                })
                .collect();
            printer.rows(&rows, output.format)?;
        }
        Format::Csv => {
            let mut line = Vec::new();
            for name in names {
                csv_cell(&mut line, name);
                line.push(b',');
            }
            line.extend_from_slice(b"events\r\n");
            for (values, number) in counts {
                for value in values {
                    csv_cell(&mut line, &value.as_ref().map(ToString::to_string).unwrap_or_default());
                    line.push(b',');
                }
                line.extend_from_slice(format!("{number}\r\n").as_bytes());
            }
            printer.text(&line)?;
        }
    }
    printer.finish()
}
