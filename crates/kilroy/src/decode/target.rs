//! Where the bytes go: standard output, or a file that takes its place when it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kilroy_case::Case;

use crate::output::Printer;
use crate::settings::Look;

/// What the bytes are: a terminal gets none that could act on it, and each kind has its own way of writing them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Lines of CSV, XML and the like.
    Text,
    /// JSON, or pieces of it: what is written out is still JSON.
    Json,
    /// No text.
    Parquet,
}

impl Content {
    fn print<W: Write>(self, bytes: &[u8], to: &mut Printer<W>) -> Result<()> {
        if self == Self::Json { to.json_text(bytes) } else { to.text(bytes) }
    }
}

/// Takes bytes.
pub(crate) enum Target {
    /// Whatever reads standard output.
    Stream(Printer, Content),
    File(NewFile),
}

impl Target {
    /// The file of this name, or standard output. `files` are those that are to be read.
    pub(crate) fn of(output: Option<&Path>, files: &[PathBuf], content: Content, look: Look) -> Result<Self> {
        let Some(path) = output else {
            let printer = Printer::stdout(look);
            if content == Content::Parquet && printer.is_screen() {
                bail!(
                    "a Parquet file is nothing to look at: name a file with -o FILE, or send it through a pipe"
                );
            }
            return Ok(Self::Stream(printer, content));
        };
        Ok(Self::File(NewFile::create(path, files)?))
    }

    /// What is written from now on, if only the input tells.
    pub(crate) fn is_of(&mut self, content: Content) {
        if let Self::Stream(_, kind) = self {
            *kind = content;
        }
    }

    /// Does somebody look on?
    pub(crate) fn is_screen(&self) -> bool {
        matches!(self, Self::Stream(printer, _) if printer.is_screen())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Stream(printer, content) => content.print(bytes, printer),
            Self::File(file) => file.write(bytes),
        }
    }

    /// To be called at the end: what is still held back goes out, and a file takes its place.
    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Self::Stream(printer, _) => printer.finish(),
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
    /// Evidence is never written to, whoever asks for it. What a link leads to is written, and the link stays.
    fn create(asked: &Path, files: &[PathBuf]) -> Result<Self> {
        let shown = asked.display();
        let there = asked.metadata().ok();
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            bail!("-o {shown}: this is a folder; name a file in it");
        }
        let (place, is_plain) = behind_links(asked);
        if Case::owns(asked) || Case::owns(&place) {
            bail!("-o {shown}: a case keeps its own files there; name another place");
        }
        let is_file = there.as_ref().is_some_and(fs::Metadata::is_file);
        if is_file && (is_one_of(&place, files) || is_log(&place)) {
            bail!("-o {shown}: this is evidence, which Kilroy never writes to; name another file");
        }
        let failed = || format!("cannot write {shown}");
        if !is_plain || there.is_some() && !is_file {
            let file = File::create(asked).with_context(failed)?;
            return Ok(Self { place: asked.to_owned(), aside: None, out: Some(BufWriter::new(file)) });
        }
        let (aside, file) = beside(&place).with_context(failed)?;
        Ok(Self { place, aside: Some(aside), out: Some(BufWriter::new(file)) })
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

/// Where links lead in the end, and whether that is a place among files: below `/dev` and `/proc` the system shows what a
/// program has open, and a name there cannot be given to another file.
fn behind_links(asked: &Path) -> (PathBuf, bool) {
    /// As many as Linux follows.
    const MOST: usize = 40;
    let is_plain = |place: &Path| !["/dev", "/proc"].iter().any(|root| place.starts_with(root));
    let mut place = asked.to_owned();
    let mut plain = is_plain(&place);
    for _ in 0..MOST {
        let Ok(next) = place.read_link() else { break };
        place = place.parent().map_or_else(|| next.clone(), |folder| folder.join(&next));
        plain &= is_plain(&place);
    }
    (place, plain)
}

/// A new file beside another one. What is there already may be somebody's.
fn beside(place: &Path) -> io::Result<(PathBuf, File)> {
    let name = place.file_name().map_or_else(OsString::new, OsString::from);
    let mut number = 1;
    loop {
        let mut aside = name.clone();
        aside.push(if number == 1 { ".partial".to_owned() } else { format!(".partial{number}") });
        let aside = place.with_file_name(aside);
        match File::create_new(&aside) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
            made => return made.map(|file| (aside, file)),
        }
    }
}

fn is_one_of(place: &Path, files: &[PathBuf]) -> bool {
    let real = place.canonicalize().ok();
    files.iter().any(|file| file == place || (real.is_some() && file.canonicalize().ok() == real))
}

/// Whether an event log is there: one that was not asked for, but would be gone.
fn is_log(place: &Path) -> bool {
    let mut first = [0; 8];
    File::open(place).and_then(|mut file| file.read_exact(&mut first)).is_ok() && kilroy_evtx::is_evtx(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that turn the direction of writing are in logs on purpose.
    #[test]
    fn json_on_a_terminal_is_json_still() {
        let row = "{\"name\":\"a\u{202e}b\\\"\"}\r\n";
        let printed = |content: Content| {
            let mut printer = Printer::screen();
            content.print(row.as_bytes(), &mut printer).unwrap();
            printer.printed()
        };
        let (json, text) = (printed(Content::Json), printed(Content::Text));
        assert!(!json.contains('\u{202e}') && !text.contains('\u{202e}'));
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text);
        assert_eq!(read(&json).unwrap(), read(row).unwrap(), "{json}");
        assert!(read(&text).is_err(), "{text}");
    }
}
