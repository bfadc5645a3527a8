//! The tables of hops, and of the addresses that hosts had: what `kilroy-findings` made of sessions and events.

use arrow_schema::{DataType, FieldRef};
use kilroy_model::{Hop, HostAddress};

use crate::made_columns::{fit, fit_own, list, may, must, record, time};
use crate::session_tables::Table;
use crate::{Case, CaseError};

impl Case {
    /// Writes the hops, in the order given.
    pub fn write_hops(&self, hops: &[Hop]) -> Result<(), CaseError> {
        self.write_table(hops)
    }

    /// Hands on the hops one by one, in the order of the table.
    pub fn each_hop(&self, sink: &mut dyn FnMut(Hop)) -> Result<(), CaseError> {
        self.each_row(&[], sink)
    }

    /// The same without `proofs` and `missing`, which are empty then.
    pub fn each_hop_in_brief(&self, sink: &mut dyn FnMut(Hop)) -> Result<(), CaseError> {
        self.each_row(&["proofs", "missing"], sink)
    }

    /// Writes the addresses that hosts had, in the order given.
    pub fn write_host_addresses(&self, addresses: &[HostAddress]) -> Result<(), CaseError> {
        self.write_table(addresses)
    }

    /// Reads the addresses that hosts had.
    pub fn host_addresses(&self) -> Result<Vec<HostAddress>, CaseError> {
        self.read_table()
    }
}

impl Table for Hop {
    const FILE: &'static str = "hops.parquet";

    fn columns() -> Vec<FieldRef> {
        vec![
            must("hop_uid", DataType::Utf8),
            must("time", time()),
            must("method", DataType::Utf8),
            may("outcome", DataType::Utf8),
            must("certainty", DataType::Utf8),
            must("sides", DataType::Utf8),
            may("source_host", DataType::Utf8),
            must("source_candidates", list(DataType::Utf8)),
            may("source_address", DataType::Utf8),
            may("source_port", DataType::UInt16),
            may("source_session", DataType::Utf8),
            may("source_user", DataType::Utf8),
            may("source_domain", DataType::Utf8),
            may("source_time", time()),
            must("target_host", DataType::Utf8),
            must("target_known", DataType::Boolean),
            may("target_address", DataType::Utf8),
            may("target_session", DataType::Utf8),
            may("user", DataType::Utf8),
            may("domain", DataType::Utf8),
            may("target_time", time()),
            may("end", time()),
            may("clock_difference_ms", DataType::Int64),
            may("clock_error_ms", DataType::UInt64),
            must("keys", list(DataType::Utf8)),
            must(
                "proofs",
                list(record(vec![
                    must("side", DataType::Utf8),
                    must("role", DataType::Utf8),
                    must("event_uid", DataType::Utf8),
                    must("log", DataType::Utf8),
                    must("event_id", DataType::UInt32),
                    must("record_id", DataType::UInt64),
                    must("time", time()),
                ])),
            ),
            must(
                "missing",
                list(record(vec![
                    must("side", DataType::Utf8),
                    must("log", DataType::Utf8),
                    must("event_id", DataType::UInt32),
                    must("why", DataType::Utf8),
                ])),
            ),
        ]
    }

    fn fit(&mut self) {
        fit_own(&mut self.time);
        for time in [&mut self.source_time, &mut self.target_time, &mut self.end] {
            fit(time);
        }
        self.proofs.iter_mut().for_each(|proof| fit_own(&mut proof.time));
    }
}

impl Table for HostAddress {
    const FILE: &'static str = "addresses.parquet";

    fn columns() -> Vec<FieldRef> {
        vec![
            must("address", DataType::Utf8),
            must("host", DataType::Utf8),
            must("first", time()),
            must("last", time()),
            must("basis", DataType::Utf8),
            must("sightings", DataType::UInt64),
            must("shared", DataType::Boolean),
            may("event_uid", DataType::Utf8),
        ]
    }

    fn fit(&mut self) {
        fit_own(&mut self.first);
        fit_own(&mut self.last);
    }
}
