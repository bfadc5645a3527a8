//! `kilroy why`: the receipt of one session.

use anyhow::{Result, bail};
use kilroy_case::{Case, CaseError};

use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::WhyArgs;
use crate::events::session_named;
use crate::output::Printer;
use crate::receipt::receipt;
use crate::settings::Look;

pub(crate) fn run(args: &WhyArgs) -> Result<Outcome> {
    let case = match Case::open(&args.case) {
        Err(CaseError::NoSuchCase { .. }) if std::path::Path::new(&args.session).is_dir() => {
            bail!("the case comes first: kilroy why {} {}", args.session, args.case.display())
        }
        opened => opened?,
    };
    warn_if_stale(&case)?;
    let session = session_named(&case, &args.session)?;
    let look = Look::of(args.lang);
    let mut printer = Printer::stdout(look);
    printer.lines(&receipt(&session, look))?;
    printer.finish()?;
    Ok(Outcome::Done)
}
