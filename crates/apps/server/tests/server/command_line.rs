//! The program itself.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::house::{HOST_KEY, House, PASSWORD, run};

/// A server in its own process, ended with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended already is fine.
        drop(self.0.kill());
        self.0.wait().unwrap();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_first_line_says_where_it_listens_and_it_stops_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let child = Command::new(env!("CARGO_BIN_EXE_chaperone-server"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut program = Program(child);
    let mut lines = BufReader::new(program.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let address = first.strip_prefix("listening https://").unwrap();
    std::net::TcpStream::connect(address).unwrap();
    let rest: Vec<String> = lines.by_ref().take(3).collect();
    assert_eq!(rest[0], format!("origin https://{address}"));
    assert!(rest[1].starts_with("root "), "{rest:?}");
    let code = rest[2].strip_prefix("set-up code ").unwrap();
    assert_eq!(std::fs::read_to_string(code).unwrap().trim().len(), 32);

    let second = run(&["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()], "");
    assert_eq!(second.status.code(), Some(5), "{}", text(&second.stderr));

    #[cfg(unix)]
    {
        let kill = Command::new("kill").arg(program.0.id().to_string()).status().unwrap();
        assert!(kill.success());
        assert_eq!(program.0.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn init_prints_the_same_fingerprint_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let init = || run(&["init", "--data", data.to_str().unwrap()], "");
    let first = init();
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert_eq!(text(&first.stdout).trim().len(), 64);
    assert_eq!(init().stdout, first.stdout);
}

#[tokio::test]
async fn people_secrets_and_codes_are_made_beside_a_running_server() {
    let house = House::with_people().await;
    let add = |name: &str, password: &str| {
        house.run(&["user", "add", name, "--role", "user", "--password-stdin"], password).status.code()
    };
    assert_eq!(add("grace", &format!("{PASSWORD}\n")), Some(0));
    assert_eq!(add("grace", PASSWORD), Some(3), "the name is taken");
    assert_eq!(add("heidi", "short"), Some(3));
    let grace = house.login("grace").await;

    let secret = |target: &str, launcher: &str| {
        let arguments = [
            "secret",
            "add",
            "db02",
            "--kind",
            "ssh-password",
            "--target",
            target,
            "--account",
            "root",
            "--host-key",
            HOST_KEY,
            "--value-stdin",
            "--launchers",
            launcher,
        ];
        house.run(&arguments, "value of the secret\n").status.code()
    };
    assert_eq!(secret("db02", "grace"), Some(2));
    assert_eq!(secret("db02:22", "nobody-of-that-name"), Some(4));
    assert_eq!(secret("db02:22", "grace"), Some(0));
    assert_eq!(secret("db02:22", "grace"), Some(3), "the name is taken");
    assert_eq!(grace.json("/api/secrets").await[0]["may_launch"], true);

    let code = house.run(&["device", "code", "--user", "grace", "--origin", &house.origin], "");
    let code = chaperone_protocol::EnrolmentCode::parse(text(&code.stdout).trim()).unwrap();
    let request = crate::recorder::enrol_request(&code, &chaperone_seals::SigningKey::from_seed(&[4; 32]));
    let answer = crate::recorder::post(&house, "/wire/enrol", request).await;
    assert_eq!(answer.0.status(), reqwest::StatusCode::OK);
    assert_eq!(house.run(&["device", "code", "--user", "nobody-of-that-name"], "").status.code(), Some(4));
}

#[tokio::test]
async fn doctor_finds_a_changed_audit_log() {
    let house = House::with_people().await;
    let well = house.run(&["doctor"], "");
    assert!(well.status.success(), "{}", text(&well.stdout));
    let database = house.data.join("chaperone.db");
    let mut connection = {
        use sqlx::ConnectOptions as _;
        sqlx::sqlite::SqliteConnectOptions::new().filename(database).connect().await.unwrap()
    };
    sqlx::query("UPDATE audit SET actor = 'somebody else' WHERE line = 2")
        .execute(&mut connection)
        .await
        .unwrap();
    let ill = house.run(&["doctor"], "");
    assert_eq!(ill.status.code(), Some(6));
    assert!(text(&ill.stdout).contains("FAIL audit log: line 2"), "{}", text(&ill.stdout));
}

#[tokio::test]
async fn a_restored_store_begins_a_new_epoch() {
    let mut house = House::with_people().await;
    assert_eq!(house.run(&["restored"], "").status.code(), Some(5), "while the server runs");
    house.end().await;
    let run = house.run(&["restored"], "");
    assert!(run.status.success(), "{}", text(&run.stderr));
    let epoch: u64 = text(&run.stdout).trim().parse().unwrap();
    assert!(epoch > 0);

    let house = house.restart().await;
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = crate::recorder::Device::enrol(&house, &user, 1).await;
    let link = crate::recorder::link(&user, &secret).await;
    let mut session = device.redeem(&house, &link, 1).await;
    assert_eq!(session.opening.epoch, epoch);
    let segments = session.film(0..1).concat();
    let receipts =
        crate::recorder::bytes(crate::recorder::post(&house, "/wire/segments", segments).await).await;
    let key = device.server_key(chaperone_seals::KeyRole::Receipt);
    let receipt: chaperone_evidence::Receipt = chaperone_seals::signed::verify(&receipts[4..], &key).unwrap();
    assert_eq!(receipt.epoch, epoch);
}

#[test]
fn what_is_not_understood_exits_with_2() {
    for arguments in [&["serv"][..], &["user", "add"], &["secret", "add", "x", "--kind", "telnet"]] {
        assert_eq!(run(arguments, "").status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(run(&["--help"], "").status.code(), Some(0));
}
