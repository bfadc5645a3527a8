//! The sentences of the page, in both languages.

use kilroy_catalog::{Language, Text};
use kilroy_findings::summary::{About, Followed, Lack, Missing, Pointer, PointerKind, Seen, Summary};
use kilroy_findings::views::{SourceUse, Tally};
use kilroy_model::{SessionUid, Timestamp};

use super::LeftOut;
use super::evidence::{Evidence, Trouble};
use super::sections::Command;
use crate::output::{bytes, count, seconds, span, until};
use crate::reasons::reason;
use crate::rows::{HostNames, account, some};
use crate::words::{Named, short_log, text};

/// Hosts that are named in a sentence.
const HOSTS: usize = 3;

#[derive(Debug, Clone, Copy)]
pub(super) struct Phrases {
    pub(super) language: Language,
}

impl Phrases {
    fn is_korean(self) -> bool {
        self.language == Language::Korean
    }

    fn either(self, english: String, korean: impl FnOnce() -> String) -> String {
        if self.is_korean() { korean() } else { english }
    }

    fn span(self, first: Option<Timestamp>, last: Option<Timestamp>) -> Option<String> {
        span(first, last, self.language)
    }

    /// `Hosts (3)`.
    pub(super) fn titled(self, title: Text, all: usize) -> String {
        format!("{} ({})", title.get(self.language), count(all as u64))
    }

    pub(super) fn more(self, more: u64) -> String {
        self.either(format!("{} more", count(more)), || format!("외 {}개", count(more)))
    }

    /// What `kilroy findings` has beside what the page counts.
    pub(super) fn left_out(self, left_out: LeftOut) -> Option<String> {
        let (info, dismissed) = (count(left_out.info), count(left_out.dismissed));
        let english = match (left_out.info, left_out.dismissed) {
            (0, 0) => return None,
            (_, 0) => format!("not counted here: {info} of weight info"),
            (0, _) => format!("not counted here: {dismissed} dismissed"),
            _ => format!("not counted here: {info} of weight info, {dismissed} dismissed"),
        };
        Some(self.either(english, || match (left_out.info, left_out.dismissed) {
            (_, 0) => format!("집계에 포함되지 않음: 중요도가 '정보'인 탐지 결과 {info}개"),
            (0, _) => format!("집계에 포함되지 않음: 제외된 탐지 결과 {dismissed}개"),
            _ => format!(
                "집계에 포함되지 않음: 중요도가 '정보'인 탐지 결과 {info}개, 제외된 탐지 결과 {dismissed}개"
            ),
        }))
    }

    pub(super) fn read(self, evidence: &Evidence) -> String {
        let (logs, files) = (count(evidence.logs), count(evidence.files));
        let (records, size) = (count(evidence.records), bytes(evidence.bytes));
        let covered = self.span(evidence.first, evidence.last);
        let english = {
            let covered = covered.as_ref().map(|span| format!(", {span} UTC")).unwrap_or_default();
            format!("{logs} of {files} files read: {records} records, {size}{covered}")
        };
        self.either(english, || {
            let covered = covered.map(|span| format!(", {span}(UTC)")).unwrap_or_default();
            format!("파일 {files}개 중 {logs}개 읽음: 레코드 {records}개, {size}{covered}")
        })
    }

    pub(super) fn lost(self, pieces: u64, files: u64) -> String {
        let english = format!("{} could not be read, in {}:", plural(pieces, "piece"), plural(files, "file"));
        self.either(english, || format!("파일 {}개에서 조각 {}개를 읽지 못함:", count(files), count(pieces)))
    }

    pub(super) fn trouble(self, what: &str, trouble: &Trouble) -> String {
        let why = match (&trouble.reason, trouble.losses) {
            (_, 1..) => self.either(
                format!("{} lost, {} records read", plural(trouble.losses, "piece"), count(trouble.records)),
                || format!("조각 {}개 손실, 레코드 {}개 읽음", count(trouble.losses), count(trouble.records)),
            ),
            (Some(said), 0) => reason(said, self.language).into_owned(),
            (None, 0) => what.to_owned(),
        };
        format!("{what}: {}: {why}", trouble.path)
    }

    pub(super) fn more_files(self, what: &str, more: u64) -> String {
        format!("{what}: {}", self.more(more))
    }

