//! The engine hands on session by session, and whoever takes one may write a table: two kinds of work, to be told apart
//! without a look at the clock for each session.

use kilroy_model::{AccessSession, Boot, LogonSession, TerminalSession};
use kilroy_sessions::Sink;

use super::{Kind, Watch};

/// Sessions that are kept back while the engine works.
const MOST: usize = 1024;

/// Hands on many sessions at a time if time is measured; else one by one. Each kind stays in its order.
pub(crate) struct Apart<'a, 't, S: Sink> {
    watch: &'a mut Watch<'t>,
    sink: &'a mut S,
    most: usize,
    access: Vec<AccessSession>,
    logon: Vec<LogonSession>,
    terminal: Vec<TerminalSession>,
    boots: Vec<Boot>,
}

impl<'a, 't, S: Sink> Apart<'a, 't, S> {
    /// What is handed on to `sink` counts as work on tables.
    pub(crate) fn new(watch: &'a mut Watch<'t>, sink: &'a mut S) -> Self {
        let most = if watch.is_on() { MOST } else { 1 };
        let (access, logon, terminal, boots) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { watch, sink, most, access, logon, terminal, boots }
    }

    /// Hands on what was kept back. To be called at the end.
    pub(crate) fn finish(mut self) {
        self.hand_on();
    }

    fn kept(&mut self) {
        if self.access.len() + self.logon.len() + self.terminal.len() + self.boots.len() >= self.most {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        let Self { watch, sink, access, logon, terminal, boots, .. } = self;
        watch.during(Kind::Tables, || {
            access.drain(..).for_each(|session| sink.access(session));
            logon.drain(..).for_each(|session| sink.logon(session));
            terminal.drain(..).for_each(|session| sink.terminal(session));
            boots.drain(..).for_each(|boot| sink.boot(boot));
        });
    }
}

impl<S: Sink> Sink for Apart<'_, '_, S> {
    fn access(&mut self, session: AccessSession) {
        self.access.push(session);
        self.kept();
    }

    fn logon(&mut self, session: LogonSession) {
        self.logon.push(session);
        self.kept();
    }

    fn terminal(&mut self, session: TerminalSession) {
        self.terminal.push(session);
        self.kept();
    }

    fn boot(&mut self, boot: Boot) {
        self.boots.push(boot);
        self.kept();
    }
}
