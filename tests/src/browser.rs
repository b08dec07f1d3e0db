//! A real Chromium on a workstation's display, driven through a small script.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use crate::process::Process;
use crate::programs;
use crate::workstation::Workstation;

/// A browser with one page.
pub struct Browser {
    origin: String,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    process: Process,
}

impl Browser {
    /// Starts Chromium on the workstation, with the profile of a person who has told it that `origin` may always open
    /// `chaperone:` links.
    ///
    /// # Errors
    /// When Node, Chromium or the script's packages are missing.
    pub fn start(workstation: &Workstation, origin: &str) -> anyhow::Result<Self> {
        let chromium = programs::installed(&["chromium", "chromium-browser", "google-chrome"])?;
        let profile_dir = workstation.dir().join("browser");
        allow_links(&profile_dir, origin)?;
        let ui_dir = programs::root().join("ui");
        let environment: serde_json::Map<String, Value> =
            workstation.environment().iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let settings = json!({
            "chromium": chromium,
            "profile": profile_dir,
            "environment": environment,
            "root": programs::is_root(),
            "size": "1280,800",
        });

        let mut node = Command::new(programs::installed(&["node"])?);
        node.arg(programs::root().join("tests/browser/driver.mjs")).arg(ui_dir).arg(settings.to_string());
        node.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start("browser", &mut node, workstation.dir(), true)?;
        let requests = process.child().stdin.take();
        let answers = process.child().stdout.take().context("the browser's script has no output")?;
        let mut browser =
            Self { origin: origin.to_owned(), requests, answers: BufReader::new(answers), process };
        browser.answer().context("start the browser")?;
        Ok(browser)
    }

    /// Logs in by the form.
    ///
    /// # Errors
    /// When the form is not there or the server refuses.
    pub fn log_in(&mut self, name: &str, password: &str) -> anyhow::Result<()> {
        let origin = self.origin.clone();
        self.call(&json!({"do": "login", "origin": origin, "name": name, "password": password})).map(drop)
    }

    /// Calls the console's interface with the page's login; returns the body.
    ///
    /// # Errors
    /// When the server answers with anything but success.
    pub fn api(&mut self, method: &str, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let (status, body) = self.api_any(method, path, body)?;
        ensure!((200..300).contains(&status), "{method} {path} answered {status}: {body}");
        Ok(body)
    }

    /// As [`Browser::api`], whatever the status.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn api_any(&mut self, method: &str, path: &str, body: Option<Value>) -> anyhow::Result<(u64, Value)> {
        let mut request = json!({"do": "api", "method": method, "path": path});
        if let Some(body) = body {
            request["body"] = body;
        }
        let mut answer = self.call(&request)?;
        let status = answer["status"].as_u64().context("an answer without status")?;
        Ok((status, answer["body"].take()))
    }

    /// Clicks Launch at a secret.
    ///
    /// # Errors
    /// When there is no such button.
    pub fn launch(&mut self, secret: &str) -> anyhow::Result<()> {
        let origin = self.origin.clone();
        self.call(&json!({"do": "launch", "origin": origin, "secret": secret})).map(drop)
    }

    /// Plays a session's recording on its page.
    ///
    /// # Errors
    /// When it does not play.
    pub fn play(&mut self, session: &str) -> anyhow::Result<Value> {
        let origin = self.origin.clone();
        self.call(&json!({"do": "play", "origin": origin, "session": session}))
    }

    /// Saves a session's film.
    ///
    /// # Errors
    /// When the server does not deliver it.
    pub fn save_film(&mut self, session: &str, to: &Path) -> anyhow::Result<()> {
        let url = format!("{}/api/sessions/{session}/recording.mp4", self.origin);
        self.call(&json!({"do": "download", "url": url, "to": to})).map(drop)
    }

    /// Opens a page of the console.
    ///
    /// # Errors
    /// When it does not load.
    pub fn open(&mut self, path: &str) -> anyhow::Result<()> {
        let url = format!("{}{path}", self.origin);
        self.call(&json!({"do": "open", "url": url})).map(drop)
    }

    /// Saves a picture of the page.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn screenshot(&mut self, to: &Path) -> anyhow::Result<()> {
        self.call(&json!({"do": "screenshot", "to": to})).map(drop)
    }

    /// Errors the page's own code raised since the last call.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn complaints(&mut self) -> anyhow::Result<Vec<String>> {
        let list = self.call(&json!({"do": "complaints"}))?;
        Ok(list.as_array().into_iter().flatten().map(ToString::to_string).collect())
    }

    fn call(&mut self, request: &Value) -> anyhow::Result<Value> {
        let requests = self.requests.as_mut().context("the browser is closed")?;
        writeln!(requests, "{request}").context("write to the browser's script")?;
        self.answer().with_context(|| format!("browser: {}", request["do"]))
    }

    fn answer(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        self.answers.read_line(&mut line).context("read from the browser's script")?;
        if line.is_empty() {
            bail!("the browser's script ended: {}", self.process.log());
        }
        let mut answer: Value =
            serde_json::from_str(&line).with_context(|| format!("the script answered {line:?}"))?;
        match answer["failed"].as_str() {
            Some(failed) => bail!("{failed}"),
            None => Ok(answer["ok"].take()),
        }
    }
}

/// Writes what Chromium keeps of "Always allow … to open links of this type in the associated app".
fn allow_links(profile_dir: &Path, origin: &str) -> anyhow::Result<()> {
    let preferences_dir = profile_dir.join("Default");
    std::fs::create_dir_all(&preferences_dir).context("make the browser's profile")?;
    let allowed = json!({"allowed_origin_protocol_pairs": {origin: {"chaperone": true}}});
    let preferences = json!({"protocol_handler": allowed});
    std::fs::write(preferences_dir.join("Preferences"), preferences.to_string())
        .context("write the browser's preferences")
}
