//! Who the stories are about.

/// Security identifier of the stories' domain.
const DOMAIN_SID: &str = "S-1-5-21-1004336348-1177238915-682003330";

/// An account as the Security log names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name.
    pub user: String,
    /// Domain, or host of a local account.
    pub domain: String,
    /// Security identifier.
    pub sid: String,
    /// Member of the administrators: under UAC a logon at the desktop makes two logon sessions.
    pub admin: bool,
}

impl Account {
    /// A plain user of a domain; the last part of the SID tells accounts apart.
    pub fn new(user: &str, domain: &str, rid: u32) -> Self {
        Self::with_sid(user, domain, &format!("{DOMAIN_SID}-{rid}"))
    }

    /// An account with a well-known SID.
    pub fn with_sid(user: &str, domain: &str, sid: &str) -> Self {
        Self { user: user.to_owned(), domain: domain.to_owned(), sid: sid.to_owned(), admin: false }
    }

    /// The same account as an administrator.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.admin = true;
        self
    }

    /// The system itself.
    pub fn system() -> Self {
        Self::with_sid("SYSTEM", "NT AUTHORITY", "S-1-5-18")
    }

    /// `NETWORK SERVICE`.
    pub fn network_service() -> Self {
        Self::with_sid("NETWORK SERVICE", "NT AUTHORITY", "S-1-5-20")
    }

    /// `LOCAL SERVICE`.
    pub fn local_service() -> Self {
        Self::with_sid("LOCAL SERVICE", "NT AUTHORITY", "S-1-5-19")
    }

    /// `ANONYMOUS LOGON`.
    pub fn anonymous() -> Self {
        Self::with_sid("ANONYMOUS LOGON", "NT AUTHORITY", "S-1-5-7")
    }

    /// Nobody: how the log names the subject of a logon that came over the network.
    pub fn nobody() -> Self {
        Self::with_sid("-", "-", "S-1-0-0")
    }

    /// The computer's own account, in whose name winlogon and services ask for logons.
    pub fn computer(host: &str, domain: &str) -> Self {
        let bare = host.split('.').next().unwrap_or(host).to_uppercase();
        Self::with_sid(&format!("{bare}$"), domain, "S-1-5-18")
    }

    /// `DOM\user`.
    pub fn qualified(&self) -> String {
        format!("{}\\{}", self.domain, self.user)
    }
}
