//! `/login`. A plain form: it works before, and without, any script.

use leptos::prelude::*;
use leptos_meta::Title;

use super::Outside;
use crate::answer::{self, Answer};
use crate::ui::note::BadNote;

#[component]
pub(crate) fn Login() -> impl IntoView {
    let (typed, error) = match answer::take(|answer| matches!(answer, Answer::Login { .. })) {
        Answer::Login { email, error } => (email, Some(error)),
        _ => (String::new(), None),
    };
    view! {
        <Title text="Log in"/>
        <Outside>
            <form class="auth__card" method="post" action="/login">
                <div>
                    <h1>"Log in"</h1>
                </div>
                {error.map(|text| view! { <BadNote text/> })}
                <div class="field">
                    <label class="field__label" for="email">
                        "Email"
                    </label>
                    <input
                        class="input"
                        id="email"
                        name="email"
                        type="email"
                        autocomplete="username"
                        required
                        value=typed
                    />
                </div>
                <div class="field">
                    <label class="field__label" for="password">
                        "Password"
                    </label>
                    <input
                        class="input"
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                    />
                </div>
                <button class="button button--primary">"Log in"</button>
            </form>
        </Outside>
    }
}
