//! Kilroy.
fn main() {}
