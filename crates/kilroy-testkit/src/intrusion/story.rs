//! The story, hour by hour.

use kilroy_model::{HopMethod, Timestamp};

use super::{APP, FILES, GATE, GUESSES, INTRUDER, Intrusion, Touched, deploy, everyday};
use crate::host::{Client, Host, Style};
use crate::lan::{Lan, Machine, Seat, TrueHop, Typed, Way};
use crate::layouts::{security, service};
use crate::log::Log;
use crate::time::{may, seconds};

const CMD: &str = r"C:\Windows\System32\cmd.exe";
const WHOAMI: &str = r"C:\Windows\System32\whoami.exe";
const NET: &str = r"C:\Windows\System32\net.exe";
const REG: &str = r"C:\Windows\System32\reg.exe";
const EXPLORER: &str = r"C:\Windows\explorer.exe";

/// Numbers of the hosts.
const FIRST: usize = 0;
const SECOND: usize = 1;
const THIRD: usize = 2;

struct Teller {
    lan: Lan,
    intruder: Vec<usize>,
    touched: Vec<Touched>,
}

pub(super) fn tell() -> Intrusion {
    let mut teller = Teller { lan: hosts(), intruder: vec![], touched: vec![] };
    teller.morning();
    let outer = teller.way_in();
    teller.second_host(&outer);
    let desk = teller.second_desktop(&outer);
    let hole = teller.third_host(&desk);
    let cleared = teller.tracks(&desk, outer.session);
    teller.afternoon();
    let Teller { mut lan, intruder, touched } = teller;
    lan.machine(THIRD).host.lose(Log::System, hole.0, hole.1);
    lan.only_kept();
    let events = lan.events();
    Intrusion { events, hops: lan.hops, intruder, touched, cleared, hole }
}

/// Three hosts that started early in the morning, with clocks of their own.
fn hosts() -> Lan {
    let machine = |name: &str, ip: &str, ahead: i64, seed: u64| {
        let host = Host::new(name, Style::Windows10, may(14, 5, 30, 0)).uneven(seed);
        Machine::new(host, ip, ahead)
    };
    let mut lan = Lan::new(vec![
        machine(GATE, "10.40.0.10", 0, 11),
        machine(APP, "10.40.0.21", 4_200, 12),
        machine(FILES, "10.40.0.32", -11_300, 13),
    ]);
    for (machine, minute) in lan.machines.iter_mut().zip([30, 34, 38]) {
        machine.at(may(14, 5, minute, 0));
        machine.host.boot();
        machine.host.background_logons();
    }
    lan.machine(SECOND).connections = (true, false);
    lan
}

impl Teller {
    fn morning(&mut self) {
        for (hour, port) in [(6, 50_110), (7, 50_140), (8, 50_180), (9, 50_210)] {
            everyday::backup(self.lan.machine(SECOND), may(14, hour, 5, 0), port);
            everyday::backup(self.lan.machine(THIRD), may(14, hour, 20, 0), port + 1);
        }
        everyday::administration(self.lan.machine(SECOND), may(14, 7, 45, 0), 52_300);
        everyday::colleague(self.lan.machine(THIRD), may(14, 8, 12, 0));
        everyday::rounds(&mut self.lan, FIRST, THIRD);
        everyday::updater(self.lan.machine(SECOND), may(14, 9, 2, 0));
        self.lan.settle();
    }

    /// Starts programs one after the other at a place.
    fn programs(&mut self, on: usize, at: Timestamp, seat: &Seat, list: &[(&str, &str)]) {
        let machine = self.lan.machine(on);
        machine.at(at);
        for (image, command) in list {
            machine.start(seat, image, command);
            machine.host.pass(seconds(14));
        }
    }

    /// Passwords are guessed, and one is right.
    fn way_in(&mut self) -> Seat {
        let gate = self.lan.machine(FIRST);
        gate.at(may(14, 9, 41, 0));
        let names = ["administrator", "admin", "backup", "svc-deploy", "test", "scanner", "svc-deploy"];
        for n in 0..GUESSES {
            let port = 40_000 + u16::try_from(n).unwrap_or(0);
            let client = Client::new(INTRUDER, port, "DESKTOP-K1");
            let user = if n < 42 { names[n as usize % names.len()] } else { "svc-deploy" };
            let why = if user == "svc-deploy" { 0xc000_006a } else { 0xc000_0064 };
            gate.host.failed_rdp(&client, user, why);
            gate.host.pass(seconds(5));
        }
        gate.at(may(14, 9, 52, 30));
        let client = Client::new(INTRUDER, 40_177, "DESKTOP-K1");
        let logon = gate.host.rdp_logon(&client, &deploy());
        let hop = TrueHop {
            from: None,
            address: INTRUDER.to_owned(),
            to: GATE.to_owned(),
            by: None,
            user: deploy().user,
            method: HopMethod::Rdp,
            time: may(14, 9, 52, 30),
            clock_difference: 0,
            reconnect: false,
            source: vec![],
            target: logon.all,
        };
        let seat = gate.seat(logon.session).expect("somebody has just logged on there");
        self.lan.hops.push(hop);
        self.went(self.lan.hops.len() - 1);
        let list = [
            (CMD, "cmd.exe"),
            (WHOAMI, "whoami /all"),
            (NET, "net group \"Domain Admins\" /domain"),
            (NET, "net view /domain:corp"),
        ];
        self.programs(FIRST, may(14, 9, 55, 0), &seat, &list);
        seat
    }

    fn went(&mut self, hop: usize) {
        self.intruder.push(hop);
    }

