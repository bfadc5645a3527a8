//! Somebody with a desktop: at the machine or by Remote Desktop, in and out, back from elsewhere.

use kilroy_model::{EndKind, How, Kind};

use crate::account::Account;
use crate::answers::AccessAnswer;
use crate::host::{Client, Desk, Plain, RdpLogon, RdpReconnect};
use crate::layouts::{security, sessions, sysmon};
use crate::log::Mark;
use crate::scenarios::{desktops, plain, rdp, reconnects};
use crate::time::seconds;
use crate::world::cast::Figure;
use crate::world::guesses::mistyped;
use crate::world::stage::{Actor, Doing, Stage};
use crate::world::truth::Truth;

/// Somebody with a desktop.
pub(super) struct Person {
    figure: Figure,
    /// Sits at the machine; else comes by Remote Desktop.
    at_console: bool,
    state: State,
}

enum State {
    /// No desktop.
    Away,
    /// So many wrong passwords before the right one.
    Typing(u32, Client),
    In(Presence),
    Locked(Presence, Mark),
    /// Runs something as somebody else.
    Running(Presence, Plain, usize),
    /// The desktop lives on without anybody, and this was the last session on it.
    Left(u32, usize),
    Done,
}

/// Somebody is there.
#[derive(Clone)]
struct Presence {
    session: u32,
    truth: usize,
    /// Nobody's at the console.
    client: Option<Client>,
}

impl Person {
    pub(super) fn new(figure: Figure, at_console: bool) -> Self {
        Self { figure, at_console, state: State::Away }
    }

    fn account(&self) -> &Account {
        &self.figure.account
    }

    fn some_client(&self, stage: &mut Stage) -> Client {
        let client = stage.seed.pick(&self.figure.clients).clone();
        stage.port(&client)
    }
}

impl Actor for Person {
    fn act(&mut self, me: usize, stage: &mut Stage) -> Option<i64> {
        let state = std::mem::replace(&mut self.state, State::Done);
        self.state = match state {
            State::Away if self.at_console => self.log_on_here(stage),
            State::Away => {
                let count = if stage.seed.percent(25) { stage.seed.between(1, 2) } else { 0 };
                let client = self.some_client(stage);
                State::Typing(u32::try_from(count).unwrap_or(0), client)
            }
            State::Typing(0, client) => self.log_on_from(me, stage, client),
            State::Typing(left, client) => {
                if stage.may(me, self.account(), &client, Doing::Failing) {
                    mistyped(stage, &client, &self.account().user, 0xc000_006a);
                    let client = stage.port(&client);
                    self.state = State::Typing(left - 1, client);
                    return Some(stage.seed.between(3_000, 20_000));
                }
                State::Typing(left, client)
            }
            State::In(presence) => self.stay(me, stage, presence),
            State::Locked(presence, lock) => self.locked(me, stage, presence, lock),
            State::Running(presence, other, truth) => {
                let closed = stage.host.end(&other);
                let at = rdp::time(closed.last());
                stage.truths[truth].end(EndKind::Logoff, at, &closed);
                stage.truths[truth].tell(|a| a.by(&closed));
                State::In(presence)
            }
            State::Left(session, truth) => self.left(me, stage, session, truth),
            State::Done => return None,
        };
        match &self.state {
            State::Done => None,
            State::Typing(..) => Some(stage.seed.between(8_000, 60_000)),
            State::Away => Some(stage.seed.between(seconds(120), seconds(9_000))),
            _ => Some(stage.seed.between(seconds(65), seconds(2_400))),
        }
    }
}

/// Coming and going.
impl Person {
    fn log_on_here(&mut self, stage: &mut Stage) -> State {
        let cached = stage.seed.percent(15);
        let logon = stage.host.console_logon_as(self.account(), if cached { 11 } else { 2 });
        let Some(answer) = desktops::at_the_console(&stage.host, self.account(), &logon) else {
            return State::Done;
        };
        let truth = Truth::new("console", answer).on_desk(stage.boot, logon.session);
        let truth = stage.begin(truth);
        stage.connected.insert(logon.session);
        State::In(Presence { session: logon.session, truth, client: None })
    }

    fn log_on_from(&mut self, me: usize, stage: &mut Stage, client: Client) -> State {
        if !stage.may(me, self.account(), &client, Doing::Arriving) {
            return State::Typing(0, client);
        }
        let client = if stage.seed.percent(20) { client.without_nla() } else { client };
        let logon = stage.host.rdp_logon(&client, self.account());
        let answer = by_remote_desktop(stage, self.account(), &client, &logon);
        let story = if client.nla { "rdp" } else { "rdp-without-nla" };
        let truth = stage.begin(Truth::new(story, answer).on_desk(stage.boot, logon.session));
        stage.connected.insert(logon.session);
        State::In(Presence { session: logon.session, truth, client: Some(client) })
    }

