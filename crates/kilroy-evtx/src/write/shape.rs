//! What the XML of an event looks like.

use super::encode::kind;
use super::error::Refused;
use super::event::{Body, EventSpec, Layout, Rendering};
use super::value::Value;
use super::visit::{Part, Visitor};
use super::{body, windows};

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// Tells the whole event; of what it carries, where there are templates, only the place.
pub(super) fn event<'e, V: Visitor<'e>>(v: &mut V, event: &'e EventSpec) -> Result<(), Refused> {
    let by_windows = !V::INLINE && matches!(event.layout, Layout::Windows | Layout::Classic);
    if by_windows {
        windows::values(v, event)?;
    }
    v.open("Event", windows::dependency(event).filter(|_| by_windows))?;
    v.attribute("xmlns", Part::Constant(NAMESPACE))?;
    if by_windows {
        windows::system(v, event)?;
        windows::body(v, event)?;
    } else {
        system(v, event)?;
        if V::INLINE {
            body::body(v, event)?;
        } else if event.body != Body::Empty {
            v.content(Part::Body)?;
        }
    }
    if let Some(info) = &event.rendering {
        rendering(v, info)?;
    }
    v.close()
}

/// `EventID` and `Qualifiers`.
pub(super) fn ids(event: &EventSpec) -> (Value, Option<Value>) {
    let [id @ .., q0, q1] = event.event_id.to_le_bytes();
    let upper = Some(u16::from_le_bytes([q0, q1])).filter(|upper| *upper != 0);
    (Value::U16(u16::from_le_bytes(id)), event.qualifiers.or(upper).map(Value::U16))
}

fn system<'e, V: Visitor<'e>>(v: &mut V, event: &'e EventSpec) -> Result<(), Refused> {
    let (id, qualifiers) = ids(event);
    v.open("System", None)?;

    v.open("Provider", None)?;
    v.attribute("Name", Part::Str(&event.provider))?;
    v.attribute("Guid", Part::maybe(kind::GUID, event.provider_guid.map(Value::Guid)))?;
    if let Some(source) = &event.event_source_name {
        v.attribute("EventSourceName", Part::Str(source))?;
    }
    v.close()?;

    v.open("EventID", None)?;
    v.attribute("Qualifiers", Part::maybe(kind::U16, qualifiers))?;
    v.content(Part::Own(id))?;
    v.close()?;

    leaf(v, "Version", Value::U8(event.version))?;
    leaf(v, "Level", Value::U8(event.level))?;
    leaf(v, "Task", Value::U16(event.task))?;
    leaf(v, "Opcode", Value::U8(event.opcode))?;
    leaf(v, "Keywords", Value::HexU64(event.keywords))?;

    v.open("TimeCreated", None)?;
    v.attribute("SystemTime", Part::Own(Value::FileTime(event.time_filetime)))?;
    v.close()?;
    leaf(v, "EventRecordID", Value::U64(event.record_id))?;

    v.open("Correlation", None)?;
    v.attribute("ActivityID", Part::maybe(kind::GUID, event.activity_id.map(Value::Guid)))?;
    v.attribute("RelatedActivityID", Part::maybe(kind::GUID, event.related_activity_id.map(Value::Guid)))?;
    v.close()?;
    v.open("Execution", None)?;
    v.attribute("ProcessID", Part::Own(Value::U32(event.process_id)))?;
    v.attribute("ThreadID", Part::Own(Value::U32(event.thread_id)))?;
    v.close()?;

    text(v, "Channel", &event.channel)?;
    text(v, "Computer", &event.computer)?;
    v.open("Security", None)?;
    v.attribute("UserID", Part::maybe_sid(event.user_sid.as_deref()))?;
    v.close()?;
    v.close()
}

fn rendering<'e, V: Visitor<'e>>(v: &mut V, info: &'e Rendering) -> Result<(), Refused> {
    v.open("RenderingInfo", None)?;
    v.attribute("Culture", Part::maybe_str(info.culture.as_deref()))?;
    let texts = [
        ("Message", &info.message),
        ("Level", &info.level),
        ("Task", &info.task),
        ("Opcode", &info.opcode),
        ("Channel", &info.channel),
        ("Provider", &info.provider),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            text(v, name, value)?;
        }
    }
    if !info.keywords.is_empty() {
        v.open("Keywords", None)?;
        for keyword in &info.keywords {
            text(v, "Keyword", keyword)?;
        }
        v.close()?;
    }
    v.close()
}

fn leaf<'e, V: Visitor<'e>>(v: &mut V, name: &str, value: Value) -> Result<(), Refused> {
    v.open(name, None)?;
    v.content(Part::Own(value))?;
    v.close()
}

fn text<'e, V: Visitor<'e>>(v: &mut V, name: &str, text: &'e str) -> Result<(), Refused> {
    v.open(name, None)?;
    v.content(Part::Str(text))?;
    v.close()
}
