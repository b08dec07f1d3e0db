//! The whole scene of a launch: a server with people and secrets, an enrolled workstation, and a browser on it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::process::{self, Process};
use crate::rdp::{self, RdpServer};
use crate::server::Server;
use crate::sshd::Sshd;
use crate::wait;
use crate::workstation::Workstation;

/// Configures the server.
pub const ADMINISTRATOR: &str = "admin";
/// Launches, and owns the workstation.
pub const PERSON: &str = "alice";
/// Everybody's password on the server.
pub const PASSWORD: &str = "walnut-lantern-0417";

/// How long one visible step may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Server, workstation and browser.
pub struct Scene {
    /// In front of a person; first to go.
    pub browser: Browser,
    /// Alice's machine.
    pub workstation: Workstation,
    /// The server program.
    pub server: Server,
    dir: PathBuf,
}

/// A stored account to launch.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its name in the console.
    pub name: String,
    kind: &'static str,
    target: String,
    account: String,
    host_key: String,
    value: String,
    /// Its sessions hold input back while the server is silent.
    freezes: bool,
}

impl Secret {
    /// Password login at an SSH server.
    ///
    /// # Errors
    /// When the server's account has no password, as without root where user namespaces are forbidden.
    pub fn ssh_password(name: &str, sshd: &Sshd) -> anyhow::Result<Self> {
        let password = sshd.account().password().context(
            "a login by password cannot be tested here: it needs root, or user namespaces for ordinary users \
             (`unshare --user --map-root-user --mount true` must work)",
        )?;
        Ok(Self::ssh(name, "ssh-password", sshd, password))
    }

    /// Key login at an SSH server.
    pub fn ssh_key(name: &str, sshd: &Sshd) -> Self {
        Self::ssh(name, "ssh-key", sshd, sshd.client_key())
    }

    /// Login at an RDP server.
    pub fn rdp(name: &str, server: &RdpServer) -> Self {
        Self {
            name: name.to_owned(),
            kind: "rdp",
            target: server.target(),
            account: rdp::ACCOUNT.to_owned(),
            host_key: server.fingerprint().to_owned(),
            value: server.password().to_owned(),
            freezes: false,
        }
    }

    /// The same, whose sessions hold input back while the server is silent.
    #[must_use]
    pub fn freezing(mut self) -> Self {
        self.freezes = true;
        self
    }

    /// What must never be seen outside the server and the client.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Stores it by the server's command line, so that it passes through nothing but that; alice may launch it.
    fn store(&self, server: &Server) -> anyhow::Result<()> {
        let arguments = [
            "secret",
            "add",
            &self.name,
            "--kind",
            self.kind,
            "--target",
            &self.target,
            "--account",
            &self.account,
            "--host-key",
            &self.host_key,
            "--launchers",
            PERSON,
            "--on-loss",
            if self.freezes { "freeze" } else { "end" },
            "--value-stdin",
        ];
        server.cli(&arguments, &self.value).with_context(|| format!("store {}", self.name)).map(drop)
    }

    fn ssh(name: &str, kind: &'static str, sshd: &Sshd, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            target: sshd.target(),
            account: sshd.account().name().to_owned(),
            host_key: sshd.host_key().to_owned(),
            value: value.to_owned(),
            freezes: false,
        }
    }
}

impl Scene {
    /// A server with an administrator and alice, her workstation enrolled and registered, alice logged in to the
    /// console in her browser, and the secrets ready for her to launch.
    ///
    /// # Errors
    /// When a part cannot be started; the text says which.
    pub fn start(dir: &Path, secrets: &[Secret]) -> anyhow::Result<Self> {
        let server = Server::start(dir).context("start the server")?;
        server.add_person(ADMINISTRATOR, "administrator", PASSWORD)?;
        server.add_person(PERSON, "user", PASSWORD)?;
        let workstation = Workstation::start(dir).context("start the workstation")?;
        workstation.enrol(&server.device_code(PERSON)?).context("enrol the workstation")?;
        workstation.register().context("register the link handler")?;
        for secret in secrets {
            secret.store(&server)?;
        }
        let mut browser = Browser::start(&workstation, server.origin()).context("start the browser")?;
        browser.log_in(PERSON, PASSWORD)?;
        Ok(Self { browser, workstation, server, dir: dir.to_path_buf() })
    }

