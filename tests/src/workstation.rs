//! A person's machine: a home, a display, a keyring, and the `chaperone` program, enrolled and registered as the
//! handler of its links.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, ensure};

use crate::display::Display;
use crate::keyring::Keyring;
use crate::process::{self, Process};
use crate::programs;

/// What is installed on every machine.
const PROGRAMS: [&str; 2] = ["chaperone", "chaperone-desktop"];
/// Variable that says what the programs log.
const LOG: &str = "CHAPERONE_LOG";
const PROGRAMS_DIR: &str = "programs";

/// The machine; whatever still runs on it ends when it is dropped.
pub struct Workstation {
    dir: PathBuf,
    environment: Vec<(String, String)>,
    display: Display,
    _keyring: Keyring,
}

impl Workstation {
    /// A fresh machine below `dir` with a display of 1280 × 800.
    ///
    /// # Errors
    /// When a part cannot be started, or the programs are not built.
    pub fn start(dir: &Path) -> anyhow::Result<Self> {
        let dir = dir.join("workstation");
        let home_dir = dir.join("home");
        let folders = [
            ("HOME", home_dir.clone()),
            ("XDG_DATA_HOME", home_dir.join(".local/share")),
            ("XDG_CONFIG_HOME", home_dir.join(".config")),
            ("XDG_CACHE_HOME", home_dir.join(".cache")),
            ("XDG_RUNTIME_DIR", dir.join("run")),
            ("TMPDIR", dir.join("tmp")),
        ];
        for (_, path) in &folders {
            make_private_dir(path)?;
        }
        make_private_dir(&dir.join(PROGRAMS_DIR))?;
        for name in PROGRAMS {
            programs::install(name, &dir.join(PROGRAMS_DIR))?;
        }
        let display = Display::start(&dir, 1280, 800)?;
        let borrowed: Vec<(&str, &Path)> =
            folders.iter().map(|(name, path)| (*name, path.as_path())).collect();
        let keyring = Keyring::start(&dir, &borrowed)?;

        let text = |path: &Path| path.to_str().map(str::to_owned).context("the test's folder is no text");
        let mut environment = vec![
            ("PATH".to_owned(), std::env::var("PATH").context("read PATH")?),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("USER".to_owned(), std::env::var("USER").unwrap_or_else(|_| "root".to_owned())),
            ("DISPLAY".to_owned(), display.name().to_owned()),
            ("DBUS_SESSION_BUS_ADDRESS".to_owned(), keyring.address().to_owned()),
            ("CHAPERONE_HOME".to_owned(), text(&dir.join("chaperone"))?),
        ];
        // Whoever looks for a fault asks for a longer log.
        environment.extend(std::env::var(LOG).map(|level| (LOG.to_owned(), level)));
        for (name, path) in &folders {
            environment.push(((*name).to_owned(), text(path)?));
        }
        Ok(Self { dir, environment, display, _keyring: keyring })
    }

    /// The machine's screen.
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// Everything the machine keeps, logs of its parts among them.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the launcher keeps its configuration, data and runtime files.
    pub fn chaperone_dir(&self) -> PathBuf {
        self.dir.join("chaperone")
    }

    /// The variables of every program on this machine.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Adds a variable to every program started from now on.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Where the machine has one of its two programs, `chaperone` and `chaperone-desktop`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs_dir().join(name)
    }

    /// Where the machine's programs lie.
    pub fn programs_dir(&self) -> PathBuf {
        self.dir.join(PROGRAMS_DIR)
    }

    /// A command with this machine's environment and nothing else.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.dir);
        command
    }

    /// Runs `chaperone` to its end, without a window.
    ///
    /// # Errors
    /// When it cannot be started; its exit status is the caller's to judge.
    pub fn chaperone(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = self.command(&self.program("chaperone"));
        command.arg("--headless").args(arguments).stdin(Stdio::null());
        command.output().context("start chaperone")
    }

    /// Runs `chaperone` and expects success; returns what it printed.
    ///
    /// # Errors
    /// When it fails; the text holds what it said.
    pub fn chaperone_well(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.chaperone(arguments)?;
        ensure!(
            output.status.success(),
            "chaperone {arguments:?} ended with {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Enrols the machine with a server.
    ///
    /// # Errors
    /// When the launcher refuses the code.
    pub fn enrol(&self, code: &str) -> anyhow::Result<()> {
        self.chaperone_well(&["trust", "add", code]).map(drop)
    }

    /// Makes the launcher the handler of its links in this machine's home.
    ///
    /// # Errors
    /// When the launcher cannot register itself.
    pub fn register(&self) -> anyhow::Result<()> {
        self.chaperone_well(&["register"]).map(drop)
    }

    /// Starts `chaperone open -- LINK` and leaves it running.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn open(&self, link: &str, name: &str) -> anyhow::Result<Process> {
        let mut command = self.command(&self.program("chaperone"));
        command.args(["--headless", "open", "--", link]);
        Process::start(name, &mut command, &self.dir, false)
    }

    /// The machine's processes whose program has that name, for instance `ssh`.
    pub fn running(&self, program: &str) -> Vec<u32> {
        let is_it = |id: &u32| process::program(*id).is_some_and(|name| name == program);
        self.everything_running().into_iter().filter(is_it).collect()
    }

    /// The session processes: `chaperone session`.
    pub fn session_processes(&self) -> Vec<u32> {
        let runs_session = |id: &u32| process::arguments(*id).iter().any(|argument| argument == "session");
        self.running("chaperone").into_iter().filter(runs_session).collect()
    }

    /// Every process that belongs to this machine.
    pub fn everything_running(&self) -> Vec<u32> {
        process::of_folder(&self.dir)
    }
}

impl Drop for Workstation {
    fn drop(&mut self) {
        for id in self.everything_running() {
            // Gone in the meantime is as good.
            process::signal(id, rustix::process::Signal::KILL).ok();
        }
    }
}

fn make_private_dir(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("create {}", path.display()))
}
