//! `/login`: a plain form, which works before the scripts run and without scripts.

use leptos::prelude::*;

use super::entry_frame::{EntryFrame, form_card};
use crate::answer::{self, ScreenAnswer};
use crate::ui::field::{TextField, text_field};
use crate::ui::title::Title;

#[component]
pub(crate) fn Login() -> impl IntoView {
    let (typed, error) = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Login { .. })) {
        Some(ScreenAnswer::Login { email, error }) => (email, Some(error)),
        _ => (String::new(), None),
    };
    let email = text_field(TextField {
        name: "email",
        label: "Email",
        kind: Some("email"),
        autocomplete: Some("username"),
        required: true,
        value: Some(typed),
        ..TextField::default()
    });
    let password = text_field(TextField {
        name: "password",
        label: "Password",
        kind: Some("password"),
        autocomplete: Some("current-password"),
        required: true,
        ..TextField::default()
    });
    view! {
        <Title text="Log in"/>
        <EntryFrame>
            {form_card(
                "/login".to_owned(),
                "Log in",
                (),
                error,
                view! {
                    {email}
                    {password}
                },
                "Log in",
            )}
        </EntryFrame>
    }
}
