//! `kilroy why`: the receipt of one session.

use anyhow::{Result, bail};
use kilroy_case::{Case, CaseError};
use kilroy_model::AccessSession;

use crate::Outcome;
use crate::args::WhyArgs;
use crate::output::{Printer, seconds};
use crate::receipt::receipt;
use crate::rows::who;
use crate::settings::Look;

pub(crate) fn run(args: &WhyArgs) -> Result<Outcome> {
    let case = match Case::open(&args.case) {
        Err(CaseError::NoSuchCase { .. }) if std::path::Path::new(&args.session).is_dir() => {
            bail!("the case comes first: kilroy why {} {}", args.session, args.case.display())
        }
        opened => opened?,
    };
    let sessions = case.access_sessions()?;
    let session = named(&sessions, &args.session)?;
    let look = Look::of(args.lang);
    let mut printer = Printer::stdout(look);
    printer.lines(&receipt(session, look))?;
    printer.finish()?;
    Ok(Outcome::Done)
}

/// The session of this uid, or of the record of this uid; the first digits do if no other begins with them.
fn named<'a>(sessions: &'a [AccessSession], typed: &str) -> Result<&'a AccessSession> {
    let digits = typed.trim().to_lowercase();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!(
            "{typed:?} is no uid: give the hexadecimal digits that `kilroy sessions` shows in its first column"
        );
    }
    let by_session = sessions.iter().filter(|s| s.session_uid.to_string().starts_with(&digits));
    let by_event = sessions
        .iter()
        .filter(|s| s.sources.iter().any(|source| source.event_uid.to_string().starts_with(&digits)));
    let mut found: Vec<&AccessSession> = by_session.collect();
    if found.is_empty() {
        found = by_event.collect();
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => bail!(
            "no session and no record of a session has a uid that begins with {typed}; see `kilroy sessions`"
        ),
        [first, second, ..] => bail!(
            "{} sessions begin with {typed}, among them {} ({}) and {} ({}): give more digits",
            found.len(),
            first.session_uid,
            brief(first),
            second.session_uid,
            brief(second)
        ),
    }
}

fn brief(session: &AccessSession) -> String {
    let at = kilroy_sessions::first_known(session).map(seconds).unwrap_or_default();
    format!("{} on {}, {at}", who(session), session.computer)
}
