//! The event table as Arrow: one published schema, the same bytes for Parquet, SQL and other machines.

use std::fmt::Write;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, MapBuilder, StringBuilder, TimestampNanosecondBuilder, UInt8Builder,
    UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::{Action, Endpoint, Event, EvidenceId, Timestamp};

/// Declares each column once: name, builder, type, and where its value is found in an event.
///
/// `value` and `text` are put there as they are, `shown` by their `Display`.
macro_rules! columns {
    ($($name:ident: $builder:ident, $type:expr, $how:ident |$e:ident| $get:expr;)+) => {
        static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
            let mut columns = vec![$(Field::new(stringify!($name), $type, true),)+];
            columns.push(Field::new("fields", fields_type(), false));
            Arc::new(Schema::new(columns))
        });

        /// Events on their way into a record batch of [`event_schema`], one by one.
        #[derive(Debug, Default)]
        pub struct EventColumns {
            $($name: Column<$builder>,)+
            fields: Fields,
            /// All events of a file have the same.
            evidence: Option<(EvidenceId, String)>,
            len: usize,
        }

        impl EventColumns {
            /// Adds an event, and its fields: names with their texts.
            pub fn append<'f, T: AsRef<str>, N: AsRef<str>, F>(
                &mut self,
                event: &Event<T, N, F>,
                fields: impl Iterator<Item = (&'f str, &'f str)>,
            ) -> Result<(), ArrowError> {
                let row = self.len;
                $({
                    let $e = event;
                    columns!(@append $how self.$name, row, $get);
                })+
                if self.evidence.as_ref().is_none_or(|(id, _)| *id != event.identity.evidence) {
                    let id = event.identity.evidence;
                    self.evidence = Some((id, id.to_string()));
                }
                if let Some((_, text)) = &self.evidence {
                    self.evidence_id.at(row).append_value(text);
                    self.evidence_id.filled += 1;
                }
                self.len += 1;
                for (name, value) in fields {
                    self.fields.0.keys().append_value(name);
                    self.fields.0.values().append_value(value);
                }
                self.fields.0.append(true)
            }

            /// What was added since the last time.
            pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
                let rows = std::mem::take(&mut self.len);
                let mut columns: Vec<ArrayRef> = Vec::with_capacity(SCHEMA.fields().len());
                $({
                    columns.push(retype(self.$name.finish(rows), &$type)?);
                })+
                let fields: ArrayRef = Arc::new(self.fields.0.finish());
                columns.push(retype(fields, &fields_type())?);
                RecordBatch::try_new(SCHEMA.clone(), columns)
            }
        }
    };
    (@append value $column:expr, $row:expr, $get:expr) => {
        if let Some(value) = $get {
            $column.at($row).append_value(value);
            $column.filled += 1;
        }
    };
    (@append text $column:expr, $row:expr, $get:expr) => {
        if let Some(text) = $get {
            $column.at($row).append_value(AsRef::<str>::as_ref(text));
            $column.filled += 1;
        }
    };
    (@append shown $column:expr, $row:expr, $get:expr) => {
        if let Some(value) = $get {
            show($column.at($row), value);
            $column.filled += 1;
        }
    };
    (@append apart $column:expr, $row:expr, $get:expr) => { let () = $get; };
}

/// The fields of each event, by name.
#[derive(Debug)]
struct Fields(MapBuilder<StringBuilder, StringBuilder>);

impl Default for Fields {
    fn default() -> Self {
        Self(MapBuilder::new(None, StringBuilder::new(), StringBuilder::new()))
    }
}

/// A column in the making. Most columns of most events are empty: nothing is done for those until a value comes.
#[derive(Debug, Default)]
struct Column<B> {
    builder: B,
    /// Rows that the builder has.
    filled: usize,
    /// What the last batch came to: the next one will be much the same.
    room: Room,
}

/// Room for values: how many, and how many bytes of text.
#[derive(Debug, Clone, Copy, Default)]
struct Room {
    items: usize,
    bytes: usize,
}

/// A builder that takes empty rows.
trait Nulls: ArrayBuilder {
    fn append_nulls(&mut self, count: usize);
    /// A new one with room.
    fn roomy(room: Room) -> Self;
    /// Bytes of text in it.
    fn bytes(&self) -> usize;
}

macro_rules! nulls {
    ($($builder:ident)+) => {
        $(impl Nulls for $builder {
            fn append_nulls(&mut self, count: usize) {
                Self::append_nulls(self, count);
            }
            fn roomy(room: Room) -> Self {
                Self::with_capacity(room.items)
            }
            fn bytes(&self) -> usize {
                0
            }
        })+
    };
}

nulls! { BooleanBuilder TimestampNanosecondBuilder UInt8Builder UInt16Builder UInt32Builder UInt64Builder }

