//! The rate limit and the allowed addresses of a key, folded while it has neither.

use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::key_fields::KeyField;
use model::limit::Window;

use super::fields::area;
use super::limit_fields::LimitFields;

/// The fields that are folded together.
const FIELDS: [KeyField; 4] = [
    KeyField::Limit(Window::Second),
    KeyField::Limit(Window::Minute),
    KeyField::Limit(Window::Day),
    KeyField::AllowedAddresses,
];

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn LimitFold(values: FormValues, errors: RwSignal<FormErrors>) -> impl IntoView {
    let has_error = move || {
        let errors = errors.read();
        FIELDS.iter().any(|field| errors.of(field.name()).is_some())
    };
    let is_set = FIELDS.iter().any(|field| !values.text(field.name()).is_empty());
    let open = is_set || untrack(has_error);
    let node = NodeRef::<html::Details>::new();
    // A field with an error can be seen and focused. A person may have closed it meanwhile.
    Effect::new(move |_| {
        if let (true, Some(details)) = (has_error(), node.get()) {
            let _ = details.set_attribute("open", "");
        }
    });
    view! {
        <details class="fold" open=open node_ref=node>
            <summary>"Rate limit and allowed addresses"</summary>
            <div class="form">
                <LimitFields
                    legend="Rate limit"
                    hint="All nodes together keep to a limit, give or take a tenth."
                    values=values.clone()
                    errors
                />
                {area(
                    KeyField::AllowedAddresses,
                    "CIDRs like 203.0.113.0/24 or 2001:db8::/32, one a line; empty for everywhere.",
                    &values,
                    errors,
                )}
            </div>
        </details>
    }
}