    /// How many sessions of which kinds, and how many are hidden.
    pub(super) fn sessions(self, summary: &Summary) -> String {
        let of = |n: usize| -> u64 { summary.by_kind.iter().map(|(_, counts)| counts[n]).sum() };
        let kinds: Vec<String> = summary
            .by_kind
            .iter()
            .filter(|(_, [success, ..])| *success > 0)
            .map(|(kind, [success, ..])| match self.language {
                Language::English => format!("{} {}", count(*success), kind.in_words(self.language)),
                Language::Korean => format!("{} {}", kind.in_words(self.language), count(*success)),
            })
            .collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let (success, failed, denied) = (of(0), of(1), of(2));
        let hidden = summary.background;
        let english = format!(
            "{}{kinds}, {}, {} denied; {} of machine and system accounts hidden (--background)",
            plural(success, "session"),
            plural(failed, "failure"),
            count(denied),
            plural(hidden, "session")
        );
        self.either(english, || {
            format!(
                "세션 {}개{kinds}, 실패 {}건, 거부 {}건; 컴퓨터 및 시스템 계정의 세션 {}개는 숨김(--background)",
                count(success),
                count(failed),
                count(denied),
                count(hidden)
            )
        })
    }

    /// `13:04:33 alice on srv-rdp01`.
    pub(super) fn followed(self, then: &Followed, host: &str, since: Option<Timestamp>) -> String {
        let user = then.user.as_deref().unwrap_or("?");
        let time = then.time.map(|time| until(since, time)).unwrap_or_default();
        self.either(format!("{time} {user} on {host}"), || format!("{time} {user}({host})"))
    }

    /// `203.0.113.77 (2)`, `203.0.113.77 (2, 1 denied)`: sessions, and attempts with the right password that were refused.
    pub(super) fn source(self, source: &SourceUse) -> String {
        let name = source.origin.name().unwrap_or("?");
        let Tally { sessions, denied, .. } = source.tally;
        let refused =
            || self.either(format!("{} denied", count(denied)), || format!("거부 {}", count(denied)));
        match (sessions, denied) {
            (_, 0) => format!("{name} ({})", count(sessions)),
            (0, _) => format!("{name} ({})", refused()),
            _ => format!("{name} ({}, {})", count(sessions), refused()),
        }
    }

    /// What a log lacks, for a cell.
    pub(super) fn lack_in_short(self, log: &str, lack: &Lack) -> String {
        let log = short_log(log);
        match lack {
            Lack::Cleared { .. } => self.either(format!("{log} cleared"), || format!("{log} 지워짐")),
            Lack::Unexplained { event_id, .. } => {
                self.either(format!("{log} {event_id} missing"), || format!("{log} {event_id} 없음"))
            }
            Lack::Hole { lost: Some(lost), .. } => self
                .either(format!("{log} hole ({})", count(*lost)), || format!("{log} 공백({})", count(*lost))),
            Lack::Hole { lost: None, .. } => {
                self.either(format!("{log} begins anew"), || format!("{log} 다시 시작됨"))
            }
            Lack::Filtered { .. } => self.either(format!("{log} filtered"), || format!("{log} 필터링됨")),
            Lack::Absent => self.either(format!("no {log}"), || format!("{log} 없음")),
        }
    }

    /// What is missing, in a sentence.
    pub(super) fn missing(self, missing: &Missing, hosts: &HostNames) -> String {
        let log = short_log(&missing.log);
        let all: Vec<String> = missing.hosts.iter().map(|host| hosts.short(host).to_owned()).collect();
        let on = some(all.get(..HOSTS.min(all.len())).unwrap_or_default());
        let on = match all.len().saturating_sub(HOSTS) {
            0 => on,
            more => format!("{on} +{}", count(more as u64)),
        };
        match &missing.lack {
            Lack::Cleared { time, user, session_uid } => {
                let by =
                    user.as_ref().map(|user| self.either(format!(" by {user}"), || format!(" ({user})")));
                let by = by.unwrap_or_default();
                let session = in_session(*session_uid);
                let when = seconds(*time);
                self.either(format!("{log} of {on} was cleared at {when}{by}{session}"), || {
                    format!("{on}의 {log} 로그가 {when}에 지워짐{by}{session}")
                })
            }
            Lack::Unexplained { event_id, absent, of, session_uid } => {
                let session = in_session(*session_uid);
                let (absent, of) = (count(*absent), count(*of));
                let english = format!(
                    "{log} {event_id} of {on}: {absent} of {of} sessions lack theirs without a reason{session}"
                );
                self.either(english, || {
                    format!("{on}의 {log} {event_id}: 세션 {of}개 중 {absent}개에 이유 없이 없음{session}")
                })
            }
            Lack::Hole { from, to, lost } => {
                let span = self.span(Some(*from), Some(*to)).unwrap_or_default();
                let lost = match lost {
                    Some(lost) => self.either(format!("{} records missing", count(*lost)), || {
                        format!("레코드 {}개 없음", count(*lost))
                    }),
                    None => {
                        text("record IDs begin anew", "레코드 ID가 다시 시작됨").get(self.language).to_owned()
                    }
                };
                self.either(format!("{log} of {on} has a hole: {span} ({lost})"), || {
                    format!("{on}의 {log} 로그에 공백: {span} ({lost})")
                })
            }
            Lack::Filtered { records, lost } => {
                let (has, all) = (count(*records), count(records.saturating_add(*lost)));
                let english = format!("{log} of {on} has only {has} of {all} records (filtered?)");
                self.either(english, || {
                    format!("{on}의 {log} 로그에 레코드 {all}개 중 {has}개만 있음(필터링?)")
                })
            }
            Lack::Absent => self.either(format!("no {log} of {on}"), || format!("{on}의 {log} 로그가 없음")),
        }
    }