    /// What somebody does who is there.
    fn stay(&mut self, me: usize, stage: &mut Stage, here: Presence) -> State {
        match stage.seed.below(100) {
            0..22 => match stage.host.lock(here.session) {
                Some(lock) => {
                    stage.truths[here.truth].tell(|a| a.by([&lock]));
                    State::Locked(here, lock)
                }
                None => State::Done,
            },
            22..34 => self.run_as(stage, here),
            34..44 => {
                self.work(stage, &here);
                State::In(here)
            }
            44..62 => disconnect(stage, &here, 11),
            62..67 => disconnect(stage, &here, 0),
            67..74 => kicked(stage, here),
            74..84 => self.take_over(me, stage, here),
            84..94 => self.log_off(stage, &here),
            _ => State::In(here),
        }
    }

    fn work(&self, stage: &mut Stage, here: &Presence) {
        let Some(luid) = stage.host.desk(here.session).map(Desk::luid) else { return };
        let image = r"C:\Windows\System32\cmd.exe";
        let process = sysmon::process_created(self.account(), luid, here.session, image, "cmd.exe", 8200);
        let tie = stage.host.log(process);
        // It ties the logon to the desktop, whichever presence was there when the process was started.
        let desk = Some((stage.boot, here.session));
        for truth in stage.truths.iter_mut().filter(|t| t.desk == desk) {
            truth.tell(|a| a.perhaps([&tie]));
        }
    }

    /// `runas`, with or without `/netonly`: a session of its own.
    fn run_as(&self, stage: &mut Stage, here: Presence) -> State {
        let Some(luid) = stage.host.desk(here.session).map(Desk::luid) else { return State::Done };
        let other = Account::new("svc-adm", "CORP", 1183);
        let net_only = stage.seed.percent(40);
        let (made, kind, story) = if net_only {
            let made = stage.host.runas_netonly(self.account(), luid, &other);
            (made, Kind::NewCredentials, "runas-netonly")
        } else {
            (stage.host.runas(self.account(), luid, &other), Kind::InteractiveLocal, "runas")
        };
        let answer = plain::row(&stage.host, kind, &made, &[]).from("::1", "");
        let truth = stage.begin(Truth::new(story, answer));
        State::Running(here, made, truth)
    }

    /// The desktop is taken from its connection by another one of the same user.
    fn take_over(&self, me: usize, stage: &mut Stage, here: Presence) -> State {
        let client = self.some_client(stage);
        let same_place = here.client.as_ref().is_some_and(|c| c.ip == client.ip);
        if same_place || !stage.may(me, self.account(), &client, Doing::Arriving) {
            return State::In(here);
        }
        let Some((left, back)) = stage.host.take_over(&client, here.session) else { return State::Done };
        let at = rdp::time(left.end.as_ref());
        ended_by_disconnect(stage, &here, at, 5, &left.all, &left.closed);
        self.returned(stage, client, here.session, &back, "taken-over")
    }

    fn returned(
        &self,
        stage: &mut Stage,
        client: Client,
        session: u32,
        back: &RdpReconnect,
        story: &'static str,
    ) -> State {
        let mut answer = reconnects::returned(&stage.host, self.account(), &client, session, back);
        if stage.old {
            answer.attempt = Some(back.connection.received.time);
        }
        let truth = stage.begin(Truth::new(story, answer).on_desk(stage.boot, session));
        stage.connected.insert(session);
        State::In(Presence { session, truth, client: Some(client) })
    }

    fn log_off(&self, stage: &mut Stage, here: &Presence) -> State {
        let off = stage.host.logoff(here.session);
        stage.connected.remove(&here.session);
        let reason = !stage.old;
        let truth = &mut stage.truths[here.truth];
        let back = truth.answer.how == How::Reconnect;
        let ends: Vec<Mark> = off.all.iter().chain(&off.closed).cloned().collect();
        truth.end(EndKind::Logoff, rdp::time(off.end.as_ref()), &ends);
        truth.tell(|a| a.reason_where(reason, 12).by(&off.all));
        // Of a reconnect the elevated half's 4634 names a logon ID that no other record of this presence shows.
        if back && self.account().admin {
            truth.tell(|a| a.perhaps(&off.closed));
        } else {
            truth.tell(|a| a.by(&off.closed));
        }
        if stage.seed.percent(60) { State::Away } else { State::Done }
    }

    /// Unlocks the desktop, or is disconnected from it while it is locked.
    fn locked(&self, me: usize, stage: &mut Stage, here: Presence, lock: Mark) -> State {
        if stage.seed.percent(20) {
            return disconnect(stage, &here, 11);
        }
        // Without the session manager's log a network logon right before would make it a reconnect.
        if here.client.as_ref().is_some_and(|c| !stage.may(me, self.account(), c, Doing::Arriving)) {
            return State::Locked(here, lock);
        }
        let logon_type = if here.client.is_none() && stage.seed.percent(30) { 13 } else { 7 };
        let Some(unlock) = stage.host.unlock(here.session, logon_type) else { return State::Done };
        let ip = here.client.as_ref().map_or("127.0.0.1", |c| &c.ip);
        let answer = desktops::unlock_row(&stage.host, self.account(), ip, &unlock);
        let mut row = Truth::new("unlock", answer);
        row.ends.extend(unlock.closed.iter().cloned());
        stage.begin(row);
        stage.truths[here.truth].tell(|a| a.by([&unlock.mark]));
        State::In(here)
    }

