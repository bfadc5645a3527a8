//! What is true of a remote logon.

use kilroy_model::{HopMethod, Timestamp};

use crate::log::Mark;

/// A remote logon: who went from where to where, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueHop {
    /// Name of the machine that was left; none if it is none of the network.
    pub from: Option<String>,
    /// Address that the machine sees which was reached.
    pub address: String,
    /// Name of the machine that was reached.
    pub to: String,
    /// Who went.
    pub by: Option<String>,
    /// As whom.
    pub user: String,
    /// By what means.
    pub method: HopMethod,
    /// When, in true time.
    pub time: Timestamp,
    /// How far the clock of the one reached is ahead of the other's, in milliseconds.
    pub clock_difference: i64,
    /// An existing desktop was taken up again.
    pub reconnect: bool,
    /// Records on the side that was left.
    pub source: Vec<Mark>,
    /// Records on the side that was reached.
    pub target: Vec<Mark>,
}
