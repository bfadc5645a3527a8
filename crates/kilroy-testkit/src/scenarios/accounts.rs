//! The people and machines of the stories.

use crate::account::Account;
use crate::host::{Client, Host, Style};
use crate::time::may;

/// An administrator: two logon IDs at the desktop.
pub(super) fn alice() -> Account {
    Account::new("alice", "CORP", 1104).admin()
}

/// A plain user: one logon ID.
pub(super) fn bob() -> Account {
    Account::new("bob", "CORP", 1107)
}

/// Alice's laptop in the office.
pub(super) fn laptop() -> Client {
    Client::new("10.20.30.40", 51234, "ALICE-LT")
}

/// A machine elsewhere.
pub(super) fn elsewhere() -> Client {
    Client::new("203.0.113.77", 60222, "HOME-PC")
}

/// A server that has run for a while, at nine in the morning.
pub(super) fn server() -> Host {
    styled(Style::Windows10)
}

/// The same with another Windows.
pub(super) fn styled(style: Style) -> Host {
    Host::new("SRV01.corp.example", style, may(14, 9, 0, 0))
}
