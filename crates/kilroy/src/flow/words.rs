//! What the steps are called and what they mean, where the catalog's words for a record do not say it.

use kilroy_catalog::{Language, Text};
use kilroy_model::{AccessSession, EndKind, How, Kind, SessionOutcome, Source, may_be_one_host};
use kilroy_sessions::flow::StepKind;

use crate::output::seconds;
use crate::words::text;

/// What a step is called in a session of this kind.
pub(super) const fn title(step: StepKind, session: &AccessSession) -> Text {
    match step {
        StepKind::Begin => text("Begin", "시작"),
        StepKind::Connection => text("Connection", "연결"),
        StepKind::Nla => text("Network Level Authentication", "네트워크 수준 인증(NLA)"),
        StepKind::Authentication => text("Authentication", "인증"),
        StepKind::Assigned => text("Session of the connection", "연결에 할당된 세션"),
        StepKind::Logon => logon(session),
        StepKind::Arbitration => text("Choice of the session", "세션 중재"),
        StepKind::Desktop => text("New desktop", "새 데스크톱"),
        StepKind::Reconnect => text("Reconnect to the desktop", "데스크톱에 다시 연결"),
        StepKind::Shell => text("Shell start", "셸 시작"),
        StepKind::Program => text("Program on the desktop", "데스크톱의 프로그램"),
        StepKind::LogonClosed => text("Logon closed", "로그온 세션 닫힘"),
        StepKind::Lock => text("Lock", "잠금"),
        StepKind::Unlock => text("Unlock", "잠금 해제"),
        StepKind::Failure => text("Failure", "실패"),
        StepKind::Denied => text("Refusal", "거부"),
        StepKind::Disconnect => text("Disconnect", "연결 끊김"),
        StepKind::Logoff => text("Logoff", "로그오프"),
        StepKind::Shutdown => text("Shutdown", "시스템 종료"),
        StepKind::End => text("End", "끝"),
    }
}

const fn logon(session: &AccessSession) -> Text {
    match (session.kind, session.how) {
        (Kind::InteractiveRemote, How::Reconnect) => {
            text("Logon for the reconnect", "다시 연결을 위한 로그온")
        }
        (Kind::InteractiveLocal, _) => text("Logon at the console", "콘솔 로그온"),
        (Kind::Network | Kind::NetworkCleartext, _) => text("Network logon", "네트워크 로그온"),
        (Kind::Batch, _) => text("Logon of a scheduled task", "예약된 작업의 로그온"),
        (Kind::Service, _) => text("Logon of a service", "서비스 로그온"),
        (Kind::NewCredentials, _) => {
            text("Logon with other network credentials", "다른 네트워크 자격 증명으로 로그온")
        }
        (Kind::Unlock, _) => text("Logon for the unlock", "잠금 해제를 위한 로그온"),
        (Kind::Ssh, _) => text("Logon of the shell", "셸 로그온"),
        _ => text("Logon", "로그온"),
    }
}

/// What a step means, where the meaning of its leading record is too general: 4624 and 4634 stand for many things.
pub(super) fn meaning(step: StepKind, session: &AccessSession, lead: Option<&Source>) -> Option<Text> {
    let security = lead.is_none_or(|lead| lead.log.eq_ignore_ascii_case("Security"));
    match step {
        StepKind::Nla => Some(text(
            "The credentials were checked over the network, before any desktop was shown.",
            "데스크톱이 표시되기 전에 네트워크에서 자격 증명을 확인했습니다.",
        )),
        StepKind::Logon if security => logon_meaning(session),
        StepKind::LogonClosed => Some(if session.outcome == SessionOutcome::Success {
            text(
                "A logon that has served its purpose is closed; the session itself goes on.",
                "역할을 다한 로그온이 닫혔습니다. 세션 자체는 계속됩니다.",
            )
        } else {
            text("What the attempt had opened is closed again.", "시도 중에 열린 로그온이 다시 닫혔습니다.")
        }),
        StepKind::Disconnect if security && session.end_kind == EndKind::NlaLogoff => Some(text(
            "The logon of NLA was closed: that happens within seconds of the disconnect, of which no better record is left.",
            "NLA 로그온이 닫혔습니다. 연결이 끊기고 몇 초 안에 일어나며, 연결 끊김을 알려 주는 더 나은 레코드가 없습니다.",
        )),
        StepKind::Logoff if lead.is_some_and(|lead| matches!(lead.event_id, 4634 | 538)) => Some(text(
            "The logon session was closed; nothing runs under its logon ID any more.",
            "로그온 세션이 닫혔습니다. 그 로그온 ID로 더 이상 실행되는 것이 없습니다.",
        )),
        StepKind::Program => Some(text(
            "A program was started there; it shows under which logon ID the desktop runs.",
            "데스크톱에서 프로그램이 시작되었습니다. 데스크톱이 어떤 로그온 ID로 실행되는지 알 수 있습니다.",
        )),
        _ => None,
    }
}

/// Did a program on the machine itself ask for this network logon, such as a web server for whom it serves? Then no address is
/// logged, and the workstation is the machine.
fn by_local_program(session: &AccessSession) -> bool {
    let asked = session.authentication.logon_process.as_deref().map(str::trim);
    let here = |client: &str| may_be_one_host(client.trim_start_matches('\\'), &session.computer);
    asked.is_some_and(|process| process.eq_ignore_ascii_case("advapi"))
        && session.ip.is_none()
        && session.client.as_deref().is_some_and(here)
}

