//! An intrusion over three hosts, with what is true of it.
//!
//! `SRV-GATE` can be reached from the internet. In the morning somebody guesses the password of `svc-deploy` there and
//! gets in by Remote Desktop; goes on to `SRV-APP` with PsExec, lets Remote Desktop in and comes by it; and from there to
//! `SRV-FILES` by Remote Desktop, where the line breaks and the desktop is taken up again. There files are packed, the
//! Security log is cleared, and records of the System log are taken out.
//!
//! Around it an ordinary day: an administrator who goes from host to host, backups, shares, a wrong password, a program
//! that updates itself. The clocks of the three differ.

mod everyday;
mod story;

use kilroy_evtx::EventSpec;
use kilroy_model::Timestamp;

use crate::account::Account;
use crate::lan::TrueHop;

/// The host that can be reached from the internet.
pub const GATE: &str = "SRV-GATE.corp.example";
/// The second host.
pub const APP: &str = "SRV-APP.corp.example";
/// The third host.
pub const FILES: &str = "SRV-FILES.corp.example";
/// Where the intruder comes from.
pub const INTRUDER: &str = "203.0.113.99";
/// Failures before the intruder is in.
pub const GUESSES: u32 = 64;

/// The intrusion: what was logged, and what is true.
#[derive(Debug, Clone)]
pub struct Intrusion {
    /// Everything logged, host after host, each in the order of logging.
    pub events: Vec<EventSpec>,
    /// Every way from one host to another, and the intruder's way in, in the order of true time.
    pub hops: Vec<TrueHop>,
    /// Numbers of those hops that are the intruder's.
    pub intruder: Vec<usize>,
    /// Files that somebody made or read, by the clock of their host.
    pub touched: Vec<Touched>,
    /// When the Security log of the third host was cleared, by its own clock.
    pub cleared: Timestamp,
    /// From when to when records of the third host's System log are taken out, by its own clock.
    pub hole: (Timestamp, Timestamp),
}

/// A file that somebody made or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Host, as logged.
    pub computer: String,
    /// When, by its clock.
    pub time: Timestamp,
    /// Path.
    pub path: String,
    /// Number of the hop whose session it was.
    pub hop: usize,
}

/// The account whose password is guessed.
pub fn deploy() -> Account {
    Account::new("svc-deploy", "CORP", 1188).admin()
}

/// An administrator at work.
pub fn hanna() -> Account {
    Account::new("hanna", "CORP", 1121).admin()
}

impl Intrusion {
    /// The story, the same on every call.
    pub fn new() -> Self {
        story::tell()
    }
}

impl Default for Intrusion {
    fn default() -> Self {
        Self::new()
    }
}
