//! Access sessions: one user's presence, from the attempt to the logoff or disconnect.

mod builder;
mod desktop;
mod draft;
mod ends;
mod expect;
mod failures;
mod finish;
mod fold;
mod gateway;
mod lines;
mod lone_ends;
mod moment;
mod owners;
mod plain;
mod prelude;
mod proof;
mod reasons;
mod remote;
mod ssh;
mod whole;

pub(crate) use builder::Builder;
pub(crate) use draft::{Draft, DraftId, End, Part, Shared};
pub(crate) use failures::is_failed_check;
pub(crate) use finish::bound;
pub(crate) use plain::{AFTER_LOGON_MILLIS, BEFORE_LOGON_MILLIS, is_background_logon};
pub(crate) use prelude::{Uids, finish_all, known};
pub use reasons::{reason_text, status_text};
pub(crate) use whole::Whole;

use crate::desktops::Desktop;
use crate::host::Host;
use crate::logons::Logons;

/// Puts together the access sessions of one host, strongest evidence first.
pub(crate) fn drafts<'a>(host: &'a Host<'a>, logons: &'a Logons, desktops: &'a [Desktop]) -> Builder<'a> {
    let mut b = Builder::new(host, logons, desktops);
    let mut groups = logons.groups(host);
    desktop::connections(&mut b);
    desktop::reconnects(&mut b);
    desktop::denials(&mut b, &mut groups);
    desktop::logons_of_desktops(&mut b, &mut groups);
    desktop::logon_ids_of_later_connections(&mut b);
    desktop::reconnects_of_known_desktops(&mut b);
    ssh::sessions(&mut b, &mut groups);
    lines::logins(&mut b);
    gateway::connections(&mut b);
    remote::desktops_of_security(&mut b, &mut groups);
    remote::beginnings(&mut b);
    remote::authentications_only(&mut b);
    groups.retain(|first| b.is_free(first));
    plain::remaining(&mut b, &groups);
    failures::failures(&mut b);
    fold::fold_unseen_begins(&mut b);
    ends::ends(&mut b);
    plain::companions(&mut b);
    plain::locks(&mut b);
    plain::desktop_ties(&mut b);
    b
}
