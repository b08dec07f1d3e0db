//! Bodies: read whole within the route's limit, refused with a problem otherwise.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use chaperone_protocol::ErrorCode;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError};
use serde::de::DeserializeOwned;

use super::Problem;

/// A JSON body of type `application/json`; unknown and missing fields are refused.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// A body as it came.
pub(crate) struct RawBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(request.into_body()).await.map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(CONTENT_TYPE).map(|value| value.as_bytes());
        if content_type != Some(b"application/json") {
            return Err(Problem::malformed("the body must be of type application/json"));
        }
        let bytes = read(request.into_body()).await?;
        // The error names place and field, and never quotes a value, which may be a password.
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Problem::malformed(format!("the body is not what this call takes (line {line}, column {column})"))
        })
    }
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_too_large(&error) => Err(too_large()),
        Err(_) => Err(Problem::malformed("the body ended before its time")),
    }
}

pub(crate) fn too_large() -> Problem {
    Problem::new(ErrorCode::TooLarge, "the body is longer than this call takes")
}

pub(crate) fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<LengthLimitError>())
}
