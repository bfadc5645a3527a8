//! In which letters a file is written: UTF-8, or UTF-16 as Windows' own tools write it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};
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
    },
}

/// Bytes of a file that are read at a time.
const CHUNK: usize = 256 << 10;

/// Opens a file; what is read of it is UTF-8, without a mark.
pub(crate) fn open(path: &Path) -> Result<(Box<dyn BufRead>, Encoding)> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    read(Box::new(file)).with_context(|| format!("cannot read {}", path.display()))
}

fn read(input: Box<dyn Read>) -> io::Result<(Box<dyn BufRead>, Encoding)> {
    let mut input = BufReader::with_capacity(CHUNK, input);
    let (encoding, mark) = match input.fill_buf()? {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8 { mark: true }, 3),
        [0xff, 0xfe, ..] => (Encoding::Utf16 { little: true }, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16 { little: false }, 2),
        _ => (Encoding::Utf8 { mark: false }, 0),
    };
    input.consume(mark);
    Ok(match encoding {
        Encoding::Utf8 { .. } => (Box::new(input), encoding),
        Encoding::Utf16 { little } => {
            let letters = if little { UTF_16LE } else { UTF_16BE };
            let decoder = Some(letters.new_decoder_without_bom_handling());
            let letters = Letters { input, decoder, ready: Vec::new(), from: 0 };
            (Box::new(BufReader::with_capacity(CHUNK, letters)), encoding)
        }
    })
}

impl Encoding {
    /// What the file begins with.
    pub(crate) fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 { mark: true } => &[0xef, 0xbb, 0xbf],
            Self::Utf8 { mark: false } => &[],
            Self::Utf16 { little: true } => &[0xff, 0xfe],
            Self::Utf16 { little: false } => &[0xfe, 0xff],
        }
    }

    /// UTF-8 in these letters again.
    pub(crate) fn encode(self, text: Vec<u8>) -> Vec<u8> {
        let Self::Utf16 { little } = self else { return text };
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
        let (mut input, encoding) = read(Box::new(io::Cursor::new(bytes.to_vec()))).unwrap();
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
        for bytes in [little, big, marked, text.clone().into_bytes()] {
            let (read, again) = through(&bytes);
            assert!(read == text);
            assert!(again == bytes);
        }
    }

    #[test]
    fn a_file_that_was_cut() {
        assert_eq!(through(&[0xff, 0xfe, b'a', 0, b'b']).0, "a\u{fffd}");
        assert_eq!(through(&[0xff, 0xfe, b'a', 0, 0x3d, 0xd8]).0, "a\u{fffd}");
        assert_eq!(through(&[]).0, "");
    }
}
