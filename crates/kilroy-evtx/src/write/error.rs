//! Why events are not written.

use std::io;

use super::event::EventSpec;

/// Why events could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output failed.
    #[error("cannot write: {0}")]
    Io(#[from] io::Error),
    /// A record does not fit into a chunk of 64 KiB.
    #[error("event {index} (record ID {record_id}) is too large for a chunk of 64 KiB")]
    TooLarge {
        /// Index in what was given.
        index: usize,
        /// Its record ID.
        record_id: u64,
    },
    /// A SID is none.
    #[error("event {index} (record ID {record_id}): {sid:?} is no SID")]
    Sid {
        /// Index in what was given.
        index: usize,
        /// Its record ID.
        record_id: u64,
        /// What was given.
        sid: String,
    },
    /// A name cannot be that of an XML element or attribute.
    #[error("event {index} (record ID {record_id}): {name:?} cannot be the name of an element")]
    Name {
        /// Index in what was given.
        index: usize,
        /// Its record ID.
        record_id: u64,
        /// What was given.
        name: String,
    },
    /// An attribute was to have an element in it.
    #[error("event {index} (record ID {record_id}): the attribute {name:?} cannot have an element in it")]
    ElementInAttribute {
        /// Index in what was given.
        index: usize,
        /// Its record ID.
        record_id: u64,
        /// The attribute.
        name: String,
    },
}

/// Why one event was refused.
#[derive(Debug)]
pub(super) enum Refused {
    TooLarge,
    Sid(String),
    Name(String),
    ElementInAttribute(String),
}

impl Refused {
    pub(super) fn at(self, index: usize, event: &EventSpec) -> WriteError {
        let record_id = event.record_id;
        match self {
            Self::TooLarge => WriteError::TooLarge { index, record_id },
            Self::Sid(sid) => WriteError::Sid { index, record_id, sid },
            Self::Name(name) => WriteError::Name { index, record_id, name },
            Self::ElementInAttribute(name) => WriteError::ElementInAttribute { index, record_id, name },
        }
    }
}
