//! The outer template as Windows itself writes it.
//!
//! Read from the templates of some 850 real logs: the values have fixed places, most of those from 13 on are missing,
//! and what is the same for all events of a source is text.

use super::encode::kind;
use super::error::Refused;
use super::event::{Body, EventSpec, Layout};
use super::shape::ids;
use super::text::guid;
use super::value::Value;
use super::visit::{Part, Visitor};

/// Places of the values.
mod slot {
    pub(super) const LEVEL: u16 = 0;
    pub(super) const OPCODE: u16 = 1;
    pub(super) const TASK: u16 = 2;
    pub(super) const EVENT_ID: u16 = 3;
    pub(super) const QUALIFIERS: u16 = 4;
    pub(super) const KEYWORDS: u16 = 5;
    pub(super) const TIME: u16 = 6;
    pub(super) const ACTIVITY: u16 = 7;
    pub(super) const PROCESS: u16 = 8;
    pub(super) const THREAD: u16 = 9;
    pub(super) const RECORD_ID: u16 = 10;
    pub(super) const VERSION: u16 = 11;
    pub(super) const USER: u16 = 12;
    pub(super) const RELATED: u16 = 18;
}

/// Place of what the event carries.
const BODY: u16 = 19;

/// The value on which the whole event depends: what it carries, if that stands right in it.
pub(super) fn dependency(event: &EventSpec) -> Option<u16> {
    // An event that carries nothing is there all the same.
    (!owns_user_data(event) && event.body != Body::Empty).then_some(BODY)
}

/// Whether the `UserData` element is part of the outer template: then the inner one begins with what is in it.
pub(super) fn owns_user_data(event: &EventSpec) -> bool {
    matches!(event.layout, Layout::Windows | Layout::Classic) && matches!(event.body, Body::UserData { .. })
}

/// The values in the order of their places.
pub(super) fn values<'e, V: Visitor<'e>>(v: &mut V, event: &'e EventSpec) -> Result<(), Refused> {
    let (id, qualifiers) = ids(event);
    let is_classic = event.layout == Layout::Classic;
    let modern = |value: Value| if is_classic { Value::Null } else { value };
    v.put(Part::Own(Value::U8(event.level)))?;
    v.put(Part::Own(modern(Value::U8(event.opcode))))?;
    v.put(Part::Own(Value::U16(event.task)))?;
    v.put(Part::Own(id))?;
    v.put(Part::maybe(kind::U16, qualifiers))?;
    v.put(Part::Own(Value::HexU64(event.keywords)))?;
    v.put(Part::Own(Value::FileTime(event.time_filetime)))?;
    v.put(Part::maybe(kind::GUID, event.activity_id.map(Value::Guid)))?;
    v.put(Part::Own(modern(Value::U32(event.process_id))))?;
    v.put(Part::Own(modern(Value::U32(event.thread_id))))?;
    v.put(Part::Own(Value::U64(event.record_id)))?;
    v.put(Part::Own(modern(Value::U8(event.version))))?;
    v.put(Part::maybe_sid(event.user_sid.as_deref()))?;
    // Session, processor and times of kernel, user and processor: traces have them, logs do not.
    for _ in slot::USER + 1..slot::RELATED {
        v.put(Part::Absent(kind::NULL))?;
    }
    v.put(Part::maybe(kind::GUID, event.related_activity_id.map(Value::Guid)))?;
    v.put(if event.body == Body::Empty { Part::Absent(kind::BINXML) } else { Part::Body })
}

pub(super) fn system<'e, V: Visitor<'e>>(v: &mut V, event: &'e EventSpec) -> Result<(), Refused> {
    let is_modern = event.layout == Layout::Windows;
    v.open("System", None)?;

    v.open("Provider", None)?;
    v.attribute("Name", Part::Constant(&event.provider))?;
    if let Some(provider) = event.provider_guid {
        v.attribute("Guid", Part::Made(guid(provider)))?;
    }
    if let Some(source) = &event.event_source_name {
        v.attribute("EventSourceName", Part::Constant(source))?;
    }
    v.close()?;

    v.open("EventID", Some(slot::EVENT_ID))?;
    v.attribute("Qualifiers", Part::Slot { index: slot::QUALIFIERS, kind: kind::U16 })?;
    v.content(Part::Slot { index: slot::EVENT_ID, kind: kind::U16 })?;
    v.close()?;
    if is_modern {
        leaf(v, "Version", slot::VERSION, kind::U8)?;
    }
    leaf(v, "Level", slot::LEVEL, kind::U8)?;
    leaf(v, "Task", slot::TASK, kind::U16)?;
    if is_modern {
        leaf(v, "Opcode", slot::OPCODE, kind::U8)?;
    }
    leaf(v, "Keywords", slot::KEYWORDS, kind::HEX_U64)?;
    attributes(v, "TimeCreated", &[("SystemTime", slot::TIME, kind::FILETIME)])?;
    leaf(v, "EventRecordID", slot::RECORD_ID, kind::U64)?;
    if is_modern {
        let correlation =
            [("ActivityID", slot::ACTIVITY, kind::GUID), ("RelatedActivityID", slot::RELATED, kind::GUID)];
        attributes(v, "Correlation", &correlation)?;
        let execution = [("ProcessID", slot::PROCESS, kind::U32), ("ThreadID", slot::THREAD, kind::U32)];
        attributes(v, "Execution", &execution)?;
    }
    constant(v, "Channel", &event.channel)?;
    constant(v, "Computer", &event.computer)?;
    attributes(v, "Security", &[("UserID", slot::USER, kind::SID)])?;
    v.close()
}

/// The place of what the event carries.
pub(super) fn body<'e, V: Visitor<'e>>(v: &mut V, event: &'e EventSpec) -> Result<(), Refused> {
    if event.body == Body::Empty {
        return Ok(());
    }
    let place = Part::Slot { index: BODY, kind: kind::BINXML };
    if !owns_user_data(event) {
        return v.content(place);
    }
    v.open("UserData", Some(BODY))?;
    v.content(place)?;
    v.close()
}

/// An element that is there if its value is.
fn leaf<'e, V: Visitor<'e>>(v: &mut V, name: &str, index: u16, kind: u8) -> Result<(), Refused> {
    v.open(name, Some(index))?;
    v.content(Part::Slot { index, kind })?;
    v.close()
}

fn attributes<'e, V: Visitor<'e>>(v: &mut V, name: &str, places: &[(&str, u16, u8)]) -> Result<(), Refused> {
    v.open(name, None)?;
    for &(name, index, kind) in places {
        v.attribute(name, Part::Slot { index, kind })?;
    }
    v.close()
}

fn constant<'e, V: Visitor<'e>>(v: &mut V, name: &str, text: &'e str) -> Result<(), Refused> {
    v.open(name, None)?;
    v.content(Part::Constant(text))?;
    v.close()
}
