//! Bundles beside the exported audit log.

use chaperone_seals::Digest;
use serde_json::json;

use crate::programs::both;
use crate::world::{Session, golden};

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
    assert_eq!(said.lines[3], json!({ "absent": [{ "session": absent, "line": 4, "opened_ms": 4000 }] }));
    assert_eq!(said.exit, Some(2));

    // Without the session that is absent and with the bundle that stands alone, all is well.
    let some = path("some", log(&lines[..2]).as_bytes());
    let said = both(&["--audit", some.to_str().unwrap()], &bundles[..1]);
    assert_eq!((said.exit, &said.lines[1]), (Some(0), &json!({ "absent": [] })));

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