impl Nulls for StringBuilder {
    fn append_nulls(&mut self, count: usize) {
        Self::append_nulls(self, count);
    }
    fn roomy(room: Room) -> Self {
        Self::with_capacity(room.items, room.bytes)
    }
    fn bytes(&self) -> usize {
        self.values_slice().len()
    }
}

impl<B: Nulls> Column<B> {
    /// The builder, ready for the value of this row.
    fn at(&mut self, row: usize) -> &mut B {
        if self.filled < row {
            self.builder.append_nulls(row - self.filled);
            self.filled = row;
        }
        &mut self.builder
    }

    /// All rows of a batch.
    fn finish(&mut self, rows: usize) -> ArrayRef {
        let bytes = self.at(rows).bytes();
        // A column in which nothing stands needs no room for texts.
        self.room = Room { items: rows, bytes: bytes + bytes / 8 };
        self.filled = 0;
        let mut full = std::mem::replace(&mut self.builder, B::roomy(self.room));
        ArrayBuilder::finish(&mut full)
    }
}

impl EventColumns {
    /// How many events were added since the last batch.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Appends what a value is shown as.
fn show(builder: &mut StringBuilder, value: impl std::fmt::Display) {
    // Writing into memory cannot fail.
    let _ = write!(builder, "{value}");
    builder.append_value("");
}

/// Events as one record batch of [`event_schema`].
pub fn event_batch(events: &[Event]) -> Result<RecordBatch, ArrowError> {
    let mut columns = EventColumns::default();
    for event in events {
        columns.append(event, event.fields.iter().map(|(name, value)| (&**name, value.as_str())))?;
    }
    columns.finish()
}

/// The schema of the event table.
///
/// Times are nanoseconds in UTC; a time outside the years 1677 to 2262 is null there, and stays in `fields`.
pub fn event_schema() -> SchemaRef {
    SCHEMA.clone()
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

fn fields_type() -> DataType {
    let entry = DataType::Struct(
        vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)].into(),
    );
    DataType::Map(Arc::new(Field::new("entries", entry, false)), false)
}

/// Gives an array what builders do not know: the zone of times, the names within maps.
fn retype(array: ArrayRef, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == kind {
        return Ok(array);
    }
    let data = array.to_data().into_builder().data_type(kind.clone()).build()?;
    Ok(arrow_array::make_array(data))
}

/// An address as the table has it.
enum Address {
    Ip(IpAddr),
    Local,
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Local => f.write_str("LOCAL"),
        }
    }
}

fn ip<T>(endpoint: &Endpoint<T>) -> Option<Address> {
    match endpoint.ip {
        Some(ip) => Some(Address::Ip(ip)),
        None => endpoint.local.then_some(Address::Local),
    }
}

use DataType::{Boolean, UInt8, UInt16, UInt32, UInt64, Utf8};

