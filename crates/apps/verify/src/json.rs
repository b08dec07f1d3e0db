//! What is printed for programs: one object a line. The words are stable and stand in `docs/format.md`, section 8.

use std::path::Path;

use chaperone_evidence::TrackKind;
use chaperone_evidence::verify::{Ended, Finding, Report, TrackReport};
use serde::Serialize;

use crate::Exit;
use crate::audit::{Opened, Signed, Standing};

#[derive(Serialize)]
struct Judged<'a> {
    bundle: String,
    exit: u8,
    verdict: &'static str,
    session: Option<String>,
    user: Option<&'a str>,
    secret: Option<&'a str>,
    target: Option<&'a str>,
    witness: Option<Witness>,
    ended: Option<&'static str>,
    not_before_ms: Option<u64>,
    not_after_ms: Option<u64>,
    key_set: Option<u64>,
    tracks: Vec<Track>,
    findings: Vec<Found<'a>>,
    findings_left_out: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<&'static str>,
}

#[derive(Serialize)]
struct Unreadable {
    bundle: String,
    exit: u8,
    verdict: &'static str,
    error: String,
}

#[derive(Serialize)]
struct Witness {
    kind: &'static str,
    device: String,
}

#[derive(Serialize)]
struct Track {
    track: u32,
    kind: &'static str,
    segments: u64,
    end_ms: u64,
    gaps: u64,
    received_ms: Option<u64>,
}

#[derive(Serialize)]
struct Found<'a> {
    code: &'static str,
    track: Option<u32>,
    first: Option<u64>,
    last: Option<u64>,
    from_ms: Option<u64>,
    to_ms: Option<u64>,
    words: &'a str,
}

#[derive(Serialize)]
struct Audit<'a> {
    absent: Vec<Absent<'a>>,
    lines: u64,
    heads: u64,
    signed_lines: u64,
    signed_ms: Option<u64>,
}

#[derive(Serialize)]
struct Absent<'a> {
    session: &'a str,
    line: u64,
    opened_ms: u64,
}

/// A bundle's line.
///
/// # Errors
/// It cannot be put into JSON, which no value here can bring about.
pub(crate) fn bundle(
    path: &Path,
    judged: &anyhow::Result<Report>,
    standing: &Standing,
) -> serde_json::Result<String> {
    let bundle = path.display().to_string();
    let report = match judged {
        Ok(report) => report,
        Err(error) => {
            let exit = Exit::Broken as u8;
            let error = format!("{error:#}");
            return serde_json::to_string(&Unreadable { bundle, exit, verdict: "broken", error });
        }
    };
    let opening = report.opening.as_ref();
    let exit = Exit::from(report.verdict).max(standing.exit());
    serde_json::to_string(&Judged {
        bundle,
        exit: exit as u8,
        verdict: if standing.exit() == Exit::Broken { "broken" } else { report.verdict.code() },
        session: opening.map(|opening| opening.session.to_string()),
        user: opening.map(|opening| opening.user_name.as_str()),
        secret: opening.map(|opening| opening.secret_name.as_str()),
        target: opening.map(|opening| opening.target.as_str()),
        witness: opening.map(|opening| Witness { kind: "workstation", device: opening.device.to_string() }),
        ended: report.ended.map(Ended::code),
        not_before_ms: opening.map(|opening| opening.opened_ms),
        not_after_ms: report.whole_ms,
        key_set: report.key_set,
        tracks: report.tracks.iter().map(track).collect(),
        findings: report.findings.iter().map(found).collect(),
        findings_left_out: report.left_out,
        audit: standing.code(),
    })
}

/// The audit log's line: sessions it opened of which no bundle was given, and how far it is signed.
///
/// # Errors
/// As [`bundle`].
pub(crate) fn audit(absent: &[Opened], lines: u64, signed: &Signed) -> serde_json::Result<String> {
    let absent = absent.iter().map(|opened| Absent {
        session: &opened.session,
        line: opened.line,
        opened_ms: opened.at_ms,
    });
    let Signed { heads, lines: signed_lines, at_ms: signed_ms } = *signed;
    serde_json::to_string(&Audit { absent: absent.collect(), lines, heads, signed_lines, signed_ms })
}

pub(crate) const fn kind(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Video => "video",
        TrackKind::Stills => "stills",
    }
}

fn track(report: &TrackReport) -> Track {
    let TrackReport { track, kind: of, segments, end_ms, gaps, received_ms, .. } = *report;
    Track { track, kind: kind(of), segments, end_ms, gaps, received_ms }
}

fn found(finding: &Finding) -> Found<'_> {
    Found {
        code: finding.code.code(),
        track: finding.track,
        first: finding.first,
        last: finding.last,
        from_ms: finding.from_ms,
        to_ms: finding.to_ms,
        words: &finding.words,
    }
}
