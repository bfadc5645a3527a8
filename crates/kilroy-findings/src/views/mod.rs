//! Views: users, sources, pairs of them, what is usual and what is not.
//!
//! The way through, in reading order: a [`Visit`] is a session in numbers, [`Names`] gives the texts back; [`Cells`] counts
//! visits in one pass; `users`, `sources` and `pairs` make rows of these counts, `usual` marks what is not usual in them;
//! `hours` counts nights and week-ends.

mod cells;
mod hours;
mod land;
mod names;
mod origin;
mod pairs;
mod range;
mod sources;
#[cfg(test)]
pub(crate) mod story;
mod tally;
#[cfg(test)]
mod tests;
mod users;
mod usual;
mod visit;

pub use cells::Cells;
pub use hours::{HANDS_ON, NIGHT, Off, OffCounts, OffHours, OffRow, WEEKEND, began};
pub use land::{Land, Lands, no_lands};
pub use names::{Name, Names};
pub use origin::Origin;
pub use pairs::{Sighting, What, rare, sightings};
pub use range::Range;
pub use sources::{By, FromWhere, Place, by_place, by_user, from_where};
pub use tally::{Opened, Tally};
pub use users::{SourceUse, UserView, users};
pub use usual::{FEW, HABIT, MANY, Mark, Outlier, SETTLED_MILLIS};
pub use visit::Visit;
