//! In which letters a file is written: UTF-8, or UTF-16 as Windows' own tools write it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};

/// How the bytes of a file are letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Also any other in which the letters of ASCII stand for themselves.
    Utf8 {
        /// It begins with a mark of the order of bytes.
        mark: bool,
    },
    Utf16 {
        little: bool,
        /// It begins with a mark of the order of bytes.
        mark: bool,
    },
}

/// Bytes of a file that are read at a time.
const CHUNK: usize = 256 << 10;

/// Opens a file; what is read of it is UTF-8, without a mark.
pub(crate) fn open(path: &Path) -> Result<(Box<dyn BufRead>, Encoding)> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    read(Box::new(file), &path.display().to_string())
}

fn read(input: Box<dyn Read>, shown: &str) -> Result<(Box<dyn BufRead>, Encoding)> {
    let mut input = BufReader::with_capacity(CHUNK, input);
    let head = input.fill_buf().with_context(|| format!("cannot read {shown}"))?;
    let (encoding, mark) = match head {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8 { mark: true }, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16 { little: true, mark: true }, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16 { little: false, mark: true }, 2),
        _ => (unmarked(head), 0),
    };
    if let Some(what) = no_timeline(head, encoding) {
        bail!("{shown}: {what}");
    }
    input.consume(mark);
    Ok(match encoding {
        Encoding::Utf8 { .. } => (Box::new(input), encoding),
        Encoding::Utf16 { little, .. } => {
            let letters = if little { UTF_16LE } else { UTF_16BE };
            let decoder = Some(letters.new_decoder_without_bom_handling());
            let letters = Letters { input, decoder, ready: Vec::new(), from: 0 };
            (Box::new(BufReader::with_capacity(CHUNK, letters)), encoding)
        }
    })
}

/// The letters of a file that does not mark them. ASCII in UTF-16 has a zero in every other byte.
fn unmarked(head: &[u8]) -> Encoding {
    let (pairs, _) = head.get(..LOOKED_AT).unwrap_or(head).as_chunks::<2>();
    let zeros = |side: usize| pairs.iter().filter(|pair| pair[side] == 0).count();
    let many = pairs.len().div_ceil(4).max(1);
    let (first, second) = (zeros(0), zeros(1));
    // Some other letters have a zero on the other side: 가 is U+AC00.
    if second >= many && first * 4 <= second {
        Encoding::Utf16 { little: true, mark: false }
    } else if first >= many && second * 4 <= first {
        Encoding::Utf16 { little: false, mark: false }
    } else {
        Encoding::Utf8 { mark: false }
    }
}

/// Bytes by which a file is recognised.
const LOOKED_AT: usize = 4096;

/// What a file is that is no timeline, and what to do; none if it may be one.
fn no_timeline(head: &[u8], encoding: Encoding) -> Option<&'static str> {
    const OTHERS: [(&[u8], &str); 8] = [
        (b"ElfFile\0", EVENT_LOG),
        (b"ElfChnk\0", EVENT_LOG),
        (b"\x1f\x8b", "this is a gzip archive: unpack it first"),
        (b"PK\x03\x04", "this is a ZIP archive: unpack it first"),
        (b"\x28\xb5\x2f\xfd", "this is a Zstandard archive: unpack it first"),
        (b"\xfd7zXZ\0", "this is an xz archive: unpack it first"),
        (b"7z\xbc\xaf\x27\x1c", "this is a 7-Zip archive: unpack it first"),
        (b"SQLite format 3\0", "this is an SQLite database: export its rows as CSV first"),
    ];
    if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(what);
    }
    if let Encoding::Utf16 { .. } = encoding {
        return None;
    }
    let looked_at = head.get(..LOOKED_AT).unwrap_or(head);
    if looked_at.contains(&0) {
        return Some("this is no text: give a timeline as CSV, JSON Lines, body file or TLN");
    }
    let returns = looked_at.split(|byte| *byte == b'\r').count() - 1;
    (returns > 0 && !head.contains(&b'\n') && !matches!(looked_at, [.., b'\r'] if returns == 1)).then_some(
        "its lines end in CR alone, as on a Mac of old: convert them to LF first, as with tr '\\r' '\\n'",
    )
}

const EVENT_LOG: &str = "this is an event log, and no timeline: `kilroy analyze` reads it into a case, `kilroy events` lists its events";

