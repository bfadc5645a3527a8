//! One row of the event table as the session engine's [`SessionEvent`]: the way back from columns.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch,
    StringArray,
};
use kilroy_model::{Action, EventUid, Guid, Timestamp};
use kilroy_sessions::{SessionEvent, names_process};

/// What is wrong with a table, in words.
pub(crate) type Wrong = String;

/// Texts that were seen before are shared: a million records of one user cost one name.
#[derive(Default)]
pub(crate) struct Texts {
    known: HashSet<Arc<str>>,
    /// Per column the dictionary that was read last, with what was shared of it: many batches have one dictionary.
    dictionaries: BTreeMap<&'static str, (ArrayRef, Made<Arc<str>>)>,
}

/// What was made of each entry of a dictionary, as far as it was asked for.
type Made<T> = Vec<Option<T>>;

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.known.insert(Arc::clone(&text));
        text
    }

    /// What is known of a column's dictionary.
    fn made(&mut self, name: &'static str, values: &ArrayRef) -> Made<Arc<str>> {
        match self.dictionaries.remove(name) {
            Some((known, made)) if Arc::ptr_eq(&known, values) => made,
            _ => vec![None; values.len()],
        }
    }
}

/// A column of texts of which each is written once: what is made of one is made once.
pub(crate) struct Words<'a, T> {
    keys: &'a PrimitiveArray<Int32Type>,
    values: &'a StringArray,
    dictionary: &'a ArrayRef,
    made: Made<T>,
}

impl<'a, T> Words<'a, T> {
    pub(crate) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self, Wrong> {
        let column: Option<&DictionaryArray<Int32Type>> =
            batch.column_by_name(name).and_then(|c| c.as_dictionary_opt());
        let both = column.and_then(|c| Some((c, c.values().as_string_opt::<i32>()?)));
        let (column, values) = both.ok_or_else(|| format!("no column {name} of shared texts"))?;
        Ok(Self { keys: column.keys(), values, dictionary: column.values(), made: Vec::new() })
    }

    /// The place of a row's text in the dictionary.
    pub(crate) fn key(&self, row: usize) -> Option<usize> {
        let key = self.keys.is_valid(row).then(|| self.keys.value(row))?;
        usize::try_from(key).ok().filter(|&key| key < self.values.len() && self.values.is_valid(key))
    }

    pub(crate) fn text(&self, row: usize) -> Option<&'a str> {
        self.key(row).map(|key| self.values.value(key))
    }

    /// What is made of a row's text.
    pub(crate) fn get<E>(
        &mut self,
        row: usize,
        make: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<&T>, E> {
        let Some(key) = self.key(row) else { return Ok(None) };
        if self.made.len() <= key {
            self.made.resize_with(self.values.len(), || None);
        }
        let made = &mut self.made[key];
        if made.is_none() {
            *made = Some(make(self.values.value(key))?);
        }
        Ok(made.as_ref())
    }
}

/// A source address, or `LOCAL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Local,
    Ip(IpAddr),
}

