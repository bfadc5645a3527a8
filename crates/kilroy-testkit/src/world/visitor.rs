//! Whoever comes without a desktop: shares, tasks, services, secure shell, and attempts that lead nowhere.

use kilroy_model::{EndKind, How, Kind};

use crate::account::Account;
use crate::answers::AccessAnswer;
use crate::host::{Client, Plain, Ssh};
use crate::layouts::security;
use crate::log::Mark;
use crate::scenarios::{plain, rdp};
use crate::world::cast::Figure;
use crate::world::guesses::{failed, shell_failure};
use crate::world::person::open_share;
use crate::world::stage::{Actor, Doing, Stage};
use crate::world::truth::Truth;

/// What a visitor comes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// A share is read.
    Share,
    /// A web server logs the user on in clear text.
    ClearText,
    /// A scheduled task.
    Task,
    /// Services, machines and anonymous logons: background.
    Background,
    /// Secure shell.
    Shell,
    /// The right password, but not in Remote Desktop Users.
    Denied,
    /// Authenticated at the listener, and no session follows.
    NoSession,
    /// One failure by one record: types 2, 3, 7 and 10.
    Failure,
    /// What only a controller sees: 4776, 4771, 4768.
    Controller,
}

impl Errand {
    pub(super) const ALL: [Self; 9] = [
        Self::Share,
        Self::ClearText,
        Self::Task,
        Self::Background,
        Self::Shell,
        Self::Denied,
        Self::NoSession,
        Self::Failure,
        Self::Controller,
    ];
}

/// Somebody who comes for one thing, again and again.
pub(super) struct Visitor {
    errand: Errand,
    figure: Figure,
    rounds: i64,
    inside: Option<Inside>,
}

enum Inside {
    Plain(Plain, usize),
    Shell(Ssh, usize),
}

impl Visitor {
    pub(super) fn new(errand: Errand, figure: Figure, rounds: i64) -> Self {
        Self { errand, figure, rounds, inside: None }
    }
}

impl Actor for Visitor {
    fn act(&mut self, me: usize, stage: &mut Stage) -> Option<i64> {
        match self.inside.take() {
            Some(Inside::Plain(made, truth)) => {
                let closed = stage.host.end(&made);
                if let Some(truth) = stage.truths.get_mut(truth) {
                    truth.end(EndKind::Logoff, rdp::time(closed.last()), &closed);
                    truth.tell(|a| a.by(&closed));
                }
            }
            Some(Inside::Shell(shell, truth)) => self.leave_shell(stage, &shell, truth),
            None => {
                let client = stage.seed.pick(&self.figure.clients).clone();
                let client = stage.port(&client);
                let doing = match self.errand {
                    Errand::Denied | Errand::NoSession => Doing::Arriving,
                    Errand::Failure | Errand::Controller => Doing::Failing,
                    Errand::Shell if self.rounds % 4 == 0 => Doing::Failing,
                    _ => Doing::Visiting,
                };
                // A failure at the machine itself comes from 127.0.0.1, as tunnels do.
                let here = Client::new("127.0.0.1", 0, "");
                let kept_out =
                    self.errand == Errand::Failure && !stage.may(me, &self.figure.account, &here, doing);
                if kept_out || !stage.may(me, &self.figure.account, &client, doing) {
                    return Some(stage.seed.between(20_000, 90_000));
                }
                self.rounds -= 1;
                self.come(stage, &client, doing);
            }
        }
        if self.inside.is_some() {
            // Some stay until the machine goes down.
            let stays = stage.seed.percent(8);
            return (!stays).then(|| stage.seed.between(400, 1_200_000));
        }
        (self.rounds > 0).then(|| stage.seed.between(55_000, 5_000_000))
    }
}

impl Visitor {
    fn come(&mut self, stage: &mut Stage, client: &Client, doing: Doing) {
        let account = self.figure.account.clone();
        match self.errand {
            Errand::Share => {
                let made = stage.host.network_logon(client, &account);
                let answer =
                    plain::row(&stage.host, Kind::Network, &made, &[]).from(&client.ip, &client.name);
                stage.host.pass(40);
                let luid = made.luids.first().copied().unwrap_or_default();
                let share = open_share(stage, &account, luid, client);
                self.stay(stage, "network", answer.perhaps([&share]), made);
            }
            Errand::ClearText => {
                let made = stage.host.cleartext_logon(client, &account);
                let answer = plain::row(&stage.host, Kind::NetworkCleartext, &made, &[]);
                self.stay(stage, "clear-text", answer.from(&client.ip, ""), made);
            }
            Errand::Task => {
                let made = stage.host.local_logon(&account, 4);
                let answer = plain::row(&stage.host, Kind::Batch, &made, &[]);
                self.stay(stage, "batch", answer, made);
            }
            Errand::Background => self.background(stage, client),
            Errand::Shell if doing == Doing::Failing => shell_failure(stage, client),
            Errand::Shell => self.shell(stage, client, &account),
            Errand::Denied => denied(stage, client, &account),
            Errand::NoSession => no_session(stage, client, &account),
            Errand::Failure => one_failure(stage, client, &account),
            Errand::Controller => seen_by_controller(stage, client, &account),
        }
    }

