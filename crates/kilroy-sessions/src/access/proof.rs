//! Which records prove which field, and why records belong together.

use kilroy_model::{Account, Action, Contradiction, FieldProof, Link, LinkRule, Timestamp};

use crate::access::draft::{Draft, Part};
use crate::access::finish::Place;
use crate::host::{Host, RowId, address, same_name};

/// Every edge between two records of the session.
pub(crate) fn links(host: &Host, parts: &[Part]) -> Vec<Link> {
    parts
        .iter()
        .filter(|p| p.via != p.row && p.rule != LinkRule::Anchor)
        .map(|p| Link {
            from: host.ev(p.via).uid,
            to: host.ev(p.row).uid,
            rule: p.rule,
            value: p.value.clone(),
        })
        .collect()
}

/// User, source, start and end, each with the records that say so and those that say otherwise.
pub(crate) fn proofs(
    host: &Host,
    draft: &Draft,
    account: &Account,
    place: &Place,
    start: Option<Timestamp>,
    end: Option<RowId>,
) -> Vec<FieldProof> {
    let mut rows: Vec<RowId> = draft.rows().collect();
    rows.sort_unstable();
    let mut proofs = Vec::new();
    if let Some(user) = &account.user {
        let said = |row: RowId| match (&draft.ssh, host.ev(row).action) {
            (Some(line), Action::SshMessage) => Some(line.user.clone()),
            _ => host.ev(row).user.as_deref().map(str::to_owned),
        };
        // Kerberos adds the realm to the name.
        let same = |a: &str, b: &str| {
            same_name(a, b) || a.split_once('@').is_some_and(|(name, _)| same_name(name, b))
        };
        proofs.push(field(host, "user", user, &rows, said, same));
    }
    let source = place.ip.map(|ip| ip.to_string()).or_else(|| place.local.then(|| "LOCAL".to_owned()));
    if let Some(source) = source {
        let said = |row: RowId| {
            let ev = host.ev(row);
            // The ticket was asked for by the target itself.
            if ev.action == Action::KerberosServiceTicket {
                return None;
            }
            if ev.local { Some("LOCAL".to_owned()) } else { address(ev).map(|ip| ip.to_string()) }
        };
        // Loopback beside LOCAL is the console's way to say the same.
        let same = |a: &str, b: &str| a == b || (b == "LOCAL" && (a.starts_with("127.") || a == "::1"));
        let mut proof = field(host, "source", &source, &rows, said, same);
        if proof.proven_by.is_empty() {
            proof.proven_by.extend(place.row.map(|r| host.ev(r).uid));
        }
        proofs.push(proof);
    }
    let at = |row: Option<RowId>, name: &str, time: Option<Timestamp>| {
        row.zip(time).map(|(row, time)| FieldProof {
            field: name.to_owned(),
            value: time.to_string(),
            proven_by: vec![host.ev(row).uid],
            contradictions: Vec::new(),
        })
    };
    let begin = rows.iter().copied().find(|&r| start == Some(host.ev(r).time)).or(draft.begin);
    proofs.extend(at(begin, "start", start));
    proofs.extend(at(end, "end", end.map(|r| host.ev(r).time)));
    proofs
}

fn field(
    host: &Host,
    name: &str,
    value: &str,
    rows: &[RowId],
    said: impl Fn(RowId) -> Option<String>,
    same: impl Fn(&str, &str) -> bool,
) -> FieldProof {
    let mut proof = FieldProof {
        field: name.to_owned(),
        value: value.to_owned(),
        proven_by: Vec::new(),
        contradictions: Vec::new(),
    };
    for &row in rows {
        let Some(text) = said(row) else { continue };
        let event_uid = host.ev(row).uid;
        if same(&text, value) {
            proof.proven_by.push(event_uid);
        } else {
            proof.contradictions.push(Contradiction { event_uid, value: text });
        }
    }
    proof
}