    /// Where this scene keeps everything.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Logs the browser in as somebody, whoever was before.
    ///
    /// # Errors
    /// When the console does not let them in.
    pub fn become_person(&mut self, name: &str) -> anyhow::Result<()> {
        self.browser.open("/")?;
        // Nobody logged in is as good as logged out.
        self.browser.api_any("POST", "/api/logout", Some(json!({})))?;
        self.browser.log_in(name, PASSWORD).with_context(|| format!("log in as {name}"))
    }

    /// Clicks Launch as alice and waits until the session is live; returns its id.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn launch(&mut self, secret: &str) -> anyhow::Result<String> {
        let before = self.session_ids(secret)?;
        self.browser.launch(secret)?;
        let live = self.wait_live(secret, &before);
        live.with_context(|| self.what_is_seen())
    }

    /// Opens a launch link by the command line, without windows, and waits until the session is live; returns its id
    /// and the process, which is the launcher when none ran before.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn launch_headless(&mut self, secret: &str) -> anyhow::Result<(String, Process)> {
        let before = self.session_ids(secret)?;
        let link = self.link(secret)?;
        let handler = self.workstation.open(&link, "launcher")?;
        Ok((self.wait_live(secret, &before)?, handler))
    }

    /// A launch link as the console would hand it to the operating system.
    ///
    /// # Errors
    /// When the server refuses the launch.
    pub fn link(&mut self, secret: &str) -> anyhow::Result<String> {
        let secrets = self.browser.api("GET", "/api/secrets", None)?;
        let id = list(&secrets)
            .iter()
            .find(|listed| listed["name"] == secret)
            .and_then(id_of)
            .with_context(|| format!("the console does not list {secret}"))?;
        let answer = self.browser.api("POST", &format!("/api/secrets/{id}/launch"), Some(json!({})))?;
        answer["link"].as_str().map(str::to_owned).context("a launch without link")
    }

    /// Waits for the window of a client program, by its X class without regard to case.
    ///
    /// # Errors
    /// When it does not appear.
    pub fn client_window(&self, program: &str) -> anyhow::Result<String> {
        wait::until(&format!("the window of {program}"), PATIENCE, || {
            let found =
                self.workstation.display().tool("xdotool", &["search", "--onlyvisible", "--class", program]);
            Ok(found.unwrap_or_default().lines().next().map(str::to_owned))
        })
    }

    /// Every session the person logged in may see, newest first.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn sessions(&mut self) -> anyhow::Result<Vec<Value>> {
        let mut answer = self.browser.api("GET", "/api/sessions", None)?;
        Ok(answer["sessions"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// One session's page.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn session(&mut self, id: &str) -> anyhow::Result<Value> {
        self.browser.api("GET", &format!("/api/sessions/{id}"), None)
    }

    /// Waits until the session's film plays, or cannot; returns its page.
    ///
    /// # Errors
    /// When it is not composed within two minutes, or failed.
    pub fn wait_film(&mut self, id: &str) -> anyhow::Result<Value> {
        wait::until(&format!("the film of session {id}"), PATIENCE * 3, || {
            let page = self.session(id)?;
            match page["summary"]["state"].as_str() {
                Some("ready" | "incomplete") => Ok(Some(page)),
                Some("failed" | "never-started") => bail!("the recording is no film: {page}"),
                _ => Ok(None),
            }
        })
    }

    /// What a person would look at when it does not go on.
    fn what_is_seen(&mut self) -> String {
        let picture_path = self.dir.join("failed.png");
        let picture = self.workstation.display().screenshot(&picture_path);
        let status = self.workstation.chaperone_well(&["status"]);
        let running: Vec<_> =
            self.workstation.everything_running().into_iter().map(process::arguments).collect();
        format!("picture {picture:?} at {}, launcher {status:?}, running {running:?}", picture_path.display())
    }

    fn wait_live(&mut self, title: &str, before: &[String]) -> anyhow::Result<String> {
        wait::until(&format!("a live session of {title}"), PATIENCE, || {
            let sessions = self.sessions()?;
            let is_new = |session: &&Value| {
                session["title"] == title && !before.iter().any(|id| session["id"] == id.as_str())
            };
            let session = sessions.iter().find(is_new);
            Ok(session.filter(|session| session["state"] == "live").and_then(id_of))
        })
    }

    fn session_ids(&mut self, title: &str) -> anyhow::Result<Vec<String>> {
        Ok(self.sessions()?.iter().filter(|session| session["title"] == title).filter_map(id_of).collect())
    }
}

fn id_of(value: &Value) -> Option<String> {
    value["id"].as_str().map(str::to_owned)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
