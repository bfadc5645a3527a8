//! Any events, out of the fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};
use kilroy_evtx::{Array, Body, EventSpec, Layout, Real, Rendering, SysTime, Value, XmlContent, XmlElement};

/// The events that these bytes mean.
pub fn any_events(data: &[u8]) -> Vec<EventSpec> {
    let mut u = Unstructured::new(data);
    let mut events = Vec::new();
    while !u.is_empty() && events.len() < 64 {
        let Ok(event) = event(&mut u) else { break };
        events.push(event);
    }
    events
}

fn event(u: &mut Unstructured<'_>) -> Result<EventSpec> {
    let layouts = [
        // Half of them, as only there it is known in every letter what must come back.
        Layout::Templates,
        Layout::Templates,
        Layout::Templates,
        Layout::Templates,
        Layout::Windows,
        Layout::Classic,
        Layout::PlainBody,
        Layout::Plain,
    ];
    Ok(EventSpec {
        layout: *u.choose(&layouts)?,
        body: body(u)?,
        provider: text(u)?,
        provider_guid: u.arbitrary()?,
        event_source_name: maybe(u, text)?,
        event_id: u.arbitrary()?,
        qualifiers: u.arbitrary()?,
        version: u.arbitrary()?,
        level: u.arbitrary()?,
        task: u.arbitrary()?,
        opcode: u.arbitrary()?,
        keywords: u.arbitrary()?,
        time_filetime: time(u)?,
        record_id: u.arbitrary()?,
        activity_id: u.arbitrary()?,
        related_activity_id: u.arbitrary()?,
        process_id: u.arbitrary()?,
        thread_id: u.arbitrary()?,
        channel: text(u)?,
        computer: text(u)?,
        user_sid: maybe(u, sid)?,
        rendering: maybe(u, rendering)?,
        header_record_id: u.arbitrary()?,
        header_time_filetime: maybe(u, time)?,
    })
}

fn body(u: &mut Unstructured<'_>) -> Result<Body> {
    Ok(match u.int_in_range(0..=9)? {
        0 => Body::Empty,
        1 | 2 => Body::EventData(list(u, |u| Ok((data_name(u)?, value(u, 2)?)))?),
        3 => Body::NamedEventData {
            name: maybe(u, data_name)?,
            namespace: maybe(u, plain)?,
            fields: list(u, |u| Ok((data_name(u)?, value(u, 2)?)))?,
        },
        4 => Body::UnnamedData(list(u, |u| value(u, 2))?, u.arbitrary()?),
        5 => Body::UserData { element: name(u)?, namespace: plain(u)?, fields: list(u, named_value)? },
        6 => Body::ProcessingErrorData {
            error_code: u.arbitrary()?,
            data_item_name: text(u)?,
            event_payload: u.arbitrary()?,
        },
        7 => Body::DebugData(list(u, named_value)?),
        8 => Body::BinaryEventData(u.arbitrary()?),
        _ => Body::Section(element(u, 4)?),
    })
}

fn named_value(u: &mut Unstructured<'_>) -> Result<(String, Value)> {
    Ok((name(u)?, value(u, 2)?))
}

fn rendering(u: &mut Unstructured<'_>) -> Result<Rendering> {
    Ok(Rendering {
        culture: maybe(u, text)?,
        message: maybe(u, text)?,
        level: maybe(u, text)?,
        task: maybe(u, text)?,
        opcode: maybe(u, text)?,
        channel: maybe(u, text)?,
        provider: maybe(u, text)?,
        keywords: list(u, text)?,
    })
}

/// An element with others in it, so many levels deep at most.
fn element(u: &mut Unstructured<'_>, depth: u8) -> Result<XmlElement> {
    let mut element = XmlElement::new(name(u)?);
    // Elements have no attribute twice.
    for (name, value) in list(u, |u| Ok((name(u)?, scalar(u)?)))? {
        if element.attributes.iter().all(|(other, _)| *other != name) {
            element.attributes.push((name, value));
        }
    }
    for _ in 0..u.int_in_range(0..=4)? {
        element.content.push(match u.int_in_range(0..=3)? {
            0 => XmlContent::Text(text(u)?),
            1 => XmlContent::Value(value(u, depth)?),
            _ if depth > 0 => XmlContent::Element(self::element(u, depth - 1)?),
            _ => XmlContent::Value(scalar(u)?),
        });
    }
    Ok(element)
}

fn value(u: &mut Unstructured<'_>, depth: u8) -> Result<Value> {
    Ok(match u.int_in_range(0..=9)? {
        0 => Value::Array(array(u)?),
        1 if depth > 0 => Value::Xml(Box::new(element(u, depth - 1)?)),
        _ => scalar(u)?,
    })
}

