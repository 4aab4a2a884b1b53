//! The actor of an event in the audit log.

use leptos::prelude::*;

/// A person, with the email address. Or an actor that is no person, such as the command line: it looks different, so that
/// no person's name can be taken for it.
#[component]
pub(crate) fn Who(name: String, person: Option<String>) -> impl IntoView {
    match person {
        // Isolated: letters of a right-to-left script would move the text that follows.
        Some(person) => view! {
            <bdi>{name}</bdi>
            <span class="sub">{person}</span>
        }
        .into_any(),
        None => view! { <span class="no-person">{name}</span> }.into_any(),
    }
}
