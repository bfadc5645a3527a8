//! What a file is, by its first bytes and never by its name.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::platform::{REASONS, why};

/// A format that Kilroy reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Windows event log of Windows Vista and later.
    Evtx,
}

/// Why a file is no evidence that Kilroy can read. `Display` gives the reason in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotEvidence {
    /// Zero bytes long.
    Empty,
    /// Nothing but zero bytes: wiped, or never written.
    Zeros,
    /// Something else, by its content.
    NotEvtx(LooksLike),
    /// It could not be read; the text says why and what to do.
    Unreadable(String),
    /// A pipe, socket or device. Those are never opened.
    NotAFile,
    /// A link to a folder below the input. Those are not followed, or a loop would never end.
    FolderLink,
}

impl fmt::Display for NotEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty: zero bytes long"),
            Self::Zeros => f.write_str("nothing but zero bytes"),
            Self::NotEvtx(looks_like) => looks_like.fmt(f),
            Self::Unreadable(reason) => write!(f, "cannot be read: {reason}"),
            Self::NotAFile => f.write_str("a pipe, socket or device, which Kilroy does not open"),
            Self::FolderLink => {
                f.write_str("a link to a folder, which Kilroy does not follow; give the folder itself if it belongs to the evidence")
            }
        }
    }
}

/// What the content of a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksLike {
    /// May hold evidence, for instance an archive; Kilroy does not open it yet.
    Later(&'static str),
    /// Holds no logs.
    Foreign(&'static str),
    /// Nothing that Kilroy knows.
    Unknown,
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later(what) => write!(f, "{what}, which Kilroy does not open yet"),
            Self::Foreign(what) => write!(f, "{what}, which is no event log"),
            Self::Unknown => f.write_str("no format that Kilroy knows"),
        }
    }
}

/// Size of the file header of an EVTX file; the first chunk follows it.
const EVTX_HEADER: usize = 4096;
/// Size of one chunk of an EVTX file.
const EVTX_CHUNK: u64 = 65_536;
/// First bytes of a chunk.
const EVTX_CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
/// How much is read to recognise a file: the header and the start of the first chunk.
const HEAD: usize = EVTX_HEADER + EVTX_CHUNK_MAGIC.len();
/// How far zeros at the start are followed. No event log is that large; a disk image may be.
const ZEROS_FOLLOWED: u64 = 256 << 20;

