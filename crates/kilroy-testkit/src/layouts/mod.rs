//! One function per event: exactly the fields, types, provider and header that Windows 10 and Server write.
//!
//! A layout knows no time, host or record ID: [`crate::Host`] adds them.

pub mod connection;
mod entry;
pub mod gateway;
pub mod legacy;
pub mod listener;
pub mod logon;
pub mod program;
pub mod rdp_client;
pub mod security;
pub mod service;
pub mod sessions;
pub mod sleep;
pub mod ssh;
pub mod sysmon;
pub mod system;

pub use entry::Entry;
