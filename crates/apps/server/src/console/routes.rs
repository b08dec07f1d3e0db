use axum::extract::Path;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use rust_embed::EmbeddedFile;

use super::{NOT_BUILT, file, index};
use crate::http::Problem;

/// Files under it carry a hash of their content in their names.
const HASHED: &str = "assets/";

/// `GET /`
pub(crate) async fn home() -> Response {
    first_page()
}

/// `GET /{*path}`: a file of the console, or its first page, which reads the address itself.
pub(crate) async fn page(Path(path): Path<String>) -> Response {
    if path.starts_with("api/") || path.starts_with("wire/") {
        return Problem::not_found("call").into_response();
    }
    match file(&path) {
        Some(found) if path.starts_with(HASHED) => {
            ([(CACHE_CONTROL, "public, max-age=31536000, immutable")], content(&path, found)).into_response()
        }
        Some(found) => content(&path, found),
        // An address that looks like a file is one that is missing, not a page.
        None if path.rsplit('/').next().is_some_and(|name| name.contains('.')) => {
            Problem::not_found("file").into_response()
        }
        None => first_page(),
    }
}

fn first_page() -> Response {
    match index() {
        Some(found) => content("index.html", found),
        None => (StatusCode::OK, Html(NOT_BUILT)).into_response(),
    }
}

fn content(path: &str, file: EmbeddedFile) -> Response {
    let media_type = mime_guess::from_path(path).first_or_octet_stream();
    ([(CONTENT_TYPE, media_type.to_string())], file.data.into_owned()).into_response()
}
