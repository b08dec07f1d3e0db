//! What happens on the screen while it is recorded: fixed text, so that every run shows the same.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chaperone_suite::display::Display;
use chaperone_suite::process::Process;
use chaperone_suite::programs;

const PATIENCE: Duration = Duration::from_secs(20);

/// One thing to record.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// Title of the window that shows it.
    title: &'static str,
    parts: &'static [Part],
}

/// A program that draws, or makes others draw.
enum Part {
    /// A script in a terminal of that size and place.
    Terminal { geometry: &'static str, script: &'static str },
    /// A script beside the windows, with the display in its environment.
    Script(&'static str),
    /// A moving test picture.
    Film,
}

pub(crate) const WORKLOADS: [Workload; 4] = [
    Workload {
        name: "idle",
        title: "bench",
        parts: &[Part::Terminal { geometry: "180x54+120+40", script: include_str!("idle.sh") }],
    },
    Workload {
        name: "typing",
        title: "bench",
        parts: &[
            Part::Terminal { geometry: "160x50+200+60", script: include_str!("shell.sh") },
            Part::Script(include_str!("typing.sh")),
        ],
    },
    Workload {
        name: "scroll",
        title: "bench",
        parts: &[Part::Terminal { geometry: "200x60+60+20", script: include_str!("scroll.sh") }],
    },
    Workload { name: "video", title: "bench", parts: &[Part::Film] },
];

/// All names, for a person.
pub(crate) fn names() -> String {
    WORKLOADS.map(|workload| workload.name).join(", ")
}

impl Workload {
    /// Starts it and waits for its window. It goes on until the processes are dropped.
    pub(crate) fn start(&self, display: &Display, dir: &Path) -> anyhow::Result<Vec<Process>> {
        let mut running = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            let mut command = part.command(self.title)?;
            command.env("DISPLAY", display.name()).env("HOME", dir).current_dir(dir);
            running.push(Process::start(&format!("part-{number}"), &mut command, dir, false)?);
            display.wait_window(self.title, PATIENCE)?;
        }
        Ok(running)
    }
}

impl Part {
    fn command(&self, title: &str) -> anyhow::Result<Command> {
        let command = match self {
            Self::Terminal { geometry, script } => {
                let mut xterm = Command::new(programs::installed(&["xterm"])?);
                xterm.args(["-T", title, "-geometry", geometry, "-fa", "DejaVu Sans Mono", "-fs", "10"]);
                xterm.args(["-bg", "#1e1e1e", "-fg", "#d4d4d4", "+sb", "-b", "4", "-bc"]);
                xterm.args(["-e", "bash", "--norc", "-c", script]);
                xterm
            }
            Self::Script(script) => {
                let mut bash = Command::new(programs::installed(&["bash"])?);
                bash.args(["--norc", "-c", script]);
                bash
            }
            Self::Film => {
                let mut ffplay = Command::new(programs::installed(&["ffplay"])?);
                ffplay.args([
                    "-v",
                    "error",
                    "-window_title",
                    title,
                    "-noborder",
                    "-left",
                    "320",
                    "-top",
                    "120",
                ]);
                ffplay.args(["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30"]);
                ffplay.env("SDL_RENDER_DRIVER", "software");
                ffplay
            }
        };
        Ok(command)
    }
}
