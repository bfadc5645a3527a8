//! What a receipt says, in English and Korean.

use kilroy_catalog::{Language, Text};
use kilroy_model::{AccessSession, EndKind, How, Link, LinkRule, Reason, Scope, SessionOutcome};

use super::records::Other;
use crate::rows::who;
use crate::words::{Named, kind_in_full, text};

/// The sentences of one language.
pub(super) struct Phrases {
    pub(super) language: Language,
    pub(super) records: Text,
    pub(super) proven: Text,
    pub(super) no_contradiction: Text,
    pub(super) turned_down: Text,
    pub(super) missing: Text,
    pub(super) nothing_missing: Text,
    pub(super) grade: Text,
    pub(super) time: Text,
    pub(super) offset: Text,
    pub(super) role: Text,
    pub(super) record_title: Text,
}

impl Phrases {
    pub(super) const fn of(language: Language) -> Self {
        Self {
            language,
            records: text("Records", "레코드"),
            proven: text("What the records prove", "레코드가 증명하는 것"),
            no_contradiction: text("No record says otherwise.", "이와 다르게 말하는 레코드가 없습니다."),
            turned_down: text("Turned down", "제외된 후보"),
            missing: text("Missing", "빠진 레코드"),
            nothing_missing: text(
                "Nothing that is expected of such a session.",
                "이런 세션에 있어야 할 레코드가 모두 있습니다.",
            ),
            grade: text("Proof", "증명 수준"),
            time: text("TIME (UTC)", "시간(UTC)"),
            offset: text("OFFSET", "경과"),
            role: text("ROLE", "역할"),
            record_title: text("RECORD", "레코드"),
        }
    }

    /// Who, where and from where.
    pub(super) fn headline(&self, session: &AccessSession) -> String {
        let kind = kind_in_full(session.kind).get(self.language);
        let (who, host) = (who(session), &session.computer);
        let from = self.from(session);
        match (self.language, session.outcome) {
            (Language::English, SessionOutcome::Success) => format!("{kind} of {who} on {host}{from}"),
            (Language::English, SessionOutcome::Failure) => {
                format!("Failed attempt of {who} on {host}{from}: {}", lower_first(kind))
            }
            (Language::English, SessionOutcome::Denied) => {
                format!("Refused attempt of {who} on {host}{from}: {}", lower_first(kind))
            }
            (Language::Korean, SessionOutcome::Success) => format!("{host}에서 {who}의 {kind}{from}"),
            (Language::Korean, SessionOutcome::Failure) => {
                format!("{host}에서 {who}의 실패한 시도: {kind}{from}")
            }
            (Language::Korean, SessionOutcome::Denied) => {
                format!("{host}에서 {who}의 거부된 시도: {kind}{from}")
            }
        }
    }

    fn from(&self, session: &AccessSession) -> String {
        let scope = session.scope.in_words(self.language);
        let beside: Vec<&str> = match session.scope {
            Scope::Unknown => session.client.as_deref().into_iter().collect(),
            _ => std::iter::once(scope).chain(session.client.as_deref()).collect(),
        };
        let place = session.ip.as_deref();
        match (self.language, place, beside.is_empty()) {
            (_, None, true) => String::new(),
            (Language::English, None, false) => format!(" from {}", beside.join(", ")),
            (Language::English, Some(ip), true) => format!(" from {ip}"),
            (Language::English, Some(ip), false) => format!(" from {ip} ({})", beside.join(", ")),
            (Language::Korean, None, false) => format!(", 원본 {}", beside.join(", ")),
            (Language::Korean, Some(ip), true) => format!(", 원본 {ip}"),
            (Language::Korean, Some(ip), false) => format!(", 원본 {ip}({})", beside.join(", ")),
        }
    }

