//! Why evidence could not be read, in Korean. The register has the reason in English, as the crates below say it: what is not
//! in this list stays so.

use std::borrow::Cow;

use kilroy_catalog::Language;

/// What was said of a file, or of a piece of it.
pub(crate) fn reason(said: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::English => Cow::Borrowed(said),
        Language::Korean => korean(said),
    }
}

fn korean(said: &str) -> Cow<'_, str> {
    by(&[SAID], said)
}

/// Sentences in both languages.
pub(crate) type Sentences = &'static [(&'static str, &'static str)];

/// What the first of these sentences that fits makes of it; what none fits stays as it is.
pub(crate) fn by<'s>(sentences: &[Sentences], said: &'s str) -> Cow<'s, str> {
    let mut all = sentences.iter().copied().flatten();
    let found = all.find_map(|(english, korean)| Some((parts(english, said)?, *korean)));
    let Some((parts, korean)) = found else { return Cow::Borrowed(said) };
    let mut text = korean.to_owned();
    for part in parts {
        text = text.replacen("{}", &by(sentences, part), 1);
    }
    Cow::Owned(text)
}

/// What stands in the places of `{}`; none if it is another text.
fn parts<'s>(pattern: &str, said: &'s str) -> Option<Vec<&'s str>> {
    let mut fixed = pattern.split("{}");
    let mut rest = said.strip_prefix(fixed.next()?)?;
    let mut parts = Vec::new();
    let mut fixed = fixed.peekable();
    while let Some(next) = fixed.next() {
        // The last one reaches to the end.
        let at = if fixed.peek().is_none() {
            rest.len().checked_sub(next.len()).filter(|at| rest.get(*at..) == Some(next))?
        } else {
            rest.find(next)?
        };
        parts.push(&rest[..at]);
        rest = &rest[at + next.len()..];
    }
    rest.is_empty().then_some(parts)
}

