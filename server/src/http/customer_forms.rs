//! The forms of customers. Browsers without scripts and the scripts of a page send equal bodies. A browser gets a page, and the
//! scripts get JSON, see [`super::scripts`].

use app::answer::ScreenAnswer;
use app::caller::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use backend::Error;
use http::StatusCode;
use http::request::Parts;
use model::customer::{CustomerOutcome, VERSION};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::CustomerId;

use super::forms::{form_refusal, read_values, refuse_question, without_screen};
use super::guard::{see_other, to_login};
use super::key_forms::{own_page, person, signed_out};
use super::pages::answer;
use super::{Console, scripts};

/// `POST /customers/new`
pub(super) async fn create(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read_values(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    let outcome = console.services.customers.create(&actor, &form).await;
    saved(&console, parts, form, outcome).await
}

/// `POST /customers/{id}/edit`
pub(super) async fn edit(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<CustomerId>,
    parts: Parts,
    body: Bytes,
) -> Response {
    let Some(form) = read_values(&body) else {
        return scripts::unreadable(&parts.headers);
    };
    let Some((_, actor)) = person(caller) else {
        return signed_out(&console, &parts);
    };
    let outcome = console.services.customers.edit(&actor, &id, &form).await;
    saved(&console, parts, form, outcome).await
}

/// `POST /customers/{id}/suspend`
pub(super) async fn suspend(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<CustomerId>,
    parts: Parts,
) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(&console, own_page(&parts));
    };
    let outcome = console.services.customers.suspend(&actor, &id).await;
    done(&console, parts, &screen(&id), outcome).await
}

/// `POST /customers/{id}/resume`
pub(super) async fn resume(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<CustomerId>,
    parts: Parts,
) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(&console, own_page(&parts));
    };
    let outcome = console.services.customers.resume(&actor, &id).await;
    done(&console, parts, &screen(&id), outcome).await
}

/// `POST /customers/{id}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<CustomerId>,
    parts: Parts,
) -> Response {
    let Some((_, actor)) = person(caller) else {
        return to_login(&console, own_page(&parts));
    };
    let outcome = console.services.customers.delete(&actor, &id).await;
    done(&console, parts, "/customers", outcome).await
}

/// The path of a customer's screen.
fn screen(id: &CustomerId) -> String {
    format!("/customers/{id}")
}

/// The answer to a sent form: the screen of the customer, or the form with the reason why it was not saved.
async fn saved(
    console: &Console,
    parts: Parts,
    mut form: FormValues,
    outcome: Result<CustomerOutcome, Error>,
) -> Response {
    if scripts::sent_by_scripts(&parts.headers) {
        return scripts::outcome(outcome);
    }
    let (status, errors) = match outcome {
        Ok(CustomerOutcome::Saved { called, .. }) => return see_other(&screen(&called.id)),
        Ok(CustomerOutcome::Changed { version, message }) => {
            form.set(VERSION, version.to_string());
            (StatusCode::CONFLICT, FormErrors::whole(message))
        }
        Err(error) => {
            if let Some(answer) = without_screen(&error) {
                return answer;
            }
            form_refusal(&error)
        }
    };
    answer(console, parts, ScreenAnswer::Create { form, errors }, status).await
}

/// The answer to a question: the next screen, or the question with the reason why nothing was done.
async fn done<T>(console: &Console, parts: Parts, next: &str, outcome: Result<T, Error>) -> Response {
    match outcome {
        Ok(_) => see_other(next),
        Err(error) => refuse_question(console, parts, &error, |error| ScreenAnswer::Delete { error }).await,
    }
}
