//! Who: accounts as logs name them.

use serde::{Deserialize, Serialize};

use crate::names::{may_be_one_domain, same_name};

/// An account as an event names it. Spelling as logged; blanks trimmed; empty and `-` are nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account<T = String> {
    /// Name without domain.
    pub user: Option<T>,
    /// Domain or host the account belongs to.
    pub domain: Option<T>,
    /// Security identifier.
    pub sid: Option<T>,
}

impl<'a> Account<&'a str> {
    /// From the fields of an event; `DOM\user` and `user@dom` are split where no domain is given.
    pub fn read(user: Option<&'a str>, domain: Option<&'a str>, sid: Option<&'a str>) -> Self {
        let mut domain = domain.and_then(present);
        let user = user.and_then(present).map(|user| {
            if let Some((d, u)) = user.split_once('\\').filter(|(_, u)| !u.is_empty()) {
                domain = domain.or_else(|| present(d));
                u.trim()
            } else if let (Some((u, d)), None) =
                (user.rsplit_once('@').filter(|(u, d)| !u.is_empty() && !d.is_empty()), domain)
            {
                domain = Some(d.trim());
                u.trim()
            } else {
                user
            }
        });
        Self { user, domain, sid: sid.and_then(present).filter(|s| *s != "S-1-0-0") }
    }
}

impl<T: AsRef<str>> Account<T> {
    /// Whether this account, as somebody typed it, is the one that a record names: without a domain it is any of that name.
    pub fn takes(&self, user: Option<&str>, domain: Option<&str>) -> bool {
        let name = self.user.as_ref().zip(user).is_some_and(|(asked, is)| same_name(asked.as_ref(), is));
        let of_domain = |asked: &T| domain.is_some_and(|domain| may_be_one_domain(asked.as_ref(), domain));
        name && self.domain.as_ref().is_none_or(of_domain)
    }
}

impl Account {
    /// A copy of what [`Account::read`] gives.
    pub fn new(user: Option<&str>, domain: Option<&str>, sid: Option<&str>) -> Self {
        let Account { user, domain, sid } = Account::read(user, domain, sid);
        Self { user: user.map(str::to_owned), domain: domain.map(str::to_owned), sid: sid.map(str::to_owned) }
    }

    /// What kind of account this is, by its name and SID.
    pub fn kind(&self) -> AccountKind {
        AccountKind::of(self.user.as_deref(), self.domain.as_deref(), self.sid.as_deref())
    }
}

/// Trimmed text, or nothing for the ways in which logs write "nothing".
fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && text != "-").then_some(text)
}

/// What kind of account made a logon session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// A person or a service account with a name of its own.
    User,
    /// A computer account (`HOST$`).
    Machine,
    /// SYSTEM, LOCAL SERVICE, NETWORK SERVICE, IUSR.
    System,
    /// A virtual service or application-pool account.
    Service,
    /// ANONYMOUS LOGON.
    Anonymous,
    /// DWM-n and UMFD-n, which come along with every desktop.
    WindowManager,
}

impl AccountKind {
    /// Kind by SID where it tells, else by the names Windows uses in every language.
    pub fn of(user: Option<&str>, domain: Option<&str>, sid: Option<&str>) -> Self {
        let sid = sid.unwrap_or("");
        match sid {
            "S-1-5-7" => return Self::Anonymous,
            "S-1-5-18" => {
                // A computer's own network logons carry its name with the SYSTEM SID.
                return if user.is_some_and(|u| u.ends_with('$')) { Self::Machine } else { Self::System };
            }
            "S-1-5-19" | "S-1-5-20" | "S-1-5-17" => return Self::System,
            _ if sid.starts_with("S-1-5-90-") || sid.starts_with("S-1-5-96-") => return Self::WindowManager,
            _ if ["S-1-5-80-", "S-1-5-82-", "S-1-5-83-", "S-1-5-111-"].iter().any(|p| sid.starts_with(p)) => {
                return Self::Service;
            }
            _ => {}
        }
        let user = user.unwrap_or("");
        let numbered = |prefix: &str| {
            user.get(..prefix.len()).is_some_and(|p| p.eq_ignore_ascii_case(prefix))
                && user.len() > prefix.len()
                && user[prefix.len()..].bytes().all(|b| b.is_ascii_digit())
        };
        let is = |name: &str| user.eq_ignore_ascii_case(name);
        if user.ends_with('$') {
            Self::Machine
        } else if numbered("DWM-") || numbered("UMFD-") {
            Self::WindowManager
        } else if is("ANONYMOUS LOGON") {
            Self::Anonymous
        } else if is("SYSTEM") || is("LOCAL SERVICE") || is("NETWORK SERVICE") || is("IUSR") {
            Self::System
        } else if domain.is_some_and(|d| {
            ["NT SERVICE", "IIS APPPOOL", "NT VIRTUAL MACHINE", "VIRTUAL USERS"]
                .iter()
                .any(|n| d.eq_ignore_ascii_case(n))
        }) {
            Self::Service
        } else {
            Self::User
        }
    }

