//! Bundles beside the exported audit log, and the log beside its signed heads.

use std::path::PathBuf;

use chaperone_evidence::AuditHead;
use chaperone_seals::{Digest, SigningKey, signed};
use serde_json::{Value, json};

use crate::programs::{both, tests_dir};
use crate::world::{NOW, Session, audit_key_set, golden, keys};

const ZEROS: Digest = Digest::from_bytes([0; 32]);

/// A log with these lines: action, subject and detail.
fn log(lines: &[(&str, &str, String)]) -> String {
    let mut text = "chaperone-audit 1\n".to_owned();
    let mut previous = ZEROS;
    for (number, (action, subject, detail)) in (1_u64..).zip(lines) {
        let at_ms = number * 1000;
        let mut bytes = b"chaperone audit line v1".to_vec();
        bytes.extend(previous.as_bytes());
        bytes.extend(number.to_be_bytes());
        bytes.extend(at_ms.to_be_bytes());
        for part in ["command-line", action, subject, detail] {
            bytes.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        let hash = Digest::of(&bytes);
        let line = json!({
            "line": number, "at_ms": at_ms, "actor": "command-line", "action": action, "subject": subject,
            "detail": detail, "previous": previous.to_string(), "hash": hash.to_string(),
        });
        text.push_str(&format!("{line}\n"));
        previous = hash;
    }
    text
}

#[test]
fn a_session_that_is_left_out_is_named() {
    let opened = |byte: u8, kinds: &[chaperone_evidence::TrackKind]| {
        let session = Session::new(byte, kinds);
        (session.opening.session.to_string(), session.link())
    };
    let video = [chaperone_evidence::TrackKind::Video];
    let (whole, whole_link) = opened(0x21, &video);
    let (gaps, _) = opened(0x22, &video);
    let (absent, absent_link) = opened(0x31, &video);
    let detail = |link: &Digest| json!({ "opening": link.to_string(), "recorded": "video" }).to_string();
    let lines = [
        ("logged-in", "alice", "{}".to_owned()),
        ("ticket-redeemed", whole.as_str(), detail(&whole_link)),
        ("ticket-redeemed", gaps.as_str(), detail(&Digest::of(b"another"))),
        ("ticket-redeemed", absent.as_str(), detail(&absent_link)),
    ];
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let bundles: Vec<_> = golden()
        .into_iter()
        .filter(|(name, _)| ["whole", "gaps", "two-tracks"].contains(name))
        .map(|(name, parts)| path(name, &parts.bytes()))
        .collect();
    let text = log(&lines);

    let all = path("audit", text.as_bytes());
    let said = both(&["--audit", all.to_str().unwrap()], &bundles);
    let standing: Vec<_> = said.lines[..3].iter().map(|line| (&line["audit"], &line["exit"])).collect();
    let expected =
        [(json!("stands"), json!(0)), (json!("other-opening"), json!(2)), (json!("unknown"), json!(2))];
    assert_eq!(standing, expected.iter().map(|(audit, exit)| (audit, exit)).collect::<Vec<_>>());
    assert_eq!(
        said.lines[3],
        json!({
            "absent": [{ "session": absent, "line": 4, "opened_ms": 4000 }],
            "lines": 4, "heads": 0, "signed_lines": 0, "signed_ms": null,
        })
    );
    assert_eq!(said.exit, Some(2));

    // Without the session that is absent and with the bundle that stands alone, all is well.
    let some = path("some", log(&lines[..2]).as_bytes());
    let said = both(&["--audit", some.to_str().unwrap()], &bundles[..1]);
    assert_eq!((said.exit, &said.lines[1]["absent"]), (Some(0), &json!([])));

    // A line changed, a line left out: the log itself is no proof any more.
    for broken in [
        text.replace("alice", "malice"),
        text.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| format!("{line}\n")).collect(),
    ] {
        let broken = path("broken", broken.as_bytes());
        let said = both(&["--audit", broken.to_str().unwrap()], &bundles[..1]);
        assert_eq!((said.exit, said.lines.len()), (Some(2), 0));
    }
}

/// Hashes of the lines of a log, in order.
fn hashes(log: &str) -> Vec<Digest> {
    let line = |text: &str| serde_json::from_str::<Value>(text).ok()?["hash"].as_str()?.parse().ok();
    log.lines().skip(1).map(|text| line(text).unwrap()).collect()
}

/// A head as it stands in files.
fn head(lines: u64, hash: Digest, at_ms: u64, key: &SigningKey) -> String {
    let statement = AuditHead { lines, head: hash, epoch: 0, server_ms: at_ms };
    let bytes = signed::sign(&statement, key);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}\n", json!({ "head": hex }))
}

