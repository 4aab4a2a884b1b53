//! `/reset`: a new password, by the one-time link of `latchkey user reset`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::form::FormErrors;

use super::Outside;
use super::setup::{BAD_LINK, NewPassword};
use crate::answer::{self, Answer};
use crate::ui::note::BadNote;

#[component]
pub(crate) fn Reset() -> impl IntoView {
    let link = use_query_map()
        .with_untracked(|query| query.get("link"))
        .unwrap_or_default();
    let answer = answer::take(|answer| matches!(answer, Answer::Reset { .. } | Answer::BadLink));
    view! {
        <Title text="New password"/>
        <Outside>
            {match answer {
                Answer::BadLink => view! { <NoReset/> }.into_any(),
                Answer::Reset { errors } => view! { <PasswordForm link errors/> }.into_any(),
                _ => view! { <PasswordForm link errors=FormErrors::default()/> }.into_any(),
            }}
        </Outside>
    }
}

#[component]
fn NoReset() -> impl IntoView {
    view! {
        <section class="auth__card">
            <div>
                <h1>"Choose a new password"</h1>
            </div>
            <BadNote text=BAD_LINK/>
            <p>"Ask an owner for a new link, or whoever runs the server."</p>
        </section>
        <p class="auth__foot">
            "Found your password? "
            <a href="/login">"Log in"</a>
        </p>
    }
}

#[component]
fn PasswordForm(link: String, errors: FormErrors) -> impl IntoView {
    let errors = RwSignal::new(errors);
    view! {
        <form class="auth__card" method="post" action=format!("/reset?link={link}")>
            <div>
                <h1>"Choose a new password"</h1>
                <p>"You are logged out everywhere else when you save it."</p>
            </div>
            {errors.get_untracked().form.map(|text| view! { <BadNote text/> })}
            <NewPassword errors/>
            <button class="button button--primary">"Save password"</button>
        </form>
    }
}
