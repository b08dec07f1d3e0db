use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::*;
use crate::Size;
use crate::canvas::Pixels;

const SIZE: Size = Size::new(2, 1);

/// Plays what it is given.
#[derive(Default)]
struct Played {
    /// What is taken, in turn; each counts as told of.
    takes: VecDeque<Taking>,
    /// Signs as the system tells them from the taking on.
    is_away: bool,
    is_lost: bool,
    slept: u32,
}

enum Taking {
    Shade(u8),
    Kept,
    Gone(Gone),
    /// A picture behind which the desktop leaves the monitors.
    Leaving(u8),
    /// A picture behind which capture ends.
    Last(u8),
}

#[derive(Debug)]
struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the desktop ended")
    }
}

impl std::error::Error for Ended {}

impl Capturer for Played {
    type Lost = Ended;

    fn backend(&self) -> Backend {
        Backend::X11
    }

    fn gather(&mut self, signs: &mut Signs) -> Result<(), Ended> {
        signs.is_away = self.is_away;
        if self.is_lost { Err(Ended) } else { Ok(()) }
    }

    fn is_dirty(&self, _canvas: &Canvas) -> bool {
        !self.takes.is_empty()
    }

    fn sleep(&mut self, until: Instant) -> Result<(), Ended> {
        self.slept += 1;
        thread::sleep(until.saturating_duration_since(Instant::now()));
        Ok(())
    }

    fn take(&mut self, canvas: &mut Canvas, now: Instant, _signs: &mut Signs) -> Result<Taken, Ended> {
        let shade = match self.takes.pop_front() {
            None | Some(Taking::Kept) => return Ok(Taken::Kept),
            Some(Taking::Gone(gone)) => return Ok(Taken::Gone(gone)),
            Some(Taking::Shade(shade)) => shade,
            Some(Taking::Leaving(shade)) => {
                self.is_away = true;
                shade
            }
            Some(Taking::Last(shade)) => {
                self.is_lost = true;
                shade
            }
        };
        if canvas.size() != SIZE {
            canvas.reset(SIZE);
        }
        canvas.paint(0, 0, Pixels::packed(&[shade; 8], SIZE.width));
        Ok(Taken::Painted(now))
    }

    fn prove(&mut self, canvas: &mut Canvas) -> Result<Picture, CaptureError> {
        Ok(Picture { pixels: canvas.bytes().to_vec(), size: canvas.size() })
    }
}

fn source(takes: impl IntoIterator<Item = Taking>) -> Paced<Played> {
    let takes = takes.into_iter().collect();
    Paced::new(Played { takes, ..Played::default() }, FrameRate::new(60).unwrap())
}

/// What the next call gives, in a word; none of these waits to its end.
fn next(source: &mut Paced<Played>) -> String {
    given(source, Duration::from_secs(60))
}

/// What a call gives that waits in vain.
fn at_deadline(source: &mut Paced<Played>) -> String {
    given(source, Duration::from_millis(40))
}

fn given(source: &mut Paced<Played>, wait: Duration) -> String {
    match source.next(Instant::now() + wait) {
        Next::Frame(frame) => format!("{} in {}", frame.pixels[0], frame.damage.len()),
        Next::Unchanged => "unchanged".to_owned(),
        Next::Gone(gone) => format!("{gone:?}"),
    }
}

#[test]
fn what_differs_is_given_and_nothing_else() {
    let mut source = source([Taking::Shade(7), Taking::Shade(7), Taking::Shade(9)]);
    assert_eq!(next(&mut source), "7 in 1");
    assert_eq!(next(&mut source), "9 in 1", "the same again is none");
    assert_eq!(at_deadline(&mut source), "unchanged");
    assert_eq!(source.capturer.slept, 1, "while nothing changes it sleeps to the deadline");
}

#[test]
fn a_target_that_went_away_is_told_once_at_once_and_then_at_each_deadline() {
    let hidden = || Taking::Gone(Gone::Hidden);
    let mut source = source([Taking::Shade(7), hidden(), hidden()]);
    assert_eq!(next(&mut source), "7 in 1");
    assert_eq!(next(&mut source), "Hidden");
    assert_eq!(source.look_again(), Looked::Unclear);
    assert_eq!(at_deadline(&mut source), "Hidden");
    source.capturer.takes = [Taking::Shade(7)].into();
    assert_eq!(at_deadline(&mut source), "unchanged", "it is back, with the picture it had");
    source.capturer.takes = [Taking::Gone(Gone::Hidden)].into();
    assert_eq!(next(&mut source), "Hidden", "news again");
}

#[test]
fn signs_are_those_of_the_picture_given() {
    let mut source = source([Taking::Shade(7), Taking::Leaving(8)]);
    assert_eq!(next(&mut source), "7 in 1");
    assert!(!source.signs().is_away);
    assert_eq!(next(&mut source), "8 in 1");
    assert!(source.signs().is_away, "it left while the pixels were read");
}

#[test]
fn a_loss_is_told_after_the_last_picture_and_for_ever() {
    let mut source = source([Taking::Last(7)]);
    assert_eq!(next(&mut source), "7 in 1");
    for _ in 0..2 {
        assert_eq!(next(&mut source), "Lost { reason: \"the desktop ended\" }");
    }
}

#[test]
fn what_is_kept_gives_no_frame_however_much_is_due() {
    let mut source = source([Taking::Shade(0), Taking::Kept]);
    assert_eq!(next(&mut source), "0 in 1");
    assert!(source.signs().is_black);
    source.whole_again();
    assert_eq!(at_deadline(&mut source), "unchanged");
    source.capturer.takes.push_back(Taking::Shade(0));
    assert_eq!(next(&mut source), "0 in 1", "the whole one that is due");
}
