//! The event table as Arrow: one published schema, the same bytes for Parquet, SQL and other machines.

use std::sync::{Arc, LazyLock};

use arrow_array::builder::{
    BooleanBuilder, MapBuilder, StringBuilder, TimestampNanosecondBuilder, UInt8Builder, UInt16Builder,
    UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::{Event, Guid, Luid, Timestamp};

/// Declares each column once: name, builder, and where its value is found in an event.
///
/// `$get` turns `&Event` into an `Option` of what the builder takes.
macro_rules! columns {
    ($($name:literal: $builder:ident, $kind:expr, |$e:ident| $get:expr;)+) => {
        static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
            let mut columns = vec![$(Field::new($name, $kind, true),)+];
            columns.push(Field::new("fields", fields_type(), false));
            Arc::new(Schema::new(columns))
        });

        /// Events as one record batch of [`event_schema`].
        pub fn event_batch(events: &[Event]) -> Result<RecordBatch, ArrowError> {
            let mut columns: Vec<ArrayRef> = Vec::with_capacity(SCHEMA.fields().len());
            $({
                #[allow(unused_mut, clippy::redundant_closure_call)]
                let mut b = $builder::new();
                for $e in events {
                    b.append_option($get);
                }
                let array: ArrayRef = Arc::new(b.finish());
                columns.push(if array.data_type() == &$kind { array } else { retype(&array, &$kind)? });
            })+
            columns.push(field_maps(events)?);
            RecordBatch::try_new(SCHEMA.clone(), columns)
        }
    };
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

/// Gives an array of times its zone: builders know none.
fn retype(array: &ArrayRef, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    let data = array.to_data().into_builder().data_type(kind.clone()).build()?;
    Ok(arrow_array::make_array(data))
}

fn field_maps(events: &[Event]) -> Result<ArrayRef, ArrowError> {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for event in events {
        for (name, value) in &event.fields {
            maps.keys().append_value(name);
            maps.values().append_value(value);
        }
        maps.append(true)?;
    }
    let maps: ArrayRef = Arc::new(maps.finish());
    retype(&maps, &fields_type())
}

fn luid(id: Option<Luid>) -> Option<String> {
    id.map(|l| l.to_string())
}

fn guid(id: Option<Guid>) -> Option<String> {
    id.map(|g| g.to_string())
}

fn ip(endpoint: &crate::Endpoint) -> Option<String> {
    match endpoint.ip {
        Some(ip) => Some(ip.to_string()),
        None => endpoint.local.then(|| "LOCAL".to_owned()),
    }
}

use DataType::{Boolean, UInt8, UInt16, UInt32, UInt64, Utf8};

