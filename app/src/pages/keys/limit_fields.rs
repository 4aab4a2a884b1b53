//! The fields Rate limit and Allowed addresses, for creating and editing.

use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::key_fields::KeyField;
use model::limit::Window;

use crate::ui::field::{FieldError, described, escaped, invalid, labelled_as};

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn RateLimit(values: FormValues, errors: RwSignal<FormErrors>) -> impl IntoView {
    let fields = Window::ALL.map(KeyField::Limit);
    view! {
        <fieldset class="group" aria-describedby="limits-hint">
            <legend>"Rate limit"</legend>
            <div class="limits">
                {fields
                    .into_iter()
                    .map(|field| view! { <Limit field typed=values.text(field.name()).to_owned() errors/> })
                    .collect_view()}
            </div>
            {fields.into_iter().map(|field| view! { <FieldError name=field.name() errors/> }).collect_view()}
            <p class="field__hint" id="limits-hint">
                "All nodes together keep to a limit, give or take a tenth."
            </p>
        </fieldset>
    }
}

/// The field of one limit. It is a text field with a keypad of digits. A number field would send an empty value for text that it
/// cannot read, and an empty value means no limit.
#[component]
fn Limit(field: KeyField, typed: String, errors: RwSignal<FormErrors>) -> impl IntoView {
    let name = field.name();
    let input = view! {
        <input
            class="input num"
            id=field.id()
            name=name
            inputmode="numeric"
            autocomplete="off"
            placeholder="No limit"
            value=typed
            aria-invalid=invalid(name, errors)
            aria-describedby=described(name, None, errors)
        />
    };
    labelled_as(field.id(), name, field.label(), None, None, input.into_any())
}

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn AddressesField(typed: String, errors: RwSignal<FormErrors>) -> impl IntoView {
    const FIELD: KeyField = KeyField::AllowedAddresses;
    let rows = typed.lines().count().clamp(2, 6);
    let area = view! {
        <textarea
            class="input mono limits__addresses"
            id=FIELD.id()
            name=FIELD.name()
            rows=rows.to_string()
            autocapitalize="none"
            autocomplete="off"
            spellcheck="false"
            aria-invalid=invalid(FIELD.name(), errors)
            aria-describedby=described(FIELD.name(), Some("allowed-addresses-hint"), errors)
            inner_html=escaped(&typed)
        ></textarea>
    };
    let hint = "CIDRs like 203.0.113.0/24 or 2001:db8::/32, one a line; empty for everywhere.";
    labelled_as(
        FIELD.id(),
        FIELD.name(),
        FIELD.label(),
        Some(hint),
        Some(errors),
        area.into_any(),
    )
}
