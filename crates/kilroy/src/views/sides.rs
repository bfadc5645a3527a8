//! Sources of each user side by side: inside, outside, the machine itself.

use kilroy_catalog::Language;
use kilroy_findings::views::{Origin, SourceUse, Tally, UserView};
use kilroy_model::Scope;
use serde::{Serialize, Serializer};

use super::{Asked, Behind, Part};
use crate::output::{Cell, Column, Listing, Tone, count};
use crate::words::text;

/// A user, and its sources on each side of the house.
#[derive(Debug, Clone)]
pub(crate) struct SidesRow {
    user: Option<String>,
    internal: Vec<SideKeys>,
    external: Vec<SideKeys>,
    here: Vec<SideKeys>,
    unknown: Vec<SideKeys>,
    filter: Behind,
}

#[derive(Debug, Clone, Serialize)]
struct SideKeys {
    #[serde(flatten)]
    origin: Origin,
    #[serde(flatten)]
    tally: Tally,
    filter: Behind,
}

impl SidesRow {
    pub(crate) fn of(views: &[UserView], asked: &Asked) -> Vec<Self> {
        let row = |view: &UserView| {
            let user = view.user.as_deref();
            let side = |scopes: &[Scope]| -> Vec<SideKeys> {
                let sources = scopes.iter().flat_map(|scope| view.sources_in(*scope));
                let keys = |source: &SourceUse| SideKeys {
                    origin: source.origin.clone(),
                    tally: source.tally,
                    filter: asked.part(Part { origin: Some(&source.origin), ..Part::user(user) }),
                };
                sources.map(keys).collect()
            };
            Self {
                user: view.user.clone(),
                internal: side(&[Scope::Internal]),
                external: side(&[Scope::External]),
                here: side(&[Scope::Local, Scope::Loopback]),
                unknown: side(&[Scope::Unknown]),
                filter: asked.part(Part::user(user)),
            }
        };
        let mut rows: Vec<Self> = views.iter().map(row).collect();
        // Who comes from both sides is who is looked for.
        rows.sort_by_key(|row| (row.internal.is_empty() || row.external.is_empty(), row.external.is_empty()));
        rows
    }
}

#[derive(Serialize)]
struct Keys<'a> {
    user: Option<&'a str>,
    internal: &'a [SideKeys],
    external: &'a [SideKeys],
    this_machine: &'a [SideKeys],
    unknown: &'a [SideKeys],
    filter: &'a Behind,
}

impl Serialize for SidesRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Keys {
            user: self.user.as_deref(),
            internal: &self.internal,
            external: &self.external,
            this_machine: &self.here,
            unknown: &self.unknown,
            filter: &self.filter,
        }
        .serialize(serializer)
    }
}

impl Listing for SidesRow {
    const KEYS: &'static [&'static str] =
        &["user", "internal", "external", "this_machine", "unknown", "filter"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("USER", "사용자").least(13),
            title("INTERNAL", "내부").least(18),
            title("EXTERNAL", "외부").least(18),
            title("THIS MACHINE", "해당 컴퓨터").least(12).spare(1),
            title("UNKNOWN", "알 수 없음").least(10).spare(2),
        ]
    }

    fn cells(&self, _language: Language) -> Vec<Cell> {
        vec![
            Cell::new(self.user.as_deref().unwrap_or("?")),
            Cell::new(few(&self.internal)),
            Cell::new(few(&self.external)).tone(Tone::Notable),
            Cell::new(few(&self.here)),
            Cell::new(few(&self.unknown)),
        ]
    }
}

/// `10.20.30.41 (12), 10.20.30.58 (0+3) +4`: sessions, and what failed or was denied.
fn few(side: &[SideKeys]) -> String {
    const SHOWN: usize = 2;
    let one = |source: &SideKeys| {
        let name = source.origin.name().unwrap_or("?");
        let Tally { sessions, failures, denied, .. } = source.tally;
        match failures + denied {
            0 => format!("{name} ({})", count(sessions)),
            failed => format!("{name} ({}+{})", count(sessions), count(failed)),
        }
    };
    let shown = side.iter().take(SHOWN).map(one).collect::<Vec<_>>().join(", ");
    match side.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} +{more}"),
    }
}
