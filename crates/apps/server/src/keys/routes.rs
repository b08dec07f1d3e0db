use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chaperone_protocol::CBOR;
use http::header::CONTENT_TYPE;

use crate::app::Shared;

/// `GET /wire/key-set`
pub(crate) async fn key_set(State(app): State<Shared>) -> Response {
    ([(CONTENT_TYPE, CBOR)], app.keys.signed_set()).into_response()
}
