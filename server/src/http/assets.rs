//! The site's files: WASM, JS, style sheet and icon. They are embedded in this binary, with compressed copies.

use std::borrow::Cow;
use std::sync::LazyLock;

use app::shell::SiteAssets;
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

use super::encoding::Encoding;

/// The files that `cargo xtask build` has made. There are none in a server that was compiled without `xtask`.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// A file's name contains a hash of its content, so the content of a name never changes.
const CACHE_FOREVER: &str = "public, max-age=31536000, immutable";
const CACHE_ONE_DAY: &str = "public, max-age=86400";

/// The names of the embedded files, for the pages that refer to them.
pub static SITE: LazyLock<SiteAssets> = LazyLock::new(|| {
    let manifest = Site::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok());
    manifest.unwrap_or_else(|| {
        tracing::error!(
            "this binary was built without the site, so pages have no style and no scripts: build it with `cargo xtask build`"
        );
        SiteAssets::default()
    })
});

/// The routes `/assets/{name}`, and `/favicon.ico`, which browsers request by themselves.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/{name}", get(asset))
        .route("/favicon.ico", get(favicon))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file(&name, &headers, CACHE_FOREVER)
}

async fn favicon(headers: HeaderMap) -> Response {
    file(&SITE.icon, &headers, CACHE_ONE_DAY)
}

fn file(name: &str, headers: &HeaderMap, cache_control: &'static str) -> Response {
    let Some(content_type) = content_type(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let encoding = Encoding::accepted_by(headers);
    let Some(content) = Site::get(&format!("assets/{name}{}", suffix(encoding))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = match content.data {
        Cow::Borrowed(bytes) => bytes.into_response(),
        Cow::Owned(bytes) => bytes.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(name) = encoding.name() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}

/// The content type of a file, or `None` for a kind of file that the site does not have. So the compressed copies cannot be
/// requested by their own names.
fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// What the name of a compressed copy ends with.
const fn suffix(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Brotli => ".br",
        Encoding::Gzip => ".gz",
        Encoding::Identity => "",
    }
}
