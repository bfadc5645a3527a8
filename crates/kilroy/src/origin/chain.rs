//! From an event to its process, from that to the ones above it, and to the session that the chain hangs on.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::{Expr, Filter};
use kilroy_findings::Observation;
use kilroy_findings::activity::{
    Belonging, By, Children, Clues, Moment, SessionIndex, Step, StillRuns, Sure,
};
use kilroy_findings::file_name;
use kilroy_model::{AccessSession, Action, EventUid, Hop, SessionUid};

use super::named::on_hosts;
use super::told::{Named, Told, findings_on};
use super::way::way_to;
use crate::activity::OneHost;
use crate::settings::threads;

/// No real chain is deeper; one that turns in a circle would be.
const DEEPEST: usize = 32;

/// A service that was installed for one purpose starts soon: PsExec and its kin within seconds, others at the next start.
const INSTALLED_BEFORE_MILLIS: i64 = 24 * 3_600_000;

/// What a process was started for it does soon.
const CHILDREN_MILLIS: i64 = 3_600_000;

/// Who is behind an event.
pub(crate) struct Origin {
    pub(crate) event: Observation,
    /// The starts of its process, of that one's parent, and so on; and the installation of the service that it runs as.
    pub(crate) chain: Vec<Link>,
    /// Which session, how sure, by what.
    pub(crate) belonging: Belonging,
    /// Number of the link that leads to the session; none: the event itself does.
    pub(crate) through: Option<usize>,
    pub(crate) session: Option<AccessSession>,
    /// Who the record itself says did it.
    pub(crate) named: Option<Named>,
    /// The findings that it, or a step of the chain, is a record of.
    pub(crate) findings: Vec<Told>,
    /// The hops that led to that session, the last one first.
    pub(crate) way: Vec<Hop>,
    /// The session that the way began in, if it is another one.
    pub(crate) first: Option<AccessSession>,
}

/// A step on the way to the session.
pub(crate) struct Link {
    pub(crate) event: Observation,
    pub(crate) kind: LinkKind,
    /// How sure it is that the step leads here.
    sure: Sure,
}

impl Link {
    fn step(&self) -> Step<'_> {
        let by = if self.kind == LinkKind::Service { By::Service } else { By::Process };
        Step { event: &self.event, sure: self.sure, by }
    }
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// The process that did it.
    Process,
    /// The process that started the one before.
    Parent,
    /// The service that the process before runs as was installed.
    Service,
}

impl LinkKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Parent => "parent",
            Self::Service => "service",
        }
    }
}

/// Follows an event to its session.
pub(crate) fn origin(case: &Case, event: Observation) -> Result<Origin> {
    let host = OneHost::of(case, &event.host)?;
    let index = case.session_index(&|name| host.is(name), &mut |_| {})?;
    let search = Search { case, index, host };
    let chain = search.chain(&event)?;
    let (mut belonging, mut through) = search.index.surest(&event, chain.iter().map(Link::step));
    // A look at every receipt: only where no key leads to a session.
    if belonging.sure != Sure::Exact
        && let Some(uid) = search.session_of_record(&event)?
    {
        (belonging, through) = (Belonging::of_record(uid), None);
    }
    let named = search.named(&event)?;
    let records: Vec<EventUid> =
        [event.uid].into_iter().chain(chain.iter().map(|link| link.event.uid)).collect();
    let findings = findings_on(case, &records)?;
    for told in &findings {
        // What a detector makes of it holds here, too.
        if let Some(mut held) = told.belonging.clone() {
            let number = told.record.checked_sub(1);
            let way = number.and_then(|number| chain.get(number)).map_or(Sure::Exact, |link| link.sure);
            held.sure = held.sure.min(way);
            if held.sure > belonging.sure {
                (belonging, through) = (held, number);
            }
        }
    }
    if belonging.sure < Sure::Likely
        && let Some(found) = search.of_children(&event)?
    {
        (belonging, through) = (found, None);
    }
    let session = match belonging.session {
        Some(uid) => session(case, uid)?,
        None => None,
    };
    let way = match (&session, belonging.others.is_empty()) {
        (Some(session), true) => way_to(case, session.session_uid)?,
        _ => Vec::new(),
    };
    let first = match way.last().and_then(|hop| hop.source_session) {
        Some(uid) => self::session(case, uid)?,
        None => None,
    };
    Ok(Origin { event, chain, belonging, through, session, named, findings, way, first })
}

