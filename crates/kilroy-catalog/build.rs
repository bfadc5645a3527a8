//! Reads `catalog/`, checks it and writes it out as Rust tables: a wrong entry fails the build, not the analysis.
// A build script speaks to cargo on its standard output.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

// The same file as in the library, of which a script needs but a part.
#[path = "src/field_role.rs"]
#[allow(dead_code, unreachable_pub)]
mod field_role;
#[path = "pack/mod.rs"]
mod pack;

fn main() -> ExitCode {
    let catalog = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../catalog");
    println!("cargo::rerun-if-changed={}", catalog.display());
    println!("cargo::rerun-if-changed=pack");
    println!("cargo::rerun-if-changed=src/field_role.rs");
    let tables = match pack::pack(&catalog) {
        Ok(tables) => tables,
        Err(problems) => {
            for problem in problems {
                println!("cargo::error={problem}");
            }
            return ExitCode::FAILURE;
        }
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("tables.rs");
    if let Err(error) = fs::write(&out, tables) {
        println!("cargo::error={}: {error}", out.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
