//! What happens on the machine, each scene with all the records that it leaves.

use kilroy_model::{Action, Guid, Luid};

use super::{MILLI, Person, SECURITY, World};

const LSM: &str = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";
const RCM: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational";
const CORE_TS: &str = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational";
const SSH: &str = "OpenSSH/Operational";

impl World {
    pub(super) fn network_logon(&mut self, machine: bool, kerberos: bool) {
        let who = self.person(machine);
        let luid = self.luid(0);
        let guid = Guid(u128::from(self.dice.next()) << 64 | u128::from(self.dice.next()));
        let zero = self.text("0x0");
        let port = u16::try_from(49152 + self.dice.below(16000)).ok();
        let (package, process) = if kerberos {
            (self.text("Kerberos"), self.text("Kerberos"))
        } else {
            (self.text("NTLM"), self.text("NtLmSsp"))
        };
        if kerberos {
            if self.dice.below(3) == 0 {
                let (w, zero) = (who.clone(), zero.clone());
                self.put(SECURITY, 4768, Action::KerberosTicketGranted, 0, |e| {
                    (e.user, e.domain, e.sid) = (Some(w.user), Some(w.domain), Some(w.sid));
                    (e.ip, e.port, e.status) = (Some(w.ip), port, zero);
                });
            }
            let (w, zero) = (who.clone(), zero);
            self.put(SECURITY, 4769, Action::KerberosServiceTicket, MILLI, |e| {
                (e.user, e.domain) = (Some(w.principal), Some(w.domain));
                (e.ip, e.port, e.status, e.logon_guid) = (Some(w.ip), port, zero, Some(guid));
            });
        } else {
            let (w, zero) = (who.clone(), zero);
            self.put(SECURITY, 4776, Action::CredentialsValidated, 0, |e| {
                (e.user, e.src_host, e.status) = (Some(w.user), Some(w.machine), zero);
            });
        }
        if self.dice.below(4) == 0 {
            let w = who.clone();
            self.put(SECURITY, 4672, Action::PrivilegesAssigned, 2 * MILLI, |e| {
                (e.user, e.domain, e.sid, e.luid) = (Some(w.user), Some(w.domain), Some(w.sid), Some(luid));
            });
        }
        let lm = if kerberos { None } else { self.text("NTLM V2") };
        let w = who.clone();
        self.put(SECURITY, 4624, Action::Logon, 2 * MILLI, |e| {
            (e.user, e.domain, e.sid, e.luid) = (Some(w.user), Some(w.domain), Some(w.sid), Some(luid));
            (e.logon_type, e.ip, e.port, e.elevated) = (Some(3), Some(w.ip), port, Some(true));
            (e.package, e.logon_process, e.lm_package) = (package, process, lm);
            e.logon_guid = kerberos.then_some(guid);
            e.src_host = (!kerberos).then_some(w.machine);
        });
        if self.dice.below(50) != 0 {
            let after = self.dice.millis(5, 60_000);
            self.put(SECURITY, 4634, Action::Logoff, after, |e| {
                (e.user, e.domain, e.sid) = (Some(who.user), Some(who.domain), Some(who.sid));
                (e.luid, e.logon_type) = (Some(luid), Some(3));
            });
        }
    }

    /// 4648 and the logon that it makes on this machine.
    pub(super) fn explicit(&mut self) {
        let who = self.at_desktop();
        let luid = self.luid(0);
        let (target, image) = (self.text("localhost"), self.text("C:\\Windows\\System32\\svchost.exe"));
        let (w, i) = (who.clone(), image.clone());
        self.put(SECURITY, 4648, Action::ExplicitCredentials, 0, |e| {
            (e.user, e.domain, e.dst_host, e.image) = (Some(w.user), Some(w.domain), target, i);
        });
        let kind = if self.dice.below(2) == 0 { 4 } else { 8 };
        self.put(SECURITY, 4624, Action::Logon, MILLI, |e| {
            (e.user, e.domain, e.sid, e.luid) = (Some(who.user), Some(who.domain), Some(who.sid), Some(luid));
            (e.logon_type, e.image) = (Some(kind), image);
        });
        let after = self.dice.millis(5, 20_000);
        self.put(SECURITY, 4634, Action::Logoff, after, |e| {
            (e.luid, e.logon_type) = (Some(luid), Some(kind));
        });
    }

