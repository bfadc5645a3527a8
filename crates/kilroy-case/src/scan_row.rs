//! One row of the event table as the session engine's [`SessionEvent`]: the way back from columns.

use std::collections::HashSet;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, StringArray};
use kilroy_model::{Action, EventUid, Timestamp};
use kilroy_sessions::SessionEvent;

/// What is wrong with a table, in words.
pub(crate) type Wrong = String;

/// Texts that were seen before are shared: a million records of one user cost one name.
#[derive(Default)]
pub(crate) struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text));
        text
    }
}

/// Declares the columns that are read, each with its type: the list of names and the typed view cannot differ.
macro_rules! columns {
    ($($column:ident: $type:ty = $get:expr;)+) => {
        /// The columns that become a [`SessionEvent`]. All are flat.
        pub(crate) const COLUMNS: &[&str] = &[$(stringify!($column),)+];

        /// The columns of one batch with their types.
        pub(crate) struct Columns<'a> { $($column: &'a $type,)+ }

        impl<'a> Columns<'a> {
            pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self, Wrong> {
                Ok(Self { $($column: $get(batch, stringify!($column))?,)+ })
            }
        }
    };
}

columns! {
    event_uid: StringArray = texts;
    record_id: PrimitiveArray<UInt64Type> = numbers;
    time: PrimitiveArray<TimestampNanosecondType> = numbers;
    host: StringArray = texts;
    channel: StringArray = texts;
    event_id: PrimitiveArray<UInt32Type> = numbers;
    activity_id: StringArray = texts;
    action: StringArray = texts;
    user: StringArray = texts;
    domain: StringArray = texts;
    sid: StringArray = texts;
    logon_id: StringArray = texts;
    linked_logon_id: StringArray = texts;
    logon_guid: StringArray = texts;
    logon_type: PrimitiveArray<UInt8Type> = numbers;
    subject_user: StringArray = texts;
    subject_logon_id: StringArray = texts;
    terminal_session: PrimitiveArray<UInt32Type> = numbers;
    session_name: StringArray = texts;
    auth_package: StringArray = texts;
    logon_process: StringArray = texts;
    lm_package: StringArray = texts;
    elevated: BooleanArray = truths;
    status: StringArray = texts;
    sub_status: StringArray = texts;
    reason: PrimitiveArray<UInt32Type> = numbers;
    src_ip: StringArray = texts;
    src_port: PrimitiveArray<UInt16Type> = numbers;
    src_host: StringArray = texts;
    dst_host: StringArray = texts;
    image: StringArray = texts;
    old_value: StringArray = texts;
    new_value: StringArray = texts;
}

impl Columns<'_> {
    /// One row; `None` if it has no time, or an action that a newer catalog knows.
    pub(crate) fn event(&self, row: usize, shared: &mut Texts) -> Result<Option<SessionEvent>, Wrong> {
        let Some(time) = number(self.time, row) else { return Ok(None) };
        let Some(action) = text(self.action, row).and_then(|name| name.parse::<Action>().ok()) else {
            return Ok(None);
        };
        let mut share = |column| text(column, row).map(|t| shared.share(t));
        let address = text(self.src_ip, row);
        let local = address == Some("LOCAL");
        Ok(Some(SessionEvent {
            uid: uid(self.event_uid, row)?,
            time: Timestamp::from_nanos(time),
            record_id: required(number(self.record_id, row), "record_id")?,
            host: required(share(self.host), "host")?,
            log: required(share(self.channel), "channel")?,
            event_id: required(number(self.event_id, row), "event_id")?,
            action,
            user: share(self.user),
            domain: share(self.domain),
            sid: share(self.sid),
            subject_user: share(self.subject_user),
            luid: parsed(self.logon_id, row, "logon_id")?,
            subject_luid: parsed(self.subject_logon_id, row, "subject_logon_id")?,
            linked_luid: parsed(self.linked_logon_id, row, "linked_logon_id")?,
            logon_guid: parsed(self.logon_guid, row, "logon_guid")?,
            logon_type: number(self.logon_type, row),
            terminal_session: number(self.terminal_session, row),
            session_name: share(self.session_name),
            activity_id: parsed(self.activity_id, row, "activity_id")?,
            ip: if local { None } else { parsed::<IpAddr>(self.src_ip, row, "src_ip")? },
            local,
            port: number(self.src_port, row),
            src_host: share(self.src_host),
            dst_host: share(self.dst_host),
            package: share(self.auth_package),
            logon_process: share(self.logon_process),
            lm_package: share(self.lm_package),
            elevated: self.elevated.is_valid(row).then(|| self.elevated.value(row)),
            image: share(self.image),
            status: share(self.status),
            sub_status: share(self.sub_status),
            reason: number(self.reason, row),
            old_value: share(self.old_value),
            new_value: share(self.new_value),
        }))
    }
}

/// A text column by its name.
pub(crate) fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, Wrong> {
    batch.column_by_name(name).and_then(|c| c.as_string_opt()).ok_or_else(|| format!("no text column {name}"))
}

/// The identity of the record in a row.
pub(crate) fn uid(uids: &StringArray, row: usize) -> Result<EventUid, Wrong> {
    required(parsed(uids, row, "event_uid")?, "event_uid")
}

/// A column of numbers by its name.
pub(crate) fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a PrimitiveArray<T>, Wrong> {
    batch
        .column_by_name(name)
        .and_then(|c| c.as_primitive_opt())
        .ok_or_else(|| format!("no column {name} of type {}", T::DATA_TYPE))
}

fn truths<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a BooleanArray, Wrong> {
    batch
        .column_by_name(name)
        .and_then(|c| c.as_boolean_opt())
        .ok_or_else(|| format!("no yes/no column {name}"))
}

/// The text in a row.
pub(crate) fn text(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

/// The number in a row.
pub(crate) fn number<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}

fn parsed<T: FromStr>(column: &StringArray, row: usize, name: &str) -> Result<Option<T>, Wrong> {
    let Some(text) = text(column, row) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| format!("{name} of row {row} cannot be read: {text:?}"))
}

fn required<T>(value: Option<T>, name: &str) -> Result<T, Wrong> {
    value.ok_or_else(|| format!("{name} is empty where it must not be"))
}
