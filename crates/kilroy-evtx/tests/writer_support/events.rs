//! Events of every kind, and of any.

use kilroy_evtx::{Array, Body, EventSpec, Layout, Real, Rendering, SysTime, Value, XmlContent, XmlElement};
use proptest::prelude::*;

pub(crate) const LAYOUTS: [Layout; 5] =
    [Layout::Templates, Layout::Windows, Layout::Classic, Layout::PlainBody, Layout::Plain];

/// An event like many, with the given body.
pub(crate) fn event(record_id: u64, layout: Layout, body: Body) -> EventSpec {
    EventSpec {
        provider: "Kilroy-Test".to_owned(),
        provider_guid: Some(0x5484_9625_5478_4994_a5ba_3e3b_0328_c30d),
        event_id: 4624,
        version: 2,
        level: 4,
        task: 12544,
        opcode: 1,
        keywords: 0x8020_0000_0000_0000,
        time_filetime: 132_000_000_000_000_001 + record_id * 10_000_000,
        record_id,
        activity_id: record_id.is_multiple_of(2).then_some(u128::from(record_id)),
        related_activity_id: record_id.is_multiple_of(3).then_some(u128::MAX - u128::from(record_id)),
        process_id: 4,
        thread_id: 8,
        channel: "Security".to_owned(),
        computer: "HOST.example".to_owned(),
        user_sid: Some("S-1-5-18".to_owned()),
        body,
        layout,
        ..EventSpec::default()
    }
}

/// One value of every type. Signed ones are not negative: an old libevtx shows those wrong.
pub(crate) fn values() -> Vec<Value> {
    vec![
        Value::Str("<a> & \"b\" \u{d55c}\u{ae00}".to_owned()),
        Value::Str("  ".to_owned()),
        Value::StrNul("ends with a NUL".to_owned()),
        Value::AnsiStr(b"caf\xe9".to_vec()),
        Value::I8(i8::MAX),
        Value::U8(u8::MAX),
        Value::I16(i16::MAX),
        Value::U16(u16::MAX),
        Value::I32(i32::MAX),
        Value::U32(u32::MAX),
        Value::I64(i64::MAX),
        Value::U64(u64::MAX),
        Value::F32(Real(1.5)),
        Value::F64(Real(-2.25e-10)),
        Value::Bool(true),
        Value::Bool(false),
        Value::Binary(vec![0, 0x1f, 0xff]),
        Value::Guid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff),
        Value::FileTime(132_841_239_323_518_358),
        Value::SysTime(systime()),
        Value::Sid("S-1-5-21-1-2-3-500".to_owned()),
        Value::HexU32(0xbeef),
        Value::HexU64(0xdead_beef_0000),
    ]
}

fn systime() -> SysTime {
    SysTime {
        year: 2024,
        month: 2,
        day_of_week: 4,
        day: 29,
        hour: 23,
        minute: 59,
        second: 58,
        milliseconds: 7,
    }
}

/// What an old libevtx does not show as it is stored.
pub(crate) fn more_values() -> Vec<Value> {
    vec![
        Value::Str("beyond 16 bits: \u{1f600}".to_owned()),
        Value::I8(-5),
        Value::I16(i16::MIN),
        Value::I32(-70_000),
        Value::I64(i64::MIN),
        Value::SizeT32(0xbeef),
        Value::SizeT64(0x00de_adbe_ef00),
        Value::F64(Real(f64::MIN_POSITIVE)),
        Value::Null,
        Value::Str(String::new()),
        Value::Binary(vec![]),
    ]
}

