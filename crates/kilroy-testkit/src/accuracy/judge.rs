//! Logs of which records are lost: is each field of each row still true, unknown, or invented?

use std::collections::BTreeSet;

use kilroy_model::{AccessSession, EndKind, How, Kind, Reason, SessionOutcome, Timestamp};

use crate::accuracy::exact::{line, low, same_time};
use crate::accuracy::ledger::{Key, Known, Ledger, key_of_source};
use crate::accuracy::tally::{Field, Judgement, Tally};
use crate::world::prior::origin;

/// The network logon of a connection closes within this of its end.
const NLA_CLOSES_MILLIS: u64 = 6000;
/// Several records tell of a shutdown, within this.
const SHUTDOWN_MILLIS: i64 = 20_000;
/// How far back failures count.
const PRELUDE_MILLIS: u64 = 30 * 60 * 1000;

/// What was judged.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// How many of what.
    pub tally: Tally,
    /// What is wrong, one line each.
    pub wrong: Vec<String>,
    /// What could not be avoided, one line each.
    pub unavoidable: Vec<String>,
}

/// Judges the rows of logs of which only these records are left.
pub fn judge(ledger: &Ledger, left: &BTreeSet<Key>, rows: &[AccessSession]) -> Judged {
    let mut done = Judged::default();
    for row in rows.iter().filter(|r| !r.background) {
        let Some(number) = ledger.owner(row) else {
            done.tally.invented += 1;
            done.wrong.push(format!("INVENTED {}", line(row)));
            continue;
        };
        done.tally.rows += 1;
        let case = Case { ledger, left, number, known: &ledger.known[number], row };
        for (field, judgement, shown) in case.fields() {
            done.tally.note(case.known.truth.story, field, judgement);
            let list = match judgement {
                Judgement::Wrong => &mut done.wrong,
                Judgement::Unavoidable => &mut done.unavoidable,
                _ => continue,
            };
            let story = case.known.truth.story;
            list.push(format!("[{story}] {} {shown} in {}", field.name(), line(row)));
        }
    }
    done
}

/// One row beside the truth that its records belong to.
struct Case<'a> {
    ledger: &'a Ledger,
    left: &'a BTreeSet<Key>,
    number: usize,
    known: &'a Known,
    row: &'a AccessSession,
}

type One = (Field, Judgement, String);

