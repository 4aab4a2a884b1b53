//! Actions on a row of a table: an icon with a name and a tooltip.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// A link that opens a dialog.
#[component]
pub(crate) fn IconLink(
    icon: IconKind,
    #[prop(into)] href: Signal<String>,
    tip: &'static str,
    /// The accessible name, with the name of the row.
    #[prop(into)]
    name: String,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    view! {
        <a class=class(danger) href=href data-tip=tip>
            <Icon kind=icon/>
            <span class="vh">{name}</span>
        </a>
    }
}

/// A button that acts at once.
#[component]
pub(crate) fn IconButton(
    #[prop(into)] icon: Signal<IconKind>,
    #[prop(into)] tip: Signal<&'static str>,
    /// The accessible name, with the name of the row.
    #[prop(into)]
    name: Signal<String>,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(into)] press: Callback<()>,
) -> impl IntoView {
    let pressed = move |_| {
        if !busy.get_untracked() {
            press.run(());
        }
    };
    view! {
        <button
            class=class(danger)
            type="button"
            data-tip=tip
            aria-busy=move || busy.get().then_some("true")
            on:click=pressed
        >
            {move || view! { <Icon kind=icon.get()/> }}
            <span class="vh">{name}</span>
        </button>
    }
}

const fn class(danger: bool) -> &'static str {
    if danger {
        "icon-button icon-button--danger"
    } else {
        "icon-button"
    }
}