fn scalar(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=22)? {
        0 => Value::Str(text(u)?),
        1 => Value::StrNul(text(u)?),
        2 => Value::AnsiStr(u.arbitrary()?),
        3 => Value::I8(u.arbitrary()?),
        4 => Value::U8(u.arbitrary()?),
        5 => Value::I16(u.arbitrary()?),
        6 => Value::U16(u.arbitrary()?),
        7 => Value::I32(u.arbitrary()?),
        8 => Value::U32(u.arbitrary()?),
        9 => Value::I64(u.arbitrary()?),
        10 => Value::U64(u.arbitrary()?),
        11 => Value::F32(Real(u.arbitrary()?)),
        12 => Value::F64(Real(u.arbitrary()?)),
        13 => Value::Bool(u.arbitrary()?),
        14 => Value::Binary(u.arbitrary()?),
        15 => Value::Guid(u.arbitrary()?),
        16 => Value::SizeT32(u.arbitrary()?),
        17 => Value::SizeT64(u.arbitrary()?),
        18 => Value::FileTime(time(u)?),
        19 => Value::SysTime(system_time(u)?),
        20 => Value::Sid(sid(u)?),
        21 => Value::HexU32(u.arbitrary()?),
        _ => {
            if u.arbitrary()? {
                Value::HexU64(u.arbitrary()?)
            } else {
                Value::Null
            }
        }
    })
}

fn array(u: &mut Unstructured<'_>) -> Result<Array> {
    Ok(match u.int_in_range(0..=20)? {
        0 => Array::Str(list(u, text)?),
        1 => Array::AnsiStr(list(u, arbitrary)?),
        2 => Array::I8(list(u, arbitrary)?),
        3 => Array::U8(list(u, arbitrary)?),
        4 => Array::I16(list(u, arbitrary)?),
        5 => Array::U16(list(u, arbitrary)?),
        6 => Array::I32(list(u, arbitrary)?),
        7 => Array::U32(list(u, arbitrary)?),
        8 => Array::I64(list(u, arbitrary)?),
        9 => Array::U64(list(u, arbitrary)?),
        10 => Array::F32(list(u, |u| Ok(Real(u.arbitrary()?)))?),
        11 => Array::F64(list(u, |u| Ok(Real(u.arbitrary()?)))?),
        12 => Array::Bool(list(u, arbitrary)?),
        13 => Array::Guid(list(u, arbitrary)?),
        // None of `SizeT`: nobody knows how wide its values are, and the `evtx` crate refuses it.
        14..=16 => Array::FileTime(list(u, time)?),
        17 => Array::SysTime(list(u, system_time)?),
        18 => Array::Sid(list(u, sid)?),
        19 => Array::HexU32(list(u, arbitrary)?),
        _ => Array::HexU64(list(u, arbitrary)?),
    })
}

fn arbitrary<'a, T: Arbitrary<'a>>(u: &mut Unstructured<'a>) -> Result<T> {
    u.arbitrary()
}

fn maybe<'a, T>(
    u: &mut Unstructured<'a>,
    of: impl Fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Option<T>> {
    if u.arbitrary()? { of(u).map(Some) } else { Ok(None) }
}

fn list<'a, T>(
    u: &mut Unstructured<'a>,
    item: impl Fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while items.len() < 40 && u.arbitrary()? {
        items.push(item(u)?);
    }
    Ok(items)
}

/// A text ends at its first NUL, and the slow way uses some noncharacters itself.
fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let text: String = u.arbitrary()?;
    Ok(text.chars().filter(|c| *c != '\0' && !('\u{fdd0}'..='\u{fdef}').contains(c)).collect())
}

fn plain(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(text(u)?.chars().filter(char::is_ascii_graphic).collect())
}

/// Names of `Data` are part of the XML itself, which has no control characters. An empty one is none.
fn data_name(u: &mut Unstructured<'_>) -> Result<String> {
    let is_printable = |c: &char| *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let name: String = text(u)?.chars().filter(is_printable).collect();
    Ok(if name.is_empty() { "Empty".to_owned() } else { name })
}

/// Name of an element or an attribute.
fn name(u: &mut Unstructured<'_>) -> Result<String> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";
    const FIRST: usize = 53;
    let known =
        ["Data", "Name", "Event", "EventData", "UserData", "System", "EventID", "RenderingInfo", "xmlns"];
    if u.ratio(1, 4)? {
        return Ok((*u.choose(&known)?).to_owned());
    }
    let mut name = String::from(char::from(LETTERS[u.choose_index(FIRST)?]));
    while name.len() < 30 && u.arbitrary()? {
        name.push(char::from(LETTERS[u.choose_index(LETTERS.len())?]));
    }
    Ok(name)
}

fn sid(u: &mut Unstructured<'_>) -> Result<String> {
    let mut parts = vec![u.int_in_range(0..=(1_u64 << 48) - 1)?];
    for _ in 0..u.int_in_range(0..=15)? {
        parts.push(u64::from(u.arbitrary::<u32>()?));
    }
    Ok(parts.iter().fold("S-1".to_owned(), |sid, part| sid + "-" + &part.to_string()))
}

/// Up to the year 9999.
fn time(u: &mut Unstructured<'_>) -> Result<u64> {
    u.int_in_range(0..=2_650_467_743_999_999_999)
}

/// Not always one that there is.
fn system_time(u: &mut Unstructured<'_>) -> Result<SysTime> {
    let [year, month, day_of_week, day, hour, minute, second, milliseconds] =
        if u.arbitrary()? { u.arbitrary()? } else { [2024, 2, 4, 29, 23, 59, 58, 7] };
    Ok(SysTime { year, month, day_of_week, day, hour, minute, second, milliseconds })
}