/// An array of every type that libevtx reads too.
pub(crate) fn arrays() -> Vec<Array> {
    vec![
        Array::Str(["x", "", "z"].map(str::to_owned).to_vec()),
        Array::AnsiStr(vec![b"p".to_vec(), b"q\xe9".to_vec()]),
        Array::I8(vec![1, 2]),
        Array::U8(vec![1, 255]),
        Array::I16(vec![1, 2, 3]),
        Array::U16(vec![1, u16::MAX]),
        Array::I32(vec![1, 2]),
        Array::U32(vec![1, u32::MAX]),
        Array::I64(vec![1, 2]),
        Array::U64(vec![1, u64::MAX]),
        Array::F32(vec![Real(0.5), Real(-1.0)]),
        Array::F64(vec![Real(0.5), Real(-1.0)]),
        Array::Guid(vec![1, u128::MAX]),
        Array::FileTime(vec![0, 132_841_239_323_518_358]),
        Array::SysTime(vec![systime(), systime()]),
        Array::HexU32(vec![1, 2]),
        Array::HexU64(vec![1, 2]),
    ]
}

/// And of those that it does not.
pub(crate) fn more_arrays() -> Vec<Array> {
    vec![
        Array::Bool(vec![true, false, true]),
        Array::Sid(vec!["S-1-5-18".to_owned(), "S-1-5-21-1-2-3-500".to_owned()]),
        Array::I8(vec![-1, -128]),
        Array::I64(vec![i64::MIN, -1]),
        Array::Str(vec!["alone".to_owned()]),
        Array::U32(vec![7]),
        Array::Str(vec![]),
    ]
}

fn field(name: &str, value: Value) -> (String, Value) {
    (name.to_owned(), value)
}

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

/// A body of every kind.
pub(crate) fn bodies() -> Vec<Body> {
    let nested = XmlElement::new("UserData").child(
        XmlElement::new("Operation")
            .attribute("xmlns", text("urn:kilroy"))
            .attribute("kind", Value::U32(3))
            .child(XmlElement::new("Outer").child(XmlElement::new("Inner").value(Value::HexU64(0x3e7))))
            .child(XmlElement::new("Note").text("constant")),
    );
    let inner = XmlElement::new("Inner").attribute("a", Value::U8(1)).value(text("x"));
    vec![
        Body::Empty,
        Body::EventData(vec![field("TargetUserName", text("kim")), field("LogonType", Value::U32(10))]),
        Body::EventData(vec![field("Query", Value::Xml(Box::new(inner))), field("After", Value::U8(1))]),
        Body::NamedEventData {
            name: Some("EVENT_PROFILE".to_owned()),
            namespace: None,
            fields: vec![field("Event", text("Create"))],
        },
        Body::NamedEventData {
            name: None,
            namespace: Some("urn:kilroy".to_owned()),
            fields: vec![field("Event", text("Create"))],
        },
        Body::UnnamedData(vec![text("one"), text("two words")], Some(vec![0xab; 5])),
        Body::UnnamedData(vec![text("one")], None),
        Body::UnnamedData(vec![Value::U32(1), text("two")], Some(vec![1])),
        Body::UserData {
            element: "EventXML".to_owned(),
            namespace: "Event_NS".to_owned(),
            fields: vec![field("User", text("DOM\\kim")), field("SessionID", Value::U32(2))],
        },
        Body::ProcessingErrorData {
            error_code: 15005,
            data_item_name: "shellId".to_owned(),
            event_payload: vec![0x68, 0],
        },
        Body::DebugData(vec![field("SequenceNumber", Value::U32(7)), field("Message", text("hello"))]),
        Body::BinaryEventData(vec![1, 2, 3]),
        Body::Section(nested),
    ]
}

/// Text of the template and a value in one element: an old libevtx shows the value only.
pub(crate) fn mixed() -> Body {
    Body::Section(
        XmlElement::new("UserData").child(XmlElement::new("Note").text("constant ").value(text("and not"))),
    )
}

pub(crate) fn rendering() -> Rendering {
    Rendering {
        culture: Some("ko-KR".to_owned()),
        message: Some("\u{acc4}\u{c815}\u{c774} \u{b85c}\u{adf8}\u{c628}".to_owned()),
        level: Some("Information".to_owned()),
        task: Some("Logon".to_owned()),
        opcode: Some("Info".to_owned()),
        channel: Some("Security".to_owned()),
        provider: Some("Microsoft Windows security auditing.".to_owned()),
        keywords: vec!["Audit Success".to_owned(), "Classic".to_owned()],
    }
}