columns! {
    "event_uid": StringBuilder, Utf8, |e| Some(e.identity.uid.to_string());
    "evidence_id": StringBuilder, Utf8, |e| Some(e.identity.evidence.to_string());
    "record_id": UInt64Builder, UInt64, |e| Some(e.identity.record_id);
    "recovered": BooleanBuilder, Boolean, |e| Some(e.identity.recovered);
    "time": TimestampNanosecondBuilder, time_type(), |e| e.time.and_then(Timestamp::nanos);
    "time_basis": StringBuilder, Utf8, |e| Some(e.time_basis.name());
    "host": StringBuilder, Utf8, |e| Some(&e.origin.host);
    "channel": StringBuilder, Utf8, |e| Some(&e.origin.channel);
    "provider": StringBuilder, Utf8, |e| Some(&e.origin.provider);
    "event_id": UInt32Builder, UInt32, |e| Some(e.origin.event_id);
    "version": UInt8Builder, UInt8, |e| e.origin.version;
    "level": UInt8Builder, UInt8, |e| e.origin.level;
    "task": UInt16Builder, UInt16, |e| e.system.task;
    "opcode": UInt8Builder, UInt8, |e| e.system.opcode;
    "keywords": UInt64Builder, UInt64, |e| e.system.keywords;
    "system_process_id": UInt32Builder, UInt32, |e| e.system.process_id;
    "system_thread_id": UInt32Builder, UInt32, |e| e.system.thread_id;
    "security_sid": StringBuilder, Utf8, |e| e.system.security_sid.as_deref();
    "activity_id": StringBuilder, Utf8, |e| guid(e.session.activity_id);
    "related_activity_id": StringBuilder, Utf8, |e| guid(e.system.related_activity_id);
    "action": StringBuilder, Utf8, |e| e.action.map(crate::Action::name);
    "user": StringBuilder, Utf8, |e| e.account.user.as_deref();
    "domain": StringBuilder, Utf8, |e| e.account.domain.as_deref();
    "sid": StringBuilder, Utf8, |e| e.account.sid.as_deref();
    "logon_id": StringBuilder, Utf8, |e| luid(e.session.logon_id);
    "linked_logon_id": StringBuilder, Utf8, |e| luid(e.session.linked_logon_id);
    "logon_guid": StringBuilder, Utf8, |e| guid(e.session.logon_guid);
    "logon_type": UInt8Builder, UInt8, |e| e.session.logon_type;
    "subject_user": StringBuilder, Utf8, |e| e.subject.user.as_deref();
    "subject_domain": StringBuilder, Utf8, |e| e.subject.domain.as_deref();
    "subject_sid": StringBuilder, Utf8, |e| e.subject.sid.as_deref();
    "subject_logon_id": StringBuilder, Utf8, |e| luid(e.session.subject_logon_id);
    "terminal_session": UInt32Builder, UInt32, |e| e.session.terminal_session;
    "session_name": StringBuilder, Utf8, |e| e.session.session_name.as_deref();
    "auth_package": StringBuilder, Utf8, |e| e.authentication.package.as_deref();
    "logon_process": StringBuilder, Utf8, |e| e.authentication.logon_process.as_deref();
    "lm_package": StringBuilder, Utf8, |e| e.authentication.lm_package.as_deref();
    "elevated": BooleanBuilder, Boolean, |e| e.authentication.elevated;
    "status": StringBuilder, Utf8, |e| e.outcome.status.as_deref();
    "sub_status": StringBuilder, Utf8, |e| e.outcome.sub_status.as_deref();
    "reason": UInt32Builder, UInt32, |e| e.outcome.reason;
    "src_ip": StringBuilder, Utf8, |e| ip(&e.network.src);
    "src_port": UInt16Builder, UInt16, |e| e.network.src.port;
    "src_host": StringBuilder, Utf8, |e| e.network.src.host.as_deref();
    "dst_ip": StringBuilder, Utf8, |e| ip(&e.network.dst);
    "dst_port": UInt16Builder, UInt16, |e| e.network.dst.port;
    "dst_host": StringBuilder, Utf8, |e| e.network.dst.host.as_deref();
    "process_guid": StringBuilder, Utf8, |e| guid(e.process.guid);
    "pid": UInt64Builder, UInt64, |e| e.process.pid;
    "image": StringBuilder, Utf8, |e| e.process.image.as_deref();
    "command_line": StringBuilder, Utf8, |e| e.process.command_line.as_deref();
    "parent_guid": StringBuilder, Utf8, |e| guid(e.process.parent_guid);
    "parent_pid": UInt64Builder, UInt64, |e| e.process.parent_pid;
    "parent_image": StringBuilder, Utf8, |e| e.process.parent_image.as_deref();
    "parent_command_line": StringBuilder, Utf8, |e| e.process.parent_command_line.as_deref();
    "hashes": StringBuilder, Utf8, |e| e.process.hashes.as_deref();
    "object_kind": StringBuilder, Utf8, |e| e.object_kind.as_deref();
    "object": StringBuilder, Utf8, |e| e.object.as_deref();
    "old_value": StringBuilder, Utf8, |e| e.old_value.as_deref();
    "new_value": StringBuilder, Utf8, |e| e.new_value.as_deref();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventIdentity, EventUid, EvidenceId, Origin, TimeBasis};

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