    pub(super) fn failure(&mut self) {
        let who = self.person(false);
        let (status, sub, bad) = (self.text("0xc000006d"), self.text("0xc000006a"), self.text("0xC000006A"));
        let code = self.text("0x18");
        match self.dice.below(3) {
            0 => self.put(SECURITY, 4771, Action::KerberosPreauthFailed, 0, |e| {
                (e.user, e.sid, e.ip, e.status) = (Some(who.user), Some(who.sid), Some(who.ip), code);
            }),
            n => {
                let w = who.clone();
                self.put(SECURITY, 4776, Action::CredentialsValidated, 0, |e| {
                    (e.user, e.src_host, e.status) = (Some(w.user), Some(w.machine), bad);
                });
                if n == 1 {
                    self.put(SECURITY, 4625, Action::LogonFailed, 3 * MILLI, |e| {
                        (e.user, e.domain, e.src_host) =
                            (Some(who.user), Some(who.domain), Some(who.machine));
                        (e.logon_type, e.ip, e.status, e.sub_status) = (Some(3), Some(who.ip), status, sub);
                    });
                }
            }
        }
    }

    pub(super) fn service(&mut self) {
        let (user, domain, sid) = (self.text("SYSTEM"), self.text("NT AUTHORITY"), self.text("S-1-5-18"));
        let (u, d, s) = (user.clone(), domain.clone(), sid.clone());
        let (package, process) = (self.text("Negotiate"), self.text("Advapi"));
        self.put(SECURITY, 4624, Action::Logon, 0, |e| {
            (e.user, e.domain, e.sid, e.luid, e.logon_type) = (u, d, s, Some(Luid(0x3e7)), Some(5));
            (e.package, e.logon_process) = (package, process);
        });
        self.put(SECURITY, 4672, Action::PrivilegesAssigned, 0, |e| {
            (e.user, e.domain, e.sid, e.luid) = (user, domain, sid, Some(Luid(0x3e7)));
        });
    }

