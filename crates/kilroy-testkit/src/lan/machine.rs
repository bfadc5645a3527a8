//! A host in a network: its address, its clock, its ports and programs.

use kilroy_model::Timestamp;

use crate::account::Account;
use crate::host::{Desk, Host};
use crate::layouts::connection::{Connection, End};
use crate::layouts::program::{Process, Start};
use crate::log::Mark;

const EXPLORER: &str = r"C:\Windows\explorer.exe";

/// A host in a network.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The host.
    pub host: Host,
    /// Its address.
    pub ip: String,
    /// How far its clock is ahead of the true time, in milliseconds.
    pub ahead: i64,
    /// Ports and process IDs are given out one after the other.
    next_port: u16,
    next_pid: u32,
    /// The machine's part of Sysmon's process GUIDs.
    guid: u128,
    /// Are connections logged: by Sysmon 3, and by 5156?
    pub connections: (bool, bool),
}

/// Where somebody sits: a desktop, or a shell without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub account: Account,
    /// The logon ID that programs run under.
    pub luid: u64,
    /// Terminal session.
    pub session: u32,
    /// The program that starts others there.
    pub shell: Process,
}

impl Machine {
    /// A host with its address, and with a clock that is so many milliseconds ahead.
    pub fn new(host: Host, ip: &str, ahead: i64) -> Self {
        let digits =
            host.name().bytes().fold(0x5a40_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        Self {
            host,
            ip: ip.to_owned(),
            ahead,
            next_port: 49_700,
            next_pid: 4_200,
            guid: u128::from(digits) << 96,
            connections: (true, true),
        }
    }

    /// Waits until this true time.
    pub fn at(&mut self, time: Timestamp) -> &mut Host {
        self.host.at(time.plus_millis(self.ahead))
    }

    /// The true time of what its clock shows.
    pub fn true_now(&self) -> Timestamp {
        self.host.now().plus_millis(-self.ahead)
    }

    /// Name without the domain, in capitals.
    pub fn bare_name(&self) -> String {
        self.host.bare_name()
    }

    /// A port that no connection has used.
    pub(crate) fn port(&mut self) -> u16 {
        self.next_port = if self.next_port >= 65_000 { 49_700 } else { self.next_port + 1 };
        self.next_port
    }

    /// A program that nobody has seen starting.
    pub(crate) fn process(&mut self, image: &str, command_line: &str) -> Process {
        self.next_pid += 4;
        let guid = self.guid | 0xb287_5a44 << 64 | u128::from(self.next_pid);
        Process { guid, pid: self.next_pid, image: image.to_owned(), command_line: command_line.to_owned() }
    }

    /// The kernel, in whose name shares are served and asked for.
    pub(crate) fn kernel(&self) -> Process {
        Process { guid: self.guid | 0xea03, pid: 4, image: "System".to_owned(), command_line: String::new() }
    }

    /// Where the user of a desktop sits; none if there is no such desktop.
    pub fn seat(&mut self, session: u32) -> Option<Seat> {
        let (account, luid) = self.host.desk(session).map(|desk| (desk.account.clone(), Desk::luid(desk)))?;
        let shell = self.process(EXPLORER, EXPLORER);
        Some(Seat { account, luid, session, shell })
    }

    /// Starts a program: Security and Sysmon tell of it.
    pub fn start(&mut self, seat: &Seat, image: &str, command_line: &str) -> (Process, Vec<Mark>) {
        let process = self.process(image, command_line);
        let start = Start {
            account: seat.account.clone(),
            luid: seat.luid,
            session: seat.session,
            process: process.clone(),
            parent: seat.shell.clone(),
        };
        let marks = vec![self.host.log(start.audited()), self.host.log(start.watched())];
        (process, marks)
    }

    /// A connection as this machine logs it, each log that is asked to.
    pub(crate) fn connect(
        &mut self,
        account: &Account,
        process: &Process,
        here_port: u16,
        there: End,
        outgoing: bool,
    ) -> Vec<Mark> {
        let here = End { ip: self.ip.clone(), port: here_port, name: self.host.name().to_owned() };
        let connection =
            Connection { account: account.clone(), process: process.clone(), here, there, outgoing };
        let (watched, permitted) = self.connections;
        let mut marks = Vec::new();
        if permitted {
            marks.push(self.host.log(connection.permitted()));
        }
        if watched {
            marks.push(self.host.log(connection.watched()));
        }
        marks
    }
}
