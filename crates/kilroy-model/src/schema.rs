//! The event table as Arrow: one published schema, the same bytes for Parquet, SQL and other machines.

use std::sync::{Arc, LazyLock};

use arrow_array::types::{TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use crate::columns::{Address, Flags, Numbers, TextMap, Texts};
use crate::{Action, Endpoint, Event, EvidenceId, TextSlice, Timestamp};

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
            $($name: $builder,)+
            fields: TextMap,
            /// All events of a file have the same.
            evidence: Option<(EvidenceId, String)>,
            len: usize,
        }

        impl EventColumns {
            /// Adds an event, and its fields: `names` with `texts`, then some more with theirs.
            pub fn append<'f, T: AsRef<str>, N: AsRef<str>, F>(
                &mut self,
                event: &Event<T, N, F>,
                names: TextSlice<'_>,
                texts: TextSlice<'_>,
                more: impl Iterator<Item = (&'f str, &'f str)>,
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
                    self.evidence_id.push(row, text);
                }
                self.fields.extend(names, texts)?;
                more.for_each(|(name, text)| self.fields.push(name, text));
                self.fields.close();
                self.len += 1;
                Ok(())
            }

            /// What was added since the last time. It must be less than 2 GiB in each column.
            pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
                let rows = std::mem::take(&mut self.len);
                let mut columns: Vec<ArrayRef> = Vec::with_capacity(SCHEMA.fields().len());
                $(columns.push(Arc::new(columns!(@finish $builder self.$name, rows)));)+
                let (entry, entry_columns) = &*ENTRY;
                columns.push(Arc::new(self.fields.finish(entry, entry_columns)?));
                RecordBatch::try_new(SCHEMA.clone(), columns)
            }
        }
    };
    (@append value $column:expr, $row:expr, $get:expr) => {
        if let Some(value) = $get {
            $column.push($row, value);
        }
    };
    (@append text $column:expr, $row:expr, $get:expr) => {
        if let Some(text) = $get {
            $column.push($row, AsRef::<str>::as_ref(text));
        }
    };
    (@append shown $column:expr, $row:expr, $get:expr) => {
        if let Some(value) = $get {
            $column.show($row, &value);
        }
    };
    (@append apart $column:expr, $row:expr, $get:expr) => { let () = $get; };
    (@finish Times $column:expr, $rows:expr) => {
        $column.finish($rows)?.with_timezone(UTC)
    };
    (@finish Flags $column:expr, $rows:expr) => {
        $column.finish($rows)
    };
    (@finish $builder:ident $column:expr, $rows:expr) => {
        $column.finish($rows)?
    };
}

type Times = Numbers<TimestampNanosecondType>;
type Bytes = Numbers<UInt8Type>;
type Shorts = Numbers<UInt16Type>;
type Words = Numbers<UInt32Type>;
type Longs = Numbers<UInt64Type>;

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

/// Events as one record batch of [`event_schema`].
pub fn event_batch(events: &[Event]) -> Result<RecordBatch, ArrowError> {
    let mut columns = EventColumns::default();
    for event in events {
        let fields = event.fields.iter().map(|(name, value)| (&**name, value.as_str()));
        columns.append(event, TextSlice::NONE, TextSlice::NONE, fields)?;
    }
    columns.finish()
}

/// The schema of the event table.
///
/// Times are nanoseconds in UTC; a time outside the years 1677 to 2262 is null there, and stays in `fields`.
/// [`event_column_texts`](crate::event_column_texts) has each column in words.
pub fn event_schema() -> SchemaRef {
    SCHEMA.clone()
}

/// The zone of all times.
const UTC: &str = "UTC";

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into()))
}

/// The entries of `fields`, and what is in one.
static ENTRY: LazyLock<(Arc<Field>, Fields)> = LazyLock::new(|| {
    let columns: Fields =
        vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)].into();
    (Arc::new(Field::new("entries", DataType::Struct(columns.clone()), false)), columns)
});

fn fields_type() -> DataType {
    DataType::Map(ENTRY.0.clone(), false)
}

fn ip<T>(endpoint: &Endpoint<T>) -> Option<Address> {
    match endpoint.ip {
        Some(ip) => Some(Address::Ip(ip)),
        None => endpoint.local.then_some(Address::Local),
    }
}

use DataType::{Boolean, UInt8, UInt16, UInt32, UInt64, Utf8};

