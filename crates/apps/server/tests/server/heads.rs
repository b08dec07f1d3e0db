//! Signed heads of the audit log, and the places that keep them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum_server::tls_rustls::RustlsConfig;
use chaperone_evidence::{AuditHead, AuditKeys};
use chaperone_seals::Digest;
use chaperone_server::HeadsTo;
use chaperone_tasks::Tasks;
use reqwest::StatusCode;
use serde_json::Value;

use crate::house::{House, Setting, run};

/// The heads in a text of them, verified.
fn heads(text: &str, keys: &AuditKeys) -> Vec<AuditHead> {
    let signed = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        Some(hex::decode(line["head"].as_str()?).unwrap())
    };
    text.lines().filter_map(signed).map(|signed| keys.verify(&signed).unwrap()).collect()
}

/// The exported audit log without its first line, and the keys it names.
fn exported(house: &House, out: &Path) -> (String, AuditKeys) {
    let done = house.run(&["audit", "--out", out.to_str().unwrap()], "");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = std::fs::read_to_string(out).unwrap();
    let text = text.strip_prefix("chaperone-audit 1\n").unwrap().to_owned();
    let root = house.run(&["init"], "").stdout;
    let root: Digest = String::from_utf8(root).unwrap().trim().parse().unwrap();
    let mut keys = AuditKeys::new(root);
    for line in text.lines() {
        if let Some(set) = serde_json::from_str::<Value>(line).unwrap()["key_set"].as_str() {
            keys.take_key_set(&hex::decode(set).unwrap()).unwrap();
        }
    }
    (text, keys)
}

/// What `doctor` exits with and says under a configuration that sends heads there.
fn doctor(house: &House, dir: &Path, heads: &str) -> (Option<i32>, String) {
    let config = dir.join("server.toml");
    std::fs::write(&config, format!("[audit_heads]\n{heads}\n")).unwrap();
    let done = house.run(&["doctor", "--config", config.to_str().unwrap()], "");
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
}

#[tokio::test]
async fn the_head_is_signed_at_the_stop_and_with_every_export() {
    let mut house = House::with_people().await;
    let dir = tempfile::tempdir().unwrap();
    house.end().await;
    let (log, keys) = exported(&house, &dir.path().join("log"));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hash = |number: u64| {
        let line = lines.iter().find(|line| line["line"] == number).unwrap();
        line["hash"].as_str().unwrap().parse::<Digest>().unwrap()
    };
    let heads = heads(&log, &keys);
    assert!(heads.iter().all(|head| head.head == hash(head.lines)), "{heads:?}");
    let count = lines.iter().filter(|line| line["line"].is_u64()).count() as u64;
    let named: Vec<u64> = heads.iter().map(|head| head.lines).collect();
    // All that the server wrote, then the line that says that it was exported.
    assert_eq!(named[named.len() - 2..], [count - 1, count]);

    let (exit, said) = doctor(&house, dir.path(), "");
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains(&format!("audit heads: the newest stands for {count} lines")), "{said}");
}

#[tokio::test]
async fn a_log_written_anew_is_told_by_its_newest_head() {
    use sqlx::ConnectOptions as _;
    let mut house = House::with_people().await;
    let dir = tempfile::tempdir().unwrap();
    house.end().await;
    let database = house.data.join("chaperone.db");
    let mut connection =
        sqlx::sqlite::SqliteConnectOptions::new().filename(database).connect().await.unwrap();
    let cut = "DELETE FROM audit WHERE line = (SELECT max(line) FROM audit)";
    sqlx::query(cut).execute(&mut connection).await.unwrap();
    let (exit, said) = doctor(&house, dir.path(), "");
    assert_eq!(exit, Some(6));
    assert!(said.contains("FAIL audit heads: line "), "{said}");
    assert!(said.contains("ok   audit log: "), "its chain alone does not tell: {said}");
}

#[tokio::test]
async fn heads_that_a_file_does_not_take_wait_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, setting) =
        (dir.path().join("mount"), format!("file = '{}/mount/heads'", dir.path().display()));
    let to = HeadsTo { file: Some(folder.join("heads")), ..HeadsTo::default() };
    let mut house = House::set(Setting { audit_heads: to, ..Setting::default() }).await;
    house.end().await;
    let (exit, said) = doctor(&house, dir.path(), &setting);
    assert_eq!(exit, Some(6));
    assert!(said.contains("audit heads wait for it, and are offered again: cannot append"), "{said}");

    std::fs::create_dir(&folder).unwrap();
    let mut house = house.restart().await;
    house.end().await;
    let (exit, said) = doctor(&house, dir.path(), &setting);
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("has all audit heads"), "{said}");
    let (log, keys) = exported(&house, &dir.path().join("log"));
    let kept = heads(&std::fs::read_to_string(folder.join("heads")).unwrap(), &keys);
    let signed = heads(&log, &keys);
    assert_eq!(kept, signed[..signed.len() - 1], "all of them in order, but the export's own");
    assert!(kept.len() >= 2);
}

#[tokio::test]
async fn heads_are_posted_until_the_service_takes_them() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    let (taken, takes) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicBool::new(false)));
    let service = {
        let (taken, takes) = (Arc::clone(&taken), Arc::clone(&takes));
        axum::Router::new().route(
            "/heads",
            axum::routing::post(async move |body: String| {
                if !takes.load(Ordering::SeqCst) {
                    return StatusCode::SERVICE_UNAVAILABLE;
                }
                taken.lock().unwrap().push_str(&body);
                StatusCode::NO_CONTENT
            }),
        )
    };
    drop(rustls::crypto::ring::default_provider().install_default());
    let tls = RustlsConfig::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der());
    let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("https://localhost:{}/heads", listener.local_addr().unwrap().port());
    let server = axum_server::from_tcp_rustls(listener, tls.await.unwrap()).unwrap();
    let tasks = Tasks::new();
    let _service =
        tasks.spawn("service", async move { server.serve(service.into_make_service()).await.unwrap() });

    let setting = format!("url = '{url}'\nca = '{}'", ca.display());
    let to = HeadsTo { url: Some(url.parse().unwrap()), ca: Some(ca), ..HeadsTo::default() };
    let mut house = House::set(Setting { audit_heads: to, ..Setting::default() }).await;
    house.end().await;
    let (exit, said) = doctor(&house, dir.path(), &setting);
    assert_eq!(exit, Some(6));
    assert!(said.contains("the service answered 503"), "{said}");
    assert_eq!(taken.lock().unwrap().as_str(), "");

    takes.store(true, Ordering::SeqCst);
    let mut house = house.restart().await;
    house.end().await;
    let (exit, said) = doctor(&house, dir.path(), &setting);
    assert_eq!(exit, Some(0), "{said}");
    let (log, keys) = exported(&house, &dir.path().join("log"));
    let signed = heads(&log, &keys);
    assert_eq!(heads(&taken.lock().unwrap(), &keys), signed[..signed.len() - 1]);
}

#[test]
fn a_place_that_cannot_be_used_keeps_the_server_from_starting() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("server.toml");
    let start = |heads: &str| {
        std::fs::write(&config, format!("[audit_heads]\n{heads}\n")).unwrap();
        let data = dir.path().join("data");
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap(), "--data"];
        run(&[&arguments[..], &[data.to_str().unwrap()]].concat(), "").status.code()
    };
    assert_eq!(start("url = 'http://log.example/'"), Some(2));
    assert_eq!(start("url = 'https://log.example/'\nca = '/nowhere.pem'"), Some(1));
}