    /// A shell by PsExec, which lets Remote Desktop in.
    fn second_host(&mut self, outer: &Seat) {
        let way = Way { from: FIRST, to: SECOND, at: may(14, 10, 3, 10) };
        let shell = self.lan.psexec(way, outer, &deploy());
        self.went(shell.hop);
        let allow = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 0 /f"#;
        let list = [(WHOAMI, "whoami"), (REG, allow)];
        self.programs(SECOND, may(14, 10, 4, 0), &shell.seat, &list);
        self.lan.psexec_leave(SECOND, may(14, 10, 8, 40), &shell);
    }

    /// A desktop on the second host.
    fn second_desktop(&mut self, outer: &Seat) -> Seat {
        let way = Way { from: FIRST, to: SECOND, at: may(14, 10, 12, 0) };
        let desktop = self.lan.rdp(way, outer, &deploy(), Typed::Names);
        self.went(desktop.hop);
        let seat = self.lan.machine(SECOND).seat(desktop.session).expect("a desktop was made there");
        self.programs(SECOND, may(14, 10, 15, 0), &seat, &[(CMD, "cmd.exe"), (NET, r"net view \\SRV-FILES")]);
        seat
    }

    /// A desktop on the third host: files are read and packed, the line breaks, the desktop is taken up again. Returns the
    /// time whose records will be taken out of the System log.
    fn third_host(&mut self, desk: &Seat) -> (Timestamp, Timestamp) {
        let way = |minute, second| Way { from: SECOND, to: THIRD, at: may(14, 10, minute, second) };
        let desktop = self.lan.rdp(way(21, 0), desk, &deploy(), Typed::Names);
        self.went(desktop.hop);
        let list = [r"D:\Finance\payroll.xlsx", r"D:\Finance\accounts.xlsx", r"D:\Legal\contracts.docx"];
        self.read(may(14, 10, 25, 0), desktop.session, desktop.hop, &list);
        self.lan.rdp_leave(way(34, 0), &deploy(), desktop.session, 0);
        let again = self.lan.rdp_again(way(37, 20), desk, &deploy(), Typed::Names, desktop.session);
        self.went(again.hop);
        self.pack(may(14, 10, 40, 0), again.session, again.hop);
        let third = self.lan.machine(THIRD);
        let from = third.at(may(14, 10, 43, 0)).now();
        for minute in [44, 46, 48] {
            let host = third.at(may(14, 10, minute, 0));
            host.log(service::state("Volume Shadow Copy", "running"));
            host.pass(seconds(50));
            host.log(service::state("Volume Shadow Copy", "stopped"));
        }
        (from, third.at(may(14, 10, 50, 0)).now())
    }

    fn read(&mut self, at: Timestamp, session: u32, hop: usize, paths: &[&str]) {
        let third = self.lan.machine(THIRD);
        third.at(at);
        let Some(seat) = third.seat(session) else { return };
        for path in paths {
            third.host.pass(seconds(40));
            third.host.log(security::file_read(&seat.account, seat.luid, path, EXPLORER));
            self.touched.push(Touched {
                computer: FILES.to_owned(),
                time: third.host.now(),
                path: (*path).to_owned(),
                hop,
            });
        }
    }

    fn pack(&mut self, at: Timestamp, session: u32, hop: usize) {
        let third = self.lan.machine(THIRD);
        third.at(at);
        let Some(seat) = third.seat(session) else { return };
        let archive = r"C:\Users\Public\f.7z";
        let packer = r"C:\Program Files\7-Zip\7z.exe";
        let (process, _) = third.start(&seat, packer, &format!(r"7z.exe a -p {archive} D:\Finance D:\Legal"));
        third.host.pass(700);
        third.host.log(service::file_created(&process, archive));
        self.touched.push(Touched {
            computer: FILES.to_owned(),
            time: third.host.now(),
            path: archive.to_owned(),
            hop,
        });
    }

    /// The Security log is cleared, and everybody leaves. Returns when it was cleared.
    fn tracks(&mut self, desk: &Seat, outer: u32) -> Timestamp {
        self.lan.settle();
        let third = self.lan.machine(THIRD);
        third.at(may(14, 10, 52, 0));
        let session = third.host.desks().find(|(_, desk)| desk.account == deploy()).map(|(id, _)| id);
        let session = session.expect("the desktop was taken up again");
        let seat = third.seat(session).expect("the desktop is there");
        third.start(&seat, r"C:\Windows\System32\wevtutil.exe", "wevtutil cl Security");
        third.host.pass(160);
        let cleared = third.host.now();
        third.host.clear_log(Log::Security, &deploy(), seat.luid);
        self.lan.rdp_logoff(Way { from: SECOND, to: THIRD, at: may(14, 10, 58, 0) }, &deploy(), session);
        let to_second = Way { from: FIRST, to: SECOND, at: may(14, 11, 2, 0) };
        self.lan.rdp_logoff(to_second, &deploy(), desk.session);
        let gate = self.lan.machine(FIRST);
        gate.at(may(14, 11, 6, 0));
        gate.host.rdp_disconnect(outer, 11);
        cleared
    }

    fn afternoon(&mut self) {
        for (hour, port) in [(12, 50_310), (13, 50_340), (14, 50_380), (15, 50_410)] {
            everyday::backup(self.lan.machine(SECOND), may(14, hour, 5, 0), port);
            everyday::backup(self.lan.machine(THIRD), may(14, hour, 20, 0), port + 1);
        }
        everyday::administration(self.lan.machine(SECOND), may(14, 14, 10, 0), 52_900);
        let third = self.lan.machine(THIRD);
        third.at(may(14, 12, 0, 0));
        third.host.log(service::state("Windows Update", "running"));
        third.host.pass(seconds(400));
        third.host.log(service::state("Windows Update", "stopped"));
        self.lan.settle();
    }
}
