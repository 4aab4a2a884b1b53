//! The pages, which Leptos renders, and the server functions that their scripts call.

use std::sync::Arc;

use app::answer::Answer;
use app::caller::{Caller, OutageSeen};
use app::customer_import::ImportContent;
use app::screens::Screen;
use app::shell::shell;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use backend::error::Outage;
use http::header::{ACCEPT, REFERER};
use http::request::Parts;
use http::{Method, StatusCode};
use leptos::prelude::provide_context;
use leptos::server_fn::axum::get_server_fn_service;

use super::compression::compress;
use super::encoding::Encoding;
use super::shape::write_shape;
use super::{Console, assets, compression, customer_import, outage, reference, security};

/// `GET` of any screen. For a path without a screen, the answer is the 404 page.
pub(super) async fn page(State(console): State<Console>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, "There is no form at this address.\n").into_response();
    }
    let (parts, body) = request.into_parts();
    let encoding = compression::for_request(&parts);
    let import = (Screen::at(parts.uri.path()) == Some(Screen::ImportCustomers))
        .then(|| parts.extensions.get::<Caller>().cloned())
        .flatten()
        .and_then(|caller| customer_import::first_content(caller, console.cookies.preferences(&parts.headers)));
    let request = Request::from_parts(parts, body);
    render(&console, request, Answer::None, import, encoding).await
}

/// `POST /api/…`: the server functions.
pub(super) async fn server_function(State(console): State<Console>, mut request: Request) -> Response {
    if get_server_fn_service(request.uri().path(), Method::POST).is_none() {
        return (StatusCode::NOT_FOUND, "There is no such function.\n").into_response();
    }
    // With these headers, Leptos would mistake the request for a plain form and redirect to its Referer, which may be on another
    // site. Our plain forms have routes of their own.
    request.headers_mut().remove(ACCEPT);
    request.headers_mut().remove(REFERER);
    let services = Arc::clone(&console.services);
    // Some answers are sentences with numbers.
    let preferences = console.cookies.preferences(request.headers());
    let context = move || {
        provide_context(Arc::clone(&services));
        provide_context(preferences);
    };
    leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response()
}

/// The page that answers a form: the screen at the URL of the form, with the outcome.
pub(super) async fn answer(console: &Console, parts: Parts, answer: impl Into<Answer>, status: StatusCode) -> Response {
    let seen = parts.extensions.get::<OutageSeen>().cloned().unwrap_or_default();
    let mut request = Request::from_parts(parts, Body::empty());
    *request.method_mut() = Method::GET;
    // It may show a token.
    let mut response = render(console, request, answer.into(), None, Encoding::Identity).await;
    // The screen has no form without its data. A page that shows a token is needed, whatever else is missing on it.
    if seen.is_noted() && !status.is_success() {
        return outage::away(Outage::Unreachable);
    }
    *response.status_mut() = status;
    response
}

/// The page that answers the form of an import.
pub(super) async fn answer_with_import(
    console: &Console,
    parts: Parts,
    content: ImportContent,
    status: StatusCode,
) -> Response {
    let mut request = Request::from_parts(parts, Body::empty());
    *request.method_mut() = Method::GET;
    let mut response = render(console, request, Answer::None, Some(content), Encoding::Identity).await;
    *response.status_mut() = status;
    response
}

async fn render(
    console: &Console,
    request: Request,
    answer: Answer,
    import: Option<ImportContent>,
    encoding: Encoding,
) -> Response {
    let services = Arc::clone(&console.services);
    let reference = reference::content(console, &request).await;
    let preferences = console.cookies.preferences(request.headers());
    let context = move || {
        provide_context(Arc::clone(&services));
        provide_context(answer.clone());
        provide_context(preferences);
        if let Some(content) = &reference {
            provide_context(content.clone());
        }
        if let Some(content) = &import {
            provide_context(content.clone());
        }
        security::set_page_policy();
    };
    let page = leptos_axum::render_app_async_with_context(context, || shell(&assets::SITE))(request).await;
    let (mut parts, body) = page.into_parts();
    // The page is already rendered completely, so this does not wait.
    let body = match to_bytes(body, usize::MAX)
        .await
        .map(|body| String::from_utf8(body.into()))
    {
        Ok(Ok(body)) => Body::from(compress(write_shape(body), encoding, &mut parts.headers)),
        _ => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    Response::from_parts(parts, body)
}
