//! Records whose template was destroyed, read with the same template from another chunk.
//!
//! Every chunk defines the templates that its records use. Where a part of a chunk is gone, records in the rest of it
//! may be whole and still say nothing. Logs use few templates, so another chunk of the file will have had the same one.
//! It is taken only if it has the same identity, and every place in it gets a value of the type that it wants.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::instance::{self, DEFINITION_HEADER, FRAGMENT, Instance};
use crate::source::{Source, fill};
use crate::value::kind;
use crate::{CHUNK, CHUNK_MAGIC, find, live, put, u32_at};

/// How many bytes of definitions are kept. A log has a few dozen, of some kilobytes.
const KEPT: usize = 4 << 20;

/// The templates of a file, looked for when a record misses its own.
pub(crate) struct Grafts<'s> {
    source: &'s dyn Source,
    found: OnceLock<Templates>,
}

impl std::fmt::Debug for Grafts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grafts").field("found", &self.found).finish_non_exhaustive()
    }
}

impl<'s> Grafts<'s> {
    pub(crate) fn new(source: &'s dyn Source) -> Self {
        Self { source, found: OnceLock::new() }
    }

    /// Gives a record the templates that its chunk no longer has. They go behind the chunk's end, each once: `placed`
    /// says where. Whether it needed any.
    pub(crate) fn mend(
        &self,
        chunk: &mut Vec<u8>,
        instances: &[Instance],
        placed: &mut HashMap<u32, u32>,
    ) -> bool {
        let mut mended = false;
        for instance in instances {
            if instance.defines() || is_alive(chunk, instance) {
                continue;
            }
            let found = self.found.get_or_init(|| Templates::of(self.source));
            let Some(definition) = found.known.get(&instance.id).filter(|d| d.takes(instance)) else {
                continue;
            };
            let at = *placed.entry(instance.id).or_insert_with(|| definition.append_to(chunk));
            put(chunk, instance.link, &at.to_le_bytes());
            mended = true;
        }
        mended
    }
}

/// The definitions of templates in a file. Of those with one name the first in a sound chunk counts, else the first.
#[derive(Debug, Default)]
struct Templates {
    known: HashMap<u32, Definition>,
    kept: usize,
}

/// A definition that can be put anywhere.
#[derive(Debug, Default)]
struct Definition {
    bytes: Vec<u8>,
    /// Where the offset of a name stands, and where in `bytes` that name does.
    names: Vec<(usize, usize)>,
    /// The places for values: which one, of which type.
    slots: Vec<(u16, u8)>,
}

impl Templates {
    /// Looks through a file. What cannot be read of it has no templates.
    fn of(source: &dyn Source) -> Self {
        let (mut sound, mut doubtful) = (Self::default(), Self::default());
        let mut block = vec![0; CHUNK];
        let mut at = 0;
        while let Ok(read) = fill(source, &mut block, at) {
            let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            match find(bytes, CHUNK_MAGIC, 0) {
                Some(0) => {
                    let live = live::find(bytes);
                    let trusted = live.sound && !live::is_checksum_wrong(bytes);
                    let templates = if trusted { &mut sound } else { &mut doubtful };
                    for span in &live.spans {
                        templates.learn(bytes, &instance::instances(bytes, span).list);
                    }
                    let next = find(bytes, CHUNK_MAGIC, 1).filter(|_| !trusted);
                    at += next.unwrap_or(bytes.len()) as u64;
                }
                Some(next) => at += next as u64,
                // A magic may begin at the end of the block.
                None if read == CHUNK => at += (CHUNK - CHUNK_MAGIC.len() + 1) as u64,
                None => break,
            }
        }
        for (id, definition) in doubtful.known {
            sound.known.entry(id).or_insert(definition);
        }
        sound
    }

