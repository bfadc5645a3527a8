//! What findings say, in English and Korean.

use kilroy_catalog::{Code, Language, Text};
use kilroy_sessions::rdp_health::{Fault, Finding, FindingKind, LineError, LoneKind, Sure};

use crate::output::{count, duration};
use crate::words::text;

/// An error in words.
pub(super) fn known(code: u32) -> Option<&'static Code> {
    kilroy_catalog::error(&code.to_string())
}

/// The code of a finding in words: an error, or a reason.
pub(super) fn code(finding: &Finding) -> Option<&'static Code> {
    let code = finding.code?;
    match finding.kind {
        FindingKind::Drops
        | FindingKind::LineLost
        | FindingKind::SecurityFailed
        | FindingKind::NoChannels => known(code),
        _ => kilroy_catalog::disconnect_reason(code),
    }
}

/// How sure something is.
pub(super) const fn sure(sure: Sure) -> Text {
    match sure {
        Sure::Certain => text("certain", "확실"),
        Sure::Likely => text("likely", "유력"),
        Sure::Possible => text("possible", "가능"),
    }
}

/// Where an error was met.
pub(super) const fn fault(fault: Fault) -> Text {
    match fault {
        Fault::Read => text("socket read (142)", "소켓 읽기(142)"),
        Fault::Write => text("socket write (143)", "소켓 쓰기(143)"),
        Fault::Network => text("network state (226)", "네트워크 상태(226)"),
        Fault::Security => text("TLS and NLA (226, 139)", "TLS 및 NLA(226, 139)"),
        Fault::Protocol => text("protocol (226, 97, 99)", "프로토콜(226, 97, 99)"),
    }
}

/// How far a connection came that led to no logon.
pub(super) const fn lone(kind: LoneKind) -> Text {
    match kind {
        LoneKind::Security => text("TLS or NLA failed", "TLS 또는 NLA 실패"),
        LoneKind::LogonScreen => text("got a session, no logon", "세션까지 진행, 로그온 없음"),
        LoneKind::Silent => text("nothing was set up", "설정 전에 닫힘"),
        LoneKind::FirstTry => text("first try, then got through", "첫 시도(이후 연결됨)"),
        LoneKind::Unseen => text("no further record", "이후 기록 없음"),
        LoneKind::ListenerOnly => text("only the listener (261)", "수신기 기록(261)만 있음"),
    }
}

/// What cannot be said for want of a log.
pub(super) fn unknown(log: &str) -> Text {
    match crate::words::short_log(log) {
        "RdpCoreTS" => text(
            "errors of the network and of TLS, and connections that ended before a user was known, cannot be told",
            "네트워크와 TLS의 오류, 사용자가 확인되기 전에 끝난 연결을 알 수 없음",
        ),
        "LocalSessionManager" => text(
            "why sessions were disconnected (event 40) is not known, and a lost line cannot be told from a closed window",
            "세션 연결이 끊어진 이유(이벤트 40)를 알 수 없고, 회선이 끊어진 것과 창을 닫은 것을 구별할 수 없음",
        ),
        "RemoteConnectionManager" => text(
            "authentications that led to no desktop cannot be told",
            "데스크톱으로 이어지지 않은 인증을 알 수 없음",
        ),
        "Security" => text(
            "who failed to log on and why, and who was refused, cannot be told",
            "누가 왜 로그온에 실패했는지, 누가 거부되었는지 알 수 없음",
        ),
        _ => text(
            "trouble with the listener’s certificate (1057, 1058) and restarts of the machine cannot be told",
            "수신기 인증서 문제(1057, 1058)와 컴퓨터 재시작을 알 수 없음",
        ),
    }
}

/// The finding in one sentence.
pub(super) fn sentence(finding: &Finding, host: &str, language: Language) -> String {
    match language {
        Language::English => english(finding, host),
        Language::Korean => korean(finding, host),
    }
}

/// `of 5 sessions`, if a number is known that is not smaller.
fn out_of(finding: &Finding) -> Option<u64> {
    finding.of.filter(|of| *of >= finding.count)
}

/// One or many.
fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

