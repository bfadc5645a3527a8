//! SQL at the command line: what is typed (`shell`, `prompt`), and what is shown (`results`, `grid`).

mod grid;
mod prompt;
mod results;
mod shell;

pub(crate) use prompt::prompt;
pub(crate) use shell::{Shell, parameter};
