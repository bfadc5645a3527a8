//! Each number opens the sessions behind it: the flags of `kilroy sessions` that list just these.

use ipnet::IpNet;
use kilroy_case::query::{Pattern, network};
use kilroy_findings::views::{Origin, Place, Range};
use kilroy_model::Scope;
use serde::{Serialize, Serializer};

use crate::args::SessionFlags;
use crate::rows::HostNames;

/// What a view was asked for, so that each row can ask for its part of it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    flags: SessionFlags,
    background: bool,
    /// Further flags that choose sessions.
    more: Vec<String>,
    /// The hosts that sessions of the view are on.
    hosts: HostNames,
}

/// Flags of `kilroy sessions`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Behind(Vec<String>);

/// Whose sessions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Whom<'a> {
    /// Those that the view was asked for.
    #[default]
    Asked,
    /// Those of which no record names a user.
    Unnamed,
    /// One user's.
    Named(&'a str),
}

/// What one row is about. What is none is not asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Part<'a> {
    pub(crate) user: Whom<'a>,
    pub(crate) host: Option<&'a str>,
    pub(crate) origin: Option<&'a Origin>,
    pub(crate) range: Option<(Range, Scope)>,
}

impl<'a> Part<'a> {
    /// A user; none: sessions of which no record names one.
    pub(crate) fn user(user: Option<&'a str>) -> Self {
        Self { user: user.map_or(Whom::Unnamed, Whom::Named), ..Self::default() }
    }

    pub(crate) fn at(self, place: &'a Place) -> Self {
        match place {
            Place::Source(origin) => Self { origin: Some(origin), ..self },
            Place::Range(range, scope, _) => Self { range: Some((*range, *scope)), ..self },
        }
    }
}

impl Asked {
    pub(crate) fn new(flags: &SessionFlags, background: bool, hosts: HostNames) -> Self {
        Self { flags: flags.clone(), background, more: Vec::new(), hosts }
    }

    pub(crate) fn with(mut self, more: Vec<String>) -> Self {
        self.more = more;
        self
    }

    /// The flags for one part of the view.
    pub(crate) fn part(&self, part: Part<'_>) -> Behind {
        let SessionFlags { actor, kind, outcome, client, scope, span, internal } = &self.flags;
        let mut flags = Behind(Vec::new());
        match part.user {
            Whom::Named(user) => flags.add("user", &self.user(user)),
            Whom::Unnamed => flags.add("user", "-"),
            Whom::Asked => flags.add_if("user", actor.user.as_ref()),
        }
        match part.host {
            Some(host) => flags.add("host", &self.host(host)),
            None => flags.add_if("host", actor.host.as_ref()),
        }
        let mut scope = scope.join(",");
        let mut client = client.clone();
        match (part.origin, part.range) {
            (Some(origin), _) => {
                flags.add("ip", origin.ip.as_deref().unwrap_or("-"));
                if origin.ip.is_none() {
                    // A console without an address and an unknown place are two rows.
                    origin.scope.name().clone_into(&mut scope);
                    client = Some(origin.client.as_deref().map_or_else(|| "-".to_owned(), Pattern::literal));
                }
            }
            (None, Some((range, side))) => {
                flags.add("ip", &self.narrower(range));
                side.name().clone_into(&mut scope);
            }
            (None, None) => flags.add_if("ip", actor.ip.as_ref()),
        }
        flags.add_if("client", client.as_ref());
        flags.add_if("scope", Some(&scope).filter(|scope| !scope.is_empty()));
        flags.add_list("kind", kind);
        flags.add_list("outcome", outcome);
        flags.add_if("since", span.since.as_ref());
        flags.add_if("until", span.until.as_ref());
        for net in &internal.internal {
            flags.add("internal", net);
        }
        if self.background {
            flags.0.push("--background".to_owned());
        }
        flags.0.extend(self.more.iter().cloned());
        flags
    }

    /// A user of the view; its domain, if one was asked for.
    fn user(&self, user: &str) -> String {
        let literal = Pattern::literal(user);
        let asked = self.flags.actor.user.as_deref().map(str::trim);
        // A backslash in brackets belongs to a name.
        let domain = asked.filter(|asked| !asked.contains("[\\]")).and_then(|asked| asked.split_once('\\'));
        match domain {
            Some((domain, _)) => format!("{domain}\\{literal}"),
            None => literal,
        }
    }