fn english(f: &Finding, host: &str) -> String {
    let client = f.ip.map_or_else(|| "a client whose address is not known".to_owned(), |ip| ip.to_string());
    let users =
        if f.users.is_empty() { String::new() } else { format!(" of {}", some(&f.users, Language::English)) };
    let n = |one: &str, many: &str| plural(f.count, one, many);
    let of = |one: &str, many: &str| match out_of(f) {
        Some(of) => format!("{} of {}", count(f.count), plural(of, one, many)),
        None => n(one, many),
    };
    let words = code(f).map(|code| format!(": {}", code.text.en)).unwrap_or_default();
    let reason = f.code.map(|code| format!(" (reason {code}{words})")).unwrap_or_default();
    let error = f.code.map(|code| format!(" (error {}{words})", shown(code))).unwrap_or_default();
    let sessions = || format!("{}{users} from {client}", n("session", "sessions"));
    match f.kind {
        FindingKind::Drops => {
            let back = f.gap.map(|gap| format!(", back after {}", duration(gap, Language::English)));
            // Without a session the transport alone tells.
            let sessions = match f.of {
                Some(_) => of("session", "sessions"),
                None => n("connection", "connections"),
            };
            let broke = if f.count == 1 { "broke and was" } else { "broke and were" };
            format!(
                "{sessions}{users} from {client} {broke} taken up again{}{error}.",
                back.unwrap_or_default()
            )
        }
        FindingKind::LineLost => format!(
            "The line to {client} failed under {}{error}, and nobody came back soon.",
            n("connection", "connections")
        ),
        FindingKind::CertificateNotMade => {
            format!(
                "{host} could not make a certificate for Remote Desktop{}.",
                because(f, Language::English)
            )
        }
        FindingKind::CertificateNotReplaced => {
            format!(
                "{host} could not replace the expired certificate of Remote Desktop{}.",
                because(f, Language::English)
            )
        }
        FindingKind::SecurityFailed => {
            format!("TLS or NLA failed in {} from {client}{error}.", n("connection", "connections"))
        }
        FindingKind::ServerCrash => {
            format!("A part of the session crashed on the server and ended {}{reason}.", sessions())
        }
        FindingKind::MachineDown => {
            format!("{host} stopped or crashed under {}{users}{reason}.", n("session", "sessions"))
        }
        FindingKind::OutOfMemory => format!("The server had no memory for {}{reason}.", sessions()),
        FindingKind::Licensing => format!("Licensing ended {}{reason}.", sessions()),
        FindingKind::ServerRefused => format!("The server refused {}{reason}.", sessions()),
        FindingKind::ProtocolError => format!("An error of the protocol ended {}{reason}.", sessions()),
        FindingKind::Broker => format!("The connection broker ended {}{reason}.", sessions()),
        FindingKind::IdleLimit => format!("The limit for idle sessions ended {}{reason}.", sessions()),
        FindingKind::TimeLimit => format!("The limit for active sessions ended {}{reason}.", sessions()),
        FindingKind::Administrator => {
            format!("A program or an administrator ended {}{reason}.", sessions())
        }
        FindingKind::Replaced => format!("Another connection took the desktop from {}{reason}.", sessions()),
        FindingKind::Denied => {
            format!(
                "{}{users} from {client} refused: no right to use Remote Desktop.",
                n("attempt", "attempts")
            )
        }
        FindingKind::WrongPassword => {
            let came = match f.of {
                Some(0) | None => String::new(),
                Some(sessions) => format!("; {} from there succeeded", plural(sessions, "logon", "logons")),
            };
            format!("{}{users} from {client} failed{came}.", n("attempt", "attempts"))
        }
        FindingKind::NoDesktop => {
            format!("{}{users} from {client} led to no desktop.", n("authentication", "authentications"))
        }
        FindingKind::VulnerabilityScan => {
            format!("{} from {client} closed the channel ms_t120.", n("connection", "connections"))
        }
        FindingKind::LoneConnections => {
            format!("{} from {client} led to no logon that is recorded.", of("connection", "connections"))
        }
        FindingKind::NoChannels => {
            format!("{} of {client} could not be made{error}.", n("virtual channel", "virtual channels"))
        }
        FindingKind::Healthy => {
            format!("Nothing points to a fault: {} and no drop.", n("session", "sessions"))
        }
    }
}