/// Where a format shows itself, and what it is.
struct Signature(usize, &'static [u8], LooksLike);

use LooksLike::{Foreign, Later};

/// Known content, the most telling first.
#[rustfmt::skip]
const SIGNATURES: &[Signature] = &[
    // The legacy header has its length in front of the magic.
    Signature(4, b"LfLe", Later("an event log of Windows XP or Server 2003 (.evt)")),
    Signature(0, EVTX_CHUNK_MAGIC, Later("a single chunk of an event log, without the file around it")),
    Signature(0, b"PK\x03\x04", Later("a ZIP archive")),
    Signature(0, b"PK\x05\x06", Later("an empty ZIP archive")),
    Signature(0, b"\x1f\x8b", Later("a gzip archive")),
    Signature(0, b"7z\xbc\xaf\x27\x1c", Later("a 7-Zip archive")),
    Signature(0, b"Rar!\x1a\x07", Later("a RAR archive")),
    Signature(0, b"\xfd7zXZ\0", Later("an xz archive")),
    Signature(0, b"\x28\xb5\x2f\xfd", Later("a Zstandard archive")),
    Signature(0, b"BZh", Later("a bzip2 archive")),
    Signature(0, b"MSCF", Later("a cabinet archive")),
    Signature(257, b"ustar", Later("a tar archive")),
    Signature(0, b"vhdxfile", Later("a VHDX disk image")),
    Signature(0, b"conectix", Later("a VHD disk image")),
    Signature(0, b"EVF\x09\x0d\x0a\xff\0", Later("an EnCase (E01) disk image")),
    Signature(0, b"KDMV", Later("a VMDK disk image")),
    Signature(0, b"QFI\xfb", Later("a QCOW disk image")),
    Signature(0, b"MDMP", Foreign("a Windows memory dump")),
    Signature(0, b"PAGEDU", Foreign("a Windows memory dump")),
    Signature(0, b"LPKSHHRH", Later("a journal of systemd")),
    Signature(0, b"SQLite format 3\0", Foreign("an SQLite database")),
    Signature(0, b"regf", Foreign("a registry hive")),
    Signature(0, b"HvLE", Foreign("a registry transaction log")),
    Signature(4, b"\xef\xcd\xab\x89", Foreign("an ESE database")),
    Signature(0, b"FILE0", Foreign("a master file table ($MFT)")),
    Signature(4, b"SCCA", Foreign("a prefetch file")),
    Signature(0, b"MAM\x04", Foreign("a compressed prefetch file")),
    Signature(0, b"L\0\0\0\x01\x14\x02\0", Foreign("a Windows shortcut")),
    Signature(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign("an OLE document")),
    Signature(0, b"\xd4\xc3\xb2\xa1", Foreign("a network capture")),
    Signature(0, b"\x0a\x0d\x0d\x0a", Foreign("a network capture")),
    Signature(0, b"PAR1", Foreign("a Parquet table")),
    Signature(0, b"%PDF", Foreign("a PDF document")),
    Signature(0, b"\x89PNG", Foreign("a picture")),
    Signature(0, b"\xff\xd8\xff", Foreign("a picture")),
    Signature(0, b"MZ", Foreign("a Windows program")),
    Signature(0, b"\x7fELF", Foreign("a Linux program")),
];

/// Kinds of text.
const TEXTS: [LooksLike; 5] = [UTF_16, JSON, XML, TABLE, TEXT];
const UTF_16: LooksLike = Later("UTF-16 text");
const JSON: LooksLike = Later("JSON text");
const XML: LooksLike = Later("XML text");
const TABLE: LooksLike = Later("a table in text (CSV)");
const TEXT: LooksLike = Later("text");

impl NotEvidence {
    /// Everything that it can be, for whoever says it in other words; what is unreadable with each reason that has words of
    /// its own.
    pub fn each() -> impl Iterator<Item = Self> {
        let unreadable = REASONS.into_iter().map(|reason| Self::Unreadable(reason.to_owned()));
        let known = SIGNATURES.iter().map(|Signature(_, _, what)| *what).chain(TEXTS);
        let content = known.chain([LooksLike::Unknown]).map(Self::NotEvtx);
        [Self::Empty, Self::Zeros, Self::NotAFile, Self::FolderLink]
            .into_iter()
            .chain(unreadable)
            .chain(content)
    }
}

/// Opens a file and says what it is. The file is known to be one: pipes and devices must not come here.
pub(crate) fn recognise(path: &Path) -> Result<Format, NotEvidence> {
    let unreadable = |e: io::Error| NotEvidence::Unreadable(why(&e));
    let mut file = File::open(path).map_err(unreadable)?;
    of(&mut file).map_err(unreadable)?
}

/// What the content is. The outer error is one of reading.
fn of(input: &mut impl Read) -> io::Result<Result<Format, NotEvidence>> {
    let mut head = Vec::with_capacity(HEAD);
    input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(Err(NotEvidence::Empty));
    }
    // A log whose first page is damaged is still a log: its chunks say so.
    if kilroy_evtx::is_evtx(&head) || head.get(EVTX_HEADER..) == Some(EVTX_CHUNK_MAGIC) {
        return Ok(Ok(Format::Evtx));
    }
    if head.iter().all(|b| *b == 0) {
        return after_zeros(input);
    }
    Ok(Err(NotEvidence::NotEvtx(looks_like(&head))))
}

/// What follows the zeros at the start: nothing, a chunk of a log whose front was wiped, or something else.
fn after_zeros(input: &mut impl Read) -> io::Result<Result<Format, NotEvidence>> {
    // From the end of the head to the second chunk, then chunk by chunk: a block begins where a chunk would.
    let mut length = EVTX_CHUNK - EVTX_CHUNK_MAGIC.len() as u64;
    let mut followed = 0;
    let mut block = Vec::new();
    while followed < ZEROS_FOLLOWED {
        block.clear();
        let read = input.by_ref().take(length).read_to_end(&mut block)? as u64;
        if read == 0 {
            return Ok(Err(NotEvidence::Zeros));
        }
        if block.iter().any(|b| *b != 0) {
            let chunk = length == EVTX_CHUNK && block.starts_with(EVTX_CHUNK_MAGIC);
            return Ok(if chunk { Ok(Format::Evtx) } else { Err(NotEvidence::NotEvtx(LooksLike::Unknown)) });
        }
        followed += read;
        length = EVTX_CHUNK;
    }
    Ok(Err(NotEvidence::NotEvtx(LooksLike::Unknown)))
}

