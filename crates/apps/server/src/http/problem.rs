use axum::Json;
use axum::response::{IntoResponse, Response};
use chaperone_database::DatabaseError;
use chaperone_protocol::ErrorCode;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use tracing::error;

use crate::dto;

/// A call that failed, as it is told to the caller (RFC 9457). What only the log may know stays in the log.
#[derive(Debug)]
pub(crate) struct Problem {
    code: ErrorCode,
    detail: String,
    retry_after_s: Option<u64>,
}

impl Problem {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), retry_after_s: None }
    }

    /// The request cannot be read.
    pub(crate) fn malformed(detail: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::Malformed, detail.to_string())
    }

    /// A value is understood and not accepted.
    pub(crate) fn invalid(detail: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::Invalid, detail.to_string())
    }

    /// There is no such thing, or the caller may not know of it.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no such {what}, or you may not see it"))
    }

    /// Too many tries: wait so long.
    pub(crate) fn too_many(wait_s: u64) -> Self {
        let detail = format!("too many tries: wait {wait_s} s and try again");
        Self { code: ErrorCode::TooMany, detail, retry_after_s: Some(wait_s) }
    }

    /// The server failed. The chain of causes goes to the log, not to the caller.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let causes: Vec<String> =
            std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
        error!(error = causes.join(": "), "A request failed on the server's side");
        Self::new(ErrorCode::Internal, "the server failed; its log says why")
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        Self::internal(&error)
    }
}

impl From<getrandom::Error> for Problem {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = dto::Problem {
            r#type: format!("urn:chaperone:problem:{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            detail: self.detail,
            code: self.code.as_str().to_owned(),
        };
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait_s) = self.retry_after_s {
            headers.insert(RETRY_AFTER, wait_s.into());
        }
        response
    }
}
