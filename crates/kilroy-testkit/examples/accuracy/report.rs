//! What was measured, as a page of the book.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kilroy_testkit::accuracy::{Completeness, Field, Judgement, Tally};

use crate::options::Options;

/// What was measured.
#[derive(Default)]
pub struct Measured {
    pub records: usize,
    pub complete: Completeness,
    pub lossy: Tally,
    pub without: Vec<(String, Counts)>,
}

/// Evidence without one of its logs.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub rows: u64,
    pub gone: usize,
    pub risen: usize,
    pub contradictions: usize,
}

/// The tables.
pub fn tables(options: &Options, measured: &Measured) -> String {
    let mut page = String::new();
    let complete = &measured.complete;
    let Options { seeds, first, loss, .. } = options;
    let last = first + seeds - 1;
    let _ = writeln!(
        page,
        "Seeds {first} to {last}: {} records, {} true sessions.\n\n### Complete logs\n",
        measured.records,
        complete.truths()
    );
    let _ = writeln!(
        page,
        "{} of {} true sessions are rows that are exact in every field ({}). Rows that no true session needs: {}.\n",
        complete.exact(),
        complete.truths(),
        share(complete.exact(), complete.truths()),
        complete.extra
    );
    page.push_str("| story | true sessions | exact |\n|---|---:|---:|\n");
    for (story, (all, exact)) in &complete.stories {
        let _ = writeln!(page, "| `{story}` | {all} | {exact} |");
    }
    let tally = &measured.lossy;
    let _ = writeln!(page, "\n### {loss} of 100 records lost at random\n");
    let _ = writeln!(
        page,
        "{} rows, {} fields. Wrong: {} ({}). Rows none of whose records belongs to a true session: {}.\n",
        tally.rows,
        tally.all(),
        tally.count(Judgement::Wrong),
        share(tally.count(Judgement::Wrong), tally.all()),
        tally.invented
    );
    let fields: BTreeSet<Field> = tally.fields.keys().map(|(field, _)| *field).collect();
    head(&mut page, "field");
    for field in fields {
        let count = |j| tally.fields.get(&(field, j)).copied().unwrap_or(0);
        row(&mut page, field.name(), &count);
    }
    page.push('\n');
    let stories: BTreeSet<&str> = tally.stories.keys().map(|(story, _)| *story).collect();
    head(&mut page, "story");
    for story in stories {
        let count = |j| tally.stories.get(&(story, j)).copied().unwrap_or(0);
        row(&mut page, story, &count);
    }
    page.push_str("\n### One log left out\n\n");
    page.push_str(
        "| without | rows | sessions gone | grades risen | contradictions |\n|---|---:|---:|---:|---:|\n",
    );
    for (log, counts) in &measured.without {
        let Counts { rows, gone, risen, contradictions } = counts;
        let _ = writeln!(page, "| {log} | {rows} | {gone} | {risen} | {contradictions} |");
    }
    page
}

fn head(page: &mut String, of: &str) {
    let names: Vec<&str> = Judgement::ALL.iter().map(|j| j.name()).collect();
    let _ = writeln!(page, "| {of} | {} |", names.join(" | "));
    let _ = writeln!(page, "|---|{}", "---:|".repeat(names.len()));
}

/// Shares of each judgement, counts of what is not true.
fn row(page: &mut String, name: &str, count: &dyn Fn(Judgement) -> u64) {
    let all: u64 = Judgement::ALL.iter().map(|j| count(*j)).sum();
    let cells = Judgement::ALL.iter().map(|j| match count(*j) {
        0 => "0".to_owned(),
        n if *j >= Judgement::LogonOnly => format!("{n} ({})", share(n, all)),
        n => share(n, all),
    });
    let _ = writeln!(page, "| `{name}` | {} |", cells.collect::<Vec<_>>().join(" | "));
}

/// Per cent, cut and not rounded up: what is not all is never 100 %.
fn share(part: u64, of: u64) -> String {
    if part == of {
        return "100 %".to_owned();
    }
    let hundredths = part * 10_000 / of.max(1);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}
