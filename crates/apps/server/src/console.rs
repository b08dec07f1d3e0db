//! The console: pages built from `ui/console` and carried in this program.

pub(crate) mod routes;

use rust_embed::{EmbeddedFile, RustEmbed};

/// Says so where the pages were not built with this program.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Chaperone</title>\
    <h1>The console was not built into this program</h1>\
    <p>Build it with <code>npm ci --prefix ui && npm run build --prefix ui</code>, then build the server again.</p></html>";

#[derive(RustEmbed)]
#[folder = "../../../ui/console/dist"]
#[allow_missing = true]
struct Pages;

/// The file at `path`, if the console has one.
fn file(path: &str) -> Option<EmbeddedFile> {
    Pages::get(path)
}

/// The page every address of the console begins with.
fn index() -> Option<EmbeddedFile> {
    file("index.html")
}
