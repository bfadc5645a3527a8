//! Logons of Windows: links 1 and 2 (LUID, linked token), and the rows of those that make no desktop.

use kilroy_model::{Action, How, Kind, Luid};

use super::story::{Draft, Logon, Story, is_background, same_user, usable};

/// Two 4624 of one user and type, as close in time as one millisecond or so, one of them with a 4672.
const TWINS: u64 = 100;

impl Story {
    /// Every 4624 with its twin.
    pub(crate) fn find_logons(&mut self) {
        let mut done: Vec<usize> = Vec::new();
        for n in 0..self.all.len() {
            if self.event(n).action != Action::Logon || done.contains(&n) {
                continue;
            }
            let e = self.event(n).clone();
            let mut records = vec![n];
            if let Some(luid) = usable(e.luid) {
                let twin = self.of(self.boot(n), &[Action::Logon]).into_iter().find(|m| {
                    let o = self.event(*m);
                    let (ours, theirs) = (usable(e.linked_luid), usable(o.linked_luid));
                    let linked = (ours.is_some() || theirs.is_some())
                        && ours.is_none_or(|l| Some(l) == o.luid)
                        && theirs.is_none_or(|l| Some(l) == e.luid);
                    *m != n
                        && !done.contains(m)
                        && usable(o.luid).is_some_and(|l| l != luid)
                        && o.logon_type == e.logon_type
                        && same_user(&e, o)
                        && (linked || self.old_twins(n, *m))
                });
                records.extend(twin);
            }
            done.extend(&records);
            let mut luids: Vec<Luid> =
                records.iter().filter_map(|m| self.event(*m).luid).filter(|l| l.0 != 0).collect();
            // A half whose own 4624 is lost: the other one names it all the same.
            luids.extend(usable(e.linked_luid).filter(|l| {
                records.len() == 1
                    && !self
                        .of(self.boot(n), &[Action::Logon])
                        .into_iter()
                        .any(|m| self.event(m).luid == Some(*l))
            }));
            let logon_type = e.logon_type.unwrap_or(3);
            self.logons.push(Logon { boot: self.boot(n), logon_type, records, luids });
        }
    }

    fn old_twins(&self, a: usize, b: usize) -> bool {
        let (x, y) = (self.event(a), self.event(b));
        let privileged = |n: usize| {
            self.of(self.boot(n), &[Action::PrivilegesAssigned])
                .iter()
                .any(|p| self.event(*p).luid.or(self.event(*p).subject_luid) == self.event(n).luid)
        };
        let desktop = matches!(x.logon_type, Some(2 | 7 | 10 | 11 | 12 | 13));
        desktop
            && x.linked_luid.is_none()
            && y.linked_luid.is_none()
            && x.time.within_millis(y.time, TWINS)
            && (privileged(a) != privileged(b)
                || !self.all.iter().any(|p| p.event.action == Action::PrivilegesAssigned))
    }

    /// One row per LUID and boot, whatever makes it.
    pub(crate) fn background_rows(&mut self) {
        let mut rows: Vec<(usize, Luid, Draft)> = Vec::new();
        let mut logons = self.logons.clone();
        logons.sort_by_key(|l| l.records.iter().map(|n| self.all[*n].place).min());
        for logon in logons {
            // The first in the order of its log, whatever the clock said.
            let mut logon = logon;
            logon.records.sort_by_key(|n| self.all[*n].place);
            let first = logon.records[0];
            // Server 2003 writes an anonymous network logon without a name.
            let e = self.event(first);
            let nameless = e.logon_type == Some(3) && e.user.is_none() && e.sid.is_none();
            if !is_background(e) && !nameless {
                continue;
            }
            let Some(luid) = self.event(first).luid else { continue };
            let known = rows.iter().position(|(boot, l, _)| *boot == logon.boot && *l == luid);
            let at = known.unwrap_or_else(|| {
                let mut draft = Draft::new(logon.boot, first, kind_of_type(logon.logon_type), How::Logon);
                draft.background = true;
                draft.start = Some(self.time(first));
                draft.own.clone_from(&logon.luids);
                rows.push((logon.boot, luid, draft));
                rows.len() - 1
            });
            let mut draft = rows[at].2.clone();
            self.take_logon(&mut draft, &logon);
            rows[at].2 = draft;
        }
        self.drafts.extend(rows.into_iter().map(|(_, _, d)| d));
    }

    /// Every 4624 that is no twin, no NLA half and no part of a session known else.
    pub(crate) fn plain_rows(&mut self) {
        for logon in self.logons.clone() {
            if !self.logon_free(&logon) {
                continue;
            }
            let first = logon.records[0];
            let mut draft = Draft::new(logon.boot, first, kind_of_type(logon.logon_type), How::Logon);
            draft.own.clone_from(&logon.luids);
            draft.start = Some(self.time(first));
            self.take_logon(&mut draft, &logon);
            self.drafts.push(draft);
        }
    }
}

/// Kind by logon type.
pub(crate) fn kind_of_type(logon_type: u8) -> Kind {
    match logon_type {
        2 | 11 => Kind::InteractiveLocal,
        10 | 12 => Kind::InteractiveRemote,
        4 => Kind::Batch,
        0 | 5 => Kind::Service,
        7 | 13 => Kind::Unlock,
        8 => Kind::NetworkCleartext,
        9 => Kind::NewCredentials,
        _ => Kind::Network,
    }
}
