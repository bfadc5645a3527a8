//! Boots, shutdowns, crashes, clocks, names and cleared logs.

use std::collections::BTreeSet;

use kilroy_model::Timestamp;

use super::Host;
use crate::account::Account;
use crate::layouts::{listener, logon, security, sessions, system};
use crate::log::{Log, Mark};

/// A start of Windows.
#[derive(Debug, Clone)]
pub struct Booted {
    /// Kernel-General 12.
    pub kernel: Mark,
    /// Security 4608.
    pub audit: Mark,
}

/// An end of Windows.
#[derive(Debug, Clone)]
pub struct ShutDown {
    /// User32 1074.
    pub asked: Mark,
    /// Security 1100.
    pub logging: Mark,
    /// EventLog 6006.
    pub service: Mark,
    /// Kernel-General 13, the last mark.
    pub kernel: Mark,
}

impl Host {
    /// Windows starts. Desktops and logon IDs begin anew.
    pub fn boot(&mut self) -> Booted {
        self.start_anew();
        let kernel = self.log(system::started(self.now));
        let crashed = self.crashed.take();
        self.pass(1);
        self.log(system::boot_status(crashed.is_none()));
        self.log(system::boot_type(0));
        self.pass(8000);
        let audit = self.log(security::starting_up());
        self.pass(10);
        let system_logon = logon::Logon {
            subject: Account::nobody(),
            subject_luid: 0,
            luid: 0x3e7,
            process: "-",
            package: "-",
            workstation: "-".to_owned(),
            image: "-",
            address: "-".to_owned(),
            port: None,
            elevated: true,
            ..self.own_logon(&Account::system(), 0)
        };
        self.log(logon::logged_on(&system_logon));
        self.pass(1000);
        if let Some(last_alive) = crashed {
            self.log(system::unexpected_shutdown(last_alive, self.minutes_east));
        }
        self.log(system::windows_version());
        self.log(system::log_service_started(self.now));
        self.pass(500);
        self.step(sessions::plug_in());
        self.log(listener::listener_started());
        self.pass(500);
        Booted { kernel, audit }
    }

    /// Windows starts and only the Security log tells of it.
    pub fn boot_by_security(&mut self) -> Mark {
        self.start_anew();
        self.crashed = None;
        let mark = self.log(security::starting_up());
        self.pass(2000);
        mark
    }

    /// Windows starts and no log tells of it.
    pub fn boot_unseen(&mut self) -> &mut Self {
        self.start_anew();
        self.crashed = None;
        self
    }

    pub(crate) fn start_anew(&mut self) {
        self.desks.clear();
        self.console_session = 1;
        self.next_session = 2;
        self.free_sessions = self.free_sessions.take().map(|_| BTreeSet::new());
        self.next_luid = 0x0001_0a37;
        self.next_connection = 0;
    }

    /// Services and window managers log on, as they do at every boot. All of it is background; returns its logon IDs.
    pub fn background_logons(&mut self) -> Vec<u64> {
        let window_manager = Account::with_sid("DWM-1", "Window Manager", "S-1-5-90-0-1").admin();
        let mut luids = Vec::new();
        for (account, luid) in [
            (Account::system(), 0x3e7),
            (Account::network_service(), 0x3e4),
            (Account::local_service(), 0x3e5),
        ] {
            let logon = logon::Logon {
                luid,
                process: "Advapi  ",
                workstation: "-".to_owned(),
                address: "-".to_owned(),
                port: None,
                elevated: true,
                ..self.own_logon(&account, 5)
            };
            self.log(logon::logged_on(&logon));
            self.log(logon::privileges(&account, luid));
            self.pass(90);
            luids.push(luid);
        }
        let logon = logon::Logon {
            process: "Advapi  ",
            workstation: "-".to_owned(),
            address: "-".to_owned(),
            port: None,
            ..self.own_logon(&window_manager, 2)
        };
        luids.extend(self.logons(logon, true).luids);
        self.pass(50);
        luids
    }

    /// Windows shuts down and logs it in every way; users are not logged off before.
    pub fn shutdown(&mut self, by: &Account) -> ShutDown {
        let host = self.bare_name();
        let asked = self.log(system::shutdown_asked(&host, by, false));
        self.pass(3300);
        let logging = self.log(security::service_shut_down());
        self.pass(12);
        let service = self.log(system::log_service_stopped());
        self.pass(5000);
        let kernel = self.log(system::stopped(self.now));
        self.desks.clear();
        ShutDown { asked, logging, service, kernel }
    }

    /// The machine stops without a word; the next boot will name the last time it was seen alive, which is now.
    pub fn crash(&mut self) -> Timestamp {
        self.crashed = Some(self.now);
        self.desks.clear();
        self.now
    }

    /// The machine sleeps until this time.
    pub fn sleep(&mut self, until: Timestamp) -> &mut Self {
        let from = self.now;
        self.log(system::entering_sleep());
        self.now = until;
        self.log(system::resumed());
        self.pass(2000);
        self.log(system::slept(from, until));
        self
    }

    /// Once a day the log service notes how long the machine has been up, and its time zone: `-60 W. Europe Standard Time`.
    pub fn note_uptime(&mut self, zone: &str) -> Mark {
        self.log(system::uptime(3600, zone))
    }

    /// The clock is set to another time, by the time service; returns the Security record.
    pub fn set_clock(&mut self, to: Timestamp) -> Mark {
        let before = self.now;
        self.now = to;
        self.log(system::time_changed(before, to));
        self.log(security::time_changed(&Account::local_service(), 0x3e5, before, to))
    }

    /// The clock steps back by so many hours.
    pub fn clock_back(&mut self, hours: i64) -> Mark {
        self.set_clock(self.now.plus_millis(-hours * 3_600_000))
    }

    /// The machine gets a new name: 6011 tells of it, and what follows carries the new name.
    pub fn rename(&mut self, new: &str) -> Mark {
        let old = self.bare_name();
        self.set_name(new);
        let new = self.bare_name();
        self.log(system::renamed(&old, &new))
    }

    /// Somebody clears a log: its records are gone, and 1102 (or 104 in System) stands there.
    pub fn clear_log(&mut self, log: Log, by: &Account, luid: u64) -> Mark {
        self.keep(|e| e.channel != log.channel());
        self.note_clear(log, by, luid)
    }

    /// The record of a clear whose lost records are at hand all the same, from a copy made before.
    pub fn note_clear(&mut self, log: Log, by: &Account, luid: u64) -> Mark {
        match log {
            Log::Security => self.log(security::audit_log_cleared(by, luid)),
            other => self.log(security::log_cleared(by, other.channel())),
        }
    }
}
