//! Scenarios as real log files, with their true answers.
//!
//! In reading order: [`layouts`] writes one event as Windows writes it; [`Host`] is a small machine with a clock, record
//! IDs, logon IDs and desktops, and verbs such as `rdp_logon`; [`scenarios`] tells stories with it and says, by hand, which
//! access sessions are true; [`world`] makes random histories with their truth from a seed, and [`accuracy`] says how
//! right rows are beside it; [`demo`] is the story behind `kilroy demo`. [`damage`] breaks files and [`rearrange`] moves
//! records between them, both by a seed. Nothing here is random and nothing reads the clock.

mod account;
pub mod accuracy;
mod answers;
pub mod damage;
mod demo;
pub mod fleet;
mod host;
pub mod intrusion;
pub mod lan;
pub mod layouts;
mod log;
pub mod rearrange;
pub mod scenarios;
mod seed;
mod time;
pub mod world;

pub use account::Account;
pub use answers::{AccessAnswer, Answers, Scenario};
pub use demo::demo;
pub use host::{
    Booted, Client, ConsoleReturn, Credentials, Desk, Edition, FailedRdp, GatewayConnection, Host, Locked,
    LoggedOff, NlaHalf, OldDesk, OldLogon, Plain, RdpConnection, RdpDenied, RdpDisconnect, RdpLogon,
    RdpReconnect, ShutDown, Spelling, Ssh, Style,
};
pub use log::{Log, LogFile, Mark, log_files};
pub use time::{filetime, may, seconds};
