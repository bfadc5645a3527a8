//! What views are called in both languages.

use kilroy_catalog::{Language, Text};
use kilroy_findings::views::{Mark, What};

use crate::words::{Named, text};

impl Named for Mark {
    fn text(self) -> Text {
        match self {
            Self::OtherSide => text("other side", "반대쪽(내부/외부)"),
            Self::NewCountry => text("new country", "새 국가"),
            Self::NewNetwork => text("new network", "새 네트워크"),
            Self::NewRange => text("new range", "새 대역"),
            Self::RareRange => text("rare range", "드문 대역"),
            Self::RareOnHost => text("rare on this host", "이 호스트에서 드묾"),
        }
    }
}

impl Named for What {
    fn text(self) -> Text {
        match self {
            Self::User => text("user", "사용자"),
            Self::Source => text("source", "원본"),
            Self::UserHost => text("user on host", "사용자-호스트"),
            Self::UserSource => text("user from source", "사용자-원본"),
            Self::HostSource => text("host from source", "호스트-원본"),
        }
    }
}

/// What the `<` before a first time means.
pub(crate) fn first_day(language: Language) -> &'static str {
    text(
        "< lies within a day of the first record of the host's logs, or no log of it is known: it may well have been there \
         before. It proves nothing (--proven leaves these out).",
        "<는 호스트 로그의 첫 레코드로부터 하루 안이거나 로그를 알 수 없는 경우입니다. 그 전부터 있었을 수 있으므로 증거가 되지 \
         않습니다(--proven으로 제외).",
    )
    .get(language)
}

/// Of which clock nights and week-ends are.
pub(crate) fn no_zone(language: Language) -> &'static str {
    text(
        "? after a time zone: no record of the host tells its zone, and UTC is used (--host-timezone HOST=ZONE).",
        "표준 시간대 뒤의 ?는 호스트의 표준 시간대를 알려 주는 레코드가 없어 UTC를 사용했다는 뜻입니다(--host-timezone HOST=ZONE).",
    )
    .get(language)
}
