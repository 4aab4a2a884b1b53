//! The fields Rate limit and Allowed addresses, which creating and editing share.

use leptos::prelude::*;
use model::form::FormErrors;
use model::limit::Window;
use model::limit_fields::LimitFields;

use crate::ui::field::{FieldError, described, escaped, invalid};

#[component]
pub(super) fn RateLimit(fields: LimitFields, nodes: u64, errors: RwSignal<FormErrors>) -> impl IntoView {
    let typed = [fields.limit_second, fields.limit_minute, fields.limit_day];
    view! {
        <fieldset class="group" aria-describedby="limits-hint">
            <legend>"Rate limit"</legend>
            <div class="limits">
                {Window::ALL
                    .into_iter()
                    .zip(typed)
                    .map(|(window, typed)| view! { <Limit window typed=typed.unwrap_or_default() errors/> })
                    .collect_view()}
            </div>
            {Window::ALL
                .into_iter()
                .map(|window| view! { <FieldError name=window.field() errors/> })
                .collect_view()}
            <p class="field__hint" id="limits-hint">
                {hint(nodes)}
            </p>
        </fieldset>
    }
}

/// One number. Text with a keypad of digits: what a number field cannot read, it would send as nothing, which is no limit.
#[component]
fn Limit(window: Window, typed: String, errors: RwSignal<FormErrors>) -> impl IntoView {
    let name = window.field();
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {window.label()}
            </label>
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
        </div>
    }
}

#[component]
pub(super) fn AddressesField(fields: LimitFields, errors: RwSignal<FormErrors>) -> impl IntoView {
    let typed = fields.allowed_addresses.unwrap_or_default();
    let rows = typed.lines().count().clamp(2, 6);
    view! {
        <div class="field">
            <label class="field__label" for="allowed-addresses">
                "Allowed addresses"
            </label>
            <textarea
                class="input mono limits__addresses"
                id="allowed-addresses"
                name="allowed_addresses"
                rows=rows.to_string()
                autocapitalize="none"
                autocomplete="off"
                spellcheck="false"
                aria-invalid=invalid("allowed_addresses", errors)
                aria-describedby=described("allowed_addresses", Some("allowed-addresses-hint"), errors)
                inner_html=escaped(&typed)
            ></textarea>
            <FieldError name="allowed_addresses" errors/>
            <p class="field__hint" id="allowed-addresses-hint">
                "CIDRs like 203.0.113.0/24 or 2001:db8::/32, one a line; empty for everywhere."
            </p>
        </div>
    }
}

/// What was typed into these fields.
pub(super) fn typed(data: &web_sys::FormData) -> LimitFields {
    let text = |name: &str| data.get(name).as_string();
    LimitFields {
        limit_second: text("limit_second"),
        limit_minute: text("limit_minute"),
        limit_day: text("limit_day"),
        allowed_addresses: text("allowed_addresses"),
    }
}

/// What a limit means where several nodes answer.
fn hint(nodes: u64) -> String {
    let together = match nodes {
        0 | 1 => return "Each node counts for itself.".to_owned(),
        2 => "twice as much".to_owned(),
        nodes => format!("{nodes} times as much"),
    };
    format!("Each node counts for itself. {nodes} nodes run: together they may allow up to {together}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_says_what_several_nodes_allow_together() {
        assert_eq!(hint(1), "Each node counts for itself.");
        assert!(hint(2).ends_with("2 nodes run: together they may allow up to twice as much."));
        assert!(hint(3).ends_with("3 nodes run: together they may allow up to 3 times as much."));
    }
}