    /// `succeeded`: somebody got in after failures, too few of them to point at.
    pub(super) fn nothing_stands_out(self, succeeded: bool) -> &'static str {
        let said = if succeeded {
            text(
                "nothing stands out: too few failures before a success to be guesses, no external source, no denied \
                 attempt, no cleared log",
                "눈에 띄는 것이 없음: 성공 전의 실패는 암호 추측으로 보기에 적고, 외부 원본, 거부된 시도, 지워진 로그가 없음",
            )
        } else {
            text(
                "nothing stands out: no success after failures, no external source, no denied attempt, no cleared log",
                "눈에 띄는 것이 없음: 실패 뒤의 성공, 외부 원본, 거부된 시도, 지워진 로그가 없음",
            )
        };
        said.get(self.language)
    }

    /// What a pointer is called.
    pub(super) fn pointer_kind(self, kind: PointerKind) -> &'static str {
        match kind {
            PointerKind::AfterFailures => text("success after failures", "실패 뒤의 성공"),
            PointerKind::LogCleared => text("log cleared", "로그 지워짐"),
            PointerKind::Loopback => text("Remote Desktop from loopback", "루프백에서 온 원격 데스크톱"),
            PointerKind::External => text("external source", "외부 원본"),
            PointerKind::Denied => text("denied", "거부됨"),
            PointerKind::Moved => text("reconnect from another address", "다른 주소에서 다시 연결"),
            PointerKind::Guessing => text("guessing", "암호 추측"),
            PointerKind::Unexplained => text("record missing without a reason", "이유 없이 없는 레코드"),
        }
        .get(self.language)
    }

    /// A pointer in a sentence, and the commands that follow it.
    pub(super) fn pointer(self, pointer: &Pointer, case: &str, hosts: &HostNames) -> (String, Vec<Command>) {
        let said = format!("{}: {}", self.pointer_kind(pointer.kind), self.about(pointer, hosts));
        let more = (pointer.more > 0).then(|| self.more(pointer.more));
        let command = |typed: String| Command { typed, remark: None };
        let why = session_of(pointer).map(|uid| command(format!("kilroy why {case} {uid}")));
        let mut commands: Vec<Command> = why.into_iter().collect();
        let list = match filter(pointer) {
            Some(flags) if pointer.more > 0 || commands.is_empty() => {
                Some(format!("kilroy sessions {case} {flags}"))
            }
            None if pointer.more > 0 && pointer.kind == PointerKind::LogCleared => {
                Some(format!("kilroy coverage {case}"))
            }
            None if pointer.more > 0 => Some(format!("kilroy sessions {case}")),
            _ => None,
        };
        commands.extend(list.map(|typed| Command { typed, remark: more }));
        (said, commands)
    }

    /// What it says of the first of them.
    pub(super) fn about(self, pointer: &Pointer, hosts: &HostNames) -> String {
        match &pointer.about {
            About::Session(seen) => self.session(pointer.kind, seen, hosts),
            About::Clear { log, host, time, user, .. } => {
                let (log, host, when) = (short_log(log), hosts.short(host), seconds(*time));
                let by = user.as_ref().map(|user| format!(" by {user}")).unwrap_or_default();
                self.either(format!("{log} on {host} at {when}{by}"), || {
                    let by = user.as_ref().map(|user| format!(", 계정 {user}")).unwrap_or_default();
                    format!("{host}의 {log}, {when}{by}")
                })
            }
            About::Absence { log, host, event_id, absent, of, .. } => {
                let (log, host) = (short_log(log), hosts.short(host));
                let (absent, of) = (count(*absent), count(*of));
                let english = format!(
                    "{log} {event_id} on {host}: {absent} of {of} sessions lack theirs, though the log covers the time"
                );
                self.either(english, || {
                    format!("{host}의 {log} {event_id}: 로그가 그 시간을 포함하는데도 세션 {of}개 중 {absent}개에 없음")
                })
            }
            About::Guessing { failures, source, users } => {
                let failures = count(*failures);
                let tried = match users.as_slice() {
                    [user] => user.clone(),
                    users => self.either(format!("{} users", count(users.len() as u64)), || {
                        format!("사용자 {}명", count(users.len() as u64))
                    }),
                };
                self.either(format!("{failures} failures from {source} for {tried}, none succeeded"), || {
                    format!("{source}에서 {tried}에 대해 실패 {failures}건, 성공 없음")
                })
            }
        }
    }

    fn session(self, kind: PointerKind, seen: &Seen, hosts: &HostNames) -> String {
        let sentence = self.sentence(seen, hosts);
        let before = seen.before.as_deref().unwrap_or("?");
        let failures = u64::from(seen.prior_failures);
        let rest = match kind {
            PointerKind::AfterFailures => self
                .either(format!(", after {} from the same source", plural(failures, "failure")), || {
                    format!(", 같은 원본에서 실패 {}건 뒤", count(failures))
                }),
            PointerKind::Loopback => {
                text(": what a tunnel looks like", ": 터널의 모습").get(self.language).to_owned()
            }
            PointerKind::Denied => {
                text(": the password was right", ": 암호는 맞았음").get(self.language).to_owned()
            }
            PointerKind::Moved => self.either(format!("; the desktop was used from {before} before"), || {
                format!("; 그 전에는 {before}에서 사용됨")
            }),
            _ => String::new(),
        };
        format!("{sentence}{rest}")
    }

    /// `CORP\alice on srv-rdp01 from 203.0.113.5 at 2024-05-14 09:00:01`.
    fn sentence(self, seen: &Seen, hosts: &HostNames) -> String {
        let who = account(seen.user.as_deref(), seen.domain.as_deref());
        let host = hosts.short(&seen.host);
        let from = seen.ip.as_ref().or(seen.client.as_ref());
        let english = {
            let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
            let at = seen.time.map(|time| format!(" at {}", seconds(time))).unwrap_or_default();
            format!("{who} on {host}{from}{at}")
        };
        self.either(english, || {
            let from = from.map(|from| format!(", 원본 {from}")).unwrap_or_default();
            let at = seen.time.map(|time| format!("{} ", seconds(time))).unwrap_or_default();
            format!("{at}{who}({host}){from}")
        })
    }
}