fn logon_meaning(session: &AccessSession) -> Option<Text> {
    Some(match (session.kind, session.how) {
        (Kind::InteractiveRemote, How::Reconnect) => text(
            "Windows checks the user with a logon of its own; once the old desktop is taken up it is closed, and all goes on under the old logon ID.",
            "Windows가 별도의 로그온으로 사용자를 확인합니다. 기존 데스크톱에 연결되면 이 로그온은 닫히고, 활동은 기존 로그온 ID로 계속됩니다.",
        ),
        (Kind::InteractiveRemote, _) => text(
            "The user is logged on for the desktop; an administrator under UAC gets two logons, one of them elevated.",
            "데스크톱을 위한 로그온입니다. UAC가 적용되는 관리자는 두 개의 로그온을 받으며 그중 하나에 상승된 토큰이 있습니다.",
        ),
        (Kind::InteractiveLocal, _) => text(
            "The user is logged on at the machine itself, by its keyboard or by a program that asks for it (runas).",
            "해당 컴퓨터에서 키보드로, 또는 이를 요청하는 프로그램(runas)으로 로그온했습니다.",
        ),
        (Kind::Network, _) if by_local_program(session) => text(
            "A program on this machine checked the user's credentials with it; nobody came over the network.",
            "이 컴퓨터의 프로그램이 사용자의 자격 증명을 확인했습니다. 네트워크를 통해 들어온 것이 아닙니다.",
        ),
        (Kind::Network, _) => text(
            "The user reaches shares or services over the network; there is no desktop.",
            "네트워크를 통해 공유나 서비스에 접근합니다. 데스크톱은 없습니다.",
        ),
        (Kind::NetworkCleartext, _) => text(
            "The user reaches a service over the network, and the password came to this machine as it is.",
            "네트워크를 통해 서비스에 접근하며, 암호가 그대로 이 컴퓨터에 전달되었습니다.",
        ),
        (Kind::Batch, _) => text(
            "The task scheduler runs something in the name of this user; nobody need be there.",
            "작업 스케줄러가 이 사용자의 이름으로 작업을 실행합니다. 사용자가 없어도 됩니다.",
        ),
        (Kind::Service, _) => text(
            "The service control manager starts a service in the name of this account.",
            "서비스 제어 관리자가 이 계정의 이름으로 서비스를 시작합니다.",
        ),
        (Kind::NewCredentials, _) => text(
            "A program was started that shows other credentials to the network; on this machine nothing changes.",
            "네트워크에는 다른 자격 증명을 쓰는 프로그램이 시작되었습니다. 이 컴퓨터에서는 달라지는 것이 없습니다.",
        ),
        (Kind::Unlock, _) => text(
            "The user proves who he is to unlock the desktop; this logon is closed at once.",
            "데스크톱의 잠금을 풀기 위해 사용자를 확인하는 로그온이며 곧바로 닫힙니다.",
        ),
        (Kind::Ssh, _) => text(
            "The OpenSSH daemon logs the user on, so that the shell can run in his name.",
            "OpenSSH 데몬이 사용자의 이름으로 셸을 실행하기 위해 로그온합니다.",
        ),
        _ => return None,
    })
}

pub(super) const NO_BEGIN: Text = text(
    "no record shows the begin: the session was there before the first of its records",
    "시작 기록이 없음: 첫 레코드 이전부터 있던 세션임",
);

const NO_SESSION: Text = text(
    "authenticated only: no record shows a session, so there is nothing to end",
    "인증만 됨: 세션을 보여 주는 레코드가 없어 끝도 없음",
);

/// Why a session has no end, and what bounds it.
pub(super) fn no_end(kind: EndKind, session: &AccessSession, language: Language) -> String {
    if session.how == How::AuthOnly {
        return NO_SESSION.get(language).to_owned();
    }
    let why = match kind {
        EndKind::Shutdown => text("the machine was shut down", "컴퓨터가 종료됨"),
        EndKind::Crash => text("the machine stopped unexpectedly", "컴퓨터가 비정상 종료됨"),
        EndKind::Boot => text("the machine was started anew", "컴퓨터가 다시 시작됨"),
        EndKind::Superseded => {
            text("a new logon took the same terminal session", "새 로그온이 같은 터미널 세션을 차지함")
        }
        EndKind::LogCleared => text("the log that would tell was cleared", "끝을 기록했을 로그가 지워짐"),
        _ => text("still open where the log ends", "로그가 끝나는 시점까지 열려 있음"),
    };
    let bound = session.end_not_after.map(seconds);
    match (language, bound) {
        (Language::English, Some(bound)) => {
            format!("no record ends it: {}, at the latest {bound} UTC", why.get(language))
        }
        (Language::English, None) => format!("no record ends it: {}", why.get(language)),
        (Language::Korean, Some(bound)) => {
            format!("끝 기록 없음: {}, 늦어도 {bound}(UTC)", why.get(language))
        }
        (Language::Korean, None) => format!("끝 기록 없음: {}", why.get(language)),
    }
}
