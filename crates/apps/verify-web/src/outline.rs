//! From the bytes of an outline to the judgement a page reads.

use chaperone_evidence::verify::{self, Finding, Report, Stretch, TrackReport, Weight};
use chaperone_seals::Digest;

use crate::dto::{Judged, JudgedFinding, JudgedStretch, JudgedTrack, Judgement, Standing};

/// Length of the root's fingerprint, in bytes.
const FINGERPRINT_LEN: usize = 32;

/// Judges an outline behind its root's fingerprint; the answer is a [`Judgement`] in JSON.
#[must_use]
pub fn judgement(bytes: &[u8]) -> String {
    let judged = bytes.split_first_chunk::<FINGERPRINT_LEN>().and_then(|(root, mut outline)| {
        // What is in memory does not become shorter.
        verify::judge_outline(&mut outline, Digest::from_bytes(*root)).ok().flatten()
    });
    let judgement = judged.map_or(Judgement::NotOne, |report| Judgement::Judged(of_report(report)));
    // No value of these types fails to become JSON.
    serde_json::to_string(&judgement).unwrap_or_default()
}

fn of_report(report: Report) -> Judged {
    Judged {
        session: report.opening.as_ref().map(|opening| opening.session.to_string()),
        opened_ms: report.opening.as_ref().map(|opening| opening.opened_ms),
        ended: report.ended.map(verify::Ended::code),
        whole_ms: report.whole_ms,
        tracks: report.tracks.into_iter().map(track).collect(),
        findings: report.findings.into_iter().map(finding).collect(),
        findings_left_out: report.left_out,
    }
}

fn track(report: TrackReport) -> JudgedTrack {
    let TrackReport { track, segments, stretches, .. } = report;
    JudgedTrack { track, segments, stretches: stretches.into_iter().map(stretch).collect() }
}

fn stretch(stretch: Stretch) -> JudgedStretch {
    let Stretch { standing, from_ms, to_ms } = stretch;
    let standing = match standing {
        verify::Standing::Proven => Standing::Proven,
        verify::Standing::Gap => Standing::Gap,
        verify::Standing::Unreceipted => Standing::Unreceipted,
        verify::Standing::Missing => Standing::Missing,
        verify::Standing::Damaged => Standing::Damaged,
    };
    JudgedStretch { standing, from_ms, to_ms }
}

fn finding(finding: Finding) -> JudgedFinding {
    let Finding { code, track, from_ms, to_ms, words, .. } = finding;
    let fault = code.weight() == Weight::Fault;
    JudgedFinding { code: code.code(), fault, track, from_ms, to_ms, words }
}
