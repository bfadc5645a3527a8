//! `kilroy hops`: who went from which machine to which.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_catalog::Language;
use kilroy_model::{Hop, HopMethod};

use super::{What, list};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{Format, HopsArgs};
use crate::coverage::About;
use crate::filter::HopFilter;
use crate::hops::{AddressListing, HopListing, graph};
use crate::notice;
use crate::output::{Printer, count};
use crate::rows::HostNames;
use crate::settings::Output;

pub(crate) fn run(args: &HopsArgs) -> Result<Outcome> {
    let output = Output::of(args.output);
    let filter = HopFilter::of(args)?;
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let about = About::sessions(&args.actor);
    if args.addresses {
        let mut rows = case.host_addresses()?;
        rows.retain(|row| filter.takes_address(row));
        let names = HostNames::of(rows.iter().map(|row| row.host.as_str()));
        return list(&case, AddressListing::of(&rows, &names), What::Addresses, &about, args.page, output);
    }
    let mut hops: Vec<Hop> = Vec::new();
    let mut plain = 0_u64;
    let hides =
        output.format == Format::Table && args.export.is_none() && !args.all && args.method.is_empty();
    let mut take = |hop: Hop| {
        if !filter.takes(&hop) {
            return;
        }
        if hides && matches!(hop.method, HopMethod::Smb | HopMethod::Network) {
            plain += 1;
        } else {
            hops.push(hop);
        }
    };
    // Proofs are the larger part of the table, and only JSON shows them.
    if matches!(output.format, Format::Json | Format::Jsonl | Format::Csv) && args.export.is_none() {
        case.each_hop(&mut take)?;
    } else {
        case.each_hop_in_brief(&mut take)?;
    }
    if let Some(format) = args.export {
        let mut printer = Printer::stdout(output.look);
        printer.text(graph(&hops, format).as_bytes())?;
        printer.finish()?;
        return Ok(Outcome::Done);
    }
    let names = HopListing::names(&hops);
    let outcome = list(&case, HopListing::of(&hops, &names), What::Hops, &about, args.page, output)?;
    if plain > 0 {
        let plain = count(plain);
        notice::hint(&match output.look.language {
            Language::English => format!("{plain} plain network logons between hosts are not shown (--all)"),
            Language::Korean => {
                format!("호스트 사이의 단순 네트워크 로그온 {plain}개는 표시하지 않음(--all)")
            }
        });
    }
    Ok(outcome)
}