    /// From when to when, and how it ended.
    pub(super) fn when(
        &self,
        kind: EndKind,
        end: &str,
        from: Option<String>,
        to: Option<String>,
        not_after: Option<String>,
        long: Option<String>,
    ) -> String {
        let english = self.language == Language::English;
        let long = match (long, english) {
            (Some(long), true) => format!(" UTC ({long})"),
            (Some(long), false) => format!("(UTC, {long})"),
            (None, true) => " UTC".to_owned(),
            (None, false) => "(UTC)".to_owned(),
        };
        if matches!(kind, EndKind::Failed | EndKind::Denied) {
            let at = from.unwrap_or_default();
            return format!("{at} UTC");
        }
        let begin = match (from, english) {
            (Some(from), true) => from,
            (Some(from), false) => format!("{from}부터"),
            (None, true) => "begin not seen".to_owned(),
            (None, false) => "시작 기록 없음".to_owned(),
        };
        match (to, not_after, english) {
            (Some(to), _, true) => format!("{begin} to {to}{long}, ended by {end}"),
            (None, Some(bound), true) => {
                format!("{begin} UTC; no record ends it: at the latest {bound} UTC ({end})")
            }
            (None, None, true) => format!("{begin} UTC; {}", open(kind)),
            (Some(to), _, false) => format!("{begin} {to}까지{long}, 끝: {end}"),
            (None, Some(bound), false) => format!("{begin}(UTC), 끝 기록 없음: 늦어도 {bound}({end})"),
            (None, None, false) => format!("{begin}(UTC), {end}"),
        }
    }

    /// What has no session has no end either.
    pub(super) fn authenticated_only(&self, at: Option<String>) -> String {
        let at = at.unwrap_or_default();
        match self.language {
            Language::English => format!("{at} UTC; authenticated only: no record shows a session"),
            Language::Korean => format!("{at}(UTC), 인증만 됨: 세션을 보여 주는 레코드 없음"),
        }
    }

    pub(super) fn reason(&self, reason: &Reason, words: Option<String>) -> String {
        self.code(text("Reason", "이유"), reason, words)
    }

    pub(super) fn status(&self, status: &Reason, words: Option<String>) -> String {
        self.code(text("Status", "상태"), status, words)
    }

    fn code(&self, label: Text, reason: &Reason, words: Option<String>) -> String {
        let code = match reason {
            Reason::Number(n) => n.to_string(),
            Reason::Code(code) => code.clone(),
        };
        let words = words.map(|words| format!(": {words}")).unwrap_or_default();
        format!("{} {code}{words}", label.get(self.language))
    }

    /// What else is known, one line each.
    pub(super) fn facts(&self, session: &AccessSession) -> Vec<String> {
        let say = |en: &'static str, ko: &'static str| text(en, ko).get(self.language);
        let mut facts = Vec::new();
        let mut line = |label: &str, parts: Vec<String>| {
            if !parts.is_empty() {
                facts.push(format!("{label}: {}", parts.join(", ")));
            }
        };
        let mut begin = Vec::new();
        if session.outcome == SessionOutcome::Success && session.how != How::Logon {
            begin.push(session.how.in_words(self.language).to_owned());
        }
        if session.background {
            begin.push(say("background account", "백그라운드 계정").to_owned());
        }
        if session.prior_failures > 0 {
            let n = session.prior_failures;
            begin.push(match self.language {
                Language::English => {
                    let failures = if n == 1 { "failure" } else { "failures" };
                    format!("{n} {failures} from the same source in the 30 minutes before")
                }
                Language::Korean => format!("앞선 30분 동안 같은 원본에서 실패 {n}회"),
            });
        }
        line(say("Begin", "시작"), begin);
        line(say("To", "연결 대상"), session.resource.iter().cloned().collect());
        let auth = &session.authentication;
        let mut how: Vec<String> =
            [&auth.package, &auth.lm_package, &auth.logon_process].into_iter().flatten().cloned().collect();
        how.dedup();
        match auth.nla {
            Some(true) => how.push(say("with NLA", "NLA 사용").to_owned()),
            Some(false) => how.push(say("without NLA", "NLA 없음").to_owned()),
            None => {}
        }
        if auth.elevated == Some(true) {
            how.push(say("elevated token", "상승된 토큰").to_owned());
        }
        if auth.restricted_admin == Some(true) {
            how.push(say("Restricted Admin mode", "제한된 관리 모드").to_owned());
        }
        if auth.credential_guard == Some(true) {
            how.push(say("Remote Credential Guard", "원격 Credential Guard").to_owned());
        }
        line(say("Authentication", "인증"), how);
        let mut ids = vec![session.session_uid.to_string()];
        if let Some(id) = session.session_id {
            ids.push(format!("{} {id}", say("terminal session", "터미널 세션")));
        }
        if let Some(terminal) = &session.line {
            ids.push(format!("{} {terminal}", say("terminal line", "터미널 회선")));
        }
        if !session.logon_ids.is_empty() {
            let luids: Vec<String> = session.logon_ids.iter().map(ToString::to_string).collect();
            ids.push(format!("{} {}", say("logon ID", "로그온 ID"), luids.join(" ")));
        }
        if let Some(activity) = session.activity_id {
            ids.push(format!("{} {activity}", say("connection", "연결")));
        }
        line(say("Session", "세션"), ids);
        facts
    }