    /// From the first packet to the logoff, with some disconnects, reconnects and locks between.
    pub(super) fn remote_desktop(&mut self) {
        let who = self.at_desktop();
        let (w, mut at) = (who.clone(), 0);
        self.session += 1;
        let session = self.session;
        let (nla, luid, twin) = (self.luid(0), self.luid(0), self.luid(0));
        let mut activity = self.connection(&who, at, nla);
        at += 3000 * MILLI;
        let (package, process) = (self.text("Negotiate"), self.text("User32"));
        for (own, other) in [(luid, twin), (twin, luid)] {
            let (w, package, process) = (w.clone(), package.clone(), process.clone());
            self.put(SECURITY, 4624, Action::Logon, at, |e| {
                (e.user, e.domain, e.sid, e.luid) = (Some(w.user), Some(w.domain), Some(w.sid), Some(own));
                (e.logon_type, e.ip, e.linked_luid, e.elevated) =
                    (Some(10), Some(w.ip), Some(other), Some(own == luid));
                (e.package, e.logon_process) = (package, process);
            });
        }
        self.put(SECURITY, 4672, Action::PrivilegesAssigned, at, |e| e.luid = Some(luid));
        self.desktop(&who, at + 500 * MILLI, 41, Action::ArbitrationBegun, session, activity);
        self.desktop(&who, at + 700 * MILLI, 42, Action::ArbitrationEnded, session, activity);
        self.desktop(&who, at + 800 * MILLI, 21, Action::TerminalLogon, session, activity);
        self.desktop(&who, at + 1200 * MILLI, 22, Action::TerminalShell, session, activity);
        for _ in 0..self.dice.below(4) {
            at += self.dice.millis(20_000, 4_000_000);
            if self.dice.below(2) == 0 {
                let after = at + self.dice.millis(1000, 900_000);
                self.put(SECURITY, 4800, Action::WorkstationLocked, at, |e| e.luid = Some(luid));
                self.put(SECURITY, 4801, Action::WorkstationUnlocked, after, |e| e.luid = Some(luid));
                at = after;
                continue;
            }
            self.leave(&who, at, luid, nla, session, activity, 11);
            at += self.dice.millis(60_000, 9_000_000);
            let again = self.luid(at);
            activity = self.connection(&who, at, again);
            at += 2500 * MILLI;
            let passing = self.luid(at);
            let w = who.clone();
            self.put(SECURITY, 4624, Action::Logon, at, |e| {
                (e.user, e.domain, e.sid, e.luid) =
                    (Some(w.user), Some(w.domain), Some(w.sid), Some(passing));
                (e.logon_type, e.ip) = (Some(10), Some(w.ip));
            });
            self.window_station(&who, 4778, Action::SessionReconnected, at + 300 * MILLI, luid);
            self.desktop(&who, at + 400 * MILLI, 25, Action::TerminalReconnected, session, activity);
            self.put(SECURITY, 4634, Action::Logoff, at + 2000 * MILLI, |e| {
                (e.luid, e.logon_type) = (Some(passing), Some(10));
            });
            at += 5000 * MILLI;
        }
        at += self.dice.millis(10_000, 3_000_000);
        let w = who.clone();
        self.put(SECURITY, 4647, Action::LogoffInitiated, at, |e| {
            (e.user, e.domain, e.sid, e.luid) = (Some(w.user), Some(w.domain), Some(w.sid), Some(luid));
        });
        self.desktop(&who, at + 300 * MILLI, 23, Action::TerminalLogoff, session, activity);
        self.leave(&who, at + 350 * MILLI, luid, nla, session, activity, 12);
        for own in [luid, twin] {
            let w = who.clone();
            self.put(SECURITY, 4634, Action::Logoff, at + 900 * MILLI, |e| {
                (e.user, e.domain, e.sid) = (Some(w.user), Some(w.domain), Some(w.sid));
                (e.luid, e.logon_type) = (Some(own), Some(10));
            });
        }
    }

    /// 131, 261, the network logon, 1149.
    fn connection(&mut self, who: &Person, at: i64, nla: Luid) -> Guid {
        let activity = Guid(0xf420 << 112 | u128::from(self.dice.next()) << 32);
        let port = u16::try_from(49152 + self.dice.below(16000)).ok();
        let w = who.clone();
        self.put(CORE_TS, 131, Action::RdpConnectionAccepted, at, |e| {
            (e.ip, e.port, e.activity_id) = (Some(w.ip), port, Some(activity));
        });
        self.put(RCM, 261, Action::RdpListenerConnection, at + 10 * MILLI, |e| {
            e.activity_id = Some(activity);
        });
        let w = who.clone();
        let (package, process) = (self.text("NTLM"), self.text("NtLmSsp"));
        self.put(SECURITY, 4624, Action::Logon, at + 800 * MILLI, |e| {
            (e.user, e.domain, e.sid, e.luid) = (Some(w.user), Some(w.domain), Some(w.sid), Some(nla));
            (e.logon_type, e.ip, e.src_host) = (Some(3), Some(w.ip), Some(w.machine));
            (e.package, e.logon_process) = (package, process);
        });
        let w = who.clone();
        self.put(RCM, 1149, Action::RdpAuthenticated, at + 1200 * MILLI, |e| {
            (e.user, e.domain, e.ip, e.activity_id) =
                (Some(w.user), Some(w.domain), Some(w.ip), Some(activity));
        });
        activity
    }

    fn desktop(
        &mut self,
        who: &Person,
        at: i64,
        event_id: u32,
        action: Action,
        session: u32,
        activity: Guid,
    ) {
        let w = who.clone();
        let placed = matches!(event_id, 21 | 22 | 24 | 25);
        self.put(LSM, event_id, action, at, |e| {
            if event_id != 40 {
                (e.user, e.domain) = (Some(w.user), Some(w.domain));
            }
            e.ip = placed.then_some(w.ip);
            (e.terminal_session, e.activity_id) = (Some(session), Some(activity));
        });
    }