    /// A host of the view: a bare name would find others that begin with it.
    fn host(&self, host: &str) -> String {
        let literal = Pattern::literal(host);
        let others = self.flags.actor.host.is_some() || self.hosts.shares_its_name(host);
        if others && !host.contains('.') { format!("{literal}.") } else { literal }
    }

    /// A range, or what was asked for within it.
    fn narrower(&self, range: Range) -> String {
        let asked = self.flags.actor.ip.as_deref();
        let within = |asked: &&str| {
            let range: Option<IpNet> = range.to_string().parse().ok();
            network(asked).zip(range).is_some_and(|(asked, range)| range.contains(&asked))
        };
        asked.filter(within).map_or_else(|| range.to_string(), str::to_owned)
    }
}

impl Behind {
    fn add(&mut self, flag: &str, value: &str) {
        // A value that looks like a flag would be taken for one.
        if value.starts_with('-') && value != "-" {
            self.0.push(format!("--{flag}={value}"));
        } else {
            self.0.extend([format!("--{flag}"), value.to_owned()]);
        }
    }

    fn add_if(&mut self, flag: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.add(flag, value);
        }
    }

    fn add_list(&mut self, flag: &str, values: &[String]) {
        if !values.is_empty() {
            self.add(flag, &values.join(","));
        }
    }

    /// As it can be typed.
    pub(crate) fn typed(&self) -> String {
        self.0.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

impl Serialize for Behind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A word as shells take it whole: with double quotes where these do, which all of them know.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:=,@%".contains(c);
    let harmless = |c: char| plain(c) || " *[]+#;&|<>(){}~?^'\\".contains(c);
    match word {
        "" => "\"\"".to_owned(),
        _ if word.chars().all(plain) => word.to_owned(),
        _ if word.chars().all(harmless) && !word.ends_with('\\') && !word.contains("\\\\") => {
            format!("\"{word}\"")
        }
        _ => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::ActorFlags;

    fn asked(flags: &SessionFlags) -> Asked {
        Asked::new(flags, false, HostNames::of(["srv", "srv.corp.example", "pc"].into_iter()))
    }

    fn actor(user: &str, ip: &str, host: &str) -> SessionFlags {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let actor = ActorFlags { user: some(user), ip: some(ip), host: some(host) };
        SessionFlags { actor, ..SessionFlags::default() }
    }

    #[test]
    fn a_part_of_what_was_asked_for() {
        let all = asked(&SessionFlags::default());
        let user = |name| all.part(Part::user(Some(name))).typed();
        assert_eq!(user("alice"), "--user alice");
        assert_eq!(user("a*b\\c d"), "--user \"a[*]b[\\]c d\"");
        assert_eq!(user("-x"), "--user=-x");
        assert_eq!(user("a\"b$"), "--user 'a\"b$'");
        assert_eq!(all.part(Part::user(None)).typed(), "--user -");
        let host = |all: &Asked, host| all.part(Part { host: Some(host), ..Part::default() }).typed();
        assert_eq!(host(&all, "srv"), "--host srv.");
        assert_eq!(host(&all, "srv.corp.example"), "--host srv.corp.example");
        assert_eq!(host(&all, "pc"), "--host pc");
        assert_eq!(host(&asked(&actor("", "", "p*")), "pc"), "--host pc.");
        let of_domain = asked(&actor("CORP\\a*", "", ""));
        assert_eq!(of_domain.part(Part::user(Some("alice"))).typed(), "--user \"CORP\\alice\"");
        assert_eq!(of_domain.part(Part::default()).typed(), "--user \"CORP\\a*\"");
    }

    #[test]
    fn of_two_networks_the_narrower() {
        let range = Range::of("203.0.113.9".parse().unwrap(), Scope::External).map(|r| (r, Scope::External));
        let ip = |asked: &Asked| asked.part(Part { range, ..Part::default() }).typed();
        assert_eq!(ip(&asked(&SessionFlags::default())), "--ip 203.0.0.0/16 --scope external");
        assert_eq!(ip(&asked(&actor("", "203.0.113.0/24", ""))), "--ip 203.0.113.0/24 --scope external");
        assert_eq!(ip(&asked(&actor("", "203.0.0.0/8", ""))), "--ip 203.0.0.0/16 --scope external");
    }
}
