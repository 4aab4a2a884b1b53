//! Who did something, as the audit log tells it.

use leptos::prelude::*;

/// A person, with the e-mail address that is theirs alone; or one of those that are no person, marked so that nobody can be
/// called like it.
#[component]
pub(crate) fn Who(name: String, person: Option<String>) -> impl IntoView {
    match person {
        // Isolated: letters that are written from the right would move what follows.
        Some(person) => view! {
            <bdi>{name}</bdi>
            <span class="sub">{person}</span>
        }
        .into_any(),
        None => view! { <span class="no-person">{name}</span> }.into_any(),
    }
}
