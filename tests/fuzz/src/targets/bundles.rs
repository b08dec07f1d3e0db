//! Bundles and outlines, put to the judge.

use std::sync::LazyLock;

use chaperone_evidence::bundle::{HEAD, OUTLINE_HEAD, SECTION_HEAD_LEN, SectionKind, section_head};
use chaperone_evidence::segment;
use chaperone_evidence::verify::{Report, Verdict, Weight, judge, judge_outline};
use chaperone_seals::Digest;

use super::seeds::{BUNDLES, BUNDLES_ROOT};

static ROOT: LazyLock<Digest> = LazyLock::new(|| {
    let bytes = hex::decode(BUNDLES_ROOT.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    Digest::from_bytes(bytes.unwrap_or_else(|| panic!("the kept root is no fingerprint")))
});

/// What is proven by the kept bundles that are complete.
static COMPLETE: LazyLock<Vec<Report>> = LazyLock::new(|| {
    let reports = BUNDLES.iter().filter_map(|bundle| judge(&mut &**bundle, *ROOT, &[]).ok().flatten());
    reports.filter(|report| report.verdict == Verdict::Complete).collect()
});

pub(super) fn bundle(mut input: &[u8]) {
    let judged = judge(&mut input, *ROOT, &[]);
    check(judged.unwrap_or_else(|error| panic!("memory cannot be read: {error}")));
}

pub(super) fn outline(mut input: &[u8]) {
    let judged = judge_outline(&mut input, *ROOT);
    check(judged.unwrap_or_else(|error| panic!("memory cannot be read: {error}")));
}

/// A verdict follows from the findings; stretches lie in order and are not empty; and what comes out complete says no
/// more and no less than a session that was recorded.
fn check(report: Option<Report>) {
    let Some(report) = report else { return };
    let worst = report.findings.iter().map(|finding| finding.code.weight()).max();
    let expected = match worst {
        None => Verdict::Complete,
        Some(Weight::Named) => Verdict::Gaps,
        Some(Weight::Fault) => Verdict::Broken,
    };
    assert!(report.verdict == expected || report.left_out > 0, "the verdict is not that of the findings");
    for track in &report.tracks {
        let mut end = 0;
        for stretch in &track.stretches {
            assert!(end <= stretch.from_ms && stretch.from_ms < stretch.to_ms, "stretches out of order");
            end = stretch.to_ms;
        }
    }
    if report.verdict == Verdict::Complete {
        let is_kept = COMPLETE.iter().any(|kept| {
            (&kept.link, &kept.tracks, kept.ended, kept.whole_ms)
                == (&report.link, &report.tracks, report.ended, report.whole_ms)
        });
        assert!(is_kept, "called complete, and it is not what was recorded");
    }
}

pub(super) fn bundle_seeds() -> Vec<Vec<u8>> {
    BUNDLES.iter().map(|bundle| bundle.to_vec()).collect()
}

pub(super) fn outline_seeds() -> Vec<Vec<u8>> {
    BUNDLES.iter().map(|bundle| outline_of(bundle)).collect()
}

/// A whole bundle without its payloads, content key and film.
fn outline_of(bundle: &[u8]) -> Vec<u8> {
    let mut rest = bundle.strip_prefix(HEAD).unwrap_or_default();
    let mut outline = OUTLINE_HEAD.to_vec();
    while let Some((head, after)) = rest.split_first_chunk::<SECTION_HEAD_LEN>() {
        let [number, length @ ..] = *head;
        let length = usize::try_from(u64::from_be_bytes(length)).unwrap_or_default();
        let (content, after) = after.split_at(length.min(after.len()));
        rest = after;
        let Some(kind) = SectionKind::from_number(number) else { continue };
        if matches!(kind, SectionKind::ContentKey | SectionKind::Film) {
            continue;
        }
        let headers: Vec<u8>;
        let kept = if kind == SectionKind::Segments {
            let found = segment::read_all(content).flatten();
            headers = found.flat_map(|found| [&found.bytes[..4], found.header_bytes].concat()).collect();
            &headers
        } else {
            content
        };
        outline.extend(section_head(kind, kept.len() as u64));
        outline.extend(kept);
    }
    outline
}