/// Any text that XML can carry.
fn xml_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\u{a0}-\u{d7ff}\u{10000}-\u{10ffff}]{0,30}",
        "[ \n\t<>&\"']{0,8}",
        Just("]]>".to_owned())
    ]
}

fn sid() -> impl Strategy<Value = String> {
    (0_u64..1 << 48, prop::collection::vec(any::<u32>(), 0..15)).prop_map(|(authority, numbers)| {
        numbers.iter().fold(format!("S-1-{authority}"), |sid, number| format!("{sid}-{number}"))
    })
}

fn ticks() -> impl Strategy<Value = u64> {
    0_u64..2_600_000_000_000_000_000
}

fn any_systime() -> impl Strategy<Value = SysTime> {
    (1601..=9999_u16, 1..=12_u16, 1..=28_u16, 0..24_u16, (0..60_u16, 0..60_u16, 0..1000_u16)).prop_map(
        |(year, month, day, hour, (minute, second, milliseconds))| SysTime {
            year,
            month,
            day_of_week: 0,
            day,
            hour,
            minute,
            second,
            milliseconds,
        },
    )
}

fn ansi() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![b' '..=b'~', 0xa0..=0xff_u8], 0..20)
}

fn float() -> impl Strategy<Value = Real<f64>> {
    prop_oneof![prop::num::f64::NORMAL, prop::num::f64::SUBNORMAL, Just(0.0)].prop_map(Real)
}

fn single() -> impl Strategy<Value = Value> {
    prop_oneof![
        xml_text().prop_map(Value::Str),
        xml_text().prop_map(Value::StrNul),
        ansi().prop_map(Value::AnsiStr),
        any::<i8>().prop_map(Value::I8),
        any::<u8>().prop_map(Value::U8),
        any::<i16>().prop_map(Value::I16),
        any::<u16>().prop_map(Value::U16),
        any::<i32>().prop_map(Value::I32),
        any::<u32>().prop_map(Value::U32),
        any::<i64>().prop_map(Value::I64),
        any::<u64>().prop_map(Value::U64),
        prop::num::f32::NORMAL.prop_map(|n| Value::F32(Real(n))),
        float().prop_map(Value::F64),
        any::<bool>().prop_map(Value::Bool),
        prop::collection::vec(any::<u8>(), 0..50).prop_map(Value::Binary),
        any::<u128>().prop_map(Value::Guid),
        any::<u32>().prop_map(Value::SizeT32),
        any::<u64>().prop_map(Value::SizeT64),
        ticks().prop_map(Value::FileTime),
        any_systime().prop_map(Value::SysTime),
        sid().prop_map(Value::Sid),
        any::<u32>().prop_map(Value::HexU32),
        any::<u64>().prop_map(Value::HexU64),
        Just(Value::Null),
    ]
}

fn array() -> impl Strategy<Value = Array> {
    fn some<S: Strategy>(item: S) -> impl Strategy<Value = Vec<S::Value>> {
        prop::collection::vec(item, 1..5)
    }
    prop_oneof![
        some(xml_text()).prop_map(Array::Str),
        some(ansi()).prop_map(Array::AnsiStr),
        some(any::<i8>()).prop_map(Array::I8),
        some(any::<u8>()).prop_map(Array::U8),
        some(any::<i16>()).prop_map(Array::I16),
        some(any::<u16>()).prop_map(Array::U16),
        some(any::<i32>()).prop_map(Array::I32),
        some(any::<u32>()).prop_map(Array::U32),
        some(any::<i64>()).prop_map(Array::I64),
        some(any::<u64>()).prop_map(Array::U64),
        some(prop::num::f32::NORMAL.prop_map(Real)).prop_map(Array::F32),
        some(float()).prop_map(Array::F64),
        some(any::<bool>()).prop_map(Array::Bool),
        some(any::<u128>()).prop_map(Array::Guid),
        some(ticks()).prop_map(Array::FileTime),
        some(any_systime()).prop_map(Array::SysTime),
        some(sid()).prop_map(Array::Sid),
        some(any::<u32>()).prop_map(Array::HexU32),
        some(any::<u64>()).prop_map(Array::HexU64),
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z_][A-Za-z0-9_.-]{0,12}"
}

