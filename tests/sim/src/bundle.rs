//! What a server exports of a session, and the product's own judgement on it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chaperone_evidence::bundle::{HEAD, SectionKind, section_head};
use chaperone_evidence::verify::{self, Report};

use crate::keys::Keys;
use crate::ledger::Place;
use crate::server::Row;

/// Exports `row` and `stored`, section by section as the server's `export` does.
pub(crate) fn export(keys: &Keys, row: &Row, stored: &BTreeMap<Place, Vec<u8>>) -> Vec<u8> {
    let mut bundle = HEAD.to_vec();
    let mut section = |kind, content: &[u8]| {
        bundle.extend(section_head(kind, content.len() as u64));
        bundle.extend(content);
    };
    section(SectionKind::KeySet, &keys.signed_set);
    section(SectionKind::Opening, &row.signed_opening);
    section(SectionKind::DeviceKey, keys.device.public().as_bytes());
    for plan in &row.opening.tracks {
        let of_track = stored.range((plan.track, 0)..=(plan.track, u64::MAX));
        let segments: Vec<u8> = of_track.flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        if !segments.is_empty() {
            section(SectionKind::Segments, &segments);
        }
    }
    for receipt in row.receipts.values() {
        section(SectionKind::Receipt, receipt);
    }
    let statements = [
        (SectionKind::Heartbeat, &row.heartbeat),
        (SectionKind::Closing, &row.closing),
        (SectionKind::ClosingReceipt, &row.closing_receipt),
    ];
    for (kind, bytes) in statements {
        bytes.iter().for_each(|bytes| section(kind, bytes));
    }
    bundle
}

/// Judges a bundle.
pub(crate) fn judge(keys: &Keys, bundle: &[u8]) -> anyhow::Result<Report> {
    verify::judge(&mut &*bundle, keys.root, &[])?.context("an exported bundle is none")
}
