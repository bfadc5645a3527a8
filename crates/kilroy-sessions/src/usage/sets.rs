//! What a group of presences amounts to: each second once, whatever the number of sessions and hosts.

use std::ops::AddAssign;

use super::presence::Way;
use super::spans::{Spans, Stretch};
use super::stay::{HostStays, Stay};

/// Sets of time of one user on one host, of one user on all hosts, of one host.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    /// Proven to be there.
    pub(crate) present: Spans,
    /// There, at most.
    pub(crate) possible: Spans,
    pub(crate) console: Spans,
    pub(crate) remote: Spans,
    pub(crate) shell: Spans,
    /// There, awake and not locked.
    pub(crate) hands_on: Spans,
    /// Hands-on, and no screen saver ran.
    pub(crate) busy: Spans,
    /// Hands-on, at most.
    pub(crate) could: Spans,
    /// There and awake, and locked.
    pub(crate) locked: Spans,
    /// There, on a machine that was asleep.
    pub(crate) asleep: Spans,
    /// Hands-on, perhaps: not proven to be there.
    pub(crate) uncertain: Spans,
    /// A desktop was there and nobody connected to it. What is presence by another session is not in it.
    pub(crate) disconnected: Spans,
}

/// Stretches that become [`Sets`].
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    present: Vec<Stretch>,
    possible: Vec<Stretch>,
    by_way: [Vec<Stretch>; 3],
    awake: Vec<Stretch>,
    hands_on: Vec<Stretch>,
    busy: Vec<Stretch>,
    could: Vec<Stretch>,
    pub(crate) disconnected: Vec<Stretch>,
}

impl Gathered {
    /// Takes a stay of a host, as far as it lies in a window of time.
    pub(crate) fn add(&mut self, host: &HostStays, stay: &Stay, window: &Stretch) {
        let clip = |stretch: &Stretch| {
            Spans::of(std::iter::once(stretch.start.max(window.start)..stretch.end.min(window.end)))
        };
        let (proven, possible) = (clip(&stay.proven), clip(&stay.possible));
        // Sleep is that of the host: only what lies in the stay is looked at.
        let asleep: Spans = host.asleep.within(&stay.possible).collect();
        let awake = proven.without(&asleep);
        let hands_on = awake.without(&stay.locked);
        let busy = hands_on.without(&stay.saver);
        let could = possible.without(&asleep).without(&stay.locked);
        self.by_way[match stay.way {
            Way::Console => 0,
            Way::Remote => 1,
            Way::Shell => 2,
        }]
        .extend(proven.iter().cloned());
        self.present.extend(proven.iter().cloned());
        self.possible.extend(possible.iter().cloned());
        self.awake.extend(awake.iter().cloned());
        self.hands_on.extend(hands_on.iter().cloned());
        self.busy.extend(busy.iter().cloned());
        self.could.extend(could.iter().cloned());
    }

    pub(crate) fn sets(self) -> Sets {
        let present = Spans::of(self.present);
        let [console, remote, shell] = self.by_way.map(Spans::of);
        let (awake, hands_on, could) =
            (Spans::of(self.awake), Spans::of(self.hands_on), Spans::of(self.could));
        Sets {
            possible: Spans::of(self.possible),
            console,
            remote,
            shell,
            busy: Spans::of(self.busy),
            locked: awake.without(&hands_on),
            asleep: present.without(&awake),
            uncertain: could.without(&present),
            disconnected: Spans::of(self.disconnected).without(&present),
            present,
            hands_on,
            could,
        }
    }
}

/// How long, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// Proven presence: `hands_on`, `locked` and `asleep` together.
    pub present: u64,
    /// Presence, at most.
    pub present_at_most: u64,
    /// Of the presence: at the machine itself.
    pub console: u64,
    /// Of the presence: by Remote Desktop.
    pub remote: u64,
    /// Of the presence: in a shell.
    pub shell: u64,
    /// Of the presence: every desktop was locked.
    pub locked: u64,
    /// Of the presence: the machine was asleep.
    pub asleep: u64,
    /// Of the presence: neither locked nor asleep.
    pub hands_on: u64,
    /// Hands-on, at most: to the bounds of ends that are not known.
    pub hands_on_at_most: u64,
    /// Of the hands-on time: a screen saver ran.
    pub screen_saver: u64,
    /// Beside the presence: a desktop was there, and nobody connected to it.
    pub disconnected: u64,
}

impl AddAssign for Times {
    fn add_assign(&mut self, more: Self) {
        self.present += more.present;
        self.present_at_most += more.present_at_most;
        self.console += more.console;
        self.remote += more.remote;
        self.shell += more.shell;
        self.locked += more.locked;
        self.asleep += more.asleep;
        self.hands_on += more.hands_on;
        self.hands_on_at_most += more.hands_on_at_most;
        self.screen_saver += more.screen_saver;
        self.disconnected += more.disconnected;
    }
}

impl Sets {
    /// How long, in a window of time.
    pub(crate) fn times(&self, window: &Stretch) -> Times {
        let of = |spans: &Spans| spans.within(window).map(|s| s.end.abs_diff(s.start)).sum::<u64>();
        let hands_on = of(&self.hands_on);
        Times {
            present: of(&self.present),
            present_at_most: of(&self.possible),
            console: of(&self.console),
            remote: of(&self.remote),
            shell: of(&self.shell),
            locked: of(&self.locked),
            asleep: of(&self.asleep),
            hands_on,
            hands_on_at_most: of(&self.could),
            screen_saver: hands_on - of(&self.busy),
            disconnected: of(&self.disconnected),
        }
    }

    /// The first and the last moment of presence in a window of time.
    pub(crate) fn ends(&self, window: &Stretch) -> Option<(i64, i64)> {
        let mut inside = self.present.within(window);
        let first = inside.next()?;
        Some((first.start, inside.last().unwrap_or(first).end))
    }
}
