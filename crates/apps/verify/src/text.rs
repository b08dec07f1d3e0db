//! What is printed for people.

use std::fmt::Write as _;
use std::path::Path;

use chaperone_evidence::verify::{Ended, Finding, Report, Verdict, Weight};

use crate::Exit;
use crate::audit::{Opened, Signed, Standing};
use crate::json::kind;

/// What was found out about a bundle.
pub(crate) fn bundle(path: &Path, judged: &anyhow::Result<Report>, standing: &Standing) -> String {
    let path = path.display();
    let report = match judged {
        Ok(report) => report,
        Err(error) => return format!("{path}\n  NOT VERIFIABLE: {error:#}"),
    };
    let exit = Exit::from(report.verdict).max(standing.exit());
    let verdict = match exit {
        Exit::Complete => "COMPLETE: nothing is missing, nothing was changed",
        Exit::Gaps => "UNTOUCHED, with gaps that name themselves",
        Exit::Broken | Exit::Usage => "BROKEN: altered, cut, missing or not verifiable",
    };
    let mut lines = vec![path.to_string(), format!("  {verdict}")];
    if let Some(opening) = &report.opening {
        lines.push(format!("  session   {}", opening.session));
        lines.push(format!(
            "  of        {} with {} on {}",
            opening.user_name, opening.secret_name, opening.target
        ));
        lines.push(format!("  witness   the workstation (device {})", opening.device));
        lines.push(format!("  not before {} (the server's opening record)", wall(opening.opened_ms)));
    }
    if let Some(whole_ms) = report.whole_ms {
        lines.push(format!("  not after  {} (the server's closing receipt)", wall(whole_ms)));
    }
    if let Some(ended) = report.ended {
        lines.push(format!("  ended     {}", Ended::code(ended)));
    }
    for track in &report.tracks {
        let received = track.received_ms.map_or_else(String::new, |at| format!(", held by {}", wall(at)));
        lines.push(format!(
            "  track {}   {}: {} segments proven, up to {}{received}",
            track.track,
            kind(track.kind),
            track.segments,
            clock(track.end_ms),
        ));
    }
    lines.extend(report.findings.iter().map(|finding| format!("  {}", told(finding))));
    if report.left_out > 0 {
        lines.push(format!("  and {} more", report.left_out));
    }
    if let Some(words) = standing.words() {
        lines.push(format!("  audit log: {words}"));
    }
    if report.verdict == Verdict::Complete && exit == Exit::Complete {
        lines.push(
            "  What the picture showed is the witness's word; this proves that it was kept.".to_owned(),
        );
    }
    lines.join("\n")
}

/// How far the audit log is signed, and the sessions it opened of which no bundle was given.
pub(crate) fn audit(absent: &[Opened], lines: u64, signed: &Signed) -> String {
    let signed = match signed.at_ms {
        None => format!("The audit log has {lines} lines. NONE OF THEM IS SIGNED."),
        Some(at_ms) => format!(
            "The audit log has {lines} lines, of which {} are signed, by {} heads, the last one at {}.",
            signed.lines,
            signed.heads,
            wall(at_ms)
        ),
    };
    format!("{signed}\n{}", sessions(absent))
}

fn sessions(absent: &[Opened]) -> String {
    if absent.is_empty() {
        return "Every session in the audit log is among these bundles.".to_owned();
    }
    let line = |opened: &Opened| {
        format!("  {} opened {} (line {}): NO BUNDLE", opened.session, wall(opened.at_ms), opened.line)
    };
    let lines: Vec<String> = absent.iter().map(line).collect();
    format!("Sessions in the audit log without a bundle:\n{}", lines.join("\n"))
}

fn told(finding: &Finding) -> String {
    let mark = match finding.code.weight() {
        Weight::Named => "-",
        Weight::Fault => "!",
    };
    let mut out = format!("{mark} {}", finding.code.code());
    let add = |out: &mut String, text: std::fmt::Arguments<'_>| {
        // Writing into a string cannot fail.
        out.write_fmt(text).unwrap_or_default();
    };
    if let Some(track) = finding.track {
        add(&mut out, format_args!(", track {track}"));
    }
    if let Some(from) = finding.from_ms {
        let to = finding.to_ms.map_or_else(|| "the end".to_owned(), clock);
        add(&mut out, format_args!(", {} to {to}", clock(from)));
    }
    match (finding.first, finding.last) {
        (Some(first), Some(last)) if first == last => add(&mut out, format_args!(", segment {first}")),
        (Some(first), Some(last)) => add(&mut out, format_args!(", segments {first} to {last}")),
        (Some(first), None) => add(&mut out, format_args!(", from segment {first} on")),
        (None, _) => {}
    }
    add(&mut out, format_args!(": {}", finding.words));
    out
}

/// Session time as h:mm:ss.mmm.
fn clock(ms: u64) -> String {
    let (seconds, ms) = (ms / 1000, ms % 1000);
    format!("{}:{:02}:{:02}.{ms:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Wall time in UTC; the bare number where it is beyond all calendars.
fn wall(ms: u64) -> String {
    let stamp = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    stamp.map_or_else(|| format!("{ms} ms"), |stamp| stamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_clocks() {
        assert_eq!(clock(3_723_004), "1:02:03.004");
        assert_eq!(wall(1_795_305_600_000), "2026-11-22T00:00:00Z");
        assert_eq!(wall(u64::MAX), format!("{} ms", u64::MAX));
    }
}
