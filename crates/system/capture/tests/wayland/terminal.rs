//! A client that draws what it is told: the terminal foot, showing a pipe.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::process::Command;

use rustix::fs::{FileType, Mode, mknodat};

use super::desktop::Base;

/// Colours are `0x00RRGGBB`; rows and columns of cells count from 0.
pub(crate) struct Terminal {
    pipe: File,
}

impl Terminal {
    pub(crate) fn start(base: &mut Base, display: &str) -> Self {
        let path = base.path("pipe");
        mknodat(rustix::fs::CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        // Opened for both, it waits for no reader.
        let pipe = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let mut command = Command::new("foot");
        command
            .args([
                "--config=/dev/null",
                "--title=drawing",
                "--app-id=drawing",
                "--font=monospace:pixelsize=16",
            ])
            .args(["-o", "pad=0x0", "-o", "csd.preferred=none", "cat"])
            .arg(&path)
            .env("WAYLAND_DISPLAY", display);
        base.run("terminal", command);
        let terminal = Self { pipe };
        terminal.write("\x1b[?25l");
        terminal
    }

    /// Everything in one colour.
    pub(crate) fn clear(&self, colour: u32) {
        self.write(&format!("\x1b]11;#{colour:06x}\x1b\\\x1b[0m\x1b[2J"));
    }

    /// A block of cells in one colour.
    pub(crate) fn fill(&self, [column, row]: [u32; 2], [columns, rows]: [u32; 2], colour: u32) {
        let [_, red, green, blue] = colour.to_be_bytes();
        for row in row..row + rows {
            let spaces = " ".repeat(columns as usize);
            self.write(&format!(
                "\x1b[{};{}H\x1b[48;2;{red};{green};{blue}m{spaces}\x1b[0m",
                row + 1,
                column + 1
            ));
        }
    }

    pub(crate) fn text(&self, [column, row]: [u32; 2], words: &str) {
        self.write(&format!("\x1b[{};{}H{words}", row + 1, column + 1));
    }

    fn write(&self, bytes: &str) {
        (&self.pipe).write_all(bytes.as_bytes()).unwrap();
    }
}
