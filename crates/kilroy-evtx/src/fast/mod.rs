//! The fast way from a record to its fields: the template's plan says where each value of the record goes.
//!
//! Nothing is rendered, and nothing is allocated per value. What the plan cannot take is refused, and goes the slow way
//! (see [`crate::slow`]); both give the same fields.

mod cache;
mod fields;
mod plain;
mod plan;
mod run;
mod shape;
mod system;
mod tree;

pub(crate) use plan::{COMPOSED, CONSTANT, Raw, RawField};
pub(crate) use run::{Fast, Verdict};
pub(crate) use system::{Numbers, SystemValues, value};

/// It is one for the slow way.
#[derive(Debug)]
struct Refused;
