//! Rows as they are listed: their keys in JSON and CSV, and their cells in a table.

mod evidence;
mod fold;
mod grouping;
mod hosts;
mod logon;
mod sessions;
mod terminal;

pub(crate) use evidence::{evidence_rows, loss_rows};
pub(crate) use grouping::{number, some};
pub(crate) use hosts::{HostNames, hosts_there, some_of};
pub(crate) use logon::LogonListing;
pub(crate) use sessions::{account, each, folded, short_uid, who};
pub(crate) use terminal::TerminalListing;
