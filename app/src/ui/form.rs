//! Sends forms by scripts. The request has the URL and the content that a browser would send without scripts, so the same handler
//! answers it. Only the answer differs: it is the outcome as JSON, and not a page.

use js_sys::Array;
use leptos::html;
use leptos::prelude::*;
use leptos::serde_json;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::end_date::{EXPIRES_ON, UTC_OFFSET};
use model::form::{FormAnswer, FormErrors};
use model::form_values::FormValues;
use model::key_form::BROWSER_TIME;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, SubmitEvent, UrlSearchParams};

use super::dialog::focus_first_error;
use crate::error::AppError;
use crate::protocol::post;
use crate::ui::day::{here, offset_at_end_of};

/// The content type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// A form as it was when a person sent it.
pub(crate) struct SentForm {
    action: String,
    body: String,
}

/// The values that were typed into the form that an event is about.
pub(crate) fn typed(event: &SubmitEvent) -> Option<FormValues> {
    let (_, data) = form_of(event)?;
    let mut values = FormValues::default();
    for pair in data.entries() {
        let pair = Array::from(&pair.ok()?);
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            values.add(&name, value);
        }
    }
    Some(values)
}

/// Handles the event `submit` of a GET form: opens the URL that the browser would open without scripts, within the application. Fields
/// that are empty are left out.
pub(crate) fn navigate_on_submit() -> impl Fn(SubmitEvent) + Clone + 'static {
    let navigate = use_navigate();
    move |event| {
        let Some(SentForm { action, body }) = SentForm::read(&event) else {
            return;
        };
        event.prevent_default();
        let query: Vec<&str> = body.split('&').filter(|field| is_set(field)).collect();
        let question = if query.is_empty() { "" } else { "?" };
        navigate(
            &format!("{action}{question}{}", query.join("&")),
            NavigateOptions::default(),
        );
    }
}

/// Whether a field of a query says something. An empty environment means all of them; other empty fields are left out, so that URLs
/// stay short.
fn is_set(field: &str) -> bool {
    !field.is_empty() && (!field.ends_with('=') || field == "environment=")
}

/// The query with which filters were last drawn.
pub(crate) struct DrawnQuery<T: Send + Sync + 'static>(StoredValue<Option<T>>);

impl<T: Clone + PartialEq + Send + Sync + 'static> DrawnQuery<T> {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// Notes that the filters are drawn with this query. Returns whether they were drawn with another one before.
    pub(crate) fn replace(&self, query: &T) -> bool {
        let before = self.0.try_update_value(|drawn| drawn.replace(query.clone()));
        before.flatten().is_some_and(|before| before != *query)
    }
}

/// Resets a form if it is drawn again in the same place with another query, since the person may have changed its fields. What is
/// typed while the choices of the form are loaded stays.
pub(crate) fn reset_on_redraw(form: NodeRef<html::Form>, is_new: bool) {
    Effect::new(move |_| {
        if let Some(form) = form.get().filter(|_| is_new) {
            form.reset();
        }
    });
}

/// The form that an event is about, and its data with the values that only the browser knows.
fn form_of(event: &SubmitEvent) -> Option<(HtmlFormElement, FormData)> {
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    fill_hidden(&data);
    Some((form, data))
}

impl SentForm {
    /// Reads the form that an event is about.
    pub(crate) fn read(event: &SubmitEvent) -> Option<Self> {
        let (form, data) = form_of(event)?;
        let body = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
        Some(Self {
            // This reads the attribute, since a field named `action` would replace the property.
            action: form.get_attribute("action")?,
            body: String::from(body.to_string()),
        })
    }

    /// Sends the form, and reads the outcome.
    ///
    /// # Errors
    /// What is invalid in the form, or why it was not accepted.
    pub(crate) async fn send<T: DeserializeOwned>(self) -> Result<T, FormErrors> {
        let (_, answer) = post(&self.action, FORM, self.body).await?;
        if let Ok(answer) = serde_json::from_str::<FormAnswer<T>>(&answer) {
            return answer.into_result();
        }
        let error = serde_json::from_str(&answer).unwrap_or_else(|_| AppError::unreachable());
        Err(error.into())
    }
}

/// Handles the event `submit` of the form in a dialog: sends the form, unless an answer to it is awaited. The typed text stays in the
/// form. `begin` is called when the form is sent, and what it returns gets the outcome, and returns what is wrong, or `None` if the
/// form is no longer needed.
pub(crate) fn send_on_submit<T, F>(
    dialog: &'static str,
    errors: RwSignal<FormErrors>,
    busy: RwSignal<bool>,
    begin: impl Fn() -> F,
) -> impl Fn(SubmitEvent)
where
    T: DeserializeOwned + 'static,
    F: FnOnce(T) -> Option<FormErrors> + 'static,
{
    move |event| {
        event.prevent_default();
        let Some(form) = SentForm::read(&event).filter(|_| !busy.get_untracked()) else {
            return;
        };
        busy.set(true);
        let finish = begin();
        leptos::task::spawn_local(async move {
            let problem = match form.send().await {
                Ok(outcome) => finish(outcome),
                Err(errors) => Some(errors),
            };
            if let Some(problem) = problem {
                busy.try_set(false);
                errors.try_set(problem);
                focus_first_error(dialog);
            }
        });
    }
}

/// Fills in the hidden fields that a form has for values that only the browser knows.
fn fill_hidden(data: &FormData) {
    if data.has(BROWSER_TIME) {
        let _ = data.set_with_str(BROWSER_TIME, &here().0.to_string());
    }
    if data.has(UTC_OFFSET) {
        let day = data.get(EXPIRES_ON).as_string().unwrap_or_default();
        let _ = data.set_with_str(UTC_OFFSET, &offset_at_end_of(&day).to_string());
    }
}
