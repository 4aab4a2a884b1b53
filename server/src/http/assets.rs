//! The site's files: WASM, JS, style sheet and icon. They are embedded in this binary, with compressed copies.

use std::borrow::Cow;
use std::sync::LazyLock;

use app::shell::SiteAssets;
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

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
    let Some(content) = Site::get(&format!("assets/{name}{}", encoding.suffix())) else {
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

/// The content encoding of a file. If a browser gives several encodings the same weight, the first one here is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    const ALL: [Encoding; 3] = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];

    /// Negotiates by RFC 9110, section 12.5.3. If no encoding is acceptable, the plain file is sent, as the RFC allows.
    fn accepted_by(headers: &HeaderMap) -> Encoding {
        let accepted = headers
            .get_all(ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let accepted: Vec<(&str, u16)> = accepted
            .flat_map(|value| value.split(','))
            .filter_map(parse_coding)
            .collect();
        let weight = |name: &str| {
            let named = accepted.iter().find(|(coding, _)| coding.eq_ignore_ascii_case(name));
            named
                .or_else(|| accepted.iter().find(|(coding, _)| *coding == "*"))
                .map(|(_, weight)| *weight)
        };
        let weight = |encoding: Encoding| match encoding {
            Encoding::Brotli => weight("br").unwrap_or(0),
            Encoding::Gzip => weight("gzip").or_else(|| weight("x-gzip")).unwrap_or(0),
            // The plain file is acceptable even if the header does not name it, as the last choice.
            Encoding::Identity => weight("identity").unwrap_or(1),
        };
        let mut best = Encoding::Identity;
        for encoding in Encoding::ALL.into_iter().rev() {
            if weight(encoding) > 0 && weight(encoding) >= weight(best) {
                best = encoding;
            }
        }
        best
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
            Encoding::Identity => "",
        }
    }
}

/// Parses one element of Accept-Encoding: its name and its weight in thousandths, 1000 by default. Returns `None` if the element is
/// malformed.
fn parse_coding(element: &str) -> Option<(&str, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let Some(parameter) = parts.next() else {
        return Some((name, 1000));
    };
    let weight = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some((name, thousandths)),
        "1" if thousandths == 0 => Some((name, 1000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &'static str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
        Encoding::accepted_by(&headers)
    }

    #[test]
    fn a_browser_gets_brotli() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(accepted("*"), Encoding::Brotli);
    }

    #[test]
    fn weights_are_respected() {
        assert_eq!(accepted("br;q=0.5, gzip"), Encoding::Gzip);
        assert_eq!(accepted("br;q=0, gzip;q=0.001"), Encoding::Gzip);
        assert_eq!(accepted("br;q=0, *"), Encoding::Gzip);
        assert_eq!(accepted("identity, br;q=0.9"), Encoding::Identity);
        assert_eq!(accepted("br;q=0.5, identity;q=0.5"), Encoding::Brotli);
        assert_eq!(accepted("br ; q=1.000"), Encoding::Brotli);
    }

    #[test]
    fn without_an_acceptable_known_encoding_the_plain_file_is_sent() {
        assert_eq!(Encoding::accepted_by(&HeaderMap::new()), Encoding::Identity);
        assert_eq!(accepted("zstd"), Encoding::Identity);
        assert_eq!(accepted("br;q=2, gzip;level=9"), Encoding::Identity);
        assert_eq!(accepted("identity;q=0, *;q=0"), Encoding::Identity);
    }
}
