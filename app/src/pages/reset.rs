//! `/reset`: a new password, by the one-time link of `latchkey user reset`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::form::FormErrors;

use super::Outside;
use super::setup::NewPassword;
use crate::answer::{self, Answer};
use crate::components::note::BadNote;

#[component]
pub(crate) fn Reset() -> impl IntoView {
    let link = use_query_map()
        .with_untracked(|query| query.get("link"))
        .unwrap_or_default();
    let errors = match answer::take(|answer| matches!(answer, Answer::Reset { .. })) {
        Answer::Reset { errors } => errors,
        _ => FormErrors::default(),
    };
    let errors = RwSignal::new(errors);
    view! {
        <Title text="New password"/>
        <Outside>
            <form class="auth__card" method="post" action=format!("/reset?link={link}")>
                <div>
                    <h1>"Choose a new password"</h1>
                    <p>"You are logged out everywhere else when you save it."</p>
                </div>
                {errors.get_untracked().form.map(|text| view! { <BadNote text/> })}
                <NewPassword errors/>
                <button class="button button--primary">"Save password"</button>
            </form>
        </Outside>
    }
}
