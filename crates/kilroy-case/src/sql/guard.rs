//! What a statement may do: read the case, compute, and nothing else.

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Result};

/// Memory that SQLite may use in all. What is sorted goes to the disk long before.
const MEMORY: i64 = 1 << 30;
/// From here on SQLite gives memory back where it can.
const SOFT_MEMORY: i64 = 256 << 20;
/// What is sorted or grouped stays in memory up to this (in KiB, negative as SQLite wants it), then goes to the disk.
const SORTED: i64 = -65_536;
/// No text, and no row, is longer.
const LONGEST: i32 = 64 << 20;

/// PRAGMAs that only tell.
const TELLING: &[&str] = &[
    "collation_list",
    "compile_options",
    "database_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "module_list",
    "pragma_list",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Functions that reach beyond the case, or that change how SQLite works.
const REFUSED: &[&str] = &["load_extension", "fts3_tokenizer", "fts5"];

/// Holds the connection to reading. To be called once, when everything is in place.
pub(super) fn close(db: &mut Connection) -> Result<()> {
    // Double quotes are for names: a text in them would else silently be a text, or a column.
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
    ] {
        db.set_db_config(config, on)?;
    }
    db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    db.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    for (pragma, value) in [
        ("temp_store", 1),
        ("cache_size", SORTED),
        ("soft_heap_limit", SOFT_MEMORY),
        ("hard_heap_limit", MEMORY),
    ] {
        db.pragma_update(None, pragma, value).or_else(|error| match error {
            // It answers with what it is now.
            rusqlite::Error::ExecuteReturnedResults => Ok(()),
            error => Err(error),
        })?;
    }
    lock(db)
}

/// Nothing but reading, from now on.
pub(super) fn lock(db: &mut Connection) -> Result<()> {
    db.pragma_update(None, "query_only", true)?;
    db.authorizer(Some(|asked: AuthContext<'_>| may(&asked.action)))
}

/// For our own work, until it is locked again.
pub(super) fn unlock(db: &mut Connection) -> Result<()> {
    db.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    db.pragma_update(None, "query_only", false)
}

fn may(action: &AuthAction<'_>) -> Authorization {
    let allowed = match action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Read { .. } => true,
        AuthAction::Function { function_name } => {
            !REFUSED.iter().any(|name| name.eq_ignore_ascii_case(function_name))
        }
        AuthAction::Pragma { pragma_name, .. } => {
            TELLING.iter().any(|name| name.eq_ignore_ascii_case(pragma_name))
        }
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}
