//! What came of the files: records, and what could not be read. Those who look on get a few lines per file, and how many
//! more there are.

use kilroy_evidence::Found;

use super::Step;
use crate::notice;
use crate::output::count;

/// Lines per file.
const SHOWN: u64 = 20;

/// Counts records and losses, and says what was lost.
#[derive(Debug)]
pub(crate) struct Losses {
    quiet: bool,
    current: Tally,
    total: u64,
}

/// What one file gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) records: u64,
    pub(crate) losses: u64,
}

impl Losses {
    /// `quiet`: only counts.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet, current: Tally::default(), total: 0 }
    }

    /// Takes the next step of a file. At its end it gives what the file came to.
    pub(crate) fn enter<T>(&mut self, file: &Found, step: &Step<T>) -> Option<Tally> {
        match step {
            Step::Piece { records, losses, .. } => {
                self.current.records += records;
                for loss in losses {
                    self.current.losses += 1;
                    if self.current.losses <= SHOWN {
                        self.say(&format!("{}, offset {}: {}", file.shown, loss.offset, loss.detail));
                    }
                }
                None
            }
            Step::End(outcome) => Some(self.end(file, outcome.as_ref().err())),
        }
    }

    fn end(&mut self, file: &Found, error: Option<&kilroy_evtx::ReadError>) -> Tally {
        let mut tally = std::mem::take(&mut self.current);
        if let Some(more) = tally.losses.checked_sub(SHOWN).filter(|more| *more > 0) {
            self.say(&format!("{}: {} more losses", file.shown, count(more)));
        }
        if let Some(error) = error {
            tally.losses += 1;
            self.say(&format!("{}: {error}", file.shown));
        }
        self.total += tally.losses;
        tally
    }

    /// Losses of all files so far.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            notice::say(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use kilroy_evidence::Format;
    use kilroy_evtx::{Loss, LossKind, ReadError};

    use super::*;

    #[test]
    fn each_file_has_its_own_tally() {
        let file = Found { path: PathBuf::new(), shown: "a".into(), size: 0, kind: Ok(Format::Evtx) };
        let loss = Loss { offset: 0, kind: LossKind::Chunk, detail: String::new() };
        let piece = Step::Piece { output: (), records: 2, losses: vec![loss; 30] };
        let mut losses = Losses::new(true);
        assert_eq!((losses.enter(&file, &piece), losses.enter(&file, &piece)), (None, None));
        assert_eq!(losses.enter::<()>(&file, &Step::End(Ok(()))), Some(Tally { records: 4, losses: 60 }));
        assert_eq!(
            losses.enter::<()>(&file, &Step::End(Err(ReadError::NotEvtx))),
            Some(Tally { records: 0, losses: 1 }),
            "a file that cannot be read is a loss itself"
        );
        assert_eq!(losses.total(), 61);
    }
}