fn session(case: &Case, uid: SessionUid) -> Result<Option<AccessSession>> {
    let (text, mut found) = (uid.to_string(), None);
    case.access_sessions_where(&|facts| facts.session_uid == text, &mut |session| {
        found = Some(session);
        ControlFlow::Break(())
    })?;
    Ok(found)
}

struct Search<'a> {
    case: &'a Case,
    index: SessionIndex,
    /// The host of the event.
    host: OneHost,
}

impl Search<'_> {
    /// The session that the event is a record of.
    fn session_of_record(&self, event: &Observation) -> Result<Option<SessionUid>> {
        let mut found = None;
        self.case.access_sessions_where(&|facts| self.host.is(facts.computer), &mut |session| {
            if session.sources.iter().any(|source| source.event_uid == event.uid) {
                found = Some(session.session_uid);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Who the record says did it. Another record of the same logon may have the address.
    fn named(&self, event: &Observation) -> Result<Option<Named>> {
        let Some(mut named) = Named::by(event) else { return Ok(None) };
        if let Some(luid) = named.without_address() {
            let mut nearest: Option<(Moment, Observation)> = None;
            for column in ["subject_logon_id", "logon_id"] {
                self.each(event, &format!("{column}:{luid}"), None, &mut |moment, found| {
                    let later = nearest.as_ref().is_none_or(|(latest, _)| *latest <= moment);
                    if later && Clues::of(&found).ip.is_some() {
                        nearest = Some((moment, found));
                    }
                })?;
            }
            if let Some((_, found)) = &nearest {
                named.take_address(found);
            }
        }
        Ok(Some(named))
    }

    /// The session that what a process started belongs to.
    fn of_children(&self, event: &Observation) -> Result<Option<Belonging>> {
        let Some(pid) = event.process.pid.filter(|_| event.action == Some(Action::ProcessStarted)) else {
            return Ok(None);
        };
        let filter = Filter::parse(&format!("action:process-started parent_pid:{pid}"))?
            .and(on_hosts(self.host.patterns())?)
            .and(Expr::between(event.time, event.time.plus_millis(CHILDREN_MILLIS)));
        let mut children = Children::of(self.index.birth(event));
        self.case.observations(&filter, threads(None)?.get(), &mut |child| {
            children.take(&self.index, &child);
            ControlFlow::Continue(())
        })?;
        Ok(children.session())
    }

    fn chain(&self, event: &Observation) -> Result<Vec<Link>> {
        let mut chain: Vec<Link> = Vec::new();
        let mut seen: BTreeSet<EventUid> = BTreeSet::from([event.uid]);
        let starts = event.action == Some(Action::ProcessStarted);
        let mut sure = Sure::Exact;
        let mut next = if starts { self.parent_of(event)? } else { self.process_of(event)? };
        let mut kind = if starts { LinkKind::Parent } else { LinkKind::Process };
        while let Some((found, how)) = next.take() {
            if !seen.insert(found.uid) || chain.len() == DEEPEST {
                break;
            }
            sure = sure.min(how);
            next = self.parent_of(&found)?;
            chain.push(Link { event: found, kind, sure });
            kind = LinkKind::Parent;
        }
        let top = chain.last().map_or(event, |link| &link.event);
        if let Some(installed) = self.service_of(top)? {
            chain.push(Link { event: installed, kind: LinkKind::Service, sure: sure.min(Sure::Likely) });
        }
        Ok(chain)
    }

    /// The start of the process that did it.
    fn process_of(&self, event: &Observation) -> Result<Option<(Observation, Sure)>> {
        let pid = event.process.pid.or(event.logged_by.pid);
        let named = event.process.image.as_deref().filter(|_| event.process.pid.is_some());
        self.start_of(event, event.process.guid.map(|guid| guid.to_string()), pid, named)
    }

    /// The start of the process that started it.
    fn parent_of(&self, event: &Observation) -> Result<Option<(Observation, Sure)>> {
        let process = &event.process;
        let guid = process.parent_guid.map(|guid| guid.to_string());
        self.start_of(event, guid, process.parent_pid, process.parent_image.as_deref())
    }

    /// The last start of such a process before that moment, within its boot.
    fn start_of(
        &self,
        event: &Observation,
        guid: Option<String>,
        pid: Option<u64>,
        named: Option<&str>,
    ) -> Result<Option<(Observation, Sure)>> {
        if let Some(guid) = guid {
            let found = self.last(event, &format!("action:process-started process_guid:{guid}"))?;
            if let Some(found) = found {
                return Ok(Some((found, Sure::Exact)));
            }
        }
        let Some(pid) = pid.filter(|pid| *pid > 4) else { return Ok(None) };
        let found = self.last(event, &format!("action:process-started pid:{pid}"))?;
        let Some(found) = found else { return Ok(None) };
        // The number may have been somebody else's since.
        let ended = self.last(event, &format!("action:process-ended pid:{pid}"))?;
        let at = |of: &Observation| self.index.moment(&Clues::of(of));
        let runs = ended.is_none_or(|ended| at(&ended) < at(&found))
            && self.index.runs(&self.index.birth(&found), event, named) != StillRuns::No;
        Ok(runs.then_some((found, Sure::Likely)))
    }

    /// The installation of the service that a process runs as. Two logs tell of one: Security names who asked for it.
    fn service_of(&self, event: &Observation) -> Result<Option<Observation>> {
        let process = &event.process;
        let by_services = process
            .parent_image
            .as_deref()
            .is_some_and(|image| file_name(image).eq_ignore_ascii_case("services.exe"));
        let Some(image) =
            process.image.as_deref().map(file_name).filter(|image| by_services && is_plain(image))
        else {
            return Ok(None);
        };
        let mut all = Vec::new();
        let like = format!("action:service-installed command_line:\"*{image}*\"");
        // It may have been installed before the machine started anew.
        self.each(event, &like, Some(INSTALLED_BEFORE_MILLIS), &mut |moment, found| {
            all.push((moment, found));
        })?;
        let best =
            all.into_iter().max_by_key(|(moment, found)| (self.index.of(&Clues::of(found)).sure, *moment));
        Ok(best.map(|(_, found)| found))
    }

    /// The last event of the same boot, up to that moment, that is like this.
    fn last(&self, event: &Observation, like: &str) -> Result<Option<Observation>> {
        let mut last: Option<(Moment, Observation)> = None;
        self.each(event, like, None, &mut |moment, found| {
            if last.as_ref().is_none_or(|(latest, _)| *latest <= moment) {
                last = Some((moment, found));
            }
        })?;
        Ok(last.map(|(_, found)| found))
    }

    /// Hands on the other events of the same boot, up to that moment, that are like this. If it is said how long before it they
    /// may lie, no earlier ones, and those of the boots before as well.
    fn each(
        &self,
        event: &Observation,
        like: &str,
        within: Option<i64>,
        sink: &mut dyn FnMut(Moment, Observation),
    ) -> Result<()> {
        let Some(now) = self.index.moment(&Clues::of(event)) else { return Ok(()) };
        let before = within.map(|millis| event.time.plus_millis(-millis));
        let (from, to) = self.index.shown_before(now, within);
        let from = before.map_or(from, |before| before.min(from));
        let filter = Filter::parse(like)?.and(on_hosts(self.host.patterns())?).and(Expr::between(from, to));
        self.case.observations(&filter, threads(None)?.get(), &mut |found| {
            let moment = self.index.moment(&Clues::of(&found));
            let earlier = |then: &Moment| {
                if then.is_in_boot_of(&now) {
                    *then <= now && within.is_none_or(|millis| now.is_within(then, millis))
                } else {
                    before.is_some_and(|before| before <= found.time && found.time <= event.time)
                }
            };
            if let Some(moment) = moment.filter(earlier)
                && found.uid != event.uid
            {
                sink(moment, found);
            }
            ControlFlow::Continue(())
        })?;
        Ok(())
    }
}

/// Can it stand in a filter as it is?
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['*', '"', '\\'])
}