fn korean(f: &Finding, host: &str) -> String {
    let client = f.ip.map_or_else(|| "주소를 알 수 없는 클라이언트".to_owned(), |ip| ip.to_string());
    let users =
        if f.users.is_empty() { String::new() } else { format!(" {}의", some(&f.users, Language::Korean)) };
    let n = count(f.count);
    let of = out_of(f).map(|of| format!("{}개 중 ", count(of))).unwrap_or_default();
    let words = code(f).map(|code| format!(": {}", code.text.ko)).unwrap_or_default();
    let reason = f.code.map(|code| format!("(이유 {code}{words})")).unwrap_or_default();
    let error = f.code.map(|code| format!("(오류 {}{words})", shown(code))).unwrap_or_default();
    let sessions = || format!("{client}에서 온{users} 세션 {n}개");
    match f.kind {
        FindingKind::Drops => {
            let back = f.gap.map(|gap| format!("{} 뒤에 ", duration(gap, Language::Korean)));
            let what = if f.of.is_some() { "세션" } else { "연결" };
            format!(
                "{client}에서 온{users} {what} {of}{n}개가 끊어졌다가 {}다시 연결되었습니다{error}.",
                back.unwrap_or_default()
            )
        }
        FindingKind::LineLost => {
            format!(
                "{client}{} 회선에 장애가 생겨 연결 {n}개가 끊어졌고{error}, 곧바로 다시 연결되지 않았습니다.",
                with(&client)
            )
        }
        FindingKind::CertificateNotMade => {
            format!("{host}에서 원격 데스크톱 인증서를 만들지 못했습니다{}.", because(f, Language::Korean))
        }
        FindingKind::CertificateNotReplaced => {
            format!(
                "{host}에서 만료된 원격 데스크톱 인증서를 바꾸지 못했습니다{}.",
                because(f, Language::Korean)
            )
        }
        FindingKind::SecurityFailed => {
            format!("{client}에서 온 연결 {n}개에서 TLS 또는 NLA가 실패했습니다{error}.")
        }
        FindingKind::ServerCrash => {
            format!("서버에서 세션의 구성 요소가 비정상 종료되어 {}가 끝났습니다{reason}.", sessions())
        }
        FindingKind::MachineDown => format!(
            "{users} 세션 {n}개가 열려 있는 동안 {host}이(가) 종료되거나 비정상 종료되었습니다{reason}."
        )
        .trim_start()
        .to_owned(),
        FindingKind::OutOfMemory => format!("{}에 쓸 서버 메모리가 부족했습니다{reason}.", sessions()),
        FindingKind::Licensing => format!("라이선스 문제로 {}가 끝났습니다{reason}.", sessions()),
        FindingKind::ServerRefused => format!("서버가 {}를 거부했습니다{reason}.", sessions()),
        FindingKind::ProtocolError => format!("프로토콜 오류로 {}가 끝났습니다{reason}.", sessions()),
        FindingKind::Broker => format!("연결 브로커가 {}를 끝냈습니다{reason}.", sessions()),
        FindingKind::IdleLimit => format!("유휴 세션 제한으로 {}가 끝났습니다{reason}.", sessions()),
        FindingKind::TimeLimit => format!("활성 세션 시간 제한으로 {}가 끝났습니다{reason}.", sessions()),
        FindingKind::Administrator => {
            format!("프로그램 또는 관리자가 {}를 끝냈습니다{reason}.", sessions())
        }
        FindingKind::Replaced => {
            format!("다른 연결이 {}의 데스크톱을 넘겨받았습니다{reason}.", sessions())
        }
        FindingKind::Denied => {
            format!("{client}에서 온{users} 시도 {n}회가 거부되었습니다(원격 데스크톱 사용 권한 없음).")
        }
        FindingKind::WrongPassword => {
            let came = match f.of {
                Some(0) | None => String::new(),
                Some(sessions) => format!(" 같은 곳에서 로그온 {}회는 성공했습니다.", count(sessions)),
            };
            format!("{client}에서 온{users} 시도 {n}회가 실패했습니다.{came}")
        }
        FindingKind::NoDesktop => {
            format!("{client}에서 온{users} 인증 {n}회가 데스크톱으로 이어지지 않았습니다.")
        }
        FindingKind::VulnerabilityScan => {
            format!("{client}에서 온 연결 {n}개가 ms_t120 채널을 닫았습니다.")
        }
        FindingKind::LoneConnections => {
            format!("{client}에서 온 연결 {of}{n}개가 로그온으로 이어졌다는 기록이 없습니다.")
        }
        FindingKind::NoChannels => format!("{client}의 가상 채널 {n}개를 만들지 못했습니다{error}."),
        FindingKind::Healthy => format!("장애로 보이는 것이 없습니다(세션 {n}개, 끊김 없음)."),
    }
}

/// "With" behind a name or an address, by how its last letter or digit is read: 17 is 칠, 10.0.0.2 ends in 이.
fn with(name: &str) -> &'static str {
    let closed = match name.chars().last() {
        Some('0' | '1' | '3' | '6' | '7' | '8') => true,
        Some(letter @ '가'..='힣') => !(u32::from(letter) - u32::from('가')).is_multiple_of(28),
        _ => false,
    };
    if closed { "과의" } else { "와의" }
}

