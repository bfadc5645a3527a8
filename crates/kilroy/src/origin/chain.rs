//! From an event to its process, from that to the ones above it, and to the session that the chain hangs on.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::{Expr, Filter};
use kilroy_findings::Observation;
use kilroy_findings::activity::{Belonging, By, Clues, SessionIndex, Sure, When};
use kilroy_findings::file_name;
use kilroy_model::{AccessSession, Action, EventUid, Hop, SessionUid, Timestamp};

use super::named::on_hosts;
use super::way::way_to;
use crate::activity::names_of_host;
use crate::settings::threads;

/// No real chain is deeper; one that turns in a circle would be.
const DEEPEST: usize = 32;

/// A service that was installed for one purpose starts soon: PsExec and its kin within seconds, others at the next start.
const INSTALLED_BEFORE_MILLIS: i64 = 24 * 3_600_000;

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
    let hosts = names_of_host(&event.host);
    let wanted = |name: &str| hosts.iter().any(|host| host.matches(name));
    let index = case.session_index(&wanted, &mut |_| {})?;
    let search = Search { case, index };
    let chain = search.chain(&event)?;
    let (mut belonging, mut through) = search.surest(&event, &chain);
    // A look at every receipt: only where no key leads to a session.
    if belonging.sure != Sure::Exact
        && let Some(uid) = search.session_of_record(&event)?
    {
        (belonging, through) = (of_record(uid), None);
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
    Ok(Origin { event, chain, belonging, through, session, way, first })
}

fn of_record(uid: SessionUid) -> Belonging {
    Belonging {
        session: Some(uid),
        others: Vec::new(),
        sure: Sure::Exact,
        by: Some(By::Record),
        when: When::Present,
    }
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
}

impl Search<'_> {
    /// The session that the event is a record of.
    fn session_of_record(&self, event: &Observation) -> Result<Option<SessionUid>> {
        let mut found = None;
        let hosts = names_of_host(&event.host);
        let wanted = |name: &str| hosts.iter().any(|host| host.matches(name));
        self.case.access_sessions_where(&|facts| wanted(facts.computer), &mut |session| {
            if session.sources.iter().any(|source| source.event_uid == event.uid) {
                found = Some(session.session_uid);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The surest answer of the event and of the steps above it; of equally sure ones the nearest.
    fn surest(&self, event: &Observation, chain: &[Link]) -> (Belonging, Option<usize>) {
        let mut best = (self.index.of(&Clues::of(event)), None);
        for (number, link) in chain.iter().enumerate() {
            let mut found = self.index.of(&Clues::of(&link.event));
            found.sure = found.sure.min(link.sure);
            if found.session.is_some() && found.sure > best.0.sure {
                found.by = Some(if link.kind == LinkKind::Service { By::Service } else { By::Process });
                best = (found, Some(number));
            }
        }
        best
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
        self.start_of(event, event.process.guid.map(|guid| guid.to_string()), pid)
    }

    /// The start of the process that started it.
    fn parent_of(&self, event: &Observation) -> Result<Option<(Observation, Sure)>> {
        self.start_of(event, event.process.parent_guid.map(|guid| guid.to_string()), event.process.parent_pid)
    }

    /// The last start of such a process before that moment, within its boot.
    fn start_of(
        &self,
        event: &Observation,
        guid: Option<String>,
        pid: Option<u64>,
    ) -> Result<Option<(Observation, Sure)>> {
        if let Some(guid) = guid {
            let found = self.last(event, &format!("action:process-started process_guid:{guid}"), None)?;
            if let Some(found) = found {
                return Ok(Some((found, Sure::Exact)));
            }
        }
        let Some(pid) = pid.filter(|pid| *pid > 4) else { return Ok(None) };
        let boot = self.index.boot_of(&event.host, event.time);
        let found = self.last(event, &format!("action:process-started pid:{pid}"), boot)?;
        let Some(found) = found else { return Ok(None) };
        // The number may have been somebody else's since.
        let ended = self.last(event, &format!("action:process-ended pid:{pid}"), boot)?;
        let runs = ended.is_none_or(|ended| ended.time < found.time);
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
        let since = event.time.plus_millis(-INSTALLED_BEFORE_MILLIS);
        let mut all = Vec::new();
        let like = format!("action:service-installed command_line:\"*{image}*\"");
        self.each(event, &like, Some(since), &mut |found| all.push(found))?;
        Ok(all.into_iter().max_by_key(|found| (self.index.of(&Clues::of(found)).sure, found.time)))
    }

    /// The last event of the same host, up to that moment, that is like this.
    fn last(&self, event: &Observation, like: &str, since: Option<Timestamp>) -> Result<Option<Observation>> {
        let mut last = None;
        self.each(event, like, since, &mut |found| last = Some(found))?;
        Ok(last)
    }

    /// Hands on the other events of the same host, up to that moment, that are like this.
    fn each(
        &self,
        event: &Observation,
        like: &str,
        since: Option<Timestamp>,
        sink: &mut dyn FnMut(Observation),
    ) -> Result<()> {
        let since = since.unwrap_or(Timestamp::from_ticks(i64::MIN));
        let filter = Filter::parse(like)?
            .and(on_hosts(names_of_host(&event.host))?)
            .and(Expr::between(since, event.time));
        self.case.observations(&filter, threads(None)?.get(), &mut |found| {
            if found.uid != event.uid {
                sink(found);
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
