//! Changing and removing what was added.

use chaperone_protocol::{Credential, Route};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{Caller, House, PASSWORD, ssh_secret};
use crate::recorder::{Device, link};

const OTHER: &str = "another long password";

fn change() -> Value {
    let mut body = ssh_secret("db02 root", &json!([]));
    for field in ["kind", "rights", "value"] {
        body.as_object_mut().unwrap().remove(field);
    }
    body["host"] = json!("db02");
    body
}

async fn put(caller: &Caller, path: &str, body: &Value) -> crate::house::Answer {
    caller.send(Method::PUT, path, body).await
}

async fn password_at_redeeming(house: &House, user: &Caller, secret: &str, salt: u8) -> (String, String) {
    let device = Device::enrol(house, user, salt).await;
    let session = device.redeem(house, &link(user, secret).await, salt).await;
    let Route::Direct { host, credential, .. } = session.instructions.route;
    let Credential::Password(password) = credential else { panic!("a password") };
    (host, password.expose().to_owned())
}

#[tokio::test]
async fn a_secret_is_changed_and_its_value_replaced_unseen() {
    let house = House::with_people().await;
    let id = house.secret("db01").await;
    let (administrator, user) = (house.login("administrator").await, house.login("user").await);
    let path = format!("/api/secrets/{id}");
    put(&administrator, &path, &change()).await.expect(StatusCode::NO_CONTENT).await;
    let listed = user.json("/api/secrets").await;
    assert_eq!((&listed[0]["name"], &listed[0]["host"]), (&json!("db02 root"), &json!("db02")));
    let kept = password_at_redeeming(&house, &user, &id, 1).await;
    assert_eq!(kept, ("db02".to_owned(), "hunter2 is the value".to_owned()));

    let mut replaced = change();
    replaced["value"] = json!("swordfish is the value");
    replaced["freeze"] = json!(true);
    put(&administrator, &path, &replaced).await.expect(StatusCode::NO_CONTENT).await;
    let frozen = user.json("/api/secrets").await;
    assert_eq!((&listed[0]["freeze"], &frozen[0]["freeze"]), (&json!(false), &json!(true)));
    assert_eq!(password_at_redeeming(&house, &user, &id, 2).await.1, "swordfish is the value");
    let database = chaperone_database::Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let lines = database.audit_lines(50).await.unwrap();
    assert!(lines.iter().all(|line| !line.detail.contains("swordfish")));
    assert_eq!(lines.iter().filter(|line| line.action == "secret-changed").count(), 2);
}

#[tokio::test]
async fn a_change_that_could_be_misread_or_names_nothing_is_refused() {
    let house = House::with_people().await;
    let id = house.secret("db01").await;
    house.secret("taken").await;
    let administrator = house.login("administrator").await;
    for (field, value, code) in [
        ("name", json!("taken"), "conflict"),
        ("host", json!("-oProxyCommand=evil"), "invalid"),
        ("account", json!("-l"), "invalid"),
        ("domain", json!("CORP"), "invalid"),
        ("value", json!(""), "invalid"),
        ("kind", json!("rdp"), "malformed"),
    ] {
        let mut body = change();
        body[field] = value;
        let answer = put(&administrator, &format!("/api/secrets/{id}"), &body).await;
        assert_eq!(answer.problem().await, code, "{field}");
    }
    let nothing = "/api/secrets/018f4e9a-0000-7000-8000-00000000000a";
    assert_eq!(put(&administrator, nothing, &change()).await.problem().await, "not-found");
}

#[tokio::test]
async fn a_session_goes_on_saying_what_it_was_opened_with() {
    let house = House::with_people().await;
    let id = house.secret("db01").await;
    let (administrator, user) = (house.login("administrator").await, house.login("user").await);
    password_at_redeeming(&house, &user, &id, 1).await;
    put(&administrator, &format!("/api/secrets/{id}"), &change()).await.expect(StatusCode::NO_CONTENT).await;
    let row = user.json("/api/sessions").await["sessions"][0].clone();
    assert_eq!((&row["title"], &row["host"]), (&json!("db01"), &json!("db01")));
}