/// Declares the columns that are read, each with its type: the lists of names and the typed view cannot differ.
macro_rules! columns {
    (
        shared { $($shared:ident;)+ }
        words { $($word:ident: $made:ty;)+ }
        plain { $($column:ident: $type:ty = $get:expr;)+ }
    ) => {
        /// The columns that become a [`SessionEvent`]. All are flat.
        pub(crate) const COLUMNS: &[&str] =
            &[$(stringify!($shared),)+ $(stringify!($word),)+ $(stringify!($column),)+];

        /// The columns of one batch with their types.
        pub(crate) struct Columns<'a> {
            $($shared: Words<'a, Arc<str>>,)+
            $($word: Words<'a, $made>,)+
            $($column: &'a $type,)+
        }

        impl<'a> Columns<'a> {
            pub(crate) fn of(batch: &'a RecordBatch, texts: &mut Texts) -> Result<Self, Wrong> {
                let mut columns = Self {
                    $($shared: Words::of(batch, stringify!($shared))?,)+
                    $($word: Words::of(batch, stringify!($word))?,)+
                    $($column: $get(batch, stringify!($column))?,)+
                };
                $(columns.$shared.made = texts.made(stringify!($shared), columns.$shared.dictionary);)+
                Ok(columns)
            }

            /// Keeps what was shared for the next batch.
            pub(crate) fn done(self, texts: &mut Texts) {
                $({
                    let Words { dictionary, made, .. } = self.$shared;
                    texts.dictionaries.insert(stringify!($shared), (Arc::clone(dictionary), made));
                })+
            }
        }
    };
}

columns! {
    shared {
        host;
        channel;
        user;
        domain;
        sid;
        subject_user;
        session_name;
        auth_package;
        logon_process;
        lm_package;
        status;
        sub_status;
        src_host;
        dst_host;
        image;
    }
    words {
        action: Option<Action>;
        src_ip: Source;
    }
    plain {
        event_uid: StringArray = texts;
        record_id: PrimitiveArray<UInt64Type> = numbers;
        time: PrimitiveArray<TimestampNanosecondType> = numbers;
        event_id: PrimitiveArray<UInt32Type> = numbers;
        activity_id: StringArray = texts;
        logon_id: StringArray = texts;
        linked_logon_id: StringArray = texts;
        logon_guid: StringArray = texts;
        logon_type: PrimitiveArray<UInt8Type> = numbers;
        subject_logon_id: StringArray = texts;
        terminal_session: PrimitiveArray<UInt32Type> = numbers;
        elevated: BooleanArray = truths;
        restricted_admin: BooleanArray = truths;
        credential_guard: BooleanArray = truths;
        pid: PrimitiveArray<UInt64Type> = numbers;
        reason: PrimitiveArray<UInt32Type> = numbers;
        src_port: PrimitiveArray<UInt16Type> = numbers;
        old_value: StringArray = texts;
        new_value: StringArray = texts;
    }
}

/// Columns whose texts recur: they are read as dictionaries.
pub(crate) const DICTIONARIES: &[&str] = &[
    "host",
    "channel",
    "user",
    "domain",
    "sid",
    "subject_user",
    "session_name",
    "auth_package",
    "logon_process",
    "lm_package",
    "status",
    "sub_status",
    "src_host",
    "dst_host",
    "image",
    "action",
    "src_ip",
];

impl Columns<'_> {
    /// One row; `None` if it has no time, or an action that a newer catalog knows.
    pub(crate) fn event(&mut self, row: usize, texts: &mut Texts) -> Result<Option<SessionEvent>, Wrong> {
        let Some(time) = number(self.time, row) else { return Ok(None) };
        let action = self.action.get(row, |name| Ok::<_, Wrong>(name.parse().ok()))?;
        let Some(action) = action.copied().flatten() else { return Ok(None) };
        let mut share = |words: &mut Words<'_, Arc<str>>| -> Result<Option<Arc<str>>, Wrong> {
            words.get(row, |text| Ok(texts.share(text))).map(Option::<&_>::cloned)
        };
        let source = self.src_ip.get(row, source)?.copied();
        Ok(Some(SessionEvent {
            uid: uid(self.event_uid, row)?,
            time: Timestamp::from_nanos(time),
            record_id: required(number(self.record_id, row), "record_id")?,
            host: required(share(&mut self.host)?, "host")?,
            log: required(share(&mut self.channel)?, "channel")?,
            event_id: required(number(self.event_id, row), "event_id")?,
            action,
            user: share(&mut self.user)?,
            domain: share(&mut self.domain)?,
            sid: share(&mut self.sid)?,
            subject_user: share(&mut self.subject_user)?,
            luid: parsed(self.logon_id, row, "logon_id")?,
            subject_luid: parsed(self.subject_logon_id, row, "subject_logon_id")?,
            linked_luid: parsed(self.linked_logon_id, row, "linked_logon_id")?,
            logon_guid: guid(self.logon_guid, row, "logon_guid")?,
            logon_type: number(self.logon_type, row),
            terminal_session: number(self.terminal_session, row),
            session_name: share(&mut self.session_name)?,
            activity_id: guid(self.activity_id, row, "activity_id")?,
            ip: match source {
                Some(Source::Ip(ip)) => Some(ip),
                _ => None,
            },
            local: source == Some(Source::Local),
            port: number(self.src_port, row),
            src_host: share(&mut self.src_host)?,
            dst_host: share(&mut self.dst_host)?,
            package: share(&mut self.auth_package)?,
            logon_process: share(&mut self.logon_process)?,
            lm_package: share(&mut self.lm_package)?,
            elevated: truth(self.elevated, row),
            restricted_admin: truth(self.restricted_admin, row),
            credential_guard: truth(self.credential_guard, row),
            pid: number(self.pid, row).filter(|_| names_process(action)).and_then(|pid| pid.try_into().ok()),
            image: share(&mut self.image)?,
            status: share(&mut self.status)?,
            sub_status: share(&mut self.sub_status)?,
            reason: number(self.reason, row),
            old_value: text(self.old_value, row).map(|t| texts.share(t)),
            new_value: text(self.new_value, row).map(|t| texts.share(t)),
        }))
    }
}

