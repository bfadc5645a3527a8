//! One log: from its bytes to the case.

use std::num::NonZeroUsize;

use anyhow::Result;
use kilroy_case::{Case, EventWriter};
use kilroy_evidence::{DecodeError, Found};

use super::hashed::Hashed;
use super::progress::Meter;
use super::rows;
use super::source::Source;
use crate::timings::{Kind, Watch};

/// Decodes a log into the case and enters it in the register. A log that cannot be read is entered as such; an error is
/// one of the case.
#[allow(clippy::too_many_arguments, reason = "each is another thing, and one caller has them all")]
pub(crate) fn store(
    case: &Case,
    source: &dyn Source,
    found: &Found,
    hashed: Hashed,
    threads: NonZeroUsize,
    mut writer: EventWriter,
    meter: &Meter<'_>,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let before = watch.turn(Kind::Decode);
    let decoded = source.decode(found, &hashed.digest, threads, &|bytes| meter.add(bytes), &mut |events| {
        watch.during(Kind::Store, || writer.write(events))
    });
    watch.turn(before);
    let row = match decoded {
        Ok(decoded) => {
            watch.during(Kind::Store, || writer.finish())?;
            rows::read(found, hashed, decoded)
        }
        // What was decoded before is dropped with the writer: half a log must not look like a whole one.
        Err(DecodeError::Read(error)) => rows::unreadable(found, Some(&hashed), &error),
        Err(DecodeError::Sink(error)) => return Err(error.into()),
        Err(DecodeError::Columns(error)) => return Err(error.into()),
    };
    case.register(&row)?;
    Ok(())
}
