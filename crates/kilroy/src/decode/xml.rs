//! Records as XML, as Windows renders them, in one document.

use kilroy_evtx::RecordRef;

use super::Encode;

/// Writes records as XML.
#[derive(Debug, Default)]
pub(crate) struct XmlRecords;

impl XmlRecords {
    /// What stands before the records.
    pub(crate) const BEGIN: &'static str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n";
    /// What stands behind them.
    pub(crate) const END: &'static str = "</Events>\n";
}

impl Encode for XmlRecords {
    fn record(&mut self, record: &RecordRef<'_>, out: &mut Vec<u8>) {
        let xml = record.xml().unwrap_or_default().trim();
        // A document has one declaration, which stands at its begin.
        let bare = xml.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
        let xml = bare.map_or(xml, |(_, event)| event.trim_start());
        out.extend_from_slice(xml.as_bytes());
        out.push(b'\n');
    }
}
