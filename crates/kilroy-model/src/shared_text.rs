//! Texts that many rows share, as plain texts in tables and in JSON.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serializer};

#[allow(clippy::ptr_arg, reason = "serde hands over the field as it is")]
pub(crate) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(deserializer).map(Arc::from)
}
