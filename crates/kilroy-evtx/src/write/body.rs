//! What the XML of `EventData`, `UserData` and the others looks like.

use super::encode::kind;
use super::error::Refused;
use super::event::{Body, EventSpec, Layout, XmlContent, XmlElement};
use super::value::{Array, Value};
use super::visit::{Part, Visitor};
use super::windows;

/// Tells what an event carries.
pub(super) fn body<'e, V: Visitor<'e>>(v: &mut V, event: &'e EventSpec) -> Result<(), Refused> {
    match &event.body {
        Body::Empty => Ok(()),
        Body::EventData(fields) => event_data(v, None, None, fields),
        Body::NamedEventData { name, namespace, fields } => {
            event_data(v, name.as_deref(), namespace.as_deref(), fields)
        }
        Body::UnnamedData(values, binary) => unnamed(v, event, values, binary.as_deref()),
        Body::UserData { element, namespace, fields } => {
            // Where the outer template has it, it is not told again. Without templates there is no outer one.
            let is_told = !V::INLINE && windows::owns_user_data(event);
            if !is_told {
                v.open("UserData", None)?;
            }
            v.open(checked(element)?, None)?;
            v.attribute("xmlns", Part::Constant(namespace))?;
            elements(v, fields)?;
            v.close()?;
            if is_told { Ok(()) } else { v.close() }
        }
        Body::ProcessingErrorData { error_code, data_item_name, event_payload } => {
            v.open("ProcessingErrorData", None)?;
            v.open("ErrorCode", None)?;
            v.content(Part::Own(Value::U32(*error_code)))?;
            v.close()?;
            v.open("DataItemName", None)?;
            v.content(Part::Str(data_item_name))?;
            v.close()?;
            v.open("EventPayload", None)?;
            v.content(Part::Bytes(event_payload))?;
            v.close()?;
            v.close()
        }
        Body::DebugData(fields) => {
            v.open("DebugData", None)?;
            elements(v, fields)?;
            v.close()
        }
        Body::BinaryEventData(bytes) => {
            v.open("BinaryEventData", None)?;
            v.content(Part::Bytes(bytes))?;
            v.close()
        }
        Body::Section(section) => element(v, section),
    }
}

fn event_data<'e, V: Visitor<'e>>(
    v: &mut V,
    name: Option<&'e str>,
    namespace: Option<&'e str>,
    fields: &'e [(String, Value)],
) -> Result<(), Refused> {
    v.open("EventData", None)?;
    if let Some(name) = name {
        v.attribute("Name", Part::Constant(name))?;
    }
    if let Some(namespace) = namespace {
        v.attribute("xmlns", Part::Constant(namespace))?;
    }
    for (name, value) in fields {
        each(v, value, |v, part| {
            v.open("Data", None)?;
            v.attribute("Name", Part::Constant(name))?;
            v.content(part)?;
            v.close()
        })?;
    }
    v.close()
}

fn unnamed<'e, V: Visitor<'e>>(
    v: &mut V,
    event: &'e EventSpec,
    values: &'e [Value],
    binary: Option<&'e [u8]>,
) -> Result<(), Refused> {
    let binary = || binary.map_or(Part::Absent(kind::BINARY), Part::Bytes);
    let texts = texts(values).filter(|_| event.layout == Layout::Classic && !V::INLINE);
    v.open("EventData", None)?;
    if let Some(texts) = texts {
        // As Windows does it: the texts, their number, the bytes.
        let count = u32::try_from(texts.len()).map_err(|_| Refused::TooLarge)?;
        let array = Value::Array(Array::Str(texts));
        v.put(if count == 0 { Part::Absent(kind::STRING | kind::ARRAY) } else { Part::Own(array) })?;
        v.put(Part::Own(Value::U32(count)))?;
        v.put(binary())?;
        v.open("Data", Some(0))?;
        v.content(Part::Slot { index: 0, kind: kind::STRING | kind::ARRAY })?;
        v.close()?;
        v.open("Binary", Some(2))?;
        v.content(Part::Slot { index: 2, kind: kind::BINARY })?;
        v.close()?;
        return v.close();
    }
    for value in values {
        leaf(v, "Data", value)?;
    }
    if let bytes @ Part::Bytes(_) = binary() {
        v.open("Binary", None)?;
        v.content(bytes)?;
        v.close()?;
    }
    v.close()
}

/// The values if they are texts, all of them.
fn texts(values: &[Value]) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    };
    values.iter().map(text).collect()
}

/// An element for every field.
fn elements<'e, V: Visitor<'e>>(v: &mut V, fields: &'e [(String, Value)]) -> Result<(), Refused> {
    fields.iter().try_for_each(|(name, value)| leaf(v, checked(name)?, value))
}

fn leaf<'e, V: Visitor<'e>>(v: &mut V, name: &str, value: &'e Value) -> Result<(), Refused> {
    each(v, value, |v, part| {
        v.open(name, None)?;
        v.content(part)?;
        v.close()
    })
}

/// Tells an element of its own for each item of an array, where no reader of templates would do that.
fn each<'e, V: Visitor<'e>>(
    v: &mut V,
    value: &'e Value,
    tell: impl Fn(&mut V, Part<'e>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    match value {
        Value::Array(array) if V::INLINE => {
            let items = array.items();
            if items.is_empty() {
                return tell(v, Part::Absent(kind::NULL));
            }
            items.into_iter().try_for_each(|item| tell(v, Part::Own(item)))
        }
        value => tell(v, Part::Value(value)),
    }
}

/// Tells any element.
pub(super) fn element<'e, V: Visitor<'e>>(v: &mut V, spec: &'e XmlElement) -> Result<(), Refused> {
    let name = checked(&spec.name)?;
    if let [XmlContent::Value(value)] = spec.content.as_slice() {
        return each(v, value, |v, part| {
            open(v, name, spec)?;
            v.content(part)?;
            v.close()
        });
    }
    open(v, name, spec)?;
    for content in &spec.content {
        match content {
            XmlContent::Element(child) => element(v, child)?,
            XmlContent::Value(value) => v.content(Part::Value(value))?,
            XmlContent::Text(text) => v.content(Part::Constant(text))?,
        }
    }
    v.close()
}

fn open<'e, V: Visitor<'e>>(v: &mut V, name: &str, spec: &'e XmlElement) -> Result<(), Refused> {
    v.open(name, None)?;
    for (name, value) in &spec.attributes {
        if let Value::Xml(_) = value {
            return Err(Refused::ElementInAttribute(name.clone()));
        }
        v.attribute(checked(name)?, Part::Value(value))?;
    }
    Ok(())
}

/// Refuses what no XML reader would take for a name.
fn checked(name: &str) -> Result<&str, Refused> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.'));
    if starts && goes_on { Ok(name) } else { Err(Refused::Name(name.to_owned())) }
}
