//! Ended without a word at moments nobody chose: what is on the disk plays.

use std::time::{Duration, Instant, SystemTime};

use chaperone_suite::film::pictures::Pictures;
use chaperone_suite::recorder::Recorder;
use chaperone_suite::scratch::Scratch;
use rustix::process::Signal;

use super::{assert_whole, stage};

/// A second that is not over is lost, and what bringing one to the disk takes on a busy machine.
const LOST_AT_MOST: Duration = Duration::from_millis(2_000);

#[test]
fn a_killed_recording_plays_up_to_its_last_second() {
    check(4);
}

#[test]
#[ignore = "long form: fifty times"]
fn fifty_killed_recordings_play_up_to_their_last_second() {
    check(50);
}

fn check(times: u32) {
    let dir = Scratch::new().unwrap();
    let (display, mut window, _) = stage(&dir, (0, 0), (1280, 720), false);
    for time in 0..times {
        let film_path = dir.path().join(format!("{time}.mp4"));
        let from = window.ticks().clone();
        let mut recorder = Recorder::start(display.name(), &film_path, dir.path(), &[]).unwrap();
        // Any moment will do; which one it was is told when it fails.
        let chance = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos() % 1_500;
        window.tick_for(Duration::from_millis(2_200 + u64::from(chance)), 40).unwrap();
        recorder.process().signal(Signal::KILL).unwrap();
        let killed = Instant::now();
        let said = recorder.wait().unwrap();
        assert_eq!(said.status.code(), None);
        let seen = assert_whole(&Pictures::decode(&film_path).unwrap(), from);
        let last = usize::try_from(*seen.last().unwrap()).unwrap();
        let lost = killed.duration_since(window.drawn()[last].before);
        assert!(lost < LOST_AT_MOST, "killed {chance} ms into it, the film ends {lost:?} before that");
    }
}