columns! {
    event_uid: Texts, Utf8, shown |e| Some(e.identity.uid);
    evidence_id: Texts, Utf8, apart |_e| ();
    record_id: Longs, UInt64, value |e| Some(e.identity.record_id);
    recovered: Flags, Boolean, value |e| Some(e.identity.recovered);
    time: Times, time_type(), value |e| e.time.and_then(Timestamp::nanos);
    time_basis: Texts, Utf8, value |e| Some(e.time_basis.name());
    host: Texts, Utf8, text |e| Some(&e.origin.host);
    channel: Texts, Utf8, text |e| Some(&e.origin.channel);
    provider: Texts, Utf8, text |e| Some(&e.origin.provider);
    event_id: Words, UInt32, value |e| Some(e.origin.event_id);
    version: Bytes, UInt8, value |e| e.origin.version;
    level: Bytes, UInt8, value |e| e.origin.level;
    task: Shorts, UInt16, value |e| e.system.task;
    opcode: Bytes, UInt8, value |e| e.system.opcode;
    keywords: Longs, UInt64, value |e| e.system.keywords;
    system_process_id: Words, UInt32, value |e| e.system.process_id;
    system_thread_id: Words, UInt32, value |e| e.system.thread_id;
    security_sid: Texts, Utf8, text |e| e.system.security_sid.as_ref();
    activity_id: Texts, Utf8, shown |e| e.session.activity_id;
    related_activity_id: Texts, Utf8, shown |e| e.system.related_activity_id;
    action: Texts, Utf8, value |e| e.action.map(Action::name);
    user: Texts, Utf8, text |e| e.account.user.as_ref();
    domain: Texts, Utf8, text |e| e.account.domain.as_ref();
    sid: Texts, Utf8, text |e| e.account.sid.as_ref();
    logon_id: Texts, Utf8, shown |e| e.session.logon_id;
    linked_logon_id: Texts, Utf8, shown |e| e.session.linked_logon_id;
    logon_guid: Texts, Utf8, shown |e| e.session.logon_guid;
    logon_type: Bytes, UInt8, value |e| e.session.logon_type;
    subject_user: Texts, Utf8, text |e| e.subject.user.as_ref();
    subject_domain: Texts, Utf8, text |e| e.subject.domain.as_ref();
    subject_sid: Texts, Utf8, text |e| e.subject.sid.as_ref();
    subject_logon_id: Texts, Utf8, shown |e| e.session.subject_logon_id;
    terminal_session: Words, UInt32, value |e| e.session.terminal_session;
    session_name: Texts, Utf8, text |e| e.session.session_name.as_ref();
    auth_package: Texts, Utf8, text |e| e.authentication.package.as_ref();
    logon_process: Texts, Utf8, text |e| e.authentication.logon_process.as_ref();
    lm_package: Texts, Utf8, text |e| e.authentication.lm_package.as_ref();
    elevated: Flags, Boolean, value |e| e.authentication.elevated;
    restricted_admin: Flags, Boolean, value |e| e.authentication.restricted_admin;
    credential_guard: Flags, Boolean, value |e| e.authentication.credential_guard;
    status: Texts, Utf8, text |e| e.outcome.status.as_ref();
    sub_status: Texts, Utf8, text |e| e.outcome.sub_status.as_ref();
    reason: Words, UInt32, value |e| e.outcome.reason;
    src_ip: Texts, Utf8, shown |e| ip(&e.network.src);
    src_port: Shorts, UInt16, value |e| e.network.src.port;
    src_host: Texts, Utf8, text |e| e.network.src.host.as_ref();
    dst_ip: Texts, Utf8, shown |e| ip(&e.network.dst);
    dst_port: Shorts, UInt16, value |e| e.network.dst.port;
    dst_host: Texts, Utf8, text |e| e.network.dst.host.as_ref();
    process_guid: Texts, Utf8, shown |e| e.process.guid;
    pid: Longs, UInt64, value |e| e.process.pid;
    image: Texts, Utf8, text |e| e.process.image.as_ref();
    command_line: Texts, Utf8, text |e| e.process.command_line.as_ref();
    parent_guid: Texts, Utf8, shown |e| e.process.parent_guid;
    parent_pid: Longs, UInt64, value |e| e.process.parent_pid;
    parent_image: Texts, Utf8, text |e| e.process.parent_image.as_ref();
    parent_command_line: Texts, Utf8, text |e| e.process.parent_command_line.as_ref();
    hashes: Texts, Utf8, text |e| e.process.hashes.as_ref();
    object_kind: Texts, Utf8, text |e| e.object_kind.as_ref();
    object: Texts, Utf8, text |e| e.object.as_ref();
    old_value: Texts, Utf8, text |e| e.old_value.as_ref();
    new_value: Texts, Utf8, text |e| e.new_value.as_ref();
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
