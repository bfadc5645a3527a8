//! The hosts of a case.

use kilroy_model::Timestamp;

use crate::register::{from_sql, time_from_sql};
use crate::{Case, CaseError};

/// One host of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRow {
    /// Name as logged, lower-cased. A bare name and a full name of one host are two rows here: telling them for one is
    /// the session engine's work.
    pub host: String,
    /// Events stored for it. A record that stands in two evidence files counts twice here.
    pub events: u64,
    /// Time of its earliest event.
    pub first: Option<Timestamp>,
    /// Time of its latest event.
    pub last: Option<Timestamp>,
}

impl Case {
    /// The hosts whose events the case holds, by name. From the register: no table is read.
    pub fn hosts(&self) -> Result<Vec<HostRow>, CaseError> {
        let files = self.register_file().with(|db| {
            let mut files = db.prepare("SELECT host, events, first, last FROM event_files ORDER BY host")?;
            files
                .query_map([], |row| {
                    Ok(HostRow {
                        host: row.get(0)?,
                        events: from_sql(row.get(1)?),
                        first: time_from_sql(row.get(2)?),
                        last: time_from_sql(row.get(3)?),
                    })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let mut hosts: Vec<HostRow> = Vec::new();
        for file in files {
            match hosts.last_mut().filter(|host| host.host == file.host) {
                Some(host) => {
                    host.events += file.events;
                    host.first = [host.first, file.first].into_iter().flatten().min();
                    host.last = host.last.max(file.last);
                }
                None => hosts.push(file),
            }
        }
        Ok(hosts)
    }
}
