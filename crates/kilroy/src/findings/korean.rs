//! Findings in Korean.

use kilroy_model::{FactName, Finding};

use super::facts::Facts;
use crate::output::count;

/// The finding in a sentence or two.
pub(super) fn sentence(finding: &Finding) -> String {
    let f = Facts(finding);
    match finding.detector.as_str() {
        "password-guessing" => guessing(&f),
        "password-spraying" => spraying(&f),
        "success-after-failures" => success(&f),
        "session-takeover" => takeover(&f),
        "session-shadowing" => shadowing(&f),
        "tunnelled-rdp" => tunnel(&f),
        "remote-service" => service(&f),
        "remote-admin-pipe" => pipe(&f),
        "remote-task" => task(&f),
        "wmi-execution" => execution(&f, "WMI를"),
        "winrm-execution" => execution(&f, "WinRM을"),
        "dcom-execution" => execution(&f, "DCOM을"),
        "hidden-remote-command" => hidden(&f),
        "rdp-exploit-channel" => channel(&f),
        "machine-account-execution" => machine(&f),
        "program-in-odd-place" => odd(&f),
        "log-cleared" => cleared(&f),
        "account-created" => account(&f),
        _ => f.hosts(),
    }
}

/// `사용자 alice, 원본 10.0.0.9, `, as far as known.
fn who(f: &Facts<'_>) -> String {
    format!("{}{}", with(f, "사용자", FactName::User), source(f))
}

/// `사용자 alice, `, or `사용자 alice(추정), ` if that is only possible.
fn with(f: &Facts<'_>, word: &str, name: FactName) -> String {
    let perhaps = if f.perhaps(name) { "(추정)" } else { "" };
    f.maybe(name).map(|value| format!("{word} {value}{perhaps}, ")).unwrap_or_default()
}

fn source(f: &Facts<'_>) -> String {
    with(f, "원본", FactName::Source)
}

fn guessing(f: &Facts<'_>) -> String {
    let failures = f.shown(FactName::Failures);
    if f.is("distributed") {
        let sources = f.shown(FactName::Sources);
        return format!(
            "{}: 사용자 {}, 서로 다른 원본 {sources}곳에서 로그온 실패 {failures}회.",
            f.hosts(),
            f.one(FactName::Victim)
        );
    }
    if f.is("crowd") {
        return format!(
            "{}: 원본 {}곳, 로그온 실패 {failures}회, 사용자 {}명, 1분 최대 {}회. 성공한 원본 없음.",
            f.hosts(),
            f.shown(FactName::Sources),
            f.shown(FactName::Users),
            f.shown(FactName::Peak)
        );
    }
    let source = f.maybe(FactName::Source).unwrap_or("알 수 없음");
    let named = if f.number(FactName::Users) == 0 {
        String::new()
    } else {
        format!("({})", f.some(FactName::Victim))
    };
    let entered = match (f.time(FactName::Success), f.number(FactName::Count)) {
        (None, _) | (_, 0) => String::new(),
        (Some(time), 1) => format!(" {time}에 로그온 성공."),
        (Some(time), n) => format!(" 로그온 성공 {}회(최초 {time}).", count(n)),
    };
    let right = match (f.maybe(FactName::RightPassword), f.time(FactName::Success)) {
        (None, _) => String::new(),
        (Some(_), Some(time)) if entered.is_empty() => {
            format!(" {time}에 암호가 올바른 것으로 확인된 사용자: {}.", f.some(FactName::RightPassword))
        }
        (Some(_), _) => {
            format!(" 그 외 암호가 올바른 것으로 확인된 사용자: {}.", f.some(FactName::RightPassword))
        }
    };
    let runas = if f.is("runas") { "(이 컴퓨터의 runas)" } else { "" };
    format!(
        "{}: 원본 {source}{runas}, 로그온 실패 {failures}회, 사용자 {}명{named}, 1분 최대 {}회.{entered}{right}",
        f.hosts(),
        f.shown(FactName::Users),
        f.shown(FactName::Peak)
    )
}

fn spraying(f: &Facts<'_>) -> String {
    let entered = match f.number(FactName::Logons) {
        0 => String::new(),
        n => format!(" 같은 원본의 로그온 성공 {}회: {}.", count(n), f.some(FactName::Account)),
    };
    let right = match f.maybe(FactName::RightPassword) {
        Some(_) => format!(" 암호가 올바른 것으로 확인된 사용자: {}.", f.some(FactName::RightPassword)),
        None => String::new(),
    };
    let open = match f.maybe(FactName::NoPreauthentication) {
        Some(_) => format!(
            " 사전 인증 없이 티켓이 발급된 계정: {}(AS-REP 로스팅으로 암호를 추측할 수 있음).",
            f.some(FactName::NoPreauthentication)
        ),
        None => String::new(),
    };
    format!(
        "{}: 원본 {}, 사용자 {}명에게 시도, 총 {}회 실패.{right}{open}{entered}",
        f.hosts(),
        f.one(FactName::Source),
        f.shown(FactName::Users),
        f.shown(FactName::Failures)
    )
}

