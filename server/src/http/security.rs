//! What protects pages: headers, and the refusal of other sites' forms.

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

/// A year, in seconds: browsers that were here by https come by nothing else (RFC 6797).
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// Nothing in an answer that is not a page is to be run, loaded or framed.
pub(super) const NOTHING: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// What is sent where a page has not said it more exactly.
const DEFAULTS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, NOTHING),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that do not know frame-ancestors.
    (X_FRAME_OPTIONS, "DENY"),
    // Links out carry no address of ours. Not `no-referrer`: browsers would then hide the origin of our own forms.
    (REFERRER_POLICY, "same-origin"),
];

pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in DEFAULTS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The same with https, and what tells browsers to stay with it.
pub(super) async fn strict_transport(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    response
}

/// The Content-Security-Policy of a page, with its nonce, and that nobody may change it on its way. Runs in the page's context, and in that of server functions,
/// which have no nonce.
pub(super) fn page_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = [
        "default-src 'none'",
        // The module script of the page, what it imports, and the WASM that it compiles.
        &format!("script-src 'strict-dynamic' 'nonce-{nonce}' 'wasm-unsafe-eval'"),
        "style-src 'self'",
        // Server functions and the WASM itself.
        "connect-src 'self'",
        // The icon.
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    .join("; ");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    // A proxy that rewrites a page, to hide e-mail addresses say, takes its scripts from it (RFC 9111, section 5.2.2.6).
    response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
}

/// What refuses requests from other sites' pages.
pub(super) type Csrf = CsrfLayer<fn(ProtectionError) -> Response>;

/// Refuses what another site's page sends. Behind a proxy that rewrites Host, the public URL is our origin.
pub(super) fn csrf(public_url: Option<&str>) -> Result<Csrf, String> {
    let mut layer = CsrfLayer::new();
    if let Some(url) = public_url {
        layer = layer
            .add_trusted_origin(url)
            .map_err(|error| format!("LATCHKEY_PUBLIC_URL: {error}"))?;
    }
    Ok(layer.with_rejection_response(refused))
}

/// What a person sees whose form came from elsewhere. Who it was is not known here, so the audit log has it not.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn refused(why: ProtectionError) -> Response {
    log_limited!(warn, ?why, "refused a form from another site");
    (
        StatusCode::FORBIDDEN,
        "This form came from another site, so it was refused.\n",
    )
        .into_response()
}

/// An answer of ours that says that we failed. When the database is away, every request of everybody gets one.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(super) fn failure(class: ServerErrorsFailureClass, latency: Duration, _: &tracing::Span) {
    log_limited!(error, %class, latency = latency.as_millis(), "a request failed");
}

/// A request in the log: without the query, which carries one-time links, and without what looks like a token.
pub(super) fn span<B>(request: &http::Request<B>) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = harmless_path(request.uri().path()))
}
