//! An event before it is logged, and the short words to write one.

use kilroy_evtx::{Body, EventSpec, Value};

use crate::log::Log;

/// An event that has no time, host and record ID yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The log it goes to.
    pub log: Log,
    /// The event.
    pub spec: EventSpec,
}

impl Entry {
    /// The same event within an activity (`Correlation@ActivityID`).
    #[must_use]
    pub fn of(mut self, activity: Option<u128>) -> Self {
        self.spec.activity_id = activity;
        self
    }

    /// The same event in another log.
    #[must_use]
    pub(crate) fn moved_to(mut self, log: Log, provider: Provider) -> Self {
        self.log = log;
        log.channel().clone_into(&mut self.spec.channel);
        provider.name.clone_into(&mut self.spec.provider);
        self.spec.provider_guid = provider.guid;
        self
    }
}

/// Who writes events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) guid: Option<u128>,
}

/// The parts of an event's head that differ between events of one provider.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Head {
    pub(crate) version: u8,
    pub(crate) level: u8,
    pub(crate) task: u16,
    pub(crate) opcode: u8,
    pub(crate) keywords: u64,
    pub(crate) process_id: u32,
    pub(crate) sid: Option<&'static str>,
}

pub(crate) const INFORMATION: u8 = 4;

pub(crate) fn entry(log: Log, provider: Provider, event_id: u32, head: Head, body: Body) -> Entry {
    let spec = EventSpec {
        provider: provider.name.to_owned(),
        provider_guid: provider.guid,
        event_id,
        version: head.version,
        level: head.level,
        task: head.task,
        opcode: head.opcode,
        keywords: head.keywords,
        process_id: head.process_id,
        // The thread says nothing to anybody; a constant keeps the files small.
        thread_id: head.process_id + 4,
        channel: log.channel().to_owned(),
        user_sid: head.sid.map(str::to_owned),
        body,
        ..EventSpec::default()
    };
    Entry { log, spec }
}

/// A named text.
pub(crate) fn text(name: &str, value: impl Into<String>) -> (String, Value) {
    (name.to_owned(), Value::Str(value.into()))
}

/// A named value.
pub(crate) fn field(name: &str, value: Value) -> (String, Value) {
    (name.to_owned(), value)
}

/// A named SID.
pub(crate) fn sid(name: &str, value: &str) -> (String, Value) {
    field(name, Value::Sid(value.to_owned()))
}

/// A named number in hexadecimal digits: logon IDs, process IDs.
pub(crate) fn hex(name: &str, value: u64) -> (String, Value) {
    field(name, Value::HexU64(value))
}