fn element() -> impl Strategy<Value = XmlElement> {
    let attributes = || prop::collection::hash_map(name(), single(), 0..3);
    let leaf = (name(), attributes(), value()).prop_map(|(name, attributes, value)| XmlElement {
        name,
        attributes: attributes.into_iter().collect(),
        content: vec![XmlContent::Value(value)],
    });
    leaf.prop_recursive(3, 12, 4, move |inner| {
        (name(), attributes(), prop::collection::vec(inner, 0..4)).prop_map(|(name, attributes, children)| {
            XmlElement {
                name,
                attributes: attributes.into_iter().collect(),
                content: children.into_iter().map(XmlContent::Element).collect(),
            }
        })
    })
}

/// Any value that the `evtx` crate reads: it knows no arrays of sizes.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![4 => single(), 1 => array().prop_map(Value::Array)]
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![9 => value(), 1 => element().prop_map(|element| Value::Xml(Box::new(element)))]
}

fn any_body() -> impl Strategy<Value = Body> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..20);
    let named = || prop::collection::vec((xml_text(), any_value()), 0..8);
    let elements = || prop::collection::vec((name(), any_value()), 0..6);
    prop_oneof![
        Just(Body::Empty),
        named().prop_map(Body::EventData),
        (prop::option::of(xml_text()), prop::option::of("[a-z:/.]{1,20}"), named())
            .prop_map(|(name, namespace, fields)| Body::NamedEventData { name, namespace, fields }),
        (prop::collection::vec(any_value(), 0..5), prop::option::of(bytes()))
            .prop_map(|(values, binary)| Body::UnnamedData(values, binary)),
        (prop::collection::vec("[a-z ]{0,9}", 0..5), prop::option::of(bytes())).prop_map(
            |(texts, binary)| Body::UnnamedData(texts.into_iter().map(Value::Str).collect(), binary)
        ),
        (name(), "[a-z:/.]{1,20}", elements()).prop_map(|(element, namespace, fields)| Body::UserData {
            element,
            namespace,
            fields
        }),
        (any::<u32>(), xml_text(), bytes()).prop_map(|(error_code, data_item_name, event_payload)| {
            Body::ProcessingErrorData { error_code, data_item_name, event_payload }
        }),
        elements().prop_map(Body::DebugData),
        bytes().prop_map(Body::BinaryEventData),
        element().prop_map(|element| Body::Section(XmlElement::new("UserData").child(element))),
    ]
}

prop_compose! {
    /// Any event in any layout, of those that read the same in all of them.
    pub(crate) fn any_event()(
        texts in ("[!-~\u{a1}-\u{d7ff}]{1,30}", "[ -~]{1,20}", "[!-~]{1,20}"),
        ids in (any::<u32>(), any::<u64>(), any::<u32>(), any::<u32>()),
        small in (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>()),
        keywords in any::<u64>(),
        time_filetime in ticks(),
        guids in (prop::option::of(any::<u128>()), prop::option::of(any::<u128>()), prop::option::of(any::<u128>())),
        more in (prop::option::of(sid()), prop::option::of(any::<u16>()), prop::option::of("[!-~]{1,20}")),
        body in any_body(),
        layout in prop::sample::select(LAYOUTS.to_vec()),
        rendered in any::<bool>(),
    ) -> EventSpec {
        let (provider, channel, computer) = texts;
        let (event_id, record_id, process_id, thread_id) = ids;
        let (version, level, opcode, task) = small;
        let (provider_guid, activity_id, related_activity_id) = guids;
        let (user_sid, qualifiers, event_source_name) = more;
        EventSpec {
            provider, provider_guid, event_source_name, event_id, qualifiers, version, level, task, opcode, keywords,
            time_filetime, record_id, activity_id, related_activity_id, process_id, thread_id, channel, computer,
            user_sid, body, layout, rendering: rendered.then(rendering), header_record_id: None,
            header_time_filetime: None,
        }
    }
}
