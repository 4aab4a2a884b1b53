//! `/setup`: a plain form that creates the owner, with the one-time link from the server's log.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::form::FormErrors;

use super::entry_frame::{EntryFrame, card_foot, form_card, text_card};
use crate::answer::{self, ScreenAnswer};
use crate::ui::field::{TextField, text_field};
use crate::ui::note::BadNote;
use crate::ui::title::Title;

/// The hint below the field for a password. It names the number of `model::account::PASSWORD_MIN`.
const PASSWORD_HINT: &str = "12 characters or more. A sentence is easiest to remember.";

/// The message about a one-time link that does not work.
pub(super) const BAD_LINK: &str = "This link was used already, or it is too old.";

#[component]
pub(crate) fn Setup() -> impl IntoView {
    let link = use_query_map()
        .with_untracked(|query| query.get("link"))
        .unwrap_or_default();
    let (typed, errors, bad_link) =
        match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Setup { .. } | ScreenAnswer::BadLink)) {
            Some(ScreenAnswer::Setup { email, errors }) => (email, errors, false),
            answer => (String::new(), FormErrors::default(), answer.is_some()),
        };
    view! {
        <Title text="Set up"/>
        <EntryFrame>
            {if link.is_empty() || bad_link {
                view! { <LinkNeeded bad_link/> }.into_any()
            } else {
                view! { <OwnerForm link typed errors/> }.into_any()
            }}
        </EntryFrame>
    }
}

#[component]
fn LinkNeeded(bad_link: bool) -> impl IntoView {
    view! {
        {text_card(
            "Open the link from the log",
            Some("Nobody owns this console yet. When it started, the server printed a link that works once. Open it to create the owner."),
            bad_link.then(|| view! { <BadNote text=BAD_LINK/> }),
        )}
        {card_foot("Link lost, used or older than a day? Restart the server and it prints a new one.")}
    }
}

#[component]
fn OwnerForm(link: String, typed: String, errors: FormErrors) -> impl IntoView {
    let errors = RwSignal::new(errors);
    let email = text_field(TextField {
        name: "email",
        label: "Email",
        kind: Some("email"),
        autocomplete: Some("username"),
        required: true,
        value: Some(typed),
        errors: Some(errors),
        ..TextField::default()
    });
    form_card(
        format!("/setup?link={link}"),
        "Create the owner",
        view! { <p>"The first person here. The owner can do everything and invites the others."</p> },
        errors.get_untracked().form,
        view! {
            {email}
            {new_password("Password", errors)}
        },
        "Create owner",
    )
}

/// A field for a new password.
pub(crate) fn new_password(label: &'static str, errors: RwSignal<FormErrors>) -> AnyView {
    text_field(TextField {
        name: "password",
        label,
        hint: Some(PASSWORD_HINT),
        kind: Some("password"),
        autocomplete: Some("new-password"),
        required: true,
        errors: Some(errors),
        ..TextField::default()
    })
}

#[cfg(test)]
mod tests {
    use model::account::PASSWORD_MIN;

    use super::*;

    #[test]
    fn the_hint_states_the_minimum_length() {
        assert!(PASSWORD_HINT.starts_with(&format!("{PASSWORD_MIN} characters or more.")));
    }
}
