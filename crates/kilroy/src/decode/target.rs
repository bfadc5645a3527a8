//! Where the bytes go: standard output, or a file that takes its place when it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kilroy_case::Case;

use crate::output::Printer;
use crate::settings::Look;

/// Takes bytes.
pub(crate) enum Target {
    /// Whatever reads standard output.
    Stream(Printer),
    File(NewFile),
}

impl Target {
    /// The file of this name, or standard output. `files` are those that are to be read.
    pub(crate) fn of(output: Option<&Path>, files: &[PathBuf], look: Look) -> Result<Self> {
        Ok(match output {
            Some(path) => Self::File(NewFile::create(path, files)?),
            None => Self::Stream(Printer::stdout(look)),
        })
    }

    /// Like [`Target::of`], for bytes that are no text.
    pub(crate) fn of_bytes(output: Option<&Path>, files: &[PathBuf], look: Look) -> Result<Self> {
        if output.is_none() && io::stdout().is_terminal() {
            bail!(
                "a Parquet file is nothing to look at: name a file with -o FILE, or send it through a pipe"
            );
        }
        Self::of(output, files, look)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Stream(printer) => printer.text(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    /// To be called at the end: what is still held back goes out, and a file takes its place.
    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Self::Stream(printer) => printer.finish(),
            Self::File(file) => file.finish(),
        }
    }
}

/// A file that is written aside. Dropped before its end it leaves nothing behind.
pub(crate) struct NewFile {
    place: PathBuf,
    /// None: what is there is no file (a pipe, a device) and is written to as it is.
    aside: Option<PathBuf>,
    out: Option<BufWriter<File>>,
}

impl NewFile {
    /// Evidence is never written to, whoever asks for it.
    fn create(place: &Path, files: &[PathBuf]) -> Result<Self> {
        let shown = place.display();
        let there = place.metadata().ok();
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            bail!("-o {shown}: this is a folder; name a file in it");
        }
        if is_part_of_a_case(place) {
            bail!("-o {shown}: this is part of a case, which would be lost; name another file");
        }
        let is_file = there.as_ref().is_some_and(fs::Metadata::is_file);
        if is_file && (is_one_of(place, files) || is_log(place)) {
            bail!("-o {shown}: this is evidence, which Kilroy never writes to; name another file");
        }
        let aside = (there.is_none() || is_file).then(|| beside(place));
        if let Some(aside) = aside.as_ref().filter(|aside| is_one_of(aside, files) || is_log(aside)) {
            bail!(
                "-o {shown}: {} would be written first, and is evidence; name another file",
                aside.display()
            );
        }
        let file = File::create(aside.as_deref().unwrap_or(place))
            .with_context(|| format!("cannot write {shown}"))?;
        Ok(Self { place: place.to_owned(), aside, out: Some(BufWriter::new(file)) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        out.write_all(bytes).with_context(|| format!("cannot write {}", self.place.display()))
    }

    fn finish(mut self) -> Result<()> {
        let failed = || format!("cannot write {}", self.place.display());
        if let Some(out) = self.out.take() {
            out.into_inner().map_err(io::IntoInnerError::into_error).with_context(failed)?;
        }
        if let Some(aside) = &self.aside {
            fs::rename(aside, &self.place).with_context(failed)?;
        }
        self.aside = None;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Closed before it goes: Windows wants it so.
        self.out = None;
        if let Some(aside) = &self.aside {
            // There is nobody left to tell.
            let _ = fs::remove_file(aside);
        }
    }
}

fn beside(place: &Path) -> PathBuf {
    let mut name = place.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".partial");
    place.with_file_name(name)
}

fn is_one_of(place: &Path, files: &[PathBuf]) -> bool {
    let real = place.canonicalize().ok();
    files.iter().any(|file| file == place || (real.is_some() && file.canonicalize().ok() == real))
}

/// Whether a case keeps, or would look for, something of its own there: its register with what people noted, and its tables.
fn is_part_of_a_case(place: &Path) -> bool {
    let Some(name) = place.file_name().map(|name| name.to_string_lossy().to_lowercase()) else {
        return false;
    };
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let own = name.starts_with("case.db") || name == "case.lock" || name.ends_with(".parquet");
    let case = folder.ancestors().find(|above| Case::is_here(above));
    case.is_some_and(|case| (own && case == folder) || folder.starts_with(case.join("events")))
}

/// Whether an event log is there: one that was not asked for, but would be gone.
fn is_log(place: &Path) -> bool {
    let mut first = [0; 8];
    File::open(place).and_then(|mut file| file.read_exact(&mut first)).is_ok() && kilroy_evtx::is_evtx(&first)
}