fn truth(truths: &BooleanArray, row: usize) -> Option<bool> {
    truths.is_valid(row).then(|| truths.value(row))
}

fn source(text: &str) -> Result<Source, Wrong> {
    if text == "LOCAL" {
        return Ok(Source::Local);
    }
    text.parse().map(Source::Ip).map_err(|_| format!("src_ip cannot be read: {text:?}"))
}

/// A text column by its name.
pub(crate) fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, Wrong> {
    batch.column_by_name(name).and_then(|c| c.as_string_opt()).ok_or_else(|| format!("no text column {name}"))
}

/// The identity of the record in a row.
pub(crate) fn uid(uids: &StringArray, row: usize) -> Result<EventUid, Wrong> {
    if let Some(uid) = text(uids, row).filter(|t| t.len() == 32).and_then(hex) {
        return Ok(EventUid(uid));
    }
    required(parsed(uids, row, "event_uid")?, "event_uid")
}

/// A GUID as the table has it; other spellings the long way round.
fn guid(guids: &StringArray, row: usize, name: &str) -> Result<Option<Guid>, Wrong> {
    let Some(guid) = text(guids, row) else { return Ok(None) };
    match Some(guid).filter(|g| g.len() == 36).and_then(hex) {
        Some(value) => Ok(Some(Guid(value))),
        None => parsed(guids, row, name),
    }
}

/// 32 hexadecimal digits, with hyphens where GUIDs have them if at all.
fn hex(text: &str) -> Option<u128> {
    let hyphens = text.len() == 36;
    let mut value = 0_u128;
    for (at, byte) in text.bytes().enumerate() {
        if hyphens && matches!(at, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        value = value << 4 | u128::from(char::from(byte).to_digit(16)?);
    }
    Some(value)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_everywhere_else() {
        let guid: Guid = "f4205bac-1b01-40fc-aeef-3c971c730000".parse().unwrap();
        assert_eq!(hex("f4205bac-1b01-40fc-aeef-3c971c730000"), Some(guid.0));
        assert_eq!(hex("F4205BAC1B0140FCAEEF3C971C730000"), Some(guid.0));
        for wrong in [
            "f4205bac+1b01-40fc-aeef-3c971c730000",
            "f4205bac-1b01-40fc-aeef-3c971c73000g",
            "+4205BAC1B0140FCAEEF3C971C730000",
        ] {
            assert_eq!(hex(wrong), None, "{wrong}");
        }
    }
}
