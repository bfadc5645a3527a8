//! Processes as a tree.

use std::collections::BTreeMap;

use kilroy_model::{Action, EventUid, Guid, Timestamp};

use super::follow::{SAME_START_MILLIS, Share};
use crate::Observation;
use crate::program::file_name;

/// A process of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The record of its start.
    pub record: EventUid,
    /// When it started.
    pub started: Timestamp,
    /// When it ended, if a record says so.
    pub ended: Option<Timestamp>,
    /// Process ID.
    pub pid: Option<u64>,
    /// Sysmon's GUID.
    pub guid: Option<Guid>,
    /// Full path of the program.
    pub image: Option<String>,
    /// Command line.
    pub command_line: Option<String>,
    /// Account that it runs as.
    pub user: Option<String>,
    /// How it belongs to the session.
    pub share: Share,
    /// Program that started it.
    pub parent_image: Option<String>,
}

/// A process in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch<'a> {
    /// The process.
    pub process: &'a Process,
    /// How many of the tree are above it.
    pub depth: usize,
    /// The one that started it.
    pub parent: Option<&'a Process>,
}

/// The processes of a session; they come in the order of time.
#[derive(Debug, Default)]
pub struct ProcessTree {
    all: Vec<Process>,
    by_guid: BTreeMap<Guid, usize>,
    by_pid: BTreeMap<u64, usize>,
    /// Of each process the one that started it.
    parents: Vec<Option<usize>>,
}

impl ProcessTree {
    /// Takes the start or the end of a process.
    pub fn take(&mut self, event: &Observation, share: Share) {
        match event.action {
            Some(Action::ProcessStarted) => self.start(event, share),
            Some(Action::ProcessEnded) => self.end(event),
            _ => {}
        }
    }

    fn start(&mut self, event: &Observation, share: Share) {
        let of = &event.process;
        if let Some(known) = self.same(event) {
            self.by_guid.extend(of.guid.map(|guid| (guid, known)));
            let known = &mut self.all[known];
            known.guid = known.guid.or(of.guid);
            known.command_line = known.command_line.take().or_else(|| of.command_line.clone());
            known.user = known.user.take().or_else(|| event.account.user.clone());
            return;
        }
        let parent = match of.parent_guid {
            Some(guid) => self.by_guid.get(&guid).copied().or_else(|| self.by_parent_pid(of.parent_pid)),
            None => self.by_parent_pid(of.parent_pid),
        };
        let number = self.all.len();
        self.by_guid.extend(of.guid.map(|guid| (guid, number)));
        self.by_pid.extend(of.pid.map(|pid| (pid, number)));
        self.parents.push(parent);
        self.all.push(Process {
            record: event.uid,
            started: event.time,
            ended: None,
            pid: of.pid,
            guid: of.guid,
            image: of.image.clone(),
            command_line: of.command_line.clone(),
            user: event.account.user.clone().or_else(|| event.subject.user.clone()),
            share,
            parent_image: of.parent_image.clone(),
        });
    }

    fn by_parent_pid(&self, pid: Option<u64>) -> Option<usize> {
        let number = *self.by_pid.get(&pid?)?;
        self.all[number].ended.is_none().then_some(number)
    }

    /// The start that another log has told of already.
    fn same(&self, event: &Observation) -> Option<usize> {
        let of = &event.process;
        if let Some(known) = of.guid.and_then(|guid| self.by_guid.get(&guid)) {
            return Some(*known);
        }
        let known = *self.by_pid.get(&of.pid?)?;
        let process = &self.all[known];
        let both = process.guid.is_some() && of.guid.is_some();
        let same = process.started.within_millis(event.time, SAME_START_MILLIS)
            && name(process.image.as_deref()) == name(of.image.as_deref());
        (same && !both).then_some(known)
    }

    fn end(&mut self, event: &Observation) {
        let by_guid = event.process.guid.and_then(|guid| self.by_guid.get(&guid));
        let number = by_guid.or_else(|| self.by_pid.get(&event.process.pid?)).copied();
        if let Some(process) = number.map(|number| &mut self.all[number]) {
            process.ended = process.ended.or(Some(event.time));
        }
    }

    /// How many processes there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All processes, in the order of time.
    pub fn processes(&self) -> &[Process] {
        &self.all
    }

    /// All processes, each before those that it started.
    pub fn branches(&self) -> Vec<Branch<'_>> {
        let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for (number, parent) in self.parents.iter().enumerate() {
            children.entry(*parent).or_default().push(number);
        }
        let of = |parent: Option<usize>| children.get(&parent).map_or(&[][..], Vec::as_slice).iter().rev();
        let mut open: Vec<(usize, usize)> = of(None).map(|&root| (root, 0)).collect();
        let mut branches = Vec::with_capacity(self.all.len());
        while let Some((number, depth)) = open.pop() {
            let parent = self.parents[number].map(|parent| &self.all[parent]);
            branches.push(Branch { process: &self.all[number], depth, parent });
            open.extend(of(Some(number)).map(|&child| (child, depth + 1)));
        }
        branches
    }
}

/// The last part of a path, without regard to case.
fn name(path: Option<&str>) -> Option<String> {
    path.map(|path| file_name(path).to_lowercase())
}
