//! Actions on a row of a table: an icon with a name and a tooltip.

use leptos::prelude::*;

use super::icon::IconKind;
use crate::person::PersonField;

/// The form of the buttons that change something at once, without scripts. Each names the address to which it is sent. One form serves
/// all rows of a page, since a form and a hidden field in each row would make long lists much longer.
pub(crate) const CHANGE_FORM: &str = "change";

#[component]
pub(crate) fn ChangeForm() -> impl IntoView {
    view! {
        <form id=CHANGE_FORM method="post">
            <PersonField/>
        </form>
    }
}

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
        <a class=class(danger) href=href data-icon=icon.name() data-tip=tip aria-label=name></a>
    }
}

/// As [`IconLink`], with an address that never changes. It has no signal, since a list has many such links.
pub(crate) fn icon_link(icon: IconKind, href: String, tip: &'static str, name: String, danger: bool) -> AnyView {
    view! { <a class=class(danger) href=href data-icon=icon.name() data-tip=tip aria-label=name></a> }.into_any()
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
            class=format!("{} acts-at-once", class(danger))
            type="button"
            data-icon=move || icon.get().name()
            data-tip=tip
            aria-label=name
            aria-busy=move || busy.get().then_some("true")
            on:click=pressed
        ></button>
    }
}

const fn class(danger: bool) -> &'static str {
    if danger {
        "icon-button icon-button--danger"
    } else {
        "icon-button"
    }
}
