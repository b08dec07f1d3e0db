//! Another program with one window: this test program, started once more.

use std::env;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::desk::Desk;

const PLACE: &str = "CHAPERONE_TEST_WINDOW";
const SHOWN: &str = "window shown";

/// A program that shows an orange window until it is dropped.
pub(crate) struct Program {
    child: Child,
    /// Kept open: a program that cannot print fails.
    _output: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn show([x, y]: [i32; 2], [width, height]: [i32; 2]) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "gdi::program::as_another_program", "--nocapture"])
            .env(PLACE, format!("{x} {y} {width} {height}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let is_shown = output.by_ref().lines().map_while(Result::ok).any(|line| line.contains(SHOWN));
        assert!(is_shown, "the other program showed no window");
        Self { child, _output: output }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

/// No test: what the program started above does.
#[test]
fn as_another_program() {
    let Ok(place) = env::var(PLACE) else { return };
    let place: Vec<i32> = place.split(' ').map(|number| number.parse().unwrap()).collect();
    let desk = Desk::start();
    desk.show([place[0], place[1]], [place[2], place[3]], 0x00ff_8000);
    println!("{SHOWN}");
    assert_eq!(io::stdin().read(&mut [0]).unwrap(), 0);
}