columns! {
    event_uid: StringBuilder, Utf8, shown |e| Some(e.identity.uid);
    evidence_id: StringBuilder, Utf8, apart |_e| ();
    record_id: UInt64Builder, UInt64, value |e| Some(e.identity.record_id);
    recovered: BooleanBuilder, Boolean, value |e| Some(e.identity.recovered);
    time: TimestampNanosecondBuilder, time_type(), value |e| e.time.and_then(Timestamp::nanos);
    time_basis: StringBuilder, Utf8, value |e| Some(e.time_basis.name());
    host: StringBuilder, Utf8, text |e| Some(&e.origin.host);
    channel: StringBuilder, Utf8, text |e| Some(&e.origin.channel);
    provider: StringBuilder, Utf8, text |e| Some(&e.origin.provider);
    event_id: UInt32Builder, UInt32, value |e| Some(e.origin.event_id);
    version: UInt8Builder, UInt8, value |e| e.origin.version;
    level: UInt8Builder, UInt8, value |e| e.origin.level;
    task: UInt16Builder, UInt16, value |e| e.system.task;
    opcode: UInt8Builder, UInt8, value |e| e.system.opcode;
    keywords: UInt64Builder, UInt64, value |e| e.system.keywords;
    system_process_id: UInt32Builder, UInt32, value |e| e.system.process_id;
    system_thread_id: UInt32Builder, UInt32, value |e| e.system.thread_id;
    security_sid: StringBuilder, Utf8, text |e| e.system.security_sid.as_ref();
    activity_id: StringBuilder, Utf8, shown |e| e.session.activity_id;
    related_activity_id: StringBuilder, Utf8, shown |e| e.system.related_activity_id;
    action: StringBuilder, Utf8, value |e| e.action.map(Action::name);
    user: StringBuilder, Utf8, text |e| e.account.user.as_ref();
    domain: StringBuilder, Utf8, text |e| e.account.domain.as_ref();
    sid: StringBuilder, Utf8, text |e| e.account.sid.as_ref();
    logon_id: StringBuilder, Utf8, shown |e| e.session.logon_id;
    linked_logon_id: StringBuilder, Utf8, shown |e| e.session.linked_logon_id;
    logon_guid: StringBuilder, Utf8, shown |e| e.session.logon_guid;
    logon_type: UInt8Builder, UInt8, value |e| e.session.logon_type;
    subject_user: StringBuilder, Utf8, text |e| e.subject.user.as_ref();
    subject_domain: StringBuilder, Utf8, text |e| e.subject.domain.as_ref();
    subject_sid: StringBuilder, Utf8, text |e| e.subject.sid.as_ref();
    subject_logon_id: StringBuilder, Utf8, shown |e| e.session.subject_logon_id;
    terminal_session: UInt32Builder, UInt32, value |e| e.session.terminal_session;
    session_name: StringBuilder, Utf8, text |e| e.session.session_name.as_ref();
    auth_package: StringBuilder, Utf8, text |e| e.authentication.package.as_ref();
    logon_process: StringBuilder, Utf8, text |e| e.authentication.logon_process.as_ref();
    lm_package: StringBuilder, Utf8, text |e| e.authentication.lm_package.as_ref();
    elevated: BooleanBuilder, Boolean, value |e| e.authentication.elevated;
    status: StringBuilder, Utf8, text |e| e.outcome.status.as_ref();
    sub_status: StringBuilder, Utf8, text |e| e.outcome.sub_status.as_ref();
    reason: UInt32Builder, UInt32, value |e| e.outcome.reason;
    src_ip: StringBuilder, Utf8, shown |e| ip(&e.network.src);
    src_port: UInt16Builder, UInt16, value |e| e.network.src.port;
    src_host: StringBuilder, Utf8, text |e| e.network.src.host.as_ref();
    dst_ip: StringBuilder, Utf8, shown |e| ip(&e.network.dst);
    dst_port: UInt16Builder, UInt16, value |e| e.network.dst.port;
    dst_host: StringBuilder, Utf8, text |e| e.network.dst.host.as_ref();
    process_guid: StringBuilder, Utf8, shown |e| e.process.guid;
    pid: UInt64Builder, UInt64, value |e| e.process.pid;
    image: StringBuilder, Utf8, text |e| e.process.image.as_ref();
    command_line: StringBuilder, Utf8, text |e| e.process.command_line.as_ref();
    parent_guid: StringBuilder, Utf8, shown |e| e.process.parent_guid;
    parent_pid: UInt64Builder, UInt64, value |e| e.process.parent_pid;
    parent_image: StringBuilder, Utf8, text |e| e.process.parent_image.as_ref();
    parent_command_line: StringBuilder, Utf8, text |e| e.process.parent_command_line.as_ref();
    hashes: StringBuilder, Utf8, text |e| e.process.hashes.as_ref();
    object_kind: StringBuilder, Utf8, text |e| e.object_kind.as_ref();
    object: StringBuilder, Utf8, text |e| e.object.as_ref();
    old_value: StringBuilder, Utf8, text |e| e.old_value.as_ref();
    new_value: StringBuilder, Utf8, text |e| e.new_value.as_ref();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventIdentity, EventUid, Luid, Origin, TimeBasis};

    #[test]
    fn an_event_becomes_one_row_of_the_published_schema() {
        let event = Event {
            identity: EventIdentity {
                uid: EventUid(7),
                evidence: EvidenceId(1),
                record_id: 42,
                recovered: false,
            },
            time: Some(Timestamp::from_ticks(17_000_000_000_000_001)),
            time_basis: TimeBasis::Event,
            origin: Origin {
                host: "SRV".into(),
                channel: "Security".into(),
                provider: "P".into(),
                event_id: 4624,
                version: Some(2),
                level: None,
            },
            system: crate::System::default(),
            action: None,
            account: crate::Account::default(),
            subject: crate::Account::default(),
            session: crate::SessionRefs { logon_id: Some(Luid(0x3e7)), ..crate::SessionRefs::default() },
            authentication: crate::Authentication::default(),
            outcome: crate::Outcome::default(),
            network: crate::Network::default(),
            process: crate::Process::default(),
            object_kind: None,
            object: None,
            old_value: None,
            new_value: None,
            fields: vec![("LogonType".into(), "3".to_owned())],
        };
        let batch = event_batch(&[event]).unwrap();
        assert_eq!(batch.schema(), event_schema());
        assert_eq!(batch.num_rows(), 1);
        let logon_id = batch.column_by_name("logon_id").unwrap();
        let texts = logon_id.as_any().downcast_ref::<arrow_array::StringArray>().unwrap();
        assert_eq!(texts.value(0), "0x3e7");
    }
}
