//! `kilroy sql`: questions in SQL.

use std::io::{self, IsTerminal, Read};

use anyhow::{Context, Result};
use kilroy_case::Case;
use kilroy_case::sql::{Parameters, Sql};

use super::analyze::shown;
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{Lang, SqlArgs};
use crate::settings::{Look, Output, threads};
use crate::sql::{Shell, parameter, prompt};

pub(crate) fn run(args: &SqlArgs) -> Result<Outcome> {
    let mut parameters = Parameters::default();
    for text in &args.parameters {
        let (name, value) = parameter(text)?;
        parameters.set(name, value);
    }
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let sql = Sql::open(&case, threads(args.threads)?.get())?;
    let output = Output { format: args.format, look: Look::of(Lang::En) };
    let mut shell = Shell::new(&case, sql, output, parameters)?;
    match (&args.query, &args.file) {
        (Some(query), _) => shell.ask(query)?,
        (None, Some(file)) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", shown(file)))?;
            shell.ask(&text)?;
        }
        (None, None) if io::stdin().is_terminal() => prompt(&mut shell)?,
        (None, None) => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            shell.lines(&text)?;
        }
    }
    Ok(Outcome::Done)
}
