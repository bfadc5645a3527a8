//! The report, as Markdown.

use std::fmt::Write;

use crate::corpus::Corpus;
use crate::rows::{EVTX_DUMP, Row};
use crate::usage::Usage;
use crate::work::Count;

/// What the runs of a row gave.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) row: Row,
    pub(crate) runs: Vec<Usage>,
    /// What this program's own ways counted.
    pub(crate) count: Option<Count>,
    /// Why there are fewer runs than asked for.
    pub(crate) failed: Option<String>,
}

impl Measured {
    fn sorted(&self, of: impl Fn(&Usage) -> f64) -> Vec<f64> {
        let mut values: Vec<f64> = self.runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    fn min(&self, of: impl Fn(&Usage) -> f64) -> Option<f64> {
        self.sorted(of).first().copied()
    }

    fn median(&self, of: impl Fn(&Usage) -> f64) -> Option<f64> {
        let values = self.sorted(of);
        values.get(values.len() / 2).copied()
    }

    fn peak(&self) -> u64 {
        self.runs.iter().map(|run| run.peak).max().unwrap_or_default()
    }
}

/// A section for a corpus: what it is, and a table.
pub(crate) fn section(corpus: &Corpus, measured: &[Measured]) -> String {
    let records = measured.iter().find_map(|m| m.count.map(|count| count.records).filter(|n| *n > 0));
    let mut text = String::new();
    let mib = megabytes(corpus.bytes);
    let shown = records.map_or(String::new(), |n| format!(", {} records", grouped(n)));
    _ = writeln!(text, "### `{}`: {}\n", corpus.name, corpus.about);
    _ = writeln!(
        text,
        "{} files, {mib:.0} MB{shown}, SHA-256 of all bytes in the order of the names:\n`{}`\n",
        corpus.files.len(),
        corpus.sha256
    );
    text.push_str("| | CPU s | median | clock s | MB per CPU s | records per CPU s | peak MiB | × read | × `evtx_dump` |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    let cpu_of = |found: &dyn Fn(&Measured) -> bool| {
        measured.iter().find(|m| found(m)).and_then(|m| m.min(|run| run.cpu)).filter(|cpu| *cpu > 0.0)
    };
    let read = cpu_of(&|m| m.row.section == "read");
    let dump = cpu_of(&|m| m.row.name == EVTX_DUMP);
    for m in measured {
        let (Some(cpu), Some(median), Some(wall)) =
            (m.min(|run| run.cpu), m.median(|run| run.cpu), m.min(|run| run.wall))
        else {
            let why = m.failed.as_deref().unwrap_or("not run");
            _ = writeln!(text, "| {} | {why} | | | | | | | |", m.row.name);
            continue;
        };
        let rate = records.filter(|_| m.row.section != "read" && cpu > 0.0);
        let rate = rate.map_or("–".to_owned(), |n| grouped(rounded(n, cpu)));
        let times = |base: Option<f64>| base.map_or("–".to_owned(), |base| format!("{:.2}", cpu / base));
        _ = writeln!(
            text,
            "| {} | {cpu:.2} | {median:.2} | {wall:.2} | {:.0} | {rate} | {:.1} | {} | {} |",
            m.row.name,
            if cpu > 0.0 { mib / cpu } else { 0.0 },
            kibibytes(m.peak()) / 1024.0,
            times(read),
            times(dump),
        );
    }
    notes(&mut text, measured, records);
    text
}

/// What a reader of the table must know beside it.
fn notes(text: &mut String, measured: &[Measured], records: Option<u64>) {
    for m in measured {
        if let (Some(why), false) = (&m.failed, m.runs.is_empty()) {
            _ = writeln!(text, "\n{}: a run failed: {why}", m.row.name);
        }
        let counted = m.count.map(|count| count.records);
        if let (Some(all), Some(own)) = (records, counted)
            && own != all
            && own > 0
        {
            let all = grouped(all);
            _ = writeln!(text, "\n{}: {} of {all} records.", m.row.name, grouped(own));
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn kibibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

/// So many per second, to three digits.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "for people"
)]
fn rounded(count: u64, seconds: f64) -> u64 {
    let rate = count as f64 / seconds;
    let unit = 10_f64.powf((rate.log10() - 2.0).floor().max(0.0));
    ((rate / unit).round() * unit) as u64
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Call;

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(rounded(1_000_000, 0.81), 1_230_000);
    }

    #[test]
    fn a_table() {
        let corpus = Corpus {
            name: "made".to_owned(),
            about: "two logs".to_owned(),
            files: vec!["a".into(), "b".into()],
            bytes: 200_000_000,
            sha256: "00ff".to_owned(),
            repeats: false,
        };
        let measured = |name, section, cpus: &[f64], records| Measured {
            row: Row { name, section, call: Call::Own("read") },
            runs: cpus.iter().map(|cpu| Usage { cpu: *cpu, wall: cpu * 2.0, peak: 3 << 20 }).collect(),
            count: Some(Count { records, bytes: 0 }),
            failed: cpus.is_empty().then(|| "no such program".to_owned()),
        };
        let text = section(
            &corpus,
            &[
                measured("read the bytes", "read", &[0.2, 0.1, 0.3], 0),
                measured("all", "reader", &[0.5, 0.4], 250_000),
                measured("some", "reader", &[0.2], 1_000),
                measured(EVTX_DUMP, "evtx_dump", &[2.0], 0),
                measured("gone", "analyze", &[], 0),
            ],
        );
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert_eq!(
            lines,
            [
                "| read the bytes | 0.10 | 0.20 | 0.20 | 2000 | – | 3.0 | 1.00 | 0.05 |",
                "| all | 0.40 | 0.50 | 0.80 | 500 | 625,000 | 3.0 | 4.00 | 0.20 |",
                "| some | 0.20 | 0.20 | 0.40 | 1000 | 1,250,000 | 3.0 | 2.00 | 0.10 |",
                "| `evtx_dump -t 1 -o jsonl` | 2.00 | 2.00 | 4.00 | 100 | 125,000 | 3.0 | 20.00 | 1.00 |",
                "| gone | no such program | | | | | | | |",
            ]
        );
        assert!(text.contains("some: 1,000 of 250,000 records."), "{text}");
    }
}
