//! What columns are called, tool by tool.

/// What a column says of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Time,
    Host,
    User,
    Domain,
    Sid,
    LogonId,
    TerminalSession,
    TimeZone,
}

/// The names of each, the best first; letters and digits only, in small letters.
pub(super) const fn names(says: Says) -> &'static [&'static str] {
    match says {
        Says::Time => &[
            // Plaso, Timesketch; Elastic, Hayabusa, Chainsaw; EvtxECmd; Velociraptor; TLN.
            "datetime",
            "timestamp",
            "timecreated",
            "eventtime",
            "systemtime",
            "time",
            "utctime",
            "eventdate",
            // mactime.
            "date",
            // EZ tools, one for each of their tables.
            "lastwritetimestamp",
            "lastwritetime",
            "lastrun",
            "created0x10",
            "lastmodifiedtimeutc",
            "filekeylastwritetimestamp",
            "keylastwritetimestamp",
            "targetmodified",
            "sourcemodified",
            "updatetimestamp",
            "deletedon",
            "visittime",
            "lastmodified",
            "modified",
            "modificationtime",
            "mtime",
            "created",
            "creationtime",
            "starttime",
        ],
        Says::Host => &["computer", "computername", "hostname", "host", "machine", "machinename", "fqdn"],
        Says::User => &["user", "username", "subjectusername", "accountname", "account", "owner"],
        Says::Domain => &["domain", "userdomain", "subjectdomainname", "domainname", "accountdomain"],
        Says::Sid => &["sid", "usersid", "subjectusersid", "userid", "securityuserid"],
        Says::LogonId => &["logonid", "subjectlogonid", "targetlogonid", "luid"],
        Says::TerminalSession => &["terminalsessionid", "terminalsession", "tsid"],
        Says::TimeZone => &["timezone", "tz"],
    }
}

/// A name without what tools write between words, and around them.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