/// Several of something in English.
fn plural(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// The session to follow.
pub(super) fn session_of(pointer: &Pointer) -> Option<SessionUid> {
    match &pointer.about {
        About::Session(seen) => Some(seen.session_uid),
        About::Clear { session_uid, .. } | About::Absence { session_uid, .. } => *session_uid,
        About::Guessing { .. } => None,
    }
}

/// Flags of `kilroy sessions` that show all of them, or the best there is.
pub(super) fn filter(pointer: &Pointer) -> Option<String> {
    let ip = |seen: &Seen| seen.ip.as_ref().map(|ip| format!("--ip {ip}"));
    match (pointer.kind, &pointer.about) {
        (PointerKind::Denied, _) => Some("--outcome denied".to_owned()),
        (PointerKind::External, _) => Some("--scope external --outcome success".to_owned()),
        (PointerKind::Loopback, _) => Some("--scope loopback --kind interactive-remote".to_owned()),
        (PointerKind::AfterFailures, About::Session(seen)) => ip(seen),
        (_, About::Guessing { .. }) => Some("--outcome failure".to_owned()),
        (_, About::Clear { host, session_uid: None, .. }) if pointer.more == 0 => {
            Some(format!("--host {host}"))
        }
        _ => None,
    }
}

/// ` (kilroy why 3f9a0c11)`, short enough for a line.
fn in_session(uid: Option<SessionUid>) -> String {
    let short = |uid: SessionUid| uid.to_string().chars().take(8).collect::<String>();
    uid.map(|uid| format!(" ({})", short(uid))).unwrap_or_default()
}