/// Both languages; `{}` is whatever stands there, and comes in the same order.
pub(crate) const SAID: Sentences = &[
    ("empty: zero bytes long", "비어 있음: 0바이트"),
    ("nothing but zero bytes", "0으로만 채워져 있음"),
    ("no format that Kilroy knows", "Kilroy가 모르는 형식"),
    ("{}, which Kilroy does not open yet", "{}, Kilroy가 아직 열지 않는 형식"),
    ("{}, which is no event log", "{}, 이벤트 로그가 아님"),
    ("cannot be read: {}", "읽을 수 없음: {}"),
    ("a pipe, socket or device, which Kilroy does not open", "파이프, 소켓 또는 장치, Kilroy가 열지 않음"),
    (
        "a link to a folder, which Kilroy does not follow; give the folder itself if it belongs to the evidence",
        "폴더 링크, Kilroy가 따라가지 않음. 증거에 속하는 폴더라면 폴더 자체를 지정하십시오.",
    ),
    ("an event log of Windows XP or Server 2003 (.evt)", "Windows XP 또는 Server 2003의 이벤트 로그(.evt)"),
    (
        "a single chunk of an event log, without the file around it",
        "이벤트 로그의 청크 하나(이를 담은 파일 없음)",
    ),
    ("a ZIP archive", "ZIP 압축 파일"),
    ("an empty ZIP archive", "빈 ZIP 압축 파일"),
    ("a gzip archive", "gzip 압축 파일"),
    ("a 7-Zip archive", "7-Zip 압축 파일"),
    ("a RAR archive", "RAR 압축 파일"),
    ("an xz archive", "xz 압축 파일"),
    ("a Zstandard archive", "Zstandard 압축 파일"),
    ("a bzip2 archive", "bzip2 압축 파일"),
    ("a cabinet archive", "캐비닛 파일"),
    ("a tar archive", "tar 보관 파일"),
    ("a VHDX disk image", "VHDX 디스크 이미지"),
    ("a VHD disk image", "VHD 디스크 이미지"),
    ("an EnCase (E01) disk image", "EnCase(E01) 디스크 이미지"),
    ("a VMDK disk image", "VMDK 디스크 이미지"),
    ("a QCOW disk image", "QCOW 디스크 이미지"),
    ("a Windows memory dump", "Windows 메모리 덤프"),
    ("a journal of systemd", "systemd 저널"),
    ("an SQLite database", "SQLite 데이터베이스"),
    ("a registry hive", "레지스트리 하이브"),
    ("a registry transaction log", "레지스트리 트랜잭션 로그"),
    ("an ESE database", "ESE 데이터베이스"),
    ("a master file table ($MFT)", "마스터 파일 테이블($MFT)"),
    ("a prefetch file", "프리페치 파일"),
    ("a compressed prefetch file", "압축된 프리페치 파일"),
    ("a Windows shortcut", "Windows 바로 가기"),
    ("an OLE document", "OLE 문서"),
    ("a network capture", "네트워크 캡처"),
    ("a Parquet table", "Parquet 테이블"),
    ("a PDF document", "PDF 문서"),
    ("a picture", "그림"),
    ("a Windows program", "Windows 프로그램"),
    ("a Linux program", "Linux 프로그램"),
    ("UTF-16 text", "UTF-16 텍스트"),
    ("JSON text", "JSON 텍스트"),
    ("XML text", "XML 텍스트"),
    ("a table in text (CSV)", "텍스트 표(CSV)"),
    ("text", "텍스트"),
    // Of the system.
    (
        "it is in use by another program; give a copy of it, or a shadow copy",
        "다른 프로그램이 사용 중. 복사본이나 섀도 복사본을 지정하십시오.",
    ),
    (
        "permission denied; run as a user who may read it, or give a copy of it",
        "권한 없음. 읽을 수 있는 사용자로 실행하거나 복사본을 지정하십시오.",
    ),
    ("it is not there any more, or it is a link that leads nowhere", "더 이상 없거나, 대상이 없는 링크"),
    (
        "its path is too long for this system; move it closer to the root",
        "이 시스템에서 쓰기에 경로가 너무 김. 루트에 더 가까운 곳으로 옮기십시오.",
    ),
    ("at offset {}: {}", "오프셋 {}: {}"),
    (
        "the file was written to while it was read; give a copy of it",
        "읽는 동안 파일이 변경됨. 복사본을 지정하십시오.",
    ),
    ("not all of it could be read", "일부를 읽을 수 없음"),
    // Pieces of a log.
    ("the file's header is damaged", "파일 헤더 손상"),
    ("the file ends after {} of its header's {} bytes", "헤더의 {}바이트({}바이트 중)에서 파일이 끝남"),
    (
        "the file ends after {} of the {} chunks that its header counts",
        "헤더에 기록된 청크 중 {}개({}개 중)에서 파일이 끝남",
    ),
    ("the file ends after {} of this chunk's {} bytes", "청크의 {}바이트({}바이트 중)에서 파일이 끝남"),
    (
        "the next chunk begins after {} of this chunk's {} bytes",
        "청크의 {}바이트({}바이트 중)에서 다음 청크가 시작됨",
    ),
    ("the chunk's magic is damaged", "청크 시그니처 손상"),
    ("the chunk's header does not know of {} of its records", "청크 헤더에 나와 있지 않은 레코드 {}개"),
    (
        "the records differ from their checksum: some value is not as it was logged",
        "레코드가 체크섬과 다름: 기록된 때와 다른 값이 있음",
    ),
    ("the chunk begins as one does, and the rest of it is destroyed", "청크의 시작만 남고 나머지가 훼손됨"),
    ("{} bytes are neither a chunk nor empty", "{}바이트가 청크도 아니고 비어 있지도 않음"),
    ("{} bytes of zeroes stand where chunks were", "청크가 있던 자리에 0이 {}바이트"),
    (
        "{} bytes behind the last record belong to none",
        "마지막 레코드 뒤의 {}바이트가 어느 레코드에도 속하지 않음",
    ),
    ("{} bytes between records belong to none", "레코드 사이의 {}바이트가 어느 레코드에도 속하지 않음"),
    ("record {} is damaged: {}", "레코드 {} 손상: {}"),
    ("record {} cannot be decoded: {}", "레코드 {}을(를) 해석할 수 없음: {}"),
    ("values may be missing", "빠진 값이 있을 수 있음"),
    ("values run past its end", "값이 레코드 끝을 넘어감"),
    ("its end is missing", "끝부분 없음"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_said_in_korean() {
        for (said, want) in [
            (
                "a table in text (CSV), which Kilroy does not open yet",
                "텍스트 표(CSV), Kilroy가 아직 열지 않는 형식",
            ),
            ("a picture, which is no event log", "그림, 이벤트 로그가 아님"),
            (
                "cannot be read: permission denied; run as a user who may read it, or give a copy of it",
                "읽을 수 없음: 권한 없음. 읽을 수 있는 사용자로 실행하거나 복사본을 지정하십시오.",
            ),
            ("record 6 is damaged: values may be missing", "레코드 6 손상: 빠진 값이 있을 수 있음"),
            (
                "the file ends after 100 of this chunk's 65536 bytes",
                "청크의 100바이트(65536바이트 중)에서 파일이 끝남",
            ),
            ("something new", "something new"),
            ("", ""),
        ] {
            assert_eq!(reason(said, Language::Korean), want);
            assert_eq!(reason(said, Language::English), said);
        }
    }

    /// Each number of a sentence replaced by one, each reason in it by another sentence.
    fn filled(sentence: &str) -> String {
        let mut parts = sentence.split(['{', '}']);
        let mut text = parts.next().unwrap_or_default().to_owned();
        while let (Some(place), Some(rest)) = (parts.next(), parts.next()) {
            text.push_str(if place == "why" { "its end is missing" } else { "7" });
            text.push_str(rest);
        }
        text
    }

    #[test]
    fn whatever_is_said_of_evidence_is_said_in_korean() {
        let files = kilroy_evidence::NotEvidence::each().map(|why| why.to_string());
        for said in files.chain(kilroy_evtx::LOSS_DETAILS.iter().map(|detail| filled(detail))) {
            let korean = reason(&said, Language::Korean);
            assert!(korean != said, "not in Korean: {said}");
            let left = SAID.iter().map(|(english, _)| *english).filter(|english| english.len() > 12);
            let left: Vec<&str> = left.filter(|english| korean.contains(english)).collect();
            assert!(left.is_empty(), "{said}: {korean}");
        }
    }

    #[test]
    fn every_text_has_its_places() {
        for (english, korean) in SAID {
            assert_eq!(english.matches("{}").count(), korean.matches("{}").count(), "{english}");
        }
    }
}
