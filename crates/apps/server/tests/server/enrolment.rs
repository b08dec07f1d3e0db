use chaperone_protocol::{EnrolRequest, EnrolmentCode};
use chaperone_seals::{KeyRole, Nonce, SigningKey, signed};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::house::House;
use crate::recorder::{Device, code, enrol_request, key_set, link, now_ms, post};

#[tokio::test]
async fn a_device_enrols_with_a_code_and_stands_in_the_list() {
    let house = House::with_people().await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let listed = user.json("/api/devices").await;
    assert_eq!(listed[0]["fingerprint"], device.key.public().id().to_string());
    assert_eq!((&listed[0]["name"], &listed[0]["system"]), (&json!("laptop"), &json!("Linux")));
    assert_eq!(house.login("operator").await.json("/api/devices").await, json!([]), "others' are not shown");
    assert_eq!(house.login("administrator").await.json("/api/devices").await[0]["person_name"], "user");
}

#[tokio::test]
async fn a_code_works_once_and_only_unchanged() {
    let house = House::with_people().await;
    let user = house.login("user").await;
    let code = code(&user).await;
    let other_secret = EnrolmentCode {
        secret: chaperone_protocol::enrolment::EnrolmentSecret::from_bytes([0; 16]),
        ..code.clone()
    };
    let refused = async |code: &EnrolmentCode, seed| {
        let request = enrol_request(code, &SigningKey::from_seed(&[seed; 32]));
        post(&house, "/wire/enrol", request).await.problem().await
    };
    assert_eq!(refused(&other_secret, 1).await, "enrolment-code-invalid");
    let request = enrol_request(&code, &SigningKey::from_seed(&[1; 32]));
    assert_eq!(post(&house, "/wire/enrol", request.clone()).await.0.status(), StatusCode::OK);
    assert_eq!(refused(&code, 2).await, "enrolment-code-invalid");
    assert_eq!(post(&house, "/wire/enrol", request).await.problem().await, "enrolment-code-invalid");
}

#[tokio::test]
async fn a_request_for_another_server_or_with_anothers_key_is_refused() {
    let house = House::with_people().await;
    let user = house.login("user").await;
    let code = code(&user).await;
    let key = SigningKey::from_seed(&[1; 32]);
    let request = |origin: &str| EnrolRequest {
        origin: origin.to_owned(),
        secret: code.secret.clone(),
        device_key: key.public(),
        device_name: "laptop".into(),
        system: "Linux".into(),
        nonce: Nonce::from_bytes([1; 16]),
    };
    let elsewhere = signed::sign(&request("https://other.example"), &key);
    assert_eq!(post(&house, "/wire/enrol", elsewhere).await.problem().await, "other-server");
    let stolen = signed::sign(&request(code.origin.as_str()), &SigningKey::from_seed(&[2; 32]));
    assert_eq!(post(&house, "/wire/enrol", stolen).await.problem().await, "malformed");
    assert_eq!(post(&house, "/wire/enrol", b"nonsense".to_vec()).await.problem().await, "malformed");
}

#[tokio::test]
async fn a_revoked_device_can_do_nothing_more() {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let id = user.json("/api/devices").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/devices/{id}");
    let operator = house.login("operator").await;
    assert_eq!(operator.send(Method::DELETE, &path, &json!({})).await.problem().await, "not-found");
    user.send(Method::DELETE, &path, &json!({})).await.expect(StatusCode::NO_CONTENT).await;
    let request = device.redeem_request(&link(&user, &secret).await, 1);
    assert_eq!(post(&house, "/wire/redeem", request).await.problem().await, "device-unknown");
    let code = code(&user).await;
    let again = enrol_request(&code, &device.key);
    assert_eq!(post(&house, "/wire/enrol", again).await.problem().await, "device-unknown");
}

#[tokio::test]
async fn the_key_set_names_the_certificate_and_survives_a_restart() {
    let house = House::with_people().await;
    let root = code(&house.login("user").await).await.root;
    let before = key_set(&house, &root).await;
    for role in [KeyRole::Tls, KeyRole::Launch, KeyRole::Receipt, KeyRole::Recording, KeyRole::Audit] {
        assert_eq!(before.valid(role, now_ms()).count(), 1, "{role:?}");
    }
    let pem = std::fs::read(house.data.join("keys/tls.cert.pem")).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let spki = chaperone_seals::Digest::of(pem.parse_x509().unwrap().public_key().raw);
    assert_eq!(before.valid(KeyRole::Tls, now_ms()).next().unwrap().as_bytes(), spki.as_bytes());
    let house = house.restart().await;
    assert_eq!(key_set(&house, &root).await, before);
}
