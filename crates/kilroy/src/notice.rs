//! What goes to standard error: errors always, notices as the caller decides.

use std::io::{self, IsTerminal, Write};

use crate::output::escape;

/// Says why a command could not do its work, in one line.
pub(crate) fn error(error: &anyhow::Error) {
    say(&format!("kilroy: {}", in_words(error)));
}

/// The error and its causes. Many errors tell their cause themselves: it is not said twice.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        already if already.contains(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

/// Says something that is part of the answer but no row of it: that nothing matches.
pub(crate) fn say(text: &str) {
    // Standard error may be closed; then there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{}", escape(text));
}

/// Says something that helps a person who looks on.
pub(crate) fn hint(text: &str) {
    if is_watched() {
        say(text);
    }
}

/// Does a person look at standard error?
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}