/// The reason that a record gives in words.
fn because(finding: &Finding, language: Language) -> String {
    let Some(text) = finding.text.as_deref() else { return String::new() };
    let words = kilroy_catalog::error(text).map(|code| format!(": {}", code.text.get(language)));
    let blank = if language == Language::English { " " } else { "" };
    format!("{blank}({}{})", text.trim_end_matches('.'), words.unwrap_or_default())
}

/// Small numbers as people know them, others as programmers do.
pub(super) fn shown(code: u32) -> String {
    if code <= 0xffff { code.to_string() } else { format!("{code:#010x}") }
}

/// The first names; the others are counted.
fn some(names: &[String], language: Language) -> String {
    const SHOWN: usize = 3;
    match names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => {
            let more = count(more as u64);
            let names = names.get(..SHOWN).unwrap_or(names).join(", ");
            match language {
                Language::English => format!("{names} and {more} more"),
                Language::Korean => format!("{names} 외 {more}명"),
            }
        }
        None => names.join(", "),
    }
}

/// What most likely causes it, and what to look at.
pub(super) const fn cause(finding: &Finding) -> Text {
    match finding.kind {
        FindingKind::Drops | FindingKind::LineLost => line(finding.line),
        FindingKind::CertificateNotMade | FindingKind::CertificateNotReplaced => text(
            "Without a valid certificate TLS fails and nobody with NLA gets in. Most often NETWORK SERVICE may not read or write the machine’s keys (ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys), or an old certificate stands in the way.",
            "유효한 인증서가 없으면 TLS가 실패하여 NLA로 아무도 들어올 수 없습니다. 대개 NETWORK SERVICE가 컴퓨터 키(ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys)를 읽거나 쓸 수 없거나 이전 인증서가 방해하는 경우입니다.",
        ),
        FindingKind::SecurityFailed => text(
            "A scanner, a client too old for this server’s TLS, a certificate that cannot be used, or wrong credentials: the error code and the address tell which.",
            "스캐너, 이 서버의 TLS를 지원하지 않는 오래된 클라이언트, 사용할 수 없는 인증서, 잘못된 자격 증명 중 하나이며 오류 코드와 주소로 구별합니다.",
        ),
        FindingKind::ServerCrash => text(
            "A fault of the server, not of the line: look for crashes in its Application log, for display drivers and for updates.",
            "회선이 아니라 서버의 문제입니다. Application 로그의 비정상 종료, 디스플레이 드라이버, 업데이트를 확인하십시오.",
        ),
        FindingKind::MachineDown => text(
            "The machine went down, not the line: events 1074, 6008 and 41 of the System log say why.",
            "회선이 아니라 컴퓨터가 내려갔습니다. System 로그의 1074, 6008, 41에 이유가 있습니다.",
        ),
        FindingKind::OutOfMemory => text(
            "Too many sessions or programs for this machine.",
            "이 컴퓨터에 비해 세션이나 프로그램이 너무 많습니다.",
        ),
        FindingKind::Licensing => text(
            "Look at the license server, the licensing mode and the grace period of the session host.",
            "라이선스 서버, 라이선스 모드, 세션 호스트의 유예 기간을 확인하십시오.",
        ),
        FindingKind::ServerRefused => text(
            "A setting of the server or a missing right, not a fault of the line.",
            "회선 문제가 아니라 서버 설정이나 권한 부족입니다.",
        ),
        FindingKind::ProtocolError => text(
            "A faulty client, something that is no client, or a device on the way that changes data; if the encryption failed, think of the line and of the packet size (MTU).",
            "결함이 있는 클라이언트, 클라이언트가 아닌 프로그램, 또는 중간에서 데이터를 바꾸는 장치입니다. 암호화가 실패했다면 회선과 패킷 크기(MTU)를 의심하십시오.",
        ),
        FindingKind::Broker => text(
            "Look at the connection broker and at the machines of its collection.",
            "연결 브로커와 컬렉션의 컴퓨터를 확인하십시오.",
        ),
        FindingKind::IdleLimit | FindingKind::TimeLimit => text(
            "A policy does what it is told to: no fault. See the session time limits in Group Policy.",
            "정책대로 동작한 것이며 장애가 아닙니다. 그룹 정책의 세션 시간 제한을 확인하십시오.",
        ),
        FindingKind::Administrator => text(
            "Somebody or something used a tool such as tsdiscon, logoff or Task Manager from another session.",
            "다른 세션에서 tsdiscon, logoff, 작업 관리자 같은 도구가 사용되었습니다.",
        ),
        FindingKind::Replaced => text(
            "The same account is used from two places: users who share it, one person with two machines, or somebody else with the password.",
            "같은 계정이 두 곳에서 사용됩니다. 계정 공유, 한 사람의 두 컴퓨터, 또는 암호를 아는 다른 사람일 수 있습니다.",
        ),
        FindingKind::Denied => text(
            "The password is right, the right is missing: Remote Desktop Users, or a policy.",
            "암호는 맞지만 권한이 없습니다(Remote Desktop Users 그룹 또는 정책).",
        ),
        FindingKind::WrongPassword if finding.count >= GUESSING => text(
            "So many are guesses of a program, or an old password that something keeps trying.",
            "이 정도 횟수라면 프로그램의 추측 공격이거나, 저장된 예전 암호로 계속 시도하는 것입니다.",
        ),
        FindingKind::WrongPassword => text(
            "A typing error, or an old password that is stored in the client.",
            "입력 실수이거나 클라이언트에 저장된 예전 암호입니다.",
        ),
        FindingKind::NoDesktop => text(
            "The client was closed before the desktop was there, the session was refused, or the logs that would show it are missing.",
            "데스크톱이 열리기 전에 클라이언트가 닫혔거나, 세션이 거부되었거나, 이를 보여 줄 로그가 없습니다.",
        ),
        FindingKind::VulnerabilityScan => text(
            "Ordinary clients do not open that channel: a scan for BlueKeep (CVE-2019-0708), or the attack itself.",
            "일반 클라이언트는 이 채널을 열지 않습니다. BlueKeep(CVE-2019-0708) 스캔이거나 실제 공격입니다.",
        ),
        FindingKind::LoneConnections if finding.count >= GUESSING => text(
            "So many are no person: a scan, monitoring, or guesses of passwords that were cut off before a user was logged.",
            "이 정도 횟수라면 사람이 아닙니다. 스캔, 모니터링, 또는 사용자가 기록되기 전에 중단된 암호 추측입니다.",
        ),
        FindingKind::LoneConnections => text(
            "Port scans, monitoring, guesses that were cut off, failures of TLS, or a window for credentials that was closed.",
            "포트 스캔, 모니터링, 중단된 추측 시도, TLS 실패, 또는 닫힌 자격 증명 창입니다.",
        ),
        FindingKind::NoChannels => text(
            "By itself no reason for a drop: clipboard, drives, printers or sound of that client may not work.",
            "그 자체로는 끊김의 원인이 아닙니다. 해당 클라이언트의 클립보드, 드라이브, 프린터, 소리가 작동하지 않을 수 있습니다.",
        ),
        FindingKind::Healthy => text(
            "No session ended unasked and was taken up again; errors that only follow from a closed client do not count.",
            "원하지 않게 끊어졌다가 다시 연결된 세션이 없습니다. 클라이언트를 닫아서 생긴 오류는 세지 않습니다.",
        ),
    }
}

