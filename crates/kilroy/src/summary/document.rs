//! The summary as JSON.

use kilroy_catalog::Language;
use kilroy_findings::summary::{By, FailedSource, HostSummary, Lack, Missing, Person, Pointer, Step, Ways};
use kilroy_findings::views::{Mark, Origin, Range, SourceUse, Tally};
use kilroy_model::{Certainty, Finding, FindingUid, Kind, SessionUid, Timestamp};
use serde::Serialize;

use super::evidence::Evidence;
use super::phrases::{Phrases, filter, session_of};
use super::{Facts, LeftOut};
use crate::findings::{about, sentence};
use crate::rows::HostNames;

/// All that the page says, and what it has no room for.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    case: &'a str,
    evidence: &'a Evidence,
    hosts: Vec<HostKeys<'a>>,
    sessions: SessionKeys,
    people: Vec<PersonKeys<'a>>,
    failures: Vec<FailureKeys<'a>>,
    ways: WayKeys<'a>,
    findings: Vec<FindingKeys<'a>>,
    /// What `kilroy findings` has beside them.
    findings_left_out: LeftOut,
    look_first: Vec<PointerKeys>,
    missing: Vec<MissingKeys<'a>>,
}

#[derive(Serialize)]
struct HostKeys<'a> {
    name: &'a str,
    records: u64,
    sessions: u64,
    failures: u64,
    denied: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    lacks: Vec<LackKeys<'a>>,
}

#[derive(Serialize)]
struct SessionKeys {
    people: u64,
    background: u64,
    by_kind: Vec<KindKeys>,
}

#[derive(Serialize)]
struct KindKeys {
    kind: Kind,
    success: u64,
    failure: u64,
    denied: u64,
}

#[derive(Serialize)]
struct PersonKeys<'a> {
    user: Option<&'a str>,
    #[serde(flatten)]
    tally: Tally,
    hosts: &'a [String],
    external: Vec<SourceKeys<'a>>,
    internal: Vec<SourceKeys<'a>>,
    this_machine: Vec<SourceKeys<'a>>,
    outliers: Vec<OutlierKeys<'a>>,
}

#[derive(Serialize)]
struct SourceKeys<'a> {
    #[serde(flatten)]
    origin: &'a Origin,
    #[serde(flatten)]
    tally: Tally,
}

#[derive(Serialize)]
struct OutlierKeys<'a> {
    range: Range,
    marks: &'a [Mark],
    #[serde(flatten)]
    tally: Tally,
}

#[derive(Serialize)]
struct FailureKeys<'a> {
    #[serde(flatten)]
    origin: &'a Origin,
    #[serde(flatten)]
    tally: Tally,
    users: &'a [String],
    hosts: &'a [String],
    followed: Option<FollowedKeys<'a>>,
}

#[derive(Serialize)]
struct FollowedKeys<'a> {
    session_uid: SessionUid,
    user: Option<&'a str>,
    host: &'a str,
    time: Option<Timestamp>,
    prior_failures: u32,
    more: u64,
}

#[derive(Serialize)]
struct WayKeys<'a> {
    from_outside: bool,
    steps: Vec<StepKeys<'a>>,
}

#[derive(Serialize)]
struct StepKeys<'a> {
    time: Option<Timestamp>,
    from: Option<&'a str>,
    to: &'a str,
    user: Option<&'a str>,
    /// Kind of the session from outside, or means of the hop.
    by: &'static str,
    certainty: Option<&'static str>,
    session_uid: Option<SessionUid>,
}

#[derive(Serialize)]
struct FindingKeys<'a> {
    finding_uid: FindingUid,
    weight: &'static str,
    detector: &'a str,
    title: &'static str,
    text: String,
    hosts: &'a [String],
    users: &'a [String],
    sources: &'a [String],
    attack: &'a [String],
    first: Timestamp,
    last: Timestamp,
}

#[derive(Serialize)]
struct PointerKeys {
    what: &'static str,
    text: String,
    session_uid: Option<SessionUid>,
    more: u64,
    filter: Option<String>,
}

#[derive(Serialize)]
struct MissingKeys<'a> {
    hosts: &'a [String],
    #[serde(flatten)]
    lack: LackKeys<'a>,
    text: String,
}

/// What a log lacks. Keys that say nothing here are left out.
#[derive(Serialize, Default)]
struct LackKeys<'a> {
    log: &'a str,
    lack: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_uid: Option<SessionUid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<u64>,
}

