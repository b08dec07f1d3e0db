//! `record`: the recorder alone, into a file; no server is involved.
//!
//! The file is a fragmented MP4: what is written until a crash plays.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chaperone_capture::{Desktop, FrameRate, FrameSource, Next, Request, Target, WindowId};
use chaperone_tasks::Thread;
use serde::Serialize;

use crate::ambient;
use crate::cli::RecordOptions;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::Output;
use crate::video::VideoTrack;

/// The longest wait for a picture before the recorder looks up: how soon it stops.
const LOOK_UP: Duration = Duration::from_millis(100);

/// What was recorded.
#[derive(Debug, Serialize)]
struct Recorded {
    file: String,
    seconds: f64,
    pictures: u64,
    bytes: u64,
}

/// Records until Ctrl-C or the time given is over.
///
/// # Errors
/// What keeps the picture from being taken, encoded or written.
pub async fn record(options: &RecordOptions, output: Output) -> Outcome<()> {
    let rate = FrameRate::new(options.fps)
        .ok_or_else(|| Failure::new(Exit::Usage, "pictures per second must lie within 1 and 60"))?;
    // A display that is named is meant, whatever desktop this is.
    let desktop = match options.display.clone() {
        Some(display) => Desktop { x11: Some(display), wayland: None },
        None => ambient::desktop(),
    };
    let request = Request {
        desktop,
        target: options.window.map_or(Target::Screen, |id| Target::Window(WindowId(id))),
        rate,
    };
    let file = File::create_new(&options.out)
        .or_fail(Exit::Failed, format!("{} cannot be made", options.out.display()))?;
    let stop = Arc::new(AtomicBool::new(false));
    let limit = options.seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
    let (done, is_done) = tokio::sync::oneshot::channel();
    let thread = Thread::start("record", {
        let (stop, fps) = (Arc::clone(&stop), options.fps);
        move || {
            let result = run(&request, fps, file, limit, &stop);
            done.send(()).ok();
            result
        }
    })
    .or_fail(Exit::Failed, "the recording thread cannot be started")?;
    tokio::select! {
        _ = is_done => {}
        pressed = tokio::signal::ctrl_c() => {
            pressed.or_fail(Exit::Failed, "cannot wait for Ctrl-C")?;
            stop.store(true, Ordering::Relaxed);
        }
    }
    let (seconds, pictures, bytes) = thread.join().map_err(anyhow::Error::from)??;
    let recorded = Recorded { file: options.out.display().to_string(), seconds, pictures, bytes };
    output.answer(&recorded, || {
        let megabytes = bytes / 100_000;
        format!(
            "{}: {seconds:.1} s, {pictures} pictures, {}.{} MB",
            recorded.file,
            megabytes / 10,
            megabytes % 10
        )
    });
    Ok(())
}

fn run(
    request: &Request,
    fps: u8,
    mut file: File,
    limit: Option<Duration>,
    stop: &AtomicBool,
) -> Outcome<(f64, u64, u64)> {
    let mut source: Box<dyn FrameSource> =
        chaperone_capture::open(request).or_fail(Exit::Failed, "the screen cannot be recorded")?;
    let began = ambient::now();
    let mut video = VideoTrack::new(fps);
    let (mut pictures, mut bytes) = (0_u64, 0_u64);
    let mut write = |payload: &[u8]| -> Outcome<()> {
        file.write_all(payload).or_fail(Exit::Failed, "the recording cannot be written")?;
        bytes += u64::try_from(payload.len()).unwrap_or(u64::MAX);
        Ok(())
    };
    let mut second_ends = Duration::from_secs(1);
    loop {
        let elapsed = ambient::now().since(began);
        if stop.load(Ordering::Relaxed) || limit.is_some_and(|limit| elapsed >= limit) {
            break;
        }
        if elapsed >= second_ends {
            if let Some(segment) = video.close(elapsed) {
                write(&segment.payload)?;
            }
            second_ends += Duration::from_secs(1);
            continue;
        }
        let wait = LOOK_UP.min(second_ends.saturating_sub(elapsed));
        match source.next(Instant::now() + wait) {
            Next::Unchanged => {}
            Next::Frame(frame) => {
                let taken = ambient::now().since(began).saturating_sub(frame.taken_at.elapsed());
                let closed =
                    video.push(&frame, taken).or_fail(Exit::Failed, "a picture cannot be encoded")?;
                pictures += 1;
                if let Some(segment) = closed {
                    write(&segment.payload)?;
                }
            }
            Next::Gone(gone) if gone.is_final() => {
                return Err(Failure::new(Exit::Failed, "the screen cannot be recorded any more")
                    .because(anyhow::anyhow!("{gone:?}")));
            }
            Next::Gone(_) => std::thread::sleep(wait),
        }
    }
    let end = ambient::now().since(began);
    // The last picture is shown until the very end.
    let closed = video.repeat(end).or_fail(Exit::Failed, "the last picture cannot be encoded")?;
    for segment in closed.into_iter().chain(video.close(end + Duration::from_millis(1))) {
        write(&segment.payload)?;
    }
    file.sync_all().or_fail(Exit::Failed, "the recording cannot be written")?;
    Ok((end.as_secs_f64(), pictures, bytes))
}
