//! The form above a list that searches it. The URL holds the search.

use leptos::html;
use leptos::prelude::*;
use web_sys::SubmitEvent;

use super::icon::{Icon, IconKind};

/// The field. The children are hidden fields.
#[component]
pub(crate) fn SearchForm(
    path: &'static str,
    /// The label of the field, such as "Search users".
    label: &'static str,
    placeholder: &'static str,
    /// The search in the URL. A search that the URL gets replaces the typed text.
    #[prop(into)]
    search: Signal<String>,
    #[prop(default = NodeRef::new())] field: NodeRef<html::Input>,
    /// The search that the field itself has put into the URL. What is typed since then stays.
    #[prop(default = None)]
    own: Option<StoredValue<Option<String>>>,
    submit: Callback<SubmitEvent>,
    /// Called when something is typed.
    #[prop(default = None)]
    input: Option<Callback<()>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    Effect::new(move |before: Option<String>| {
        let now = search.get();
        let own = own.and_then(|own| own.try_update_value(Option::take).flatten());
        let is_other = own.as_ref() != Some(&now) && before.is_some_and(|before| before != now);
        if let (Some(field), true) = (field.get_untracked(), is_other) {
            field.set_value(&now);
        }
        now
    });
    let typed = move |_| {
        if let Some(input) = input {
            input.run(());
        }
    };
    view! {
        <form
            class="search"
            method="get"
            action=path
            role="search"
            aria-label=label
            on:submit=move |event| submit.run(event)
        >
            <Icon kind=IconKind::Search/>
            <input
                class="input"
                id="search"
                name="search"
                type="search"
                aria-label=label
                placeholder=placeholder
                autocomplete="off"
                spellcheck="false"
                aria-keyshortcuts="/"
                node_ref=field
                value=move || search.get()
                on:input=typed
            />
            {children.map(|children| children())}
        </form>
    }
}