/// A name for content that is no event log, where that is cheap.
fn looks_like(head: &[u8]) -> LooksLike {
    SIGNATURES
        .iter()
        .find(|Signature(at, magic, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
        .map_or_else(|| text(head), |Signature(_, _, what)| *what)
}

/// What kind of text it is, if it is text.
fn text(head: &[u8]) -> LooksLike {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return UTF_16;
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let readable = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last letter may be cut in two by the end of what was read.
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or(""),
        Err(_) => return LooksLike::Unknown,
    };
    if readable.is_empty() || readable.chars().any(|c| c.is_control() && !"\t\r\n\u{c}\u{1b}".contains(c)) {
        return LooksLike::Unknown;
    }
    let start = readable.trim_start();
    if start.starts_with(['{', '[']) {
        return JSON;
    }
    if start.starts_with("<?xml") || start.starts_with("<Event") {
        return XML;
    }
    if is_table(start) {
        return TABLE;
    }
    TEXT
}

/// Do the first two lines have the same number of columns?
fn is_table(text: &str) -> bool {
    let mut lines = text.lines();
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    [',', ';', '\t'].iter().any(|separator| {
        let columns = |line: &str| line.matches(*separator).count();
        columns(first) > 0 && columns(first) == columns(second)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(content: &[u8]) -> Result<Format, NotEvidence> {
        of(&mut &content[..]).unwrap()
    }

    fn reason(content: &[u8]) -> String {
        kind(content).unwrap_err().to_string()
    }

    /// A file with something at an offset, zeros before it.
    fn at(offset: usize, bytes: &[u8]) -> Vec<u8> {
        let mut content = vec![0; offset];
        content.extend_from_slice(bytes);
        content
    }

    #[test]
    fn an_event_log_is_one_by_header_or_by_its_first_chunks() {
        assert_eq!(kind(b"ElfFile\0rest"), Ok(Format::Evtx));
        assert_eq!(kind(&at(4096, b"ElfChnk\0")), Ok(Format::Evtx));
        // Header and first chunk wiped.
        assert_eq!(kind(&at(4096 + 65_536, b"ElfChnk\0")), Ok(Format::Evtx));
        assert_eq!(kind(&at(4096 + 9 * 65_536, b"ElfChnk\0")), Ok(Format::Evtx));
        assert!(kind(&at(5000, b"ElfChnk\0")).is_err());
    }

    #[test]
    fn nothing_and_zeros() {
        assert_eq!(kind(b""), Err(NotEvidence::Empty));
        for size in [1, HEAD - 1, HEAD, HEAD + 1, 69_632, 69_633, 300_000] {
            assert_eq!(kind(&vec![0; size]), Err(NotEvidence::Zeros), "{size}");
            let mut last = vec![0; size];
            last[size - 1] = 1;
            assert_eq!(kind(&last), Err(NotEvidence::NotEvtx(LooksLike::Unknown)), "{size}");
        }
    }

    #[test]
    fn other_content_has_a_name() {
        for (content, want) in [
            (&b"PK\x03\x04\x14\0"[..], "a ZIP archive, which Kilroy does not open yet"),
            (b"\x1f\x8b\x08", "a gzip archive, which Kilroy does not open yet"),
            (
                b"0\0\0\0LfLe\x01\0\0\0",
                "an event log of Windows XP or Server 2003 (.evt), which Kilroy does not open yet",
            ),
            (b"regf\x01\0", "a registry hive, which is no event log"),
            (b"SQLite format 3\0", "an SQLite database, which is no event log"),
            (b"MZ\x90\0", "a Windows program, which is no event log"),
            (b"\xef\xbb\xbf[{\"a\":1}]", "JSON text, which Kilroy does not open yet"),
            (b"<Event xmlns='x'>", "XML text, which Kilroy does not open yet"),
            (b"time,user\n1,alice\n", "a table in text (CSV), which Kilroy does not open yet"),
            (b"Nov 22 sshd[1]: Accepted", "text, which Kilroy does not open yet"),
            (b"text cut in a letter \xc3", "text, which Kilroy does not open yet"),
            (b"\x01\x02\x03", "no format that Kilroy knows"),
            (b"\xc3\x28", "no format that Kilroy knows"),
        ] {
            assert_eq!(reason(content), want);
        }
        let mut tar = b"name".to_vec();
        tar.resize(257, 0);
        tar.extend_from_slice(b"ustar");
        assert!(reason(&tar).starts_with("a tar archive"));
    }
}
