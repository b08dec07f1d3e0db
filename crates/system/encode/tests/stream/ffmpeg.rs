//! The second decoder.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use chaperone_encode::{AccessUnit, Size};

/// The luma plane of one decoded picture.
pub(crate) struct Luma {
    pub(crate) size: Size,
    pub(crate) bytes: Vec<u8>,
}

/// Decodes units of one size.
pub(crate) fn decode_luma(units: &[AccessUnit]) -> Vec<Luma> {
    let arguments = ["-f", "h264", "-i", "pipe:0", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p"];
    let output = run("ffmpeg", &[&arguments[..], &["-f", "rawvideo", "pipe:1"]].concat(), units);
    let size = units[0].coded_size;
    let luma = size.width as usize * size.height as usize;
    assert_eq!(output.len() % (luma * 3 / 2), 0, "the decoder shows pictures of {size:?}");
    output.chunks(luma * 3 / 2).map(|picture| Luma { size, bytes: picture[..luma].to_vec() }).collect()
}

/// Key frame marks of every decoded picture.
pub(crate) fn probe_frames(units: &[AccessUnit]) -> Vec<bool> {
    let arguments = ["-f", "h264", "-show_entries", "frame=key_frame", "-of", "csv=p=0", "pipe:0"];
    let output = run("ffprobe", &arguments, units);
    // A picture with side data has further, empty columns.
    String::from_utf8(output).unwrap().lines().map(|line| line.starts_with('1')).collect()
}

/// What ffprobe says of the stream, one `name=value` a line.
pub(crate) fn probe_stream(units: &[AccessUnit]) -> String {
    let output = run("ffprobe", &["-f", "h264", "-show_streams", "pipe:0"], units);
    String::from_utf8(output).unwrap()
}

/// Runs a program of ffmpeg on the stream and insists that it finds nothing to complain about.
fn run(program: &str, arguments: &[&str], units: &[AccessUnit]) -> Vec<u8> {
    let stream = annex_b(units);
    let mut child = Command::new(program)
        .args(["-v", "error"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("this test needs {program} (package ffmpeg): {error}"));
    let mut input = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        scope.spawn(move || input.write_all(&stream).unwrap());
        child.wait_with_output().unwrap()
    });
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{program}: {complaints}");
    output.stdout
}

fn annex_b(units: &[AccessUnit]) -> Vec<u8> {
    const START: [u8; 4] = [0, 0, 0, 1];
    let mut stream = Vec::new();
    for unit in units {
        for set in unit.parameter_sets.iter().flat_map(|sets| [&sets.sps, &sets.pps]) {
            stream.extend_from_slice(&START);
            stream.extend_from_slice(set);
        }
        let mut rest = unit.data.as_slice();
        while let Some((length, tail)) = rest.split_first_chunk() {
            let (nal, tail) = tail.split_at(u32::from_be_bytes(*length) as usize);
            stream.extend_from_slice(&START);
            stream.extend_from_slice(nal);
            rest = tail;
        }
        assert!(rest.is_empty(), "lengths add up");
    }
    stream
}
