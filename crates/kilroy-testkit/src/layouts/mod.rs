//! One function per event: exactly the fields, types, provider and header that Windows 10 and Server write.
//!
//! A layout knows no time, host or record ID: [`crate::Host`] adds them.

mod entry;
pub mod gateway;
pub mod legacy;
pub mod listener;
pub mod logon;
pub mod security;
pub mod sessions;
pub mod sleep;
pub mod ssh;
pub mod sysmon;
pub mod system;

pub use entry::Entry;
