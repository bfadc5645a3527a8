//! What was asked for.

use std::path::PathBuf;

use crate::rows::SECTIONS;

pub(crate) const HELP: &str = "\
usage: cargo xtask bench [OPTIONS]

  --size GB         bytes of the made corpus (default 1)
  --real DIR        also measure the full chunks of all logs below this folder, repeated up to the same size
  --single GB       also measure one file of so many bytes
  --corpus DIR      where the logs are kept (default: benchmark/corpus in the target folder)
  --runs N          runs of each row (default 3)
  --sections LIST   only these rows, by commas: read, reader, evtx, evtx_dump, decode, analyze
  --kilroy FILE     the program to measure (default: it is built)
  --out FILE        write the tables there too

Other work on the machine disturbs clock time; CPU time much less. The rows of a corpus are run in turn, all of them once,
then all again.";

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) bytes: u64,
    pub(crate) single: Option<u64>,
    pub(crate) real: Option<PathBuf>,
    pub(crate) corpus: Option<PathBuf>,
    pub(crate) runs: usize,
    pub(crate) sections: Vec<String>,
    pub(crate) kilroy: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
}

impl Options {
    /// Reads the words of the command line.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let sections = SECTIONS.iter().map(|section| (*section).to_owned()).collect();
        let mut options = Self {
            bytes: 1_000_000_000,
            single: None,
            real: None,
            corpus: None,
            runs: 3,
            sections,
            kilroy: None,
            out: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n\n{HELP}"));
            match word.as_str() {
                "--size" => options.bytes = gigabytes(value()?)?,
                "--single" => options.single = Some(gigabytes(value()?)?),
                "--real" => options.real = Some(value()?.into()),
                "--corpus" => options.corpus = Some(value()?.into()),
                "--kilroy" => options.kilroy = Some(value()?.into()),
                "--out" => options.out = Some(value()?.into()),
                "--runs" => {
                    let runs = value()?;
                    options.runs =
                        runs.parse().ok().filter(|n| *n > 0).ok_or_else(|| wrong("--runs", runs))?;
                }
                "--sections" => {
                    let list = value()?;
                    options.sections = list.split(',').map(str::to_owned).collect();
                    if let Some(other) = options.sections.iter().find(|s| !SECTIONS.contains(&s.as_str())) {
                        return Err(wrong("--sections", other));
                    }
                }
                _ => return Err(format!("unknown: {word}\n\n{HELP}")),
            }
        }
        Ok(options)
    }
}

fn wrong(option: &str, value: &str) -> String {
    format!("{option} {value}: see `cargo xtask bench --help`")
}

/// `1`, `0.25`: at least a megabyte.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be positive and small right before"
)]
fn gigabytes(text: &str) -> Result<u64, String> {
    let number: f64 = text.parse().map_err(|_| wrong("a size of", text))?;
    if !(0.001..=1_000.0).contains(&number) {
        return Err(wrong("a size of", text));
    }
    Ok((number * 1e9) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_can_be_asked_for() {
        let options = parse("--size 0.25 --single 4 --runs 5 --sections read,evtx --real logs").unwrap();
        assert_eq!((options.bytes, options.single), (250_000_000, Some(4_000_000_000)));
        assert_eq!((options.runs, options.sections.len()), (5, 2));
        assert_eq!(options.real, Some("logs".into()));
        assert_eq!(parse("").unwrap().sections.len(), SECTIONS.len());
    }

    #[test]
    fn what_cannot() {
        for line in ["--size", "--size x", "--size 0", "--runs 0", "--sections nonsense", "--colour"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
