//! `record`: the recorder alone, into a file; no server is involved.
//!
//! The file is a fragmented MP4, brought to the disk each second: what is written until a crash plays.

mod answer;
mod film;
mod pictures;
mod processor;
mod progress;
mod recording;
mod stop;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chaperone_capture::{CaptureError, Desktop, FrameRate, Request, Target, WindowId};
use chaperone_tasks::Thread;

use self::answer::Recorded;
use self::film::Film;
use self::progress::Progress;
use self::recording::Plan;
use crate::ambient;
use crate::cli::RecordOptions;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::Output;

/// Records until it is asked to stop, the time given is over, or there is nothing left to record. The answer says what
/// was recorded, also when the recording ended otherwise than it should.
///
/// # Errors
/// What keeps the picture from being taken, encoded or written. With a recording behind it and answers in JSON, the
/// error stands in the one answer, and the status is given back.
pub async fn record(options: &RecordOptions, output: Output) -> Outcome<Exit> {
    let frames_per_second = if options.stills { 1 } else { options.fps };
    let rate = FrameRate::new(frames_per_second)
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
    let plan = Plan {
        frames_per_second,
        stills: options.stills,
        limit: options.seconds.map(|seconds| Duration::from_secs(u64::from(seconds))),
        window: options.window.map(WindowId),
        progress: Progress::of(output),
    };
    let stop_asked = stop::asked().or_fail(Exit::Failed, "this process cannot be told to stop")?;
    let stop = Arc::new(AtomicBool::new(false));
    let (done, is_done) = tokio::sync::oneshot::channel();
    let thread = Thread::start("record", {
        let (stop, out_path) = (Arc::clone(&stop), options.out.clone());
        move || {
            let recorded = begin(&request, &out_path, plan, &stop);
            if done.send(()).is_err() {
                tracing::debug!("Nobody waits for the recording any more");
            }
            recorded
        }
    })
    .or_fail(Exit::Failed, "the recording thread cannot be started")?;
    tokio::select! {
        _ = is_done => {}
        () = stop_asked => stop.store(true, Ordering::Relaxed),
    }
    let recorded = thread.join().map_err(anyhow::Error::from)??;
    answer(recorded, output)
}

/// Nothing is made before the screen is known to be there, and no file is left in which nothing is.
fn begin(
    request: &Request,
    out_path: &Path,
    plan: Plan,
    stop: &AtomicBool,
) -> Outcome<(Recorded, Option<Failure>)> {
    let source = chaperone_capture::open(request).map_err(cannot_record)?;
    let film = Film::create(out_path)?;
    recording::run(source, film, plan, stop)
}

fn answer((recorded, failure): (Recorded, Option<Failure>), output: Output) -> Outcome<Exit> {
    match (failure, output) {
        (None, _) => {
            output.answer(&recorded, || recorded.words());
            Ok(Exit::Done)
        }
        (Some(failure), Output::Words) => {
            output.answer(&recorded, || recorded.words());
            Err(failure)
        }
        (Some(failure), Output::Json) => {
            let exit = failure.exit();
            output.answer(&recorded.ended_by(&failure), String::new);
            Ok(exit)
        }
    }
}

fn cannot_record(error: CaptureError) -> Failure {
    let (exit, advice) = match &error {
        CaptureError::NoDisplay | CaptureError::Connect { .. } => {
            (Exit::NotFound, "Name a display that runs and lets you in, as --display :0.")
        }
        CaptureError::NotAvailable { .. } | CaptureError::MissingExtension { .. } => {
            (Exit::NotAvailable, "`chaperone doctor` says what can be recorded here.")
        }
        CaptureError::UnsupportedPixels { .. } => {
            (Exit::NotAvailable, "Start the display with 24 bits a pixel.")
        }
        CaptureError::Request { .. } | CaptureError::Memory { .. } | CaptureError::NotProven | _ => {
            (Exit::Failed, "`chaperone doctor` says what can be recorded here.")
        }
    };
    Failure::new(exit, "the screen cannot be recorded").because(error).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_status_and_something_to_do() {
        let check = |error: CaptureError, exit: Exit, advice: &str| {
            let failure = cannot_record(error);
            assert_eq!(failure.exit(), exit, "{failure}");
            assert!(failure.advice().is_some_and(|words| words.contains(advice)), "{failure}");
        };
        check(CaptureError::NoDisplay, Exit::NotFound, "--display :0");
        check(CaptureError::UnsupportedPixels { depth: 30 }, Exit::NotAvailable, "24 bits");
        check(CaptureError::NotAvailable { reason: "later".to_owned() }, Exit::NotAvailable, "doctor");
        check(CaptureError::NotProven, Exit::Failed, "doctor");
    }
}