    fn window_station(&mut self, who: &Person, event_id: u32, action: Action, at: i64, luid: Luid) {
        let w = who.clone();
        let name = self.text("RDP-Tcp#7");
        self.put(SECURITY, event_id, action, at, |e| {
            (e.user, e.domain, e.luid, e.session_name) = (Some(w.user), Some(w.domain), Some(luid), name);
            (e.ip, e.src_host) = (Some(w.ip), Some(w.machine));
        });
    }

    #[allow(clippy::too_many_arguments, reason = "a record's values, side by side")]
    fn leave(
        &mut self,
        who: &Person,
        at: i64,
        luid: Luid,
        nla: Luid,
        session: u32,
        activity: Guid,
        reason: u32,
    ) {
        self.window_station(who, 4779, Action::SessionDisconnected, at + 5 * MILLI, luid);
        self.desktop(who, at + 20 * MILLI, 24, Action::TerminalDisconnected, session, activity);
        self.put(LSM, 40, Action::TerminalReason, at + 25 * MILLI, |e| {
            (e.terminal_session, e.activity_id, e.reason) = (Some(session), Some(activity), Some(reason));
        });
        self.put(SECURITY, 4634, Action::Logoff, at + 1500 * MILLI, |e| {
            (e.luid, e.logon_type) = (Some(nla), Some(3));
        });
    }

    /// A burst of wrong passwords over Remote Desktop.
    pub(super) fn guessing(&mut self) {
        let from = self.person(false);
        let (status, sub) = (self.text("0xc000006d"), self.text("0xc0000064"));
        for n in 0..self.dice.below(20) {
            let at = i64::try_from(n).unwrap_or(0) * 200 * MILLI;
            let activity = Guid(0xf420 << 112 | u128::from(self.dice.next()) << 32);
            let ip = from.ip;
            self.put(CORE_TS, 131, Action::RdpConnectionAccepted, at, |e| {
                (e.ip, e.activity_id) = (Some(ip), Some(activity));
            });
            let (status, sub) = (status.clone(), sub.clone());
            let user = self.person(false).user;
            self.put(SECURITY, 4625, Action::LogonFailed, at + 90 * MILLI, |e| {
                (e.user, e.logon_type, e.ip, e.status, e.sub_status) =
                    (Some(user), Some(3), Some(ip), status, sub);
            });
            self.put(CORE_TS, 140, Action::RdpAuthenticationFailed, at + 100 * MILLI, |e| {
                (e.ip, e.activity_id) = (Some(ip), Some(activity));
            });
        }
    }

    pub(super) fn secure_shell(&mut self) {
        let who = self.person(false);
        let luid = self.luid(0);
        let port = 40_000 + self.dice.below(20_000);
        let image = self.text("C:\\Windows\\System32\\OpenSSH\\sshd.exe");
        let (w, ok) = (who.clone(), self.dice.below(3) > 0);
        let i = image.clone();
        if ok {
            self.put(SECURITY, 4624, Action::Logon, 0, |e| {
                (e.user, e.domain, e.sid, e.luid) = (Some(w.user), Some(w.domain), Some(w.sid), Some(luid));
                (e.logon_type, e.image) = (Some(8), i);
            });
        } else {
            self.put(SECURITY, 4625, Action::LogonFailed, 0, |e| {
                (e.user, e.logon_type, e.image) = (Some("NOUSER".into()), Some(8), i);
            });
        }
        let verb = if ok { "Accepted" } else { "Failed" };
        let line = format!("{verb} password for {} from {} port {port} ssh2", who.user, who.ip);
        self.put(SSH, 4, Action::SshMessage, 40 * MILLI, |e| e.new_value = Some(line.into()));
        if ok {
            let after = self.dice.millis(1000, 600_000);
            let line = format!("Received disconnect from {} port {port}:11: disconnected by user", who.ip);
            self.put(SSH, 4, Action::SshMessage, after, |e| e.new_value = Some(line.into()));
            self.put(SECURITY, 4634, Action::Logoff, after + 40 * MILLI, |e| {
                (e.luid, e.logon_type) = (Some(luid), Some(8));
            });
        }
    }
}
