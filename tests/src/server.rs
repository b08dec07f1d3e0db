//! The server program under test, with an empty data folder of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rustix::process::Signal;

use crate::process::Process;
use crate::programs;

/// A running, or stopped, `chaperone-server`.
pub struct Server {
    data_dir: PathBuf,
    log_dir: PathBuf,
    origin: String,
    root_fingerprint: String,
    process: Option<Process>,
    /// The configuration file, once there is one.
    config_path: Option<PathBuf>,
}

impl Server {
    /// Makes a data folder below `dir` and serves it on a port the system picks.
    ///
    /// # Errors
    /// When the program is not built, or does not say where it listens.
    pub fn start(dir: &Path) -> anyhow::Result<Self> {
        let data_dir = dir.join("server");
        let init = cli(&data_dir, &["init"], "")?;
        let mut server = Self {
            data_dir,
            log_dir: dir.to_path_buf(),
            origin: String::new(),
            root_fingerprint: fingerprint_in(&init)?,
            process: None,
            config_path: None,
        };
        server.serve("127.0.0.1:0")?;
        Ok(server)
    }

    /// Serves again, on the port it had.
    ///
    /// # Errors
    /// When it runs already or does not come up.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        ensure!(self.process.is_none(), "the server runs already");
        let address = self.origin.trim_start_matches("https://").to_owned();
        self.serve(&address)
    }

    /// Gives it a configuration file, read with the next [`Server::restart`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn configure(&mut self, toml: &str) -> anyhow::Result<()> {
        let path = self.log_dir.join("server.toml");
        std::fs::write(&path, toml).with_context(|| format!("write {}", path.display()))?;
        self.config_path = Some(path);
        Ok(())
    }

    /// Kills it, as a power cut would.
    ///
    /// # Errors
    /// When it is not running, or does not die.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let mut process = self.process.take().context("the server does not run")?;
        process.signal(Signal::KILL)?;
        process.wait(Duration::from_secs(10)).map(drop)
    }

    /// Stops it in the middle of everything: its connections stay, and nobody answers.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> anyhow::Result<()> {
        self.process.as_ref().context("the server does not run")?.signal(Signal::STOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.process.as_ref().context("the server does not run")?.signal(Signal::CONT)
    }

    /// Where browsers and launchers reach it: `https://127.0.0.1:port`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What it prints of its root key at `init`.
    pub fn root_fingerprint(&self) -> &str {
        &self.root_fingerprint
    }

    /// Its data folder.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Everything it has printed.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// Adds a person.
    ///
    /// # Errors
    /// When the server program refuses.
    pub fn add_person(&self, name: &str, role: &str, password: &str) -> anyhow::Result<()> {
        self.cli(&["user", "add", name, "--role", role, "--password-stdin"], password).map(drop)
    }

    /// An enrolment code for a person's device.
    ///
    /// # Errors
    /// When the server program refuses or prints none.
    pub fn device_code(&self, person: &str) -> anyhow::Result<String> {
        let answer = self.cli(&["device", "code", "--user", person, "--origin", &self.origin], "")?;
        let code = answer.split_whitespace().max_by_key(|word| word.len());
        code.map(str::to_owned).context("the server printed no enrolment code")
    }

    /// Calls the server program's command line on this data folder.
    ///
    /// # Errors
    /// When it ends with a failure; the text holds what it said.
    pub fn cli(&self, arguments: &[&str], input: &str) -> anyhow::Result<String> {
        cli(&self.data_dir, arguments, input)
    }

    fn serve(&mut self, address: &str) -> anyhow::Result<()> {
        let mut command = Command::new(programs::path("chaperone-server")?);
        command.args(["serve", "--listen", address, "--data"]).arg(&self.data_dir);
        if let Some(path) = &self.config_path {
            command.arg("--config").arg(path);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start("server", &mut command, &self.log_dir, true)?;
        let pipe = process.child().stdout.take().context("the server has no output")?;
        let mut output = BufReader::new(pipe);
        let mut line = String::new();
        output.read_line(&mut line).context("read where the server listens")?;
        let Some(origin) = line.trim().strip_prefix("listening ") else {
            bail!("the server printed {line:?} first: {}", process.log());
        };
        self.origin = origin.trim_end_matches('/').to_owned();
        // What it prints later must go somewhere: a full pipe would stop it.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        self.process = Some(process);
        Ok(())
    }
}

fn cli(data_dir: &Path, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let mut command = Command::new(programs::path("chaperone-server")?);
    command.args(arguments).arg("--data").arg(data_dir);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("start chaperone-server")?;
    let mut pipe = child.stdin.take().context("chaperone-server has no input")?;
    pipe.write_all(input.as_bytes()).context("write to chaperone-server")?;
    drop(pipe);
    let output = child.wait_with_output().context("wait for chaperone-server")?;
    ensure!(
        output.status.success(),
        "chaperone-server {arguments:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The longest word is the fingerprint, whatever stands around it.
fn fingerprint_in(text: &str) -> anyhow::Result<String> {
    let word = text.split_whitespace().max_by_key(|word| word.len());
    word.map(str::to_owned).context("`init` printed no fingerprint")
}
