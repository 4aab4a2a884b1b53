//! Refuses a form if another person has logged in since its page was rendered. For server functions, `app::server_fns::context`
//! does this.

use app::AppError;
use app::answer::Answer;
use app::caller::Caller;
use app::person::{FIELD, HEADER};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};

use super::customer_import_form::is_file_form;
use super::pages::answer;
use super::{Console, FORM_LIMIT, scripts};

pub(super) async fn same_person(State(console): State<Console>, request: Request, next: Next) -> Response {
    let now = request
        .extensions()
        .get::<Caller>()
        .and_then(|caller| caller.who.as_ref())
        .map(|who| (who.user_id.to_string(), who.me.email.clone()));
    let Some((now, email)) = now.filter(|_| is_form(&request)) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, FORM_LIMIT).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "This form is too long.\n").into_response();
    };
    let fields = serde_html_form::from_bytes::<Vec<(String, String)>>(&body).unwrap_or_default();
    let headers = parts.headers.get_all(HEADER).iter().any(|shown| *shown != *now);
    if headers || fields.iter().any(|(name, value)| name == FIELD && *value != now) {
        if scripts::sent_by_scripts(&parts.headers) {
            return scripts::refused(AppError::other_person(&email));
        }
        // This person may not be permitted to see the screen of the form, so the answer is Home.
        parts.uri = Uri::from_static("/");
        return answer(&console, parts, Answer::OtherPerson(email), StatusCode::CONFLICT).await;
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// Whether this is a form of urlencoded fields. The form with a file is read by its handler, which does the same.
fn is_form(request: &Request) -> bool {
    request.method() == Method::POST && !request.uri().path().starts_with("/api/") && !is_file_form(request)
}
