//! A server whose clock was hours behind while sessions were opened: it takes no hour of record from a session that was
//! opened a minute ago.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use chaperone_protocol::EnrolmentCode;
use chaperone_seals::{KeyRole, KeySet, PublicKey};
use chaperone_suite::process::{self, Process};
use chaperone_suite::programs;
use reqwest::{Client, Response};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::recorder::{Device, Recording};

const PERSON: &str = "alice";
const PASSWORD: &str = "correct horse battery";
const HOST_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9RzJ0p3jP7LrXzQeIWb8zB4Vv8kq3g7uXcPZ7dM0aB";
/// How long a film may take.
const PATIENCE: Duration = Duration::from_secs(1200);

/// As what a site's sessions are recorded.
#[derive(Clone, Copy)]
pub(super) enum RecordAs {
    Video,
    Stills,
}

/// A server that runs, and a person logged in.
pub(super) struct Site {
    program: PathBuf,
    dir: PathBuf,
    origin: String,
    client: Client,
    cookie: String,
    process: Process,
}

/// A site whose clock is behind.
pub(super) struct PastSite {
    site: Site,
    secret: String,
    device: Device,
    hours: u64,
}

impl PastSite {
    /// A fresh server `hours` ago, with a person, a secret and a device.
    pub(super) async fn open(
        program: &Path,
        dir: &Path,
        record_as: RecordAs,
        hours: u64,
    ) -> anyhow::Result<Self> {
        let word = match record_as {
            RecordAs::Video => "video",
            RecordAs::Stills => "stills",
        };
        std::fs::write(dir.join("server.toml"), format!("record_as = '{word}'\n"))
            .context("configure the server")?;
        let cli = |arguments: &[&str], input: &str| cli(program, dir, hours, arguments, input);
        cli(&["init"], "")?;
        cli(&["user", "add", PERSON, "--role", "administrator", "--password-stdin"], PASSWORD)?;
        let secret =
            ["secret", "add", "db01", "--kind", "ssh-password", "--target", "db01:22", "--account", "root"];
        let rest = ["--host-key", HOST_KEY, "--launchers", PERSON, "--value-stdin"];
        cli(&[&secret[..], &rest[..]].concat(), "the value")?;
        let site = Site::serve(program, dir, Some(hours)).await?;
        let code = cli(&["device", "code", "--user", PERSON, "--origin", &site.origin], "")?;
        let code = code.split_whitespace().max_by_key(|word| word.len()).context("no enrolment code")?;
        let code = EnrolmentCode::parse(code)?;
        let device = Device::new(&code);
        site.post("/wire/enrol", device.enrolment(&code)).await?;
        let secrets = site.get("/api/secrets").await?;
        let secret = secrets[0]["id"].as_str().or(secrets["secrets"][0]["id"].as_str());
        let secret = secret.with_context(|| format!("no secret: {secrets}"))?.to_owned();
        Ok(Self { site, secret, device, hours })
    }

    /// Opens a session.
    pub(super) async fn begin(&self) -> anyhow::Result<Recording> {
        let path = format!("/api/secrets/{}/launch", self.secret);
        let answer = self.site.call("POST", &path, &json!({})).await?;
        let link = answer["link"].as_str().context("a launch without link")?;
        let request = self.device.redemption(link)?;
        let answer = self.site.post("/wire/redeem", request.signed.clone()).await?;
        let launch_key = self.launch_key().await?;
        Recording::open(&request, &answer, &launch_key)
    }

    /// The same server with the clock of everybody.
    pub(super) async fn into_present(self) -> anyhow::Result<Site> {
        let Site { program, dir, mut process, .. } = self.site;
        // `faketime` waits for the server, which is its child.
        for id in process.descendants() {
            process::signal(id, Signal::TERM)?;
        }
        process.wait(Duration::from_secs(20))?;
        drop(process);
        Site::serve(&program, &dir, None).await
    }

    async fn launch_key(&self) -> anyhow::Result<PublicKey> {
        let bytes =
            self.site.client.get(format!("{}/wire/key-set", self.site.origin)).send().await?.bytes().await?;
        let then_ms = now_ms()?.saturating_sub(self.hours * 3_600_000);
        let keys = KeySet::verify(&bytes, &self.device.root, 0, then_ms)?;
        keys.valid(KeyRole::Launch, then_ms).next().copied().context("no launch key")
    }
}

