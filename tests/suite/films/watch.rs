//! A browser that opens a page which plays a film and reports what it saw. Nothing drives the browser from outside.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use chaperone_suite::process::Process;
use chaperone_suite::programs;
use serde::Deserialize;

use super::serve;

/// How long a browser may take to start and play.
const PATIENCE: Duration = Duration::from_secs(90);

/// Who plays.
#[derive(Clone, Copy, Debug)]
pub(super) enum Player {
    Chromium,
    Firefox,
}

/// What was seen of a film.
#[derive(Debug, Deserialize)]
pub(super) struct Watched {
    /// How long the player says it is, in seconds.
    pub(super) duration: f64,
    /// Where it stood when it had played to its end.
    pub(super) ended_at: f64,
    /// What it showed at the times it was sent to.
    pub(super) seen: Vec<Seen>,
}

/// One picture.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) size: (u32, u32),
    /// Of the pixel in its middle.
    pub(super) colour: [u8; 3],
}

/// Sends the player to each of `seconds` in turn, then plays the film from its beginning to its end.
pub(super) fn watch(player: Player, film: &Path, seconds: &[f64], dir: &Path) -> anyhow::Result<Watched> {
    let page = include_str!("watch.html").replace("SECONDS", &format!("{seconds:?}"));
    let served = serve::serve(page, std::fs::read(film).context("read the film")?)?;
    let profile_dir = dir.join("player");
    std::fs::create_dir(&profile_dir).context("make the player's profile")?;
    let mut command = match player {
        Player::Chromium => {
            let mut chromium =
                Command::new(programs::installed(&["chromium", "chromium-browser", "google-chrome"])?);
            chromium.args([
                "--headless",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
            ]);
            chromium.args(["--password-store=basic", "--disable-component-update", "--disable-sync"]);
            chromium.args(["--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage"]);
            if programs::is_root() {
                chromium.arg("--no-sandbox");
            }
            chromium.arg(format!("--user-data-dir={}", profile_dir.display()));
            chromium
        }
        Player::Firefox => {
            let mut firefox = Command::new(programs::installed(&["firefox-esr", "firefox"])?);
            // Nothing is asked of the network but the page; the film may play without a click.
            let preferences = "user_pref('media.autoplay.default', 0);\n\
                 user_pref('app.update.enabled', false);\n\
                 user_pref('browser.shell.checkDefaultBrowser', false);\n\
                 user_pref('datareporting.policy.dataSubmissionEnabled', false);\n\
                 user_pref('toolkit.telemetry.enabled', false);\n";
            std::fs::write(profile_dir.join("user.js"), preferences).context("write preferences")?;
            firefox.args(["--headless", "--new-instance", "--profile"]).arg(&profile_dir);
            firefox
        }
    };
    command.arg(format!("http://{}/", served.address));
    command.env("HOME", dir).env("XDG_RUNTIME_DIR", dir).env_remove("DBUS_SESSION_BUS_ADDRESS");
    let process = Process::start("player", &mut command, dir, false)?;
    let report = served.reports.recv_timeout(PATIENCE);
    let report = report.with_context(|| format!("{player:?} reports nothing: {}", process.log()))?;
    match serde_json::from_str(&report) {
        Ok(watched) => Ok(watched),
        Err(_) => bail!("{player:?} reports: {report}"),
    }
}
