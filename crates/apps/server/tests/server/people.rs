use reqwest::StatusCode;
use serde_json::json;

use crate::house::{House, PASSWORD};

#[tokio::test]
async fn the_first_administrator_is_made_once_with_the_code() {
    let house = House::empty().await;
    let nobody = house.nobody();
    assert_eq!(nobody.json("/api/state").await["needs_first_administrator"], true);
    let body = |code: &str, password: &str| json!({ "code": code, "name": "root", "password": password });
    let path = "/api/first-administrator";
    assert_eq!(nobody.post(path, &body("wrong", PASSWORD)).await.problem().await, "forbidden");
    let code = house.set_up_code();
    assert_eq!(nobody.post(path, &body(&code, "short")).await.problem().await, "invalid");
    nobody.post(path, &body(&code, PASSWORD)).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(nobody.post(path, &body(&code, PASSWORD)).await.problem().await, "conflict");
    assert_eq!(nobody.json("/api/state").await["needs_first_administrator"], false);
    assert!(!house.data.join("first-administrator.code").exists());
    assert_eq!(house.login("root").await.json("/api/me").await["role"], "administrator");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let house = House::with_people().await;
    let mut answers = Vec::new();
    for name in ["user", "nobody-of-that-name"] {
        let body = json!({ "name": name, "password": "something else entirely" });
        answers.push(house.nobody().post("/api/login", &body).await.expect(StatusCode::UNAUTHORIZED).await);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0]["code"], "login-failed");
}

#[tokio::test]
async fn guessing_is_slowed_down_for_that_account_only() {
    let house = House::with_people().await;
    let guess = json!({ "name": "user", "password": "guessing guessing" });
    let mut codes = Vec::new();
    for _ in 0..12 {
        codes.push(house.nobody().post("/api/login", &guess).await.problem().await);
    }
    assert_eq!(codes[..10], vec!["login-failed"; 10]);
    assert!(codes.iter().skip(10).any(|code| code == "too-many"), "{codes:?}");
    house.login("auditor").await;
}

#[tokio::test]
async fn logging_out_ends_the_login() {
    let house = House::with_people().await;
    let user = house.login("user").await;
    user.json("/api/me").await;
    let answer = user.post("/api/logout", &json!({})).await;
    assert!(answer.0.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(user.get("/api/me").await.problem().await, "login-needed");
}

#[tokio::test]
async fn the_cookie_is_for_this_host_over_tls_and_no_script() {
    let house = House::with_people().await;
    let body = json!({ "name": "user", "password": PASSWORD });
    let answer = house.nobody().post("/api/login", &body).await;
    let cookie = answer.0.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-chaperone="), "{cookie}");
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
}

#[tokio::test]
async fn people_are_added_once_by_a_proper_name() {
    let house = House::with_people().await;
    let administrator = house.login("administrator").await;
    let add = async |name: &str| {
        let body = json!({ "name": name, "role": "user", "password": PASSWORD });
        administrator.post("/api/people", &body).await.problem().await
    };
    assert_eq!(add("user").await, "conflict");
    for name in ["", "with space", "-\n", &"x".repeat(65)] {
        assert_eq!(add(name).await, "invalid", "{name:?}");
    }
    let people = administrator.json("/api/people").await;
    assert_eq!(people.as_array().unwrap().len(), 4);
    assert!(!people.to_string().contains("argon2"), "no password, however it is stored");
}

#[tokio::test]
async fn logins_survive_a_restart() {
    let house = House::with_people().await;
    let user = house.login("user").await;
    let house = house.restart().await;
    user.json("/api/me").await;
    drop(house);
}
