//! Reading answers: capped, and refusals told from everything else.

use std::time::Duration;

use chaperone_protocol::{ErrorCode, Problem};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use reqwest::Response;
use serde::Deserialize;

use crate::UplinkError;

/// The longest problem that is read, in bytes.
const MAX_PROBLEM: usize = 64 * 1024;

/// The parts of a problem (RFC 9457) that count; people may see the detail.
#[derive(Deserialize)]
struct ProblemBody {
    code: String,
    #[serde(default)]
    detail: String,
}

/// The body of a successful answer, at most `limit` bytes; the error otherwise.
pub(crate) async fn body(response: Response, limit: usize) -> Result<Vec<u8>, UplinkError> {
    let status = response.status();
    if status == StatusCode::OK {
        return read(response, limit).await;
    }
    if status.is_redirection() {
        return Err(UplinkError::Redirected);
    }
    let headers = response.headers().clone();
    let body = read(response, MAX_PROBLEM).await.unwrap_or_default();
    Err(refusal(status, &headers, &body))
}

/// What an answer other than success means. Only the server's own problems with a code known here count as its word.
pub(crate) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> UplinkError {
    let retry_after = retry_after(headers);
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_problem = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/problem+json");
    let parsed = is_problem.then(|| serde_json::from_slice::<ProblemBody>(body).ok()).flatten();
    let known = parsed.and_then(|parsed| {
        let code = ErrorCode::parse(&parsed.code)?;
        Some(Problem { code, detail: parsed.detail })
    });
    match known {
        Some(problem) => UplinkError::Refused { problem, retry_after },
        None => UplinkError::Unknown { status: status.as_u16(), retry_after },
    }
}

/// Only the form in seconds; the form as a date depends on two clocks.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, UplinkError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Err(UplinkError::TooLong { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, retry: Option<&str>, body: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        if let Some(retry) = retry {
            headers.insert(RETRY_AFTER, retry.parse().unwrap());
        }
        let refused = refusal(StatusCode::FORBIDDEN, &headers, body.as_bytes());
        if let UplinkError::Refused { problem, retry_after } = refused {
            return format!("{} {retry_after:?}", problem.code.as_str());
        }
        let UplinkError::Unknown { status, retry_after } = refused else { panic!("{refused:?}") };
        format!("{status} {retry_after:?}")
    }

    #[test]
    fn only_known_problems_are_the_servers_word() {
        let used = r#"{"type":"about:blank","title":"x","status":403,"detail":"y","code":"ticket-used"}"#;
        assert_eq!(check("application/problem+json", None, used), "ticket-used None");
        assert_eq!(check("application/problem+json; charset=utf-8", Some("7"), used), "ticket-used Some(7s)");
        assert_eq!(check("text/html", None, used), "403 None");
        assert_eq!(check("application/problem+json", None, r#"{"code":"from-the-future"}"#), "403 None");
        assert_eq!(check("application/problem+json", None, "<html>"), "403 None");
        assert_eq!(check("text/html", Some("Wed, 21 Oct 2015 07:28:00 GMT"), ""), "403 None");
        assert_eq!(check("text/html", Some("120"), ""), "403 Some(120s)");
    }
}
