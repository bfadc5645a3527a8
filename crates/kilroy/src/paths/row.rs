//! Ways as JSON and CSV.

use kilroy_findings::paths::{Leg, Path, Paths, Station, Told};
use kilroy_model::{Hop, HopKey, HopProof, SessionUid, Timestamp};
use serde::Serialize;

/// One way.
#[derive(Debug, Serialize)]
pub(crate) struct PathRow<'a> {
    pub(crate) certainty: &'static str,
    /// So many further ways go over the same hosts, later.
    pub(crate) later: usize,
    pub(crate) steps: Vec<StepRow<'a>>,
    #[serde(skip)]
    pub(crate) path: &'a Path,
}

/// One step of it.
#[derive(Debug, Serialize)]
pub(crate) struct StepRow<'a> {
    pub(crate) step: usize,
    pub(crate) from: String,
    pub(crate) to: &'a str,
    pub(crate) method: &'static str,
    pub(crate) by: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) domain: Option<&'a str>,
    pub(crate) certainty: &'static str,
    /// By the clock of the host that was left.
    pub(crate) left: Option<Timestamp>,
    pub(crate) left_session: Option<SessionUid>,
    /// By the clock of the host that was reached.
    pub(crate) arrived: Timestamp,
    pub(crate) session: Option<SessionUid>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) prior_failures: Option<u32>,
    pub(crate) clock_difference_ms: Option<i64>,
    pub(crate) clock_error_ms: Option<u64>,
    pub(crate) hop_uid: Option<String>,
    /// What was done beside it, from the same session to the same host.
    pub(crate) beside: Vec<BesideRow<'a>>,
    pub(crate) keys: &'a [HopKey],
    pub(crate) proofs: &'a [HopProof],
    #[serde(skip)]
    pub(crate) leg: &'a Leg,
    #[serde(skip)]
    pub(crate) hop: Option<&'a Hop>,
}

/// Another way from the same session to the same host.
#[derive(Debug, Serialize)]
pub(crate) struct BesideRow<'a> {
    pub(crate) method: &'static str,
    pub(crate) user: Option<&'a str>,
    pub(crate) arrived: Timestamp,
    pub(crate) session: Option<SessionUid>,
    pub(crate) hop_uid: Option<String>,
    #[serde(skip)]
    pub(crate) leg: &'a Leg,
}

/// One step as a line of CSV.
#[derive(Debug, Serialize)]
pub(crate) struct StepLine<'a> {
    path: usize,
    path_certainty: &'static str,
    #[serde(flatten)]
    step: &'a StepRow<'a>,
}

impl<'a> PathRow<'a> {
    /// The columns of CSV.
    pub(crate) const KEYS: &'static [&'static str] = &[
        "path",
        "path_certainty",
        "step",
        "from",
        "to",
        "method",
        "by",
        "user",
        "domain",
        "certainty",
        "left",
        "left_session",
        "arrived",
        "session",
        "end",
        "prior_failures",
        "clock_difference_ms",
        "clock_error_ms",
        "hop_uid",
        "beside",
        "keys",
        "proofs",
    ];

    /// A way over these legs, with the hops that tell of them.
    pub(crate) fn new(path: &'a Path, paths: &'a Paths, hops: &'a [Hop]) -> Self {
        let steps = path.legs.iter().filter_map(|at| Some((paths.legs().get(*at)?, paths.beside(*at))));
        Self {
            certainty: path.certainty.name(),
            later: path.later,
            steps: steps.zip(1..).map(|((leg, beside), n)| step(n, leg, &beside, hops)).collect(),
            path,
        }
    }

    /// The steps of all ways, one after the other.
    pub(crate) fn steps(rows: &'a [Self]) -> Vec<StepLine<'a>> {
        let lines = rows.iter().enumerate().flat_map(|(n, row)| {
            row.steps.iter().map(move |step| StepLine { path: n + 1, path_certainty: row.certainty, step })
        });
        lines.collect()
    }
}

fn step<'a>(number: usize, leg: &'a Leg, beside: &[&'a Leg], hops: &'a [Hop]) -> StepRow<'a> {
    let (hop, prior_failures) = match leg.told {
        Told::Hop(uid) => (hops.iter().find(|hop| hop.hop_uid == uid), None),
        Told::Entry { prior_failures } => (None, Some(prior_failures)),
    };
    StepRow {
        step: number,
        from: match &leg.from {
            Station::Host(host) => host.clone(),
            Station::Address(ip) => ip.to_string(),
        },
        to: &leg.to,
        method: leg.method.name(),
        by: leg.source_user.as_deref(),
        user: leg.user.as_deref(),
        domain: leg.domain.as_deref(),
        certainty: leg.certainty.name(),
        left: leg.left.map(|left| left.time),
        left_session: leg.left.and_then(|left| left.session),
        arrived: leg.arrived,
        session: leg.session,
        end: leg.end,
        prior_failures,
        clock_difference_ms: hop.and_then(|hop| hop.clock_difference_ms),
        clock_error_ms: hop.and_then(|hop| hop.clock_error_ms),
        hop_uid: hop.map(|hop| hop.hop_uid.to_string()),
        beside: beside.iter().map(|leg| beside_row(leg)).collect(),
        keys: hop.map_or(&[], |hop| &hop.keys),
        proofs: hop.map_or(&[], |hop| &hop.proofs),
        leg,
        hop,
    }
}

fn beside_row(leg: &Leg) -> BesideRow<'_> {
    let hop_uid = match leg.told {
        Told::Hop(uid) => Some(uid.to_string()),
        Told::Entry { .. } => None,
    };
    BesideRow {
        method: leg.method.name(),
        user: leg.user.as_deref(),
        arrived: leg.arrived,
        session: leg.session,
        hop_uid,
        leg,
    }
}
