//! What the record itself says of who did it, and what detectors hold of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use anyhow::Result;
use kilroy_case::{Case, CaseError};
use kilroy_catalog::Text;
use kilroy_findings::Observation;
use kilroy_findings::activity::{Belonging, Clues};
use kilroy_model::{EventUid, Finding, FindingUid, Luid};

use crate::findings::about;

/// Who a record says did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) user: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) sid: Option<String>,
    pub(crate) logon_id: Option<Luid>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: Option<u16>,
    /// The record that has the address, if it is another one of the same logon.
    pub(crate) address_from: Option<EventUid>,
}

impl Named {
    /// None if it names nobody.
    pub(super) fn by(event: &Observation) -> Option<Self> {
        let clues = Clues::of(event);
        let own = |text: Option<&str>| text.map(str::to_owned);
        let [logon_id, _] = clues.luids;
        let named = clues.user.is_some() || clues.sid.is_some() || logon_id.is_some() || clues.ip.is_some();
        named.then(|| Self {
            user: own(clues.user),
            domain: own(clues.domain),
            sid: own(clues.sid),
            logon_id,
            ip: clues.ip,
            port: clues.port,
            address_from: None,
        })
    }

    /// The logon whose address other records may have.
    pub(super) fn without_address(&self) -> Option<Luid> {
        self.logon_id.filter(|luid| self.ip.is_none() && !luid.is_fixed())
    }

    /// Takes the address of another record of the same logon.
    pub(super) fn take_address(&mut self, other: &Observation) {
        (self.ip, self.port) = (other.source.ip, other.source.port);
        self.address_from = Some(other.uid);
    }
}

/// A finding that the event is a record of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) finding: FindingUid,
    /// What it is called.
    pub(crate) title: Text,
    /// Users and sources that it names.
    pub(crate) users: Vec<String>,
    pub(crate) sources: Vec<String>,
    /// Whom it holds to have done it.
    pub(super) belonging: Option<Belonging>,
    /// Which of the records that were asked for it lists.
    pub(super) record: usize,
}

impl Told {
    fn of(finding: &Finding, records: &BTreeMap<EventUid, usize>) -> Option<Self> {
        let record = finding.records.iter().filter_map(|record| records.get(&record.event_uid)).min()?;
        Some(Self {
            finding: finding.finding_uid,
            title: about(finding).title,
            users: finding.users.clone(),
            sources: finding.sources.clone(),
            belonging: Belonging::of_finding(finding),
            record: *record,
        })
    }
}

/// The findings that list one of these records, those of the first records first.
pub(super) fn findings_on(case: &Case, records: &[EventUid]) -> Result<Vec<Told>> {
    let records: BTreeMap<EventUid, usize> = records.iter().copied().zip(0..).collect();
    let mut told = match case.findings() {
        Ok(findings) => findings.iter().filter_map(|finding| Told::of(finding, &records)).collect(),
        // Made by a version that knew of no findings.
        Err(CaseError::NotAnalysed { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    told.sort_by_key(|told: &Told| (told.record, told.finding));
    Ok(told)
}