/// The kept log: six lines, signed behind the third and twice behind the last.
fn signed_log() -> String {
    let whole = Session::new(0x21, &[chaperone_evidence::TrackKind::Video]);
    let opened = json!({ "opening": whole.link().to_string(), "recorded": "video" }).to_string();
    let session = whole.opening.session.to_string();
    let nothing = || "{}".to_owned();
    let lines = [
        ("first-administrator", "alice", nothing()),
        ("logged-in", "alice", nothing()),
        ("ticket-redeemed", session.as_str(), opened),
        ("session-closed", session.as_str(), nothing()),
        ("recording-viewed", session.as_str(), nothing()),
        ("audit-exported", "audit", nothing()),
    ];
    let text = log(&lines);
    let (hashes, audit) = (hashes(&text), keys().audit);
    let set: String = audit_key_set().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut out = String::new();
    for (number, line) in (0..).zip(text.lines()) {
        out.push_str(&format!("{line}\n"));
        match number {
            0 => out.push_str(&format!("{}\n", json!({ "key_set": set }))),
            3 => out.push_str(&head(3, hashes[2], NOW, &audit)),
            6 => {
                out.push_str(&head(6, hashes[5], NOW + 3_600_000, &audit));
                out.push_str(&head(6, hashes[5], NOW + 7_200_000, &audit));
            }
            _ => {}
        }
    }
    out
}

#[test]
fn a_kept_log_is_signed_and_judged_as_ever() {
    let dir = tests_dir().join("golden");
    let (log_path, heads_path) = (dir.join("audit.log"), dir.join("audit.heads"));
    let log = signed_log();
    let heads: String =
        log.lines().filter(|line| line.starts_with("{\"head\"")).map(|line| format!("{line}\n")).collect();
    if std::env::var_os("CHAPERONE_WRITE_GOLDEN").is_some() {
        std::fs::write(&log_path, &log).unwrap();
        std::fs::write(&heads_path, &heads).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&log_path).unwrap(), log);
    assert_eq!(std::fs::read_to_string(&heads_path).unwrap(), heads);
    let said = both(
        &["--audit", log_path.to_str().unwrap(), "--audit-heads", heads_path.to_str().unwrap()],
        &[dir.join("whole.bundle")],
    );
    assert_eq!(said.exit, Some(0));
    assert_eq!(
        said.lines[1],
        json!({ "absent": [], "lines": 6, "heads": 6, "signed_lines": 6, "signed_ms": NOW + 7_200_000 })
    );
}

#[test]
fn a_log_written_anew_or_cut_is_found_by_the_heads_that_left_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bundle = [tests_dir().join("golden/whole.bundle")];
    let text = signed_log();
    let audit = keys().audit;
    let lines: Vec<&str> = text.lines().collect();
    let numbers = hashes(
        &std::iter::once("")
            .chain(text.lines().filter(|line| line.contains("\"at_ms\"")))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let judged = |log: &str, heads: Option<&str>, bundles: &[PathBuf]| {
        let log = file("log", log);
        let mut options = vec!["--audit".to_owned(), log];
        if let Some(heads) = heads {
            options.extend(["--audit-heads".to_owned(), file("heads", heads)]);
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        both(&options, bundles).exit
    };
    assert_eq!(judged(&text, None, &bundle), Some(0));

    // Whoever has the audit key cuts the log behind its third line: nothing in the file tells, but what was kept does.
    let cut: String = lines[..6].iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(judged(&cut, None, &bundle), Some(0));
    let kept = head(6, numbers[5], NOW, &audit);
    assert_eq!(judged(&cut, Some(&kept), &bundle), Some(2), "its end is missing");
    assert_eq!(judged(&text, Some(&kept), &bundle), Some(0));
    let other = head(5, Digest::of(b"another line"), NOW, &audit);
    assert_eq!(judged(&text, Some(&other), &bundle), Some(2), "line 5 is another one");
    let forged = head(6, numbers[5], NOW, &keys().stranger);
    assert_eq!(judged(&text, Some(&forged), &bundle), Some(2));
    let node = head(6, numbers[5], NOW, &keys().node);
    assert_eq!(judged(&text, Some(&node), &bundle), Some(2), "a key of another role");
    assert_eq!(judged(&text, Some("{\"head\":\"00\"}\n"), &bundle), Some(2));
    assert_eq!(judged(&text, Some("no head\n"), &bundle), Some(2));

    // In the file itself.
    for (what, log) in [
        ("of another line", text.replace(lines[10].trim(), head(5, numbers[5], NOW, &audit).trim())),
        ("over no line", text.replace(lines[10].trim(), head(0, numbers[5], NOW, &audit).trim())),
        ("signed too late", text.replace(lines[10].trim(), head(6, numbers[5], u64::MAX, &audit).trim())),
        ("by a stranger", text.replace(lines[10].trim(), head(6, numbers[5], NOW, &keys().stranger).trim())),
        ("without its key set", text.replace(&format!("{}\n", lines[1]), "")),
        ("before its line", format!("{}\n{}\n{}\n{}\n", lines[0], lines[1], lines[5], lines[2])),
        ("a key set behind it", format!("{text}{}\n", lines[1])),
        ("with a field more", text.replace("{\"head\":", "{\"more\":1,\"head\":")),
    ] {
        assert_ne!(log, text, "{what}");
        assert_eq!(judged(&log, None, &bundle), Some(2), "{what}");
    }
}
