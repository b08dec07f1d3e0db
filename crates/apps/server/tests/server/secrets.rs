use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::house::{House, ssh_secret};

#[tokio::test]
async fn a_secrets_value_never_comes_out_again() {
    let house = House::with_people().await;
    let id = house.secret("db01 root").await;
    for name in ["administrator", "user"] {
        let caller = house.login(name).await;
        let listed = caller.json("/api/secrets").await;
        assert_eq!(listed[0]["id"], id.as_str());
        assert!(!listed.to_string().contains("hunter2"), "{listed}");
    }
    // Nor does it lie in any file as it is.
    let mut files = vec![house.data.clone()];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(7).any(|window| window == b"hunter2"), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 5, "keys and database were looked at");
}

#[tokio::test]
async fn seeing_and_launching_are_rights_apart() {
    let house = House::with_people().await;
    let id = house.secret("db01 root").await;
    let administrator = house.login("administrator").await;
    let user = house.login("user").await;
    let user_id = user.id().await;
    let launch = format!("/api/secrets/{id}/launch");
    let set = async |rights: serde_json::Value| {
        let path = format!("/api/secrets/{id}/rights");
        administrator.send(Method::PUT, &path, &json!({ "rights": rights })).await
    };

    user.post(&launch, &json!({})).await.expect(StatusCode::OK).await;
    set(json!([{ "person": user_id, "right": "may-see" }])).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(user.json("/api/secrets").await[0]["may_launch"], false);
    assert_eq!(user.post(&launch, &json!({})).await.problem().await, "forbidden");

    set(json!([])).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(user.json("/api/secrets").await, json!([]));
    assert_eq!(user.post(&launch, &json!({})).await.problem().await, "not-found");
    // An administrator configures; launching is a right like everybody else's.
    assert_eq!(administrator.post(&launch, &json!({})).await.problem().await, "not-found");

    let twice =
        json!([{ "person": user_id, "right": "may-see" }, { "person": user_id, "right": "may-launch" }]);
    assert_eq!(set(twice).await.problem().await, "invalid");
}

#[tokio::test]
async fn what_a_client_could_misread_is_refused() {
    let house = House::with_people().await;
    let administrator = house.login("administrator").await;
    for (field, value) in [
        ("name", json!("")),
        ("host", json!("-oProxyCommand=evil")),
        ("host", json!("db01 -p 23")),
        ("port", json!(0)),
        ("account", json!("-l")),
        ("host_key", json!("SHA256:4zCqNqHkJ2m6cB7aXvVZ7g")),
        ("host_key", json!("no key")),
        ("value", json!("")),
        ("domain", json!("CORP")),
    ] {
        let mut body = ssh_secret("db01", &json!([]));
        body[field] = value.clone();
        assert_eq!(
            administrator.post("/api/secrets", &body).await.problem().await,
            "invalid",
            "{field} {value}"
        );
    }
    let mut body = ssh_secret("db01", &json!([]));
    body["unknown"] = json!(1);
    assert_eq!(administrator.post("/api/secrets", &body).await.problem().await, "malformed");
    let mut body = ssh_secret("db01", &json!([]));
    body["kind"] = json!("ssh-key");
    assert_eq!(administrator.post("/api/secrets", &body).await.problem().await, "invalid");
}

#[tokio::test]
async fn a_removed_secret_is_gone_and_its_name_free() {
    let house = House::with_people().await;
    let id = house.secret("db01").await;
    let administrator = house.login("administrator").await;
    let again = ssh_secret("db01", &json!([]));
    assert_eq!(administrator.post("/api/secrets", &again).await.problem().await, "conflict");
    let path = format!("/api/secrets/{id}");
    administrator.send(Method::DELETE, &path, &json!({})).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(administrator.send(Method::DELETE, &path, &json!({})).await.problem().await, "not-found");
    administrator.post("/api/secrets", &again).await.expect(StatusCode::CREATED).await;
}
