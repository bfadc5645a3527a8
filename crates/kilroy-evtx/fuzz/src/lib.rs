//! What the fuzz targets share: how bytes become a log ([`shape`]), what must hold of any log ([`check`]), and events
//! to write ([`any`]) with what they must read back as ([`specs`]), and binary XML
//! of any shape ([`tokens`]).

pub mod any;
pub mod check;
pub mod seeds;
pub mod shape;
pub mod specs;
pub mod tokens;
