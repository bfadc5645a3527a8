//! How right rows are, beside what is true: for complete logs and for logs of which records are lost.
//!
//! A row is compared with the true session that its source records belong to. From complete logs each true session must
//! come out as one row, exact in every field. With losses each field of each row is judged by itself: see [`Judgement`].

mod exact;
mod hops;
mod judge;
mod ledger;
mod tally;
mod without;

pub use exact::{Completeness, completeness};
pub use hops::{HopTally, judge_hops};
pub use judge::{Judged, judge};
pub use ledger::{Facts, Key, Ledger};
pub use tally::{Field, Judgement, Tally};
pub use without::{Without, without};
