//! What every answer carries, and the console's pages.

use reqwest::{Method, StatusCode};

use crate::house::House;

#[tokio::test]
async fn every_answer_is_hardened() {
    let house = House::empty().await;
    for path in ["/", "/api/state", "/api/me", "/api/nothing", "/wire/key-set", "/missing.js"] {
        let answer = house.nobody().get(path).await.0;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        for loose in ["unsafe", "data:", "blob:", "http", "*"] {
            assert!(!policy.contains(loose), "{path}: {policy}");
        }
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert!(header("strict-transport-security").starts_with("max-age="), "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn addresses_of_the_console_give_its_first_page_and_missing_files_are_missing() {
    let house = House::empty().await;
    let home = house.nobody().get("/").await.0;
    assert_eq!(home.status(), StatusCode::OK);
    assert!(home.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let home = home.text().await.unwrap();
    for path in ["/sessions", "/sessions/018f4e9a-0000-7000-8000-00000000000a"] {
        assert_eq!(house.nobody().get(path).await.0.text().await.unwrap(), home, "{path}");
    }
    for path in ["/missing.js", "/assets/../../Cargo.toml", "/api/nothing", "/wire/nothing"] {
        assert_eq!(house.nobody().get(path).await.problem().await, "not-found", "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_named_as_such() {
    let house = House::empty().await;
    for (method, path) in [(Method::GET, "/api/login"), (Method::PUT, "/"), (Method::DELETE, "/api/state")] {
        let answer = house.nobody().request(method.clone(), path).send().await.unwrap();
        assert_eq!(crate::house::Answer(answer).problem().await, "method-not-allowed", "{method} {path}");
    }
}