    /// Everything but people: marked and hidden by default, never dropped.
    pub const fn is_background(self) -> bool {
        !matches!(self, Self::User)
    }

    /// The name used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Machine => "machine",
            Self::System => "system",
            Self::Service => "service",
            Self::Anonymous => "anonymous",
            Self::WindowManager => "window-manager",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(user: &str, domain: Option<&str>) -> (Option<String>, Option<String>) {
        let a = Account::new(Some(user), domain, None);
        (a.user, a.domain)
    }

    #[test]
    fn users_as_logs_write_them() {
        let s = |t: &str| Some(t.to_owned());
        assert_eq!(names("CORP\\alice", None), (s("alice"), s("CORP")));
        assert_eq!(names("alice@corp.example", None), (s("alice"), s("corp.example")));
        assert_eq!(names("alice  ", Some(" ")), (s("alice"), None));
        assert_eq!(names("-", Some("-")), (None, None));
        // An e-mail like name with a domain beside it is the name itself (Microsoft accounts).
        assert_eq!(
            names("alice@live.example", Some("MicrosoftAccount")),
            (s("alice@live.example"), s("MicrosoftAccount"))
        );
    }

    #[test]
    fn an_account_as_somebody_types_it() {
        for (typed, user, domain, want) in [
            ("alice", "ALICE", None, true),
            ("alice", "alice", Some("CORP"), true),
            ("corp\\alice", "alice", Some("CORP"), true),
            ("corp\\alice", "alice", Some("corp.example"), true),
            ("corp.example\\alice", "alice", Some("CORP"), true),
            ("alice@corp.example", "alice", Some("CORP"), true),
            ("alice@corp.example", "alice", Some("corp.other"), false),
            ("corp\\alice", "alice", None, false),
            ("müller", "MÜLLER", None, true),
            ("alice", "bob", None, false),
        ] {
            assert_eq!(
                Account::read(Some(typed), None, None).takes(Some(user), domain),
                want,
                "{typed} {user}"
            );
        }
        assert!(!Account::read(None, None, None).takes(Some("alice"), None));
    }

    #[test]
    fn kinds() {
        for (user, domain, sid, want) in [
            ("DC$", "WINDOMAIN", "S-1-5-18", AccountKind::Machine),
            ("SYSTEM", "NT AUTHORITY", "S-1-5-18", AccountKind::System),
            ("SYSTEM", "AUTORITE NT", "", AccountKind::System),
            ("DWM-2", "Window Manager", "S-1-5-90-0-2", AccountKind::WindowManager),
            ("UMFD-0", "Font Driver Host", "S-1-5-96-0-0", AccountKind::WindowManager),
            ("ANONYMOUS LOGON", "NT AUTHORITY", "S-1-5-7", AccountKind::Anonymous),
            ("DefaultAppPool", "IIS APPPOOL", "S-1-5-82-1", AccountKind::Service),
            ("alice", "CORP", "S-1-5-21-1-2-3-1001", AccountKind::User),
            ("DWM-x", "CORP", "", AccountKind::User),
        ] {
            assert_eq!(AccountKind::of(Some(user), Some(domain), Some(sid)), want, "{user}");
        }
    }
}
