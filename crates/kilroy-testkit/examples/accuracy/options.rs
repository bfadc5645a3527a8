//! What is asked for.

/// How it is used.
pub const HELP: &str = "\
usage: cargo xtask accuracy [--seeds N] [--first SEED] [--loss PERCENT] [--lines N] [--write PAGE]

Makes N random histories of several hosts whose truth is known, writes them as EVTX files, reads them and puts the
sessions together; then once more with records lost at random, and once without each of the logs. Compares every row
with the truth.

  --seeds N       how many histories (100)
  --first SEED    the first one's seed (1)
  --loss PERCENT  how many of 100 records are lost (30)
  --lines N       show so many of the rows that are not right (20)
  --write PAGE    put the tables into this page of the book, between its marks, instead of printing them";

/// What is asked for.
pub struct Options {
    pub seeds: u64,
    pub first: u64,
    pub loss: usize,
    pub lines: usize,
    pub page: Option<String>,
}

impl Options {
    /// From the command line; `None` if help was asked for.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self { seeds: 100, first: 1, loss: 30, lines: 20, page: None };
        while let Some(name) = arguments.next() {
            if matches!(name.as_str(), "--help" | "-h") {
                return Ok(None);
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("{name}: {value} is no number"));
            match name.as_str() {
                "--seeds" => options.seeds = number()?.max(1),
                "--first" => options.first = number()?,
                "--loss" => options.loss = usize::try_from(number()?.min(100)).unwrap_or(100),
                "--lines" => options.lines = usize::try_from(number()?).unwrap_or(usize::MAX),
                "--write" => options.page = Some(value),
                _ => return Err(format!("no such option: {name}")),
            }
        }
        Ok(Some(options))
    }
}
