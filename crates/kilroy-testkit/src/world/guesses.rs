//! Wrong passwords: typing errors, and strangers who try names.

use kilroy_model::{EndKind, How, Kind};

use crate::account::Account;
use crate::answers::AccessAnswer;
use crate::host::Client;
use crate::log::Mark;
use crate::scenarios::rdp;
use crate::world::person::by_remote_desktop;
use crate::world::stage::{Actor, Doing, Stage};
use crate::world::truth::Truth;

/// Names that strangers try first.
const TRIED: [&str; 8] = ["administrator", "admin", "test", "user", "backup", "scan", "guest", "root"];

fn nobody(user: &str) -> Account {
    Account::with_sid(user, "", "S-1-0-0")
}

/// A wrong password at the Remote Desktop listener.
pub(super) fn mistyped(stage: &mut Stage, client: &Client, user: &str, sub_status: u32) {
    let failed = stage.host.failed_rdp(client, user, sub_status);
    let reason = format!("0x{sub_status:x}");
    // Windows 7 has no 131 and no 140: nothing ties its failure to Remote Desktop.
    let (kind, attempt) = if stage.old {
        (Kind::Network, failed.failure.time)
    } else {
        (Kind::InteractiveRemote, failed.connection.accepted.time)
    };
    let answer = AccessAnswer::new(&stage.host, &nobody(user), kind, How::Logon)
        .from(&client.ip, &client.name)
        .failed(Some(attempt), failed.failure.time, Some(&reason));
    let answer =
        if stage.old { answer.by([&failed.failure]).perhaps(&failed.all) } else { answer.by(&failed.all) };
    stage.begin(Truth::new("rdp-failure", answer));
}

/// A stranger who guesses, and may get in at last.
pub(super) struct Stranger {
    client: Client,
    left: i64,
    gets_in: bool,
    inside: Option<(u32, usize)>,
    /// By secure shell; else by Remote Desktop.
    by_shell: bool,
}

impl Stranger {
    pub(super) fn new(client: Client, guesses: i64, gets_in: bool, by_shell: bool) -> Self {
        Self { client, left: guesses, gets_in, inside: None, by_shell }
    }

    fn guess(&mut self, stage: &mut Stage) {
        self.client = stage.port(&self.client);
        if self.by_shell {
            shell_failure(stage, &self.client);
        } else {
            let user = *stage.seed.pick(&TRIED);
            let why = *stage.seed.pick(&[0xc000_0064, 0xc000_006a, 0xc000_0072, 0xc000_0234]);
            mistyped(stage, &self.client, user, why);
        }
    }
}

impl Actor for Stranger {
    fn act(&mut self, me: usize, stage: &mut Stage) -> Option<i64> {
        let victim = Account::new("svc-web", "CORP", 1181);
        if let Some((session, truth)) = self.inside.take() {
            let left = stage.host.rdp_disconnect(session, 0)?;
            let known = !stage.old;
            let truth = &mut stage.truths[truth];
            truth.end(EndKind::Disconnect, rdp::time(left.end.as_ref()), &left.all);
            truth.tell(|a| a.reason_where(known, 0).by(&left.all).perhaps(&left.closed));
            return None;
        }
        let doing = if self.left > 0 { Doing::Failing } else { Doing::Arriving };
        if !stage.may(me, &victim, &self.client, doing) {
            return Some(stage.seed.between(20_000, 90_000));
        }
        if self.left > 0 {
            self.left -= 1;
            self.guess(stage);
            return Some(stage.seed.between(3_100, 9_000));
        }
        if !self.gets_in || self.by_shell {
            return None;
        }
        let client = stage.port(&self.client);
        let logon = stage.host.rdp_logon(&client, &victim);
        let answer = by_remote_desktop(stage, &victim, &client, &logon);
        let truth = Truth::new("rdp-after-guesses", answer).on_desk(stage.boot, logon.session);
        self.inside = Some((logon.session, stage.begin(truth)));
        Some(stage.seed.between(60_000, 4_000_000))
    }
}

/// A name that does not exist, by secure shell.
pub(super) fn shell_failure(stage: &mut Stage, client: &Client) {
    let user = *stage.seed.pick(&TRIED);
    let process = u32::try_from(stage.seed.between(1000, 60_000)).unwrap_or(1000) & !3;
    let tried = stage.host.ssh_failure(client, user, process);
    let answer = AccessAnswer::new(&stage.host, &nobody(user), Kind::Ssh, How::Logon)
        .from(&client.ip, "")
        .failed(Some(tried.line.time), tried.line.time, Some("0xc0000064"))
        .by(&tried.all)
        .perhaps(&tried.beside);
    stage.begin(Truth::new("ssh-failure", answer));
}

/// A failure that one record tells.
pub(super) fn failed(stage: &mut Stage, answer: AccessAnswer, mark: &Mark, reason: &str) {
    let answer = answer.failed(Some(mark.time), mark.time, Some(reason)).by([mark]);
    stage.begin(Truth::new("failure", answer));
}
