//! `/reset`: a plain form by which a person chooses a new password, with a one-time link.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::form::FormErrors;

use super::entry_frame::{EntryFrame, card_foot, form_card, text_card};
use super::setup::{BAD_LINK, new_password};
use crate::answer::{self, ScreenAnswer};
use crate::ui::note::BadNote;
use crate::ui::title::Title;

#[component]
pub(crate) fn Reset() -> impl IntoView {
    let link = use_query_map()
        .with_untracked(|query| query.get("link"))
        .unwrap_or_default();
    let answer = answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Reset { .. } | ScreenAnswer::BadLink));
    view! {
        <Title text="New password"/>
        <EntryFrame>
            {match answer {
                Some(ScreenAnswer::BadLink) => view! { <NoReset/> }.into_any(),
                Some(ScreenAnswer::Reset { errors }) => view! { <PasswordForm link errors/> }.into_any(),
                _ => view! { <PasswordForm link errors=FormErrors::default()/> }.into_any(),
            }}
        </EntryFrame>
    }
}

#[component]
fn NoReset() -> impl IntoView {
    view! {
        {text_card(
            "Choose a new password",
            None,
            view! {
                <BadNote text=BAD_LINK/>
                <p>"Ask an owner for a new link, or whoever runs the server."</p>
            },
        )}
        {card_foot(view! {
            "Found your password? "
            <a href="/login">"Log in"</a>
        })}
    }
}

#[component]
fn PasswordForm(link: String, errors: FormErrors) -> impl IntoView {
    let errors = RwSignal::new(errors);
    form_card(
        format!("/reset?link={link}"),
        "Choose a new password",
        view! { <p>"You are logged out everywhere else when you save it."</p> },
        errors.get_untracked().form,
        new_password("Password", errors),
        "Save password",
    )
}
