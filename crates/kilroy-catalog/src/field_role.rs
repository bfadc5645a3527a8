//! The roles that a field of an event can play. Shared with the build script, so it stands on `std` alone.

/// Declares the roles once: variant, name in the catalog, meaning.
macro_rules! field_roles {
    ($($variant:ident = $name:literal, $doc:literal;)+) => {
        /// What a field of an event stands for. The catalog says for each event which of its fields plays which
        /// role; the normaliser fills the typed columns of an event from that and needs no code per event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FieldRole { $(#[doc = $doc] $variant,)+ }

        impl FieldRole {
            /// All roles, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in the catalog's files.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The role of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

field_roles! {
    User = "user", "Name of the account that the event is about.";
    Domain = "domain", "Domain or host of that account.";
    Sid = "sid", "Security identifier of that account.";
    SubjectUser = "subject-user", "Name of the account that caused the event.";
    SubjectDomain = "subject-domain", "Domain or host of the account that caused the event.";
    SubjectSid = "subject-sid", "Security identifier of the account that caused the event.";
    LogonId = "logon-id", "Logon ID (LUID) of the account that the event is about.";
    SubjectLogonId = "subject-logon-id", "Logon ID (LUID) of the account that caused the event.";
    LinkedLogonId = "linked-logon-id", "Logon ID of the other half of a UAC logon.";
    LogonGuid = "logon-guid", "Kerberos logon GUID.";
    LogonType = "logon-type", "Windows logon type, a number.";
    TerminalSession = "terminal-session", "Terminal (local) session ID.";
    SessionName = "session-name", "Name of the session or connection, `RDP-Tcp#5` or `Console`.";
    AuthPackage = "auth-package", "Authentication package, `NTLM` or `Kerberos`.";
    LogonProcess = "logon-process", "Logon process, `User32` or `NtLmSsp`.";
    LmPackage = "lm-package", "NTLM version, `NTLM V2`.";
    Elevated = "elevated", "Does the logon hold an elevated token?";
    RestrictedAdmin = "restricted-admin", "Was it Remote Desktop in Restricted Admin mode?";
    CredentialGuard = "credential-guard", "Was it Remote Desktop with Remote Credential Guard?";
    Status = "status", "Status code as logged.";
    SubStatus = "sub-status", "Sub-status code as logged.";
    Reason = "reason", "Reason code, a number.";
    SrcAddress = "src-address", "Address that something came from, perhaps with its port.";
    SrcPort = "src-port", "Port that something came from.";
    SrcHost = "src-host", "Name of the machine that something came from.";
    DstAddress = "dst-address", "Address that something went to, perhaps with its port.";
    DstPort = "dst-port", "Port that something went to.";
    DstHost = "dst-host", "Name of the machine that something went to.";
    ProcessGuid = "process-guid", "Sysmon's GUID of the process.";
    Pid = "pid", "ID of the process.";
    Image = "image", "Program of the process.";
    CommandLine = "command-line", "Command line of the process.";
    ParentGuid = "parent-guid", "Sysmon's GUID of the parent process.";
    ParentPid = "parent-pid", "ID of the parent process.";
    ParentImage = "parent-image", "Program of the parent process.";
    ParentCommandLine = "parent-command-line", "Command line of the parent process.";
    Hashes = "hashes", "Hashes of the program, as logged.";
    Object = "object", "What was acted on; its kind is the entry's `object_kind`.";
    OldValue = "old-value", "The value before a change.";
    NewValue = "new-value", "The value after a change.";
    OldDate = "old-date", "The date of the value before a change, where the log has it apart.";
    NewDate = "new-date", "The date of the value after a change, where the log has it apart.";
}
