//! Going through the event table: filter, on all cores, group of rows by group of rows.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::column::Column;
use super::eval::{Known, fits};
use super::filter::{Check, Expr, Filter};
use super::prune::{self, Bounds};
use super::ranges::{Picker, Rows};
use super::table::EventFile;
use crate::{Case, CaseError};

/// A question to the events of a case, ready to be asked.
///
/// A record that stands in several files is met once. Nothing is in memory but the files' footers and, of each thread, the
/// rows of one group.
pub struct Scan {
    pub(super) files: Vec<ScanFile>,
    pub(super) threads: usize,
}

/// A file, and what is asked of its rows.
pub(super) struct ScanFile {
    pub(super) file: EventFile,
    /// Host that its records are of, as they name it.
    pub(super) host: Arc<str>,
    all: Vec<Arc<Expr>>,
    /// Rows that are shown with another file.
    hidden: Vec<Range<usize>>,
}

/// A group of rows: numbers of its file and of the group in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) file: usize,
    pub(super) group: usize,
}

impl Case {
    /// Prepares a question to the events of the case. `threads`: how many may work on it.
    pub fn scan(&self, filter: &Filter, threads: usize) -> Result<Scan, CaseError> {
        let mut asked = Vec::new();
        let mut hidden = self.hidden_rows()?;
        for (host, paths) in self.event_files()? {
            let Some(all) = for_host(filter, &host) else { continue };
            let host: Arc<str> = host.as_str().into();
            for path in paths {
                let hidden = hidden.remove(&path).unwrap_or_default();
                asked.push(Asked { path, host: Arc::clone(&host), all: all.clone(), hidden });
            }
        }
        Ok(Scan { files: open(&asked, threads.max(1))?, threads: threads.max(1) })
    }
}

/// What is asked of a file: its conditions, and the rows that are shown with another one.
struct Asked {
    path: PathBuf,
    host: Arc<str>,
    all: Vec<Arc<Expr>>,
    hidden: Vec<Range<usize>>,
}

