//! What is no bundle, what nobody can call a bundle, and the command line.

use std::process::Command;

use chaperone_evidence::bundle::{Form, HEAD, Layout, SECTION_HEAD_LEN, SectionKind};
use chaperone_evidence::verify::{Report, Statements, Verdict};

use crate::parts::Parts;
use crate::programs::{both, ours, tests_dir};
use crate::world::{key_sets, keys};

/// The judgement on bytes in memory, segments handed in `piece` bytes at a time; nothing where they are no bundle.
pub(crate) fn judge(bytes: &[u8], piece: usize) -> Option<Report> {
    let mut layout = Layout::new(Form::Bundle, bytes.len() as u64, bytes)?;
    while let Some(at) = layout.wants() {
        let at = usize::try_from(at).unwrap();
        layout.head(bytes[at..at + SECTION_HEAD_LEN].try_into().unwrap());
    }
    let (sections, findings) = layout.finish();
    let mut statements = Statements::new(keys().root.public().id());
    statements.layout(findings);
    let content = |start: u64, length: u64| {
        &bytes[usize::try_from(start).unwrap()..][..usize::try_from(length).unwrap()]
    };
    for section in &sections {
        statements.take(section.kind, content(section.start, section.length));
    }
    if sections.iter().any(|section| section.kind == SectionKind::Film) {
        // What became one by a changed bit is none.
        statements.film(None, 0, 0);
    }
    let mut tracks = statements.tracks(Form::Bundle);
    for section in sections.iter().filter(|section| section.kind == SectionKind::Segments) {
        tracks.begin();
        content(section.start, section.length).chunks(piece).for_each(|piece| tracks.push(piece));
        tracks.end();
    }
    Some(tracks.finish())
}

fn kept(name: &str) -> Vec<u8> {
    std::fs::read(tests_dir().join("golden").join(format!("{name}.bundle"))).unwrap()
}

#[test]
fn a_flipped_bit_anywhere_in_a_whole_bundle_is_found() {
    let whole = kept("whole");
    // Every third byte: each field of each part is longer than that, and there are eight segments alike.
    for at in (0..whole.len()).step_by(3) {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        let verdict = judge(&changed, 1 << 16).map(|report| report.verdict);
        assert!(matches!(verdict, None | Some(Verdict::Broken)), "byte {at}");
    }
}

#[test]
fn every_cut_of_a_whole_bundle_is_found() {
    let whole = kept("whole");
    for at in (0..whole.len()).step_by(29) {
        let verdict = judge(&whole[..at], 1 << 16).map(|report| report.verdict);
        assert!(matches!(verdict, None | Some(Verdict::Broken)), "cut at {at}");
    }
}

#[test]
fn both_say_the_same_of_any_changed_bundle() {
    let whole = kept("film");
    let film = Parts::read(&whole).start(SectionKind::Film);
    let flipped = (0..whole.len()).step_by(41).map(|at| {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        (at, changed)
    });
    let cut = (0..whole.len()).step_by(389).map(|at| (at, whole[..at].to_vec()));
    let dir = tempfile::tempdir().unwrap();
    let (changed, paths): (Vec<usize>, Vec<_>) = flipped
        .chain(cut)
        .enumerate()
        .map(|(number, (at, bytes))| {
            let path = dir.path().join(format!("{number:03}"));
            std::fs::write(&path, bytes).unwrap();
            (at, path)
        })
        .unzip();
    let said = both(&[], &paths);
    for (at, line) in changed.iter().zip(&said.lines) {
        // Not everything in a film's head says something about its pictures.
        assert!(line["exit"] == 2 || *at >= film, "byte {at}: {line:#}");
    }
}

#[test]
fn the_size_of_the_pieces_makes_no_difference() {
    let mut changed = kept("two-tracks");
    let damaged = Parts::read(&changed).start(SectionKind::Segments) + 1234;
    changed[damaged] ^= 4;
    let at_once = judge(&changed, 1 << 20).unwrap();
    assert_eq!(at_once.verdict, Verdict::Broken);
    for piece in [1, 2, 7, 400, 4096] {
        let report = judge(&changed, piece).unwrap();
        assert_eq!((report.findings, report.tracks), (at_once.findings.clone(), at_once.tracks.clone()));
    }
}

#[test]
fn what_is_no_bundle_is_said_to_be_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut zeros = HEAD.to_vec();
    zeros.extend([0; 5000]);
    let mut huge = HEAD.to_vec();
    huge.extend([3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0]);
    let paths = vec![
        path("empty", b""),
        path("text", b"chaperone-bundle 2\n and more"),
        path("head-only", HEAD),
        path("zeros", &zeros),
        path("huge-length", &huge),
        dir.path().join("not-there"),
        dir.path().to_owned(),
    ];
    let said = both(&[], &paths);
    assert_eq!(said.exit, Some(2));
    let errors: Vec<bool> = said.lines.iter().map(|line| line.get("error").is_some()).collect();
    assert_eq!(errors, [true, true, false, false, false, true, true]);
    assert!(said.lines.iter().all(|line| line["exit"] == 2));
}

#[test]
fn sections_without_end_are_refused_in_bounded_memory() {
    let mut many = HEAD.to_vec();
    many.extend([1, 0, 0, 0, 0, 0, 0, 0, 0].repeat(5000));
    let report = judge(&many, 1 << 16).unwrap();
    assert!(report.findings.len() <= 600, "{}", report.findings.len());
    assert_eq!(report.verdict, Verdict::Broken);
}

#[test]
fn another_root_proves_nothing() {
    let path = tests_dir().join("golden/whole.bundle");
    let run = Command::new(env!("CARGO_BIN_EXE_chaperone-verify"))
        .args(["--root", &keys().stranger.public().id().in_groups()])
        .arg(path)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.contains("BROKEN") && text.contains("another root"), "{text}");
}

#[test]
fn people_read_what_was_proven_and_whose_word_it_is() {
    let root = keys().root.public().id().to_string();
    let run = Command::new(env!("CARGO_BIN_EXE_chaperone-verify"))
        .args(["--root", &root])
        .arg(tests_dir().join("golden/gaps.bundle"))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    let text = String::from_utf8(run.stdout).unwrap();
    for words in [
        "UNTOUCHED",
        "alice with db01 root on db01.example:22",
        "the workstation",
        "2026-11-22T00:00:00Z",
        "- gap, track 0, 0:00:02.000 to 0:00:04.000, segments 2 to 3: screen-locked",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_three() {
    for arguments in [&[][..], &["--root", "12", "x"], &["x"], &["--root"]] {
        let run = Command::new(env!("CARGO_BIN_EXE_chaperone-verify")).args(arguments).output().unwrap();
        assert_eq!(run.status.code(), Some(3), "{arguments:?}");
    }
}

#[test]
fn a_key_set_of_another_root_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key-set");
    let mut bytes = key_sets()[2].clone();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let said = ours(&["--key-set", path.to_str().unwrap()], &[tests_dir().join("golden/whole.bundle")]);
    assert_eq!(said.exit, Some(2));
}