#[tokio::test]
async fn a_person_is_renamed_promoted_and_gets_a_new_password() {
    let house = House::with_people().await;
    let (administrator, user) = (house.login("administrator").await, house.login("user").await);
    let id = user.id().await;
    let path = format!("/api/people/{id}");
    let body = |name: &str, role: &str| json!({ "name": name, "role": role, "disabled": false });
    put(&administrator, &path, &body("ada", "operator")).await.expect(StatusCode::NO_CONTENT).await;
    let me = user.json("/api/me").await;
    assert_eq!((&me["name"], &me["role"]), (&json!("ada"), &json!("operator")), "the login stays");
    for (name, code) in [("auditor", "conflict"), ("with space", "invalid")] {
        assert_eq!(put(&administrator, &path, &body(name, "user")).await.problem().await, code);
    }
    let password = format!("{path}/password");
    let short = put(&administrator, &password, &json!({ "password": "short" })).await;
    assert_eq!(short.problem().await, "invalid");
    let new = json!({ "password": OTHER });
    put(&administrator, &password, &new).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(user.get("/api/me").await.problem().await, "login-needed", "every login ends");
    let login = async |password: &str| {
        house.nobody().post("/api/login", &json!({ "name": "ada", "password": password })).await.0.status()
    };
    assert_eq!((login(PASSWORD).await, login(OTHER).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
}

#[tokio::test]
async fn ones_own_password_takes_the_one_until_now() {
    let house = House::with_people().await;
    let (user, elsewhere) = (house.login("user").await, house.login("user").await);
    let set = async |current: &str, password: &str| {
        put(&user, "/api/me/password", &json!({ "current": current, "password": password })).await
    };
    assert_eq!(set("something else entirely", OTHER).await.problem().await, "forbidden");
    assert_eq!(set(PASSWORD, "short").await.problem().await, "invalid");
    set(PASSWORD, OTHER).await.expect(StatusCode::NO_CONTENT).await;
    user.json("/api/me").await;
    assert_eq!(elsewhere.get("/api/me").await.problem().await, "login-needed", "other logins end");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let house = House::with_people().await;
    let administrator = house.login("administrator").await;
    let path = format!("/api/people/{}", administrator.id().await);
    for (role, disabled) in [("user", false), ("administrator", true)] {
        let body = json!({ "name": "administrator", "role": role, "disabled": disabled });
        assert_eq!(put(&administrator, &path, &body).await.problem().await, "conflict");
    }
    let removed = administrator.send(Method::DELETE, &path, &json!({})).await;
    assert_eq!(removed.problem().await, "conflict");
    administrator.json("/api/me").await;
}

#[tokio::test]
async fn a_removed_person_is_gone_and_the_name_free() {
    let house = House::with_people().await;
    let (administrator, user) = (house.login("administrator").await, house.login("user").await);
    let path = format!("/api/people/{}", user.id().await);
    administrator.send(Method::DELETE, &path, &json!({})).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(administrator.send(Method::DELETE, &path, &json!({})).await.problem().await, "not-found");
    assert_eq!(administrator.json("/api/people").await.as_array().unwrap().len(), 3);
    let again = json!({ "name": "user", "role": "user", "password": PASSWORD });
    administrator.post("/api/people", &again).await.expect(StatusCode::CREATED).await;
    house.login("user").await;
}

#[tokio::test]
async fn the_command_line_changes_and_removes_as_well() {
    let house = House::with_people().await;
    house.secret("db01").await;
    let run = |arguments: &[&str], input: &str| {
        let done = house.run(arguments, input);
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
    };
    assert_eq!(run(&["user", "set", "user", "--rename", "ada", "--role", "operator", "--disable"], "").0, 0);
    assert!(run(&["user", "list"], "").1.contains("ada\toperator\tdisabled"));
    assert_eq!(run(&["user", "set", "ada", "--password-stdin"], OTHER).0, 0);
    assert!(run(&["user", "list"], "").1.contains("disabled"), "what is not named stays");
    assert_eq!(run(&["user", "set", "ada", "--enable"], "").0, 0);
    let login = json!({ "name": "ada", "password": OTHER });
    house.nobody().post("/api/login", &login).await.expect(StatusCode::OK).await;
    assert_eq!(run(&["user", "set", "nobody", "--enable"], "").0, 4);
    assert_eq!(run(&["user", "remove", "administrator"], "").0, 3, "the last one");
    assert_eq!(run(&["user", "remove", "ada"], "").0, 0);
    assert_eq!(run(&["user", "remove", "ada"], "").0, 4);

    let set = ["secret", "set", "db01", "--rename", "db02", "--target", "db02:2222", "--value-stdin"];
    assert_eq!(run(&set, "swordfish").0, 0);
    assert_eq!(run(&["secret", "list"], "").1, "db02\tssh-password\troot\tdb02:2222\n");
    assert_eq!(run(&["secret", "set", "db02", "--target", "nonsense"], "").0, 2);
    assert_eq!(run(&["secret", "set", "db02", "--on-loss", "freeze"], "").0, 0);
    assert_eq!(run(&["secret", "set", "db02", "--on-loss", "never"], "").0, 2);
    assert_eq!(run(&["secret", "remove", "db02"], "").0, 0);
    assert_eq!(run(&["secret", "remove", "db02"], "").0, 4);
}
