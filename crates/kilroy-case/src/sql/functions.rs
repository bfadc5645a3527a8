//! Functions of Kilroy in SQL.

use std::net::IpAddr;

use kilroy_catalog::Language;
use kilroy_model::{Luid, Scope, SourceAddress, host_key, parse_source};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use super::fields::field;
use crate::query::Place;

/// A function, for those who look for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it gives.
    pub about: &'static str,
}

/// Kilroy's functions, besides those of SQLite.
pub const FUNCTIONS: &[FunctionInfo] = &[
    FunctionInfo {
        name: "field",
        usage: "field(fields, 'TargetUserName')",
        about: "a field of an event, as it was logged",
    },
    FunctionInfo {
        name: "cidr_contains",
        usage: "cidr_contains('10.0.0.0/8', src_ip)",
        about: "1 if the address lies in the network, else 0",
    },
    FunctionInfo {
        name: "ip_scope",
        usage: "ip_scope(src_ip)",
        about: "internal, external, loopback, local or unknown",
    },
    FunctionInfo { name: "luid", usage: "luid('0x3E7')", about: "a logon ID as the tables write it: 0x3e7" },
    FunctionInfo {
        name: "logon_type_name",
        usage: "logon_type_name(logon_type)",
        about: "the name of a logon type: RemoteInteractive",
    },
    FunctionInfo {
        name: "status_name",
        usage: "status_name(status)",
        about: "the name of an NTSTATUS: STATUS_WRONG_PASSWORD",
    },
    FunctionInfo {
        name: "event_title",
        usage: "event_title(provider, channel, event_id, 'ko')",
        about: "what such an event says, in English or Korean",
    },
    FunctionInfo {
        name: "host_key",
        usage: "host_key(host)",
        about: "a host's name as the session tables write it: in small letters",
    },
];

/// Makes them known.
pub(super) fn add(to: &Connection) -> Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    to.create_scalar_function("field", 2, flags, |given| match (text(given, 0), text(given, 1)) {
        (Some(fields), Some(name)) => field(fields, name).map_err(said),
        _ => Ok(None),
    })?;
    to.create_scalar_function("cidr_contains", 2, flags, |given| {
        let (Some(_), Some(ip)) = (text(given, 0), text(given, 1)) else { return Ok(None) };
        let place = given.get_or_create_aux(0, |net| -> std::result::Result<Place, BadNetwork> {
            let net = net.as_str().unwrap_or_default();
            Place::new(net).ok_or_else(|| BadNetwork(net.to_owned()))
        })?;
        let ip = match parse_source(ip) {
            SourceAddress::Ip(ip, _) => ip.to_string(),
            SourceAddress::Local => "LOCAL".to_owned(),
            SourceAddress::None => return Ok(None),
        };
        Ok(Some(place.matches(&ip)))
    })?;
    to.create_scalar_function("ip_scope", 1, flags, |given| {
        let scope = match text(given, 0).map(parse_source) {
            Some(SourceAddress::Ip(ip, _)) => Scope::of(IpAddr::to_canonical(&ip)),
            Some(SourceAddress::Local) => Scope::Local,
            Some(SourceAddress::None) | None => Scope::Unknown,
        };
        Ok(scope.name())
    })?;
    to.create_scalar_function("luid", 1, flags, |given| {
        Ok(match given.get_raw(0) {
            ValueRef::Integer(number) => Some(Luid(number.cast_unsigned()).to_string()),
            _ => text(given, 0).and_then(|text| text.parse::<Luid>().ok()).map(|luid| luid.to_string()),
        })
    })?;
    to.create_scalar_function("logon_type_name", 1, flags, |given| {
        let number = match given.get_raw(0) {
            ValueRef::Integer(number) => u8::try_from(number).ok(),
            _ => text(given, 0).and_then(|text| text.trim().parse().ok()),
        };
        Ok(number.and_then(kilroy_catalog::logon_type).map(|code| code.name))
    })?;
    to.create_scalar_function("status_name", 1, flags, |given| {
        let code = match given.get_raw(0) {
            ValueRef::Integer(number) => kilroy_catalog::status(&number.to_string()),
            _ => text(given, 0).and_then(kilroy_catalog::status),
        };
        Ok(code.map(|code| code.name))
    })?;
    for arguments in [3, 4] {
        to.create_scalar_function("event_title", arguments, flags, |given| {
            let language = match (given.len() > 3).then(|| text(given, 3)).flatten() {
                None | Some("en") => Language::English,
                Some("ko") => Language::Korean,
                Some(other) => {
                    return Err(said(format!("event_title: {other:?} is no language: give 'en' or 'ko'")));
                }
            };
            let ValueRef::Integer(id) = given.get_raw(2) else { return Ok(None) };
            let Ok(id) = u32::try_from(id) else { return Ok(None) };
            let (provider, channel) =
                (text(given, 0).unwrap_or_default(), text(given, 1).unwrap_or_default());
            Ok(kilroy_catalog::event(provider, channel, id).map(|entry| entry.title.get(language)))
        })?;
    }
    to.create_scalar_function("host_key", 1, flags, |given| Ok(text(given, 0).map(host_key)))
}

/// An argument, if it is a text.
fn text<'c>(given: &'c Context<'_>, number: usize) -> Option<&'c str> {
    given.get_raw(number).as_str().ok()
}

fn said(what: impl std::fmt::Display) -> Error {
    Error::UserFunctionError(what.to_string().into())
}

#[derive(Debug, thiserror::Error)]
#[error("cidr_contains: {0:?} is no network; write it like '10.0.0.0/8'")]
struct BadNetwork(String);