    fn stay(&mut self, stage: &mut Stage, story: &'static str, answer: AccessAnswer, made: Plain) {
        let truth = stage.begin(Truth::new(story, answer));
        self.inside = Some(Inside::Plain(made, truth));
    }

    /// No truth is told of these: their rows are hidden.
    fn background(&mut self, stage: &mut Stage, client: &Client) {
        let machine = Account::with_sid("WKS77$", "CORP", "S-1-5-21-1004336348-1177238915-682003330-1377");
        let made = match stage.seed.below(3) {
            0 => stage.host.local_logon(&Account::new("svc-sql", "CORP", 1191), 5),
            1 => stage.host.network_logon(client, &machine),
            _ => stage.host.network_logon(client, &Account::anonymous()),
        };
        self.inside = Some(Inside::Plain(made, usize::MAX));
    }

    fn shell(&mut self, stage: &mut Stage, client: &Client, account: &Account) {
        let process = u32::try_from(stage.seed.between(1000, 60_000)).unwrap_or(1000) & !3;
        let shell = stage.host.ssh_logon(client, account, process);
        let answer = AccessAnswer::new(&stage.host, account, Kind::Ssh, How::Logon)
            .from(&client.ip, "")
            .began(shell.logon.time, shell.logon.time)
            .luids(&[shell.luid])
            .by(&shell.all);
        let truth = stage.begin(Truth::new("ssh", answer));
        self.inside = Some(Inside::Shell(shell, truth));
    }

    fn leave_shell(&self, stage: &mut Stage, shell: &Ssh, truth: usize) {
        let (lines, closed) = stage.host.ssh_end(shell, &self.figure.account);
        let ends: Vec<Mark> = lines.iter().chain([&closed]).cloned().collect();
        let truth = &mut stage.truths[truth];
        truth.end(EndKind::Logoff, closed.time, &ends);
        truth.tell(|a| a.by([&closed]).perhaps(&lines));
    }
}

fn denied(stage: &mut Stage, client: &Client, account: &Account) {
    let refused = stage.host.denied(client, account);
    let attempt = if stage.old { &refused.connection.received } else { &refused.connection.accepted };
    let answer = AccessAnswer::new(&stage.host, account, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .denied(attempt.time, refused.denied.time)
        .luids(&refused.luids)
        .by(&refused.all)
        .perhaps(&refused.closed);
    let mut truth = Truth::new("rdp-denied", answer);
    truth.ends.extend(refused.closed);
    stage.begin(truth);
}

fn no_session(stage: &mut Stage, client: &Client, account: &Account) {
    let arrived = stage.host.rdp_authenticate_only(client, account);
    let Some(connection) = &arrived.connection else { return };
    let attempt = if stage.old { &connection.received } else { &connection.accepted };
    let at = rdp::time(arrived.authenticated.as_ref());
    let answer = AccessAnswer::new(&stage.host, account, Kind::InteractiveRemote, How::AuthOnly)
        .from(&client.ip, &client.name)
        .began(attempt.time, at)
        .luids(&arrived.luids)
        .by(&arrived.all);
    stage.begin(Truth::new("rdp-authenticated-only", answer));
}

fn one_failure(stage: &mut Stage, client: &Client, account: &Account) {
    let (logon_type, kind) = *stage.seed.pick(&[
        (2, Kind::InteractiveLocal),
        (3, Kind::Network),
        (7, Kind::Unlock),
        (10, Kind::InteractiveRemote),
    ]);
    let (status, reason) =
        *stage.seed.pick(&[((0xc000_006d, 0xc000_006a), "0xc000006a"), ((0xc000_015b, 0), "0xc000015b")]);
    let from = matches!(logon_type, 3 | 10).then_some(client);
    let mark = stage.host.failed_logon(from, &account.user, logon_type, status);
    // The workstation of the others is the host itself.
    let name = if logon_type == 3 { client.name.as_str() } else { "" };
    let answer = AccessAnswer::new(&stage.host, account, kind, How::Logon)
        .from(from.map_or("127.0.0.1", |c| &c.ip), name);
    failed(stage, answer, &mark, reason);
}

fn seen_by_controller(stage: &mut Stage, client: &Client, account: &Account) {
    let row = |stage: &Stage, domain| {
        AccessAnswer::new(&stage.host, account, Kind::Network, How::AuthOnly).named(&account.user, domain)
    };
    let mapped = if client.ip.contains(':') { client.ip.clone() } else { format!("::ffff:{}", client.ip) };
    let (answer, mark, reason) = match stage.seed.below(3) {
        0 => {
            let check = security::credentials_validated(&account.user, &client.name, 0xc000_006a);
            let mut answer = row(stage, None);
            answer.client = Some(client.name.clone());
            (answer, stage.host.log(check), "0xc000006a")
        }
        1 => {
            let check = security::preauthentication_failed(account, &mapped, client.port, 0x18);
            (row(stage, None).from(&client.ip, ""), stage.host.log(check), "0x18")
        }
        _ => {
            let check = security::ticket_granted(account, &mapped, client.port, 0x12);
            let answer = row(stage, Some(account.domain.as_str())).from(&client.ip, "");
            (answer, stage.host.log(check), "0x12")
        }
    };
    failed(stage, answer, &mark, reason);
}