    /// Keeps what a record defines.
    fn learn(&mut self, chunk: &[u8], instances: &[Instance]) {
        for instance in instances.iter().filter(|i| i.defines()) {
            if self.kept < KEPT
                && !self.known.contains_key(&instance.id)
                && is_alive(chunk, instance)
                && let Some(definition) = Definition::read(chunk, instance.definition)
            {
                self.kept += definition.bytes.len();
                self.known.insert(instance.id, definition);
            }
        }
    }
}

/// Whether the definition that a record names is the one that it means.
fn is_alive(chunk: &[u8], instance: &Instance) -> bool {
    u32_at(chunk, instance.definition.saturating_add(4)) == Some(instance.id)
}

impl Definition {
    fn takes(&self, instance: &Instance) -> bool {
        self.slots.iter().all(|(index, wanted)| {
            let value = instance.values.get(usize::from(*index));
            value.is_some_and(|(kind, _)| [kind::NULL, *wanted, *wanted | kind::ARRAY].contains(kind))
        })
    }

    /// Puts it at the end of `chunk`. Gives its place.
    fn append_to(&self, chunk: &mut Vec<u8>) -> u32 {
        let start = chunk.len();
        let offset = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
        chunk.extend(&self.bytes);
        for (link, name) in &self.names {
            put(chunk, start + link, &offset(*name).to_le_bytes());
        }
        offset(0)
    }

    /// Reads the definition at `start`, and takes the names from elsewhere along.
    fn read(chunk: &[u8], start: usize) -> Option<Self> {
        let size = u32_at(chunk, start.checked_add(20)?)? as usize;
        let end = start.checked_add(DEFINITION_HEADER)?.checked_add(size)?;
        let mut definition = Self { bytes: chunk.get(start..end)?.to_vec(), ..Self::default() };
        let mut at = start + DEFINITION_HEADER;
        while at < end {
            let token = *chunk.get(at)?;
            at = match token & 0x3f {
                // End of the stream: nothing may follow.
                0x00 => return (at + 1 == end).then_some(definition),
                // Element: dependency, size, name, and the size of its attributes where it has some.
                0x01 => {
                    let behind = definition.name(chunk, start, at + 1 + 2 + 4)?;
                    if token & 0x40 == 0 { behind } else { behind + 4 }
                }
                0x02..=0x04 => at + 1,
                // Text: its type, its length.
                0x05 if chunk.get(at + 1) == Some(&kind::STRING) => at + 4 + 2 * length(chunk, at + 2)?,
                // Attribute; reference to an entity; target of an instruction.
                0x06 | 0x09 | 0x0a => definition.name(chunk, start, at + 1)?,
                // Unparsed text; data of an instruction.
                0x07 | 0x0b => at + 3 + 2 * length(chunk, at + 1)?,
                0x08 => at + 3,
                // Place of a value; that of one that may be missing.
                0x0d | 0x0e => {
                    let index = u16::try_from(length(chunk, at + 1)?).ok()?;
                    definition.slots.push((index, *chunk.get(at + 3)?));
                    at + 4
                }
                FRAGMENT => at + 4,
                _ => return None,
            };
        }
        None
    }

    /// Takes note of the name whose offset stands at `link`. Gives the place behind it, and behind the name itself
    /// where that follows.
    fn name(&mut self, chunk: &[u8], start: usize, link: usize) -> Option<usize> {
        let at = u32_at(chunk, link)? as usize;
        // Next name, hash, length, text, NUL.
        let size = 4 + 2 + 2 + 2 * length(chunk, at.checked_add(6)?)? + 2;
        let name = chunk.get(at..at.checked_add(size)?)?;
        if at == link + 4 {
            self.names.push((link - start, at - start));
            return Some(at + size);
        }
        self.names.push((link - start, self.bytes.len()));
        self.bytes.extend(name);
        Some(link + 4)
    }
}

fn length(chunk: &[u8], at: usize) -> Option<usize> {
    chunk.get(at..)?.first_chunk().map(|b| usize::from(u16::from_le_bytes(*b)))
}