fn success(f: &Facts<'_>) -> String {
    if f.is("checked") {
        return format!(
            "{}: {}로그온 실패 {}회(사용자 {}명) 후 {}에 암호가 올바른 것으로 확인됨. 해당 세션 없음.",
            f.hosts(),
            who(f),
            f.shown(FactName::Failures),
            f.shown(FactName::Users),
            f.time(FactName::Success).unwrap_or_default()
        );
    }
    let first = format!(
        "{}: {}로그온 실패 {}회(사용자 {}명) 후 {}에 성공.",
        f.hosts(),
        who(f),
        f.shown(FactName::Failures),
        f.shown(FactName::Users),
        f.time(FactName::Success).unwrap_or_default()
    );
    let did: Vec<String> = [
        (FactName::Processes, "프로세스"),
        (FactName::Services, "서비스 설치"),
        (FactName::Tasks, "작업 생성"),
        (FactName::Shares, "관리 공유 액세스"),
        (FactName::Logons, "다른 곳으로 로그온 시도"),
        (FactName::Accounts, "계정 변경"),
        (FactName::Clears, "로그 지움"),
    ]
    .into_iter()
    .filter(|(name, _)| f.number(*name) > 0)
    .map(|(name, words)| format!("{words} {}건", f.shown(name)))
    .collect();
    if did.is_empty() { first } else { format!("{first} 이후: {}.", did.join(", ")) }
}

fn takeover(f: &Facts<'_>) -> String {
    let host = f.hosts();
    if f.is("new-address") {
        return format!(
            "{host}: 사용자 {}의 세션이 이전에 사용한 적 없는 주소 {}에서 다시 연결됨(이전: {}).",
            f.one(FactName::Victim),
            f.one(FactName::Source),
            f.some(FactName::Before)
        );
    }
    let mut parts = Vec::new();
    if f.is("tscon") || f.is("tscon-system") {
        let system = if f.is("tscon-system") { "SYSTEM 권한의 " } else { "" };
        parts.push(format!("{system}tscon으로 세션 전환: {}", f.command()));
    }
    if f.is("handover") {
        parts.push(format!(
            "{}사용자 {}의 연결에 사용자 {}의 데스크톱이 나타남",
            source(f),
            f.one(FactName::User),
            f.one(FactName::Victim)
        ));
    }
    format!("{host}: {}.", parts.join("; "))
}

fn shadowing(f: &Facts<'_>) -> String {
    let what: Vec<&str> = [
        ("control", "다른 사람이 세션을 제어함"),
        ("view", "다른 사람이 세션을 봄"),
        ("permission", "사용자 또는 정책이 허용함"),
        ("refused", "사용자가 거부함"),
        ("failed", "시도 실패"),
        ("client", "세션을 섀도잉하는 클라이언트 실행"),
        ("policy", "섀도잉 정책 변경"),
    ]
    .into_iter()
    .filter(|(variant, _)| f.is(variant))
    .map(|(_, words)| words)
    .collect();
    let command = f.maybe(FactName::Command).map(|_| format!(": {}", f.command())).unwrap_or_default();
    format!("{}: {}{command}.", f.hosts(), what.join("; "))
}

fn tunnel(f: &Facts<'_>) -> String {
    if f.is("loopback") {
        return format!(
            "{}: 원본 {}, 사용자 {}의 원격 데스크톱 세션 {}건.",
            f.hosts(),
            f.one(FactName::Source),
            f.some(FactName::User),
            f.shown(FactName::Count)
        );
    }
    format!("{}: 포트 전달: {}.", f.hosts(), f.command())
}

fn service(f: &Facts<'_>) -> String {
    let what = match (f.number(FactName::Count), f.maybe(FactName::Service)) {
        (0, Some(service)) => format!("서비스 {service} 동작"),
        (0, None) => "서비스를 설치하는 도구 동작".to_owned(),
        (1, _) => format!("서비스 {} 설치", f.one(FactName::Service)),
        (n, _) => format!("서비스 {}개({}) 설치", count(n), f.some(FactName::Service)),
    };
    let through: Vec<&str> = f.0.texts(FactName::Share).chain(f.0.texts(FactName::Pipe)).take(4).collect();
    let through = if through.is_empty() { String::new() } else { format!("({} 경유)", through.join(", ")) };
    let command = f.maybe(FactName::Command).filter(|c| !c.is_empty()).map(|_| format!(": {}", f.command()));
    let ran = f.maybe(FactName::Program).map(|_| format!(" 실행: {}.", f.cut(FactName::Program)));
    let sysmon = if f.is("sysmon") { " Sysmon과 그 드라이버임." } else { "" };
    format!(
        "{}: {}{what}{through}{}.{}{sysmon}",
        f.hosts(),
        who(f),
        command.unwrap_or_default(),
        ran.unwrap_or_default()
    )
}