impl<'a> Document<'a> {
    pub(crate) fn of(facts: &'a Facts, language: Language) -> Self {
        let summary = &facts.summary;
        let names = HostNames::of(summary.hosts.iter().map(|host| host.name.as_str()));
        let phrases = Phrases { language };
        let kinds = summary.by_kind.iter().map(|(kind, [success, failure, denied])| KindKeys {
            kind: *kind,
            success: *success,
            failure: *failure,
            denied: *denied,
        });
        Self {
            case: &facts.case,
            evidence: &facts.evidence,
            hosts: summary.hosts.iter().map(HostKeys::of).collect(),
            sessions: SessionKeys {
                people: summary.sessions,
                background: summary.background,
                by_kind: kinds.collect(),
            },
            people: summary.people.iter().map(PersonKeys::of).collect(),
            failures: summary.failures.iter().map(FailureKeys::of).collect(),
            ways: WayKeys::of(&summary.ways),
            findings: facts.findings.iter().map(|finding| FindingKeys::of(finding, language)).collect(),
            findings_left_out: facts.left_out,
            look_first: summary.pointers.iter().map(|p| PointerKeys::of(p, phrases, &names)).collect(),
            missing: summary.missing.iter().map(|m| MissingKeys::of(m, phrases, &names)).collect(),
        }
    }
}

impl<'a> HostKeys<'a> {
    fn of(host: &'a HostSummary) -> Self {
        Self {
            name: &host.name,
            records: host.records,
            sessions: host.tally.sessions,
            failures: host.tally.failures,
            denied: host.tally.denied,
            first: host.first,
            last: host.last,
            lacks: host.lacks.iter().map(|(log, lack)| LackKeys::of(log, lack)).collect(),
        }
    }
}

impl<'a> PersonKeys<'a> {
    fn of(person: &'a Person) -> Self {
        let keys = |sources: &'a [SourceUse]| -> Vec<SourceKeys<'a>> {
            sources.iter().map(|source| SourceKeys { origin: &source.origin, tally: source.tally }).collect()
        };
        let outliers = person.outliers.iter();
        Self {
            user: person.user.as_deref(),
            tally: person.tally,
            hosts: &person.hosts,
            external: keys(&person.external),
            internal: keys(&person.internal),
            this_machine: keys(&person.here),
            outliers: outliers
                .map(|o| OutlierKeys { range: o.range, marks: &o.marks, tally: o.tally })
                .collect(),
        }
    }
}

impl<'a> FailureKeys<'a> {
    fn of(failed: &'a FailedSource) -> Self {
        Self {
            origin: &failed.origin,
            // The times are those of the failures.
            tally: Tally { first: failed.first, last: failed.last, ..failed.tally },
            users: &failed.users,
            hosts: &failed.hosts,
            followed: failed.followed.as_ref().map(|then| FollowedKeys {
                session_uid: then.session_uid,
                user: then.user.as_deref(),
                host: &then.host,
                time: then.time,
                prior_failures: then.prior_failures,
                more: then.more,
            }),
        }
    }
}

impl<'a> WayKeys<'a> {
    fn of(ways: &'a Ways) -> Self {
        let keys = |step: &'a Step| StepKeys {
            time: step.time,
            from: step.from.as_deref(),
            to: &step.to,
            user: step.user.as_deref(),
            by: match step.by {
                By::Arrival(kind) => kind.name(),
                By::Hop(method) => method.name(),
            },
            certainty: step.certainty.map(Certainty::name),
            session_uid: step.session_uid,
        };
        Self { from_outside: ways.from_outside, steps: ways.steps.iter().map(keys).collect() }
    }
}

impl<'a> FindingKeys<'a> {
    fn of(finding: &'a Finding, language: Language) -> Self {
        Self {
            finding_uid: finding.finding_uid,
            weight: finding.weight.name(),
            detector: &finding.detector,
            title: about(finding).title.get(language),
            text: sentence(finding, language),
            hosts: &finding.hosts,
            users: &finding.users,
            sources: &finding.sources,
            attack: &finding.attack,
            first: finding.first,
            last: finding.last,
        }
    }
}

impl PointerKeys {
    fn of(pointer: &Pointer, phrases: Phrases, names: &HostNames) -> Self {
        Self {
            what: phrases.pointer_kind(pointer.kind),
            text: phrases.about(pointer, names),
            session_uid: session_of(pointer),
            more: pointer.more,
            filter: filter(pointer),
        }
    }
}

impl<'a> MissingKeys<'a> {
    fn of(missing: &'a Missing, phrases: Phrases, names: &HostNames) -> Self {
        Self {
            hosts: &missing.hosts,
            lack: LackKeys::of(&missing.log, &missing.lack),
            text: phrases.missing(missing, names),
        }
    }
}

impl<'a> LackKeys<'a> {
    fn of(log: &'a str, lack: &'a Lack) -> Self {
        let none = Self { log, lack: lack.name(), ..Self::default() };
        match lack {
            Lack::Cleared { time, user, session_uid } => {
                Self { time: Some(*time), user: user.as_deref(), session_uid: *session_uid, ..none }
            }
            Lack::Unexplained { event_id, absent, of, session_uid } => Self {
                event_id: Some(*event_id),
                absent: Some(*absent),
                of: Some(*of),
                session_uid: *session_uid,
                ..none
            },
            Lack::Hole { from, to, lost } => {
                Self { time: Some(*from), until: Some(*to), lost: *lost, ..none }
            }
            Lack::Filtered { records, lost } => {
                Self { of: Some(records.saturating_add(*lost)), lost: Some(*lost), ..none }
            }
            Lack::Absent => none,
        }
    }
}
