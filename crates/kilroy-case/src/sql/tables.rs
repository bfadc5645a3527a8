//! The tables that there are.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow_schema::SchemaRef;
use kilroy_model::{
    AccessSession, Boot, Finding, Hop, HostAddress, LogCoverage, LogonSession, TerminalSession, event_schema,
};
use rusqlite::Connection;

use super::bridge;
use super::cells::described;
use super::counts::Counts;
use super::estimate::Estimates;
use super::events::Events;
use super::register_tables::TABLES;
use super::session_table::SessionTable;
use crate::session_tables::Table;
use crate::{Case, CaseError};

/// A table, for those who look for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name.
    pub name: &'static str,
    /// What its rows are.
    pub about: &'static str,
    /// Its columns.
    pub columns: Vec<ColumnInfo>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub kind: &'static str,
}

/// Makes all of them known.
pub(super) fn add(
    to: &Connection,
    case: &Arc<Case>,
    interrupted: &Arc<AtomicBool>,
    threads: usize,
) -> Result<Vec<TableInfo>, CaseError> {
    let failed = |source| super::failed(case, source);
    let (shared, stop) = (|| Arc::clone(case), || Arc::clone(interrupted));
    let events = Events { case: shared(), interrupted: stop(), threads, estimates: Estimates::new(case)? };
    bridge::add(to, "events", events).map_err(failed)?;
    let mut tables = vec![TableInfo {
        name: "events",
        about: "every record of every log",
        columns: columns(&event_schema()),
    }];
    let counts = Counts { case: shared(), interrupted: stop(), threads };
    bridge::add(to, "event_counts", counts).map_err(failed)?;
    for (name, about, file, schema) in [
        session::<AccessSession>("sessions", "who was here: one row per stay, failed attempts included"),
        session::<LogonSession>("logon_sessions", "Windows logon sessions: one row per logon ID of a boot"),
        session::<TerminalSession>("terminal_sessions", "desktops, with their connections"),
        session::<Boot>("boots", "runs of Windows, from start to stop"),
        session::<LogCoverage>("coverage", "how far each log of each host reaches, and where it has gaps"),
        session::<Hop>("hops", "who went from one host to another, by what means, and how sure that is"),
        session::<HostAddress>("addresses", "which host an address was, from when to when, and what says so"),
        session::<Finding>("findings", "what the detectors found, dismissed or not: see dismissals"),
    ] {
        tables.push(TableInfo { name, about, columns: columns(&schema) });
        let table = SessionTable { case: shared(), interrupted: stop(), file, schema };
        bridge::add(to, name, table).map_err(failed)?;
    }
    tables.push(TableInfo {
        name: "event_counts",
        about: "events counted by up to 4 values: event_counts('user, day', 'event_id:4624')",
        columns: ["value1", "value2", "value3", "value4", "events"]
            .map(|name| ColumnInfo {
                name: name.to_owned(),
                kind: if name == "events" { "number" } else { "any" },
            })
            .into(),
    });
    for table in TABLES {
        let columns = table.columns.iter().map(|(name, kind)| ColumnInfo {
            name: (*name).to_owned(),
            kind: if *kind == "INTEGER" { "number" } else { "text" },
        });
        tables.push(TableInfo { name: table.name, about: table.about, columns: columns.collect() });
    }
    Ok(tables)
}

fn session<T: Table>(
    name: &'static str,
    about: &'static str,
) -> (&'static str, &'static str, &'static str, SchemaRef) {
    (name, about, T::FILE, T::schema())
}

fn columns(schema: &SchemaRef) -> Vec<ColumnInfo> {
    let column = |field: &arrow_schema::FieldRef| ColumnInfo {
        name: field.name().clone(),
        kind: described(field.data_type()),
    };
    schema.fields().iter().map(column).collect()
}