impl Encoding {
    /// What a terminal gets.
    pub(crate) const SHOWN: Self = Self::Utf8 { mark: false };

    /// What the file begins with.
    pub(crate) fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 { mark: true } => &[0xef, 0xbb, 0xbf],
            Self::Utf8 { mark: false } | Self::Utf16 { mark: false, .. } => &[],
            Self::Utf16 { little: true, .. } => &[0xff, 0xfe],
            Self::Utf16 { little: false, .. } => &[0xfe, 0xff],
        }
    }

    /// UTF-8 in these letters again.
    pub(crate) fn encode(self, text: Vec<u8>) -> Vec<u8> {
        let Self::Utf16 { little, .. } = self else { return text };
        let text = String::from_utf8_lossy(&text);
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }
}

/// UTF-16 as UTF-8. What is no letter becomes U+FFFD.
struct Letters<R> {
    input: R,
    /// None once the last letter was read.
    decoder: Option<Decoder>,
    ready: Vec<u8>,
    from: usize,
}

/// UTF-8 that one unit of UTF-16 can become, and what a decoder may hold back.
const MOST_PER_UNIT: usize = 3;

impl<R: Read> Letters<R> {
    fn more(&mut self) -> io::Result<()> {
        let mut bytes = vec![0; 64 << 10];
        self.from = 0;
        self.ready.resize((bytes.len() / 2 + 2) * MOST_PER_UNIT, 0);
        let mut written = 0;
        while written == 0
            && let Some(decoder) = &mut self.decoder
        {
            let filled = self.input.read(&mut bytes)?;
            let is_last = filled == 0;
            (.., written, _) = decoder.decode_to_utf8(&bytes[..filled], &mut self.ready, is_last);
            if is_last {
                self.decoder = None;
            }
        }
        self.ready.truncate(written);
        Ok(())
    }
}

impl<R: Read> Read for Letters<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.from == self.ready.len() {
            self.more()?;
        }
        let rest = &self.ready[self.from..];
        let long = rest.len().min(out.len());
        out[..long].copy_from_slice(&rest[..long]);
        self.from += long;
        Ok(long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(bytes: &[u8]) -> (String, Vec<u8>) {
        let (mut input, encoding) = read(Box::new(io::Cursor::new(bytes.to_vec())), "x").unwrap();
        let mut text = Vec::new();
        input.read_to_end(&mut text).unwrap();
        let again = [encoding.mark(), &encoding.encode(text.clone())].concat();
        (String::from_utf8(text).unwrap(), again)
    }

    #[test]
    fn there_and_back() {
        let text = "Zeit,Benutzer\r\n관리자,😀\n".repeat(20_000);
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = [0xfeff].iter().chain(&units).flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = [0xfeff].iter().chain(&units).flat_map(|unit| unit.to_be_bytes()).collect();
        let marked = ["\u{feff}".as_bytes(), text.as_bytes()].concat();
        let unmarked = [&little[2..], &big[2..]].map(<[u8]>::to_vec);
        for bytes in [little, big, marked, text.clone().into_bytes()].into_iter().chain(unmarked) {
            let (read, again) = through(&bytes);
            assert!(read == text);
            assert!(again == bytes);
        }
    }

    #[test]
    fn what_is_no_timeline() {
        for (bytes, want) in [
            (&b"ElfFile\0\0\0"[..], "this is an event log"),
            (b"\x1f\x8b\x08\0", "this is a gzip archive"),
            (b"MZ\x90\0\x03\0\0\0\x04", "this is no text"),
            (b"time,user\r2024-05-14 09:00,a\r", "its lines end in CR alone"),
        ] {
            let error = read(Box::new(io::Cursor::new(bytes.to_vec())), "x").err().unwrap().to_string();
            assert!(error.starts_with(&format!("x: {want}")), "{error}");
        }
        assert_eq!(through(b"time,user\r").0, "time,user\r");
    }

    #[test]
    fn a_file_that_was_cut() {
        assert_eq!(through(&[0xff, 0xfe, b'a', 0, b'b']).0, "a\u{fffd}");
        assert_eq!(through(&[0xff, 0xfe, b'a', 0, 0x3d, 0xd8]).0, "a\u{fffd}");
        assert_eq!(through(&[]).0, "");
    }
}
