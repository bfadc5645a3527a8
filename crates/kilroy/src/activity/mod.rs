//! `kilroy activity`: what one session did.

mod host;
mod page;
mod rows;
mod says;
mod scan;
mod words;

pub(crate) use host::OneHost;
pub(crate) use page::{Days, head, legend, lines, sum, tree_lines};
pub(crate) use rows::{EventLine, ProcessRow, SessionRow};
pub(crate) use says::{details, title};
pub(crate) use scan::{Activity, Part};
