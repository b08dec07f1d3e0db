//! From the screen to the disk: how long what was drawn can still be lost.
//!
//! A window ticks; the film says which picture shows which tick; strace says when which byte was on the disk. The rival
//! writes its film in pieces of a second too; it never brings them to the disk, so writing counts for it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, ensure};
use chaperone_suite::display::Display;
use chaperone_suite::film::pictures::Pictures;
use chaperone_suite::film::positions;
use chaperone_suite::marks::Marked;
use chaperone_suite::marks::pattern::Ticks;
use chaperone_suite::process::Process;
use chaperone_suite::{programs, wait};

use super::figure::{Metric, at_share, median, tell};
use super::plan::{Part, Plan};
use super::rivals::Recorder;

const SIZE: (u16, u16) = (1920, 1080);
/// For a recorder to begin, and to end.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
const TICKS_A_SECOND: u32 = 20;

pub(super) fn run(plan: &Plan, dir: &Path) -> anyhow::Result<()> {
    let ours = delays(plan, dir, Recorder::Ours)?;
    let rival = delays(plan, dir, Recorder::X264)?;
    let name = "x264, written, not synced";
    let metric = |name| Metric { part: Part::Delay, of: "ticks", name, unit: "s" };
    tell(plan, metric("median"), median(ours.clone()), (name, median(rival.clone())), None);
    tell(plan, metric("p95"), at_share(ours, 95, 100), (name, at_share(rival, 95, 100)), None);
    Ok(())
}

/// Seconds from a tick on the screen to the disk, for each tick that was the first of a picture.
fn delays(plan: &Plan, dir: &Path, recorder: Recorder) -> anyhow::Result<Vec<f64>> {
    let dir = dir.join(format!("{recorder:?}"));
    std::fs::create_dir(&dir).context("make the recorder's folder")?;
    let size = (u32::from(SIZE.0), u32::from(SIZE.1));
    let display = Display::start(&dir, size.0, size.1)?;
    let mut window = Marked::show(display.name(), (0, 0), SIZE, false, 12)?;
    let began = (Instant::now(), SystemTime::UNIX_EPOCH.elapsed().context("read the clock")?);
    let (film_path, trace_path) = (dir.join("film.mp4"), dir.join("trace"));
    let mut command = traced(plan, recorder, (display.name(), size), &film_path, &trace_path)?;
    let mut process = Process::start("traced", &mut command, &dir, false)?;
    wait::until_true("the recorder's file", PATIENCE, || film_path.exists())?;
    window.tick_for(Duration::from_secs(u64::from(plan.seconds)), TICKS_A_SECOND)?;
    let status = process.wait(PATIENCE)?;
    ensure!(status.success(), "{} ended with {status}: {}", recorder.name(), process.log());

    let kept = kept(&std::fs::read_to_string(&trace_path).context("read the trace")?, recorder);
    ensure!(!kept.is_empty(), "the trace of {} shows nothing written", recorder.name());
    let pictures = Pictures::decode(&film_path)?;
    let ticks = Ticks::new(size.0, size.1, 12);
    let mut delays = Vec::new();
    for (picture, end) in pictures.luma()?.zip(positions(&film_path)?) {
        let (Some(tick), Some(at)) = (ticks.read(picture), kept.iter().find(|kept| kept.bytes >= end)) else {
            continue;
        };
        let drawn = window.drawn().get(usize::try_from(tick)?).context("a tick nobody drew")?;
        let drawn = drawn.after.duration_since(began.0) + began.1;
        delays.push(at.at - drawn.as_secs_f64());
    }
    // The picture repeated at the end shows a tick of long ago.
    delays.pop();
    Ok(delays)
}

fn traced(
    plan: &Plan,
    recorder: Recorder,
    screen: (&str, (u32, u32)),
    film_path: &Path,
    trace_path: &Path,
) -> anyhow::Result<Command> {
    let mut inner = recorder.command(plan, screen, film_path, plan.seconds)?;
    if recorder != Recorder::Ours {
        inner = pieces(&inner, film_path);
    }
    let mut strace = Command::new(programs::installed(&["strace"])?);
    strace.args([
        "-f",
        "-qq",
        "--seccomp-bpf",
        "-ttt",
        "-e",
        "signal=none",
        "-e",
        "trace=write,fdatasync",
        "-P",
    ]);
    strace.arg(film_path).arg("-o").arg(trace_path).arg("--").arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    Ok(strace)
}

/// ffmpeg's command with its film in pieces of a second, each written when it is over.
fn pieces(command: &Command, film_path: &Path) -> Command {
    let mut pieces = Command::new(command.get_program());
    pieces.args(command.get_args().filter(|argument| *argument != film_path.as_os_str()));
    pieces.args(["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-flush_packets", "1"]);
    pieces.arg(film_path);
    pieces
}

/// That many bytes of the film were kept at that time of the wall clock.
struct Kept {
    bytes: u64,
    at: f64,
}

/// Reads lines as `812 1763800000.123456 write(5, "…", 4096) = 4096`; of a call that was interrupted by another thread's,
/// the line that resumes it has the result.
fn kept(trace: &str, recorder: Recorder) -> Vec<Kept> {
    let (mut written, mut kept) = (0_u64, Vec::new());
    for line in trace.lines() {
        let mut words = line.split_whitespace();
        let (_, at) = (words.next(), words.next().and_then(|at| at.parse::<f64>().ok()));
        let (Some(at), Some((call, result))) = (at, line.rsplit_once(" = ")) else { continue };
        let Ok(result) = result.trim().parse::<u64>() else { continue };
        let is_sync = call.contains("fdatasync");
        if !is_sync {
            written += result;
        }
        if is_sync || recorder != Recorder::Ours {
            kept.push(Kept { bytes: written, at });
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "\
812 100.5 write(5, \"abc\", 3) = 3
812 100.6 fdatasync(5 <unfinished ...>
813 100.7 write(5, \"de\", 2) = 2
812 100.8 <... fdatasync resumed>) = 0
812 100.9 write(5, \"f\", 1) = -1 ENOSPC (No space left on device)
";

    fn times(recorder: Recorder) -> Vec<(u64, f64)> {
        kept(TRACE, recorder).into_iter().map(|kept| (kept.bytes, kept.at)).collect()
    }

    #[test]
    fn ours_counts_from_the_disks_answer_and_the_rival_from_writing() {
        assert_eq!(times(Recorder::Ours), [(5, 100.8)]);
        assert_eq!(times(Recorder::X264), [(3, 100.5), (5, 100.7), (5, 100.8)]);
    }
}
