//! Evidence: from files as they lie there to a stream of events.
//!
//! In the order of the work:
//!
//! 1. [`find`] walks what was given and says of every file what it is, by its content.
//! 2. [`hash`] reads a file once for its identity, so that the caller can skip what it already holds.
//! 3. [`decode`] reads it again and hands over its events, one at a time, with what was lost.
//!
//! Between a decoded record and an event stands the [`Normaliser`], which knows kinds of values but no event: which field
//! plays which role is the catalog's to say. Evidence is opened for reading only and never changed.

mod content;
mod decode;
mod digest;
mod find;
mod kinds;
mod label;
mod normalise;
mod platform;
mod roles;
mod values;

pub use content::{Format, LooksLike, NotEvidence};
pub use decode::{DecodeError, Decoded, EvidenceFile, LOSSES_KEPT, Loss, LossKind, decode, read};
pub use digest::{Digest, ReadError, hash};
pub use find::{FindError, Found, find};
pub use normalise::{EventFields, Normaliser};
