//! The tables that the build script made of `catalog/`.

// Nobody reads the numbers here; they are read in the catalog.
#![allow(clippy::unreadable_literal)]

include!(concat!(env!("OUT_DIR"), "/tables.rs"));
