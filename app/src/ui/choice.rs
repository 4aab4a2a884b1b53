//! Check boxes, radio buttons, and native selects.

use leptos::prelude::*;
use model::form::FormErrors;

use super::field::{described, invalid};

/// A radio button.
pub(crate) fn radio(
    name: &'static str,
    value: &'static str,
    title: &'static str,
    checked: bool,
    autofocus: bool,
) -> AnyView {
    view! {
        <label class="choice">
            <input type="radio" name=name value=value checked=checked autofocus=autofocus/>
            <span>{title}</span>
        </label>
    }
    .into_any()
}

/// A native select. Its accessible name is `label`, or a `<label>` that refers to its `id`.
#[derive(Debug, Default)]
pub(crate) struct Select {
    pub(crate) id: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) label: Option<String>,
    pub(crate) class: Option<&'static str>,
    pub(crate) autofocus: bool,
    pub(crate) disabled: bool,
    pub(crate) errors: Option<RwSignal<FormErrors>>,
    /// The id of the text that describes the select.
    pub(crate) hint: Option<&'static str>,
    /// Called with the chosen value.
    pub(crate) change: Option<Callback<String>>,
}

pub(crate) fn select(select: Select, options: impl IntoAny) -> AnyView {
    draw_select(select, options.into_any())
}

fn draw_select(select: Select, options: AnyView) -> AnyView {
    let Select {
        id,
        name,
        label,
        class,
        autofocus,
        disabled,
        errors,
        hint,
        change,
    } = select;
    let chosen = move |event| {
        if let Some(change) = change {
            change.run(event_target_value(&event));
        }
    };
    view! {
        <span class=class.unwrap_or("select")>
            <select
                id=id
                name=name
                aria-label=label
                autofocus=autofocus
                disabled=disabled
                aria-invalid=move || errors.and_then(|errors| invalid(name, errors)())
                aria-describedby=move || match errors {
                    Some(errors) => described(name, hint, errors)(),
                    None => hint.map(str::to_owned),
                }
                on:change=chosen
            >
                {options}
            </select>
        </span>
    }
    .into_any()
}

/// An option of a select. `selected` says whether it is selected at the beginning.
pub(crate) fn option(value: &'static str, title: &'static str, selected: bool) -> AnyView {
    view! {
        <option value=value selected=selected>
            {title}
        </option>
    }
    .into_any()
}