/// A person gives up before that.
const GUESSING: u64 = 10;

const fn line(error: Option<LineError>) -> Text {
    match error {
        Some(LineError::NoAnswer) => text(
            "Packets are lost between client and server: a bad line, Wi-Fi, a VPN, or a firewall that forgets idle connections.",
            "클라이언트와 서버 사이에서 패킷이 손실됩니다. 불량 회선, Wi-Fi, VPN, 유휴 연결을 끊는 방화벽을 의심하십시오.",
        ),
        Some(LineError::Unreachable) => text(
            "There was no way to the client any more: its network, a VPN or a route went away.",
            "클라이언트로 가는 경로가 사라졌습니다. 클라이언트의 네트워크, VPN, 라우팅을 확인하십시오.",
        ),
        Some(LineError::Reset) => text(
            "Something reset the connection: a firewall, VPN or load balancer on the way, or the client’s own system.",
            "연결이 강제로 끊겼습니다(RST). 중간의 방화벽, VPN, 부하 분산 장치 또는 클라이언트 시스템을 의심하십시오.",
        ),
        Some(LineError::Gone) => text(
            "The client’s side vanished: its line broke, its network changed, it went to sleep, or its program was killed.",
            "클라이언트 쪽이 사라졌습니다. 회선 끊김, 네트워크 변경, 절전, 프로그램 강제 종료 등입니다.",
        ),
        None => text(
            "The logs do not say what broke: a lost line, or a window that was closed and opened again. RdpCoreTS 142, 143 and 226 would tell.",
            "무엇이 끊어졌는지 로그에 없습니다. 회선이 끊겼거나 창을 닫았다가 다시 연 것입니다. RdpCoreTS 142, 143, 226이 있으면 알 수 있습니다.",
        ),
    }
}
