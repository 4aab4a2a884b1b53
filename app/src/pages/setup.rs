//! `/setup`: the first run, by the one-time link from the server's log.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::account::PASSWORD_MIN;
use model::form::FormErrors;

use super::Outside;
use crate::answer::{self, Answer};
use crate::ui::field::{FieldError, described, invalid};
use crate::ui::note::BadNote;

/// What is said about a one-time link that is not good.
pub(super) const BAD_LINK: &str = "This link was used already, or it is too old.";

#[component]
pub(crate) fn Setup() -> impl IntoView {
    let link = use_query_map()
        .with_untracked(|query| query.get("link"))
        .unwrap_or_default();
    let (typed, errors, bad_link) =
        match answer::take(|answer| matches!(answer, Answer::Setup { .. } | Answer::BadLink)) {
            Answer::Setup { email, errors } => (email, errors, false),
            answer => (String::new(), FormErrors::default(), answer == Answer::BadLink),
        };
    view! {
        <Title text="Set up"/>
        <Outside>
            {if link.is_empty() || bad_link {
                view! { <LinkNeeded bad_link/> }.into_any()
            } else {
                view! { <OwnerForm link typed errors/> }.into_any()
            }}
        </Outside>
    }
}

#[component]
fn LinkNeeded(bad_link: bool) -> impl IntoView {
    view! {
        <section class="auth__card">
            <div>
                <h1>"Open the link from the log"</h1>
                <p>
                    "Nobody owns this console yet. When it started, the server printed a link that works once. Open it to create the owner."
                </p>
            </div>
            {bad_link.then(|| view! { <BadNote text=BAD_LINK/> })}
        </section>
        <p class="auth__foot">"Link lost, used or older than a day? Restart the server and it prints a new one."</p>
    }
}

#[component]
fn OwnerForm(link: String, typed: String, errors: FormErrors) -> impl IntoView {
    let errors = RwSignal::new(errors);
    view! {
        <form class="auth__card" method="post" action=format!("/setup?link={link}")>
            <div>
                <h1>"Create the owner"</h1>
                <p>"The first person here. The owner can do everything and invites the others."</p>
            </div>
            {errors.get_untracked().form.map(|text| view! { <BadNote text/> })}
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
                    aria-invalid=invalid("email", errors)
                    aria-describedby=described("email", None, errors)
                />
                <FieldError name="email" errors/>
            </div>
            <NewPassword errors/>
            <button class="button button--primary">"Create owner"</button>
        </form>
    }
}

/// A field for a password that one chooses.
#[component]
pub(super) fn NewPassword(errors: RwSignal<FormErrors>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="password">
                "Password"
            </label>
            <input
                class="input"
                id="password"
                name="password"
                type="password"
                autocomplete="new-password"
                required
                aria-invalid=invalid("password", errors)
                aria-describedby=described("password", Some("password-hint"), errors)
            />
            <FieldError name="password" errors/>
            <p class="field__hint" id="password-hint">
                {format!("{PASSWORD_MIN} characters or more. A sentence is easiest to remember.")}
            </p>
        </div>
    }
}