impl Site {
    async fn serve(program: &Path, dir: &Path, hours_ago: Option<u64>) -> anyhow::Result<Self> {
        let mut command = at(program, hours_ago)?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(dir.join("data"));
        command.arg("--config").arg(dir.join("server.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start("server", &mut command, dir, true)?;
        let mut output = BufReader::new(process.child().stdout.take().context("the server has no output")?);
        let mut line = String::new();
        output.read_line(&mut line).context("read where the server listens")?;
        let Some(origin) = line.trim().strip_prefix("listening ") else {
            bail!("the server printed {line:?} first: {}", process.log());
        };
        let origin = origin.trim_end_matches('/').to_owned();
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let pem =
            std::fs::read(dir.join("data/keys/tls.cert.pem")).context("read the server's certificate")?;
        // A second site finds the provider of the first.
        rustls::crypto::ring::default_provider().install_default().ok();
        let certificate = reqwest::Certificate::from_pem(&pem)?;
        let client = Client::builder().tls_certs_only([certificate]).build().context("make a client")?;
        let (program, dir, cookie) = (program.to_owned(), dir.to_owned(), String::new());
        let mut site = Self { program, dir, origin, client, cookie, process };
        site.log_in().await?;
        Ok(site)
    }

    /// The server's process.
    pub(super) fn server_id(&self) -> u32 {
        self.process.id()
    }

    /// Where a session's film is kept.
    pub(super) fn film_path(&self, session: &str) -> PathBuf {
        self.dir.join(format!("data/recordings/films/{session}.mp4"))
    }

    /// Sends bytes as a recorder does.
    pub(super) async fn post(&self, path: &str, body: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let answer = self.client.post(format!("{}{path}", self.origin)).body(body).send().await?;
        Ok(succeeded(answer).await?.bytes().await?.to_vec())
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.client.get(format!("{}{path}", self.origin)).header("cookie", &self.cookie);
        Ok(succeeded(request.send().await?).await?.json().await?)
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.request(method, path, body).await?;
        Ok(succeeded(answer).await?.json().await?)
    }

    async fn request(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Response> {
        let request = self.client.request(method.parse()?, format!("{}{path}", self.origin));
        Ok(request.header("cookie", &self.cookie).header("x-chaperone", "1").json(body).send().await?)
    }

    async fn log_in(&mut self) -> anyhow::Result<()> {
        let body = json!({"name": PERSON, "password": PASSWORD});
        let answer = succeeded(self.request("POST", "/api/login", &body).await?).await?;
        let cookie = answer.headers().get("set-cookie").context("a login without cookie")?.to_str()?;
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(())
    }

    /// Waits until a session's film is there.
    pub(super) async fn wait_film(&self, session: &str) -> anyhow::Result<()> {
        let deadline = std::time::Instant::now() + PATIENCE;
        let path = format!("/api/sessions/{session}");
        loop {
            let page = self.get(&path).await?;
            match page["summary"]["state"].as_str() {
                Some("ready") => return Ok(()),
                Some("failed" | "incomplete" | "never-started") => bail!("no whole film: {page}"),
                _ if std::time::Instant::now() > deadline => bail!("no film: {page}"),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

/// The server program, with its clock set back where that is asked for.
fn at(program: &Path, hours_ago: Option<u64>) -> anyhow::Result<Command> {
    let Some(hours) = hours_ago else { return Ok(Command::new(program)) };
    let mut command = Command::new(programs::installed(&["faketime"])?);
    // Waiting goes by the monotonic clock, which stays true.
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    command.args(["--exclude-monotonic", "-f", &format!("-{hours}h")]).arg(program);
    Ok(command)
}

fn cli(program: &Path, dir: &Path, hours: u64, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let mut command = at(program, Some(hours))?;
    command.args(arguments).arg("--data").arg(dir.join("data"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("start")?;
    let mut pipe = child.stdin.take().context("no input")?;
    pipe.write_all(input.as_bytes()).context("write to the server's program")?;
    drop(pipe);
    let output = child.wait_with_output().context("wait for the server's program")?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn succeeded(answer: Response) -> anyhow::Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    bail!("{} answered {status}: {}", answer.url().path().to_owned(), answer.text().await.unwrap_or_default())
}

pub(super) fn now_ms() -> anyhow::Result<u64> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_millis())?)
}