    pub(super) fn record(&self, log: &str, event_id: u32, record_id: u64) -> String {
        match self.language {
            Language::English => format!("{log} {event_id}, record {record_id}"),
            Language::Korean => format!("{log} {event_id}, 레코드 {record_id}"),
        }
    }

    pub(super) fn anchor(&self) -> String {
        format!("= {}", LinkRule::Anchor.in_words(self.language))
    }

    /// The rule, what is shared, and with which record.
    pub(super) fn link(&self, link: &Link, other: &Other) -> String {
        let rule = link.rule.in_words(self.language);
        let shared = match link.rule {
            LinkRule::Window => other.distance.as_ref().map(|d| self.seconds(d)),
            LinkRule::TerminalSession => Some(link.value.trim_start_matches("session ").to_owned()),
            LinkRule::ReconnectBridge => Some(self.sessions(&link.value)),
            _ => Some(link.value.clone()),
        };
        let shared =
            shared.filter(|text| !text.is_empty()).map(|text| format!(" {text}")).unwrap_or_default();
        match self.language {
            Language::English => format!("= {rule}{shared} as {}", other.number),
            Language::Korean => format!("= {}: {rule}{shared}", other.number),
        }
    }

    /// The engine writes `0x2c7de, session 3`.
    fn sessions(&self, value: &str) -> String {
        match self.language {
            Language::English => value.to_owned(),
            Language::Korean => value.replace("session ", "세션 "),
        }
    }

    fn seconds(&self, distance: &str) -> String {
        let unit = if self.language == Language::English { " s" } else { "초" };
        match distance.get(1..) {
            Some("0.000") => format!("({})", text("same moment", "같은 순간").get(self.language)),
            _ if distance.contains(':') => format!("({distance})"),
            _ => format!("({distance}{unit})"),
        }
    }

    pub(super) fn otherwise(&self, record: &str, value: &str) -> String {
        match self.language {
            Language::English => format!("but {record} says {value}"),
            Language::Korean => format!("그러나 {record}에는 {value}"),
        }
    }

    /// The engine writes English; what it says is a short list.
    pub(super) fn turned_down_why<'a>(&self, why: &'a str) -> &'a str {
        match (self.language, why) {
            (Language::Korean, "nearer to another session") => "다른 세션에 더 가까움",
            _ => why,
        }
    }
}

/// What an end that is none says.
const fn open(kind: EndKind) -> &'static str {
    match kind {
        EndKind::LogCleared => "no record ends it, and the log that would tell was cleared",
        EndKind::Open => "no record ends it: still open where the log ends",
        EndKind::Shutdown => "no record ends it: the machine was shut down",
        EndKind::Crash => "no record ends it: the machine stopped unexpectedly",
        EndKind::Boot => "no record ends it: the machine was started anew",
        EndKind::Superseded => "no record ends it: a new logon took the same terminal session",
        _ => "no record ends it",
    }
}

fn lower_first(text: &str) -> String {
    // `SSH session` keeps its capitals.
    if text.chars().nth(1).is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
