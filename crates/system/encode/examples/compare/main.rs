//! This encoder beside libx264 on a lossless recording of a screen: processor time, bytes and likeness.
//!
//! `cargo run --release -p chaperone-encode --example compare -- [--alone] [--pictures]
//! [--quality archive|standard|lean] [--stream OUT.h264] RECORDING...`
//!
//! Each recording (anything ffmpeg decodes without loss, at a fixed rate) is read picture by picture. This encoder gets
//! what a recorder would give it: changed 64×64 tiles, changed pictures only, key frames at most ten seconds apart. The
//! rival is `libx264 -preset veryfast -tune zerolatency -crf 28` with a key frame each second; `--alone` leaves it out;
//! `--pictures` tells each of our pictures.
//! Our time is what the encoding thread took for conversion and coding; the rival's is ffmpeg's user time, without what
//! the system spends on handing pictures over. Likeness is SSIM of luma over every picture of the recording.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]

mod clock;
mod ffmpeg;
mod likeness;
mod ours;
mod rival;

use std::path::PathBuf;
use std::process::ExitCode;

use chaperone_encode::Quality;

/// What may go wrong here is told and nothing else.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What one encoder needed for one recording.
struct Figures {
    seconds: f64,
    bytes: usize,
    /// Pictures coded, and key frames among them, where known.
    pictures: usize,
    keys: Vec<usize>,
    likeness: likeness::Likeness,
}

struct Arguments {
    quality: Quality,
    alone: bool,
    tells_pictures: bool,
    stream: Option<PathBuf>,
    recordings: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    println!(
        "{:<12} {:>7} {:>7} {:>9} {:>9} {:>8} {:>8}  key frames",
        "recording", "encoder", "cpu s", "kB", "MB/h", "SSIM", "worst"
    );
    for path in &arguments.recordings {
        let recording = ffmpeg::Recording::probe(path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (ours, truth) = ours::measure(&recording, arguments)?;
        print(&name, "ours", &ours, &recording, truth.len());
        if !arguments.alone {
            let rival = rival::measure(&recording, &truth)?;
            print(&name, "x264", &rival, &recording, truth.len());
            println!(
                "{:<12} {:>7} {:>7.3} {:>9.3}",
                name,
                "ratio",
                ours.seconds / rival.seconds,
                fraction(ours.bytes, rival.bytes)
            );
        }
    }
    Ok(())
}

fn print(name: &str, encoder: &str, figures: &Figures, recording: &ffmpeg::Recording, pictures: usize) {
    let seconds = fraction(pictures, recording.rate as usize);
    println!(
        "{name:<12} {encoder:>7} {:>7.3} {:>9.1} {:>9.1} {:>8.5} {:>8.5}  {} of {}{}",
        figures.seconds,
        fraction(figures.bytes, 1000),
        fraction(figures.bytes, 1_000_000) * 3600.0 / seconds,
        figures.likeness.mean,
        figures.likeness.worst,
        figures.keys.len(),
        figures.pictures,
        figures.keys.iter().map(|bytes| format!(" {}", bytes / 1000)).collect::<String>(),
    );
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn arguments() -> Outcome<Arguments> {
    let mut parsed = Arguments {
        quality: Quality::Standard,
        alone: false,
        tells_pictures: false,
        stream: None,
        recordings: Vec::new(),
    };
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--alone") => parsed.alone = true,
            Some("--pictures") => parsed.tells_pictures = true,
            Some("--stream") => parsed.stream = arguments.next().map(PathBuf::from),
            Some("--quality") => {
                parsed.quality = match arguments.next().as_deref().and_then(|name| name.to_str()) {
                    Some("archive") => Quality::Archive,
                    Some("standard") => Quality::Standard,
                    Some("lean") => Quality::Lean,
                    _ => return Err("--quality is archive, standard or lean".into()),
                }
            }
            _ => parsed.recordings.push(argument.into()),
        }
    }
    if parsed.recordings.is_empty() {
        return Err("name at least one recording".into());
    }
    Ok(parsed)
}
