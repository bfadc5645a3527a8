//! How far the reading has come, for a person who looks on.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kilroy_evidence::Found;

use crate::output::{cut_start, escape};

/// Progress over all files, by bytes.
///
/// Every file is read twice, for its hash and for its events. The bar counts each byte once, so that it ends at the size
/// of the evidence.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Bytes read, each of them twice.
    twice: AtomicU64,
    /// Files at work; the first one is named.
    current: Mutex<Vec<String>>,
}

/// Columns for the name of the file.
const NAME: usize = 28;

impl Progress {
    /// A bar on standard error, or nothing at all.
    pub(crate) fn new(found: &[Found], shown: bool) -> Self {
        let total = found.iter().filter(|f| f.kind.is_ok()).map(|f| f.size).sum();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let template = "{bar:12} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left  {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, twice: AtomicU64::new(0), current: Mutex::default() }
    }

    /// Meters the reading of one file. When the meter is dropped the file is done, however much of it was read.
    pub(crate) fn file<'a>(&'a self, found: &Found) -> Meter<'a> {
        let name = cut_start(&escape(&found.shown), NAME);
        self.with_current(|names| names.push(name.clone()));
        Meter { progress: self, name, owed: AtomicU64::new(found.size.saturating_mul(2)) }
    }

    /// The files are done; what comes now has no measure.
    pub(crate) fn say(&self, text: &'static str) {
        self.bar.set_style(ProgressStyle::default_spinner());
        self.bar.set_message(text);
        self.bar.tick();
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn add(&self, bytes: u64) {
        let twice = self.twice.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.bar.set_position(twice / 2);
    }

    fn with_current(&self, change: impl FnOnce(&mut Vec<String>)) {
        let mut names = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut names);
        self.bar.set_message(names.first().cloned().unwrap_or_default());
    }
}

impl Drop for Progress {
    /// An error message must not stand behind half a bar.
    fn drop(&mut self) {
        self.clear();
    }
}

/// The reading of one file.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    progress: &'a Progress,
    name: String,
    /// What is not yet counted of twice the file's size.
    owed: AtomicU64,
}

impl Meter<'_> {
    /// So many bytes were read. A file that grows gives no more than was promised.
    pub(crate) fn add(&self, bytes: u64) {
        let take = |owed: u64| Some(owed - bytes.min(owed));
        let owed = self.owed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or_default();
        self.progress.add(bytes.min(owed));
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        self.progress.add(*self.owed.get_mut());
        self.progress.with_current(|names| {
            if let Some(at) = names.iter().position(|name| *name == self.name) {
                names.remove(at);
            }
        });
    }
}
