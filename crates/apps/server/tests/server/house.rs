//! A running server with people in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use chaperone_server::{Config, HeadsTo, IngestLimits, RecordAs, Scrub, Server};
use chaperone_tasks::{CancellationToken, Task, Tasks};
use reqwest::header::COOKIE;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const ROLES: [&str; 4] = ["user", "auditor", "operator", "administrator"];
pub(crate) const HOST_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9RzJ0p3jP7LrXzQeIWb8zB4Vv8kq3g7uXcPZ7dM0aB";

/// A server and how to reach it. Its folder lives as long as it.
pub(crate) struct House {
    pub(crate) origin: String,
    pub(crate) client: Client,
    pub(crate) data: PathBuf,
    stop: CancellationToken,
    running: Option<Task<()>>,
    _tasks: Tasks,
    dir: Option<Arc<tempfile::TempDir>>,
    setting: Setting,
}

/// What of a house is not as by default.
#[derive(Clone, Default)]
pub(crate) struct Setting {
    pub(crate) record_as: RecordAs,
    pub(crate) audit_heads: HeadsTo,
    pub(crate) scrub: Scrub,
    pub(crate) ingest: IngestLimits,
}

/// A login at a house.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    origin: String,
    cookie: Option<String>,
}

impl House {
    /// A fresh server with nobody in it.
    pub(crate) async fn empty() -> Self {
        Self::fresh(Setting::default()).await
    }

    /// A server with one person of each role, named like the role.
    pub(crate) async fn with_people() -> Self {
        Self::set(Setting::default()).await
    }

    /// As [`House::with_people`], set up otherwise.
    pub(crate) async fn set(setting: Setting) -> Self {
        Self::fresh(setting).await.peopled().await
    }

    /// A server on the folder `data` in `dir`.
    pub(crate) async fn over(dir: Arc<tempfile::TempDir>) -> Self {
        Self::open(dir, "127.0.0.1:0", Setting::default()).await
    }

    async fn fresh(setting: Setting) -> Self {
        Self::open(Arc::new(tempfile::tempdir().unwrap()), "127.0.0.1:0", setting).await
    }

    async fn peopled(self) -> Self {
        let house = self;
        house.make_first_administrator("administrator").await;
        let administrator = house.login("administrator").await;
        for role in ["user", "auditor", "operator"] {
            let body = json!({ "name": role, "role": role, "password": PASSWORD });
            administrator.post("/api/people", &body).await.expect(StatusCode::CREATED).await;
        }
        house
    }

    /// Stops the server and starts it again on the same folder and port.
    pub(crate) async fn restart(mut self) -> Self {
        let dir = self.dir.take().unwrap();
        self.restart_on(dir).await
    }

    /// Stops the server and starts one on the same port over the folder `data` in `dir`.
    pub(crate) async fn restart_on(mut self, dir: Arc<tempfile::TempDir>) -> Self {
        let listen = self.origin.strip_prefix("https://").unwrap().to_owned();
        let setting = self.setting.clone();
        self.end().await;
        Self::open(dir, &listen, setting).await
    }

    /// Stops the server and waits until it has.
    pub(crate) async fn end(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            running.await.unwrap();
        }
    }

    async fn open(dir: Arc<tempfile::TempDir>, listen: &str, setting: Setting) -> Self {
        // Why a request failed stands in the log alone; the first house of the process sets it up for all.
        drop(tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer().try_init());
        let data = dir.path().join("data");
        let config = Config {
            data_dir: data.clone(),
            listen: listen.parse().unwrap(),
            origin: None,
            certificate: None,
            notice: None,
            record_as: setting.record_as,
            audit_heads: setting.audit_heads.clone(),
            scrub: setting.scrub,
            ingest: setting.ingest,
        };
        let server = Server::start(&config).await.unwrap();
        let origin = server.origin().to_string();
        let (tasks, stop) = (Tasks::new(), CancellationToken::new());
        let stopped = stop.clone();
        let running =
            tasks.spawn("server", async move { server.run(stopped.cancelled_owned()).await.unwrap() });
        let client = client(&data);
        Self { origin, client, data, stop, running: Some(running), _tasks: tasks, dir: Some(dir), setting }
    }

    /// Somebody who is not logged in.
    pub(crate) fn nobody(&self) -> Caller {
        Caller { client: self.client.clone(), origin: self.origin.clone(), cookie: None }
    }

    pub(crate) fn set_up_code(&self) -> String {
        std::fs::read_to_string(self.data.join("first-administrator.code")).unwrap()
    }

    pub(crate) async fn make_first_administrator(&self, name: &str) {
        let body = json!({ "code": self.set_up_code(), "name": name, "password": PASSWORD });
        self.nobody().post("/api/first-administrator", &body).await.expect(StatusCode::NO_CONTENT).await;
    }

    pub(crate) async fn login(&self, name: &str) -> Caller {
        let body = json!({ "name": name, "password": PASSWORD });
        let answer = self.nobody().post("/api/login", &body).await;
        assert_eq!(answer.0.status(), StatusCode::OK);
        let cookie = answer.0.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Caller { cookie: Some(cookie), ..self.nobody() }
    }

    /// Stores an SSH secret that `user` may launch; answers its id.
    pub(crate) async fn secret(&self, name: &str) -> String {
        let administrator = self.login("administrator").await;
        let user = self.login("user").await.id().await;
        let body = ssh_secret(name, &json!([{ "person": user, "right": "may-launch" }]));
        let stored = administrator.post("/api/secrets", &body).await.expect(StatusCode::CREATED).await;
        stored["id"].as_str().unwrap().to_owned()
    }

    /// Runs the program on this house's data folder with `input` on its standard input.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> std::process::Output {
        run(&[arguments, &["--data", self.data.to_str().unwrap()]].concat(), input)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A client that trusts the certificate of the server over `data` alone.
pub(crate) fn client(data: &Path) -> Client {
    let pem = std::fs::read(data.join("keys/tls.cert.pem")).unwrap();
    // Every crate of this program brings its provider with it; only reqwest asks for one of the process.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()]).build().unwrap()
}

pub(crate) fn run(arguments: &[&str], input: &str) -> std::process::Output {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_chaperone-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read its input.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

pub(crate) fn ssh_secret(name: &str, rights: &Value) -> Value {
    json!({
        "name": name, "kind": "ssh-password", "host": "db01", "port": 22, "account": "root",
        "host_key": HOST_KEY, "value": "hunter2 is the value", "recorded": true, "freeze": false, "rights": rights,
    })
}

/// An answer that a test looks at.
pub(crate) struct Answer(pub(crate) Response);

impl Answer {
    /// The body as JSON (null when empty), after checking the status.
    pub(crate) async fn expect(self, status: StatusCode) -> Value {
        let (found, bytes) = (self.0.status(), self.0.bytes().await.unwrap());
        assert_eq!(found, status, "{}", String::from_utf8_lossy(&bytes));
        if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
    }

    /// The problem's code, after checking its form.
    pub(crate) async fn problem(self) -> String {
        let status = self.0.status().as_u16();
        let media_type = self.0.headers()["content-type"].clone();
        let problem: Value = self.0.json().await.unwrap();
        assert_eq!(media_type, "application/problem+json", "{problem}");
        assert_eq!(problem["status"], status);
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl Caller {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.origin));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        Answer(self.request(method, path).header("x-chaperone", "1").json(body).send().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer(self.request(Method::GET, path).send().await.unwrap())
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).await.expect(StatusCode::OK).await
    }

    pub(crate) async fn id(&self) -> String {
        self.json("/api/me").await["id"].as_str().unwrap().to_owned()
    }
}
