//! The tables that the build script made of `catalog/`.

include!(concat!(env!("OUT_DIR"), "/tables.rs"));
