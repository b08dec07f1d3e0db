//! A reader of the format that shares no code with ffmpeg: GStreamer's `qtdemux` takes the joined file apart.

#![expect(clippy::disallowed_methods, reason = "the judge is a program that reads a file")]

use std::process::Command;

use chaperone_media::{Ending, Joiner};

use crate::film::{SECOND, STEP, assemble, baseline, high, record};

#[test]
fn another_reader_finds_every_sample_with_its_bytes_time_and_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = (baseline(), high());
    let stored = record(&[(&small, 0), (&large, 4 * SECOND + STEP / 2), (&small, 7 * SECOND)], 9 * SECOND);
    let mut joiner = Joiner::new();
    for stored in &stored {
        joiner.add(&stored.piece()).expect("a segment");
    }
    let ending = Ending { end: 9 * SECOND, segments: stored.len() as u64, created: 0 };
    let plan = joiner.finish(&ending).expect("a plan");
    let (file, out) = (folder.path().join("joined.mp4"), folder.path().join("samples"));
    std::fs::write(&file, assemble(&plan, &stored)).expect("a file");

    let output = Command::new("gst-launch-1.0")
        .args(["-v", "filesrc"])
        .arg(format!("location={}", file.display()))
        .args(["!", "qtdemux", "!", "identity", "silent=false", "!", "filesink"])
        .arg(format!("location={}", out.display()))
        .env("GST_REGISTRY_FORK", "no")
        .env("GST_REGISTRY", folder.path().join("registry"))
        .output()
        .expect("GStreamer's tools are installed");
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}{}", String::from_utf8_lossy(&output.stderr));

    let data: Vec<u8> = assemble(&plan, &stored).split_off(plan.header.len());
    assert!(std::fs::read(&out).expect("samples") == data, "other bytes than the segments'");
    let told: Vec<&str> =
        words.lines().filter(|line| line.contains("chain") && line.contains("pts:")).collect();
    assert_eq!(told.len(), plan.samples);
    let at = |time: &str| told.iter().filter(|line| line.contains(&format!("pts: {time}"))).count();
    for time in ["0:00:00.000000000", "0:00:01.900000000", "0:00:04.050000000", "0:00:07.000000000"] {
        assert_eq!(at(time), 1, "{time}: {told:#?}");
    }
    for size in ["width=(int)64, height=(int)48", "width=(int)96, height=(int)64"] {
        assert!(words.contains(size), "{size}: {words}");
    }
}
