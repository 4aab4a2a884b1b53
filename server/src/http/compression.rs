//! Compresses pages for browsers.
//!
//! The size of a compressed answer tells something about its content. A page of another site could use that to find out a secret, if it
//! could make a browser load pages that have both this secret and a text of its choice (the attack BREACH). So only pages without a secret
//! are compressed, and none that another site has asked for. docs/SECURITY.md says which.

use std::io::{self, Write as _};

use app::screens::Screen;
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::encoding::Encoding;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What the answer depends on.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("accept-encoding, sec-fetch-site");

/// Quality 5 of 11: a page of 50 keys takes some milliseconds. From 6 on it takes much longer and becomes hardly smaller.
const BROTLI_QUALITY: u32 = 5;
/// The binary logarithm of the window. Pages are smaller than 256 KiB.
const BROTLI_WINDOW: u32 = 18;
const BUFFER: usize = 1 << 14;
/// Shorter pages are not worth the work.
const LEAST: usize = 1_000;

/// How the page at this address may be encoded, as far as the request tells.
pub(super) fn for_request(request: &Parts) -> Encoding {
    let site = request.headers.get(SEC_FETCH_SITE);
    // `none` is an address that a person typed, or a bookmark. Only very old browsers and programs send no such header.
    let is_asked_by_us = site.is_none_or(|site| site == "same-origin" || site == "none");
    let has_no_secret = Screen::at(request.uri.path()).is_some_and(Screen::never_shows_a_secret);
    if is_asked_by_us && has_no_secret {
        Encoding::accepted_by(&request.headers)
    } else {
        Encoding::Identity
    }
}

/// The page in this encoding. Sets the headers that say so.
pub(super) fn compress(page: String, encoding: Encoding, headers: &mut HeaderMap) -> Vec<u8> {
    headers.append(VARY, DEPENDS_ON);
    let page = page.into_bytes();
    let compressed = match encoding {
        _ if page.len() < LEAST => None,
        Encoding::Brotli => brotli(&page).ok(),
        Encoding::Gzip => gzip(&page).ok(),
        Encoding::Identity => None,
    };
    match (compressed, encoding.name()) {
        (Some(compressed), Some(name)) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
            compressed
        }
        _ => page,
    }
}

fn brotli(page: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::with_capacity(page.len() / 8);
    let mut writer = CompressorWriter::new(&mut compressed, BUFFER, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(page)?;
    drop(writer);
    Ok(compressed)
}

fn gzip(page: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::with_capacity(page.len() / 6), Compression::default());
    writer.write_all(page)?;
    writer.finish()
}