/// Opens files, several at a time: of a thousand of them it takes a while to read what they say of themselves.
fn open(asked: &[Asked], threads: usize) -> Result<Vec<ScanFile>, CaseError> {
    let each = asked.len().div_ceil(threads).max(1);
    let one = |Asked { path, host, all, hidden }: &Asked| {
        let file = EventFile::open(path.clone())?;
        Ok(ScanFile { file, host: Arc::clone(host), all: all.clone(), hidden: hidden.clone() })
    };
    thread::scope(|scope| {
        let parts: Vec<_> = asked
            .chunks(each)
            .map(|some| scope.spawn(move || some.iter().map(one).collect::<Result<Vec<_>, _>>()))
            .collect();
        let mut files = Vec::with_capacity(asked.len());
        for part in parts {
            files.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(files)
    })
}

/// The conditions that remain for the files of a host; none if it is not asked for. Every row of a file is of one host: that
/// needs to be asked once.
fn for_host(filter: &Filter, host: &str) -> Option<Vec<Arc<Expr>>> {
    let mut rest = Vec::new();
    for expr in &filter.all {
        let (asked, wanted) = match &**expr {
            Expr::Not(inner) => (&**inner, false),
            other => (other, true),
        };
        match asked {
            Expr::Test(_, Check::Host(any)) => {
                if any.iter().any(|pattern| pattern.matches(host)) != wanted {
                    return None;
                }
            }
            _ => rest.push(Arc::clone(expr)),
        }
    }
    Some(rest)
}

impl ScanFile {
    /// The rows of a group that fulfil all conditions, and are not shown with another file. None without reading if its
    /// bounds tell that there is none.
    pub(super) fn select(&self, group: usize, known: &mut Known) -> Result<Rows, CaseError> {
        let mut rows = self.shown(group);
        let mut asked = Vec::new();
        for expr in &self.all {
            let may_have = |column, texts: &[&str]| self.file.may_have(group, column, texts);
            match prune::bounds(expr, self.file.group(group), &may_have) {
                Bounds::None => return Ok(Rows::none()),
                Bounds::All => {}
                Bounds::Some => asked.push(expr),
            }
        }
        // What costs more is asked of what is left.
        let (heavy, light): (Vec<_>, Vec<_>) = asked.into_iter().partition(|expr| is_heavy(expr));
        for exprs in [light, heavy] {
            if !exprs.is_empty() && !rows.is_empty() {
                rows = self.narrow(group, &rows, &exprs, known)?;
            }
        }
        Ok(rows)
    }

    fn narrow(
        &self,
        group: usize,
        rows: &Rows,
        exprs: &[&Arc<Expr>],
        known: &mut Known,
    ) -> Result<Rows, CaseError> {
        let mut columns = Vec::new();
        for expr in exprs {
            expr.columns(&mut columns);
        }
        columns.sort_unstable();
        columns.dedup();
        let mut picker = Picker::new(rows);
        for batch in self.file.read(group, &columns, rows.ranges())? {
            let batch = batch?;
            let mut all = vec![true; batch.num_rows()];
            for expr in exprs {
                let some =
                    fits(expr, &batch, known).map_err(|what| CaseError::table(&self.file.path, what))?;
                all.iter_mut().zip(some).for_each(|(all, one)| *all &= one);
            }
            picker.pick(&all);
        }
        Ok(picker.finish())
    }

    /// The rows of a group that are not shown with another file.
    fn shown(&self, group: usize) -> Rows {
        let all = self.file.rows(group);
        let hidden = self.hidden.iter().map(|hidden| {
            hidden.start.max(all.start).saturating_sub(all.start)
                ..hidden.end.min(all.end).saturating_sub(all.start)
        });
        Rows::all(all.len()).without(hidden.filter(|hidden| !hidden.is_empty()))
    }

    /// Whether no row of a group is asked for, as far as its bounds tell.
    pub(super) fn has_none(&self, group: usize) -> bool {
        let bounds = self.file.group(group);
        // Nothing is read for this.
        self.all.iter().any(|expr| prune::bounds(expr, bounds, &|_, _| true) == Bounds::None)
    }
}

fn is_heavy(expr: &Expr) -> bool {
    let mut columns = Vec::new();
    expr.columns(&mut columns);
    columns.into_iter().any(Column::is_heavy)
}

impl Scan {
    /// How many events there are.
    pub fn count(&self) -> Result<u64, CaseError> {
        let counts = self.fold(&self.groups(), |count: &mut u64, group, known| {
            let rows = self.file(group).select(group.group, known)?;
            *count += rows.len() as u64;
            Ok(())
        })?;
        Ok(counts.into_iter().sum())
    }

    pub(super) fn file(&self, group: Group) -> &ScanFile {
        &self.files[group.file]
    }

    /// All groups that may have rows.
    pub(super) fn groups(&self) -> Vec<Group> {
        let groups = self.files.iter().enumerate().flat_map(|(file, scan)| {
            (0..scan.file.groups())
                .filter(|group| !scan.has_none(*group))
                .map(move |group| Group { file, group })
        });
        groups.collect()
    }

    /// Goes through groups, each once, with several threads. What the threads made is given in no order.
    pub(super) fn fold<S: Default + Send>(
        &self,
        groups: &[Group],
        step: impl Fn(&mut S, Group, &mut Known) -> Result<(), CaseError> + Sync,
    ) -> Result<Vec<S>, CaseError> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || {
            let (mut state, mut known) = (S::default(), Known::default());
            while !failed.load(Ordering::Relaxed) {
                let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                if let Err(error) = step(&mut state, *group, &mut known) {
                    failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
            Ok(state)
        };
        let threads = self.threads.min(groups.len().max(1));
        if threads == 1 {
            return Ok(vec![work()?]);
        }
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan").field("files", &self.files.len()).finish_non_exhaustive()
    }
}
