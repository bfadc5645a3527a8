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
        let columns: Vec<Column> = COLUMNS.iter().filter_map(|name| Column::named(name)).collect();
        self.scan(filter, threads)?.in_order(&columns, &mut |batch| {
            let reading = Reading::of(&batch);
            for row in 0..batch.num_rows() {
                if let Some(observation) = reading.observation(row)
                    && sink(observation).is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// The columns of a batch, in the order of [`COLUMNS`].
struct Reading<'a>(Vec<(&'static str, Option<&'a ArrayRef>)>);

impl<'a> Reading<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        Self(COLUMNS.iter().map(|name| (*name, batch.column_by_name(name))).collect())
    }

    fn value(&self, name: &str, row: usize) -> Option<Value> {
        let (_, values) = self.0.iter().find(|(known, _)| *known == name)?;
        Value::at((*values)?, row)
    }

    fn text(&self, name: &str, row: usize) -> Option<String> {
        match self.value(name, row)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str, row: usize) -> Option<T> {
        self.text(name, row)?.parse().ok()
    }

    fn number<T: TryFrom<u64>>(&self, name: &str, row: usize) -> Option<T> {
        match self.value(name, row)? {
            Value::Number(number) => number.try_into().ok(),
            _ => None,
        }
    }

    fn observation(&self, row: usize) -> Option<Observation> {
        let Some(Value::Time(time)) = self.value("time", row) else { return None };
        let fields = match self.value("fields", row) {
            Some(Value::Fields(fields)) => fields,
            _ => Vec::new(),
        };
        Some(Observation {
            uid: self.parsed("event_uid", row)?,
            time,
            host: host_key(&self.text("host", row)?),
            log: self.text("channel", row).unwrap_or_default(),
            provider: self.text("provider", row).unwrap_or_default(),
            event_id: self.number("event_id", row)?,
            record_id: self.number("record_id", row)?,
            action: self.parsed("action", row),
            account: Person {
                user: self.text("user", row),
                domain: self.text("domain", row),
                sid: self.text("sid", row),
                luid: self.parsed("logon_id", row),
            },
            subject: Person {
                user: self.text("subject_user", row),
                domain: self.text("subject_domain", row),
                sid: self.text("subject_sid", row),
                luid: self.parsed("subject_logon_id", row),
            },
            logon_guid: self.parsed("logon_guid", row),
            logon_type: self.number("logon_type", row),
            terminal_session: self.number("terminal_session", row),
            activity_id: self.parsed("activity_id", row),
            source: Place {
                ip: self.parsed("src_ip", row),
                port: self.number("src_port", row),
                host: self.text("src_host", row),
            },
            target: Place {
                ip: self.parsed("dst_ip", row),
                port: self.number("dst_port", row),
                host: self.text("dst_host", row),
            },
            process: ObservedProcess {
                guid: self.parsed("process_guid", row),
                pid: self.number("pid", row),
                image: self.text("image", row),
                command_line: self.text("command_line", row),
                parent_guid: self.parsed("parent_guid", row),
                parent_pid: self.number("parent_pid", row),
                parent_image: self.text("parent_image", row),
                parent_command_line: self.text("parent_command_line", row),
            },
            logged_by: LoggedBy {
                pid: self.number("system_process_id", row),
                sid: self.text("security_sid", row),
            },
            object_kind: self.text("object_kind", row),
            object: self.text("object", row),
            status: self.text("status", row),
            fields,
        })
    }
}
