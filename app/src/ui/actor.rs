//! Actors: of an event in the audit log, and the creator of a thing.

use leptos::prelude::*;

/// Who created something, after the time of its creation.
pub(crate) fn created_by(creator: &str) -> String {
    if creator == "command line" {
        " on the command line".to_owned()
    } else {
        format!(" by {creator}")
    }
}

/// A person with their e-mail address, or an actor that is not a person, such as the command line. The latter looks different, so
/// that a person cannot imitate it by their name.
#[component]
pub(crate) fn Who(name: String, person: Option<String>) -> impl IntoView {
    match person {
        // The name is isolated, since letters of a right-to-left script would move the text that follows.
        Some(person) => view! {
            <bdi>{name}</bdi>
            <span class="sub">{person}</span>
        }
        .into_any(),
        None => view! { <span class="no-person">{name}</span> }.into_any(),
    }
}
