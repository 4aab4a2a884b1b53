//! The protection of pages: security headers, and the refusal of forms from other sites.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use backend::audit::harmless_path;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use tower_http::classify::ServerErrorsFailureClass;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::log_limit::log_limited;
use super::request_id::RequestId;

/// Tells browsers not to use plain http for a year, which is given in seconds (RFC 6797).
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// The Content-Security-Policy of an answer that is not a page. It makes a browser run, load and frame nothing of the answer.
pub(super) const DENY_ALL_POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Headers that every answer gets unless its handler has set them.
const DEFAULT_HEADERS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, DENY_ALL_POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that do not know frame-ancestors.
    (X_FRAME_OPTIONS, "DENY"),
    // With this, other sites do not learn the URLs of our pages. `no-referrer` would also hide the origin of our own forms.
    (REFERRER_POLICY, "same-origin"),
];

pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in DEFAULT_HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Adds the header that makes browsers stay with https.
pub(super) async fn strict_transport(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    response
}

/// Sets the Content-Security-Policy of a page, with its nonce, and forbids proxies to change the page. Runs in the Leptos context
/// of a page. Does nothing in the context of a server function, which has no nonce.
pub(super) fn set_page_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = [
        "default-src 'none'",
        // The module script of the page, its imports, and the WASM that they compile.
        &format!("script-src 'strict-dynamic' 'nonce-{nonce}' 'wasm-unsafe-eval'"),
        "style-src 'self'",
        // Server functions, the live stream, and the WASM file.
        "connect-src 'self'",
        // The icon, and the drawings in the style sheet.
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    .join("; ");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    // The scripts of a page stop working when a proxy rewrites it, say to hide e-mail addresses (RFC 9111, section 5.2.2.6).
    response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
}

/// The layer that refuses requests from pages of other sites.
pub(super) type Csrf = CsrfLayer<fn(ProtectionError) -> Response>;

/// Makes the layer. Behind a proxy that rewrites Host, only the public URL says which origin the console has.
pub(super) fn csrf(public_url: Option<&str>) -> Result<Csrf, String> {
    let mut layer = CsrfLayer::new();
    if let Some(url) = public_url {
        layer = layer
            .add_trusted_origin(url)
            .map_err(|error| format!("LATCHKEY_PUBLIC_URL: {error}"))?;
    }
    Ok(layer.with_rejection_response(refused))
}

/// The answer to a form from another site. The person is not known here, so the refusal is not in the audit log.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn refused(why: ProtectionError) -> Response {
    log_limited!(warn, ?why, "refused a form from another site");
    (
        StatusCode::FORBIDDEN,
        "This form came from another site, so it was refused.\n",
    )
        .into_response()
}

/// Logs an answer with a server error. While the database does not answer, every request gets one.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(super) fn failure(class: ServerErrorsFailureClass, latency: Duration, _: &tracing::Span) {
    log_limited!(error, %class, latency = latency.as_millis(), "a request failed");
}

/// The span of a request in the log, with its ID: without the query, which may hold a one-time link, and without text that looks
/// like a token. It has the level of an error, so that no filter takes the ID off a line.
pub(super) fn span<B>(request: &http::Request<B>) -> tracing::Span {
    let id = request.extensions().get().map_or("", RequestId::as_str);
    let path = harmless_path(request.uri().path());
    tracing::error_span!("request", request_id = id, method = %request.method(), path)
}