impl Case<'_> {
    fn fields(&self) -> Vec<One> {
        let (row, answer) = (self.row, &self.known.truth.answer);
        let says = &self.known.says;
        let end = self.end();
        let text = |field, got: &Option<String>, want: &Option<String>, said: &BTreeSet<String>| {
            let judgement = match (low(got.as_deref()), low(want.as_deref())) {
                (got, want) if got == want => Judgement::Same,
                (got, _) if got.is_empty() => Judgement::Unknown,
                (got, _) if said.contains(&got) => Judgement::Weaker,
                _ => Judgement::Wrong,
            };
            (field, judgement, format!("{got:?} ≠ {want:?}"))
        };
        let same = |is: bool| if is { Judgement::Same } else { Judgement::Wrong };
        vec![
            (Field::Computer, same(row.computer == self.known.computer), row.computer.clone()),
            text(Field::User, &row.user, &answer.user, &says.users),
            text(Field::Domain, &row.domain, &answer.domain, &says.domains),
            (Field::Kind, self.kind(), format!("{} ≠ {}", row.kind, answer.kind)),
            (Field::How, self.how(), format!("{} ≠ {}", row.how, answer.how)),
            (Field::Outcome, self.outcome(), format!("{} ≠ {}", row.outcome, answer.outcome)),
            text(Field::Ip, &row.ip, &answer.ip, &says.places),
            text(Field::Client, &row.client, &answer.client, &says.machines),
            (Field::SessionId, self.session_id(), format!("{:?} ≠ {:?}", row.session_id, answer.session_id)),
            self.begin(Field::Attempt, row.attempt, answer.attempt),
            self.begin(Field::Start, row.start, answer.start),
            (Field::End, end, shown(row.end, answer.end)),
            (Field::EndKind, self.end_kind(end), format!("{} ≠ {}", row.end_kind, answer.end_kind)),
            (Field::EndNotAfter, self.bound(), shown(row.end_not_after, answer.end_not_after)),
            (Field::Reason, self.reason(end), format!("{:?} ≠ {:?}", row.reason, answer.reason)),
            self.logon_ids(),
            self.prior_failures(),
            self.sources(),
        ]
    }

    fn kind(&self) -> Judgement {
        let (got, want) = (self.row.kind, self.known.truth.answer.kind);
        let of_type = |t: &u8| match t {
            2 | 11 => Kind::InteractiveLocal,
            3 => Kind::Network,
            4 => Kind::Batch,
            7 | 13 => Kind::Unlock,
            8 => Kind::NetworkCleartext,
            9 => Kind::NewCredentials,
            10 | 12 => Kind::InteractiveRemote,
            _ => Kind::InteractiveUnknown,
        };
        let is_desktop =
            |k| matches!(k, Kind::InteractiveLocal | Kind::InteractiveRemote | Kind::InteractiveUnknown);
        if got == want {
            return Judgement::Same;
        }
        if got == Kind::InteractiveUnknown && is_desktop(want) {
            return Judgement::Unknown;
        }
        let proven = self.known.logon_types.iter().any(|t| of_type(t) == got);
        let checked = got == Kind::Network && self.row.how == How::AuthOnly;
        match (proven || checked, self.row.outcome) {
            (true, SessionOutcome::Success) if is_desktop(want) => Judgement::LogonOnly,
            (true, _) => Judgement::Weaker,
            // A desktop's later life: from where the user worked is in the presence before.
            (false, _) if want == Kind::InteractiveUnknown && is_desktop(got) => Judgement::Weaker,
            _ => Judgement::Wrong,
        }
    }

    fn how(&self) -> Judgement {
        match (self.row.how, self.known.truth.answer.how) {
            (got, want) if got == want => Judgement::Same,
            (How::AuthOnly, _) if self.row.outcome == SessionOutcome::Failure => Judgement::Weaker,
            (How::Unknown, _) | (How::AuthOnly, How::Logon | How::Reconnect) => Judgement::Unknown,
            // A 4624 is a logon; that it took up a desktop is what 25 and 4778 say.
            (How::Logon, How::Reconnect | How::AuthOnly) => Judgement::LogonOnly,
            _ => Judgement::Wrong,
        }
    }

    fn outcome(&self) -> Judgement {
        match (self.row.outcome, self.known.truth.answer.outcome) {
            (got, want) if got == want => Judgement::Same,
            // 4624 says success; that the desktop was refused is what 4825 says.
            (SessionOutcome::Success, SessionOutcome::Denied) => Judgement::LogonOnly,
            _ => Judgement::Wrong,
        }
    }

    fn session_id(&self) -> Judgement {
        match (self.row.session_id, self.known.truth.answer.session_id) {
            (got, want) if got == want => Judgement::Same,
            (None, _) => Judgement::Unknown,
            _ => Judgement::Wrong,
        }
    }

    /// `attempt` and `start`: the time of a record with which this session begins.
    fn begin(&self, field: Field, got: Option<Timestamp>, want: Option<Timestamp>) -> One {
        let begins = |(id, time): &(u32, Timestamp)| {
            matches!(
                id,
                4 | 21 | 25 | 131 | 140 | 261 | 1149 | 4624 | 4625 | 4768 | 4771 | 4776 | 4778 | 4825
            ) && Some(*time) == got
        };
        let judgement = if same_time(got, want) {
            Judgement::Same
        } else if got.is_none() {
            Judgement::Unknown
        } else if self.known.records.values().any(begins) {
            Judgement::Weaker
        } else if self.is_joined(got) || self.sources().1 == Judgement::Unavoidable {
            Judgement::Unavoidable
        } else {
            Judgement::Wrong
        };
        (field, judgement, shown(got, want))
    }

    fn end(&self) -> Judgement {
        let (got, answer) = (self.row.end, &self.known.truth.answer);
        if same_time(got, answer.end) {
            return Judgement::Same;
        }
        let Some(at) = got else { return Judgement::Unknown };
        if self.known.ends.contains(&at) {
            return Judgement::Weaker;
        }
        let failed = self.row.outcome != SessionOutcome::Success && same_time(got, self.row.start);
        if failed && self.begin(Field::Start, got, answer.start).1 == Judgement::Weaker {
            return Judgement::Weaker;
        }
        // 4634 of a logon that passes: the network logon's is near the end, the throw-away one's is its own end.
        if self.known.records.values().any(|(id, time)| *id == 4634 && *time == at) {
            let near = answer.end.is_some_and(|end| end.within_millis(at, NLA_CLOSES_MILLIS));
            return if near { Judgement::Weaker } else { Judgement::LogonOnly };
        }
        if self.is_joined(got) { Judgement::Unavoidable } else { Judgement::Wrong }
    }

    fn end_kind(&self, end: Judgement) -> Judgement {
        let (got, want) = (self.row.end_kind, self.known.truth.answer.end_kind);
        let stopped = |other: EndKind| if want == other { Judgement::Wrong } else { Judgement::Unknown };
        match got {
            _ if got == want => Judgement::Same,
            EndKind::Open | EndKind::LogCleared | EndKind::Boot | EndKind::Superseded => Judgement::Unknown,
            EndKind::Shutdown => stopped(EndKind::Crash),
            EndKind::Crash => stopped(EndKind::Shutdown),
            EndKind::Failed => Judgement::Wrong,
            EndKind::Logoff | EndKind::Disconnect | EndKind::NlaLogoff | EndKind::Denied => match end {
                Judgement::Same => Judgement::Weaker,
                other => other,
            },
        }
    }

    fn bound(&self) -> Judgement {
        let answer = &self.known.truth.answer;
        if same_time(self.row.end_not_after, answer.end_not_after) {
            return Judgement::Same;
        }
        let Some(got) = self.row.end_not_after else { return Judgement::Unknown };
        let holds = match (answer.end, answer.end_not_after, answer.end_kind) {
            (Some(end), ..) => got >= end,
            (None, Some(bound), EndKind::Shutdown) => got >= bound.plus_millis(-SHUTDOWN_MILLIS),
            (None, Some(bound), _) => got >= bound,
            (None, None, _) => false,
        };
        if holds { Judgement::Unknown } else { Judgement::Wrong }
    }

    fn reason(&self, end: Judgement) -> Judgement {
        match (&self.row.reason, &self.known.truth.answer.reason) {
            (got, want) if got == want => Judgement::Same,
            (None, _) => Judgement::Unknown,
            (Some(Reason::Code(code)), _) if self.known.says.codes.contains(&code.to_lowercase()) => {
                Judgement::Weaker
            }
            _ if end == Judgement::Unavoidable => end,
            _ => Judgement::Wrong,
        }
    }

    fn logon_ids(&self) -> One {
        let got: BTreeSet<_> = self.row.logon_ids.iter().copied().collect();
        let want: BTreeSet<_> = self.known.truth.answer.logon_ids.iter().copied().collect();
        let judgement = if got == want {
            Judgement::Same
        } else if got.is_subset(&want) {
            Judgement::Unknown
        } else if got.iter().all(|l| want.contains(l) || self.known.says.luids.contains(l)) {
            Judgement::Weaker
        } else if self.sources().1 == Judgement::Unavoidable {
            Judgement::Unavoidable
        } else {
            Judgement::Wrong
        };
        (Field::LogonIds, judgement, format!("{got:?} ≠ {want:?}"))
    }

    fn prior_failures(&self) -> One {
        let answer = &self.known.truth.answer;
        let (got, want) = (self.row.prior_failures, answer.prior_failures.unwrap_or(0));
        let judgement = match got.cmp(&want) {
            std::cmp::Ordering::Equal => Judgement::Same,
            std::cmp::Ordering::Less => Judgement::Unknown,
            // Without the address failures are counted by the name, whoever used it.
            std::cmp::Ordering::Greater if self.row.ip.is_none() && answer.ip.is_some() => {
                Judgement::Unavoidable
            }
            // More than truth has: a success that began the count anew is lost.
            std::cmp::Ordering::Greater if got <= self.failures_before() => Judgement::Unavoidable,
            std::cmp::Ordering::Greater => Judgement::Wrong,
        };
        (Field::PriorFailures, judgement, format!("{got} ≠ {want}"))
    }

    /// Failures from this place or of this user in the half hour before, whatever lies between.
    fn failures_before(&self) -> u32 {
        let Some(at) = self.row.start.or(self.row.attempt) else { return 0 };
        let own = origin(&self.known.truth.answer);
        let failures = self.ledger.known.iter().filter(|k| {
            let answer = &k.truth.answer;
            let places = &self.known.says.places;
            answer.outcome == SessionOutcome::Failure
                && k.computer == self.known.computer
                && (origin(answer) == own
                    || answer.ip.as_ref().is_some_and(|ip| places.contains(&low(Some(ip)))))
                && answer.start.is_some_and(|t| t <= at && t.within_millis(at, PRELUDE_MILLIS))
        });
        u32::try_from(failures.count()).unwrap_or(u32::MAX)
    }

    fn sources(&self) -> One {
        let foreign = self.ledger.foreign(self.row, self.number);
        let have: BTreeSet<Key> = self.row.sources.iter().map(|s| key_of_source(self.row, s)).collect();
        let judgement = if !foreign.is_empty() {
            let joined = foreign.iter().all(|&n| self.may_be_joined(n));
            if joined || self.is_nameless_only() { Judgement::Unavoidable } else { Judgement::Wrong }
        } else if self.known.sources.iter().all(|key| have.contains(key) || !self.left.contains(key)) {
            Judgement::Same
        } else {
            Judgement::Unknown
        };
        let titles: Vec<&str> = foreign.iter().map(|&n| self.ledger.known[n].truth.story).collect();
        (Field::Sources, judgement, format!("of others: {titles:?}"))
    }

    /// Are the records of others such that name nobody (131, 261, 140), and does no activity tell this session's own
    /// connection from theirs?
    fn is_nameless_only(&self) -> bool {
        let of_others = self.row.sources.iter().filter(|source| {
            let owners = self.ledger.owners_of(&key_of_source(self.row, source));
            !owners.is_empty() && owners.iter().all(|(n, _)| *n != self.number)
        });
        let own_connection = self.row.sources.iter().any(|source| {
            let owners = self.ledger.owners_of(&key_of_source(self.row, source));
            matches!(source.event_id, 131 | 140 | 261) && owners.iter().any(|(n, _)| *n == self.number)
        });
        let unnamed = self.row.activity_id.is_none() || !own_connection;
        unnamed && of_others.into_iter().all(|source| matches!(source.event_id, 131 | 140 | 261))
    }

    /// Is this a time of another presence on the same desktop that nothing tells from this one any more?
    fn is_joined(&self, at: Option<Timestamp>) -> bool {
        let others = self.ledger.known.iter().enumerate();
        others.filter(|(n, _)| *n != self.number).any(|(n, other)| {
            other.records.values().any(|(_, time)| Some(*time) == at) && self.may_be_joined(n)
        })
    }

    /// The same desktop; nothing that is left ends the earlier presence, or begins a later one up to the other.
    fn may_be_joined(&self, other: usize) -> bool {
        let (a, b) = (self.number.min(other), self.number.max(other));
        let known = &self.ledger.known;
        let same = |n: usize| {
            known[n].truth.desk.is_some()
                && known[n].truth.desk == self.known.truth.desk
                && known[n].computer == self.known.computer
        };
        // A row that lies on no desktop is tied to others by logon IDs only, and one without a logon ID by the desktop only.
        let (desk, luid) = (self.row.session_id.is_some(), !self.row.logon_ids.is_empty());
        let tied = |n: usize| {
            n == self.number || known[n].truth.answer.how == How::Logon || self.remains(n, &[4778])
        };
        let ends = |n: usize| {
            desk && self.remains(n, &[23, 24, 40]) || luid && tied(n) && self.remains(n, &[4779, 4647])
        };
        let begins = |n: usize| desk && self.remains(n, &[21, 25]) || luid && self.remains(n, &[4778]);
        same(a)
            && same(b)
            && !(a..b).any(|n| same(n) && ends(n))
            && !(a + 1..=b).any(|n| same(n) && begins(n))
    }

    /// Is a record of these kinds of that session left?
    fn remains(&self, number: usize, ids: &[u32]) -> bool {
        let known = &self.ledger.known[number];
        // What begins a session must be its own; what passes on the way (40 of a throw-away session) ends nothing.
        known.records.iter().any(|(key, (id, time))| {
            let counts = matches!(id, 21 | 25 | 4778) || known.ends.contains(time);
            ids.contains(id) && counts && self.left.contains(key)
        })
    }
}

fn shown(got: Option<Timestamp>, want: Option<Timestamp>) -> String {
    let text = |t: Option<Timestamp>| t.map_or_else(|| "null".to_owned(), |t| t.to_string());
    format!("{} ≠ {}", text(got), text(want))
}
