//! From the events of a case to its session tables.

use anyhow::{Context, Result};
use kilroy_case::Case;
use kilroy_model::{Action, Luid, Timestamp, host_key};
use kilroy_sessions::{Records, SessionEvent, sessionize_into};
use serde::{Deserialize, Serialize};

use crate::notice;
use crate::timings::{Apart, Kind, Watch};

/// A log that was cleared, as the record of it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Clear {
    pub(crate) host: String,
    pub(crate) time: Timestamp,
    /// The log that was cleared.
    pub(crate) log: String,
    pub(crate) user: Option<String>,
    /// Logon session of the one who did it.
    pub(crate) luid: Option<Luid>,
}

/// What the engine goes by, as the register knows it. There is nothing to set yet.
const SETTINGS: &str = "{}";

/// Sees to it that the session tables are those of all events that the case holds; returns the logs that were cleared.
///
/// Tables that are there, and were made of just these events by this version, are not made again.
pub(crate) fn update_tables(case: &Case, watch: &mut Watch<'_>) -> Result<Vec<Clear>> {
    watch.turn(Kind::ReadBack);
    if let Some(remarks) = case.sessions_made(SETTINGS)?
        && let Ok(clears) = serde_json::from_str(&remarks)
    {
        return Ok(clears);
    }
    let clears = write_tables(case, case, watch)?;
    case.note_sessions_made(SETTINGS, &serde_json::to_string(&clears)?)?;
    Ok(clears)
}

/// Says so if the session tables are not those of the events that the case holds: an analysis was stopped in between.
pub(crate) fn warn_if_stale(case: &Case) -> Result<()> {
    if case.sessions_made(SETTINGS)?.is_none() {
        notice::say(
            "The last analysis of this case did not finish, or is still at work: its sessions may be older than its \
             events. Run `kilroy analyze` on the evidence again.",
        );
    }
    Ok(())
}

/// Makes the session tables from all events that a case holds, and writes them into the same or another case; returns the
/// logs that were cleared.
///
/// Always from all of them: new evidence can change any session. The same records give the same tables. Each session is
/// written as soon as it is made: all of them would take twenty times the memory of the records that they are made of.
pub(crate) fn write_tables(from: &Case, into: &Case, watch: &mut Watch<'_>) -> Result<Vec<Clear>> {
    watch.turn(Kind::ReadBack);
    from.write_repeats(into)?;
    let coverage = from.coverage()?;
    let mut records = Records::new();
    let mut clears = Vec::new();
    from.session_events(&mut |event| {
        clears.extend(Clear::of(&event));
        records.push(&event);
    })?;
    clears.sort_unstable();
    clears.dedup();
    watch.turn(Kind::Sessions);
    let written = || -> Result<()> {
        let mut tables = into.session_writer()?;
        let mut apart = Apart::new(watch, &mut tables);
        sessionize_into(records, &coverage, &mut apart);
        apart.finish();
        Ok(watch.during(Kind::Tables, || tables.finish())?)
    };
    written().context("the session tables could not be written")?;
    Ok(clears)
}

impl Clear {
    fn of(event: &SessionEvent) -> Option<Self> {
        if event.action != Action::LogCleared {
            return None;
        }
        let own = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        Some(Self {
            host: host_key(&event.host),
            time: event.time,
            // 1102 and 517 stand in the log they tell of; 104 names it.
            log: own(&event.new_value).unwrap_or_else(|| event.log.to_string()),
            user: own(&event.subject_user).or_else(|| own(&event.user)),
            luid: event.subject_luid.or(event.luid),
        })
    }
}
