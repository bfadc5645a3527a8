//! Which records prove which field, and why records belong together.

use std::net::IpAddr;

use kilroy_model::{Account, Action, Contradiction, EventUid, FieldProof, Link, LinkRule};

use crate::access::draft::{Part, Shared};
use crate::access::finish::Place;
use crate::access::moment::{distance, hex, rfc3339};
use crate::access::whole::Whole;
use crate::host::{Host, RowId, address, same_name};
use crate::words::Id;

/// Every edge between two records of the session.
pub(crate) fn links(host: &Host<'_>, draft: &Whole<'_>) -> Vec<Link> {
    let tied = |p: &&Part| p.via != p.row && p.rule != LinkRule::Anchor;
    let mut links = Vec::with_capacity(draft.parts.iter().filter(tied).count());
    links.extend(draft.parts.iter().filter(tied).map(|p| Link {
        from: host.ev(p.via).uid(),
        to: host.ev(p.row).uid(),
        rule: p.rule,
        value: shared(host, draft, p),
    }));
    links
}

/// What a record shares with the one that it is tied to, in words.
fn shared(host: &Host<'_>, draft: &Whole<'_>, part: &Part) -> String {
    let ev = host.ev(part.row);
    let luid = || ev.luid().map(hex).unwrap_or_default();
    match part.shared {
        Shared::Nothing => String::new(),
        Shared::Moment => distance(host.millis(part.via, part.row)),
        Shared::Luid => luid(),
        Shared::LinkedLuid => ev.linked_luid().map(hex).unwrap_or_default(),
        Shared::Station => match ev.session_name() {
            Some(name) => format!("{}, {name}", luid()),
            None => luid(),
        },
        Shared::Activity => ev.activity().map(|a| a.to_string()).unwrap_or_default(),
        Shared::Desktop => ev.terminal_session().map(|s| format!("session {s}")).unwrap_or_default(),
        Shared::LuidAndDesktop => {
            format!("{}, session {}", luid(), ev.terminal_session().unwrap_or_default())
        }
        Shared::Guid => ev.logon_guid().map(|g| g.to_string()).unwrap_or_default(),
        Shared::Process => ev.pid().map(|pid| format!("process {pid}")).unwrap_or_default(),
        Shared::Line => ev.session_name().unwrap_or_default().to_owned(),
        Shared::Resource => ev.dst_host().unwrap_or_default().to_owned(),
        Shared::Port => draft.ssh().and_then(|l| l.port).map(|p| format!("port {p}")).unwrap_or_default(),
    }
}

/// User, source, start and end, each with the records that say so and those that say otherwise.
pub(crate) fn proofs(
    host: &Host<'_>,
    draft: &Whole<'_>,
    account: &Account,
    place: &Place,
    (first_in, end): (Option<RowId>, Option<RowId>),
) -> Vec<FieldProof> {
    let mut proofs = Vec::with_capacity(4);
    proofs.extend(account.user.as_deref().map(|user| user_proof(host, draft, user)));
    if place.ip.is_some() || place.local {
        proofs.push(source_proof(host, draft, place));
    }
    for (name, row) in [("start", first_in), ("end", end)] {
        proofs.extend(row.map(|row| FieldProof {
            field: name.into(),
            value: rfc3339(host.ev(row).time),
            proven_by: vec![host.ev(row).uid()],
            contradictions: Vec::new(),
        }));
    }
    proofs
}

fn user_proof(host: &Host<'_>, draft: &Whole<'_>, user: &str) -> FieldProof {
    // Kerberos adds the realm to the name.
    let same =
        |a: &str| same_name(a, user) || a.split_once('@').is_some_and(|(name, _)| same_name(name, user));
    // Most records of a session name the user in one way: it is compared once.
    let mut known: Option<(Id, bool)> = None;
    let mut proof = empty("user", user.to_owned(), draft.parts.len());
    for row in draft.parts.iter().map(|p| p.row) {
        let ev = host.ev(row);
        if let Some(line) = draft.ssh().filter(|_| ev.action == Action::SshMessage) {
            proof.note(ev.uid(), same(&line.user), || line.user.clone());
        } else if let (Some(id), Some(text)) = (ev.user_id(), ev.user()) {
            let is_same = match known {
                Some((known, is_same)) if known == id => is_same,
                _ => same(text),
            };
            known = Some((id, is_same));
            proof.note(ev.uid(), is_same, || text.to_owned());
        }
    }
    proof.done
}

fn source_proof(host: &Host<'_>, draft: &Whole<'_>, place: &Place) -> FieldProof {
    let value = place.text(host).unwrap_or_default();
    let mut proof = empty("source", value, draft.parts.len());
    for row in draft.parts.iter().map(|p| p.row) {
        let ev = host.ev(row);
        // The ticket was asked for by the target itself.
        if ev.action == Action::KerberosServiceTicket {
            continue;
        }
        if ev.local() {
            proof.note(ev.uid(), place.ip.is_none(), || "LOCAL".to_owned());
        } else if let Some(said) = address(ev) {
            // Loopback beside LOCAL is the console's way to say the same.
            let same = place.ip.map_or_else(|| is_console(said), |ip| ip == said);
            proof.note(ev.uid(), same, || said.to_string());
        }
    }
    if proof.done.proven_by.is_empty() {
        proof.done.proven_by.extend(place.row.map(|r| host.ev(r).uid()));
    }
    proof.done
}

fn is_console(ip: IpAddr) -> bool {
    ip.is_loopback()
}

/// A proof while its records are looked through.
struct Proof {
    done: FieldProof,
}

fn empty(field: &'static str, value: String, room: usize) -> Proof {
    let proven_by = Vec::with_capacity(room);
    Proof { done: FieldProof { field: field.into(), value, proven_by, contradictions: Vec::new() } }
}

impl Proof {
    fn note(&mut self, event_uid: EventUid, same: bool, said: impl FnOnce() -> String) {
        if same {
            self.done.proven_by.push(event_uid);
        } else {
            self.done.contradictions.push(Contradiction { event_uid, value: said() });
        }
    }
}
