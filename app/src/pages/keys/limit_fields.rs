//! The field group for rate limits: of a key, and those that the keys of a customer share.

use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::limit::Window;

use crate::ui::field::{FieldError, described, invalid, labelled_as};

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(crate) fn LimitFields(
    legend: &'static str,
    hint: &'static str,
    values: FormValues,
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    view! {
        <fieldset class="group" aria-describedby="limits-hint">
            <legend>{legend}</legend>
            <div class="limits">
                {Window::ALL
                    .into_iter()
                    .map(|window| view! { <Limit window typed=values.text(window.field_name()).to_owned() errors/> })
                    .collect_view()}
            </div>
            {Window::ALL.into_iter().map(|window| view! { <FieldError name=window.field_name() errors/> }).collect_view()}
            <p class="field__hint" id="limits-hint">
                {hint}
            </p>
        </fieldset>
    }
}

/// The field of one limit. It is a text field with a keypad of digits. A number field would send an empty value for text that it
/// cannot read, and an empty value means no limit.
#[component]
fn Limit(window: Window, typed: String, errors: RwSignal<FormErrors>) -> impl IntoView {
    let name = window.field_name();
    let input = view! {
        <input
            class="input num"
            id=name
            name=name
            inputmode="numeric"
            autocomplete="off"
            placeholder="No limit"
            value=typed
            aria-invalid=invalid(name, errors)
            aria-describedby=described(name, None, errors)
        />
    };
    labelled_as(name, name, window.label(), None, None, input.into_any())
}
