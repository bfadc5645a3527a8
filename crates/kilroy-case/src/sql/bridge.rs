//! From SQLite's virtual tables to safe traits: the only `unsafe` of the workspace.
//!
//! SQLite finds a table and a cursor behind pointers to the first field of each, so rusqlite asks for two promises that the
//! compiler cannot check: that `sqlite3_vtab` and `sqlite3_vtab_cursor` come first, in structs laid out as C does. Both
//! structs stand here and nowhere else, and nothing else is promised: no pointer is followed in this file.
#![allow(unsafe_code, reason = "rusqlite's traits for virtual tables can be implemented in no other way")]

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int};
use std::sync::Arc;

use rusqlite::vtab::{
    Context, Filters, IndexInfo, Module, VTab, VTabConnection, VTabCursor, sqlite3_vtab, sqlite3_vtab_cursor,
};
use rusqlite::{Connection, Result};

/// A table that SQLite can read.
pub(super) trait Table: Send + Sync + 'static {
    type Cursor: Cursor;

    /// `CREATE TABLE x (…)`: names and types of its columns.
    fn declaration(&self) -> String;

    /// How a question is best answered.
    fn plan(&self, asked: &mut IndexInfo) -> Result<()>;

    /// Rows to go through, one after the other.
    fn open(self: &Arc<Self>) -> Self::Cursor;
}

/// Goes through the rows of a table.
pub(super) trait Cursor {
    /// Starts anew, with the plan that was made and values for what it left open.
    fn filter(&mut self, plan: &str, values: &Filters<'_>) -> Result<()>;

    fn next(&mut self) -> Result<()>;

    /// No row is left.
    fn is_done(&self) -> bool;

    /// Gives a value of the current row.
    fn column(&self, to: &mut Context, column: usize) -> Result<()>;

    /// A number that the current row, and no other one, always has.
    fn row_id(&self) -> Result<i64>;
}

/// Makes a table known by its name.
pub(super) fn add<T: Table>(to: &Connection, name: &str, table: T) -> Result<()> {
    let module = const { &Module::<Shell<T>>::eponymous_only_module() };
    to.create_module(name, module, Some(Arc::new(table)))
}

#[repr(C)]
struct Shell<T> {
    base: sqlite3_vtab,
    table: Arc<T>,
}

#[repr(C)]
struct CursorShell<C> {
    base: sqlite3_vtab_cursor,
    cursor: C,
}

// Sound: the base comes first, and the struct is laid out as C does.
unsafe impl<T: Table> VTab<'_> for Shell<T> {
    type Aux = Arc<T>;
    type Cursor = CursorShell<T::Cursor>;

    fn connect(
        _: &mut VTabConnection,
        aux: Option<&Self::Aux>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &[&[u8]],
    ) -> Result<(Cow<'static, CStr>, Self)> {
        let table = aux.cloned().ok_or_else(|| wrong("a table without content"))?;
        let declaration = CString::new(table.declaration()).map_err(wrong)?;
        Ok((declaration.into(), Self { base: sqlite3_vtab::default(), table }))
    }

    fn best_index(&self, info: &mut IndexInfo) -> Result<bool> {
        self.table.plan(info).map(|()| true)
    }

    fn open(&mut self) -> Result<Self::Cursor> {
        Ok(CursorShell { base: sqlite3_vtab_cursor::default(), cursor: self.table.open() })
    }
}

// Sound: the base comes first, and the struct is laid out as C does.
unsafe impl<C: Cursor> VTabCursor for CursorShell<C> {
    fn filter(&mut self, _: c_int, plan: Option<&str>, values: &Filters<'_>) -> Result<()> {
        self.cursor.filter(plan.unwrap_or_default(), values)
    }

    fn next(&mut self) -> Result<()> {
        self.cursor.next()
    }

    fn eof(&self) -> bool {
        self.cursor.is_done()
    }

    fn column(&self, to: &mut Context, column: c_int) -> Result<()> {
        self.cursor.column(to, usize::try_from(column).map_err(wrong)?)
    }

    fn rowid(&self) -> Result<i64> {
        self.cursor.row_id()
    }
}

/// For `map_err`: an error as SQLite passes it on.
pub(super) fn wrong(what: impl std::fmt::Display) -> rusqlite::Error {
    rusqlite::Error::ModuleError(what.to_string())
}