fn pipe(f: &Facts<'_>) -> String {
    format!("{}: {}파이프 {} 열기 {}회.", f.hosts(), who(f), f.some(FactName::Pipe), f.shown(FactName::Count))
}

fn task(f: &Facts<'_>) -> String {
    let mut what = format!("{}: {}작업 {} 생성", f.hosts(), who(f), f.one(FactName::Task));
    if f.maybe(FactName::Command).is_some() {
        what = format!("{what}: {}", f.command());
    }
    if f.is("ran") {
        what.push_str("; 실행됨");
    }
    if f.is("deleted") {
        what.push_str("; 1분 안에 삭제됨");
    }
    what + "."
}

fn execution(f: &Facts<'_>, through: &str) -> String {
    let local = if f.is("local") { "이 컴퓨터에서 " } else { "" };
    format!(
        "{}: {}{local}{through} 통해 프로그램 {}개 실행: {}.{}",
        f.hosts(),
        who(f),
        f.shown(FactName::Count),
        f.command(),
        ansible(f)
    )
}

fn hidden(f: &Facts<'_>) -> String {
    format!(
        "{}: {}네트워크 로그온에서 숨겨진 명령 {}개 실행: {}.{}",
        f.hosts(),
        who(f),
        f.shown(FactName::Count),
        f.command(),
        ansible(f)
    )
}

fn ansible(f: &Facts<'_>) -> &'static str {
    if f.is("ansible") {
        " 인코딩된 명령은 Ansible이 각 단계를 시작할 때 보내는 명령과 같음."
    } else {
        ""
    }
}

fn channel(f: &Facts<'_>) -> String {
    format!(
        "{}: 원본 {}의 연결 {}건이 채널 MS_T120을 엶.",
        f.hosts(),
        f.maybe(FactName::Source).unwrap_or("알 수 없음"),
        f.shown(FactName::Count)
    )
}

fn machine(f: &Facts<'_>) -> String {
    format!(
        "{}: {}컴퓨터 계정이 네트워크 로그온으로 프로그램 {}개 실행: {}.",
        f.hosts(),
        who(f),
        f.shown(FactName::Count),
        f.command()
    )
}

fn odd(f: &Facts<'_>) -> String {
    let why = if f.is("ending") {
        "프로그램이 아닌 확장명"
    } else {
        "프로그램을 두지 않는 위치"
    };
    format!(
        "{}: {} 실행 {}회, {why}; 사용자 {}.",
        f.hosts(),
        f.cut(FactName::Program),
        f.shown(FactName::Count),
        f.users()
    )
}

fn cleared(f: &Facts<'_>) -> String {
    if f.is("command") {
        let logs = match f.maybe(FactName::Log) {
            Some("*") => "(모든 로그)".to_owned(),
            Some(_) => format!("({})", f.some(FactName::Log)),
            None => String::new(),
        };
        let n = f.shown(FactName::Count);
        let line = if f.number(FactName::Count) == 1 { format!(": {}", f.command()) } else { String::new() };
        return format!("{}: {}로그를 지우는 명령 {n}개 실행{logs}{line}.", f.hosts(), who(f));
    }
    format!("{}: {}{} 로그 지워짐.", f.hosts(), who(f), f.some(FactName::Log))
}

fn account(f: &Facts<'_>) -> String {
    let mut what = format!("{}: {}계정 {} 생성", f.hosts(), who(f), f.one(FactName::Account));
    if f.maybe(FactName::Group).is_some() {
        what = format!("{what}, 그룹 {}에 추가", f.some(FactName::Group));
    }
    if f.maybe(FactName::LeftGroup).is_some() {
        what = format!("{what}; 그룹 {}에 추가되었다가 제거됨", f.some(FactName::LeftGroup));
    }
    if f.number(FactName::Logons) > 0 {
        what = format!("{what}; 하루 안에 로그온 {}회", f.shown(FactName::Logons));
    }
    if f.is("deleted") {
        what.push_str("; 하루 안에 삭제됨");
    }
    if f.is("lives-on") {
        what.push_str("; 삭제된 뒤에 변경됨: 목록에 보이지 않지만 계정이 남아 있음");
    }
    if f.is("hidden") {
        what.push_str("; 컴퓨터 계정처럼 보이는 이름");
    }
    what + "."
}
