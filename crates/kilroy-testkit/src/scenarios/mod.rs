//! Stories, one function per shape.
