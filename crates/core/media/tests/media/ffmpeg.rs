//! ffmpeg and ffprobe judge what was written.

#![expect(clippy::disallowed_methods, reason = "the judge is a program that reads a file")]

use std::path::Path;
use std::process::{Command, Output};

use chaperone_media::{Ending, Joiner, Plan};

use crate::film::{SECOND, STEP, Stored, assemble, baseline, high, record};

fn run(program: &str, arguments: &[&str], file: &Path) -> Output {
    let output = Command::new(program)
        .args(["-v", "warning"])
        .args(arguments)
        .arg(file)
        .output()
        .expect("ffmpeg is installed");
    assert!(output.status.success(), "{program}: {output:?}");
    output
}

/// Presentation times of all decoded pictures, in ticks.
fn decoded_times(file: &Path) -> Vec<u64> {
    let arguments = ["-select_streams", "v:0", "-show_entries", "frame=pts,width,height", "-of", "csv=p=0"];
    let output = run("ffprobe", &arguments, file);
    assert!(output.stderr.is_empty(), "warnings: {output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines()
        .map(|line| line.split(',').next().and_then(|pts| pts.parse().ok()).expect("a time"))
        .collect()
}

fn duration(file: &Path) -> f64 {
    let arguments = ["-show_entries", "format=duration", "-of", "csv=p=0"];
    let output = run("ffprobe", &arguments, file);
    String::from_utf8(output.stdout).expect("text").trim().parse().expect("a duration")
}

fn join(stored: &[Stored], end: u64) -> Plan {
    let mut joiner = Joiner::new();
    for stored in stored {
        joiner.add(&stored.piece()).expect("a segment");
    }
    let ending = Ending { end, segments: stored.len() as u64, created: 1_790_000_000 };
    joiner.finish(&ending).expect("a plan")
}

#[test]
fn joined_file_decodes_with_every_picture_at_its_time_across_a_resize() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = (baseline(), high());
    // Unchanged from 2.1 s to 5.05 s, and from 7.05 s to the end.
    let resize = 5 * SECOND + STEP / 2;
    let stored = record(&[(&small, STEP), (&large, resize)], 9 * SECOND);
    let plan = join(&stored, 9 * SECOND);
    let file = folder.path().join("joined.mp4");
    std::fs::write(&file, assemble(&plan, &stored)).expect("a file");

    let mut expected: Vec<u64> = (0..20).map(|n| STEP + n * STEP).collect();
    expected.extend((0..20).map(|n| resize + n * STEP));
    expected[0] = 0;
    assert_eq!(decoded_times(&file), expected);
    assert!((duration(&file) - 9.0).abs() < 0.001);
    assert_eq!(plan.gaps, []);
    assert_eq!(plan.samples, 40);
    let output = Command::new("ffmpeg")
        .args(["-v", "warning", "-xerror", "-err_detect", "explode", "-i"])
        .arg(&file)
        .args(["-f", "null", "-"])
        .output()
        .expect("ffmpeg is installed");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn payloads_back_to_back_are_a_fragmented_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let stored = record(&[(&high(), STEP)], 4 * SECOND);
    let stream: Vec<u8> = stored.iter().filter_map(|stored| stored.payload.clone()).flatten().collect();
    let file = folder.path().join("stream.mp4");
    std::fs::write(&file, stream).expect("a file");
    let expected: Vec<u64> = (0..20).map(|n| STEP + n * STEP).collect();
    assert_eq!(decoded_times(&file), expected);
}

#[test]
fn colour_size_and_start_are_what_the_recorder_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let stored = record(&[(&baseline(), 0)], 3 * SECOND);
    let file = folder.path().join("joined.mp4");
    std::fs::write(&file, assemble(&join(&stored, 3 * SECOND), &stored)).expect("a file");
    let arguments = [
        "-show_entries",
        "stream=codec_name,profile,width,height,sample_aspect_ratio,color_range,color_space:format_tags=creation_time",
        "-of",
        "default=nk=1:nw=1",
    ];
    let text = String::from_utf8(run("ffprobe", &arguments, &file).stdout).expect("text");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["h264", "Constrained Baseline", "64", "48", "1:1", "tv", "bt709", "2026-09-21T14:13:20.000000Z"]
    );
}

#[test]
fn seeking_lands_on_the_picture_of_that_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = (baseline(), high());
    let stored = record(&[(&small, 0), (&large, 4 * SECOND)], 8 * SECOND);
    let file = folder.path().join("joined.mp4");
    std::fs::write(&file, assemble(&join(&stored, 8 * SECOND), &stored)).expect("a file");
    for (second, size) in [("1", 64 * 48), ("1.55", 64 * 48), ("5.5", 96 * 64)] {
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-ss", second, "-i"])
            .arg(&file)
            .args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-autoscale", "0", "-"])
            .output()
            .expect("ffmpeg is installed");
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        assert_eq!(output.stdout.len(), size, "the picture at {second}");
    }
}
