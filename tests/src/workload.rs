//! What happens on the screen while it is recorded: fixed text, so that every run shows the same.

mod handbook;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use crate::display::Display;
use crate::process::Process;
use crate::{programs, wait};

const PATIENCE: Duration = Duration::from_secs(20);

/// One thing to record.
pub struct Workload {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Title of the window that shows it.
    title: &'static str,
    parts: &'static [Part],
}

/// A program that draws, or makes others draw.
enum Part {
    /// A script in a terminal of that title, size and place.
    Terminal { title: &'static str, geometry: &'static str, script: &'static str },
    /// A script beside the windows, with the display in its environment.
    Script(&'static str),
    /// A browser on a page full of text.
    Browser,
    /// A moving test picture.
    Film,
}

/// All of them, from nothing at all to a picture that never rests.
pub const WORKLOADS: [Workload; 6] = [
    Workload {
        name: "idle",
        title: "bench",
        parts: &[Part::Terminal {
            title: "bench",
            geometry: "180x54+120+40",
            script: include_str!("workload/idle.sh"),
        }],
    },
    Workload {
        name: "typing",
        title: "bench",
        parts: &[
            Part::Terminal {
                title: "bench",
                geometry: "160x50+200+60",
                script: include_str!("workload/shell.sh"),
            },
            Part::Script(include_str!("workload/typing.sh")),
        ],
    },
    Workload {
        name: "scroll",
        title: "bench",
        parts: &[Part::Terminal {
            title: "bench",
            geometry: "200x60+60+20",
            script: include_str!("workload/scroll.sh"),
        }],
    },
    Workload {
        name: "browse",
        title: "handbook",
        parts: &[Part::Browser, Part::Script(include_str!("workload/browse.sh"))],
    },
    Workload {
        name: "mixed",
        title: "bench",
        parts: &[
            Part::Terminal {
                title: "bench-logs",
                geometry: "180x54+300+20",
                script: include_str!("workload/idle.sh"),
            },
            Part::Terminal {
                title: "bench-build",
                geometry: "170x50+20+80",
                script: include_str!("workload/held.sh"),
            },
            Part::Terminal {
                title: "bench-shell",
                geometry: "150x46+120+120",
                script: include_str!("workload/shell.sh"),
            },
            Part::Script(include_str!("workload/mixed.sh")),
        ],
    },
    Workload { name: "video", title: "bench", parts: &[Part::Film] },
];

/// All names, for a person.
pub fn names() -> String {
    WORKLOADS.map(|workload| workload.name).join(", ")
}

impl Workload {
    /// Starts it and waits for its windows. It goes on until the processes are dropped.
    ///
    /// # Errors
    /// When a program is not installed, or shows no window.
    pub fn start(&self, display: &Display, dir: &Path) -> anyhow::Result<Vec<Process>> {
        let mut running = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            let mut command = part.command(self.title, dir)?;
            command.env("DISPLAY", display.name()).env("HOME", dir).current_dir(dir);
            running.push(Process::start(&format!("part-{number}"), &mut command, dir, false)?);
            let windows = self.parts.get(..=number).unwrap_or_default().iter().filter(|part| part.shows());
            let windows = windows.count();
            wait::until_true("the workload's window", PATIENCE, || {
                display.windows(self.title).len() >= windows
            })?;
        }
        Ok(running)
    }
}

impl Part {
    /// Whether it has a window.
    fn shows(&self) -> bool {
        !matches!(self, Self::Script(_))
    }

    fn command(&self, title: &str, dir: &Path) -> anyhow::Result<Command> {
        let command = match self {
            Self::Terminal { title, geometry, script } => {
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
            Self::Browser => {
                let page_path = dir.join("handbook.html");
                std::fs::write(&page_path, handbook::page()).context("write the page")?;
                let mut chromium = Command::new(programs::installed(&["chromium"])?);
                chromium.args(["--no-sandbox", "--disable-gpu", "--disable-background-networking"]);
                chromium.args(["--disable-component-update", "--disable-sync", "--no-first-run"]);
                chromium.args(["--password-store=basic", "--window-position=0,0", "--window-size=1920,1060"]);
                chromium.arg(format!("--user-data-dir={}", dir.join("browser").display()));
                chromium.arg(format!("file://{}", page_path.display()));
                chromium
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
