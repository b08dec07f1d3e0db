//! An X display of one's own, with a window manager.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Signal;

use crate::process::Process;
use crate::{programs, wait};

/// A virtual display; gone when dropped.
pub struct Display {
    name: String,
    dir: PathBuf,
    _window_manager: Process,
    server: Process,
}

impl Display {
    /// A display of `width` × `height` pixels; logs go to `dir`.
    ///
    /// # Errors
    /// When Xvfb or openbox cannot be started.
    pub fn start(dir: &Path, width: u32, height: u32) -> anyhow::Result<Self> {
        Self::start_with(dir, &format!("{width}x{height}x24"), &[])
    }

    /// A display of that size and depth, as `800x600x30`, with further options for Xvfb.
    ///
    /// # Errors
    /// As [`Display::start`].
    pub fn start_with(dir: &Path, screen: &str, options: &[&str]) -> anyhow::Result<Self> {
        let mut xvfb = Command::new(programs::installed(&["Xvfb"])?);
        xvfb.args(["-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp", "-noreset"]);
        xvfb.args(options);
        xvfb.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut server = Process::start("xvfb", &mut xvfb, dir, true)?;
        let pipe = server.child().stdout.take().context("Xvfb has no output")?;
        let mut number = String::new();
        BufReader::new(pipe).read_line(&mut number).context("read the display's number")?;
        server.assert_running()?;
        let name = format!(":{}", number.trim());

        let mut openbox = Command::new(programs::installed(&["openbox"])?);
        openbox.env("DISPLAY", &name).env("HOME", dir).env("XDG_CONFIG_HOME", dir.join("config"));
        openbox.env("XDG_CACHE_HOME", dir.join("cache")).env("XDG_DATA_HOME", dir.join("data"));
        let window_manager = Process::start("openbox", &mut openbox, dir, false)?;

        let display = Self { name, dir: dir.to_path_buf(), _window_manager: window_manager, server };
        wait::until_true("a window manager", Duration::from_secs(15), || {
            display
                .tool("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"])
                .is_ok_and(|text| text.contains("window id"))
        })?;
        Ok(display)
    }

    /// What DISPLAY has to be.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ends the display in the middle of everything, as a crash of it would.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.server.signal(Signal::KILL)?;
        self.server.wait(Duration::from_secs(10)).map(drop)
    }

    /// Waits for a window whose title holds `title`; returns its id.
    ///
    /// # Errors
    /// When there is none within `limit`.
    pub fn wait_window(&self, title: &str, limit: Duration) -> anyhow::Result<String> {
        wait::until(&format!("a window titled {title:?}"), limit, || {
            Ok(self.windows(title).into_iter().next())
        })
    }

    /// The ids of visible windows whose title holds `title`.
    pub fn windows(&self, title: &str) -> Vec<String> {
        let found = self.tool("xdotool", &["search", "--onlyvisible", "--name", title]);
        found.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Types into a window, as a person would, ended by Return.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn type_line(&self, window: &str, line: &str) -> anyhow::Result<()> {
        self.tool("xdotool", &["windowfocus", "--sync", window])?;
        self.tool("xdotool", &["type", "--delay", "15", "--", line])?;
        self.press("Return")
    }

    /// Presses one key in whatever has the focus.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn press(&self, key: &str) -> anyhow::Result<()> {
        self.tool("xdotool", &["key", key]).map(drop)
    }

    /// Saves a picture of the whole screen as PNG.
    ///
    /// # Errors
    /// When the picture cannot be taken or written.
    pub fn screenshot(&self, path: &Path) -> anyhow::Result<()> {
        let path = path.to_str().context("the picture's path is no text")?;
        self.tool("import", &["-window", "root", path]).map(drop)
    }

    /// As [`Display::screenshot`], three times as large and grey: for readers of small letters.
    ///
    /// # Errors
    /// As [`Display::screenshot`].
    pub fn screenshot_large(&self, path: &Path) -> anyhow::Result<()> {
        let path = path.to_str().context("the picture's path is no text")?;
        self.tool("import", &["-window", "root", "-resize", "300%", "-colorspace", "Gray", path]).map(drop)
    }

    /// Runs an X program on this display; returns what it printed.
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub fn tool(&self, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(programs::installed(&[program])?);
        let output = command
            .args(arguments)
            .env("DISPLAY", &self.name)
            .env("HOME", &self.dir)
            .stdin(Stdio::null())
            .output();
        let output = output.with_context(|| format!("start {program}"))?;
        anyhow::ensure!(
            output.status.success(),
            "{program} {arguments:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
