//! Events as `kilroy-findings` sees them.

use std::ops::ControlFlow;

use arrow_array::{ArrayRef, RecordBatch};
use kilroy_findings::{LoggedBy, Observation, ObservedProcess, Person, Place};
use kilroy_model::host_key;

use crate::query::{Column, Filter, Value};
use crate::{Case, CaseError};

/// The columns that an observation is made of.
const COLUMNS: &[&str] = &[
    "event_uid",
    "time",
    "host",
    "channel",
    "provider",
    "event_id",
    "record_id",
    "action",
    "user",
    "domain",
    "sid",
    "logon_id",
    "subject_user",
    "subject_domain",
    "subject_sid",
    "subject_logon_id",
    "logon_guid",
    "logon_type",
    "terminal_session",
    "activity_id",
    "src_ip",
    "src_port",
    "src_host",
    "dst_ip",
    "dst_port",
    "dst_host",
    "process_guid",
    "pid",
    "image",
    "command_line",
    "parent_guid",
    "parent_pid",
    "parent_image",
    "parent_command_line",
    "system_process_id",
    "security_sid",
    "object_kind",
    "object",
    "status",
    "fields",
];

impl Case {
    /// Hands on the events that are asked for, in the order of time, until it is enough. Events without a time are left out.
    pub fn observations(
        &self,
        filter: &Filter,
        threads: usize,
        sink: &mut dyn FnMut(Observation) -> ControlFlow<()>,
    ) -> Result<(), CaseError> {
        self.scan(filter, threads)?.in_order(&columns(), &mut each(sink))
    }

    /// The same host by host: those of each in the order of time.
    pub fn observations_by_host(
        &self,
        filter: &Filter,
        threads: usize,
        sink: &mut dyn FnMut(Observation),
    ) -> Result<(), CaseError> {
        let mut sink = |observation| {
            sink(observation);
            ControlFlow::Continue(())
        };
        self.scan(filter, threads)?.in_order_by_host(&columns(), &mut each(&mut sink))
    }
}

fn columns() -> Vec<Column> {
    COLUMNS.iter().filter_map(|name| Column::named(name)).collect()
}

/// What is done with a batch: each of its rows is handed on, until it is enough.
fn each(
    sink: &mut dyn FnMut(Observation) -> ControlFlow<()>,
) -> impl FnMut(RecordBatch) -> Result<ControlFlow<()>, CaseError> {
    move |batch| {
        let reading = Reading::of(&batch);
        let rows = (0..batch.num_rows()).filter_map(|row| reading.observation(row));
        Ok(rows.map(&mut *sink).find(ControlFlow::is_break).unwrap_or(ControlFlow::Continue(())))
    }
}

/// The place of a column in [`COLUMNS`], found when this is compiled: a name that is none of them does not compile.
const fn place_of(name: &str) -> usize {
    let mut place = 0;
    while !same(COLUMNS[place].as_bytes(), name.as_bytes()) {
        place += 1;
    }
    place
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

macro_rules! place {
    ($name:literal) => {
        const { place_of($name) }
    };
}

/// The columns of a batch, in the order of [`COLUMNS`].
struct Reading<'a>(Vec<Option<&'a ArrayRef>>);

impl<'a> Reading<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        Self(COLUMNS.iter().map(|name| batch.column_by_name(name)).collect())
    }

    fn value(&self, place: usize, row: usize) -> Option<Value> {
        Value::at(self.0[place]?, row)
    }

    fn text(&self, place: usize, row: usize) -> Option<String> {
        match self.value(place, row)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn parsed<T: std::str::FromStr>(&self, place: usize, row: usize) -> Option<T> {
        self.text(place, row)?.parse().ok()
    }

    fn number<T: TryFrom<u64>>(&self, place: usize, row: usize) -> Option<T> {
        match self.value(place, row)? {
            Value::Number(number) => number.try_into().ok(),
            _ => None,
        }
    }

    fn observation(&self, row: usize) -> Option<Observation> {
        let Some(Value::Time(time)) = self.value(place!("time"), row) else { return None };
        let fields = match self.value(place!("fields"), row) {
            Some(Value::Fields(fields)) => fields,
            _ => Vec::new(),
        };
        Some(Observation {
            uid: self.parsed(place!("event_uid"), row)?,
            time,
            host: host_key(&self.text(place!("host"), row)?),
            log: self.text(place!("channel"), row).unwrap_or_default(),
            provider: self.text(place!("provider"), row).unwrap_or_default(),
            event_id: self.number(place!("event_id"), row)?,
            record_id: self.number(place!("record_id"), row)?,
            action: self.parsed(place!("action"), row),
            account: Person {
                user: self.text(place!("user"), row),
                domain: self.text(place!("domain"), row),
                sid: self.text(place!("sid"), row),
                luid: self.parsed(place!("logon_id"), row),
            },
            subject: Person {
                user: self.text(place!("subject_user"), row),
                domain: self.text(place!("subject_domain"), row),
                sid: self.text(place!("subject_sid"), row),
                luid: self.parsed(place!("subject_logon_id"), row),
            },
            logon_guid: self.parsed(place!("logon_guid"), row),
            logon_type: self.number(place!("logon_type"), row),
            terminal_session: self.number(place!("terminal_session"), row),
            activity_id: self.parsed(place!("activity_id"), row),
            source: Place {
                ip: self.parsed(place!("src_ip"), row),
                port: self.number(place!("src_port"), row),
                host: self.text(place!("src_host"), row),
            },
            target: Place {
                ip: self.parsed(place!("dst_ip"), row),
                port: self.number(place!("dst_port"), row),
                host: self.text(place!("dst_host"), row),
            },
            process: ObservedProcess {
                guid: self.parsed(place!("process_guid"), row),
                pid: self.number(place!("pid"), row),
                image: self.text(place!("image"), row),
                command_line: self.text(place!("command_line"), row),
                parent_guid: self.parsed(place!("parent_guid"), row),
                parent_pid: self.number(place!("parent_pid"), row),
                parent_image: self.text(place!("parent_image"), row),
                parent_command_line: self.text(place!("parent_command_line"), row),
            },
            logged_by: LoggedBy {
                pid: self.number(place!("system_process_id"), row),
                sid: self.text(place!("security_sid"), row),
            },
            object_kind: self.text(place!("object_kind"), row),
            object: self.text(place!("object"), row),
            status: self.text(place!("status"), row),
            fields,
        })
    }
}