    /// A desktop without anybody: its user comes back, somebody logs it off, or nothing happens.
    fn left(&self, me: usize, stage: &mut Stage, session: u32, last: usize) -> State {
        match stage.seed.below(100) {
            0..62 => self.come_back(me, stage, session, last),
            62..74 => {
                logged_off_from_afar(stage, session, last);
                State::Away
            }
            74..95 => State::Left(session, last),
            _ => State::Done,
        }
    }

    fn come_back(&self, me: usize, stage: &mut Stage, session: u32, last: usize) -> State {
        if self.at_console && stage.seed.percent(45) {
            return self.come_back_here(stage, session);
        }
        let client = self.some_client(stage);
        if !stage.may(me, self.account(), &client, Doing::Arriving) {
            return State::Left(session, last);
        }
        let by_unlock = !stage.old && stage.seed.percent(45);
        let (back, story) = if by_unlock {
            (stage.host.rdp_reconnect_unlock(&client, session), "reconnect-unlock")
        } else {
            (stage.host.rdp_reconnect(&client, session), "reconnect")
        };
        let Some(back) = back else { return State::Done };
        self.returned(stage, client, session, &back, story)
    }

    fn come_back_here(&self, stage: &mut Stage, session: u32) -> State {
        let Some(back) = stage.host.console_return(session) else { return State::Done };
        let first = rdp::time(back.logons.first());
        let answer = AccessAnswer::new(&stage.host, self.account(), Kind::InteractiveLocal, How::Reconnect)
            .from("LOCAL", "")
            .on(session)
            .began(first, rdp::time(back.begin.as_ref()))
            .luids(&back.luids)
            .by(&back.all)
            .perhaps(&back.closed);
        let truth = stage.begin(Truth::new("console-return", answer).on_desk(stage.boot, session));
        stage.connected.insert(session);
        State::In(Presence { session, truth, client: None })
    }
}

/// A new desktop by Remote Desktop, as this Windows logs it.
pub(super) fn by_remote_desktop(
    stage: &Stage,
    account: &Account,
    client: &Client,
    logon: &RdpLogon,
) -> AccessAnswer {
    let mut answer = rdp::new_desktop(&stage.host, account, client, logon);
    if !client.nla {
        // The workstation of a type 10 is the host itself.
        answer.client = None;
    }
    if stage.old {
        answer.attempt = logon.connection.as_ref().map(|c| c.received.time);
    }
    answer
}

fn ended_by_disconnect(
    stage: &mut Stage,
    here: &Presence,
    at: kilroy_model::Timestamp,
    reason: u32,
    all: &[Mark],
    closed: &[Mark],
) {
    let known = !stage.old;
    let truth = &mut stage.truths[here.truth];
    truth.end(EndKind::Disconnect, at, all);
    truth.tell(|a| a.reason_where(known, reason).by(all).perhaps(closed));
    // 4779 names the client where nothing else did.
    if let Some(client) = &here.client {
        truth.answer.client = Some(client.name.clone());
    }
}

fn disconnect(stage: &mut Stage, here: &Presence, reason: u32) -> State {
    let Some(left) = stage.host.rdp_disconnect(here.session, reason) else { return State::Done };
    stage.connected.remove(&here.session);
    ended_by_disconnect(stage, here, rdp::time(left.end.as_ref()), reason, &left.all, &left.closed);
    State::Left(here.session, here.truth)
}

/// Somebody else on the host disconnects the desktop: 39 tells who.
fn kicked(stage: &mut Stage, here: Presence) -> State {
    let Some(&by) = stage.connected.iter().find(|&&s| s != here.session) else { return State::In(here) };
    let activity = stage.host.desk(here.session).and_then(|d| d.activity);
    let note = stage.host.step(sessions::kicked(here.session, by).of(activity));
    stage.truths[here.truth].tell(|a| a.perhaps(&note));
    disconnect(stage, &here, 5)
}

/// The desktop is logged off while nobody is connected: the end of no presence.
fn logged_off_from_afar(stage: &mut Stage, session: u32, last: usize) {
    let Some(desk) = stage.host.desk(session).cloned() else { return };
    let off = stage.host.logoff(session);
    let ends: Vec<Mark> = off.all.iter().chain(&off.closed).cloned().collect();
    stage.truths[last].tell(|a| a.perhaps(&ends));
    let answer = AccessAnswer::new(&stage.host, &desk.account, Kind::InteractiveUnknown, How::Unknown)
        .on(session)
        .luids(&desk.luids)
        .by(&ends);
    let mut truth = Truth::new("logged-off-from-afar", answer).on_desk(stage.boot, session);
    truth.is_row = false;
    truth.end(EndKind::Logoff, rdp::time(off.end.as_ref()), &ends);
    stage.begin(truth);
}

/// A share that somebody opens, for visitors.
pub(super) fn open_share(stage: &mut Stage, account: &Account, luid: u64, client: &Client) -> Mark {
    stage.host.log(security::share_opened(account, luid, &client.ip, client.port, r"\\*\projects$"))
}
