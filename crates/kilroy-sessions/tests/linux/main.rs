//! Linux goes through the same engine: terminal lines of wtmp, connections of sshd, and both together.
//!
//! The stories are written as the logs have them, each with its answer by hand; the files are real ones with the answers of
//! another reader.

#[path = "../common/mod.rs"]
mod common;
mod reader;
mod real;
mod stories;
